"""Makes the reference data that tests/pixels.rs compares with.

    python3 tests/data/make_references.py FOLDER_OF_PLATES

Written with Python 3.11, numpy 2.4.6, tifffile 2026.3.3 and imagecodecs 2026.3.6. It writes, beside itself,

- tiff_variety.csv: what tifffile reads of every page of every TIFF in FOLDER_OF_PLATES/tiff-variety:
  shape, type and the CRC-32 of the pixels, little-endian, samples of a pixel side by side;
- steps.bin and steps.csv: inputs of the steps and what NumPy makes of them.
"""

import csv
import pathlib
import sys
import warnings
import zlib

import numpy as np
import tifffile

HERE = pathlib.Path(__file__).parent


def widened(array):
    """16-bit floats are held in 32 bits, single bits in bytes."""
    if array.dtype == np.float16:
        return array.astype(np.float32)
    if array.dtype == np.bool_:
        return array.astype(np.uint8)
    return array


def page_row(page):
    array = widened(page.asarray())
    samples = page.samplesperpixel
    if samples > 1 and page.planarconfig == 2:
        array = np.moveaxis(array.reshape(samples, page.imagelength, page.imagewidth), 0, -1)
    array = np.ascontiguousarray(array.reshape(page.imagelength, page.imagewidth, samples))
    data = array.astype(array.dtype.newbyteorder("<")).tobytes()
    return [page.imagewidth, page.imagelength, samples, array.dtype.name, f"{zlib.crc32(data):08x}"]


def tiff_variety(folder):
    rows = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in (".tif", ".tiff"):
            continue
        name = path.relative_to(folder).as_posix()
        try:
            with tifffile.TiffFile(path) as tif:
                pages = len(tif.pages)
                for index in range(pages):
                    try:
                        rows.append([name, index, *page_row(tif.pages[index].aspage())])
                    except Exception as error:
                        rows.append([name, index, 0, 0, 0, f"error {type(error).__name__}", ""])
        except Exception as error:
            rows.append([name, 0, 0, 0, 0, f"error {type(error).__name__}", ""])
    with open(HERE / "tiff_variety.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["path", "page", "width", "height", "samples", "type", "crc32"])
        writer.writerows(rows)


def target_range(dtype):
    """Lowest and highest value after normalisation, by type."""
    if dtype.kind == "f":
        return 0.0, 1.0
    if dtype.kind == "i":
        return 0.0, float(np.iinfo(dtype).max)
    return 0.0, 255.0 if dtype == np.uint8 else 65535.0


def normalized(image, low, high):
    t_min, t_max = target_range(image.dtype)
    x = image.astype(np.float64)
    # Of the image as it is: numpy interpolates floats in their own type, integers in 64 bits.
    p_low, p_high = (float(p) for p in np.percentile(image[np.isfinite(image)], [low, high]))
    if p_high == p_low:
        y = np.where(x > p_high, t_max, t_min)
        return to_type(np.where(np.isnan(x), x, y), image.dtype)
    y = (np.clip(x, p_low, p_high) - p_low) * (t_max - t_min) / (p_high - p_low) + t_min
    return to_type(y, image.dtype)


def to_type(values, dtype):
    if dtype.kind == "f":
        return values.astype(dtype)
    # A float just above the highest integer of 64 bits does not fit: it is held there.
    values = np.trunc(values)
    info = np.iinfo(dtype)
    return np.array(
        [min(max(int(v), info.min), info.max) if v == v else 0 for v in values.ravel()], dtype=dtype
    ).reshape(values.shape)


def rounded(means, dtype):
    """To the nearest, halves to even; floats stay as they are."""
    return means if dtype.kind == "f" else np.rint(means)


def projected(stack, method):
    dtype = stack.dtype
    if dtype.kind == "f":
        # What is no finite number takes no part.
        stack = np.where(np.isfinite(stack), stack, np.nan).astype(dtype)
    if method == "Maximum":
        return np.nanmax(stack, axis=0)
    if method == "Minimum":
        return np.nanmin(stack, axis=0)
    if method == "Mean":
        return to_type(rounded(np.nanmean(stack, axis=0, dtype=np.float64), dtype), dtype)
    if method == "StandardDeviation":
        return to_type(rounded(np.nanstd(stack.astype(np.float64), axis=0), dtype), dtype)
    if dtype.kind == "f":
        return np.nansum(stack, axis=0, dtype=np.float64).astype(dtype)
    info = np.iinfo(dtype)
    total = np.array([sum(int(v) for v in column) for column in stack.reshape(len(stack), -1).T], dtype=object)
    held = [min(max(v, info.min), info.max) for v in total]
    return np.array(held, dtype=dtype).reshape(stack.shape[1:])


def images(dtype, rng):
    """Small images of one type: random, two values, constant, all of the range, long tail."""
    shape = (7, 11)
    if dtype.kind == "f":
        spread = rng.normal(100, 40, shape)
        tail = rng.exponential(1000, shape) - 500
        two = np.where(rng.random(shape) < 0.5, 0.1, 7.7)
        wide = rng.uniform(-1, 1, shape) * 1e30
        constant = np.full(shape, 0.3)
    else:
        info = np.iinfo(dtype)
        low, high = info.min // 2, info.max // 2
        spread = rng.integers(low, high, shape, dtype=dtype)
        tail = np.clip(rng.exponential(info.max / 40, shape), info.min, info.max / 2)
        two = np.where(rng.random(shape) < 0.5, 3, 77)
        wide = rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
        constant = np.full(shape, 42)
    return {n: np.asarray(a).astype(dtype) for n, a in
            dict(spread=spread, tail=tail, two=two, wide=wide, constant=constant).items()}


def steps():
    rng = np.random.default_rng(20240601)
    blob = bytearray()
    rows = []

    def put(array):
        offset = len(blob)
        blob.extend(np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes())
        return offset

    methods = ["Maximum", "Mean", "Minimum", "Sum", "StandardDeviation"]
    for name in ["uint8", "uint16", "int16", "uint32", "float32", "float64", "int8", "int32", "uint64", "int64"]:
        dtype = np.dtype(name)
        pictures = images(dtype, rng)
        for picture, image in pictures.items():
            at = put(image)
            for low, high in [(1, 99), (0, 100), (0.1, 99.9), (25, 75), (33.3, 33.4), (50, 99.99)]:
                expected = put(normalized(image, low, high))
                rows.append([f"normalise {picture}", name, 11, 7, 1, low, high, "", at, expected])
        for picture, image in pictures.items():
            if picture in ("two", "constant"):
                continue
            for planes in (1, 2, 3, 7):
                stack = np.stack([np.roll(image, 5 * k) for k in range(planes)])
                stack = stack.astype(dtype)
                at = put(stack)
                for method in methods:
                    expected = put(projected(stack, method))
                    rows.append([f"project {picture}", name, 11, 7, planes, "", "", method, at, expected])
    # What is no finite number takes no part.
    strange = np.array([[1, 2, np.nan, 4], [5, np.inf, 7, 8]], dtype=np.float32)
    for method in methods:
        stack = np.stack([strange, strange[:, ::-1] * 2])
        rows.append(["project nan", "float32", 4, 2, 2, "", "", method, put(stack), put(projected(stack, method))])
    # Nearly all black: both percentiles are equal.
    for name in ("uint8", "uint16", "int16", "uint32", "float32", "float64"):
        sparse = np.zeros((20, 30), dtype=name)
        sparse[3, 4], sparse[17, 5] = 90, 7
        rows.append(["normalise sparse", name, 30, 20, 1, 1, 99, "", put(sparse), put(normalized(sparse, 1, 99))])
    rows.append(["normalise nan", "float32", 4, 2, 1, 1, 99, "", put(strange), put(normalized(strange, 1, 99))])
    (HERE / "steps.bin").write_bytes(zlib.compress(bytes(blob), 9))
    with open(HERE / "steps.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow("what,type,width,height,planes,low,high,method,input_at,expected_at".split(","))
        writer.writerows(rows)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    tiff_variety(pathlib.Path(sys.argv[1]) / "tiff-variety")
    steps()

"""Makes the reference data of the filters of single images, for tests/steps.rs.

    python3 tests/data/make_filter_references.py

Written with Python 3.11, numpy 2.4.6 and scipy 1.17.1. It writes, beside itself, filter_steps.bin and
filter_steps.csv, of the same form as those of make_spatial_references.py. Smoothing and median are SciPy's own.
"""

import csv
import pathlib
import zlib

import numpy as np
import scipy.ndimage

from make_spatial_references import TYPES, limits, pictures, to_type

HERE = pathlib.Path(__file__).parent


def smoothed(image, sigma):
    sigmas = (sigma, sigma) + (0,) * (image.ndim - 2)
    dtype = np.float32 if image.dtype.itemsize <= 2 or image.dtype == np.float32 else np.float64
    floats = image.astype(dtype)
    numbers = np.isfinite(floats)

    def smooth(plane):
        return scipy.ndimage.gaussian_filter(plane, sigmas, mode="nearest", truncate=4.0)

    if numbers.all():
        result = smooth(floats)
    else:
        # The weighted mean of the numbers.
        weights = smooth(numbers.astype(dtype))
        result = (smooth(np.where(numbers, floats, 0).astype(dtype)).astype(np.float64) / weights).astype(dtype)
    assert result.dtype == dtype
    return to_type(result.astype(np.float64), image.dtype)


def median_of_numbers(image, side):
    """As SciPy's, but of the finite numbers of each square alone."""
    reach = side // 2
    padded = np.pad(image.astype(np.float64), reach, mode="edge")
    padded[~np.isfinite(padded)] = np.nan
    result = np.empty(image.shape, dtype=np.float64)
    for y, x in np.ndindex(image.shape):
        result[y, x] = np.nanmedian(padded[y : y + side, x : x + side])
    return result.astype(image.dtype)


def binned(image, n, method):
    """Summed row by row, one pixel after the other, as no sum of NumPy is sure to be."""
    h, w = (side // n for side in image.shape[:2])
    squares = image[: h * n, : w * n].reshape((h, n, w, n) + image.shape[2:])
    is_exact = method == "Sum" and image.dtype.kind != "f"
    total = np.zeros((h, w) + image.shape[2:], dtype=object if is_exact else np.float64)
    for y in range(n):
        for x in range(n):
            part = squares[:, y, :, x]
            total = total + (part.astype(object) if is_exact else part.astype(np.float64))
    if is_exact:
        low, high = limits(image.dtype)
        held = np.clip(total, low, high)
        return held.astype(image.dtype), int(np.sum(held != total))
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        numbers = np.isfinite(squares)
        count = numbers.sum(axis=(1, 3))
        total = np.where(numbers, squares, 0).astype(np.float64).sum(axis=(1, 3))
        total = np.where(count > 0, total, np.nan)
        return (total if method == "Sum" else total / np.maximum(count, 1)).astype(image.dtype), 0
    result = total if method == "Sum" else total / (n * n)
    return to_type(result, image.dtype) if method == "Mean" else (result.astype(image.dtype), 0)


def main():
    rng = np.random.default_rng(20250302)
    blob = bytearray()
    rows = []

    def put(array):
        offset = len(blob)
        blob.extend(np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes())
        return offset

    def one(image, result, saturated, step):
        height, width = image.shape[:2]
        out_height, out_width = result.shape[:2]
        samples = image.shape[2] if image.ndim > 2 else 1
        rows.append([image.dtype.name, width, height, samples, 1, out_width, out_height, 1, saturated, put(image),
                     put(result), step])

    def median(image, radius):
        side = 2 * radius + 1
        size = (side, side) + (1,) * (image.ndim - 2)
        result = scipy.ndimage.median_filter(image, size=size, mode="nearest")
        one(image, result, 0, f"MedianFilter((radius_px: {radius}))")

    def crop(image, x, y, width, height):
        result = image[y : y + height, x : x + width]
        one(image, result, 0, f"Crop((x: {x}, y: {y}, width: {width}, height: {height}))")

    def binning(image, n, method):
        one(image, *binned(image, n, method), f"Bin((factor: {n}, method: {method}))")

    def smoothing(image, sigma, settings=None):
        result, saturated = smoothed(image, sigma)
        height, width = image.shape[:2]
        samples = image.shape[2] if image.ndim > 2 else 1
        settings = settings or f"sigma: Pixels({sigma})"
        rows.append([image.dtype.name, width, height, samples, 1, width, height, 1, saturated, put(image), put(result),
                     f"GaussianSmoothing(({settings}))"])

    for name in TYPES:
        dtype = np.dtype(name)
        image = pictures(dtype, rng, (13, 17))
        for sigma in (0.3, 1.0, 2.7, 30.0):
            smoothing(image, sigma)
        smoothing(image, 1.5, "sigma: Micrometres(3.0)")
        for radius in (1, 2, 9):
            median(image, radius)
        crop(image, 3, 2, 8, 100)
        for n in (2, 5):
            binning(image, n, "Mean")
            binning(image, n, "Sum")
        if dtype.kind != "f":
            binning(np.full((4, 4), limits(dtype)[1], dtype=dtype), 2, "Sum")
            # 64-bit floats go beyond the limits of 64 bits.
            smoothing(np.full((5, 6), limits(dtype)[1], dtype=dtype), 1.0)
            smoothing(np.full((5, 6), limits(dtype)[0], dtype=dtype), 1.0)
    smoothing(pictures(np.dtype("uint8"), rng, (9, 14, 3)), 1.2)
    colour = pictures(np.dtype("uint16"), rng, (9, 14, 3))
    median(colour, 2)
    crop(colour, 0, 8, 5, 1)
    binning(colour, 3, "Mean")
    for shape in ((1, 1), (1, 40), (40, 1), (70, 130)):
        smoothing(pictures(np.dtype("uint16"), rng, shape), 2.0)
        median(pictures(np.dtype("uint16"), rng, shape), 3)
    strange = pictures(np.dtype("float32"), rng, (20, 24))
    strange[2, 3], strange[18, 20] = np.nan, np.inf
    smoothing(strange, 0.7)
    one(strange, median_of_numbers(strange, 3), 0, "MedianFilter((radius_px: 1))")
    one(strange, median_of_numbers(strange, 5), 0, "MedianFilter((radius_px: 2))")
    for method in ("Mean", "Sum"):
        binning(strange, 2, method)
    lost = strange.copy()
    lost[6:14, 5:15] = np.nan
    smoothing(lost, 0.5)
    smoothing(lost.astype(np.float64), 0.5)
    one(lost, median_of_numbers(lost, 3), 0, "MedianFilter((radius_px: 1))")
    binning(lost, 2, "Mean")
    # Grey levels that 32-bit floats do not have.
    smoothing(np.full((6, 7), 16_777_217, dtype=np.uint32), 1.0)
    smoothing(np.full((6, 7), -16_777_217, dtype=np.int32), 2.0)
    # Few photons: a mean of 1.5 stays one.
    photons = rng.poisson(1.5, (64, 64)).astype(np.uint16)
    binning(photons, 2, "Mean")
    smoothing(photons, 2.0)

    (HERE / "filter_steps.bin").write_bytes(zlib.compress(bytes(blob), 9))
    with open(HERE / "filter_steps.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_NONE, delimiter=";")
        writer.writerow(("type;width;height;samples;inputs;out_width;out_height;results;saturated;"
                         "input_at;expected_at;step").split(";"))
        writer.writerows(rows)


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()

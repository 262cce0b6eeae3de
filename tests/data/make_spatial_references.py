"""Makes the reference data of the steps that look around a pixel or across sites, for tests/steps.rs.

    python3 tests/data/make_spatial_references.py

Written with Python 3.11, numpy 2.4.6 and scipy 1.17.1. It writes, beside itself, spatial_steps.bin
(inputs and what comes of them, one zlib stream) and spatial_steps.csv (what is where, and the step in
RON). Background is SciPy's own white top-hat, the field is smoothed by SciPy's own Gaussian, and the
mosaic is the definition in src/pipeline/steps/stitching.rs, one pixel after the other.
"""

import csv
import math
import pathlib
import zlib

import numpy as np
import scipy.ndimage

HERE = pathlib.Path(__file__).parent
TYPES = ["uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float32", "float64"]


def limits(dtype):
    return (-math.inf, math.inf) if dtype.kind == "f" else (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))


def to_type(values, dtype):
    """Rounded to the nearest, halves to even, and held at the type's limits; with the number of those held."""
    if dtype.kind == "f":
        return values.astype(dtype), 0
    low, high = limits(dtype)
    whole = [int(v) for v in np.rint(values).ravel()]
    held = np.array([min(max(v, low), high) for v in whole], dtype=dtype).reshape(values.shape)
    # A 64-bit float next to the limit of a 64-bit type is as near to it as can be.
    return held, sum(1 for v, h in zip(whole, held.ravel()) if float(v) != float(h))


def pictures(dtype, rng, shape):
    """Cells on a light that falls off towards a corner, about a quarter of the type's range."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    light = 1.2 - 0.7 * ((x / shape[1] - 0.3) ** 2 + (y / shape[0] - 0.4) ** 2)
    light = light.reshape(light.shape + (1,) * (len(shape) - 2))
    cells = rng.random(shape) ** 6
    unit = 100.0 if dtype.kind == "f" else min(float(limits(dtype)[1]), 1e15)
    values = unit * light * (0.1 + 0.4 * cells) + unit * 0.02 * rng.random(shape)
    if dtype.kind == "i":
        values -= unit * 0.15
    # Few digits, so that the file stays small.
    return (np.round(values * 8) / 8 if dtype.kind == "f" else values).astype(dtype)


def top_hat(image, radius):
    side = 2 * radius + 1
    footprint = (side, side) + (1,) * (image.ndim - 2)
    if image.dtype.kind != "i":
        return scipy.ndimage.white_tophat(image, size=footprint, mode="reflect"), 0
    opened = scipy.ndimage.grey_opening(image, size=footprint, mode="reflect")
    left = image.astype(object) - opened.astype(object)
    held = np.minimum(left, limits(image.dtype)[1])
    return held.astype(image.dtype), int(np.sum(held != left))


def flat_field(sites, sigma):
    x = np.stack(sites)
    y = x.astype(np.float64)
    median = np.nanmedian(np.where(np.isfinite(y), y, np.nan), axis=0).astype(np.float32)
    median[np.isnan(median)] = np.float32(np.nanmean(median.astype(np.float64)))
    colours = (1,) * (median.ndim - 2)
    median = scipy.ndimage.median_filter(median, size=(3, 3) + colours, mode="nearest")
    middle = float(np.median(median.astype(np.float64)))
    if not (middle > 0 and np.isfinite(middle)):
        return x, 0
    median = np.minimum(median, np.float32(middle * 4))
    sigmas = (sigma, sigma) + (0,) * (median.ndim - 2)
    field = scipy.ndimage.gaussian_filter(median, sigmas, mode="nearest", truncate=4.0)
    assert field.dtype == np.float32
    mean = field.astype(np.float64).mean()
    return to_type(y / np.maximum(field.astype(np.float64) / mean, 0.1), x.dtype)


def mosaic(tiles, corners):
    left, top = min(x for x, _ in corners), min(y for _, y in corners)
    corners = [(x - left, y - top) for x, y in corners]
    h, w = tiles[0].shape[:2]
    shape = (max(y for _, y in corners) + h, max(x for x, _ in corners) + w) + tiles[0].shape[2:]
    out = np.zeros(shape, dtype=tiles[0].dtype)
    for row in range(shape[0]):
        for column in range(shape[1]):
            here = [(tile, column - x, row - y) for tile, (x, y) in zip(tiles, corners)
                    if 0 <= column - x < w and 0 <= row - y < h]
            if len(here) == 1:
                tile, x, y = here[0]
                out[row, column] = tile[y, x]
            elif here:
                total, weights = 0.0, 0.0
                for tile, x, y in here:
                    if not np.all(np.isfinite(tile[y, x])):
                        continue
                    weight = float(min(x + 1, w - x, y + 1, h - y))
                    total = total + weight * tile[y, x].astype(np.float64)
                    weights += weight
                out[row, column] = to_type(np.asarray(np.float64(total) / weights), out.dtype)[0]
    return out


def main():
    rng = np.random.default_rng(20250117)
    blob = bytearray()
    rows = []

    placed = {}

    def put(arrays):
        """Inputs that begin with the same image are the same."""
        if id(arrays[0]) in placed:
            return placed[id(arrays[0])][0]
        offset = len(blob)
        placed[id(arrays[0])] = (offset, arrays)
        for array in arrays:
            blob.extend(np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes())
        return offset

    def row(inputs, results, saturated, step, *places):
        height, width = inputs[0].shape[:2]
        samples = inputs[0].shape[2] if inputs[0].ndim > 2 else 1
        out_height, out_width = results[0].shape[:2]
        rows.append([inputs[0].dtype.name, width, height, samples, len(inputs), out_width, out_height, len(results),
                     saturated, put(inputs), put(results), step, *places])

    def background(image, radius):
        result, saturated = top_hat(image, radius)
        row([image], [result], saturated, f"BackgroundSubtraction((radius_px: {radius}))")

    def field(sites, sigma):
        results, saturated = flat_field(sites, sigma)
        row(sites, list(results), saturated, f"FlatField((sigma_px: {sigma}))")

    def stage(tiles, corners):
        places = ", ".join(f"{n + 1}: ({x}, {y})" for n, (x, y) in enumerate(corners))
        row(tiles, [mosaic(tiles, corners)], 0, "Stitching((placement: StagePositions))", "", f"{{{places}}}")

    def grid(tiles, columns, overlap):
        h, w = tiles[0].shape[:2]
        def place(cells, side):
            return math.floor(cells * side * (1 - overlap / 100) + 0.5)

        corners = [(place(n % columns, w), place(n // columns, h)) for n in range(len(tiles))]
        placement = f"Grid(columns: {columns}, overlap_percent: {overlap})"
        row(tiles, [mosaic(tiles, corners)], 0, f"Stitching((placement: {placement}))")

    for name in TYPES:
        dtype = np.dtype(name)
        image = pictures(dtype, rng, (13, 17))
        for radius in (1, 2, 5, 40):
            background(image, radius)
        sites = [pictures(dtype, rng, (9, 35)) for _ in range(5)]
        for count, sigma in ((5, 6.3), (2, 2.5), (1, 1.0)):
            field(sites[:count], sigma)
        tiles = [pictures(dtype, rng, (6, 11)) for _ in range(5)]
        grid(tiles, 3, 25.0)
        grid(tiles, 5, 12.5)
        stage(tiles[:1], [(7, -3)])
        stage(tiles[:4], [(-6, -4), (3, -5), (-5, 0), (2, -1)])
        stage(tiles[:3], [(0, 0), (15, 2), (3, 3)])
    # Colours, a single row and column, and what meets a limit.
    colour = np.dtype("uint8")
    background(pictures(colour, rng, (9, 14, 3)), 2)
    field([pictures(colour, rng, (9, 14, 3)) for _ in range(4)], 3.0)
    stage([pictures(colour, rng, (6, 7, 3)) for _ in range(2)], [(0, 0), (4, -2)])
    for shape in ((1, 1), (1, 40), (40, 1)):
        background(pictures(np.dtype("uint16"), rng, shape), 3)
        field([pictures(np.dtype("uint16"), rng, shape) for _ in range(3)], 2.0)
    background(rng.integers(-128, 127, (20, 20), dtype=np.int8, endpoint=True), 4)
    dark = np.zeros((20, 60), dtype=np.uint16)
    dark[:, :4] = 60_000
    spots = [np.where(rng.random(dark.shape) < 0.1, 700 + site, dark).astype(np.uint16) for site in range(5)]
    field(spots, 1.0)
    field([np.zeros((5, 6), dtype=np.uint16)] * 3, 5.0)
    field([np.full((5, 6), 1234, dtype=np.uint16)] * 3, 5.0)
    strange = [pictures(np.dtype("float32"), rng, (6, 9)) for _ in range(3)]
    strange[0][2, 3], strange[1][2, 3], strange[2][0, 0] = np.nan, np.inf, -np.inf
    field(strange, 1.5)
    # A site without numbers where the others have none either, and a hot pixel at every site of a dark well.
    strange = [site.copy() for site in strange]
    for site in strange:
        site[4, 4] = np.nan
    field(strange, 1.5)
    hot = [np.full((30, 40), 5, dtype=np.uint16) for _ in range(4)]
    for site in hot:
        site[12, 20] = 4000
    field(hot, 3.0)
    # A cluster and a line of them, over dim light.
    hot = [rng.poisson(40, (40, 48)).astype(np.uint16) for _ in range(9)]
    for site in hot:
        site[10:14, 20:22] = 60_000
        site[:, 40:42] = 9_000
    field(hot, 2.0)
    stage(strange[1:], [(0, 0), (5, 1)])

    (HERE / "spatial_steps.bin").write_bytes(zlib.compress(bytes(blob), 9))
    with open(HERE / "spatial_steps.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_NONE, delimiter=";")
        writer.writerow(("type;width;height;samples;inputs;out_width;out_height;results;saturated;"
                         "input_at;expected_at;step;out_type;places").split(";"))
        writer.writerows(rows)


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()

"""Makes the reference data of the filters of single images, for tests/steps.rs.

    python3 tests/data/make_filter_references.py

Written with Python 3.11, numpy 2.4.6 and scipy 1.17.1. It writes, beside itself, filter_steps.bin and
filter_steps.csv, of the same form as those of make_spatial_references.py. Smoothing is SciPy's own.
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
    result = scipy.ndimage.gaussian_filter(image.astype(np.float32), sigmas, mode="nearest", truncate=4.0)
    assert result.dtype == np.float32
    return to_type(result.astype(np.float64), image.dtype)


def main():
    rng = np.random.default_rng(20250302)
    blob = bytearray()
    rows = []

    def put(array):
        offset = len(blob)
        blob.extend(np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes())
        return offset

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
        smoothing(image, 1.5, "sigma: Micrometres(3.0), planned_px: Some(1.5)")
        if dtype.kind != "f":
            # 32-bit floats go beyond the limits of 32 and 64 bits.
            smoothing(np.full((5, 6), limits(dtype)[1], dtype=dtype), 1.0)
            smoothing(np.full((5, 6), limits(dtype)[0], dtype=dtype), 1.0)
    smoothing(pictures(np.dtype("uint8"), rng, (9, 14, 3)), 1.2)
    for shape in ((1, 1), (1, 40), (40, 1), (70, 130)):
        smoothing(pictures(np.dtype("uint16"), rng, shape), 2.0)
    strange = pictures(np.dtype("float32"), rng, (20, 24))
    strange[2, 3], strange[18, 20] = np.nan, np.inf
    smoothing(strange, 0.7)

    (HERE / "filter_steps.bin").write_bytes(zlib.compress(bytes(blob), 9))
    with open(HERE / "filter_steps.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_NONE, delimiter=";")
        writer.writerow(("type;width;height;samples;inputs;out_width;out_height;results;saturated;"
                         "input_at;expected_at;step").split(";"))
        writer.writerows(rows)


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()

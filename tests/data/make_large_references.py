"""Makes the reference data of steps on images as large as a camera's, for tests/steps/large.rs.

    python3 tests/data/make_large_references.py

Written with Python 3.11, numpy 2.4.6, scipy 1.17.1 and scikit-image 0.26.0. It writes, beside itself, large_steps.csv: a
step in RON, the type of the images, how many they are, and the CRC-32 of the results, little-endian. The images are drawn
by whole numbers, the same here and in the test, so that no pixel need be stored. Smoothing, medians, thresholds, distances
and the watershed are those of SciPy and scikit-image.
"""

import csv
import pathlib
import zlib

import numpy as np
import scipy.ndimage as ndi
from skimage.feature import peak_local_max
from skimage.filters import threshold_otsu
from skimage.segmentation import watershed

from make_composite_references import composite
from make_filter_references import binned, smoothed
from make_references import normalized, projected
from make_spatial_references import flat_field, top_hat

HERE = pathlib.Path(__file__).parent
SIDE = 2048


def drawn(seed, dtype):
    """Discs of radius 12 to 75, many of which touch, and one of 600 by 300 pixels, on a noisy ground."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.int64)
    ground = 200 + (x * 31 + y * 17 + x * y * 7 + seed * 1009) % 97
    image = ground.copy()
    for n in range(160):
        cx, cy = (n * 733 + seed * 211) % SIDE, (n * 1289 + seed * 97) % SIDE
        radius = 12 + (n * 37 + seed * 5) % 64
        inside = (x - cx) ** 2 + (y - cy) ** 2 < radius * radius
        image[inside] = 3000 + ground[inside] * 2 + n
    inside = 4 * (x - 1300) ** 2 + 16 * (y - 900) ** 2 < 1200 * 1200
    image[inside] = 3500 + ground[inside]
    return image.astype(dtype)


def first_of_plateaus(peaks, away, regions):
    """Of peaks on one plateau (pixels of one region and distance that hang together by sides or corners) the first."""
    kept, seen = [], {}
    for place in peaks:
        same = (regions[place], away[place])
        if same not in seen:
            seen[same] = ndi.label((regions == same[0]) & (away == same[1]), structure=np.ones((3, 3)))[0], set()
        plateaus, met = seen[same]
        if plateaus[place] not in met:
            met.add(plateaus[place])
            kept.append(place)
    return kept


def nuclei(image, distance):
    mask = ndi.binary_fill_holes(image > threshold_otsu(image))
    regions, _ = ndi.label(mask)
    away = ndi.distance_transform_edt(mask)
    peaks = peak_local_max(away, min_distance=distance, labels=regions, exclude_border=False)
    markers = np.zeros(mask.shape, dtype=np.int32)
    for number, (y, x) in enumerate(first_of_plateaus(sorted(map(tuple, peaks)), away, regions), 1):
        markers[y, x] = number
    labels = watershed(-away, markers, mask=mask)
    areas = np.bincount(labels.ravel())
    # Numbered by their first pixels.
    numbers, firsts = np.unique(labels, return_index=True)
    kept = [number for _, number in sorted(zip(firsts, numbers)) if number and areas[number] >= 30]
    renumbered = np.zeros(len(areas), dtype=np.uint16)
    renumbered[kept] = np.arange(1, len(kept) + 1)
    return renumbered[labels]


def main():
    rows = []

    def row(step, dtype, images, result):
        result = np.ascontiguousarray(result)
        data = result.astype(result.dtype.newbyteorder("<")).tobytes()
        rows.append([step, np.dtype(dtype).name, images, f"{zlib.crc32(data):08x}"])

    for dtype in (np.uint16, np.float32):
        one, two, three = (drawn(seed, dtype) for seed in (1, 2, 3))
        row("Crop((x: 1000, y: 1500, width: 900, height: 4000))", dtype, 1, one[1500:, 1000:1900])
        row("BackgroundSubtraction((radius_px: 40))", dtype, 1, top_hat(one, 40)[0])
        row("GaussianSmoothing((sigma: Pixels(5.0)))", dtype, 1, smoothed(one, 5.0)[0])
        row("MedianFilter((radius_px: 1))", dtype, 1, ndi.median_filter(one, size=3, mode="nearest"))
        row("PercentileNormalize(())", dtype, 1, normalized(one, 1, 99))
        row("Bin((factor: 3))", dtype, 1, binned(one, 3, "Mean")[0])
        row("Threshold(())", dtype, 1, (one.astype(np.float64) > threshold_otsu(one.astype(np.float64) if dtype == np.float32 else one)).astype(np.uint8) * 255)
        stack = np.stack([one, two, three])
        for method in ("Maximum", "Mean", "StandardDeviation"):
            row(f"ZProjection((method: {method}))", dtype, 3, projected(stack, method))
        row("FlatField((sigma_px: 20.0))", dtype, 3, np.stack(list(flat_field([one, two, three], 20.0)[0])))
        row("ColourComposite(())", dtype, 3, composite({1: one, 2: two, 3: three}, {}, percentiles=(1.0, 99.5)))
    row("NucleiCount((min_distance_px: 10))", np.uint16, 1, nuclei(drawn(1, np.uint16), 10))
    with open(HERE / "large_steps.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_NONE, delimiter=";")
        writer.writerow("step;type;images;crc32".split(";"))
        writer.writerows(rows)


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()

"""Makes the reference data of thresholds and of counting nuclei, for tests/steps.rs.

    python3 tests/data/make_object_references.py

Written with Python 3.11, numpy 2.4.6, scipy 1.17.1 and scikit-image 0.26.0. It writes, beside itself,
object_steps.bin and object_steps.csv, of the form of those of make_spatial_references.py with the type of the
results added, and object_tables.csv, with what regionprops measures. Thresholds, holes, regions and distances are those
of scikit-image and SciPy. Peaks and watershed are said again here, because theirs leave open in which order equals
come (peaks in regions of one distance; peaks of one distance in a region): where that does not matter, theirs must
say the same, which is asserted.
"""

import csv
import heapq
import pathlib
import zlib

import numpy as np
import scipy.ndimage as ndi
from skimage.feature import peak_local_max
from skimage.filters import threshold_otsu
from skimage.measure import regionprops
from skimage.segmentation import watershed

from make_spatial_references import TYPES, limits

HERE = pathlib.Path(__file__).parent
SEEN_BY_SKIMAGE = {"peaks": 0, "watershed": 0, "of": 0}


def otsu(image):
    if image.dtype.itemsize > 2 and image.dtype.kind != "f":
        image = image.astype(np.float64)
    if image.dtype.kind == "f":
        image = image.astype(np.float64)
        image = image[np.isfinite(image)]
    if image.size == 0 or np.all(image == image.flat[0]):
        return np.inf
    return float(threshold_otsu(image))


def above(image, level):
    with np.errstate(invalid="ignore"):
        brighter = image.astype(np.float64) > (otsu(image) if level == "Otsu" else level)
    return brighter & np.isfinite(image)


def peaks_of(squares, regions, distance):
    """In the order of rows: no pixel of the region within the square is farther, and no peak nearer than that, nor on
    the same plateau: pixels of the region of one distance that hang together by sides or corners."""
    taken = []
    plateaus = set()
    for place in zip(*np.nonzero(regions)):
        y, x = place
        region = regions[place]
        around = (slice(max(y - distance, 0), y + distance + 1), slice(max(x - distance, 0), x + distance + 1))
        if squares[around][regions[around] == region].max() > squares[place]:
            continue
        near = any(regions[p] == region and max(abs(p[0] - y), abs(p[1] - x)) < distance for p in taken)
        if not near and place not in plateaus:
            taken.append(place)
            plateaus |= plateau(squares, regions, place)
    return taken


def plateau(squares, regions, place):
    found, open_places = {place}, [place]
    while open_places:
        y, x = open_places.pop()
        for other in ((y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)):
            inside = 0 <= other[0] < squares.shape[0] and 0 <= other[1] < squares.shape[1]
            if (inside and other not in found and squares[other] == squares[place]
                    and regions[other] == regions[place]):
                found.add(other)
                open_places.append(other)
    return found


def flooded(squares, peaks, mask):
    labels = np.zeros(mask.shape, dtype=np.int32)
    heap = []
    for number, place in enumerate(peaks, 1):
        labels[place] = number
        heapq.heappush(heap, (-int(squares[place]), len(heap), place))
    age = len(heap)
    while heap:
        now, _, (y, x) = heapq.heappop(heap)
        for place in ((y - 1, x), (y, x - 1), (y, x + 1), (y + 1, x)):
            inside = 0 <= place[0] < mask.shape[0] and 0 <= place[1] < mask.shape[1]
            if inside and mask[place] and not labels[place]:
                labels[place] = labels[y, x]
                heapq.heappush(heap, (max(-int(squares[place]), now), age, place))
                age += 1
    return labels


def renumbered(labels, smallest):
    areas = np.bincount(labels.ravel())
    result = np.zeros_like(labels)
    numbers = {}
    for place in zip(*np.nonzero(labels)):
        if areas[labels[place]] >= smallest:
            result[place] = numbers.setdefault(labels[place], len(numbers) + 1)
    return result


def nuclei(image, level, smallest, split, distance):
    mask = ndi.binary_fill_holes(above(image, level))
    regions, count = ndi.label(mask)
    if not split:
        return renumbered(regions, smallest)
    if mask.all():
        squares = np.full(mask.shape, sum(mask.shape) ** 2)
    else:
        exact = ndi.distance_transform_edt(mask)
        squares = np.rint(exact**2).astype(np.int64)
        assert np.array_equal(np.sqrt(squares), exact)
    peaks = peaks_of(squares, regions, distance)
    labels = flooded(squares, peaks, mask)
    SEEN_BY_SKIMAGE["of"] += 1
    theirs = {tuple(p) for p in peak_local_max(np.sqrt(squares), min_distance=distance, labels=regions, exclude_border=False)}
    plateaus = {frozenset(plateau(squares, regions, p)) for p in theirs}
    if len({regions[p] for p in theirs}) == count and len(plateaus) == len(theirs):
        assert theirs == set(peaks)
        SEEN_BY_SKIMAGE["peaks"] += 1
    if len({(regions[p], squares[p]) for p in peaks}) == len(peaks):
        markers = np.zeros(mask.shape, dtype=np.int32)
        for number, place in enumerate(peaks, 1):
            markers[place] = number
        assert np.array_equal(watershed(-np.sqrt(squares), markers, mask=mask), labels)
        SEEN_BY_SKIMAGE["watershed"] += 1
    return renumbered(labels, smallest)


def discs(shape, places, dtype, rng, ground=200, bright=1500):
    y, x = np.indices(shape)
    image = rng.normal(ground, ground / 20, shape)
    for cy, cx, radius in places:
        inside = (y - cy) ** 2 + (x - cx) ** 2 < radius**2
        image[inside] = rng.normal(bright, bright / 20, int(inside.sum()))
    if np.dtype(dtype).kind != "f":
        image = np.rint(image)
    low, high = limits(np.dtype(dtype))
    return np.clip(image, low, high).astype(dtype)


def main():
    rng = np.random.default_rng(20250303)
    blob = bytearray()
    rows = []
    table = []
    places = {}

    def put(array):
        data = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()
        if data not in places:
            places[data] = len(blob)
            blob.extend(data)
        return places[data]

    def one(image, result, step):
        height, width = image.shape
        rows.append([image.dtype.name, width, height, 1, 1, width, height, 1, 0, put(image), put(result), step,
                     result.dtype.name])

    def text(level):
        return level if level == "Otsu" else f"Fixed({float(level)!r})"

    def mask(image, level):
        one(image, above(image, level).astype(np.uint8) * 255, f"Threshold((level: {text(level)}))")

    def count(image, level, smallest, split, distance):
        labels = nuclei(image, level, smallest, split, distance).astype(np.uint16)
        settings = (f"level: {text(level)}, smallest_area_px: {smallest}, split: {str(split).lower()}, "
                    f"min_distance_px: {distance}")
        one(image, labels, f"NucleiCount(({settings}))")
        for region in regionprops(labels, intensity_image=image):
            y, x = region.centroid
            total = float(image[labels == region.label].astype(np.float64).sum())
            table.append([len(rows) - 1, region.label, int(region.area), repr(float(x)), repr(float(y)),
                          repr(float(region.intensity_mean)), repr(total)])
        return labels.max()

    for name in TYPES:
        dtype = np.dtype(name)
        low, high = limits(dtype)
        if dtype.kind == "f":
            low, high = -3.0, 5000.0
        noise = rng.random((31, 37)) ** 3
        # A wide range, few values, two values, one value.
        wide = low + noise * (float(high) - float(low)) * 0.999
        few = np.floor(noise * 7) + 40
        for image in (wide, few, (noise > 0.5) * 90 + 3, np.full((5, 4), 9)):
            mask(image.astype(dtype), "Otsu")
        mask(few.astype(dtype), 42.5)
        two = discs((40, 44), [(11, 12, 7.5), (27, 26, 9.2)], dtype, rng, 20, 100)
        assert count(two, "Otsu", 30, True, 5) == 2
    mask((rng.random((110, 90)) ** 5 * 65535).astype(np.uint16), "Otsu")
    strange = rng.random((20, 24)).astype(np.float32)
    strange[2, 3], strange[18, 20], strange[7, 7] = np.nan, np.inf, -np.inf
    mask(strange, "Otsu")
    mask(strange, 0.25)

    apart = discs((90, 120), [(15, 15, 9), (20, 60, 11.5), (60, 30, 13.2), (70, 90, 8), (0, 119, 10)], "uint16", rng)
    touching = discs((90, 120), [(20, 20, 12), (28, 40, 13.3), (60, 27, 11), (60, 49.4, 12.6), (78, 37, 9.5), (45, 95, 14),
                                 (45, 112, 11)], "uint16", rng)
    ringed = discs((60, 60), [(30, 30, 20)], "uint16", rng)
    ringed[26:33, 24:35] = 150
    equal = discs((40, 60), [(20, 18, 10), (20, 35, 10)], "uint16", rng)
    for split in (False, True):
        assert count(apart, "Otsu", 30, split, 10) == 5
        assert count(touching, "Otsu", 30, split, 10) == (7 if split else 3)
        assert count(ringed, "Otsu", 30, split, 10) == 1
        assert count(equal, "Otsu", 30, split, 8) == (2 if split else 1)
        count(touching, 1000.0, 450, split, 10)
        count(touching, 30000.0, 30, split, 10)
        noise = (rng.random((70, 80)) * 1000).astype(np.uint16)
        for smallest, distance in ((1, 1), (4, 2), (12, 7)):
            count(noise, "Otsu", smallest, split, distance)
            count(noise, 420.0, smallest, split, distance)
            count(noise, 300.0, smallest, split, distance)
        # All foreground, one pixel, one row, one column.
        count(np.full((12, 15), 7, dtype=np.uint16), 3.0, 5, split, 4)
        count(np.full((1, 1), 7, dtype=np.uint16), 3.0, 1, split, 1)
        count(noise[:1], "Otsu", 2, split, 2)
        count(np.ascontiguousarray(noise[:, :1]), "Otsu", 2, split, 2)
    # Large objects: a disc, a rectangle (a plateau of one distance is one object), and all of a camera's chip.
    y, x = np.indices((620, 630))
    disc = np.where((y - 310) ** 2 + (x - 312) ** 2 <= 300**2, 200, 3).astype(np.uint8)
    assert count(disc, "Otsu", 30, True, 7) == 1
    bar = np.full((90, 300), 3, dtype=np.uint8)
    bar[20:61, 15:280] = 200
    assert count(bar, "Otsu", 30, True, 7) == 1
    assert count(np.full((300, 400), 9, dtype=np.uint8), 5.0, 30, True, 7) == 1
    # A long way to the background.
    deep = np.full((2, 700), 9, dtype=np.uint8)
    deep[:, 0] = 0
    count(deep, 5.0, 30, True, 100)
    assert SEEN_BY_SKIMAGE["watershed"] > 15 and SEEN_BY_SKIMAGE["peaks"] > 15, SEEN_BY_SKIMAGE
    print(SEEN_BY_SKIMAGE)

    (HERE / "object_steps.bin").write_bytes(zlib.compress(bytes(blob), 9))
    with open(HERE / "object_steps.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_NONE, delimiter=";")
        writer.writerow(("type;width;height;samples;inputs;out_width;out_height;results;saturated;"
                         "input_at;expected_at;step;out_type").split(";"))
        writer.writerows(rows)
    with open(HERE / "object_tables.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow("case,object,area_px,centroid_x_px,centroid_y_px,mean_intensity,total_intensity".split(","))
        writer.writerows(table)


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()

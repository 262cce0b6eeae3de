"""Does steps with OpenCV, SciPy, scikit-image and NumPy, and prints how fast each is.

Three arguments: a file of 16-bit images one after the other, the pixels of a side, and the number of threads. Each line of
the input names a step and its parameter; the answer is one line of names and bytes of input a second. What would take
long is done to few of the images and once. Libraries that are not there are left out.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

try:
    import cv2

    cv2.setNumThreads(1)  # the images are dealt out to the threads
except ImportError:
    cv2 = None
try:
    from scipy import ndimage
except ImportError:
    ndimage = None
try:
    from skimage.feature import peak_local_max
    from skimage.filters import threshold_otsu
    from skimage.segmentation import watershed
except ImportError:
    watershed = None

path, side, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
images = np.fromfile(path, np.uint16).reshape(-1, side, side)
GROUP = 9


def gaussian_cv(image, sigma):
    size = 2 * int(4 * sigma + 0.5) + 1
    return cv2.GaussianBlur(image, (size, size), sigma, borderType=cv2.BORDER_REPLICATE)


def gaussian_scipy(image, sigma):
    smooth = ndimage.gaussian_filter(image.astype(np.float32), sigma, mode="nearest", truncate=4.0)
    return np.rint(smooth).astype(np.uint16)


def flat_field(sites, sigma):
    field = np.median(sites, axis=0).astype(np.float32)
    field = ndimage.median_filter(field, size=3, mode="nearest")
    field = np.minimum(field, 4 * np.median(field))
    field = ndimage.gaussian_filter(field, sigma, mode="nearest", truncate=4.0).astype(np.float64)
    field = np.maximum(field / field.mean(), 0.1)
    return [np.clip(np.rint(site / field), 0, 65535).astype(np.uint16) for site in sites]


def tophat_cv(image, radius):
    square = cv2.getStructuringElement(cv2.MORPH_RECT, (2 * radius + 1, 2 * radius + 1))
    return cv2.morphologyEx(image, cv2.MORPH_TOPHAT, square)


def tophat_scipy(image, radius):
    return image - ndimage.grey_opening(image, size=2 * radius + 1, mode="nearest")


def normalise(image, _):
    low, high = np.percentile(image, (1, 99))
    return ((np.clip(image, low, high) - low) * 65535 / (high - low)).astype(np.uint16)


def otsu_cv(image, _):
    return cv2.threshold(image, 0, 65535, cv2.THRESH_BINARY | cv2.THRESH_OTSU)


def otsu(image, _):
    return np.where(image > threshold_otsu(image), np.uint8(255), np.uint8(0))


def nuclei(image, _):
    mask = ndimage.binary_fill_holes(image > threshold_otsu(image))
    regions, _ = ndimage.label(mask)
    distance = ndimage.distance_transform_edt(mask)
    peaks = peak_local_max(distance, min_distance=7, labels=regions, exclude_border=False)
    markers = np.zeros(mask.shape, np.int32)
    markers[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
    labels = watershed(-distance, markers, mask=mask)
    areas = np.bincount(labels.ravel())
    return labels, areas, np.bincount(labels.ravel(), image.ravel())


def bin_numpy(image, _):
    quarters = image.reshape(side // 2, 2, side // 2, 2)
    return np.rint(quarters.mean(axis=(1, 3))).astype(np.uint16)


def bin_cv(image, _):
    return cv2.resize(image, (side // 2, side // 2), interpolation=cv2.INTER_AREA)


# By the name of a step: library, function, images at a time.
STEPS = {
    "median": [
        ("OpenCV", cv2 and (lambda image, r: cv2.medianBlur(image, 2 * r + 1)), 1),
        ("SciPy", ndimage and (lambda image, r: ndimage.median_filter(image, 2 * r + 1, mode="nearest")), 1),
    ],
    "gaussian": [("OpenCV", cv2 and gaussian_cv, 1), ("SciPy", ndimage and gaussian_scipy, 1)],
    "flat_field": [("SciPy", ndimage and flat_field, GROUP)],
    "tophat": [("OpenCV", cv2 and tophat_cv, 1), ("SciPy", ndimage and tophat_scipy, 1)],
    "normalise": [("NumPy", normalise, 1)],
    "otsu": [("OpenCV", cv2 and otsu_cv, 1), ("scikit-image", watershed and otsu, 1)],
    "nuclei": [("scikit-image", ndimage and watershed and nuclei, 1)],
    "maximum": [("NumPy", lambda planes, _: planes.max(axis=0), GROUP)],
    "mean": [("NumPy", lambda planes, _: np.rint(planes.mean(axis=0)).astype(np.uint16), GROUP)],
    "sum": [
        ("NumPy", lambda planes, _: np.minimum(planes.sum(axis=0, dtype=np.uint32), 65535).astype(np.uint16), GROUP)
    ],
    "bin": [("OpenCV", cv2 and bin_cv, 1), ("NumPy", bin_numpy, 1)],
}
# OpenCV takes 16 bits in medians of up to 5 x 5.
TOO_LARGE = {("OpenCV", "median"): 2}
LONG_SECS = 1.0
known = {}


def speed(pool, function, parameter, group):
    """Bytes a second, and whether that took long."""
    work = [images[at] if group == 1 else images[at : at + group] for at in range(0, len(images), group)]

    def timed(part):
        began = time.perf_counter()
        # A result is dropped when it is there, so that its memory serves the next.
        list(pool.map(lambda one: function(one, parameter) is None, part))
        return sum(one.nbytes for one in part) / (secs := time.perf_counter() - began), secs

    first, secs = timed(work[:threads])
    if secs > LONG_SECS:
        return first, True
    return timed(work)[0], False


with ThreadPoolExecutor(threads) as pool:
    print("ready", flush=True)
    for line in sys.stdin:
        name, parameter = line.split()
        answers = []
        for library, function, group in STEPS[name]:
            if not function or int(parameter) > TOO_LARGE.get((library, name), 1000):
                continue
            found = known.get((library, line))
            if found is None:
                found, is_long = speed(pool, function, int(parameter), group)
                if is_long:
                    known[library, line] = found
            answers.append(f"{library} {found}")
        print(" ".join(answers), flush=True)

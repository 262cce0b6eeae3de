"""Compares the images of two folders pixel by pixel: those of OpenHCS with those of Stepwell.

    python compare_images.py OPENHCS_IMAGES STEPWELL_IMAGES

Prints how many were compared, the share of pixels that differ, and the largest difference, as JSON. Needs NumPy and tifffile.
"""

import json
import re
import sys
from pathlib import Path

import numpy
import tifffile

openhcs, stepwell = (Path(folder) for folder in sys.argv[1:])


def key(path, pattern):
    found = re.search(pattern, path.as_posix())
    return tuple(int(number) for number in found.groups()) if found else None


def images(folder, pattern):
    found = {key(path, pattern): path for path in sorted(folder.rglob("*")) if path.suffix.lower() == ".tif"}
    found.pop(None, None)
    return found


theirs = images(openhcs, r"A01_s(\d+)_w(\d+)_z\d+_t(\d+)\.TIF$")
ours = images(stepwell, r"TimePoint_(\d+)/(?:.*/)?[^/]*_A01(?:_s(\d+))?_w(\d+)\.TIF$")
ours = {(site, channel, timepoint): path for (timepoint, site, channel), path in ours.items()}
pixels = differing = largest = 0
for at in sorted(theirs.keys() & ours.keys()):
    a, b = (tifffile.imread(path).squeeze().astype(numpy.int64) for path in (theirs[at], ours[at]))
    difference = numpy.abs(a - b)
    pixels += difference.size
    differing += int(numpy.count_nonzero(difference))
    largest = max(largest, int(difference.max()))
shares = {"share_of_pixels_that_differ": differing / max(pixels, 1), "largest_difference": largest}
print(json.dumps({"compared": len(theirs.keys() & ours.keys()), "images": len(theirs), **shares}))

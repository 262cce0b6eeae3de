"""Makes the small TIFF files of several pages in `pages/`, as tifffile writes them.

Written with Python 3.11, numpy 2.4.6 and tifffile 2026.3.3. Every pixel of a page is 1000 * image + 100 * timepoint + 10 * z +
channel (all from 0), so that its pixels say what a page is.
"""

import pathlib

import numpy as np
import tifffile

OUT = pathlib.Path(__file__).parent / "pages"
OUT.mkdir(exist_ok=True)
GREY = {"photometric": "minisblack"}


def stack(axes, t=2, z=3, c=2, image=0):
    sizes = {"T": t, "Z": z, "C": c}
    places = np.indices([sizes[axis] for axis in axes])
    weights = {"T": 100, "Z": 10, "C": 1}
    values = sum(place * weights[axis] for axis, place in zip(axes, places)) + 1000 * image
    return np.broadcast_to(values[..., None, None], (*values.shape, 3, 4)).astype("u2").copy()


tifffile.imwrite(OUT / "imagej.tif", stack("TZC"), imagej=True, **GREY, metadata={"axes": "TZCYX"})
tifffile.imwrite(
    OUT / "imagej-one-directory.tif", stack("TZC"), imagej=True, truncate=True, **GREY, metadata={"axes": "TZCYX"}
)
tifffile.imwrite(OUT / "imagej-z.tif", stack("Z"), imagej=True, **GREY, metadata={"axes": "ZYX"})
for axes in ["TZC", "TCZ", "ZTC", "CTZ"]:
    path = OUT / f"ome-{axes.lower()}.ome.tif"
    tifffile.imwrite(path, stack(axes), ome=True, **GREY, metadata={"axes": axes + "YX"})
with tifffile.TiffWriter(OUT / "ome-two-images.ome.tif", ome=True) as file:
    for image in range(2):
        file.write(stack("ZC", z=2, image=image), **GREY, metadata={"axes": "ZCYX"})
tifffile.imwrite(OUT / "plain.tif", stack("Z"), **GREY, metadata=None)

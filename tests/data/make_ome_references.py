"""Makes `ome/pyramid.ome.tif`, an OME-TIFF of a plate as tifffile writes pyramids: tiles, and smaller forms in SubIFDs.

Written with Python 3.11, numpy 2.4.6 and tifffile 2026.3.3. Every pixel of a page is 1000 + 10 * channel + x + y, those of the smaller
forms are 7.
"""

import pathlib

import numpy as np
import tifffile

OUT = pathlib.Path(__file__).parent / "ome"
OUT.mkdir(exist_ok=True)
XML = """<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">
<Plate ID="Plate:0" Name="Pyramids" Rows="8" Columns="12"><Well ID="Well:0" Row="1" Column="2">
<WellSample ID="WellSample:0" Index="0"><ImageRef ID="Image:0"/></WellSample></Well></Plate>
<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="80" SizeY="48" SizeZ="1" SizeC="2"
 SizeT="1"><Channel ID="Channel:0:0"/><Channel ID="Channel:0:1"/><TiffData IFD="0" PlaneCount="2"/></Pixels></Image></OME>"""

y, x = np.indices((48, 80))
with tifffile.TiffWriter(OUT / "pyramid.ome.tif", ome=False) as file:
    for channel in range(2):
        page = (1000 + 10 * channel + x + y).astype("u2")
        options = {"tile": (32, 32), "compression": "zlib", "photometric": "minisblack", "metadata": None}
        file.write(page, subifds=2, description=XML if channel == 0 else None, **options)
        for scale in (2, 4):
            file.write(np.full_like(page[::scale, ::scale], 7), subfiletype=1, **options)

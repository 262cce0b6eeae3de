"""Makes ome_zarr.bin and ome_zarr.csv: small OME-Zarr plates of all kinds, and what zarr-python reads of them.

Written with zarr 3.1.6, numcodecs 0.16.6 and NumPy 2.4.6. ome_zarr.bin is zlib-compressed and holds, for each file of
each plate: its path and a zero, its length as 4 bytes (lowest first), its bytes. ome_zarr.csv has a line for each image:
plate, well, path of the field, timepoint, channel and plane from 0, type, width, height, and the CRC-32 of its pixels row
by row, lowest byte first, as zarr-python reads them back.
"""

import itertools
import pathlib
import struct
import tempfile
import warnings
import zlib

import numcodecs
import numpy as np
import zarr
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, TransposeCodec, ZstdCodec

warnings.simplefilter("ignore")
FILL = 7
LINES = []


def pixels(shape, dtype, seed):
    """Another image at each place of a plate."""
    noise = np.random.default_rng(seed).integers(0, 6, size=shape)
    ramp = np.arange(int(np.prod(shape))).reshape(shape) % 97
    return (noise + ramp).astype(dtype)


def halved(image, axes):
    """Every second row and column."""
    return image[tuple(slice(None, None, 2) if name in "yx" else slice(None) for name in axes)]


class Plate:
    """A plate in a folder `NAME.zarr`, written group by group."""

    def __init__(self, root, name, wells, version="0.4", zarr_format=2, plate=None, **array):
        self.name, self.version, self.zarr_format, self.array = name, version, zarr_format, array
        self.root = zarr.open_group(root / f"{name}.zarr", mode="w", zarr_format=zarr_format)
        about = {"wells": [{"path": well} for well in wells], "version": version}
        self.describe(self.root, {"plate": about | (plate or {})})

    def describe(self, group, attributes):
        """`attributes` where the version has them."""
        group.attrs.update({"ome": {"version": self.version} | attributes} if self.zarr_format == 3 else attributes)

    def well(self, path, fields):
        """The group of a well; `fields`: the paths of its fields, or what is said of them."""
        images = [field if isinstance(field, dict) else {"path": field} for field in fields]
        group = self.root.require_group(path)
        self.describe(group, {"well": {"images": images, "version": self.version}})

    def field(self, path, axes, shape, dtype="<u2", levels=("0", "1"), chunks=None, scale=0.5, place=None,
              said_axes="full", absent=None, further=None, swapped=False):
        """A field with its levels. `absent`: a block that is nowhere but the fill value, and so not written."""
        group = self.root.require_group(path)
        image = pixels(shape, dtype, zlib.crc32(f"{self.name}/{path}".encode()))
        if absent:
            image[absent] = FILL
        units = {"t": ("time", "second"), "c": ("channel", None)}
        full = [{"name": name, "type": units.get(name, ("space",))[0]}
                | ({"unit": unit} if (unit := units.get(name, (0, "micrometer"))[1]) else {}) for name in axes]
        datasets = []
        for nth, level in enumerate(levels):
            at_level = image if (nth == 0) != swapped else halved(image, axes)
            array = group.create_array(
                level, shape=at_level.shape, dtype=dtype, fill_value=FILL,
                chunks=tuple(min(a, b) for a, b in zip(chunks or at_level.shape, at_level.shape)),
                config={"write_empty_chunks": False}, **self.array)
            array[...] = at_level
            sized = [(scale or 1) * 2**nth if name in "yx" else 1.0 for name in axes]
            moves = [{"type": "translation", "translation": [place["yx".index(name)] if name in "yx" else 0.0
                                                             for name in axes]}] if place else []
            scales = [{"type": "scale", "scale": sized}] + moves
            datasets.append({"path": level} | ({"coordinateTransformations": scales} if scale else {}))
        said = {"full": {"axes": full}, "names": {"axes": list(axes)}, "none": {},
                "system": {"coordinateSystems": [{"name": "physical", "axes": full}]}}[said_axes]
        multiscale = {"datasets": datasets, "name": path, "version": self.version} | said
        self.describe(group, {"multiscales": [multiscale]} | (further or {}))
        self.tell(path, axes, levels[1 if swapped else 0])
        return group

    def tell(self, path, axes, level):
        """Lines for what zarr-python reads of the largest level."""
        array = zarr.open_group(self.root.store_path.store.root, mode="r")[f"{path}/{level}"]
        *well, field = path.split("/")
        sizes = dict(zip(axes, array.shape))
        for t, c, z in itertools.product(*[range(sizes.get(name, 1)) for name in "tcz"]):
            at = {"t": t, "c": c, "z": z}
            plane = array[tuple(at.get(name, slice(None)) for name in axes)]
            if axes.index("x") < axes.index("y"):
                plane = plane.T
            plane = np.ascontiguousarray(plane.astype(plane.dtype.newbyteorder("<")))
            height, width = plane.shape
            LINES.append(f"{self.name},{'/'.join(well)},{field},{t},{c},{z},{plane.dtype.name},{width},{height},"
                         f"{zlib.crc32(plane.tobytes()):08x}")


def plates(root):
    omero = {"omero": {"channels": [
        {"label": "DAPI", "color": "00FFFF", "window": {"start": 0, "end": 200, "min": 0, "max": 65535}},
        {"label": "GFP", "color": "#ff8000", "active": True, "coefficient": 1}], "rdefs": {"model": "color"}}}
    six = {"rows": [{"name": "A"}, {"name": "B"}], "columns": [{"name": str(n)} for n in (1, 2, 3)]}

    # Two wells with a gap between them; an absent chunk; what nobody specified; labels and tables.
    lines = {"rows": [{"name": "B"}], "columns": [{"name": "03"}, {"name": "05"}], "name": "Gap", "field_count": 2,
             "maker": {"of": ["this"]}}
    plate = Plate(root, "gap", ["B/03", "B/05"], plate=lines, compressors=numcodecs.Blosc("lz4"))
    for well in ["B/03", "B/05"]:
        plate.well(well, ["0", "1"])
        for field, place in [("0", (100.0, 200.0)), ("1", (100.0, 210.0))]:
            group = plate.field(f"{well}/{field}", "tczyx", (2, 2, 3, 24, 20), chunks=(1, 1, 1, 12, 20), place=place,
                                absent=(1, 0, 2, slice(0, 12)), further=omero)
            for other in ["labels", "tables"]:
                group.create_group(other).attrs.update({other: ["one"]})

    # The same in version 3, in shards.
    plate = Plate(root, "shards", ["B/03", "B/05"], "0.5", 3, lines | {"name": "Shards"}, shards=(1, 2, 3, 24, 20),
                  compressors=[ZstdCodec(level=3), Crc32cCodec()])
    for well in ["B/03", "B/05"]:
        plate.well(well, ["0", "1"])
        for field in ["0", "1"]:
            plate.field(f"{well}/{field}", "tczyx", (2, 2, 3, 24, 20), levels=("0",), chunks=(1, 1, 1, 8, 10),
                        absent=(1, 0, 2, slice(0, 8)), further=omero)

    # Two acquisitions, of which the first has two sites and the second one.
    acquisitions = {"acquisitions": [{"id": 1, "name": "Before"}, {"id": 2}], "field_count": 3}
    plate = Plate(root, "acquisitions", ["A/1", "A/2"], plate=six | acquisitions, compressors=numcodecs.Zstd(3))
    for well in ["A/1", "A/2"]:
        plate.well(well, [{"path": "0", "acquisition": 1}, {"path": "1", "acquisition": 1}, {"path": "2", "acquisition": 2}])
        for field in ["0", "1", "2"]:
            plate.field(f"{well}/{field}", "cyx", (2, 16, 12), further=omero)

    # Kinds of arrays: order of bytes and axes, types, names of chunks.
    plate = Plate(root, "big-endian", ["C/04"], compressors=numcodecs.Zlib(6), order="F",
                  chunk_key_encoding={"name": "v2", "separator": "."})
    plate.well("C/04", ["0"])
    plate.field("C/04/0", "czyx", (2, 2, 16, 12), ">i2", chunks=(2, 1, 9, 5), scale=2.0)
    plate = Plate(root, "columns-first", ["A/1"], compressors=numcodecs.GZip(5))
    plate.well("A/1", ["0"])
    plate.field("A/1/0", "txy", (2, 12, 16), "<f4", chunks=(1, 5, 16))
    plate = Plate(root, "channels-last", ["A/1"], "0.5", 3, compressors=[GzipCodec(level=5)])
    plate.well("A/1", ["0"])
    plate.field("A/1/0", "yxc", (16, 12, 3), "|u1", chunks=(8, 12, 3))
    plate = Plate(root, "turned", ["A/1"], "0.5", 3, filters=[TransposeCodec(order=(2, 0, 1))],
                  serializer=BytesCodec(endian="big"), compressors=[BloscCodec(cname="zstd", shuffle="bitshuffle")])
    plate.well("A/1", ["0"])
    plate.field("A/1/0", "zyx", (3, 16, 12), "uint32", chunks=(2, 8, 12))

    # Older and newer forms of the attributes.
    plate = Plate(root, "oldest", ["A/1", "A/3"], "0.1", compressors=None)
    for well in ["A/1", "A/3"]:
        plate.well(well, ["0"])
        plate.field(f"{well}/0", "tczyx", (1, 2, 1, 16, 12), "|u1", ("s0", "s1"), scale=None, said_axes="none")
    plate = Plate(root, "named", ["A/1", "A/3"], "0.3", compressors=numcodecs.Blosc("zstd"))
    for well in ["A/1", "A/3"]:
        plate.well(well, ["f10", "f2"] if well == "A/1" else ["f10"])
        for field in ["f10", "f2"] if well == "A/1" else ["f10"]:
            plate.field(f"{well}/{field}", "cyx", (1, 16, 12), levels=("half", "full"), scale=None, said_axes="names",
                        swapped=True)
    plate = Plate(root, "newest", ["A/1"], "0.6", 3, compressors=[ZstdCodec()])
    plate.well("A/1", ["0"])
    plate.field("A/1/0", "cyx", (2, 16, 12), said_axes="system")


def main():
    root = pathlib.Path(tempfile.mkdtemp())
    plates(root)
    packed = b""
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        data = path.read_bytes()
        packed += str(path.relative_to(root)).encode() + b"\0" + struct.pack("<I", len(data)) + data
    here = pathlib.Path(__file__).parent
    (here / "ome_zarr.bin").write_bytes(zlib.compress(packed, 9))
    head = "plate,well,field,timepoint,channel,plane,type,width,height,crc32\n"
    (here / "ome_zarr.csv").write_text(head + "\n".join(LINES) + "\n")
    print(root, len(LINES))


if __name__ == "__main__":
    main()

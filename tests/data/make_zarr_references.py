"""Makes zarr.bin: small Zarr arrays of all kinds that are read, as zarr-python writes them.

Written with zarr 3.1.6, numcodecs 0.16.6 and NumPy 2.4.6. The file is zlib-compressed and holds, for each file of each
array: its path and a zero, its length as 4 bytes (lowest first), its bytes. What the samples are is a formula
(`values`, and again in tests/formats/zarr/mod.rs); a block of rows and columns is the fill value, and not written.
"""

import pathlib
import struct
import tempfile
import warnings
import zlib

import numcodecs
import numpy as np
import zarr
from zarr.codecs import (
    BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec, TransposeCodec, ZstdCodec,
)

warnings.simplefilter("ignore")
FILL = 3


def values(shape, dtype):
    """A number of place, plane by plane; smooth above row 16, noise below."""
    planes = int(np.prod(shape[:-2], dtype=np.int64))
    p, y, x = np.meshgrid(*[np.arange(n, dtype=np.uint64) for n in (planes, *shape[-2:])], indexing="ij")
    number = p * 1009 + y * 101 + x * 7
    noise = (number * 2654435761 % 2**32) * 40503
    number = np.where(y < 16, number, noise)
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        number = ((number % 2048).astype(np.float64) / 4 - 100).astype(dtype)
    else:
        number = number.astype(f"u{dtype.itemsize}").view(dtype.newbyteorder("=")).astype(dtype)
    number[:, 8:16, 16:32] = FILL
    return number.reshape(shape)


def main():
    root = pathlib.Path(tempfile.mkdtemp())

    def write(name, shape, dtype, chunks, **settings):
        array = zarr.create_array(
            root / name, shape=shape, dtype=dtype, chunks=chunks, fill_value=FILL,
            config={"write_empty_chunks": False}, **settings)
        array[...] = values(shape, dtype)
        # Read anew, with NumPy's own idea of it.
        assert np.array_equal(zarr.open_array(root / name)[...], values(shape, dtype)), name

    def two(name, dtype="<u2", shape=(2, 2, 20, 36), chunks=(1, 1, 8, 16), compressor="blosc", **settings):
        if compressor == "blosc":
            compressor = numcodecs.Blosc("lz4")
        write(f"2-{name}", shape, dtype, chunks, zarr_format=2, compressors=compressor, **settings)

    def three(name, codecs, dtype="uint16", shape=(2, 2, 20, 36), chunks=(1, 1, 8, 16), **settings):
        """`codecs` whole, as `zarr.json` has them."""
        serializer = next(i for i, c in enumerate(codecs) if isinstance(c, (BytesCodec, ShardingCodec)))
        write(f"3-{name}", shape, dtype, chunks, zarr_format=3, filters=codecs[:serializer] or None,
              serializer=codecs[serializer], compressors=codecs[serializer + 1:] or None, **settings)

    little = BytesCodec(endian="little")
    for order in "<>":
        for kind in ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"]:
            if order == "<" or kind[1] != "1":
                two(f"type-{'little' if order == '<' else 'big'}-{kind}", f"{order}{kind}", shape=(1, 2, 20, 36))
                three(f"type-{'little' if order == '<' else 'big'}-{kind}", [
                    BytesCodec(endian="little" if order == "<" else "big"), ZstdCodec(level=3)],
                    dtype=kind, shape=(1, 2, 20, 36))
    for cname in ["blosclz", "lz4", "lz4hc", "zlib", "zstd"]:
        for shuffle in [numcodecs.Blosc.NOSHUFFLE, numcodecs.Blosc.SHUFFLE, numcodecs.Blosc.BITSHUFFLE]:
            two(f"blosc-{cname}-{shuffle}", chunks=(1, 2, 20, 36), shape=(1, 2, 20, 36),
                compressor=numcodecs.Blosc(cname, 9, shuffle))
            two(f"blosc-{cname}-{shuffle}-blocks", "<u4", chunks=(1, 2, 20, 33), shape=(1, 2, 20, 33),
                compressor=numcodecs.Blosc(cname, 5, shuffle, 1024))
    two("zlib", compressor=numcodecs.Zlib(6))
    two("gzip", compressor=numcodecs.GZip(6))
    two("zstd", compressor=numcodecs.Zstd(3))
    two("none", compressor=None)
    two("slashes", compressor=None, chunk_key_encoding={"name": "v2", "separator": "/"})
    two("columns", order="F")
    two("columns-none", order="F", compressor=None, chunks=(2, 2, 7, 9))
    two("flat", shape=(20, 36), chunks=(8, 36))
    two("flat-none", shape=(20, 36), chunks=(8, 36), compressor=None)
    two("volume", shape=(3, 20, 36), chunks=(2, 16, 16))
    two("five", shape=(2, 1, 2, 20, 36), chunks=(1, 1, 2, 20, 36))
    two("five-none", shape=(2, 1, 2, 20, 36), chunks=(2, 1, 2, 16, 36), compressor=None)
    two("chunks-beyond", chunks=(3, 3, 64, 64))
    two("rows", chunks=(1, 1, 4, 36))
    two("half-columns", "<f2", order="F")

    three("none", [little])
    three("gzip", [little, GzipCodec()])
    three("blosc", [little, BloscCodec(cname="zstd", typesize=2, shuffle="bitshuffle")])
    three("checked", [little, Crc32cCodec()])
    three("checked-twice", [little, Crc32cCodec(), ZstdCodec(), Crc32cCodec()])
    three("turned", [TransposeCodec(order=(1, 0, 3, 2)), little, ZstdCodec()])
    three("turned-twice", [TransposeCodec(order=(1, 2, 3, 0)), TransposeCodec(order=(0, 3, 1, 2)), little])
    three("dots", [little], chunk_key_encoding={"name": "default", "separator": "."})
    three("names-2", [little], chunk_key_encoding={"name": "v2", "separator": "."})
    three("flat", [little, ZstdCodec()], shape=(20, 36), chunks=(20, 36))
    three("zlib", [little, zarr.codecs.numcodecs.Zlib(level=3)])
    for place in ["start", "end"]:
        three(f"shards-{place}", [
            ShardingCodec(chunk_shape=(1, 1, 8, 16), codecs=[little, ZstdCodec()], index_location=place)],
            chunks=(2, 1, 16, 32))
    three("shards-none", [ShardingCodec(chunk_shape=(1, 1, 4, 32), codecs=[little])], chunks=(2, 2, 16, 32))
    three("shards-plain-index", [
        ShardingCodec(chunk_shape=(1, 1, 8, 16), codecs=[little, BloscCodec(typesize=2, shuffle="shuffle")],
                      index_codecs=[BytesCodec(endian="big")])], chunks=(2, 1, 16, 32))
    three("shards-turned", [
        TransposeCodec(order=(0, 1, 3, 2)),
        ShardingCodec(chunk_shape=(1, 1, 8, 16), codecs=[TransposeCodec(order=(3, 0, 2, 1)), BytesCodec(endian="big"),
                                                         GzipCodec()])], chunks=(2, 1, 16, 32))
    three("shards-in-shards", [
        ShardingCodec(chunk_shape=(1, 1, 16, 32), codecs=[
            ShardingCodec(chunk_shape=(1, 1, 8, 16), codecs=[little, ZstdCodec()])])], chunks=(2, 1, 16, 64))

    packed = bytearray()
    for path in sorted(path for path in root.rglob("*") if path.is_file() and path.name != ".zattrs"):
        data = path.read_bytes()
        packed += path.relative_to(root).as_posix().encode() + b"\0" + struct.pack("<I", len(data)) + data
    here = pathlib.Path(__file__).parent
    (here / "zarr.bin").write_bytes(zlib.compress(bytes(packed), 9))
    print(len(packed), (here / "zarr.bin").stat().st_size, len(list(root.iterdir())))
    print(root)


main()

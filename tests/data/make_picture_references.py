"""Makes the small PNG and JPEG files of `pictures/` and the table of what is in them, `pictures.csv`.

Written with Python 3.11, numpy 2.4.6, Pillow and imagecodecs 2026.3.6. JPEG is decoded a little differently by each decoder: what libjpeg reads is kept as
a PNG of the same name, and the table says by how much a pixel may differ.
"""

import csv
import io
import pathlib
import zlib

import imagecodecs
import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).parent
OUT = HERE / "pictures"
OUT.mkdir(exist_ok=True)
random = np.random.default_rng(7)
H, W = 21, 35  # odd, so that no row ends on a whole byte or block


def smooth(samples, depth):
    y, x = np.mgrid[0:H, 0:W]
    planes = [
        (np.sin(x / (4 + s)) + np.cos(y / (3 + s)) + 2) / 4 * (2**depth - 1) for s in range(samples)
    ]
    noise = random.integers(0, 1 + 2 ** (depth - 5), (H, W, samples))
    image = np.clip(np.stack(planes, -1) + noise, 0, 2**depth - 1).astype(f"u{depth // 8}")
    return image[..., 0] if samples == 1 else image


rows = []


def add(name, data, pixels, tolerance=0):
    (OUT / name).write_bytes(data)
    pixels = np.ascontiguousarray(pixels)
    samples = 1 if pixels.ndim == 2 else pixels.shape[2]
    rows.append(
        [name, pixels.shape[1], pixels.shape[0], samples, pixels.dtype.name,
         f"{zlib.crc32(pixels.astype(pixels.dtype.newbyteorder('<')).tobytes()):08x}", tolerance]
    )


def pillow(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


for samples, colours in [(1, "grey"), (2, "grey-alpha"), (3, "rgb"), (4, "rgba")]:
    for depth in [8, 16]:
        image = smooth(samples, depth)
        add(f"{colours}-{depth}.png", imagecodecs.png_encode(image), image)


def chunk(kind, data):
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def interlaced(image):
    """A grey PNG of 16 bits in the seven passes of Adam7, which no library at hand writes."""
    raw = b""
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    for y, x, down, right in passes:
        part = image[y::down, x::right]
        if part.size:
            raw += b"".join(b"\0" + row.astype(">u2").tobytes() for row in part)
    head = W.to_bytes(4, "big") + H.to_bytes(4, "big") + bytes([16, 0, 0, 0, 1])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


grey16 = smooth(1, 16)
add("interlaced-16.png", interlaced(grey16), grey16)
rgb = smooth(3, 8)
palette = Image.fromarray(rgb).quantize(16)
add("palette.png", pillow(palette, "PNG"), np.asarray(palette.convert("RGB")))
mask = smooth(1, 8) > 128
add("one-bit.png", pillow(Image.fromarray(mask), "PNG"), mask.astype("u1") * 255)
grey = smooth(1, 8)
add("one-value-transparent.png", pillow(Image.fromarray(grey), "PNG", transparency=int(grey[0, 0])),
    np.stack([grey, np.where(grey == grey[0, 0], 0, 255).astype("u1")], -1))

for name, image, options, tolerance in [
    ("grey.jpg", grey, {}, 1),
    ("rgb-444.jpg", rgb, {"subsampling": 0}, 3),
    ("rgb-420.jpg", rgb, {"subsampling": 2}, 6),
    ("rgb-422-restarts.jpg", rgb, {"subsampling": 1, "restart_marker_blocks": 1}, 6),
    ("grey-progressive.jpg", grey, {"progressive": True}, 1),
    ("rgb-progressive.jpg", rgb, {"progressive": True, "subsampling": 2}, 6),
]:
    data = pillow(Image.fromarray(image), "JPEG", quality=90, **options)
    pixels = np.asarray(Image.open(io.BytesIO(data)))
    add(name, data, pixels, tolerance)
    (OUT / name.replace(".jpg", ".jpg.png")).write_bytes(imagecodecs.png_encode(pixels))
(OUT / "cmyk.jpg").write_bytes(pillow(Image.fromarray(smooth(4, 8), "CMYK"), "JPEG"))

with open(HERE / "pictures.csv", "w", newline="") as file:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["file", "width", "height", "samples", "type", "crc32", "tolerance"])
    table.writerows(rows)

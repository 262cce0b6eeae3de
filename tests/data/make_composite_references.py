"""Makes the reference data of colour composites and of flat-field correction by given images, for tests/steps.rs.

    python3 tests/data/make_composite_references.py

Written with Python 3.11, numpy 2.4.6 and scipy 1.17.1. It writes, beside itself, composite_steps.bin (inputs,
light, and what comes of them, one zlib stream) and composite_steps.csv (what is where, and the step in RON, or
none where it is flat-field correction by given images). The definitions are those in
src/pipeline/steps/colour_composite.rs and given_light.rs.
"""

import csv
import pathlib
import zlib

import numpy as np

from make_spatial_references import TYPES, limits, pictures

HERE = pathlib.Path(__file__).parent
PALETTE = [(0x6A, 0x8C, 0xFF), (0x3D, 0xE8, 0x6C), (0xFF, 0x9A, 0x3C), (0xFF, 0x5C, 0xB4), (0x46, 0xDC, 0xEC),
           (0xF5, 0xDC, 0x50)]


def composite(images, colours, percentiles=None, values=None):
    total = np.zeros(next(iter(images.values())).shape + (3,), dtype=np.float64)
    for channel in sorted(images):
        image = images[channel]
        low, high = values or np.percentile(image[np.isfinite(image)], percentiles)
        low, high = np.float64(low), np.float64(high)
        x = image.astype(np.float64)
        if high > low:
            share = np.clip((x - low) / (high - low), 0.0, 1.0)
        else:
            share = (x > high).astype(np.float64)
        share = np.where(np.isnan(x), 0.0, share)
        colour = np.array(colours.get(channel, PALETTE[(channel - 1) % len(PALETTE)]), dtype=np.float64)
        total = total + share[..., None] * colour
    return np.floor(np.clip(total, 0, 255) + 0.5).astype(np.uint8)


def corrected(image, flat, dark):
    """With the number of samples that were held at the upper limit."""
    flat, dark = flat.astype(np.float32).astype(np.float64), dark.astype(np.float32).astype(np.float64)
    light = (flat - dark).astype(np.float32).astype(np.float64)
    mean = light[np.isfinite(light)].mean()
    light = np.where(np.isfinite(light), light, np.float64(np.float32(mean)))
    exact = (image.astype(np.float64) - dark) * mean / np.fmax(light, mean * 0.01)
    if image.dtype.kind == "f":
        return exact.astype(image.dtype), 0
    low, high = limits(image.dtype)
    whole = [int(value) for value in np.rint(exact).ravel()]
    held = np.array([min(max(value, low), high) for value in whole], dtype=image.dtype).reshape(image.shape)
    return held, sum(1 for value, held in zip(whole, held.ravel()) if float(value) > float(held))


def main():
    rng = np.random.default_rng(20250611)
    blob = bytearray()
    rows = []

    def put(array):
        offset = len(blob)
        blob.extend(np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes())
        return offset

    def row(images, result, saturated, light, step):
        first = next(iter(images.values()))
        height, width = first.shape
        at = [put(images[channel]) for channel in sorted(images)][0]
        light = [text for array in light for text in (array.dtype.name, put(array))] + [""] * (4 - 2 * len(light))
        channels = ",".join(str(channel) for channel in sorted(images))
        samples = result.shape[2] if result.ndim > 2 else 1
        rows.append([first.dtype.name, width, height, channels, result.dtype.name, samples, saturated, at,
                     put(result), *light, step])

    def by_percentiles(images, low, high, colours=None):
        text = "" if colours is None else f", colours: {{{', '.join(f'{n}: {c}' for n, c in colours.items())}}}"
        step = f"ColourComposite((limits: Percentiles(low: {low}, high: {high}){text}))"
        row(images, composite(images, colours or {}, percentiles=(low, high)), 0, [], step)

    def by_values(images, low, high):
        step = f"ColourComposite((limits: Values(low: {low}, high: {high})))"
        row(images, composite(images, {}, values=(low, high)), 0, [], step)

    def given(image, flat, dark=None):
        zero = np.zeros(image.shape, dtype=np.float32)
        result, saturated = corrected(image, flat, zero if dark is None else dark)
        row({2: image}, result, saturated, [flat] if dark is None else [flat, dark], "")

    for name in TYPES:
        dtype = np.dtype(name)
        images = {channel: pictures(dtype, rng, (7, 19)) for channel in (1, 2, 3)}
        by_percentiles(images, 1.0, 99.5)
        by_percentiles({1: images[1], 8: images[2]}, 0.0, 100.0, {8: (255, 0, 128)})
        middle = float(np.median(images[1]))
        by_values({4: images[1]}, middle, float(images[1].max()) + 1.0)
        by_values(images, float(images[1].min()), middle)
        light = (1000 + 600 * pictures(np.dtype("float32"), rng, (7, 19)) / 50).astype(np.uint16)
        dark = rng.integers(90, 110, (7, 19), dtype=np.uint16)
        given(images[1], light)
        given(images[1], light, dark)
    # More pixels than are worked on at once, no difference, and what is no number.
    y, x = np.mgrid[:270, :260]
    large = {channel: (3 * channel * x + y * y // 50).astype(np.uint8) for channel in (1, 2)}
    by_percentiles(large, 1.0, 99.5)
    flat = {channel: np.full((4, 5), 7 * channel, dtype=np.uint16) for channel in (1, 2)}
    by_percentiles(flat, 1.0, 99.5)
    by_values(flat, 6.0, 15.0)
    strange = {channel: pictures(np.dtype("float32"), rng, (6, 9)) for channel in (1, 2)}
    strange[1][2, 3], strange[2][0, 0], strange[2][1, 1] = np.nan, np.inf, -np.inf
    by_percentiles(strange, 1.0, 99.5)
    by_values(strange, 5.0, 50.0)
    # Light that is none, darker than dark, or no number, images darker than dark, and results beyond the type.
    light = np.full((6, 8), 1000, dtype=np.int16)
    light[0, 0], light[1, :], light[2, 2] = 0, 5, -300
    for name in ("uint8", "int8", "uint16", "float32"):
        image = rng.integers(0, 128, (6, 8)).astype(name)
        given(image, light, np.full((6, 8), 40, dtype=np.uint8))
    light = light.astype(np.float32)
    light[3, 3] = np.float32(0.1)
    given(rng.integers(0, 60_000, (6, 8), dtype=np.uint16), light)
    large = (500 + 3 * x + y).astype(np.uint16)
    given(large, (900 + x // 2 + y // 3).astype(np.uint16), (95 + y // 30).astype(np.uint8))

    (HERE / "composite_steps.bin").write_bytes(zlib.compress(bytes(blob), 9))
    with open(HERE / "composite_steps.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_NONE, delimiter=";")
        writer.writerow(("type;width;height;channels;out_type;out_samples;saturated;input_at;expected_at;"
                         "flat_type;flat_at;dark_type;dark_at;step").split(";"))
        writer.writerows(rows)


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()

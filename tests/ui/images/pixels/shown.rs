//! What is shown of pixels.

use super::*;

/// The bytes of values of each pixel type: smallest, middle, largest of a range.
fn ramps() -> Vec<(PixelType, Vec<u8>, Contrast, Vec<&'static str>)> {
    macro_rules! bytes {
        ($($value:expr),*) => { [$($value.to_ne_bytes().to_vec()),*].concat() };
    }
    let range = |low: f64, high: f64| Contrast { low, high };
    vec![
        (PixelType::U8, bytes!(0_u8, 100_u8, 200_u8), range(0.0, 200.0), vec!["0", "100", "200"]),
        (PixelType::U16, bytes!(0_u16, 30_000_u16, 60_000_u16), range(0.0, 6e4), vec!["0", "30000", "60000"]),
        (
            PixelType::U32,
            bytes!(0_u32, 2_000_000_000_u32, 4_000_000_000_u32),
            range(0.0, 4e9),
            vec!["0", "2000000000", "4000000000"],
        ),
        (
            PixelType::U64,
            bytes!(0_u64, 9_007_199_254_740_993_u64, 18_014_398_509_481_986_u64),
            range(0.0, 18_014_398_509_481_986.0),
            vec!["0", "9007199254740993", "18014398509481986"],
        ),
        (PixelType::I8, bytes!(-100_i8, 0_i8, 100_i8), range(-100.0, 100.0), vec!["-100", "0", "100"]),
        (PixelType::I16, bytes!(-9000_i16, 0_i16, 9000_i16), range(-9e3, 9e3), vec!["-9000", "0", "9000"]),
        (
            PixelType::I32,
            bytes!(-2_000_000_000_i32, 0_i32, 2_000_000_000_i32),
            range(-2e9, 2e9),
            vec!["-2000000000", "0", "2000000000"],
        ),
        (PixelType::I64, bytes!(-5_i64, 0_i64, 5_i64), range(-5.0, 5.0), vec!["-5", "0", "5"]),
        (PixelType::F32, bytes!(-0.1_f32, 0.4_f32, 0.9_f32), range(-0.1, 0.9), vec!["-0.1", "0.4", "0.9"]),
        (PixelType::F64, bytes!(-1e-7_f64, 0_f64, 1e-7_f64), range(-1e-7, 1e-7), vec!["-1e-7", "0", "1e-7"]),
    ]
}

fn grey(contrast: Contrast) -> Style {
    Style { contrast, table: LookupTable::Grey, tint: [0, 0, 0] }
}

#[test]
fn lookup_tables_have_the_published_colours_and_rise_in_lightness() {
    // Of matplotlib: the colours of the levels 0, 64, 128 and 255.
    let table: [(LookupTable, [Rgb; 4]); 6] = [
        (LookupTable::Tint, [[0, 0, 0], [25, 50, 3], [50, 100, 5], [100, 200, 10]]),
        (LookupTable::Grey, [[0, 0, 0], [64, 64, 64], [128, 128, 128], [255, 255, 255]]),
        (LookupTable::InvertedGrey, [[255, 255, 255], [191, 191, 191], [127, 127, 127], [0, 0, 0]]),
        (LookupTable::Viridis, [[68, 1, 84], [59, 82, 139], [33, 145, 140], [253, 231, 37]]),
        (LookupTable::Magma, [[0, 0, 4], [81, 18, 124], [183, 55, 121], [252, 253, 191]]),
        (LookupTable::Cividis, [[0, 34, 78], [67, 78, 108], [125, 124, 120], [254, 232, 56]]),
    ];
    let contrast = Contrast { low: 100.0, high: 355.0 };
    for (table, expected) in table {
        let style = Style { contrast, table, tint: [100, 200, 10] };
        let bytes: Vec<u8> = [7_u16, 164, 228, 9999].into_iter().flat_map(u16::to_ne_bytes).collect();
        let image = ImageRef { format: ImageFormat::grey(4, 1, PixelType::U16), bytes: &bytes };
        // The viewer and the thumbnails agree.
        for picture in [display::picture(image, style, 1), Thumbnail::of(image, 4, contrast).picture(style)] {
            let colours: Vec<Rgb> =
                picture.rgba.iter().map(|word| word.to_ne_bytes()).map(|[r, g, b, _]| [r, g, b]).collect();
            assert_eq!(colours, expected, "{table:?}");
        }
    }
    let lightness = |table: LookupTable, level: u8| {
        let [r, g, b] = table.colour(level, [255; 3]).map(f64::from);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    for table in LookupTable::ALL.into_iter().filter(|table| *table != LookupTable::InvertedGrey) {
        for level in (0..=u8::MAX - 8).step_by(8) {
            assert!(lightness(table, level + 8) > lightness(table, level), "{table:?} at {level}");
        }
    }
}

#[test]
fn every_pixel_type_maps_to_black_middle_and_brightest_and_tells_exact_values() {
    for (pixel, bytes, contrast, texts) in ramps() {
        let image = ImageRef { format: ImageFormat::grey(3, 1, pixel), bytes: &bytes };
        let picture = display::picture(image, grey(contrast), 1);
        let levels: Vec<u8> = picture.rgba.iter().map(|word| word.to_ne_bytes()[1]).collect();
        assert!(
            levels[0] == 0 && (127..=128).contains(&levels[1]) && levels[2] == 255,
            "{pixel:?}: {levels:?}"
        );
        assert!(picture.rgba.iter().all(|word| word.to_ne_bytes()[3] == 255), "{pixel:?} is opaque");
        for (x, text) in texts.iter().enumerate() {
            let values = values_at(image, u32::try_from(x).unwrap(), 0).unwrap();
            assert_eq!(values.iter().map(SampleValue::to_string).collect::<Vec<_>>(), [*text], "{pixel:?}");
        }
        assert_eq!(values_at(image, 3, 0), None);
        assert_eq!(values_at(image, 0, 1), None);
        let histogram = Histogram::of(image);
        assert_eq!((histogram.min, histogram.max), (contrast.low, contrast.high).min_f32(pixel), "{pixel:?}");
        assert_eq!(histogram.counts.iter().sum::<u32>(), 3, "{pixel:?}");
        assert_eq!(histogram.counts.last(), Some(&1), "{pixel:?}");
    }
}

/// The range of a float image is that of its 32-bit values.
trait AsStored {
    fn min_f32(self, pixel: PixelType) -> Self;
}

impl AsStored for (f64, f64) {
    fn min_f32(self, pixel: PixelType) -> Self {
        if pixel == PixelType::F32 { (f64::from(self.0 as f32), f64::from(self.1 as f32)) } else { self }
    }
}

#[test]
fn contrast_levels() {
    let contrast = |low, high| Contrast { low, high };
    let table = [
        (5.0, contrast(10.0, 20.0), 0),
        (10.0, contrast(10.0, 20.0), 0),
        (15.0, contrast(10.0, 20.0), 128),
        (20.0, contrast(10.0, 20.0), 255),
        (99.0, contrast(10.0, 20.0), 255),
        (10.0, contrast(10.0, 10.0), 0),
        (10.1, contrast(10.0, 10.0), 255),
        (f64::NAN, contrast(0.0, 1.0), 0),
        (f64::INFINITY, contrast(0.0, 1.0), 255),
        (f64::NEG_INFINITY, contrast(0.0, 1.0), 0),
        (1.0, contrast(f64::NAN, 1.0), 0),
    ];
    for (value, contrast, expected) in table {
        assert_eq!(display::level(value, contrast), expected, "{value} of {contrast:?}");
    }
}

#[test]
fn colour_and_tint() {
    let contrast = Contrast { low: 0.0, high: 255.0 };
    let grey = ImageRef { format: ImageFormat::grey(2, 1, PixelType::U8), bytes: &[255, 51] };
    let tinted = display::picture(grey, Style { contrast, table: LookupTable::Tint, tint: [100, 200, 0] }, 1);
    assert_eq!(
        tinted.rgba.iter().map(|word| word.to_ne_bytes()).collect::<Vec<_>>(),
        [[100, 200, 0, 255], [20, 40, 0, 255]]
    );
    // RGB keeps its colours, and what comes after them (alpha) is left out.
    for (samples, bytes) in [(3, vec![1, 2, 3, 250, 0, 9]), (4, vec![1, 2, 3, 77, 250, 0, 9, 0])] {
        let format = ImageFormat { width: 2, height: 1, samples, pixel: PixelType::U8 };
        let image = ImageRef { format, bytes: &bytes };
        let picture =
            display::picture(image, Style { contrast, table: LookupTable::Tint, tint: [100, 200, 0] }, 1);
        assert_eq!(
            picture.rgba.iter().map(|word| word.to_ne_bytes()).collect::<Vec<_>>(),
            [[1, 2, 3, 255], [250, 0, 9, 255]]
        );
        assert_eq!(values_at(image, 1, 0).unwrap().len(), usize::from(samples));
    }
}

#[test]
fn the_light_of_a_composite_is_added_up() {
    let layer = |bytes: &'static [u8], high: f64, tint: Rgb| {
        let image = ImageRef { format: ImageFormat::grey(4, 1, PixelType::U8), bytes };
        (image, Style { contrast: Contrast { low: 0.0, high }, table: LookupTable::Tint, tint })
    };
    let blue = layer(&[0, 255, 255, 51], 255.0, [0, 100, 200]);
    let red = layer(&[0, 0, 100, 20], 100.0, [255, 200, 100]);
    type Row<'a> = (&'a [(ImageRef<'a>, Style)], [[u8; 4]; 4]);
    let table: [Row<'_>; 3] = [
        (&[blue], [[0, 0, 0, 255], [0, 100, 200, 255], [0, 100, 200, 255], [0, 20, 40, 255]]),
        (&[blue, red], [[0, 0, 0, 255], [0, 100, 200, 255], [255, 255, 255, 255], [51, 60, 60, 255]]),
        (&[red, red], [[0, 0, 0, 255], [0, 0, 0, 255], [255, 255, 200, 255], [102, 80, 40, 255]]),
    ];
    for (layers, expected) in table {
        let picture = display::composite(layers, 1);
        let colours: Vec<[u8; 4]> = picture.rgba.iter().map(|word| word.to_ne_bytes()).collect();
        assert_eq!(colours, expected);
    }
    // Reduced as the picture of one image is.
    let picture = display::composite(&[blue, red], 2);
    assert_eq!((picture.width, picture.height), (2, 1));
    assert_eq!(picture.rgba[0].to_ne_bytes(), [0, 50, 100, 255]);
}

#[test]
fn differences_are_signed_and_white_is_none() {
    let image = |values: &[i16]| values.iter().flat_map(|value| value.to_ne_bytes()).collect::<Vec<u8>>();
    type Row<'a> = (&'a [i16; 4], &'a [i16; 4], f64, [Rgb; 4]);
    let white = [0xf7, 0xf7, 0xf7];
    let table: [Row<'_>; 3] = [
        (&[5, 5, 5, 5], &[5, 5, 5, 5], 0.0, [white; 4]),
        // The ends and the middle of the table, and a colour on the way: 0xfee0b6 is a fifth below.
        (
            &[0, 100, 10, 0],
            &[127, 100, -117, 25],
            -127.0,
            [[0x7f, 0x3b, 0x08], white, [0x2d, 0x00, 0x4b], [0xfe, 0xe0, 0xb7]],
        ),
        (&[-32_768, 0, 0, 0], &[32_767, 0, 0, 0], -65_535.0, [[0x7f, 0x3b, 0x08], white, white, white]),
    ];
    for (a, b, largest, expected) in table {
        let (a, b) = (image(a), image(b));
        let of = |bytes| ImageRef { format: ImageFormat::grey(2, 2, PixelType::I16), bytes };
        let (picture, found) = difference(of(&a), of(&b), 1);
        assert_eq!(found, largest);
        let colours: Vec<Rgb> =
            picture.rgba.iter().map(|word| word.to_ne_bytes()).map(|[r, g, b, _]| [r, g, b]).collect();
        assert_eq!(colours, expected);
    }
    // Reduced it is the mean of a block, and the largest that of a single pixel.
    let (a, b) = (image(&[8, -8, 0, 0]), image(&[0, 0, 0, 0]));
    let of = |bytes| ImageRef { format: ImageFormat::grey(2, 2, PixelType::I16), bytes };
    let (picture, largest) = difference(of(&a), of(&b), 2);
    assert_eq!((picture.width, picture.height, largest), (1, 1, 8.0));
    assert_eq!(picture.rgba[0].to_ne_bytes(), [0xf7, 0xf7, 0xf7, 255]);
}

#[test]
fn reduced_pictures_are_means_of_blocks() {
    // 5 x 3: columns 0 to 4 in each row, plus ten times the row.
    let bytes: Vec<u8> = (0..15_u8).map(|n| n % 5 + 10 * (n / 5)).collect();
    let image = ImageRef { format: ImageFormat::grey(5, 3, PixelType::U8), bytes: &bytes };
    let style = grey(Contrast { low: 0.0, high: 255.0 });
    let picture = display::picture(image, style, 2);
    assert_eq!((picture.width, picture.height), (3, 2));
    let thumbnail = Thumbnail::of(image, 5, style.contrast);
    assert_eq!((thumbnail.width, thumbnail.height, thumbnail.values.len()), (5, 3, 15));
    let thumbnail = Thumbnail::of(image, 2, style.contrast);
    assert_eq!((thumbnail.width, thumbnail.height), (2, 1));
    // Columns 0 and 1, then 2 to 4; all three rows.
    assert_eq!(thumbnail.values, [10.5, 13.0]);
}

#[test]
fn histogram_of_odd_images() {
    let of = |values: &[f32]| {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_ne_bytes()).collect();
        let width = u32::try_from(values.len()).unwrap();
        Histogram::of(ImageRef { format: ImageFormat::grey(width, 1, PixelType::F32), bytes: &bytes })
    };
    let table: [(&[f32], f64, f64, u32); 4] = [
        (&[f32::NAN, f32::INFINITY], 0.0, 0.0, 0),
        (&[2.5, 2.5, f32::NAN], 2.5, 2.5, 2),
        (&[f32::MIN, f32::MAX], f64::from(f32::MIN), f64::from(f32::MAX), 2),
        (&[], 0.0, 0.0, 0),
    ];
    for (values, min, max, counted) in table {
        let histogram = of(values);
        assert_eq!((histogram.min, histogram.max), (min, max), "{values:?}");
        assert_eq!(histogram.counts.iter().sum::<u32>(), counted, "{values:?}");
    }
    let eight = ImageRef { format: ImageFormat::grey(4, 1, PixelType::U8), bytes: &[3, 3, 5, 4] };
    assert_eq!(Histogram::of(eight).counts, [2, 1, 1]);
}

#[test]
fn zoom_keeps_what_is_under_the_cursor() {
    let canvas = egui::Rect::from_min_size(pos2(100.0, 50.0), vec2(600.0, 400.0));
    let size = vec2(2048.0, 1024.0);
    let mut viewport = Viewport::fit(canvas, size);
    assert_eq!(viewport.image_rect(canvas, size).width(), 600.0);
    assert_eq!(viewport.image_rect(canvas, size).center(), canvas.center());
    for (x, y, factor) in [(120.0, 60.0, 2.0), (690.0, 440.0, 8.0), (400.0, 250.0, 0.25), (300.0, 100.0, 1e9)]
    {
        let cursor = pos2(x, y);
        let before = viewport.point_in_image(canvas, cursor);
        viewport = viewport.zoomed_about(canvas, cursor, factor);
        let after = viewport.point_in_image(canvas, cursor);
        assert!(
            (before.x - after.x).abs() < 1e-6 && (before.y - after.y).abs() < 1e-6,
            "{before:?} {after:?}"
        );
        let there_and_back = viewport.point_in_screen(canvas, after);
        assert!((there_and_back - cursor).length() < 0.01, "{there_and_back:?}");
    }
    assert_eq!(viewport.points_per_pixel, 64.0);
    let moved = viewport.panned(vec2(64.0, -128.0));
    assert!((moved.center_in_image.x - viewport.center_in_image.x + 1.0).abs() < 1e-9);
    assert!((moved.center_in_image.y - viewport.center_in_image.y - 2.0).abs() < 1e-9);
    let lost = Viewport { center_in_image: ImagePoint { x: -50.0, y: 5000.0 }, points_per_pixel: 1.0 };
    assert_eq!(lost.clamped_to_view(size).center_in_image, ImagePoint { x: 0.0, y: 1024.0 });
}

#[test]
fn pictures_are_reduced_for_small_views_and_small_textures() {
    let table = [
        // points per pixel, pixels per point, side, texture side, block
        (1.0, 1.0, 512.0, 2048, 1),
        (0.6, 1.0, 512.0, 2048, 1),
        (0.5, 1.0, 512.0, 2048, 2),
        (0.5, 2.0, 512.0, 2048, 1),
        (0.2, 1.0, 512.0, 2048, 4),
        (8.0, 1.0, 10_000.0, 2048, 5),
        (8.0, 1.0, 10_000.0, 8192, 2),
        (8.0, 1.0, 8192.0, 8192, 1),
    ];
    for (points_per_pixel, ppp, side, texture, expected) in table {
        let viewport = Viewport { center_in_image: ImagePoint { x: 0.0, y: 0.0 }, points_per_pixel };
        assert_eq!(viewport.block(ppp, vec2(side, 10.0), texture), expected, "{points_per_pixel} {side}");
    }
}

#[test]
fn scale_bars_are_round() {
    for (most, expected) in
        [(120.0, 100.0), (99.9, 50.0), (5.0, 5.0), (0.31, 0.2), (f64::NAN, 0.0), (-1.0, 0.0)]
    {
        assert!((round_length(most) - expected).abs() < 1e-12, "{most}: {}", round_length(most));
    }
}

#[test]
fn a_pixel_that_is_not_a_number_blanks_no_thumbnail() {
    let format = ImageFormat::grey(8, 8, PixelType::F32);
    // One in each block of 4 x 4 is none, and of the last all.
    let value = |at: usize| match (at % 8, at / 8) {
        (4.., 4..) => f32::NAN,
        (x, y) if x % 4 == 1 && y % 4 == 2 => f32::INFINITY,
        (x, y) if x % 4 == 3 && y % 4 == 0 => f32::NAN,
        (x, _) => {
            if x < 4 {
                10.0
            } else {
                20.0
            }
        }
    };
    let pixels: Vec<f32> = (0..64).map(value).collect();
    let image = ImageRef { format, bytes: bytemuck::cast_slice(&pixels) };
    let thumbnail = Thumbnail::of(image, 2, Contrast { low: 0.0, high: 20.0 });
    assert_eq!(thumbnail.values[..3], [10.0, 20.0, 10.0]);
    assert!(thumbnail.values[3].is_nan());
}

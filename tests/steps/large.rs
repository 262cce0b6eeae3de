//! The steps on images as large as a camera's, against NumPy, SciPy and scikit-image by checksum (see
//! `data/make_large_references.py`), so that no limit hides above the size of the other references.

use stepwell::cancel::Cancel;
use stepwell::image::{ImageFormat, PixelType};
use stepwell::pipeline::{PlacedKey, Scratch, Step};
use stepwell::plate::ImageKey;

use super::{done_at, key, number, resolved, type_of};

const TABLE: &str = include_str!("../data/large_steps.csv");

const SIDE: u32 = 2048;

/// Discs of radius 12 to 75, many of which touch, and one of 600 by 300 pixels, on a noisy ground.
fn drawn(seed: i64) -> Vec<u16> {
    let side = i64::from(SIDE);
    let ground = |x: i64, y: i64| 200 + (x * 31 + y * 17 + x * y * 7 + seed * 1009) % 97;
    let places = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
    let mut image: Vec<i64> = places.map(|(x, y)| ground(x, y)).collect();
    let mut fill =
        |xs: std::ops::Range<i64>, ys: std::ops::Range<i64>, value: &dyn Fn(i64, i64) -> Option<i64>| {
            for y in ys.start.max(0)..ys.end.min(side) {
                for x in xs.start.max(0)..xs.end.min(side) {
                    if let Some(value) = value(x, y) {
                        image[usize::try_from(y * side + x).expect("inside")] = value;
                    }
                }
            }
        };
    for n in 0..160 {
        let (cx, cy) = ((n * 733 + seed * 211) % side, (n * 1289 + seed * 97) % side);
        let radius = 12 + (n * 37 + seed * 5) % 64;
        fill(cx - radius..cx + radius, cy - radius..cy + radius, &|x, y| {
            ((x - cx).pow(2) + (y - cy).pow(2) < radius * radius).then(|| 3000 + ground(x, y) * 2 + n)
        });
    }
    fill(600..2000, 500..1300, &|x, y| {
        (4 * (x - 1300).pow(2) + 16 * (y - 900).pow(2) < 1200 * 1200).then(|| 3500 + ground(x, y))
    });
    image.into_iter().map(|value| u16::try_from(value).expect("of 16 bits")).collect()
}

fn units(pixel: PixelType, image: &[u16]) -> Vec<u64> {
    if pixel == PixelType::U16 {
        return bytemuck::pod_collect_to_vec(image);
    }
    let floats: Vec<f32> = image.iter().copied().map(f32::from).collect();
    bytemuck::pod_collect_to_vec(&floats)
}

#[test]
fn steps_on_a_cameras_images_equal_the_references() {
    let drawn = [1, 2, 3].map(drawn);
    let mut scratch = Scratch::default();
    let mut different = Vec::new();
    for line in TABLE.lines().skip(1) {
        let field: Vec<&str> = line.split(';').collect();
        let (step, pixel): (Step, _) = (ron::from_str(field[0]).expect("a step"), type_of(field[1]));
        let count = number::<usize>(field[2]);
        let images: Vec<Vec<u64>> = drawn[..count].iter().map(|image| units(pixel, image)).collect();
        let of = |nth: usize| -> PlacedKey {
            let channel = u32::try_from(nth + 1).expect("few");
            match step {
                Step::ColourComposite(_) => ImageKey { channel: Some(channel), ..key(0) }.into(),
                _ => key(nth).into(),
            }
        };
        let of: Vec<PlacedKey> = (0..count).map(of).collect();
        let format = ImageFormat::grey(SIDE, SIDE, pixel);
        let done = done_at(&resolved(step), format, &of, &images, &mut scratch, &Cancel::new());
        let (bytes, _) = done.expect("the step");
        if format!("{:08x}", libdeflater::crc32(&bytes)) != field[3] {
            different.push(line);
        }
    }
    assert!(different.is_empty(), "{different:#?}");
}

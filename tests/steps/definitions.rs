//! The table of definitions, and all steps on all kinds of images: equal to what is worked out here one pixel after the
//! other, or noted, or failed by name; no other outcome.

use std::path::Path;

use stepwell::cancel::Cancel;
use stepwell::image::{ImageFormat, PixelType};
use stepwell::pipeline::steps::{
    BackgroundSubtraction, Bin, ColourComposite, Crop, FlatField, GaussianSmoothing, Level, MedianFilter,
    NucleiCount, PercentileNormalize, Placement, ProjectionMethod, Sigma, Stitching, Threshold, ZProjection,
};
use stepwell::pipeline::{NoteKind, Scratch, Step, definitions_page};

use super::{TYPES, aligned, done, resolved, size};

#[test]
fn the_page_of_the_guide_has_every_definition() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/guide/steps.md");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&page, definitions_page()).expect("writable");
    }
    let written = std::fs::read_to_string(&page).expect("the page");
    assert!(
        written == definitions_page(),
        "write it anew: UPDATE_SNAPSHOTS=1 cargo test --test steps definitions"
    );
}

/// Images of a kind, as 64-bit floats that every type can hold at least at its limits.
fn kinds(pixel: PixelType, width: u32, height: u32) -> Vec<(&'static str, Vec<f64>)> {
    let count = (width * height) as usize;
    let is_float = matches!(pixel, PixelType::F32 | PixelType::F64);
    let is_signed =
        is_float || matches!(pixel, PixelType::I8 | PixelType::I16 | PixelType::I32 | PixelType::I64);
    let most = match pixel {
        PixelType::U8 => 255.0,
        PixelType::I8 => 127.0,
        PixelType::U16 => 65_535.0,
        PixelType::I16 => 32_767.0,
        _ => 1e6,
    };
    let noise =
        |at: usize| ((at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f64 / f64::from(1 << 24);
    let mut kinds = vec![
        ("black", vec![0.0; count]),
        ("constant", vec![42.0; count]),
        ("saturated", vec![most; count]),
        ("sparse", (0..count).map(|at| if at % 997 == 5 { most } else { 0.0 }).collect()),
        ("noise", (0..count).map(|at| (noise(at) * most).floor()).collect()),
        ("single pixel", (0..count).map(|at| if at == count / 2 { 100.0 } else { 0.0 }).collect()),
    ];
    if is_signed {
        kinds.push(("signed", (0..count).map(|at| ((noise(at) - 0.5) * most).floor()).collect()));
    }
    if is_float {
        let strange = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        let some = (0..count).map(|at| if at % 7 == 3 { strange[at % 3] } else { noise(at) * 50.0 });
        kinds.push(("some not a number", some.collect()));
        kinds.push(("none a number", vec![f64::NAN; count]));
    }
    kinds
}

fn packed(pixel: PixelType, values: &[f64]) -> Vec<u8> {
    macro_rules! pack {
        ($type:ty) => {
            values.iter().flat_map(|value| (*value as $type).to_le_bytes()).collect()
        };
    }
    match pixel {
        PixelType::U8 => pack!(u8),
        PixelType::U16 => pack!(u16),
        PixelType::U32 => pack!(u32),
        PixelType::U64 => pack!(u64),
        PixelType::I8 => pack!(i8),
        PixelType::I16 => pack!(i16),
        PixelType::I32 => pack!(i32),
        PixelType::I64 => pack!(i64),
        PixelType::F32 => pack!(f32),
        PixelType::F64 => pack!(f64),
    }
}

fn unpacked(pixel: PixelType, bytes: &[u8]) -> Vec<f64> {
    macro_rules! unpack {
        ($type:ty) => {
            bytes.as_chunks().0.iter().map(|sample| <$type>::from_le_bytes(*sample) as f64).collect()
        };
    }
    match pixel {
        PixelType::U8 => unpack!(u8),
        PixelType::U16 => unpack!(u16),
        PixelType::U32 => unpack!(u32),
        PixelType::U64 => unpack!(u64),
        PixelType::I8 => unpack!(i8),
        PixelType::I16 => unpack!(i16),
        PixelType::I32 => unpack!(i32),
        PixelType::I64 => unpack!(i64),
        PixelType::F32 => unpack!(f32),
        PixelType::F64 => unpack!(f64),
    }
}

fn steps() -> Vec<Step> {
    let grid = Placement::Grid { columns: 2, overlap_percent: 25.0 };
    let mut steps = vec![
        Step::Crop(Crop { x: 0, y: 0, width: 2, height: 2 }),
        Step::FlatField(FlatField::estimated(2.0)),
        Step::BackgroundSubtraction(BackgroundSubtraction { radius_px: 2 }),
        Step::GaussianSmoothing(GaussianSmoothing::of(Sigma::Pixels(1.0))),
        Step::MedianFilter(MedianFilter { radius_px: 1 }),
        Step::PercentileNormalize(PercentileNormalize::default()),
        Step::Stitching(Stitching { placement: grid }),
        Step::Bin(Bin::default()),
        Step::Threshold(Threshold { level: Level::Otsu }),
        Step::Threshold(Threshold { level: Level::Fixed(20.0) }),
        Step::NucleiCount(NucleiCount {
            level: Level::Fixed(20.0),
            smallest_area_px: 1,
            ..NucleiCount::default()
        }),
        Step::NucleiCount(NucleiCount { smallest_area_px: 1, split: false, ..NucleiCount::default() }),
        Step::ColourComposite(ColourComposite::default()),
    ];
    steps.extend(ProjectionMethod::ALL.map(|method| Step::ZProjection(ZProjection::from(method))));
    steps
}

/// What must hold of any result, whatever the step.
#[test]
fn every_step_takes_every_image_or_says_so() {
    let mut scratch = Scratch::default();
    let (mut done_count, mut refused) = (0, 0);
    for step in steps() {
        let resolved = resolved(step.clone());
        for pixel in TYPES {
            for (width, height) in [(1, 1), (1, 9), (9, 1), (33, 31)] {
                let format = ImageFormat::grey(width, height, pixel);
                for (kind, values) in kinds(pixel, width, height) {
                    let what = format!("{step}, {kind}, {format}");
                    let image = aligned(&packed(pixel, &values));
                    let images = [image.clone(), image];
                    let takes_several = matches!(
                        step,
                        Step::FlatField(_)
                            | Step::Stitching(_)
                            | Step::ZProjection(_)
                            | Step::ColourComposite(_)
                    );
                    let count = 1 + usize::from(takes_several);
                    let strange = values.iter().filter(|value| !value.is_finite()).count() * count;
                    match done(&resolved, format, &images[..count], &mut scratch, &Cancel::new()) {
                        Ok((bytes, note)) => {
                            done_count += 1;
                            // What is left out is counted, but where pixels stay what they are.
                            if !matches!(step, Step::Crop(_)) {
                                assert_eq!(note.count(NoteKind::NOT_FINITE), strange as u64, "{what}");
                            }
                            let out =
                                resolved.output_format(&[(super::key(0).into(), format)]).expect("a format");
                            let results = unpacked(out.pixel, &bytes);
                            // Only where there was no number at all may there be none.
                            let keeps = matches!(
                                step,
                                Step::Crop(_)
                                    | Step::FlatField(_)
                                    | Step::BackgroundSubtraction(_)
                                    | Step::PercentileNormalize(_)
                            );
                            if strange < values.len() * count && !keeps && kind != "some not a number" {
                                assert!(results.iter().all(|value| value.is_finite()), "{what}");
                            }
                            check_values(&step, kind, &values, &results, pixel, &what);
                        }
                        Err(error) => {
                            refused += 1;
                            // Nothing is refused but what has no result: a square that does not fit.
                            let text = error.to_string();
                            assert!(text.contains("leaves nothing of an image"), "{what}: {text}");
                        }
                    }
                }
            }
        }
    }
    assert!(done_count > 4_000 && refused > 0, "{done_count} done, {refused} refused");
}

/// Values that follow from the definitions of constant images, for every step.
fn check_values(step: &Step, kind: &str, values: &[f64], results: &[f64], pixel: PixelType, what: &str) {
    // 64-bit floats but for their last places.
    let all = |expected: f64| {
        let is_near = |value: &f64| (value - expected).abs() <= 1e-14 * expected.abs();
        assert!(results.iter().all(is_near), "{what}: {results:?}");
    };
    let constant = match kind {
        "black" | "constant" | "saturated" => values[0],
        _ => return,
    };
    match step {
        Step::BackgroundSubtraction(_) => all(0.0),
        Step::PercentileNormalize(_) | Step::ColourComposite(_) => all(0.0),
        Step::Crop(_)
        | Step::FlatField(_)
        | Step::GaussianSmoothing(_)
        | Step::MedianFilter(_)
        | Step::Bin(_) => {
            all(constant);
        }
        Step::Threshold(Threshold { level: Level::Fixed(_) }) => {
            all(if constant > 20.0 { 255.0 } else { 0.0 });
        }
        Step::NucleiCount(NucleiCount { level: Level::Fixed(_), .. }) => {
            all(f64::from(u8::from(constant > 20.0)));
        }
        Step::Threshold(_) | Step::NucleiCount(_) => all(0.0),
        Step::ZProjection(ZProjection { method: ProjectionMethod::StandardDeviation, .. }) => all(0.0),
        Step::ZProjection(ZProjection { method: ProjectionMethod::Sum, .. }) => {
            let most = match pixel {
                PixelType::U8 => 255.0,
                PixelType::I8 => 127.0,
                PixelType::U16 => 65_535.0,
                PixelType::I16 => 32_767.0,
                _ => f64::INFINITY,
            };
            all((2.0 * constant).min(most));
        }
        Step::ZProjection(_) => all(constant),
        // The mosaic has places of no tile.
        Step::Stitching(_) => {
            assert!(results.iter().all(|value| *value == constant || *value == 0.0), "{what}");
        }
    }
}

#[test]
fn a_large_image_is_no_limit() {
    // 2048 x 2048, all above the level: one object, its distances far beyond 255 pixels.
    let format = ImageFormat::grey(2048, 2048, PixelType::U8);
    let count = |split| {
        resolved(Step::NucleiCount(NucleiCount { level: Level::Fixed(1.0), split, ..NucleiCount::default() }))
    };
    let whole = vec![9_u8; size(format)];
    let mut scratch = Scratch::default();
    done(&count(true), format, &[aligned(&whole)], &mut scratch, &Cancel::new()).expect("counted");
    assert_eq!(scratch.objects().iter().map(|object| object.area_px).collect::<Vec<_>>(), [2048 * 2048]);
    // Two discs of radius 480 that touch are parted half-way, and a bar is one object.
    let mut discs = vec![0_u8; size(format)];
    let inside = |x: i64, y: i64, (cx, cy): (i64, i64)| (x - cx).pow(2) + (y - cy).pow(2) <= 480 * 480;
    for (at, pixel) in discs.iter_mut().enumerate() {
        let (x, y) = ((at % 2048) as i64, (at / 2048) as i64);
        let is_bar = (1700..1900).contains(&y) && (100..1900).contains(&x);
        *pixel = u8::from(inside(x, y, (560, 600)) || inside(x, y, (1400, 600)) || is_bar) * 9;
    }
    let (bytes, _) =
        done(&count(true), format, &[aligned(&discs)], &mut scratch, &Cancel::new()).expect("counted");
    let labels: Vec<u16> = bytemuck::pod_collect_to_vec(&bytes);
    assert_eq!(scratch.objects().len(), 3);
    // The border is the middle line, within a pixel: what is nearer to one middle belongs to it.
    let number = |x: usize, y: usize| labels[y * 2048 + x];
    let (left, right) = (number(560, 600), number(1400, 600));
    assert!(left != right);
    for y in 400..800 {
        assert!((100..979).all(|x| [0, left].contains(&number(x, y))), "row {y}");
        assert!((981..1900).all(|x| [0, right].contains(&number(x, y))), "row {y}");
    }
}

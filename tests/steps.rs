//! The steps against NumPy, byte for byte (see `data/make_references.py`).

use std::collections::BTreeMap;

use stepwell::cancel::Cancel;
use stepwell::image::{ImageFormat, ImageMut, ImageRef, PixelType};
use stepwell::pipeline::steps::{PercentileNormalize, ProjectionMethod, ZProjection};
use stepwell::pipeline::{Scratch, Step, StepError, StepNote};

const TABLE: &str = include_str!("data/steps.csv");
const PACKED: &[u8] = include_bytes!("data/steps.bin");

const TYPES: [PixelType; 10] = [
    PixelType::U8,
    PixelType::U16,
    PixelType::U32,
    PixelType::U64,
    PixelType::I8,
    PixelType::I16,
    PixelType::I32,
    PixelType::I64,
    PixelType::F32,
    PixelType::F64,
];

fn unpacked() -> Vec<u8> {
    let mut bytes = vec![0; 8 << 20];
    let length = libdeflater::Decompressor::new().zlib_decompress(PACKED, &mut bytes).expect("zlib data");
    bytes.truncate(length);
    bytes
}

/// Pixels in memory that is aligned as the store's is, in the machine's byte order.
fn aligned(little_endian: &[u8]) -> Vec<u64> {
    const { assert!(cfg!(target_endian = "little"), "the table would have to be turned around") };
    let mut units = vec![0_u64; little_endian.len().div_ceil(8)];
    bytemuck::cast_slice_mut::<u64, u8>(&mut units)[..little_endian.len()].copy_from_slice(little_endian);
    units
}

fn bytes(units: &[u64], count: usize) -> &[u8] {
    &bytemuck::cast_slice(units)[..count]
}

struct Case {
    what: String,
    format: ImageFormat,
    step: Step,
    planes: Vec<Vec<u64>>,
    expected: Vec<u8>,
}

fn cases() -> Vec<Case> {
    let data = unpacked();
    let read = |line: &str| {
        let field: Vec<_> = line.split(',').collect();
        let number = |index: usize| field[index].parse::<usize>().expect("a number");
        let pixel = TYPES.into_iter().find(|pixel| pixel.name() == field[1]).expect("a type");
        let format = ImageFormat {
            width: u32::try_from(number(2)).expect("a width"),
            height: u32::try_from(number(3)).expect("a height"),
            samples: 1,
            pixel,
        };
        let step = if field[7].is_empty() {
            Step::PercentileNormalize(PercentileNormalize {
                low_percentile: field[5].parse().expect("a percentile"),
                high_percentile: field[6].parse().expect("a percentile"),
            })
        } else {
            let method = ProjectionMethod::ALL.into_iter().find(|method| format!("{method:?}") == field[7]);
            Step::ZProjection(ZProjection { method: method.expect("a method") })
        };
        let size = usize::try_from(format.bytes()).expect("a size");
        let plane = |index: usize| aligned(&data[number(8) + index * size..][..size]);
        Case {
            what: line.to_owned(),
            format,
            step,
            planes: (0..number(4)).map(plane).collect(),
            expected: data[number(9)..][..size].to_vec(),
        }
    };
    TABLE.lines().skip(1).map(read).collect()
}

#[test]
fn every_step_equals_numpy_byte_for_byte() {
    let mut scratch = Scratch::default();
    let mut different = BTreeMap::new();
    let cases = cases();
    assert!(cases.len() > 800, "only {} cases", cases.len());
    for case in &cases {
        let size = case.expected.len();
        let inputs: Vec<_> = case
            .planes
            .iter()
            .map(|plane| ImageRef { format: case.format, bytes: bytes(plane, size) })
            .collect();
        let mut out = vec![u64::MAX; size.div_ceil(8)];
        let output = ImageMut { format: case.format, bytes: &mut bytemuck::cast_slice_mut(&mut out)[..size] };
        case.step.run(&inputs, output, &mut scratch, &Cancel::new()).expect("the step");
        if bytes(&out, size) != case.expected {
            let at = bytes(&out, size).iter().zip(&case.expected).position(|(a, b)| a != b);
            let sample = at.unwrap_or(0) / case.format.pixel.bytes() * case.format.pixel.bytes();
            let show = |bytes: &[u8]| format!("{:02x?}", &bytes[sample..sample + case.format.pixel.bytes()]);
            different.insert(
                case.what.clone(),
                format!("byte {at:?}: {} for {}", show(bytes(&out, size)), show(&case.expected)),
            );
        }
    }
    assert!(different.is_empty(), "{} of {} differ: {different:#?}", different.len(), cases.len());
}

#[test]
fn a_saturated_sum_says_how_often() {
    let format = ImageFormat::grey(4, 1, PixelType::U8);
    type Row = ([u8; 4], [u8; 4], [u8; 4], u64);
    let table: [Row; 2] =
        [([100, 200, 255, 0], [100, 55, 1, 0], [200, 255, 255, 0], 1), ([255; 4], [255; 4], [255; 4], 4)];
    for (first, second, expected, saturated) in table {
        let (first, second) = (aligned(&first), aligned(&second));
        let inputs = [&first, &second].map(|plane| ImageRef { format, bytes: bytes(plane, 4) });
        let mut out = [0_u64];
        let output = ImageMut { format, bytes: &mut bytemuck::cast_slice_mut(&mut out)[..4] };
        let step = Step::ZProjection(ZProjection { method: ProjectionMethod::Sum });
        let note = step.run(&inputs, output, &mut Scratch::default(), &Cancel::new()).expect("a sum");
        assert_eq!((bytes(&out, 4), note), (&expected[..], StepNote { saturated_samples: saturated }));
    }
}

#[test]
fn images_of_mixed_types_are_refused_and_a_cancelled_step_stops() {
    let (narrow, wide) = (ImageFormat::grey(4, 1, PixelType::U8), ImageFormat::grey(4, 1, PixelType::U16));
    let units = [0_u64; 1];
    let step = Step::ZProjection(ZProjection::default());
    let mut out = [0_u64; 1];
    let mut run = |other: ImageFormat, cancel: &Cancel| {
        let size = |format: ImageFormat| usize::try_from(format.bytes()).expect("a size");
        let inputs = [narrow, other].map(|format| ImageRef { format, bytes: bytes(&units, size(format)) });
        let output = ImageMut { format: narrow, bytes: &mut bytemuck::cast_slice_mut(&mut out)[..4] };
        step.run(&inputs, output, &mut Scratch::default(), cancel)
    };
    assert!(matches!(run(wide, &Cancel::new()), Err(StepError::MixedFormats { .. })));
    let cancel = Cancel::new();
    cancel.cancel();
    assert!(matches!(run(narrow, &cancel), Err(StepError::Cancelled(_))));
    assert!(run(narrow, &Cancel::new()).is_ok());
}

#[test]
fn percentiles_that_are_no_range_fail_the_check() {
    let table = [
        (1.0, 99.0, true),
        (0.0, 100.0, true),
        (50.0, 50.0, false),
        (60.0, 40.0, false),
        (-1.0, 99.0, false),
        (1.0, 100.5, false),
        (f64::NAN, 99.0, false),
        (1.0, f64::NAN, false),
        (1.0, f64::INFINITY, false),
    ];
    for (low_percentile, high_percentile, good) in table {
        let step = Step::PercentileNormalize(PercentileNormalize { low_percentile, high_percentile });
        assert_eq!(step.check().is_ok(), good, "{low_percentile} to {high_percentile}");
    }
}

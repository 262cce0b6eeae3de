//! The steps against NumPy and SciPy, byte for byte (see `data/make_references.py`,
//! `data/make_spatial_references.py`, `data/make_filter_references.py` and
//! `data/make_object_references.py`).

#[path = "steps/composite.rs"]
mod composite;

use std::collections::BTreeMap;

use stepwell::cancel::Cancel;
use stepwell::image::{ImageFormat, ImageMut, ImageRef, PixelType};
use stepwell::pipeline::steps::{
    BackgroundSubtraction, FlatField, GaussianSmoothing, Level, NucleiCount, PercentileNormalize, Placement,
    ProjectionMethod, Sigma, Stitching, Threshold, ZProjection,
};
use stepwell::pipeline::{Input, Scratch, Step, StepError, StepNote};
use stepwell::plate::ImageKey;

const TABLE: &str = include_str!("data/steps.csv");
const PACKED: &[u8] = include_bytes!("data/steps.bin");

/// Of steps that look around a pixel or across sites.
const SPATIAL_TABLE: &str = include_str!("data/spatial_steps.csv");
const SPATIAL_PACKED: &[u8] = include_bytes!("data/spatial_steps.bin");

/// Filters of single images.
const FILTER_TABLE: &str = include_str!("data/filter_steps.csv");
const FILTER_PACKED: &[u8] = include_bytes!("data/filter_steps.bin");

/// Thresholds and nuclei, and what is measured of these.
const OBJECT_TABLE: &str = include_str!("data/object_steps.csv");
const OBJECT_PACKED: &[u8] = include_bytes!("data/object_steps.bin");
const OBJECTS: &str = include_str!("data/object_tables.csv");

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

fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 8 << 20];
    let length = libdeflater::Decompressor::new().zlib_decompress(packed, &mut bytes).expect("zlib data");
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

fn view_mut(format: ImageFormat, units: &mut [u64]) -> ImageMut<'_> {
    ImageMut { format, bytes: &mut bytemuck::cast_slice_mut(units)[..size(format)] }
}

fn size(format: ImageFormat) -> usize {
    usize::try_from(format.bytes()).expect("a size")
}

/// The key of an image of the first, second … site.
fn key(site: usize) -> ImageKey {
    ImageKey::new("A01".parse().expect("a well"), u32::try_from(site + 1).expect("a site"), 1, 1, 1)
}

/// Does a step to images of one format, as the engine does it; the results, one after the other.
fn done(
    step: &Step,
    format: ImageFormat,
    images: &[Vec<u64>],
    scratch: &mut Scratch,
    cancel: &Cancel,
) -> Result<(Vec<u8>, StepNote), StepError> {
    // What was in memory before must not matter.
    const JUNK: u64 = 0x4142_4344_4546_4748;
    if step.works_in_place() {
        let mut images = images.to_vec();
        let keys: Vec<_> = (0..images.len()).map(key).collect();
        let mut views: Vec<_> = images.iter_mut().map(|image| view_mut(format, image)).collect();
        let workspace = step.workspace_format(format).map_or(0, size);
        let mut memory = vec![JUNK; workspace.div_ceil(8)];
        let memory = &mut bytemuck::cast_slice_mut(&mut memory)[..workspace];
        let note = step.run_in_place(&keys, &mut views, memory, scratch, cancel)?;
        return Ok((images.iter().flat_map(|image| bytes(image, size(format)).to_vec()).collect(), note));
    }
    let views = images.iter().map(|image| ImageRef { format, bytes: bytes(image, size(format)) });
    let inputs: Vec<_> = views.enumerate().map(|(site, image)| Input { key: key(site), image }).collect();
    let formats: Vec<_> = inputs.iter().map(|input| (input.key, input.image.format)).collect();
    let output = step.output_format(&formats)?;
    let mut out = vec![JUNK; size(output).div_ceil(8)];
    let note = step.run(&inputs, view_mut(output, &mut out), scratch, cancel)?;
    Ok((bytes(&out, size(output)).to_vec(), note))
}

struct Case {
    what: String,
    format: ImageFormat,
    step: Step,
    images: Vec<Vec<u64>>,
    /// The bytes of all results.
    expected: Vec<u8>,
    /// Samples held at a limit, where the table says.
    saturated: Option<u64>,
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("“{text}” is no number"))
}

fn type_of(name: &str) -> PixelType {
    TYPES.into_iter().find(|pixel| pixel.name() == name).expect("a type")
}

fn cases() -> Vec<Case> {
    let data = unpacked(PACKED);
    let read = |line: &str| {
        let field: Vec<_> = line.split(',').collect();
        let format = ImageFormat::grey(number(field[2]), number(field[3]), type_of(field[1]));
        let step = if field[7].is_empty() {
            Step::PercentileNormalize(PercentileNormalize {
                low_percentile: number(field[5]),
                high_percentile: number(field[6]),
            })
        } else {
            let method = ProjectionMethod::ALL.into_iter().find(|method| format!("{method:?}") == field[7]);
            Step::ZProjection(ZProjection { method: method.expect("a method") })
        };
        let plane =
            |index: usize| aligned(&data[number::<usize>(field[8]) + index * size(format)..][..size(format)]);
        Case {
            what: line.to_owned(),
            format,
            step,
            images: (0..number(field[4])).map(plane).collect(),
            expected: data[number(field[9])..][..size(format)].to_vec(),
            saturated: None,
        }
    };
    TABLE.lines().skip(1).map(read).collect()
}

/// Of a table that has the step in RON.
fn cases_of(table: &str, packed: &[u8]) -> Vec<Case> {
    let data = unpacked(packed);
    let read = |line: &str| {
        let field: Vec<_> = line.split(';').collect();
        let format = ImageFormat {
            width: number(field[1]),
            height: number(field[2]),
            samples: number(field[3]),
            pixel: type_of(field[0]),
        };
        let pixel = field.get(12).map_or(format.pixel, |name| type_of(name));
        let result = ImageFormat { width: number(field[5]), height: number(field[6]), pixel, ..format };
        let image =
            |index: usize| aligned(&data[number::<usize>(field[9]) + index * size(format)..][..size(format)]);
        Case {
            what: line.to_owned(),
            format,
            step: ron::from_str(field[11]).expect("a step"),
            images: (0..number(field[4])).map(image).collect(),
            expected: data[number(field[10])..][..number::<usize>(field[7]) * size(result)].to_vec(),
            saturated: Some(number(field[8])),
        }
    };
    table.lines().skip(1).map(read).collect()
}

#[test]
fn every_step_equals_numpy_byte_for_byte() {
    let mut scratch = Scratch::default();
    let mut different = BTreeMap::new();
    let mut cases = cases();
    assert!(cases.len() > 800, "only {} cases", cases.len());
    cases.extend(cases_of(SPATIAL_TABLE, SPATIAL_PACKED));
    cases.extend(cases_of(FILTER_TABLE, FILTER_PACKED));
    cases.extend(cases_of(OBJECT_TABLE, OBJECT_PACKED));
    for case in &cases {
        let (results, note) =
            done(&case.step, case.format, &case.images, &mut scratch, &Cancel::new()).expect("the step");
        assert_eq!(results.len(), case.expected.len(), "{}", case.what);
        if let Some(saturated) = case.saturated {
            assert_eq!(note.saturated_samples, saturated, "{}", case.what);
        }
        if results != case.expected {
            let at = results.iter().zip(&case.expected).position(|(a, b)| a != b);
            let sample = at.unwrap_or(0) / case.format.pixel.bytes() * case.format.pixel.bytes();
            let show = |bytes: &[u8]| format!("{:02x?}", &bytes[sample..sample + case.format.pixel.bytes()]);
            different.insert(
                case.what.clone(),
                format!("byte {at:?}: {} for {}", show(&results), show(&case.expected)),
            );
        }
    }
    assert!(different.is_empty(), "{} of {} differ: {different:#?}", different.len(), cases.len());
}

#[test]
fn objects_are_measured_as_by_scikit_image() {
    let mut expected: BTreeMap<usize, Vec<Vec<f64>>> = BTreeMap::new();
    for line in OBJECTS.lines().skip(1) {
        let field: Vec<&str> = line.split(',').collect();
        expected.entry(number(field[0])).or_default().push(field[1..].iter().map(|n| number(n)).collect());
    }
    let mut scratch = Scratch::default();
    let mut found = 0;
    for (place, case) in cases_of(OBJECT_TABLE, OBJECT_PACKED).iter().enumerate() {
        done(&case.step, case.format, &case.images, &mut scratch, &Cancel::new()).expect("the step");
        if !case.step.finds_objects() {
            continue;
        }
        let is_float = matches!(case.format.pixel, PixelType::F32 | PixelType::F64);
        let rows = expected.remove(&place).unwrap_or_default();
        assert_eq!(scratch.objects().len(), rows.len(), "{}", case.what);
        for ((number, object), row) in (1_u32..).zip(scratch.objects()).zip(rows) {
            let (x, y) = object.centroid_px();
            let exact = [f64::from(number), object.area_px as f64, x, y];
            assert_eq!(exact, row[..4], "{}", case.what);
            // Sums of floats depend on their order, and NumPy's means of 32-bit floats are of that type.
            let near = if is_float { 1e-6 } else { 0.0 };
            for (measured, row) in [object.mean_intensity(), object.total_intensity].iter().zip(&row[4..]) {
                assert!((measured - row).abs() <= near * row.abs(), "{}: {measured} for {row}", case.what);
            }
            found += 1;
        }
    }
    assert!(expected.is_empty() && found > 200, "{found}");
}

#[test]
fn objects_that_cannot_be_numbered_or_have_colours_are_refused() {
    let count = |smallest_area_px, split| {
        Step::NucleiCount(NucleiCount {
            level: Level::Fixed(0.0),
            smallest_area_px,
            split,
            min_distance_px: 1,
        })
    };
    // A lone pixel at every second place of every second row: 65,535 or one fewer.
    let refused = |pixels: usize, split| {
        let format = ImageFormat::grey(2 * 257, 2 * 255, PixelType::U8);
        let lone = |place: usize| (2 * (place / 257) * 2 * 257) + 2 * (place % 257);
        let mut image = vec![0_u8; size(format)];
        (0..pixels).for_each(|place| image[lone(place)] = 1);
        let step = count(1, split);
        done(&step, format, &[aligned(&image)], &mut Scratch::default(), &Cancel::new()).err()
    };
    for split in [false, true] {
        assert_eq!(refused(65_534, split), None);
        let error = refused(65_535, split).expect("too many").to_string();
        assert!(error.contains("found more than 65534 objects in A01_s1_w1_z1_t1"), "{error}");
    }
    let colour = ImageFormat { samples: 3, ..ImageFormat::grey(4, 4, PixelType::U8) };
    for step in [count(30, true), Step::Threshold(Threshold::default())] {
        let error = step.output_format(&[(key(0), colour)]).expect_err("colours").to_string();
        assert!(error.contains("needs grey images"), "{error}");
    }
}

#[test]
fn a_saturated_sum_says_how_often() {
    let format = ImageFormat::grey(4, 1, PixelType::U8);
    type Row = ([u8; 4], [u8; 4], [u8; 4], u64);
    let table: [Row; 2] =
        [([100, 200, 255, 0], [100, 55, 1, 0], [200, 255, 255, 0], 1), ([255; 4], [255; 4], [255; 4], 4)];
    let step = Step::ZProjection(ZProjection { method: ProjectionMethod::Sum });
    for (first, second, expected, saturated) in table {
        let planes = [aligned(&first), aligned(&second)];
        let (sum, note) =
            done(&step, format, &planes, &mut Scratch::default(), &Cancel::new()).expect("a sum");
        assert_eq!((sum.as_slice(), note), (&expected[..], StepNote { saturated_samples: saturated }));
    }
}

/// Steps that take several images.
fn of_several() -> [Step; 3] {
    let stitching = Stitching { placement: Placement::USUAL_GRID, ..Stitching::default() };
    [
        Step::ZProjection(ZProjection::default()),
        Step::FlatField(FlatField::default()),
        Step::Stitching(stitching),
    ]
}

#[test]
fn images_of_mixed_types_are_refused() {
    let (narrow, wide) = (ImageFormat::grey(4, 1, PixelType::U8), ImageFormat::grey(4, 1, PixelType::U16));
    for step in of_several() {
        let formats = [(key(0), narrow), (key(1), wide)];
        let refused = step.output_format(&formats);
        assert!(matches!(refused, Err(StepError::MixedFormats { .. })), "{step}: {refused:?}");
        let (units, mut out) = ([[0_u64; 1]; 2], [0_u64; 8]);
        let cancel = Cancel::new();
        let result = if step.works_in_place() {
            let [mut first, mut second] = units;
            let mut views = [view_mut(narrow, &mut first), view_mut(wide, &mut second)];
            step.run_in_place(
                &[key(0), key(1)],
                &mut views,
                bytemuck::cast_slice_mut(&mut out),
                &mut Scratch::default(),
                &cancel,
            )
        } else {
            let image = |(key, format)| Input {
                key,
                image: ImageRef { format, bytes: bytes(&units[0], size(format)) },
            };
            step.run(&formats.map(image), view_mut(narrow, &mut out), &mut Scratch::default(), &cancel)
        };
        assert!(matches!(result, Err(StepError::MixedFormats { .. })), "{step}: {result:?}");
    }
}

#[test]
fn a_cancelled_step_stops() {
    let format = ImageFormat::grey(4, 3, PixelType::U8);
    let images = [aligned(&[7; 12]), aligned(&[9; 12])];
    let single = [
        Step::PercentileNormalize(PercentileNormalize::default()),
        Step::BackgroundSubtraction(BackgroundSubtraction::default()),
        Step::Threshold(Threshold::default()),
        Step::NucleiCount(NucleiCount::default()),
    ];
    for step in of_several().into_iter().chain(single) {
        let mut scratch = Scratch::default();
        let cancel = Cancel::new();
        assert!(done(&step, format, &images, &mut scratch, &cancel).is_ok(), "{step}");
        cancel.cancel();
        let stopped = done(&step, format, &images, &mut scratch, &cancel);
        assert!(matches!(stopped, Err(StepError::Cancelled(_))), "{step}: {stopped:?}");
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let format = ImageFormat::grey(301, 203, PixelType::U16);
    let image = |seed: u64| -> Vec<u64> {
        let units = (0..size(format).div_ceil(8) as u64)
            .map(|at| (at + seed * 977).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        units.collect()
    };
    let images: Vec<_> = (1..=5).map(image).collect();
    for step in of_several() {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| done(&step, format, &images, &mut Scratch::default(), &Cancel::new()))
        };
        assert!(on(1).expect("the step") == on(3).expect("the step"), "{step}");
    }
}

#[test]
fn a_mosaic_that_is_too_large_is_refused_in_words() {
    let step: Step = ron::from_str(
        "Stitching((placement: StagePositions, corners: {1: (x: -2147483648, y: 0), 2: (x: 2147483647, y: 9)}))",
    )
    .expect("a step");
    let tile = ImageFormat::grey(1000, 1000, PixelType::U16);
    let error = step.output_format(&[(key(0), tile), (key(1), tile)]).expect_err("too large");
    assert!(error.to_string().contains("4294968295 × 1009 pixels"), "{error}");
    let error = step.output_format(&[(key(0), tile), (key(2), tile)]).expect_err("no place");
    assert!(error.to_string().contains("does not know where A01_s3_w1_z1_t1 lies"), "{error}");
}

#[test]
fn settings_that_make_no_sense_fail_the_check() {
    let background = |radius_px| Step::BackgroundSubtraction(BackgroundSubtraction { radius_px });
    let flat = |sigma_px| Step::FlatField(FlatField::estimated(sigma_px));
    let smooth = |sigma| Step::GaussianSmoothing(GaussianSmoothing { sigma, planned_px: None });
    let nuclei = |level, smallest_area_px, min_distance_px| {
        Step::NucleiCount(NucleiCount { level, smallest_area_px, split: true, min_distance_px })
    };
    let grid = |columns, overlap_percent| {
        let placement = Placement::Grid { columns, overlap_percent };
        Step::Stitching(Stitching { placement, ..Stitching::default() })
    };
    let table = [
        (background(1), true),
        (background(0), false),
        (background(1001), false),
        (flat(1.0), true),
        (flat(0.0), false),
        (flat(-5.0), false),
        (flat(f64::NAN), false),
        (flat(f64::INFINITY), false),
        (smooth(Sigma::Pixels(0.3)), true),
        (smooth(Sigma::Pixels(0.2)), false),
        (smooth(Sigma::Pixels(f64::NAN)), false),
        (smooth(Sigma::Micrometres(0.65)), true),
        (smooth(Sigma::Micrometres(0.0)), false),
        (smooth(Sigma::Micrometres(f64::INFINITY)), false),
        (Step::Threshold(Threshold { level: Level::Fixed(-3.5) }), true),
        (Step::Threshold(Threshold { level: Level::Fixed(f64::NAN) }), false),
        (nuclei(Level::Otsu, 1, 1), true),
        (nuclei(Level::Otsu, 0, 1), false),
        (nuclei(Level::Otsu, 1, 0), false),
        (nuclei(Level::Fixed(f64::INFINITY), 1, 1), false),
        (grid(1, 0.0), true),
        (grid(0, 0.0), false),
        (grid(3, 100.0), false),
        (grid(3, f64::NAN), false),
    ];
    for (step, good) in table {
        assert_eq!(step.check().is_ok(), good, "{step}");
    }
    for step in Step::all() {
        assert_eq!(step.check(), Ok(()), "{step}");
    }
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

#[test]
fn micrometres_that_no_plan_has_worked_out_are_refused() {
    let smoothing = GaussianSmoothing { sigma: Sigma::Micrometres(1.0), planned_px: None };
    let format = ImageFormat::grey(4, 1, PixelType::U8);
    let step = Step::GaussianSmoothing(smoothing);
    let refused = StepError::UnknownPixelSize { step: GaussianSmoothing::NAME };
    assert_eq!(step.output_format(&[(key(0), format)]), Err(refused.clone()));
    let done = done(&step, format, &[aligned(&[1; 4])], &mut Scratch::default(), &Cancel::new());
    assert_eq!(done.expect_err("no size of a pixel"), refused);
}

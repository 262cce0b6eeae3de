//! The steps against NumPy and SciPy, byte for byte (see `data/make_references.py`,
//! `data/make_spatial_references.py`, `data/make_filter_references.py` and
//! `data/make_object_references.py`).

mod composite;
mod definitions;
mod large;
mod pages;
mod pictures;
mod pixels;
#[path = "../support/mod.rs"]
mod support;
mod tiff_tags;

use std::collections::{BTreeMap, BTreeSet};

use stepwell::cancel::Cancel;
use stepwell::image::{ImageFormat, ImageRef, PixelType};
use stepwell::pipeline::steps::{
    BackgroundSubtraction, ColourComposite, Crop, FlatField, GaussianSmoothing, Level, NucleiCount,
    PercentileNormalize, Placement, ProjectionMethod, Sigma, Stitching, Threshold, ZProjection,
};
use stepwell::pipeline::{
    GroupImages, Held, NoPlate, NoteKind, OwnImage, PlacedKey, PlateView, ResolvedPipeline, ResolvedStep,
    Scratch, Step, StepError, StepNote, apply,
};
use stepwell::plate::{Component, ImageKey, PixelSize, SitePosition};

const TABLE: &str = include_str!("../data/steps.csv");
const PACKED: &[u8] = include_bytes!("../data/steps.bin");

/// Of steps that look around a pixel or across sites.
const SPATIAL_TABLE: &str = include_str!("../data/spatial_steps.csv");
const SPATIAL_PACKED: &[u8] = include_bytes!("../data/spatial_steps.bin");

/// Filters of single images.
const FILTER_TABLE: &str = include_str!("../data/filter_steps.csv");
const FILTER_PACKED: &[u8] = include_bytes!("../data/filter_steps.bin");

/// Thresholds and nuclei, and what is measured of these.
const OBJECT_TABLE: &str = include_str!("../data/object_steps.csv");
const OBJECT_PACKED: &[u8] = include_bytes!("../data/object_steps.bin");
const OBJECTS: &str = include_str!("../data/object_tables.csv");

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

fn size(format: ImageFormat) -> usize {
    usize::try_from(format.bytes()).expect("a size")
}

/// The key of an image of the first, second … site.
fn key(site: usize) -> ImageKey {
    ImageKey::new("A01".parse().expect("a well"), u32::try_from(site + 1).expect("a site"), 1, 1, 1)
}

/// Size of a pixel of a plate.
const PIXEL_UM: f64 = 2.0;

/// A plate with pixels of one size, of which it is known where each image lies.
struct Known;

impl PlateView for Known {
    fn pixel_size(&self, _channel: u32) -> Option<PixelSize> {
        PixelSize::square(PIXEL_UM)
    }

    fn has_site_positions(&self) -> bool {
        true
    }

    fn unplaced(&self) -> Option<ImageKey> {
        None
    }

    fn is_single(&self, _component: Component) -> bool {
        false
    }

    fn values(&self, component: Component) -> BTreeSet<u32> {
        if component == Component::Channel { [1].into() } else { BTreeSet::new() }
    }

    fn channel_name(&self, _channel: u32) -> Option<&str> {
        None
    }
}

/// An image at a place in pixels.
fn placed(key: ImageKey, (x, y): (i32, i32)) -> PlacedKey {
    let position = SitePosition { x_um: f64::from(x) * PIXEL_UM, y_um: f64::from(y) * PIXEL_UM };
    PlacedKey { key, position: Some(position) }
}

/// A step on a plate.
fn resolved_on(step: Step, plate: &dyn PlateView) -> ResolvedStep {
    ResolvedPipeline::of_steps([step], plate).expect("all is known").steps()[0].clone()
}

/// A step that needs to know nothing of a plate.
fn resolved(step: Step) -> ResolvedStep {
    resolved_on(step, &NoPlate)
}

/// An image with these pixels.
fn image(format: ImageFormat, units: &[u64]) -> OwnImage {
    OwnImage::copy_of(ImageRef { format, bytes: bytes(units, size(format)) })
}

/// Does a step to images, as the engine does it; what it leaves.
fn applied(
    step: &ResolvedStep,
    images: Vec<(impl Into<PlacedKey>, OwnImage)>,
    scratch: &mut Scratch,
    cancel: &Cancel,
) -> Result<(Vec<OwnImage>, StepNote), StepError> {
    let (members, images): (Vec<PlacedKey>, Vec<OwnImage>) =
        images.into_iter().map(|(of, image)| (of.into(), image)).unzip();
    let formats: Vec<_> = members.iter().zip(&images).map(|(of, image)| (*of, image.view().format)).collect();
    let reserves = step.reserves(step.output_format(&formats)?);
    // What was in memory before must not matter.
    let reserve = |format| {
        let mut image = OwnImage::new(format);
        image.view_mut().bytes.fill(0x47);
        Ok::<_, StepError>(image)
    };
    let group = GroupImages { members, images, reserves };
    let applied = apply(step, group, &mut None, reserve, scratch, cancel)?;
    Ok((applied.results, applied.note))
}

/// Does a step to images of one format; the results, one after the other.
fn done(
    step: &ResolvedStep,
    format: ImageFormat,
    images: &[Vec<u64>],
    scratch: &mut Scratch,
    cancel: &Cancel,
) -> Result<(Vec<u8>, StepNote), StepError> {
    let of = (0..images.len()).map(|site| key(site).into()).collect::<Vec<_>>();
    done_at(step, format, &of, images, scratch, cancel)
}

/// The same of images that lie somewhere.
fn done_at(
    step: &ResolvedStep,
    format: ImageFormat,
    of: &[PlacedKey],
    images: &[Vec<u64>],
    scratch: &mut Scratch,
    cancel: &Cancel,
) -> Result<(Vec<u8>, StepNote), StepError> {
    let images = of.iter().zip(images).map(|(of, units)| (*of, image(format, units)));
    let (results, note) = applied(step, images.collect(), scratch, cancel)?;
    Ok((results.iter().flat_map(|image| image.view().bytes.to_vec()).collect(), note))
}

struct Case {
    what: String,
    format: ImageFormat,
    step: ResolvedStep,
    images: Vec<Vec<u64>>,
    /// What each image is of, and where it lies.
    of: Vec<PlacedKey>,
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
            Step::ZProjection(ZProjection::from(method.expect("a method")))
        };
        let plane =
            |index: usize| aligned(&data[number::<usize>(field[8]) + index * size(format)..][..size(format)]);
        Case {
            what: line.to_owned(),
            format,
            step: resolved(step),
            images: (0..number(field[4])).map(plane).collect(),
            of: (0..number(field[4])).map(|site| key(site).into()).collect(),
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
        let type_told = field.get(12).filter(|name| !name.is_empty());
        let pixel = type_told.map_or(format.pixel, |name| type_of(name));
        let places = field.get(13).map_or("{}", |places| *places);
        let places: BTreeMap<usize, (i32, i32)> = ron::from_str(places).expect("places");
        let of = |site: usize| places.get(&(site + 1)).map_or(key(site).into(), |at| placed(key(site), *at));
        let result = ImageFormat { width: number(field[5]), height: number(field[6]), pixel, ..format };
        let image =
            |index: usize| aligned(&data[number::<usize>(field[9]) + index * size(format)..][..size(format)]);
        Case {
            what: line.to_owned(),
            format,
            step: resolved_on(ron::from_str(field[11]).expect("a step"), &Known),
            images: (0..number(field[4])).map(image).collect(),
            of: (0..number(field[4])).map(of).collect(),
            expected: data[number(field[10])..][..number::<usize>(field[7]) * size(result)].to_vec(),
            saturated: Some(number(field[8])),
        }
    };
    table.lines().skip(1).map(read).collect()
}

/// Whether samples of 64 bits differ by less than their last places.
fn are_near(pixel: PixelType, results: &[u8], expected: &[u8]) -> bool {
    let value = |bytes: &[u8; 8]| match pixel {
        PixelType::F64 => f64::from_le_bytes(*bytes),
        PixelType::I64 => i64::from_le_bytes(*bytes) as f64,
        _ => u64::from_le_bytes(*bytes) as f64,
    };
    let samples = results.as_chunks().0.iter().zip(expected.as_chunks().0);
    results.len() == expected.len()
        && samples
            .map(|(one, other)| (value(one), value(other)))
            .all(|(a, b)| (a - b).abs() <= 1e-13 * b.abs() || (a.is_nan() && b.is_nan()))
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
        let Case { step, format, images, of, .. } = case;
        let (results, note) =
            done_at(step, *format, of, images, &mut scratch, &Cancel::new()).expect("the step");
        assert_eq!(results.len(), case.expected.len(), "{}", case.what);
        if let Some(saturated) = case.saturated {
            assert_eq!(note.count(NoteKind::SATURATED), saturated, "{}", case.what);
        }
        // Sums in 64 bits: SciPy adds up the weights of a Gaussian in another order.
        let is_near = step.step().name() == "Gaussian smoothing"
            && format.pixel.bytes() == 8
            && are_near(format.pixel, &results, &case.expected);
        if results != case.expected && !is_near {
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
        if !case.step.step().finds_objects() {
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
            let mean = object.mean_intensity().expect("grey levels");
            for (measured, row) in [mean, object.total_intensity].iter().zip(&row[4..]) {
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
        let level = Level::Fixed(0.0);
        resolved(Step::NucleiCount(NucleiCount { level, smallest_area_px, split, min_distance_px: 1 }))
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
    for step in [count(30, true), resolved(Step::Threshold(Threshold::default()))] {
        let error = step.output_format(&[(key(0).into(), colour)]).expect_err("colours").to_string();
        assert!(error.contains("needs grey images"), "{error}");
    }
}

#[test]
fn a_saturated_sum_says_how_often() {
    let format = ImageFormat::grey(4, 1, PixelType::U8);
    type Row = ([u8; 4], [u8; 4], [u8; 4], u64);
    let table: [Row; 2] =
        [([100, 200, 255, 0], [100, 55, 1, 0], [200, 255, 255, 0], 1), ([255; 4], [255; 4], [255; 4], 4)];
    let step = resolved(Step::ZProjection(ZProjection::from(ProjectionMethod::Sum)));
    for (first, second, expected, saturated) in table {
        let planes = [aligned(&first), aligned(&second)];
        let (sum, note) =
            done(&step, format, &planes, &mut Scratch::default(), &Cancel::new()).expect("a sum");
        assert_eq!(
            (sum.as_slice(), note),
            (&expected[..], StepNote::of(NoteKind::SATURATED, key(0).with(Component::Z, None), saturated))
        );
    }
}

/// Steps that take several images.
fn of_several() -> [ResolvedStep; 3] {
    [
        Step::ZProjection(ZProjection::default()),
        Step::FlatField(FlatField::default()),
        Step::Stitching(Stitching { placement: Placement::USUAL_GRID }),
    ]
    .map(resolved)
}

#[test]
fn images_of_mixed_types_are_refused() {
    let (narrow, wide) = (ImageFormat::grey(4, 1, PixelType::U8), ImageFormat::grey(4, 1, PixelType::U16));
    for step in of_several() {
        let formats = [(key(0).into(), narrow), (key(1).into(), wide)];
        let refused = step.output_format(&formats);
        let what = step.step();
        assert!(matches!(refused, Err(StepError::MixedFormats { .. })), "{what}: {refused:?}");
        // Also where nobody has asked before.
        let group = GroupImages {
            members: vec![key(0).into(), key(1).into()],
            images: vec![OwnImage::new(narrow), OwnImage::new(wide)],
            reserves: step.reserves(narrow),
        };
        let reserve = |format| Ok::<_, StepError>(OwnImage::new(format));
        let result = apply(&step, group, &mut None, reserve, &mut Scratch::default(), &Cancel::new());
        assert!(matches!(result, Err(StepError::MixedFormats { .. })), "{what}: {result:?}");
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
    for step in of_several().into_iter().chain(single.map(resolved)) {
        let mut scratch = Scratch::default();
        let cancel = Cancel::new();
        let what = step.step();
        assert!(done(&step, format, &images, &mut scratch, &cancel).is_ok(), "{what}");
        cancel.cancel();
        let stopped = done(&step, format, &images, &mut scratch, &cancel);
        assert!(matches!(stopped, Err(StepError::Cancelled(_))), "{what}: {stopped:?}");
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
        assert!(on(1).expect("the step") == on(3).expect("the step"), "{}", step.step());
    }
}

#[test]
fn a_mosaic_that_is_too_large_is_refused_in_words() {
    let step = resolved_on(Step::Stitching(Stitching::default()), &Known);
    let tile = ImageFormat::grey(1000, 1000, PixelType::U16);
    let far = [placed(key(0), (i32::MIN, 0)), placed(key(1), (i32::MAX, 9))];
    let error = step.output_format(&far.map(|of| (of, tile))).expect_err("too large");
    assert!(error.to_string().contains("4294968295 × 1009 pixels"), "{error}");
    let error = step.output_format(&[(far[0], tile), (key(2).into(), tile)]).expect_err("no place");
    assert!(error.to_string().contains("does not know where A01_s3_w1_z1_t1 lies"), "{error}");
}

#[test]
fn settings_that_make_no_sense_fail_the_check() {
    let background = |radius_px| Step::BackgroundSubtraction(BackgroundSubtraction { radius_px });
    let flat = |sigma_px| Step::FlatField(FlatField::estimated(sigma_px));
    let smooth = |sigma| Step::GaussianSmoothing(GaussianSmoothing::of(sigma));
    let nuclei = |level, smallest_area_px, min_distance_px| {
        Step::NucleiCount(NucleiCount { level, smallest_area_px, split: true, min_distance_px })
    };
    let grid = |columns, overlap_percent| {
        Step::Stitching(Stitching { placement: Placement::Grid { columns, overlap_percent } })
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
fn what_a_plate_does_not_tell_is_said_in_words() {
    let table = [
        (
            "GaussianSmoothing((sigma: Micrometres(1)))",
            "how large a pixel is: give sigma in pixels in the step's settings",
        ),
        ("Stitching(())", "how large a pixel is: place the sites on a grid in the step's settings"),
    ];
    for (step, expected) in table {
        let step: Step = ron::from_str(step).expect("a step");
        let crop = Step::Crop(Crop::default());
        let why =
            ResolvedPipeline::of_steps([crop, step.clone()], &NoPlate).expect_err("not known").to_string();
        let name = step.name();
        let begin = format!("step 2 ({name}): the files of this plate do not say ");
        assert!(why.starts_with(&format!("{begin}{expected}")), "{why}");
    }
}

/// A plate of which only the sizes of pixels are known, by channel.
struct Pixels<'a>(&'a [(u32, f64, f64)]);

impl PlateView for Pixels<'_> {
    fn pixel_size(&self, channel: u32) -> Option<PixelSize> {
        let (_, x_um, y_um) = self.0.iter().find(|(of, ..)| *of == channel)?;
        PixelSize::new(*x_um, *y_um)
    }

    fn has_site_positions(&self) -> bool {
        true
    }

    fn unplaced(&self) -> Option<ImageKey> {
        None
    }

    fn is_single(&self, _component: Component) -> bool {
        false
    }

    fn values(&self, component: Component) -> BTreeSet<u32> {
        let channels = self.0.iter().map(|(channel, ..)| *channel);
        channels.filter(|_| component == Component::Channel).collect()
    }

    fn channel_name(&self, channel: u32) -> Option<&str> {
        (channel == 2).then_some("FITC")
    }
}

#[test]
fn a_pipeline_is_resolved_and_the_users_stays() {
    let steps = ["Bin((factor: 2))", "GaussianSmoothing((sigma: Micrometres(3)))", "Stitching(())"]
        .map(|step| ron::from_str::<Step>(step).expect("a step"));
    let on = |pixels: &[(u32, f64, f64)]| {
        ResolvedPipeline::of_steps(steps.clone(), &Pixels(pixels)).expect("known")
    };
    let (square, oblong) = (on(&[(1, 2.0, 2.0)]), on(&[(1, 2.0, 4.0)]));
    // Two plates make two pipelines of one choice.
    assert_ne!(square, oblong);
    for resolved in [&square, &oblong] {
        let chosen: Vec<Step> = resolved.steps().iter().map(|step| step.step().clone()).collect();
        assert_eq!(chosen, steps);
        // It goes to another process as it is.
        let text = serde_json::to_string(resolved).expect("text");
        assert_eq!(serde_json::from_str::<ResolvedPipeline>(&text).expect("a pipeline"), *resolved);
    }
    // Pixels are binned before, so that 16 micrometres are 4, or 2 where they are twice as high.
    let tile = ImageFormat::grey(4, 4, PixelType::U8);
    let mosaic = |resolved: &ResolvedPipeline, (x, y): (i32, i32)| {
        let tiles = [placed(key(0), (0, 0)), placed(key(1), (x, y))];
        resolved.steps()[2].output_format(&tiles.map(|of| (of, tile)))
    };
    assert_eq!(mosaic(&square, (8, 0)), Ok(ImageFormat { width: 8, ..tile }));
    assert_eq!(mosaic(&square, (0, 8)), Ok(ImageFormat { height: 8, ..tile }));
    assert_eq!(mosaic(&oblong, (0, 8)), Ok(ImageFormat { height: 6, ..tile }));
}

#[test]
fn a_mosaic_is_laid_out_by_its_own_positions_in_the_pixels_of_its_channel() {
    let plate = Pixels(&[(1, 0.65, 0.65), (2, 1.3, 0.65)]);
    let stitch = resolved_on(Step::Stitching(Stitching::default()), &plate);
    let tile = ImageFormat::grey(33, 16, PixelType::U16);
    // Channel, the places of tiles in micrometres, and the size of their mosaic.
    type Row<'a> = (u32, &'a [(f64, f64)], [u32; 2]);
    let table: [Row<'_>; 6] = [
        (1, &[(-10.725, 0.0), (10.725, 0.0)], [66, 16]),
        // Wherever the well's centre is, tiles side by side stay so.
        (1, &[(39_991.4, -7.0), (40_012.85, -7.0)], [66, 16]),
        (1, &[(0.0, 0.0), (0.0, 10.4)], [33, 32]),
        // A half is rounded up in every well, whatever is lost on the way.
        (1, &[(0.0, 0.0), (4.875, 0.0)], [41, 16]),
        (1, &[(1000.1, 0.0), (1004.975, 0.0)], [41, 16]),
        (2, &[(-10.725, 0.0), (10.725, 10.4)], [33 + 17, 32]),
    ];
    for (channel, places, [width, height]) in table {
        let tiles: Vec<_> = places
            .iter()
            .enumerate()
            .map(|(site, (x_um, y_um))| {
                let position = Some(SitePosition { x_um: *x_um, y_um: *y_um });
                (PlacedKey { key: ImageKey { channel: Some(channel), ..key(site) }, position }, tile)
            })
            .collect();
        let mosaic = stitch.output_format(&tiles).expect("a mosaic");
        assert_eq!([mosaic.width, mosaic.height], [width, height], "{places:?}");
    }
    // A picture of all channels has one size of a pixel or cannot be laid out.
    let composite = || Step::ColourComposite(ColourComposite::default());
    let after = |plate| ResolvedPipeline::of_steps([composite(), stitch.step().clone()], plate);
    assert!(after(&Pixels(&[(1, 0.65, 0.65), (2, 0.65, 0.65)])).is_ok());
    let why = after(&plate).expect_err("two sizes").to_string();
    assert!(why.contains("pixels of different sizes: place the sites on a grid"), "{why}");
}

#[test]
fn micrometres_are_pixels_of_each_channel_across_and_down() {
    let smoothing = |sigma| Step::GaussianSmoothing(GaussianSmoothing::of(sigma));
    let on = |plate: &Pixels<'_>| ResolvedPipeline::of_steps([smoothing(Sigma::Micrometres(2.0))], plate);
    let plate = Pixels(&[(1, 0.5, 2.0), (2, 1.0, 1.0)]);
    let resolved_um = on(&plate).expect("known").steps()[0].clone();
    let format = ImageFormat::grey(40, 40, PixelType::F32);
    // Stripes that go down are smoothed across alone, and those that go across alone down.
    let stripes = |is_down: bool| -> Vec<u64> {
        let value = |at: usize| if (if is_down { at % 40 } else { at / 40 }) % 10 < 4 { 1000.0 } else { 0.0 };
        let values: Vec<f32> = (0..1600).map(value).collect();
        aligned(bytemuck::cast_slice(&values))
    };
    let smoothed = |step: &ResolvedStep, channel, is_down| -> Vec<f32> {
        let of = PlacedKey::from(ImageKey { channel: Some(channel), ..key(0) });
        let images = [stripes(is_down)];
        let (bytes, _) =
            done_at(step, format, &[of], &images, &mut Scratch::default(), &Cancel::new()).expect("the step");
        bytemuck::pod_collect_to_vec(&bytes)
    };
    for (channel, is_down, sigma_px) in [(1, true, 4.0), (1, false, 1.0), (2, true, 2.0), (2, false, 2.0)] {
        let expected = smoothed(&resolved(smoothing(Sigma::Pixels(sigma_px))), channel, is_down);
        let found = smoothed(&resolved_um, channel, is_down);
        let off = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(off < 0.01, "channel {channel}, {is_down}: {off}");
        assert!(found.iter().any(|value| (1.0..999.0).contains(value)));
    }
    // What is wrong with a channel is said of that channel.
    let table = [
        (Pixels(&[(1, 0.5, 0.5), (2, 0.5, 0.01)]), "200.000 pixels of channel 2 (FITC)"),
        (Pixels(&[(1, 0.5, 0.5), (2, 0.5, 0.01)]), "choose 0.150 to 1.000 µm"),
        (
            Pixels(&[(1, 0.5, 0.5), (2, f64::NAN, 0.5)]),
            "how large a pixel of channel 2 (FITC) is: give sigma",
        ),
        (Pixels(&[(1, f64::NAN, 0.5)]), "do not say how large a pixel is: give sigma"),
    ];
    for (plate, part) in table {
        let why = on(&plate).expect_err("refused").to_string();
        assert!(why.contains(part), "{why}");
    }
}

//! The plans of the sweep: every step on plates with what makes forecasts hard, in every way to run them.

use std::path::{Path, PathBuf};

use stepwell::cancel::Cancel;
use stepwell::demo::{self, DemoSpec};
use stepwell::image::{Compression, ImageFormat, ImageRef, PixelType, write_tiff};
use stepwell::pipeline::steps::{FlatField, GivenLight, ZProjection};
use stepwell::pipeline::{KeepImages, PipelineSpec, PipelineStep, Step};
use stepwell::plan::{AfterClear, Intermediates, Mode, Plan, RunSpec};
use stepwell::plate::{
    Component, ImageKey, PixelSize, PixelSizes, Plate, PlateLayout, SitePosition, SitePositions,
};

use crate::pairs::covering;
use crate::support::{self, full_well, open, spec, write_plate};

/// One plan of the sweep.
pub(crate) struct Planned {
    pub(crate) name: String,
    pub(crate) plan: Plan,
    /// What the same plan needs on top of rest where nothing is read ahead: how much of the next
    /// combination is in memory when that is fullest is a race between reading and steps.
    pub(crate) without_reading_ahead_bytes: u64,
}

/// What varies beside plate and pipeline: a level of each.
const COMPONENTS: [&[Component]; 4] = [
    &[],
    &[Component::Channel],
    &[Component::Channel, Component::Timepoint],
    &[Component::Timepoint, Component::Channel, Component::Site],
];
const RELEASE: [(AfterClear, Intermediates); 3] = [
    (AfterClear::Return, Intermediates::Free),
    (AfterClear::Keep, Intermediates::Free),
    (AfterClear::Return, Intermediates::Hold),
];
const THREADS: [usize; 4] = [2, 1, 8, 4];
const WELLS_AT_ONCE: [usize; 2] = [1, 2];
const READ_AHEAD: [bool; 2] = [false, true];

/// A pipeline as a user would write it into a file.
fn pipeline(name: &'static str, keep: KeepImages, steps: &[&str]) -> (&'static str, PipelineSpec) {
    let steps: Vec<String> = steps.iter().map(|step| format!("(step: {step}, keep_images: false)")).collect();
    let pipeline: PipelineSpec =
        ron::from_str(&format!("(steps: [{}])", steps.join(", "))).expect("a pipeline");
    (name, pipeline.keeping(keep))
}

const MAXIMUM: &str = "ZProjection((method: Maximum))";
const NUCLEI: &str = "NucleiCount((level: Otsu, smallest_area_px: 30, split: true, min_distance_px: 7))";

/// Every step at least once, most of the scratch of which is used by other steps too.
fn pipelines() -> Vec<(&'static str, PipelineSpec)> {
    vec![
        ("study, all kept", PipelineSpec::default().keeping(KeepImages::All)),
        pipeline(
            "light, maximum, stitched, nuclei",
            KeepImages::Last,
            &[
                "FlatField((sigma_px: 5.0))",
                MAXIMUM,
                "Stitching((placement: Grid(columns: 2, overlap_percent: 10.0)))",
                NUCLEI,
            ],
        ),
        pipeline(
            "maximum, stitched where sites lie",
            KeepImages::Last,
            &[
                MAXIMUM,
                "GaussianSmoothing((sigma: Micrometres(1)))",
                "Stitching((placement: StagePositions))",
            ],
        ),
        pipeline(
            "maximum, smooth, nuclei",
            KeepImages::Last,
            &[MAXIMUM, "GaussianSmoothing((sigma: Pixels(1.0)))", NUCLEI],
        ),
        pipeline(
            "crop, median, background, bin, mask",
            KeepImages::All,
            &[
                "Crop((x: 1, y: 0, width: 900, height: 10000))",
                "MedianFilter((radius_px: 1))",
                "BackgroundSubtraction((radius_px: 4))",
                "Bin((factor: 3, method: Sum))",
                "Threshold((level: Otsu))",
            ],
        ),
        pipeline(
            "nuclei, not parted, normalised",
            KeepImages::None,
            &[
                "NucleiCount((level: Fixed(900.0), smallest_area_px: 4, split: false, min_distance_px: 7))",
                "PercentileNormalize((low_percentile: 1.0, high_percentile: 99.0))",
            ],
        ),
        pipeline(
            "mean, composite",
            KeepImages::Last,
            &["ZProjection((method: Mean))", "ColourComposite((limits: Percentiles(low: 1.0, high: 99.5)))"],
        ),
        pipeline(
            "composite",
            KeepImages::Last,
            &["ColourComposite((limits: Percentiles(low: 1.0, high: 99.5)))"],
        ),
    ]
}

/// Plates with what makes forecasts hard: wells that differ, missing images, sizes that differ or are odd,
/// large images on huge pages, compressed files, floats.
fn plates(folder: &Path) -> Vec<(&'static str, PathBuf)> {
    let at = |name: &str| {
        let path = folder.join(name);
        std::fs::create_dir(&path).expect("writable");
        path
    };
    let in_well = |name: &str, keys: Vec<ImageKey>| -> Vec<ImageKey> {
        let well = name.parse().expect("a well");
        keys.into_iter().map(|key| ImageKey { well, ..key }).collect()
    };
    let regular = at("regular");
    let odd = at("odd");
    let large = at("large");
    for well in ["A01", "A02"] {
        write_plate(&regular, &in_well(well, full_well(2, 2, 3, 2)), 512, 400);
        write_plate(&odd, &in_well(well, full_well(2, 2, 2, 2)), 1999, 7);
        write_plate(&large, &in_well(well, full_well(1, 2, 3, 1)), 2048, 1024);
    }
    let ragged = at("ragged");
    // The second well has more, each channel has a size of its own, and a third of the images is missing.
    for (well, sites) in [("A01", 2), ("B02", 4)] {
        for channel in 1..=3 {
            let keys = in_well(well, full_well(sites, 3, 3, 2));
            let of_channel = |key: &ImageKey| key.channel == Some(channel);
            let is_there = |key: &ImageKey| {
                let [s, c, z, t] =
                    [key.site, key.channel, key.z, key.timepoint].map(Option::unwrap_or_default);
                (s * 7 + c * 5 + z * 3 + t) % 3 != 0
            };
            let keys: Vec<_> = keys.into_iter().filter(of_channel).filter(is_there).collect();
            write_plate(&ragged, &keys, 150 * channel, 333);
        }
    }
    let made = |name: &'static str, spec: DemoSpec| {
        let layout = PlateLayout { wells: 2, channels: 2, sites: 2, timepoints: 2, ..spec.layout };
        demo::write(DemoSpec { layout, ..spec }, &folder.join(name), &Cancel::new(), &|_, _| ())
            .expect("writable")
    };
    let deflate = PlateLayout { width: 512, height: 512, ..PlateLayout::default() };
    let deflate = DemoSpec { compression: Compression::Deflate, ..deflate.into() };
    let float = PlateLayout { width: 300, height: 300, pixel: PixelType::F32, ..PlateLayout::default() };
    vec![
        ("regular", regular),
        ("ragged", ragged),
        ("large images", large),
        ("long images", odd),
        ("deflate", made("deflate", deflate)),
        ("floats, LZW", made("float", DemoSpec { compression: Compression::Lzw, ..float.into() })),
    ]
}

/// The plate with sites that lie otherwise in each well, and with pixels of each channel of their own size.
fn located(mut plate: Plate) -> Plate {
    plate.pixel_sizes = PixelSizes::default();
    plate.site_positions = SitePositions::default();
    for image in &plate.images {
        let ImageKey { well, site, channel, .. } = image.key();
        let [site, channel] = [site, channel].map(|value| f64::from(value.unwrap_or(1)));
        let size = PixelSize { x_um: 0.5 * channel, y_um: 0.5 + 0.25 * channel };
        plate.pixel_sizes.add(image.key().channel.unwrap_or(1), size);
        // In the first column side by side, else below each other, overlapping by a part.
        let (across_um, down_um) = if well.column == 0 { (70.0, 3.0) } else { (11.0, 90.0) };
        plate.site_positions.add(image.key(), SitePosition { x_um: site * across_um, y_um: site * down_um });
    }
    plate
}

/// Pipelines with given light, for the first and the third of the plates.
fn with_light(folder: &Path) -> Vec<(&'static str, PipelineSpec)> {
    let mut made = Vec::new();
    for (name, width, height) in [("given light", 512, 400), ("given light, large", 2048, 1024)] {
        let format = ImageFormat::grey(width, height, PixelType::U16);
        let path = |kind: &str, channel: u32| {
            let path = folder.join(format!("{kind}-{channel}-{width}.tif"));
            let level = if kind == "flat" { 1000 + channel as u16 } else { 100 };
            let pixels = vec![level; format.sample_count()];
            let image = ImageRef { format, bytes: bytemuck::cast_slice(&pixels) };
            write_tiff(&support::place(&path), image, Compression::None, None).expect("writable");
            (channel, path)
        };
        let flats = (1..=3).map(|channel| path("flat", channel)).collect();
        let light = GivenLight::new(flats, [path("dark", 1)].into());
        let steps = [
            (Step::FlatField(FlatField::given(light)), false),
            (Step::ZProjection(ZProjection::default()), true),
        ];
        let steps = steps.map(|(step, keep_images)| PipelineStep { step, keep_images });
        made.push((name, PipelineSpec::of(steps.into())));
    }
    made
}

/// A level of each: plate, pipeline, components, release, threads, wells at once, reading ahead, compression.
type Row = [usize; 8];

/// The plans of the sweep: all pairs of levels, and a few more that were found to be hard.
pub(crate) fn plans(folder: &Path) -> Vec<Planned> {
    let (mut pipelines, plates) = (pipelines(), plates(folder));
    let plates: Vec<(&str, Plate)> = plates.iter().map(|(name, path)| (*name, located(open(path)))).collect();
    let ways = [
        COMPONENTS.len(),
        RELEASE.len(),
        THREADS.len(),
        WELLS_AT_ONCE.len(),
        READ_AHEAD.len(),
        Compression::ALL.len(),
    ];
    let light = pipelines.len();
    let rows = covering(&[&[plates.len(), light][..], &ways].concat());
    let mut rows: Vec<Row> = rows.into_iter().map(|row| row.try_into().expect("eight")).collect();
    pipelines.extend(with_light(folder));
    rows.extend([
        // Scratch of the size of images, while the next are read by as many threads.
        [2, 3, 1, 0, 2, 0, 1, 0],
        [4, 3, 2, 0, 2, 0, 1, 0],
        // Whole wells that are read ahead while composites are made.
        [2, 7, 0, 0, 0, 0, 1, 0],
        // Flat images fit plates of their size.
        [0, light, 0, 0, 0, 0, 0, 0],
        [0, light, 1, 0, 0, 0, 1, 0],
        [2, light + 1, 1, 0, 0, 0, 0, 0],
        [2, light + 1, 2, 0, 0, 0, 0, 0],
    ]);
    rows.sort_unstable();
    rows.dedup();
    rows.into_iter().map(|row| planned(&plates, &pipelines, row)).collect()
}

fn planned(plates: &[(&str, Plate)], pipelines: &[(&str, PipelineSpec)], row: Row) -> Planned {
    let [plate, pipeline, components, release, threads, wells_at_once, read_ahead, compression] = row;
    let ((plate_name, plate), (steps, pipeline)) = (&plates[plate], &pipelines[pipeline]);
    // What a step needs whole is left out of the choice.
    let is_free = |component: &&Component| pipeline.assembler_of(**component).is_none();
    let sequential: Vec<Component> = COMPONENTS[components].iter().filter(is_free).copied().collect();
    let (after_clear, intermediates) = RELEASE[release];
    let spec = RunSpec {
        mode: if sequential.is_empty() { Mode::Bulk } else { Mode::Sequential },
        pipeline: pipeline.clone(),
        after_clear,
        intermediates,
        threads: THREADS[threads],
        wells_at_once: WELLS_AT_ONCE[wells_at_once],
        read_ahead: READ_AHEAD[read_ahead],
        compression: Compression::ALL[compression],
        save_as: stepwell::plate::SaveAs::Tiff,
        ..spec(&sequential)
    };
    let names: Vec<&str> = sequential.iter().map(|component| component.name()).collect();
    let name = format!(
        "{plate_name} · {steps} · {} · {after_clear:?}, {intermediates:?} · {} threads, {} wells{} · {}",
        if names.is_empty() { "all at once".to_owned() } else { names.join(" + ") },
        spec.threads,
        spec.wells_at_once,
        if spec.read_ahead { ", ahead" } else { "" },
        spec.compression.name()
    );
    let alone = support::plan(plate, &RunSpec { read_ahead: false, ..spec.clone() });
    let without_reading_ahead_bytes = alone.forecast.above_resting_bytes();
    Planned { name, plan: support::plan(plate, &spec), without_reading_ahead_bytes }
}

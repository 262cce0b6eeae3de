//! Forecast against outcome: plans of many kinds, each in a fresh worker that is watched from outside.
//! `cargo test --test forecast_sweep -- --nocapture` prints the table.

#![allow(clippy::print_stdout)] // the table

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use stepwell::cancel::Cancel;
use stepwell::demo::{self, DemoSpec};
use stepwell::engine::{measure, run_in_worker};
use stepwell::events::{Outcome, RunSummary};
use stepwell::image::{Compression, ImageFormat, ImageRef, PixelType, write_tiff};
use stepwell::pipeline::steps::{FlatField, GivenLight, ZProjection};
use stepwell::pipeline::{KeepImages, PipelineSpec, PipelineStep, Step};
use stepwell::plan::{AfterClear, Intermediates, Mode, Plan, RunSpec};
use stepwell::plate::{Component, ImageKey, Plate, PlateLayout};
use stepwell::quantity::bytes_text;

use support::{full_well, open, program, request, spec, write_plate};

const CHANNEL: &[Component] = &[Component::Channel];
const CHANNEL_AND_TIMEPOINT: &[Component] = &[Component::Channel, Component::Timepoint];
const EVERY_FREE: &[Component] = &[Component::Timepoint, Component::Channel, Component::Site];

/// What varies beside plate and pipeline.
#[derive(Clone, Copy)]
struct How {
    name: &'static str,
    sequential: &'static [Component],
    after_clear: AfterClear,
    intermediates: Intermediates,
    threads: usize,
    wells_at_once: usize,
    read_ahead: bool,
    compression: Compression,
}

const PLAIN: How = How {
    name: "",
    sequential: &[],
    after_clear: AfterClear::Return,
    intermediates: Intermediates::Free,
    threads: 2,
    wells_at_once: 1,
    read_ahead: false,
    compression: Compression::None,
};

/// Every setting at least once by itself, and those together that work on each other.
fn ways() -> Vec<How> {
    let keep = How { after_clear: AfterClear::Keep, ..PLAIN };
    let hold = How { intermediates: Intermediates::Hold, ..PLAIN };
    vec![
        How { name: "all at once", ..PLAIN },
        How { name: "all at once, 1 thread", threads: 1, ..PLAIN },
        How { name: "all at once, 8 threads", threads: 8, ..PLAIN },
        How { name: "all at once, held", ..hold },
        How { name: "two wells at once", wells_at_once: 2, ..PLAIN },
        How { name: "channel, LZW kept", sequential: CHANNEL, compression: Compression::Lzw, ..PLAIN },
        How { name: "deflate kept, 8 threads", threads: 8, compression: Compression::Deflate, ..PLAIN },
        How {
            name: "all free, zstd kept, 4 threads",
            sequential: EVERY_FREE,
            threads: 4,
            compression: Compression::Zstd,
            ..PLAIN
        },
        How { name: "channel", sequential: CHANNEL, ..PLAIN },
        How { name: "channel, kept", sequential: CHANNEL, ..keep },
        How { name: "channel, ahead", sequential: CHANNEL, read_ahead: true, ..PLAIN },
        How {
            name: "channel, kept, ahead, 4 threads",
            sequential: CHANNEL,
            read_ahead: true,
            threads: 4,
            ..keep
        },
        How { name: "channel, two wells, held", sequential: CHANNEL, wells_at_once: 2, ..hold },
        How { name: "channel + timepoint", sequential: CHANNEL_AND_TIMEPOINT, ..PLAIN },
        How {
            name: "all free, ahead, two wells",
            sequential: EVERY_FREE,
            read_ahead: true,
            wells_at_once: 2,
            ..PLAIN
        },
    ]
}

/// A pipeline as a user would write it into a file.
fn pipeline(name: &'static str, text: &str) -> (&'static str, PipelineSpec) {
    (name, ron::from_str(text).expect("a pipeline"))
}

fn pipelines() -> Vec<(&'static str, PipelineSpec)> {
    let normalize =
        "(step: PercentileNormalize((low_percentile: 1.0, high_percentile: 99.0)), keep_images: false)";
    let project = |method: &str| format!("(step: ZProjection((method: {method})), keep_images: true)");
    vec![
        ("study", PipelineSpec::default()),
        ("study, all kept", PipelineSpec::default().keeping(KeepImages::All)),
        pipeline("normalise only", &format!("(steps: [{normalize}])")),
        pipeline(
            "smooth, then maximum",
            &format!(
                "(steps: [(step: GaussianSmoothing((sigma: Pixels(1.5))), keep_images: true), {}])",
                project("Maximum")
            ),
        ),
        pipeline(
            "maximum, nuclei",
            &format!(
                "(steps: [{}, (step: NucleiCount((level: Otsu, smallest_area_px: 30, split: true, \
                 min_distance_px: 10)), keep_images: true)])",
                project("Maximum")
            ),
        ),
        pipeline(
            "nuclei, mask",
            "(steps: [(step: NucleiCount((level: Fixed(900.0), smallest_area_px: 4, split: false, \
             min_distance_px: 10)), keep_images: false), \
             (step: Threshold((level: Otsu)), keep_images: true)])",
        ),
        pipeline(
            "crop, median, maximum, bin",
            &format!(
                "(steps: [(step: Crop((x: 10, y: 0, width: 300, height: 10000)), keep_images: false), \
                 (step: MedianFilter((radius_px: 1)), keep_images: true), {}, \
                 (step: Bin((factor: 3, method: Sum)), keep_images: true)])",
                project("Maximum")
            ),
        ),
        pipeline(
            "maximum, then composite",
            &format!(
                "(steps: [{}, (step: ColourComposite((limits: Percentiles(low: 1.0, high: 99.5))), keep_images: true)])",
                project("Maximum")
            ),
        ),
        pipeline(
            "composite",
            "(steps: [(step: ColourComposite((limits: Percentiles(low: 1.0, high: 99.5))), keep_images: true)])",
        ),
        pipeline("mean, then normalise", &format!("(steps: [{}, {normalize}])", project("Mean"))),
        pipeline(
            "normalise, sum, maximum",
            &format!("(steps: [{normalize}, {}, {}])", project("Sum"), project("Maximum")),
        ),
    ]
}

/// Plates with what makes forecasts hard: wells that differ, missing images, sizes that differ, large
/// images on huge pages, compressed files, floats.
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
    for well in ["A01", "A02"] {
        write_plate(&regular, &in_well(well, full_well(3, 3, 3, 2)), 512, 400);
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
            write_plate(&ragged, &keys, 300 * channel, 333);
        }
    }
    let large = at("large");
    for well in ["A01", "A02"] {
        write_plate(&large, &in_well(well, full_well(1, 2, 3, 2)), 2048, 1024);
    }
    let made = |name: &'static str, spec: DemoSpec| {
        let layout = PlateLayout { wells: 2, channels: 3, sites: 2, timepoints: 2, ..spec.layout };
        demo::write(DemoSpec { layout, ..spec }, &folder.join(name), &Cancel::new(), &|_, _| ())
            .expect("writable")
    };
    let deflate = PlateLayout { width: 512, height: 512, ..PlateLayout::default() };
    let deflate = DemoSpec { compression: Compression::Deflate, ..deflate.into() };
    let float = PlateLayout { width: 400, height: 300, pixel: PixelType::F32, ..PlateLayout::default() };
    vec![
        ("regular", regular),
        ("ragged", ragged),
        ("large images", large),
        ("deflate", made("deflate", deflate)),
        ("floats, LZW", made("float", DemoSpec { compression: Compression::Lzw, ..float.into() })),
    ]
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
        made.push((name, PipelineSpec { steps: steps.into() }));
    }
    made
}

/// One plan of the sweep.
struct Planned {
    name: String,
    plan: Plan,
    /// What the same plan needs on top of rest where nothing is read ahead: how much of the next
    /// combination is in memory when that is fullest is a race between reading and steps.
    without_reading_ahead_bytes: u64,
}

/// The plans of the sweep: each way on one pair of plate and pipeline, which take turns so that all
/// pairs come; the plain ways on all.
fn plans(folder: &Path) -> Vec<Planned> {
    let (ways, mut pipelines, plates) = (ways(), pipelines(), plates(folder));
    let others = pipelines.len();
    pipelines.extend(with_light(folder));
    let plates: Vec<(&str, Plate)> = plates.iter().map(|(name, path)| (*name, open(path))).collect();
    let mut chosen = BTreeSet::new();
    for way in 0..ways.len() {
        for turn in 0..3 {
            chosen.insert((way, (way + 2 * turn) % plates.len(), (way * 2 + turn) % others));
        }
    }
    // Whole wells that are read ahead while composites are made.
    if let Some(composite) = pipelines.iter().position(|(name, _)| *name == "composite") {
        chosen.extend([(10, 0, composite), (10, 2, composite)]);
    }
    // Flat images fit plates of their size.
    chosen.extend([(0, 0, others), (10, 0, others), (8, 2, others + 1), (13, 2, others + 1)]);
    let plan = |(way, plate, pipeline): (usize, usize, usize)| {
        let How {
            sequential,
            after_clear,
            intermediates,
            threads,
            wells_at_once,
            read_ahead,
            compression,
            name,
        } = ways[way];
        let ((plate_name, plate), (steps, pipeline)) = (&plates[plate], &pipelines[pipeline]);
        // What a step needs whole is left out of the choice.
        let is_free = |component: &&Component| pipeline.assembler_of(**component).is_none();
        let sequential: Vec<Component> = sequential.iter().filter(is_free).copied().collect();
        let mode = if sequential.is_empty() { Mode::Bulk } else { Mode::Sequential };
        let pipeline = pipeline.clone();
        let spec = RunSpec {
            mode,
            pipeline,
            after_clear,
            intermediates,
            threads,
            wells_at_once,
            read_ahead,
            compression,
            ..spec(&sequential)
        };
        let name = format!("{plate_name} · {steps} · {name}");
        let alone = support::plan(plate, &RunSpec { read_ahead: false, ..spec.clone() });
        let without_reading_ahead_bytes = alone.forecast.above_resting_bytes();
        Planned { name, plan: support::plan(plate, &spec), without_reading_ahead_bytes }
    };
    chosen.into_iter().map(plan).collect()
}

/// The most resident memory of the worker that this process has started, seen from here until all is
/// over; `None` where the system does not show it.
fn watch(is_over: &AtomicBool) -> Option<u64> {
    let of = |pid: &str, field: &str| -> Option<String> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(field))?;
        Some(line.split_whitespace().next()?.to_owned())
    };
    // Until it has become the worker, a process that is started is a copy of this one.
    let program = program().canonicalize().ok();
    let is_worker = |pid: &str| std::fs::read_link(format!("/proc/{pid}/exe")).ok() == program;
    let own = std::process::id().to_string();
    let mut worker: Option<String> = None;
    let mut most = None;
    while !is_over.load(Ordering::Relaxed) {
        if let Some(pid) = &worker {
            let kilobytes: Option<u64> = of(pid, "VmRSS:").and_then(|text| text.parse().ok());
            most = most.max(kilobytes.map(|kilobytes| kilobytes * 1024));
        } else {
            let processes = std::fs::read_dir("/proc").ok()?.flatten();
            worker = processes
                .filter_map(|entry| entry.file_name().into_string().ok())
                .filter(|pid| pid.parse::<u32>().is_ok() && of(pid, "PPid:").as_ref() == Some(&own))
                .find(|pid| is_worker(pid));
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    most
}

fn watched_run(plan: Plan, folder: PathBuf) -> (RunSummary, Option<u64>) {
    let request = request(plan, folder);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let outside = scope.spawn(|| watch(&is_over));
        let record = run_in_worker(&program(), &request, &|_| (), &Cancel::new());
        is_over.store(true, Ordering::Relaxed);
        assert_eq!(record.outcome, Outcome::Completed, "{:?}", record.why);
        (record.summary, outside.join().expect("no panic"))
    })
}

#[test]
fn no_run_needs_more_than_was_forecast() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    let plans = plans(folder.path());
    assert!(plans.len() >= 30, "{}", plans.len());
    println!("| plan | counted: forecast | peak | RSS: forecast | peak | from outside |");
    println!("|---|---|---|---|---|---|");
    let mut wrong = Vec::new();
    for (number, planned) in plans.into_iter().enumerate() {
        let Planned { name, plan, without_reading_ahead_bytes } = planned;
        let trial = measure(&program(), &plan.without_work(), None, None, &Cancel::new());
        let rest = trial.resting_rss_bytes;
        let forecast = plan.forecast.with_resting(rest);
        let threads = plan.spec.threads;
        let (summary, outside) = watched_run(plan, results.path().join(number.to_string()));
        let text = |bytes: Option<u64>| bytes.map_or("unknown".to_owned(), bytes_text);
        println!(
            "| {name} | {} | {} | {} | {} | {} |",
            bytes_text(forecast.counted_bytes),
            bytes_text(summary.peak_counted_bytes),
            text(forecast.rss_bytes),
            text(summary.peak_rss_bytes),
            text(outside)
        );
        let counted = summary.peak_counted_bytes;
        // The record holds what was forecast before the run.
        assert_eq!(summary.forecast_counted_bytes, forecast.counted_bytes, "{name}");
        if counted > forecast.counted_bytes || counted * 100 < forecast.counted_bytes * 95 {
            wrong.push(format!("{name}: counted {counted} against {}", forecast.counted_bytes));
        }
        if summary.peak_scratch_bytes > forecast.scratch_bytes {
            wrong.push(format!(
                "{name}: scratch {} against {}",
                summary.peak_scratch_bytes, forecast.scratch_bytes
            ));
        }
        if cfg!(target_os = "linux") {
            assert!(outside.is_some() && rest.is_some(), "{name}: nothing was seen of the worker");
        }
        // A bound that is far from the truth is of no use: of what comes on top of rest, most is needed.
        // (Of small plans scratch is the larger part, which threads need not fill at once.)
        if let (Some(peak), Some(rest), 1..=2) = (outside, rest, threads) {
            let (taken, allowed) = (peak.saturating_sub(rest), without_reading_ahead_bytes);
            if allowed > 25_000_000 && taken * 10 < allowed * 7 {
                wrong.push(format!("{name}: took {taken} of {allowed}"));
            }
        }
        for forecast in [forecast.rss_bytes, summary.forecast_rss_bytes].into_iter().flatten() {
            let most = forecast + forecast * 3 / 100 + 4_000_000;
            for (who, peak) in [("its record", summary.peak_rss_bytes), ("outside", outside)] {
                if peak.is_some_and(|peak| peak > most) {
                    wrong.push(format!("{name}: {peak:?} by {who} against {forecast}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

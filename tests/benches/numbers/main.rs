//! The numbers of this machine as a Markdown table: `cargo bench --bench numbers -- [options]`.
//!
//! Each row has an aim and says whether it is reached. Sides of a ratio alternate, and medians count,
//! because machines are shared; memory is absolute. Runs are real runs of the program, their workers
//! watched from outside of their process. Linux only.

#![allow(clippy::print_stdout, clippy::print_stderr)] // the table goes to the one, what is done to the other

mod courses;
mod million;
mod plates;
mod preload;
mod program;
mod steps;
mod window;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use clap::Parser;
use stepwell::compare::Spread;
use stepwell::image::Compression;
use stepwell::machine::Machine;
use stepwell::plate::PlateLayout;
use stepwell::quantity::{bytes_text, count_text, secs_text};

use plates::{Plates, files};
use program::{Run, run};
use window::{Frames, Window};

/// Measures this machine and prints a Markdown table.
#[derive(Parser)]
#[command(name = "cargo bench --bench numbers --")]
struct Options {
    /// Folder for the plates, which stay; without it they go to the temporary folder and go again.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// How often each side of a ratio is measured.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Threads [default: one for each processor].
    #[arg(long)]
    threads: Option<usize>,
    /// Rows to measure: preload, run, study, clear, large, scan, steps, window, courses, million [default: all but the last, which
    /// takes many minutes].
    #[arg(long, value_delimiter = ',')]
    rows: Vec<String>,
    /// Channels of the large plate (the study's: 10 x 100 x 9 x 3 of 1000x500, 27 GB).
    #[arg(long, default_value_t = 4)]
    channels: u32,
    /// Timepoints of the large plate.
    #[arg(long, default_value_t = 10)]
    timepoints: u32,
    /// Sites of the large plate.
    #[arg(long, default_value_t = 9)]
    sites: u32,
    /// Planes of the large plate.
    #[arg(long, default_value_t = 3)]
    planes: u32,
    /// Image size of the large plate.
    #[arg(long, default_value = "1000x500")]
    size: String,
    /// What cargo adds to each benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A line of the table.
struct Row {
    what: String,
    aim: String,
    measured: String,
    /// Whether the aim is reached; `None` where there is none.
    reached: Option<bool>,
}

fn row(what: impl Into<String>, aim: &str, measured: String, reached: impl Into<Option<bool>>) -> Row {
    Row { what: what.into(), aim: aim.to_owned(), measured, reached: reached.into() }
}

fn main() {
    let options = Options::parse();
    if !cfg!(target_os = "linux") {
        eprintln!("The numbers are read from /proc, which only Linux has.");
        return;
    }
    let machine = Machine::read();
    let bench = Bench {
        plates: Plates::new(options.dir.as_deref()),
        threads: options.threads.unwrap_or(machine.cores),
        options,
    };
    let parts: [(&str, Part); 10] = [
        ("preload", Bench::preload),
        ("run", Bench::runs),
        ("study", Bench::end_to_end),
        ("clear", Bench::clears),
        ("large", Bench::large),
        ("scan", Bench::scan),
        ("steps", Bench::steps),
        ("window", Bench::window),
        ("courses", Bench::courses),
        ("million", Bench::million),
    ];
    println!(
        "{}, {} processors, {} of memory, Stepwell {}; {} threads, medians of {} rounds:\n",
        machine.system,
        machine.cores,
        machine.memory_bytes.map_or_else(|| "unknown".to_owned(), bytes_text),
        machine.stepwell,
        bench.threads,
        bench.options.rounds
    );
    println!("| what | aim | measured | reached |\n|---|---|---|---|");
    let is_wanted = |name: &str| match bench.options.rows.as_slice() {
        [] => name != "million",
        rows => rows.iter().any(|row| row == name),
    };
    for (_, part) in parts.iter().filter(|(name, _)| is_wanted(name)) {
        for Row { what, aim, measured, reached } in part(&bench) {
            let reached = reached.map_or("", |reached| if reached { "yes" } else { "no" });
            println!("| {what} | {aim} | {measured} | {reached} |");
        }
    }
}

/// Measures some rows.
type Part = fn(&Bench) -> Vec<Row>;

struct Bench {
    options: Options,
    plates: Plates,
    threads: usize,
}

fn median(numbers: &[f64]) -> f64 {
    Spread::of(numbers.iter().copied()).map_or(f64::NAN, |spread| spread.median)
}

fn ratio_text(ratios: &[f64]) -> String {
    let Some(Spread { median, least, most, .. }) = Spread::of(ratios.iter().copied()) else {
        return String::new();
    };
    format!("{median:.2} x ({least:.2} to {most:.2})")
}

fn bytes(number: f64) -> String {
    bytes_text(number.max(0.0) as u64)
}

impl Bench {
    /// Measures two sides, the order alternating.
    fn pairs(&self, mut one: impl FnMut() -> f64, mut other: impl FnMut() -> f64) -> Vec<(f64, f64)> {
        let pair = |round: usize| {
            if round.is_multiple_of(2) {
                let first = one();
                (first, other())
            } else {
                let second = other();
                (one(), second)
            }
        };
        (0..self.options.rounds.max(1)).map(pair).collect()
    }

    /// A run that keeps no images.
    fn run(&self, plate: &Path, arguments: &[&str]) -> Run {
        self.run_keeping("none", plate, arguments)
    }

    fn run_keeping(&self, images: &str, plate: &Path, arguments: &[&str]) -> Run {
        let threads = self.threads.to_string();
        let always = ["--keep-images", images, "--threads", &threads];
        let run = run(plate, &self.plates.results(), &[arguments, &always].concat());
        assert!(run.exit == 0 || run.exit == 4, "{plate:?} {arguments:?}: exit code {}", run.exit);
        run
    }

    /// Preload against plain reading, and decoding against tifffile.
    fn preload(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        let plate = self.plates.of_540(Compression::None);
        let files = files(&plate);
        let large = PlateLayout { channels: 2, sites: 9, planes: 3, ..PlateLayout::default() };
        let large = self.plates.write("large-images", PlateLayout { width: 2048, height: 2048, ..large });
        let large_files = plates::files(&large);
        let kinds: [(&str, &Path, &[PathBuf], &str, bool); 3] = [
            ("540 images of 1 MB", &plate, &files, "free", false),
            ("the same, held until the clear (huge pages)", &plate, &files, "hold", true),
            ("54 images of 2048 x 2048 (8 MiB; huge pages of their own)", &large, &large_files, "free", true),
        ];
        for (what, plate, files, intermediates, huge_pages) in kinds {
            eprintln!("preload: {what}");
            let arguments = ["--mode", "bulk", "--intermediates", intermediates];
            let pixels = self.run(plate, &arguments).of_events("Preloaded", "bytes").iter().sum::<f64>();
            let pairs = self.pairs(
                || self.run(plate, &arguments).number("preload_secs"),
                || preload::plain_read(files, self.threads, huge_pages),
            );
            let ratios: Vec<f64> = pairs.iter().map(|(ours, plain)| plain / ours).collect();
            let ours = pixels / median(&pairs.iter().map(|pair| pair.0).collect::<Vec<_>>()) / 1e9;
            rows.push(row(
                format!("preload, uncompressed: {what}"),
                "0.8 x plain `read` into mapped memory",
                format!("{}; {ours:.1} GB/s", ratio_text(&ratios)),
                median(&ratios) >= 0.8,
            ));
        }
        for (compression, aim) in
            [(Compression::Deflate, 1.2), (Compression::Lzw, 0.9), (Compression::Zstd, 1.2)]
        {
            eprintln!("preload: {}", compression.name());
            let plate = self.plates.of_540(compression);
            let has_python = preload::tifffile(&plate, self.threads).is_some();
            let python = || if has_python { preload::tifffile(&plate, self.threads) } else { None };
            let pairs = self.pairs(
                || self.run(&plate, &["--mode", "bulk"]).number("preload_secs"),
                || python().unwrap_or(f64::NAN),
            );
            let ours = 0.54 / median(&pairs.iter().map(|pair| pair.0).collect::<Vec<_>>());
            let ratios: Vec<f64> = pairs.iter().map(|(ours, theirs)| theirs / ours).collect();
            let (text, reached) = if has_python {
                (format!("{}; {ours:.2} GB/s of pixels", ratio_text(&ratios)), Some(median(&ratios) >= aim))
            } else {
                (format!("{ours:.2} GB/s of pixels; no python3 with tifffile here"), None)
            };
            let what = format!("preload, {}: 540 images of 1 MB", compression.name());
            rows.push(row(what, &format!("{aim} x tifffile + imagecodecs"), text, reached));
        }
        rows
    }

    /// Whole runs: time of one way against the other, peaks against their forecasts.
    fn runs(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        let plate = self.plates.of_540(Compression::None);
        let ways: [(&str, &[&str]); 3] = [
            ("all at once", &["--mode", "bulk"]),
            ("by channel", &["--mode", "sequential", "--sequential", "channel"]),
            ("by channel and timepoint", &["--mode", "sequential", "--sequential", "channel,timepoint"]),
        ];
        for (place, (name, way)) in ways.into_iter().enumerate() {
            eprintln!("run: {name}");
            let one = self.run(&plate, way);
            let peak = one.number("peak_rss_bytes").max(one.outside.peak_bytes as f64);
            let forecast = one.number("forecast_rss_bytes");
            let counted = 100.0 * one.number("peak_counted_bytes") / one.number("forecast_counted_bytes");
            rows.push(row(
                format!("540 images of 1 MB {name}: peak"),
                "at most forecast + 3 % + 4 MB; counted 95 to 100 % of its forecast",
                format!("{} (forecast {}); counted {counted:.1} %", bytes(peak), bytes(forecast)),
                peak <= forecast * 1.03 + 4e6 && (95.0..=100.0).contains(&counted),
            ));
            if place == 0 {
                continue;
            }
            let wall = |way: &[&str]| self.run(&plate, way).number("wall_secs");
            let pairs = self.pairs(|| wall(way), || wall(ways[0].1));
            let ratios: Vec<f64> = pairs.iter().map(|(sequential, bulk)| sequential / bulk).collect();
            let secs = median(&pairs.iter().map(|pair| pair.0).collect::<Vec<_>>());
            rows.push(row(
                format!("the same {name}: time against all at once"),
                "at most 1.05 x",
                format!("{}; {}", ratio_text(&ratios), secs_text(secs)),
                median(&ratios) <= 1.05,
            ));
        }
        rows
    }

    /// The study's pipeline from files to files, against plainly reading the same files and writing the same bytes.
    fn end_to_end(&self) -> Vec<Row> {
        eprintln!("end to end");
        let plate = self.plates.of_540(Compression::None);
        let files = files(&plate);
        let mut written = 0.0;
        let mut shares = Vec::new();
        let ours = || {
            let run = self.run_keeping("last", &plate, &["--mode", "bulk"]);
            written = run.of_events("Saved", "bytes").iter().sum();
            let of = |kind: &str| run.of_events(kind, "secs").iter().sum::<f64>();
            shares.push([run.number("preload_secs"), of("StepDone"), of("Saved")]);
            std::fs::remove_dir_all(self.plates.results()).ok();
            run.number("wall_secs")
        };
        let results = self.plates.results().with_file_name("plain");
        // Of all at once, what is read also stays in memory that the system has to provide.
        let held = RefCell::new(Vec::new());
        let plain = || {
            let written = preload::plain_write(&results, files.len() / 3, 1_000_000, self.threads);
            held.borrow_mut().push(written + preload::plain_read(&files, self.threads, false));
            written + preload::plain_read_through(&files, self.threads)
        };
        let pairs = self.pairs(ours, plain);
        let held = held.into_inner();
        let ratios: Vec<f64> = pairs.iter().map(|(ours, plain)| ours / plain).collect();
        let of_held: Vec<f64> = pairs.iter().zip(&held).map(|((ours, _), held)| ours / held).collect();
        let of = |nth: usize| median(&shares.iter().map(|shares| shares[nth]).collect::<Vec<_>>());
        let secs = median(&pairs.iter().map(|pair| pair.0).collect::<Vec<_>>());
        vec![row(
            "540 images of 1 MB, percentiles and z maximum, results written: the run",
            "at most 2.5 x plain reading and writing",
            format!(
                "{}, {} where the plain reader holds all; {}: reading {}, steps {}, writing {} {}",
                ratio_text(&ratios),
                ratio_text(&of_held),
                secs_text(secs),
                secs_text(of(0)),
                secs_text(of(1)),
                bytes(written),
                secs_text(of(2))
            ),
            median(&ratios) <= 2.5,
        )]
    }

    /// 27,000 tiny images in 1,000 combinations.
    fn tiny_plate(&self) -> PathBuf {
        let spec =
            PlateLayout { channels: 10, timepoints: 100, sites: 9, planes: 3, ..PlateLayout::default() };
        self.plates.write("tiny", PlateLayout { width: 64, height: 64, ..spec })
    }

    /// What is left after each of 1,000 clears.
    fn clears(&self) -> Vec<Row> {
        eprintln!("clear: 1,000 combinations");
        let plate = self.tiny_plate();
        let run = self.run(&plate, &["--mode", "sequential", "--sequential", "channel,timepoint"]);
        let rest = run.number("baseline_rss_bytes");
        let after = run.of_events("Cleared", "rss_after");
        let worst = after.iter().copied().fold(0.0, f64::max) - rest;
        let anonymous = run.of_events("Cleared", "anonymous_after");
        let slope = slope(&anonymous) * 1000.0;
        let bulk = self.run(&plate, &["--mode", "bulk"]);
        vec![
            row(
                "27,000 images of 64 x 64, 1,000 combinations: most RSS after a clear, by the worker's record",
                "resting + 1 % of the combination + 2 MB",
                format!("resting ({}) + {}", bytes(rest), bytes(worst)),
                worst <= 0.01 * 27.0 * 8192.0 + 2e6,
            ),
            row(
                "the same: slope of anonymous memory after each clear",
                "does not grow (less than 200 kB)",
                format!("{:+.0} kB over 1,000 combinations", slope / 1e3),
                slope < 200e3,
            ),
            row(
                "resting RSS of the worker, with the plan of 27,000 images",
                "under 12 MB",
                format!(
                    "{} one at a time, {} all at once",
                    bytes(rest),
                    bytes(bulk.number("baseline_rss_bytes"))
                ),
                rest.max(bulk.number("baseline_rss_bytes")) < 12e6,
            ),
        ]
    }

    /// The study's case, at a size that fits the disk.
    fn large(&self) -> Vec<Row> {
        let Options { channels, timepoints, sites, planes, .. } = self.options;
        let size =
            self.options.size.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
        let (width, height) = size.expect("a size such as 1000x500");
        let spec =
            PlateLayout { channels, timepoints, sites, planes, width, height, ..PlateLayout::default() };
        let what = format!("{} images of {width} x {height}", count_text(spec.image_count() as usize));
        eprintln!("large: {what}");
        let plate = self.plates.write("large", spec);
        let run = self.run(&plate, &["--mode", "sequential", "--sequential", "channel,timepoint"]);
        let peaks = run.of_events("Cleared", "rss_peak");
        let tenth = (peaks.len() / 10).max(1);
        let (first, last) = (median(&peaks[..tenth]), median(&peaks[peaks.len() - tenth..]));
        let rest = run.number("baseline_rss_bytes");
        let left = run.of_events("Cleared", "rss_after").into_iter().fold(0.0, f64::max) - rest;
        let budget = (spec.bytes() / 2).to_string();
        let refused = self.run(&plate, &["--mode", "bulk", "--budget", &budget]);
        let plan = program::json(&["plan", &plate.to_string_lossy(), "--json"]);
        let samples = run.events.iter().filter(|event| event["event"] == "Sample").count() as f64;
        let rate = samples / run.number("wall_secs");
        let share = 100.0 * run.outside.sampler_secs / run.outside.watched_secs;
        let empty = 100.0 * program::share_of_waking();
        vec![
            row(
                format!("{what}, by channel and timepoint: whole worker, from outside"),
                "under 64 MB; level",
                format!(
                    "{} with {} images at once; first tenth {}, last tenth {}; {}",
                    bytes(run.outside.peak_bytes as f64),
                    run.number("images_at_once"),
                    bytes(first),
                    bytes(last),
                    secs_text(run.number("wall_secs"))
                ),
                // A peak below the pixels that were held would be that of another process.
                run.outside.peak_bytes < 64_000_000
                    && run.outside.peak_bytes as f64 >= run.number("peak_counted_bytes")
                    && last <= first + 1e6,
            ),
            row(
                "the same: most RSS after a clear, by the worker's record",
                "resting + 1 % of the combination + 2 MB",
                format!("resting ({}) + {}", bytes(rest), bytes(left)),
                left <= 0.01 * run.number("peak_counted_bytes") + 2e6,
            ),
            row(
                "the same all at once, with a budget of half its pixels",
                "refused before anything is read",
                format!(
                    "exit code {}; forecast {}",
                    refused.exit,
                    bytes(plan["choices"][0]["peak_rss_bytes"].as_f64().unwrap_or(f64::NAN))
                ),
                refused.exit == 4 && refused.of_events("Preloaded", "images").is_empty(),
            ),
            row(
                "memory probe",
                "100 Hz or more while memory moves; under 0.2 % of a core beside waking up",
                format!(
                    "{rate:.0} samples a second, those of the phases included; {share:.2} % of a core, where waking up as often alone takes {empty:.2}"
                ),
                rate >= 100.0 && share - empty < 0.2,
            ),
        ]
    }

    /// Finding 27,000 files.
    fn scan(&self) -> Vec<Row> {
        eprintln!("scan");
        let plate = self.tiny_plate();
        let path = plate.to_string_lossy();
        let time = |command: &mut Command| {
            let began = Instant::now();
            command.output().expect("it starts");
            began.elapsed().as_secs_f64()
        };
        let mut ours = || time(Command::new(env!("CARGO_BIN_EXE_stepwell")).args(["scan", &path, "--json"]));
        let mut find = || time(Command::new("find").args([&path, "-printf", "%p %s\\n"]));
        let pairs = self.pairs(&mut ours, &mut find);
        let ratios: Vec<f64> = pairs.iter().map(|(ours, find)| ours / find).collect();
        let secs = median(&pairs.iter().map(|pair| pair.0).collect::<Vec<_>>());
        vec![row(
            "scan of 27,000 files",
            "under 3 x `find -printf '%p %s'`",
            format!("{}; {}", ratio_text(&ratios), secs_text(secs)),
            median(&ratios) < 3.0,
        )]
    }
}

impl Bench {
    /// Frames of the window on 27,000 images and on 1,536 wells.
    fn window(&self) -> Vec<Row> {
        eprintln!("window");
        let of = |what: &str, frames: &Frames| {
            let (textures, thumbnails) = (frames.texture_bytes, frames.thumbnail_bytes);
            row(
                what,
                "median frame under 4 ms; textures and thumbnails within their bounds",
                format!(
                    "median {:.1} ms, worst {:.1} ms of {} frames; {} images read; textures {} of {}, thumbnails {} of {}",
                    median(&frames.ms),
                    frames.worst_ms(),
                    count_text(frames.ms.len()),
                    count_text(frames.read),
                    bytes(textures.0 as f64),
                    bytes(textures.1 as f64),
                    bytes(thumbnails.0 as f64),
                    bytes(thumbnails.1 as f64)
                ),
                median(&frames.ms) < 4.0 && frames.are_bounded(),
            )
        };
        let grid = Window::open(&self.tiny_plate()).scroll(900);
        let spec = PlateLayout { wells: 1536, channels: 1, sites: 1, planes: 1, ..PlateLayout::default() };
        let wells = self.plates.write("wells", PlateLayout { width: 64, height: 64, ..spec });
        let plate = Window::open(&wells).overview(600);
        vec![
            of("window: scrolling through 27,000 images (64 x 64) in the grid", &grid),
            of("window: the whole plate, 1,536 wells, from the first picture on", &plate),
        ]
    }
}

/// Of a least-squares line through numbers at 0, 1, 2 …, the first tenth left out: by then all that
/// is touched once has been.
fn slope(numbers: &[f64]) -> f64 {
    let numbers = &numbers[numbers.len() / 10..];
    let count = numbers.len() as f64;
    let middle = (count - 1.0) / 2.0;
    let mean = numbers.iter().sum::<f64>() / count;
    let points = || numbers.iter().enumerate().map(|(x, y)| (x as f64 - middle, y - mean));
    points().map(|(x, y)| x * y).sum::<f64>() / points().map(|(x, _)| x * x).sum::<f64>()
}

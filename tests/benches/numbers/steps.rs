//! Whole steps side by side with OpenCV, SciPy and scikit-image on the same images and as many threads.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use rayon::prelude::*;
use stepwell::cancel::Cancel;
use stepwell::compare::Spread;
use stepwell::image::{ImageFormat, ImageRef, PixelType};
use stepwell::memory::{Store, StoredImage};
use stepwell::paging::{AfterClear, Intermediates};
use stepwell::pipeline::{
    GroupImages, Held, NoPlate, OwnImage, PlacedKey, ResolvedPipeline, Scratch, Step, StepError, apply,
};
use stepwell::plate::ImageKey;

use crate::{Bench, Row, median, row};

const IMAGES: usize = 54;
const SIDE: usize = 1024;
/// The images of a group, where a step takes several.
const SITES: usize = 9;

/// A step as pipeline files have it, with the images of its group, and what others call it.
struct Rival {
    what: &'static str,
    step: &'static str,
    group: usize,
    /// The name in `steps_peers.py`; which libraries have it, it knows.
    peer: &'static str,
}

const fn rival(what: &'static str, step: &'static str, group: usize, peer: &'static str) -> Rival {
    Rival { what, step, group, peer }
}

const RIVALS: [Rival; 17] = [
    rival("median 3 x 3", "MedianFilter((radius_px: 1))", 1, "median 1"),
    rival("median 5 x 5", "MedianFilter((radius_px: 2))", 1, "median 2"),
    rival("median 11 x 11", "MedianFilter((radius_px: 5))", 1, "median 5"),
    rival("median 51 x 51", "MedianFilter((radius_px: 25))", 1, "median 25"),
    rival("Gaussian sigma 1", "GaussianSmoothing((sigma: Pixels(1.0)))", 1, "gaussian 1"),
    rival("Gaussian sigma 10", "GaussianSmoothing((sigma: Pixels(10.0)))", 1, "gaussian 10"),
    rival("flat field of 9 sites", "FlatField((sigma_px: 50.0))", SITES, "flat_field 50"),
    rival("background subtraction, radius 25", "BackgroundSubtraction((radius_px: 25))", 1, "tophat 25"),
    rival("percentile normalisation", "PercentileNormalize(())", 1, "normalise 0"),
    rival("threshold by Otsu", "Threshold((level: Otsu))", 1, "otsu 0"),
    rival("nuclei count", "NucleiCount(())", 1, "nuclei 0"),
    rival("maximum of 9 planes", "ZProjection((method: Maximum))", SITES, "maximum 0"),
    rival("mean of 9 planes", "ZProjection((method: Mean))", SITES, "mean 0"),
    rival("sum of 9 planes", "ZProjection((method: Sum))", SITES, "sum 0"),
    rival("binning 2 x 2", "Bin(())", 1, "bin 0"),
    rival(
        "stitching of 9 sites",
        "Stitching((placement: Grid(columns: 3, overlap_percent: 10.0)))",
        SITES,
        "",
    ),
    rival("composite of 9 channels", "ColourComposite(())", SITES, ""),
];

/// Python with its libraries, which does what it is asked for line by line.
struct Peers {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Peers {
    /// `None` where there is no Python with NumPy.
    fn start(images: &Path, threads: usize) -> Option<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/benches/numbers/steps_peers.py");
        let mut child = Command::new("python3")
            .arg(script)
            .arg(images)
            .args([SIDE, threads].map(|number| number.to_string()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let (to, from) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
        let mut peers = Self { child, to, from };
        let is_ready = peers.line().is_some_and(|line| line == "ready");
        is_ready.then_some(peers)
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        self.from.read_line(&mut line).ok()?;
        Some(line.trim().to_owned()).filter(|line| !line.is_empty())
    }

    /// Bytes a second of each library that has the step.
    fn ask(&mut self, peer: &str) -> Vec<(String, f64)> {
        let answer = writeln!(self.to, "{peer}").ok().and_then(|()| self.line()).unwrap_or_default();
        let mut words = answer.split(' ');
        std::iter::from_fn(|| Some((words.next()?.to_owned(), words.next()?.parse().ok()?))).collect()
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Bright discs of many sizes on a noisy ground, which differ from image to image.
fn image(seed: u64) -> OwnImage {
    let mut state = seed;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let mut pixels: Vec<u16> = (0..SIDE * SIDE).map(|_| (200 + next() % 64 + next() % 64) as u16).collect();
    for _ in 0..200 {
        let (x, y, radius, light) = (next() % SIDE, next() % SIDE, 7 + next() % 8, 800 + next() % 3000);
        for (dy, dx) in (0..=2 * radius).flat_map(|dy| (0..=2 * radius).map(move |dx| (dy, dx))) {
            let is_inside = dy.abs_diff(radius).pow(2) + dx.abs_diff(radius).pow(2) <= radius * radius;
            if let Some(pixel) = pixels.get_mut((y + dy) * SIDE + x + dx).filter(|_| is_inside) {
                *pixel = pixel.saturating_add(light as u16 / 2);
            }
        }
    }
    let format = ImageFormat::grey(SIDE as u32, SIDE as u32, PixelType::U16);
    OwnImage::copy_of(ImageRef { format, bytes: bytemuck::cast_slice(&pixels) })
}

/// Seconds that a step takes for all images, which lie in the store as those of a run do. The memory of a result serves
/// the next, and images stay until all is done, as they do elsewhere.
fn seconds(step: &Step, group: usize, images: &[OwnImage], pool: &rayon::ThreadPool) -> f64 {
    let pipeline =
        ResolvedPipeline::of_steps([step.clone().fitted(&NoPlate)], &NoPlate).expect("no plate is needed");
    let step = &pipeline.steps()[0];
    let well = "A01".parse().expect("a well");
    let key = |nth: usize| {
        let nth = nth as u32 + 1;
        // Whichever of them the step assembles.
        PlacedKey::from(ImageKey::new(well, nth, nth, nth, 1))
    };
    let members: Vec<PlacedKey> = (0..group).map(key).collect();
    let formats: Vec<_> = members.iter().map(|member| (*member, images_format())).collect();
    let reserves = step.reserves(step.output_format(&formats).expect("one format"));
    let threads = pool.current_num_threads();
    let mut store = Store::new(AfterClear::Return, Intermediates::Free);
    let needed = images.iter().map(|_| images_format()).chain((0..threads).flat_map(|_| reserves));
    let room = store.begin(needed).expect("address space");
    let written = |format, pixels: Option<&OwnImage>| -> StoredImage {
        let mut image = room.allocate(format).expect("as much was asked for");
        match pixels {
            Some(pixels) => image.view_mut().bytes.copy_from_slice(pixels.view().bytes),
            None => image.view_mut().bytes.fill(0),
        }
        image
    };
    let stored =
        |images: &[OwnImage]| images.iter().map(|image| written(images_format(), Some(image))).collect();
    let groups: Vec<Mutex<Vec<StoredImage>>> = images.chunks(group).map(stored).map(Mutex::new).collect();
    let own = |_| Mutex::new((Scratch::default(), reserves.map(|format| written(format, None))));
    let scratch: Vec<_> = (0..threads).map(own).collect();
    let cancel = Cancel::new();
    let began = Instant::now();
    let work = || {
        // As many pieces of work as threads, which take one group after the other, as in a run.
        let next = AtomicUsize::new(0);
        scratch.par_iter().with_max_len(1).for_each(|scratch| {
            let (scratch, reserved) = &mut *scratch.lock().expect("no panic");
            while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
                let group = &mut *group.lock().expect("no panic");
                let images =
                    GroupImages { members: members.clone(), images: std::mem::take(group), reserves };
                let reserve = |_| -> Result<StoredImage, StepError> { unreachable!("it is there") };
                let applied = apply(step, images, reserved, reserve, scratch, &cancel).expect("the step");
                *group = applied.spent;
                if step.step().works_in_place() {
                    *group = applied.results;
                } else {
                    *reserved = applied.results.into_iter().next();
                }
            }
        });
    };
    pool.install(work);
    let secs = began.elapsed().as_secs_f64();
    drop((groups, scratch));
    store.clear(room).expect("all images are gone");
    secs
}

fn images_format() -> ImageFormat {
    ImageFormat::grey(SIDE as u32, SIDE as u32, PixelType::U16)
}

impl Bench {
    /// Each step on 54 images of 1024 x 1024 pixels of 16 bits.
    pub(crate) fn steps(&self) -> Vec<Row> {
        let images: Vec<OwnImage> = (1..=IMAGES as u64).map(image).collect();
        let file = self.plates.results().with_file_name("steps.raw");
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        let bytes: Vec<u8> = images.iter().flat_map(|image| image.view().bytes.to_vec()).collect();
        std::fs::write(&file, &bytes).expect("the images");
        let mut peers = Peers::start(&file, self.threads);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.threads).build().expect("threads");
        let mut rows = Vec::new();
        for Rival { what, step, group, peer } in &RIVALS {
            eprintln!("steps: {what}");
            let step: Step = ron::from_str(step).expect("a step");
            let mut ours = Vec::new();
            let mut others: Vec<(String, Vec<f64>)> = Vec::new();
            for _ in 0..self.options.rounds.max(1) {
                ours.push(bytes.len() as f64 / seconds(&step, *group, &images, &pool));
                let answers = peers.as_mut().filter(|_| !peer.is_empty()).map(|peers| peers.ask(peer));
                for (name, speed) in answers.unwrap_or_default() {
                    match others.iter_mut().find(|(other, _)| *other == name) {
                        Some((_, speeds)) => speeds.push(speed),
                        None => others.push((name, vec![speed])),
                    }
                }
            }
            rows.push(compared(what, &ours, &others));
        }
        std::fs::remove_file(file).ok();
        rows
    }
}

fn compared(what: &str, ours: &[f64], others: &[(String, Vec<f64>)]) -> Row {
    let mb = |speeds: &[f64]| format!("{:.0}", median(speeds) / 1e6);
    let own = Spread::of(ours.iter().copied()).map_or_else(String::new, |Spread { least, most, .. }| {
        format!("{} MB/s ({:.0} to {:.0})", mb(ours), least / 1e6, most / 1e6)
    });
    let listed: Vec<String> = others.iter().map(|(name, speeds)| format!("{name} {}", mb(speeds))).collect();
    let fastest = others.iter().map(|(_, speeds)| median(speeds)).fold(0.0, f64::max);
    let (measured, reached) = if others.is_empty() {
        (own, None)
    } else {
        (format!("{own}; {}", listed.join(", ")), Some(median(ours) >= fastest))
    };
    let aim = if others.is_empty() { "" } else { "the fastest of the others" };
    row(format!("{what}: 54 images of 1024 x 1024, 16 bits"), aim, measured, reached)
}

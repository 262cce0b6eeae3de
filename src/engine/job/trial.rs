//! What this machine can do, measured before a forecast: the memory of a worker at rest, and how fast
//! it takes a few of the plate's own images through the pipeline, in combinations of several sizes. Better than a trial
//! is what earlier runs have shown, which is kept beside their results.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::files::cached_share;
use super::results::plate_folder_name;
use crate::cancel::Cancel;
use crate::disk::{self, Destination};
use crate::engine::request::RunRequest;
use crate::engine::worker::run_in_worker;
use crate::events::{Event, EventKind, Outcome};
use crate::image::Compression;
use crate::limits;
use crate::machine::ProcessorTime;
use crate::own_files::{put_aside, readable};
use crate::pipeline::PipelineSpec;
use crate::plan::{Basis, CombinationPlan, Pace, Paces, PhaseSecs, Plan, Work};
use crate::plate::SaveAs;
use crate::record::RunRecord;

/// The most pixels that a trial reads, so that it is short; two images at least, however large.
const TRIAL_BYTES: u64 = 32_000_000;

/// The most memory that a trial is forecast to need, as much as a preview takes: two images of the largest camera,
/// with what the steps make of them.
const TRIAL_MEMORY_BYTES: u64 = 512_000_000;

/// The part of the budget that it may need: it is made before anything is refused, and the worker itself needs
/// some, too.
const TRIAL_SHARE: u64 = 4;

/// So long a trial goes on once it has taken a few combinations through, and at the longest once it has taken one; what it
/// has done until then counts.
const TRIAL_ENOUGH: Duration = Duration::from_millis(600);
const TRIAL_PATIENCE: Duration = Duration::from_secs(2);

/// This many combinations are a few: one of each size, and the first.
const TRIAL_FEW: usize = 6;

/// How often a trial is looked at.
const TRIAL_POLL: Duration = Duration::from_millis(20);

/// Name of the file of paces among the results of a plate.
const PACES_FILE: &str = "paces.ron";

/// This many paces are kept, and so many of the latest that fit are used.
const MOST_KEPT: usize = 60;
const MOST_USED: usize = 5;

/// What a trial has shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trial {
    /// Resting memory of a worker; `None` where the system does not tell.
    pub resting_rss_bytes: Option<u64>,
    /// How fast the machine is, from earlier runs of this plate, else from the trial.
    pub paces: Paces,
}

impl Trial {
    /// What forecasts rest on, on this machine and under a budget.
    pub fn basis(&self, budget_bytes: Option<u64>) -> Basis {
        let (resting_rss_bytes, paces) = (self.resting_rss_bytes, self.paces.clone());
        Basis { resting_rss_bytes, budget_bytes, paces, further_sets: 0 }
    }
}

/// Starts a worker on a few images of the plan and waits for its end, which takes some tenths of a
/// second. Without images in the plan only resting memory is measured. Runs of the same plate in the results folder
/// that found as much of its files in the page cache as there is now say how long it takes in all, and the trial what of it
/// is for each combination. The trial is small beside the budget, or there is none.
pub fn measure(
    program: &Path,
    plan: &Plan,
    results: Option<&Path>,
    budget_bytes: Option<u64>,
    cancel: &Cancel,
) -> Trial {
    let past = results.map(|results| Past::read(results, plan)).unwrap_or_default();
    let past = past.fitting(plan, cancel);
    let there = results.filter(|results| results.is_dir());
    let folder = match disk::temporary_folder(there) {
        Ok(folder) => folder,
        Err(error) => {
            log::warn!("nothing is known of this computer, as no trial can be made: {error}");
            return Trial::default();
        }
    };
    let request = RunRequest {
        plan: of_few(plan, budget_bytes),
        run: "trial".to_owned(),
        folder: folder.path().to_owned(),
        budget_bytes,
        cached_share: None,
        compared: None,
        merges: true,
        again: Vec::new(),
        conditions: None,
    };
    let stop = cancel.within();
    let cleared = &AtomicUsize::new(0);
    let before = ProcessorTime::now();
    let record = std::thread::scope(|scope| {
        let (done, is_done) = mpsc::channel::<()>();
        let stop = &stop;
        let end_soon = move || {
            let began = Instant::now();
            let goes_on = || is_done.recv_timeout(TRIAL_POLL) == Err(mpsc::RecvTimeoutError::Timeout);
            while goes_on() {
                // One combination at least, or nothing would be known of a slow disk.
                let (cleared, secs) = (cleared.load(Ordering::Relaxed), began.elapsed());
                if cleared >= TRIAL_FEW && secs >= TRIAL_ENOUGH || cleared >= 1 && secs >= TRIAL_PATIENCE {
                    stop.cancel();
                    break;
                }
            }
        };
        // Without it the trial goes on to its own end, which is soon enough.
        drop(std::thread::Builder::new().name("trial".to_owned()).spawn_scoped(scope, end_soon));
        let see = |event: Event| {
            if matches!(event.kind, EventKind::Cleared { .. }) {
                cleared.fetch_add(1, Ordering::Relaxed);
            }
        };
        let record = run_in_worker(program, &request, &see, stop);
        drop(done);
        record
    });
    if record.summary.baseline_rss_bytes.is_none() {
        let why = record.why.as_deref().unwrap_or("no reason is known");
        log::warn!("what a worker takes at rest is not known: {why}");
    }
    let others_share = before.and_then(ProcessorTime::others_since);
    let shown = record.clone().with_lists().ok().and_then(|record| pace_of(&request.plan, &record));
    let of_runs: Vec<Pace> = past.iter().filter_map(|run| run.pace(shown)).collect();
    let paces = match shown {
        _ if !of_runs.is_empty() => Paces::Runs(of_runs),
        Some(pace) => Paces::Trial { pace, others_share },
        None => Paces::Unknown,
    };
    Trial { resting_rss_bytes: record.summary.baseline_rss_bytes, paces }
}

/// The first images of a plan, as many as a trial may take under a budget.
fn of_few(plan: &Plan, budget_bytes: Option<u64>) -> Plan {
    let share = budget_bytes.map_or(u64::MAX, |budget| budget / TRIAL_SHARE);
    plan.trial(TRIAL_BYTES.min(share), TRIAL_MEMORY_BYTES.min(share))
}

/// Whether a trial of a plan would read any image under a budget.
pub fn can_try(plan: &Plan, budget_bytes: Option<u64>) -> bool {
    !of_few(plan, budget_bytes).combinations.is_empty()
}

/// The pace that a run has shown in the combinations that it took through all phases.
fn pace_of(plan: &Plan, record: &RunRecord) -> Option<Pace> {
    let last_step = plan.spec.pipeline.steps.len().saturating_sub(1);
    let combinations: Vec<CombinationPlan> = plan.combinations.iter().collect();
    let work = |index: usize| {
        let combination = combinations.get(index)?.clone();
        Some(Work::of(&vec![combination].into(), &plan.spec, &plan.pipeline))
    };
    let whole = record.course().whole(last_step).into_iter();
    let shown: Vec<(Work, PhaseSecs)> =
        whole.filter_map(|(index, secs)| Some((work(index)?, secs))).collect();
    Pace::shown(&shown, record.machine.as_ref().map_or(0, |machine| machine.cores))
}

/// How far the cached share of a plate's files may be from that of an earlier run for its pace to
/// count: files from memory and files from a disk are two things.
const NEAR_SHARE: f64 = 0.2;

/// The times of earlier runs.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Past {
    runs: Vec<PastRun>,
}

/// What one run did and how long that took, with what it depends on.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct PastRun {
    conditions: Conditions,
    work: Work,
    secs: PhaseSecs,
    /// The share of the bytes of its files that was in the page cache before it.
    #[serde(default)]
    cached_share: Option<f64>,
}

impl PastRun {
    /// Its pace. All its combinations are mostly of one size, so what each costs is what a trial has shown, in
    /// proportion; without one, nothing.
    fn pace(&self, tried: Option<Pace>) -> Option<Pace> {
        match tried {
            Some(tried) => tried.where_took(&self.work, self.secs.wall),
            None => Pace::shown(&[(self.work, self.secs)], self.conditions.cores),
        }
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Conditions {
    plate: PathBuf,
    pipeline: PipelineSpec,
    threads: usize,
    read_ahead: bool,
    #[serde(default)]
    compression: Compression,
    #[serde(default)]
    save_as: SaveAs,
    cores: usize,
}

impl Conditions {
    fn of(plan: &Plan) -> Self {
        Self {
            plate: plan.plate.root.clone(),
            pipeline: plan.spec.pipeline.clone(),
            threads: plan.spec.threads,
            read_ahead: plan.spec.read_ahead,
            compression: plan.spec.compression,
            save_as: plan.spec.save_as,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

impl Past {
    /// An absent or unreadable file means that nothing is known.
    fn read(results: &Path, plan: &Plan) -> Self {
        let text = disk::read_to_string(
            &results.join(plate_folder_name(results, plan)).join(PACES_FILE),
            limits::SMALL_FILE_BYTES,
        );
        let mut past = text.ok().map(|text| readable::<Self>(&text, |_| Ok(())).value).unwrap_or_default();
        // With times that no run has taken, nothing would be forecast.
        past.runs.retain(|run| run.secs.is_possible());
        past
    }

    /// The runs under the conditions of now, the latest first. Those of which it is not known what was cached
    /// count, where that cannot be known now either.
    fn fitting(&self, plan: &Plan, cancel: &Cancel) -> Vec<&PastRun> {
        let conditions = Conditions::of(plan);
        let mut fitting = self.runs.iter().rev().filter(|run| run.conditions == conditions).peekable();
        if fitting.peek().is_none() {
            return Vec::new();
        }
        let now = cached_share(plan, cancel);
        let is_near = |run: &&PastRun| match (run.cached_share, now) {
            (Some(then), Some(now)) => (then - now).abs() <= NEAR_SHARE,
            (then, now) => then == now,
        };
        fitting.filter(is_near).take(MOST_USED).collect()
    }
}

/// Keeps the time of a completed run beside the results of its plate. That it could not be kept is no
/// reason to disturb, because the next forecast makes a trial: the log is told.
pub(super) fn remember(results: &Destination, plan: &Plan, record: &RunRecord) {
    if record.outcome != Outcome::Completed {
        return;
    }
    let summary = &record.summary;
    let work = plan.work();
    let secs = PhaseSecs {
        preload: summary.preload_secs,
        steps: summary.step_secs,
        save: summary.save_secs,
        wall: summary.wall_secs,
    };
    if work.preload == 0 {
        return;
    }
    let mut past = Past::read(results.path(), plan);
    let cached_share = summary.cached_share;
    past.runs.push(PastRun { conditions: Conditions::of(plan), work, secs, cached_share });
    let excess = past.runs.len().saturating_sub(MOST_KEPT);
    past.runs.drain(..excess);
    let file = results.join(plate_folder_name(results.path(), plan)).join(PACES_FILE);
    let is_bad = disk::read_to_string(file.path(), limits::SMALL_FILE_BYTES)
        .is_ok_and(|text| readable::<Past>(&text, |_| Ok(())).fault.is_some());
    if is_bad && let Ok(Some(aside)) = put_aside(&file) {
        log::warn!("the paces of earlier runs could not be read and are kept as {}", aside.path().display());
    }
    let written = ron::ser::to_string_pretty(&past, ron::ser::PrettyConfig::new().depth_limit(3))
        .map_err(std::io::Error::other)
        .and_then(|text| disk::write(&file, text.as_bytes()));
    if let Err(error) = written {
        log::warn!("{}: the pace of the run could not be kept: {error}", file.path().display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{ImageFormat, ImageSource, PixelType};
    use crate::pipeline::{NoPlate, ResolvedPipeline};
    use crate::plan::{
        CombinationId, Forecast, KeptLayout, Mode, PlannedImage, PlateFacts, RunSpec, SecsRange,
    };
    use crate::plate::{Component, ImageKey, PlateIdentity, WellId};

    fn plan() -> Plan {
        let well = WellId { row: 0, column: 0 };
        let format = ImageFormat::grey(256, 256, PixelType::U16);
        let image = |channel: u32, index: u32| PlannedImage {
            key: ImageKey::new(well, index / 3 + 1, channel, index % 3 + 1, 1),
            source: ImageSource::file(format!("/plate/{channel}-{index}.tif")),
            position: None,
            acquired: None,
            format: Ok(format),
            decode_scratch_bytes: 0,
            stored_bytes: format.bytes(),
            shared: None,
        };
        // Two combinations of 9 sites x 3 planes.
        let combination = |channel: u32| CombinationPlan {
            id: CombinationId {
                index: channel as usize - 1,
                well,
                more_wells: Vec::new(),
                values: [(Component::Channel, channel)].into(),
            },
            begins: Vec::new(),
            images: (0..27).map(|index| image(channel, index)).collect(),
            missing: Vec::new(),
        };
        let spec = RunSpec {
            mode: Mode::Sequential,
            sequential: vec![Component::Channel],
            ..RunSpec::plain(PipelineSpec::default())
        };
        let pipeline = ResolvedPipeline::new(&spec.pipeline, &NoPlate).unwrap();
        let combinations = vec![combination(1), combination(2)].into();
        let (forecast, course) = Forecast::of(&combinations, &spec, &pipeline);
        Plan {
            plate: PlateIdentity::of_folder("not there", "plate"),
            pipeline,
            spec,
            combinations,
            layout: KeptLayout::default(),
            forecast,
            course: course.into(),
            notes: Vec::new(),
            facts: PlateFacts::default(),
        }
    }

    /// A run of which the phases take 1, 2 and 3 and a combination beside 0.5 seconds, and which stops
    /// while it reads the third combination.
    fn record(plan: &Plan, whole: usize, is_stopped: bool) -> RunRecord {
        let mut record = RunRecord::begin("run", plan, 0);
        let mut at_secs = 0.0;
        let mut push = |secs: f64, kind: EventKind| {
            at_secs += secs;
            record.keep(&Event { run: "run".to_owned(), at_secs, kind });
        };
        let cleared = |combination: CombinationId| EventKind::Cleared {
            combination,
            images: 0,
            bytes: 0,
            rss_before: None,
            rss_after: None,
            rss_peak: None,
            counted_peak: 0,
            anonymous_after: None,
            scratch_bytes: 0,
        };
        for combination in plan.combinations.iter().take(whole).map(|one| one.id) {
            let (id, bytes) = (combination.clone(), 0);
            let (rss_before, rss_after) = (None, None);
            push(
                1.0,
                EventKind::Preloaded { combination, images: 27, bytes, secs: 1.0, rss_before, rss_after },
            );
            for step in 0..2 {
                let combination = id.clone();
                let (images_in, images_out) = (27, 27);
                push(1.0, EventKind::StepDone { combination, step, images_in, images_out, secs: 1.0 });
            }
            let outputs = Vec::new();
            let combination = id.clone();
            push(3.0, EventKind::Saved { combination, step: 1, images: 9, bytes, secs: 3.0, outputs, of: 9 });
            push(0.5, cleared(id));
        }
        if is_stopped && let Some(next) = plan.combinations.iter().nth(whole) {
            // Its memory is given back, and that is told, although nothing came of it.
            push(7.0, cleared(next.id));
        }
        record
    }

    #[test]
    fn a_trial_needs_no_more_than_its_share_of_the_budget() {
        // Side of the images, budget, and how many of the 54 are tried.
        let table = [
            (256, None, 54),
            (256, Some(500_000_000), 54),
            (256, Some(20_000_000), 36),
            (256, Some(8_000_000), 6),
            (256, Some(1_000_000), 0),
            (4096, None, 2),
            (4096, Some(500_000_000), 2),
            (4096, Some(350_000_000), 2),
            (4096, Some(100_000_000), 0),
            (32_767, Some(500_000_000), 0),
            (32_767, None, 0),
        ];
        let mut tried = Vec::new();
        for (side, budget, _) in table {
            let mut plan = plan();
            let mut combinations: Vec<CombinationPlan> = plan.combinations.iter().collect();
            for image in combinations.iter_mut().flat_map(|combination| &mut combination.images) {
                image.format = Ok(ImageFormat::grey(side, side, PixelType::U16));
            }
            plan.combinations = combinations.into();
            let trial = of_few(&plan, budget);
            let images: usize = trial.combinations.iter().map(|combination| combination.images.len()).sum();
            if images > 0 {
                let needed = trial.forecast.above_resting_bytes();
                assert!(budget.is_none_or(|budget| needed <= budget / 4), "{side} {budget:?}: {needed}");
                assert!(needed <= TRIAL_MEMORY_BYTES, "{side} {budget:?}: {needed}");
            }
            assert_eq!(can_try(&plan, budget), images > 0);
            tried.push((side, budget, images));
        }
        assert_eq!(tried, table);
    }

    #[test]
    fn a_pace_is_of_whole_combinations() {
        let plan = plan();
        let work = |count: usize| {
            let first: Vec<CombinationPlan> = plan.combinations.iter().take(count).collect();
            Work::of(&first.into(), &plan.spec, &plan.pipeline)
        };
        let took = |pace: Pace, count: usize| {
            let SecsRange { low, high } = Paces::Runs(vec![pace]).expected(&work(count)).unwrap();
            assert!(low < high);
            low / 0.85
        };
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs();
        // A combination takes 1 to read, 2 for the steps, 3 to save and 0.5 beside; a stopped one tells nothing.
        for (whole, is_stopped) in [(2, false), (1, true)] {
            let pace = pace_of(&plan, &record(&plan, whole, is_stopped)).unwrap();
            assert!(near(took(pace, 1), 6.5) && near(took(pace, 2), 13.0), "{pace:?}");
            assert!(near(pace.preload * work(1).preload as f64, 1.0), "{pace:?}");
            assert!(near(pace.steps * work(1).steps as f64, 2.0), "{pace:?}");
            assert!(near(pace.save * work(1).save as f64, 3.0), "{pace:?}");
        }
        assert_eq!(pace_of(&plan, &record(&plan, 0, true)), None);
    }

    #[test]
    fn earlier_runs_tell_the_time_where_files_are_cached_alike() {
        let results = tempfile::tempdir().unwrap();
        let plan = plan();
        let destination = crate::plate::destination(results.path(), crate::plate::NONE_OPEN).unwrap();
        destination.join(plate_folder_name(results.path(), &plan)).make_folder().unwrap();
        let mut made = record(&plan, 2, false);
        // The plate is not there, so of its files nothing is known to be cached.
        let table = [(Some(0.9), 0), (None, 1)];
        for (cached_share, expected) in table {
            made.summary.cached_share = cached_share;
            made.outcome = Outcome::Completed;
            made.summary.wall_secs = 13.0;
            remember(&destination, &plan, &made);
            let past = Past::read(results.path(), &plan);
            assert_eq!(past.fitting(&plan, &Cancel::new()).len(), expected, "{cached_share:?}");
        }
        let other = Plan { spec: RunSpec { threads: 7, ..plan.spec.clone() }, ..plan.clone() };
        assert!(Past::read(results.path(), &other).fitting(&other, &Cancel::new()).is_empty());
        let past = Past::read(results.path(), &plan);
        let run = past.fitting(&plan, &Cancel::new())[0];
        // The run took 13 seconds, whatever a trial has shown, if there was one.
        let tried = Pace { combination: 70.0, preload: 1e-3, ..Pace::default() };
        for tried in [None, Some(tried)] {
            let paces = Paces::Runs(vec![run.pace(tried).unwrap()]);
            let SecsRange { low, high } = paces.expected(&plan.work()).unwrap();
            assert!(low < 13.0 && 13.0 < high && high < 20.0, "{low} to {high} by {tried:?}");
        }
    }

    #[test]
    fn a_time_that_no_run_has_taken_is_not_known() {
        let sound = PhaseSecs { preload: 1.0, steps: 1.0, save: 0.0, wall: 2.5 };
        let table = [
            (sound, true),
            (PhaseSecs { preload: f64::NAN, ..sound }, false),
            (PhaseSecs { steps: f64::INFINITY, ..sound }, false),
            (PhaseSecs { save: -1e-9, ..sound }, false),
            (PhaseSecs { wall: 1e9, ..sound }, false),
        ];
        let plan = plan();
        for (secs, is_known) in table {
            let results = tempfile::tempdir().unwrap();
            let run =
                PastRun { conditions: Conditions::of(&plan), work: plan.work(), secs, cached_share: None };
            let text = ron::to_string(&Past { runs: vec![run] }).unwrap();
            let folder = results.path().join(plate_folder_name(results.path(), &plan));
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(PACES_FILE), text).unwrap();
            assert_eq!(Past::read(results.path(), &plan).runs.len(), usize::from(is_known), "{secs:?}");
        }
    }
}

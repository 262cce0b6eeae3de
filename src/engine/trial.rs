//! What this machine can do, measured before a forecast: the memory of a worker at rest, and how fast
//! it takes a few of the plate's own images through the pipeline. Better than a trial is what
//! earlier runs have shown, which is kept beside their results.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::event::Outcome;
use super::host::run_in_worker;
use super::results::plate_folder;
use super::run::RunRequest;
use crate::cancel::Cancel;
use crate::image::Compression;
use crate::pipeline::PipelineSpec;
use crate::plan::{Pace, Paces, PhaseSecs, Plan, Work};
use crate::record::RunRecord;

/// The most pixels that a trial reads.
const TRIAL_BYTES: u64 = 32_000_000;

/// The part of the budget that its pixels may take: the worker itself needs some, too.
const TRIAL_SHARE: u64 = 4;

/// The longest that a trial goes on; what it has done until then counts.
const TRIAL_PATIENCE: Duration = Duration::from_secs(2);

/// Name of the file of paces among the results of a plate.
const PACES_FILE: &str = "paces.ron";

/// So many paces are kept, and so many of the latest that fit are used.
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

/// Starts a worker on a few images of the plan and waits for its end, which takes some tens of
/// milliseconds. Without images in the plan only resting memory is measured; where there were runs of
/// the same plate in the results folder, no image is read either. The trial keeps to the budget as
/// every run does.
pub fn measure(
    program: &Path,
    plan: &Plan,
    results: Option<&Path>,
    budget_bytes: Option<u64>,
    cancel: &Cancel,
) -> Trial {
    let past = results.map(|results| Past::read(results, plan).paces_for(plan)).unwrap_or_default();
    let most_bytes = budget_bytes.map_or(TRIAL_BYTES, |budget| TRIAL_BYTES.min(budget / TRIAL_SHARE));
    let trial = if past.is_empty() { plan.trial(most_bytes) } else { plan.without_work() };
    let Ok(folder) = tempfile::tempdir() else { return Trial::default() };
    let request = RunRequest {
        plan: trial,
        run: "trial".to_owned(),
        folder: folder.path().to_owned(),
        budget_bytes,
        cached_share: None,
    };
    let stop = cancel.within();
    let record = std::thread::scope(|scope| {
        let (done, is_done) = mpsc::channel::<()>();
        let stop = &stop;
        scope.spawn(move || {
            if is_done.recv_timeout(TRIAL_PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                stop.cancel();
            }
        });
        let record = run_in_worker(program, &request, &|_| (), stop);
        drop(done);
        record
    });
    let paces = match pace_of(&request.plan, &record) {
        _ if !past.is_empty() => Paces::Runs(past),
        Some(pace) => Paces::Trial(pace),
        None => Paces::Unknown,
    };
    Trial { resting_rss_bytes: record.summary.baseline_rss_bytes, paces }
}

/// The pace that a run has shown, of as many combinations as it cleared.
fn pace_of(plan: &Plan, record: &RunRecord) -> Option<Pace> {
    let summary = &record.summary;
    let done = plan.combinations.iter().take(summary.combinations);
    let secs = PhaseSecs {
        preload: summary.preload_secs,
        steps: summary.step_secs,
        save: summary.save_secs,
        wall: summary.wall_secs,
    };
    Pace::shown(&Work::of(done, &plan.spec), secs)
}

/// The paces of earlier runs.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Past {
    runs: Vec<PastRun>,
}

/// The pace of one run with what it depends on.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct PastRun {
    conditions: Conditions,
    pace: Pace,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Conditions {
    plate: PathBuf,
    pipeline: PipelineSpec,
    threads: usize,
    read_ahead: bool,
    #[serde(default)]
    compression: Compression,
    cores: usize,
}

impl Conditions {
    fn of(plan: &Plan) -> Self {
        Self {
            plate: plan.plate_root.clone(),
            pipeline: plan.spec.pipeline.clone(),
            threads: plan.spec.threads,
            read_ahead: plan.spec.read_ahead,
            compression: plan.spec.compression,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

impl Past {
    /// An absent or unreadable file means that nothing is known.
    fn read(results: &Path, plan: &Plan) -> Self {
        let text = std::fs::read_to_string(plate_folder(results, plan).join(PACES_FILE));
        text.ok().and_then(|text| ron::from_str(&text).ok()).unwrap_or_default()
    }

    fn paces_for(&self, plan: &Plan) -> Vec<Pace> {
        let conditions = Conditions::of(plan);
        let fitting = self.runs.iter().rev().filter(|run| run.conditions == conditions);
        fitting.take(MOST_USED).map(|run| run.pace).collect()
    }
}

/// Keeps the pace of a completed run beside the results of its plate. That it could not be kept is no
/// reason to disturb: the next forecast makes a trial.
pub(super) fn remember(results: &Path, plan: &Plan, record: &RunRecord) {
    if record.outcome != Outcome::Completed {
        return;
    }
    let Some(pace) = pace_of(plan, record) else { return };
    let mut past = Past::read(results, plan);
    past.runs.push(PastRun { conditions: Conditions::of(plan), pace });
    let excess = past.runs.len().saturating_sub(MOST_KEPT);
    past.runs.drain(..excess);
    let folder = plate_folder(results, plan);
    let Ok(text) = ron::ser::to_string_pretty(&past, ron::ser::PrettyConfig::new().depth_limit(3)) else {
        return;
    };
    let part = folder.join(format!("{PACES_FILE}.part"));
    let written = std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, folder.join(PACES_FILE)));
    drop(written);
}

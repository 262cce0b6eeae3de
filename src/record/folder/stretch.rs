//! One stretch of work in the folder of a run: what one command, on one machine, was asked for and came to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::well::StepLack;
use crate::events::{Event, Outcome, RunSummary, TimedSample};
use crate::machine::Machine;
use crate::plan::{Forecast, Plan, PlanCourse, PlanSummary, WellWork};
use crate::plate::WellId;

/// One stretch of work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stretch {
    /// [`super::FOLDER_VERSION`] of the program that wrote it.
    pub version: u32,
    /// Its name: that of its file, which sorts by time.
    pub id: String,
    /// When it began, in seconds since 1970 (UTC).
    pub started_unix_secs: u64,
    /// How far the time of its computer was from UTC then, in seconds to the east; `None` of earlier versions.
    #[serde(default)]
    pub utc_offset_secs: Option<i32>,
    /// The computer, as whoever began it sees it.
    #[serde(default)]
    pub machine: Option<Machine>,
    /// The wells that it was asked for, those that were done before included.
    pub wanted: Vec<WellId>,
    /// The wells that it took on, with what there is to do in each.
    pub taken: Vec<TakenWell>,
    /// Its plan in numbers.
    pub plan: PlanSummary,
    /// What it was expected to need.
    pub forecast: Forecast,
    /// How its memory is expected to go.
    #[serde(default, skip_serializing_if = "PlanCourse::is_empty")]
    pub course: PlanCourse,
    /// The most resident memory that it might use; `None` for no limit.
    pub budget_bytes: Option<u64>,
    /// How it ended; `None` while it goes on, and where the program that followed it was killed.
    #[serde(default)]
    pub end: Option<StretchEnd>,
}

/// A well that a stretch took on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenWell {
    /// The well.
    pub well: WellId,
    /// Its combinations. Of wells that are processed together the first has these and what follows.
    pub combinations: usize,
    /// Images to read.
    pub images: usize,
    /// Groups of each step.
    pub step_groups: Vec<usize>,
    /// Results that are hashed or saved, by the index of their step.
    pub outputs: BTreeMap<usize, usize>,
}

impl TakenWell {
    /// The wells of a plan, those without images, too.
    pub(crate) fn of_plan(plan: &Plan) -> Vec<Self> {
        let of_well = |(well, work): (WellId, WellWork)| {
            let outputs =
                plan.saved_steps().map(|step| (step, work.steps.get(step).map_or(0, |one| one.results)));
            Self {
                well,
                combinations: work.combinations,
                images: work.images,
                step_groups: work.steps.iter().map(|counts| counts.groups).collect(),
                outputs: if work.combinations > 0 { outputs.collect() } else { BTreeMap::new() },
            }
        };
        plan.work_of_wells().into_iter().map(of_well).collect()
    }
}

/// A well that a stretch took on and did not begin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NotBegun {
    /// The well.
    pub well: WellId,
    /// What is not there of each step whose images are kept: all.
    pub lacking: Vec<StepLack>,
}

/// How a stretch ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StretchEnd {
    /// Whether it did all that it took on.
    pub outcome: Outcome,
    /// The reason, where it did not.
    pub why: Option<String>,
    /// The computer; `None` where the worker never began.
    pub machine: Option<Machine>,
    /// What it was expected to need, with the resting memory of its worker.
    pub forecast: Forecast,
    /// What it came to, without tables and failures, which are those of its wells.
    pub summary: RunSummary,
    /// What is not there of the wells that it took on and did not begin.
    #[serde(default)]
    pub not_begun: Vec<NotBegun>,
    /// The events that are not those of a well that it did.
    pub events: Vec<Event>,
    /// Memory over the time of these.
    pub samples: Vec<TimedSample>,
}

//! What a run is asked to do.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::folder::Unsound;
use crate::conditions::Conditions;
use crate::plan::{KeptLayout, KeptPlate, Plan, PlanSummary};
use crate::record::Compared;

/// A plan and where its results go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRequest {
    /// What the run reads and does, combination by combination.
    pub plan: Plan,
    /// Name of the run.
    pub run: String,
    /// The run's own folder. Made if it is not there.
    pub folder: PathBuf,
    /// The resident memory at which the run stops; `None` for no limit.
    pub budget_bytes: Option<u64>,
    /// The share of the bytes of its files that is in the page cache before it, 0 to 1; `None` where
    /// that is not known.
    pub cached_share: Option<f64>,
    /// The comparison that it is part of, for its record.
    pub compared: Option<Compared>,
    /// Whether the run is put together when this work in its folder is over and nobody else is at work there; else somebody
    /// else sees to that.
    pub merges: bool,
    /// Wells that are done again though their folder says that they are done.
    #[serde(default)]
    pub again: Vec<Unsound>,
    /// What the wells hold, as far as it is known; kept in the folder of the run, and nothing that a worker asks for.
    #[serde(skip)]
    pub conditions: Option<Arc<Conditions>>,
}

impl RunRequest {
    /// The same of another plan.
    pub(in crate::engine) fn of_plan(&self, plan: Plan) -> Self {
        let Self { plan: _, run, folder, budget_bytes, cached_share, compared, merges, again: _, conditions } =
            self;
        Self {
            plan,
            run: run.clone(),
            folder: folder.clone(),
            budget_bytes: *budget_bytes,
            cached_share: *cached_share,
            compared: compared.clone(),
            merges: *merges,
            again: Vec::new(),
            conditions: conditions.clone(),
        }
    }
}

/// A run without its combinations, which come one by one.
#[derive(Clone, Serialize, Deserialize)]
pub(in crate::engine) struct RunOrder {
    /// Its plan is without work.
    pub(in crate::engine) request: RunRequest,
    /// The whole plan in numbers.
    pub(in crate::engine) summary: PlanSummary,
    /// What the images that are kept have in common.
    pub(in crate::engine) kept: KeptPlate,
    /// The stretch of work that it is of, in the folder of the run.
    pub(in crate::engine) stretch: String,
}

impl RunOrder {
    /// What is kept is named and placed as a layout has it.
    pub(in crate::engine) fn of(request: &RunRequest, layout: &KeptLayout, stretch: &str) -> Self {
        let (summary, kept) = (request.plan.summary(), KeptPlate::of(&request.plan, layout));
        // The record is written by whoever asked.
        // The layout is in what is kept.
        let plan = Plan { layout: KeptLayout::default(), ..request.plan.without_work() };
        let request = RunRequest { compared: None, ..request.of_plan(plan) };
        Self { request, summary, kept, stretch: stretch.to_owned() }
    }
}

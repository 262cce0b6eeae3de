//! What a run is asked to do.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::plan::{KeptPlate, Plan, PlanSummary};
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
}

impl RunOrder {
    pub(in crate::engine) fn of(request: &RunRequest) -> Self {
        let (summary, kept) = (request.plan.summary(), KeptPlate::of(&request.plan));
        let RunRequest { plan, run, folder, budget_bytes, cached_share, compared: _ } = request;
        let (plan, run, folder) = (plan.without_work(), run.clone(), folder.clone());
        let (budget_bytes, cached_share) = (*budget_bytes, *cached_share);
        // The record is written by whoever asked.
        let request = RunRequest { plan, run, folder, budget_bytes, cached_share, compared: None };
        Self { request, summary, kept }
    }
}

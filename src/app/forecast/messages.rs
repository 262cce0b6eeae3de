//! Messages between the forecast room, the user and the threads.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::planned_request::{PlannedKnown, PlannedPlateRequest};
use crate::cancel::Cancel;
use crate::engine::Trial;
use crate::plan::{Basis, Outlook, PlanError, RemedyKind, RunSpec};
use crate::plate::{Measured, Plate, PlateLayout, WellId};

/// What the user asks for before a run.
#[derive(Clone, Debug, PartialEq)]
pub enum ForecastCommand {
    /// Make a change that would help where no choice fits the budget.
    Apply(RemedyKind),
    /// Plan a plate that does not exist yet.
    PlanPlate,
    /// Change what such a plate would hold.
    SetLayout(PlateLayout),
    /// Change the folder in which it would be made.
    TypePlateFolder(String),
    /// Make the planned plate, and open it.
    MakePlate,
    /// Plan no such plate any more.
    ClosePlanned,
}

/// What has to be done outside for it.
#[derive(Debug)]
pub enum ForecastWork {
    /// Work out what each choice would need.
    Choices {
        /// For the answer.
        generation: u64,
        /// The plate, the wells and what is chosen, copied.
        request: Box<ForecastRequest>,
    },
    /// Measure the resting memory of a worker, and try how fast this machine is.
    Try {
        /// For the answer.
        generation: u64,
        /// What it would do.
        request: Box<TrialRequest>,
    },
    /// Work out what a plate that is not there would need: first from its sizes alone, then with the
    /// time that a trial shows.
    PlanPlate {
        /// For the answers.
        generation: u64,
        /// What the plate would hold and what a run would do, copied.
        request: Box<PlannedPlateRequest>,
        /// Stops the work once its answers are not wanted any more.
        cancel: Cancel,
    },
}

/// What came of it.
#[derive(Debug)]
pub enum ForecastEvent {
    /// What each choice would need was worked out.
    Choices {
        /// Of the request.
        generation: u64,
        /// The choices, or why there are none.
        result: Result<Outlook, String>,
    },
    /// What a trial has shown.
    Tried {
        /// Of the request.
        generation: u64,
        /// Resting memory of a worker and speed of the machine.
        trial: Trial,
    },
    /// Something is known of a plate that is planned.
    PlannedPlate {
        /// Of the request.
        generation: u64,
        /// What is known so far, first without the time.
        known: PlannedKnown,
    },
}

/// Everything that a forecast depends on, copied when it begins.
#[derive(Clone, Debug)]
pub struct ForecastRequest {
    /// The open plate, shared with the window.
    pub plate: Arc<Plate>,
    /// Sizes of its images.
    pub measured: Arc<Measured>,
    /// Whether the images that have not been read are taken to be like those that have.
    pub is_first: bool,
    /// Wells that a run would process.
    pub wells: BTreeSet<WellId>,
    /// What is chosen; mode and components are ignored.
    pub spec: RunSpec,
    /// What is known beside.
    pub basis: Basis,
}

impl ForecastRequest {
    /// Works the choices out.
    ///
    /// # Errors
    /// What the plan says of settings that make no plan.
    pub fn outlook(&self) -> Result<Outlook, PlanError> {
        let assumed = self.is_first.then(|| self.measured.assuming(&self.plate, &self.wells));
        let measured = assumed.flatten().map_or_else(|| Arc::clone(&self.measured), Arc::new);
        Outlook::of(&self.plate, &measured, &self.wells, &self.spec, &self.basis)
    }
}

/// What a trial depends on, copied when it begins.
#[derive(Clone, Debug)]
pub struct TrialRequest {
    /// The plate and the sizes of its images, where one is open.
    pub plate: Option<(Arc<Plate>, Arc<Measured>)>,
    /// Selected wells, from which images are tried; empty without a plate.
    pub wells: BTreeSet<WellId>,
    /// What a run would do, all at once.
    pub spec: RunSpec,
    /// What a run may use.
    pub budget_bytes: Option<u64>,
}

//! What is worked out for a plate that does not exist yet, away from the window.

use std::path::Path;

use crate::cancel::Cancel;
use crate::demo;
use crate::engine::Trial;
use crate::plan::{Basis, Outlook, RunSpec};
use crate::plate::PlateLayout;
use crate::what_if;

/// Everything that the numbers depend on, copied when the work begins.
#[derive(Clone, Debug)]
pub struct PlannedPlateRequest {
    /// What the plate would hold.
    pub layout: PlateLayout,
    /// What a run would do; mode and components are ignored.
    pub spec: RunSpec,
    /// What is known beside.
    pub basis: Basis,
    /// What an earlier trial of such images has shown.
    pub trial: Option<Trial>,
}

/// What is known of a planned plate.
#[derive(Clone, Debug)]
pub struct PlannedKnown {
    /// What each way would need, or why that cannot be worked out.
    pub outlook: Result<Outlook, String>,
    /// What a trial has shown, where one was made for it.
    pub trial: Option<Trial>,
    /// Whether no more is to come.
    pub is_last: bool,
}

impl PlannedPlateRequest {
    /// Works the numbers out and tells them: at once those that follow from sizes alone, then, after a
    /// trial, those with times.
    pub(crate) fn compute(&self, program: &Path, cancel: &Cancel, send: &dyn Fn(PlannedKnown) -> bool) {
        let mut basis = self.basis.clone();
        basis.paces = self.trial.as_ref().map(|trial| trial.paces.clone()).unwrap_or_default();
        let outlook = what_if::what_if(&self.layout, &self.spec, &basis).map_err(|error| error.to_string());
        let is_last = self.trial.is_some() || outlook.is_err();
        if !send(PlannedKnown { outlook: outlook.clone(), trial: None, is_last }) || is_last {
            return;
        }
        let budget = self.basis.budget_bytes;
        // Without a trial there are no times, and all else stands.
        let draw = |few: &PlateLayout, folder: &Path| demo::write(*few, folder, cancel, &|_, _| ());
        let trial =
            what_if::trial(&self.layout, &self.spec, program, budget, cancel, draw).unwrap_or_default();
        let outlook = outlook.map(|outlook| outlook.at_pace(&trial.paces, budget));
        send(PlannedKnown { outlook, trial: Some(trial), is_last: true });
    }
}

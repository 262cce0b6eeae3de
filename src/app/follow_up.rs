//! What follows from the state without being asked for: sizes that have to be read, a trial, a forecast.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::messages::Work;
use super::state::AppState;
use crate::app::plate::state::{ForecastRequest, Measuring, TrialRequest};
use crate::cancel::Cancel;
use crate::pipeline::PipelineSpec;
use crate::plan::{Basis, Mode, Standing};

impl AppState {
    /// Takes what has to be done outside: what was asked for, and what follows from the state.
    pub fn take_work(&mut self) -> Vec<Work> {
        self.begin_measuring();
        self.begin_trial();
        self.begin_forecast();
        self.begin_planned();
        // After the forecast, which takes the recommended choice.
        let is_forecast = self.trying.is_none()
            && !self.is_trial_stale
            && self.plate.as_ref().is_some_and(|plate| !plate.forecast.is_awaited());
        if self.compare_when_ready && is_forecast && self.sequential_blocked().is_none() {
            self.compare_when_ready = false;
            self.begin_comparison(false);
        }
        std::mem::take(&mut self.work)
    }

    /// Tries with a whole worker process: one at a time, and none beside a run, whose time it would
    /// disturb.
    fn begin_trial(&mut self) {
        if !self.is_trial_stale || self.trying.is_some() || self.job.is_some() {
            return;
        }
        let (wells, pipeline, plate) = match self.plate.as_ref().filter(|plate| !plate.selection.is_empty()) {
            // Comes again when its images are measured.
            Some(plate) if !plate.is_measured() => return,
            Some(plate) => {
                let images = (Arc::clone(&plate.plate), Arc::clone(&plate.measured));
                (plate.selection.clone(), plate.pipeline.clone(), Some(images))
            }
            None => (BTreeSet::new(), PipelineSpec::default(), None),
        };
        let spec = self.spec_of(Mode::Bulk, Vec::new(), pipeline);
        let budget_bytes = self.budget_bytes().ok().flatten();
        let request = Box::new(TrialRequest { plate, wells, spec, budget_bytes });
        let generation = self.next_generation();
        self.is_trial_stale = false;
        self.trying = Some(generation);
        self.push_work(Work::Try { generation, request });
    }

    fn begin_measuring(&mut self) {
        let Some(plate) = &mut self.plate else { return };
        let wells = plate.unmeasured();
        if plate.measuring.is_some() || plate.has_failed_measuring || wells.is_empty() {
            return;
        }
        self.generation += 1;
        let cancel = Cancel::new();
        plate.measuring =
            Some(Measuring { generation: self.generation, wells: wells.clone(), cancel: cancel.clone() });
        let (plate, readers) = (Arc::clone(&plate.plate), plate.header_readers.clone());
        self.work.push(Work::Measure { generation: self.generation, plate, wells, readers, cancel });
    }

    pub(super) fn basis(&self, budget_bytes: Option<u64>) -> Basis {
        Basis {
            resting_rss_bytes: self.trial.resting_rss_bytes,
            budget_bytes,
            paces: self.trial.paces.clone(),
            standing: Standing::default(),
        }
    }

    fn begin_forecast(&mut self) {
        let budget = self.budget_bytes();
        let Some(plate) = &self.plate else { return };
        if !plate.forecast.is_stale || plate.forecast.pending.is_some() || !plate.is_measured() {
            return;
        }
        let Ok(budget_bytes) = budget else { return };
        let result = if plate.selection.is_empty() {
            Some(Err("Select a well to see what it needs.".to_owned()))
        } else {
            plate.pipeline.check().err().map(Err)
        };
        let request = Box::new(ForecastRequest {
            plate: Arc::clone(&plate.plate),
            measured: Arc::clone(&plate.measured),
            wells: plate.selection.clone(),
            spec: self.spec(plate, Mode::Bulk),
            basis: self.basis(budget_bytes),
        });
        let generation = self.next_generation();
        let Some(plate) = &mut self.plate else { return };
        plate.forecast.is_stale = false;
        match result {
            Some(result) => plate.forecast.outlook = Some(result),
            None => {
                plate.forecast.pending = Some(generation);
                self.work.push(Work::Forecast { generation, request });
            }
        }
    }
}

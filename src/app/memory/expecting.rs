//! What is expected before a run, as the chart shows it: all at once and the present choice, and once runs are shown the
//! present choice where none of them is of it.

use super::planned_ways::planned_way;
use super::state::MemoryState;
use crate::app::forecast::state::ForecastState;
use crate::app::plate::state::PlateState;
use crate::app::runs::state::RunsState;
use crate::app::settings::state::SettingsState;
use crate::chart::{Chart, PlannedWay};
use crate::plan::Choice;

/// What of the other rooms it depends on.
pub(crate) struct ExpectingInputs<'a> {
    pub(crate) settings: &'a SettingsState,
    pub(crate) plate: Option<&'a PlateState>,
    pub(crate) forecast: &'a ForecastState,
    pub(crate) runs: &'a RunsState,
}

impl MemoryState {
    /// Shows what is expected now; during a job the courses are those of its runs.
    pub(crate) fn expect(&mut self, inputs: &ExpectingInputs<'_>) {
        let chart = &mut self.chart;
        let Some(plate) = inputs.plate.filter(|_| inputs.runs.job.is_none()) else {
            chart.planned.clear();
            return;
        };
        let has_runs = !chart.runs.is_empty() || !chart.refused.is_empty();
        if !has_runs {
            chart.budget_bytes = inputs.settings.budget_bytes().ok().flatten();
            chart.machine_bytes = inputs.settings.planned_machine().memory_bytes;
        }
        let bulk = inputs.forecast.bulk().filter(|_| !has_runs);
        let chosen = inputs.forecast.chosen(&plate.sequential);
        let wanted: Vec<&Choice> =
            bulk.into_iter().chain(chosen).filter(|choice| !is_run(chart, choice)).collect();
        let is_same = |(way, choice): (&PlannedWay, &&Choice)| {
            std::ptr::eq(&*way.expected.course, &*choice.course)
                && way.expected.ends_secs == choice.course_secs
        };
        if chart.planned.len() != wanted.len() || !chart.planned.iter().zip(&wanted).all(is_same) {
            let spec = &plate.pipeline.spec;
            chart.planned =
                wanted.into_iter().map(|choice| planned_way(choice, spec, Some(&plate.plate))).collect();
        }
    }
}

/// Whether a run in the chart took its images in the way of a choice.
fn is_run(chart: &Chart, choice: &Choice) -> bool {
    chart.runs.iter().any(|run| run.mode == Some(choice.mode) && run.sequential == choice.sequential)
}

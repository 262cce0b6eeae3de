//! How the events of a job change the window's state: runs, chart, verdict, log.

use super::run::RunState;
use crate::app::log::LogKind;
use crate::app::messages::Work;
use crate::app::state::{AppState, Trouble};
use crate::chart::{Chart, RefusedMode};
use crate::engine::{JobEvent, JobResult};
use crate::events::{EventKind, Outcome};
use crate::plan::CombinationId;
use crate::record::RunRecord;

/// The most runs of a session that stay in memory; all are on disk.
pub(crate) const MOST_RUNS: usize = 12;

impl AppState {
    pub(crate) fn planned(
        &mut self,
        generation: u64,
        runs: Vec<(RunRecord, Vec<(CombinationId, usize)>)>,
        notes: Vec<String>,
    ) {
        if self.job.as_ref().is_none_or(|job| job.generation != generation) {
            return;
        }
        for note in notes {
            self.log.say(LogKind::Warning, note);
        }
        for run in &mut self.runs {
            run.is_shown = false;
        }
        self.chart = Chart {
            budget_bytes: self.budget_bytes().ok().flatten(),
            machine_bytes: self.planned_machine().memory_bytes,
            ..Chart::default()
        };
        (self.moment, self.life, self.marked) = (None, None, None);
        for (record, combinations) in runs {
            let id = self.next_generation();
            if let Some(job) = &mut self.job {
                job.runs.push((record.plan.mode, id));
            }
            self.runs.push(RunState::new(id, record, combinations));
        }
        let surplus = self.runs.len().saturating_sub(MOST_RUNS);
        self.runs.drain(..surplus);
        self.drop_outputs_without_run();
        self.gather_failures();
    }

    fn drop_outputs_without_run(&mut self) {
        let before = self.outputs.len();
        self.outputs.retain(|output| self.runs.iter().any(|run| run.id == output.run));
        if self.outputs.len() != before {
            self.outputs_version += 1;
        }
    }

    /// Offers the images that a run of the open plate saved under Images. Of each mode those of one run, the
    /// last that was made or shown: images of two pipelines are not mixed.
    pub(crate) fn offer_outputs(&mut self, id: u64) {
        let Some(run) = self.runs.iter().find(|run| run.id == id) else { return };
        let is_of_plate = self.plate.as_ref().is_some_and(|plate| run.record.plate.is(&plate.plate));
        let (mode, outputs) = (run.mode(), run.outputs());
        if is_of_plate && !outputs.is_empty() {
            self.outputs.retain(|output| output.mode != mode);
            self.outputs.extend(outputs);
            self.outputs_version += 1;
        }
    }

    pub(crate) fn job_event(&mut self, generation: u64, event: &JobEvent) {
        let Some(job) = self.job.as_mut().filter(|job| job.generation == generation) else { return };
        job.apply(event, &mut self.well_stages);
        self.log.add(event);
        match event {
            JobEvent::Run { mode, event } => {
                let id = job.runs.iter().find(|(of, _)| of == mode).map(|(_, id)| *id);
                if let Some(run) = self.runs.iter_mut().find(|run| Some(run.id) == id) {
                    run.apply(event);
                    if run.is_shown {
                        let charted = self.chart.run_mut(&event.run, *mode);
                        charted.apply(event);
                    }
                    if let (EventKind::ImageFailed(failed), true, Some(plate)) =
                        (&event.kind, run.is_shown, &self.plate)
                    {
                        self.failures.add(run, &plate.plate, failed);
                    }
                }
                if let EventKind::Ended { outcome: Outcome::Failed, why, .. } = &event.kind {
                    self.trouble = Some(Trouble {
                        title: format!("{} did not finish", mode.title()),
                        sentence: why.clone().unwrap_or_else(|| "The reason is not known.".to_owned()),
                    });
                }
            }
            JobEvent::Refused { mode, forecast, .. } => {
                let title = mode.title().to_owned();
                self.chart.refused.push(RefusedMode { mode: *mode, title, forecast: *forecast });
                // A refused run has nothing to show.
                let id = job.runs.iter().find(|(of, _)| of == mode).map(|(_, id)| *id);
                self.runs.retain(|run| Some(run.id) != id);
            }
            JobEvent::Files { .. } => {}
        }
    }

    pub(crate) fn job_done(&mut self, generation: u64, result: Result<Box<JobResult>, String>) {
        let Some(job) = self.job.take_if(|job| job.generation == generation) else { return };
        self.push_work(Work::ReadMachine);
        self.read_history();
        // What was run is the best measure of how fast it goes.
        self.is_trial_stale = true;
        match result {
            Ok(result) => {
                for record in result.records {
                    let id = job.runs.iter().find(|(mode, _)| *mode == record.plan.mode).map(|(_, id)| *id);
                    if let Some(run) = self.runs.iter_mut().find(|run| Some(run.id) == id) {
                        run.finish(record);
                        let id = run.id;
                        self.offer_outputs(id);
                    }
                }
                if let Some(comparison) = result.comparison {
                    let sentence = comparison.verdict().sentence;
                    // What the verdict says is not said twice.
                    self.trouble.take_if(|trouble| sentence.contains(&trouble.sentence));
                    self.log.say(LogKind::Run, sentence);
                    for different in comparison.outputs.iter().flat_map(|outputs| &outputs.different) {
                        let text = format!(
                            "{different} after step {}: {}",
                            different.step + 1,
                            different.why_text()
                        );
                        self.log.say(LogKind::Failure, text);
                    }
                    self.comparison = Some(comparison);
                }
            }
            Err(why) => {
                self.log.say(LogKind::Failure, why.clone());
                self.trouble = Some(Trouble { title: "Nothing was run".to_owned(), sentence: why });
            }
        }
        // A run that never began has nothing to show.
        self.runs.retain(|run| !run.is_live || run.record.machine.is_some());
        for run in &mut self.runs {
            run.is_live = false;
        }
        self.gather_failures();
    }
}

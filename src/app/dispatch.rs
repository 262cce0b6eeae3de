//! Where a fact that one room emits gets to the others: the one place that knows which rooms it matters to.

use super::outbox::Fact;
use super::plate::state::PlateState;
use super::settings::messages::SettingsWork;
use super::state::{AppState, start_conditions};
use super::status::messages::StatusWork;
use crate::engine::JobEvent;
use crate::events::EventKind;
use crate::plate::{NamePattern, Plate};

impl AppState {
    /// Dispatches all facts, each with what follows from it before the next.
    pub(super) fn dispatch_all(&mut self) {
        for fact in self.outbox.take_facts() {
            self.dispatch(fact);
            self.dispatch_all();
        }
    }

    fn dispatch(&mut self, fact: Fact) {
        let out = &mut self.outbox;
        let plate = self.plate.as_ref().map(|plate| &*plate.plate);
        match fact {
            Fact::Wanted(command) => self.handle(command),
            Fact::Logged(kind, text) => self.log.lines.push_text(kind, text),
            Fact::Failed(trouble) => self.status.trouble = Some(trouble),
            Fact::Noted(note) => self.status.note = note,
            Fact::TabWanted(tab) => self.status.show(tab),
            Fact::PlateOpened(plate) => {
                let pattern = plate.pattern.as_ref().map(NamePattern::text);
                self.settings.plate_opened(&plate.opened_by, pattern, out);
                self.show_plate(*plate);
            }
            Fact::PlateWanted(layout, folder) => {
                let conditions = start_conditions(&self.settings, &self.runs);
                self.start.write_demo(*layout, folder, &conditions, out);
            }
            Fact::SelectionChanged { was_empty } => {
                self.forecast.plate_changed();
                if was_empty {
                    // A trial without wells told nothing of times.
                    self.forecast.trial_outdated();
                }
            }
            Fact::SizesRead => self.forecast.sizes_read(),
            Fact::PipelineChanged => {
                if let Some(plate) = &mut self.plate {
                    plate.pipeline_changed();
                }
                self.forecast.plate_changed();
                self.forecast.trial_outdated();
            }
            Fact::SettingsChanged { is_trial_stale } => {
                self.forecast.inputs_changed();
                if is_trial_stale {
                    self.forecast.trial_outdated();
                }
            }
            Fact::MachineRead => self.forecast.inputs_changed(),
            Fact::Recommended(components) => {
                if let Some(plate) = &mut self.plate {
                    plate.recommend(components);
                }
            }
            Fact::JobBegan { is_again } => {
                self.memory.job_began();
                self.status.job_began();
                if let Some(plate) = self.plate.as_mut().filter(|_| !is_again) {
                    plate.choice_is_run();
                }
            }
            Fact::RunsPlanned => {
                let budget_bytes = self.settings.budget_bytes().ok().flatten();
                let machine_bytes = self.settings.planned_machine().memory_bytes;
                let trial = &self.forecast.trial;
                self.memory.runs_planned(budget_bytes, machine_bytes, &self.runs, trial);
                self.images.runs_gone(&self.runs);
                self.images.failures.gather(&self.runs, plate);
            }
            Fact::JobHappened { event, run } => {
                let run = run.and_then(|id| self.runs.run(id));
                self.log.lines.add(&event);
                self.memory.job_happened(&event, run.filter(|run| run.is_shown).map(|run| run.id));
                if let (JobEvent::Run { event, .. }, Some(run)) = (&*event, run)
                    && let EventKind::ImageFailed(failed) = &event.kind
                {
                    self.images.image_failed(run, plate, failed);
                }
            }
            Fact::JobEnded(comparison) => {
                self.runs.read_history(self.settings.run_folders(), out);
                // What was run is the best measure of how fast it goes.
                self.forecast.trial_outdated();
                if !self.settings.kept.is_quiet
                    && let Some((title, sentence)) = self.runs.end_words(comparison.as_deref())
                {
                    out.work(StatusWork::Tell { title, sentence });
                }
                if let Some(comparison) = comparison {
                    self.status.verdict_shown(&comparison.verdict().sentence);
                    self.memory.compared(*comparison, out);
                }
                self.memory.job_ended(&self.runs, plate);
                self.images.failures.gather(&self.runs, plate);
            }
            Fact::OutputsWanted(id) => {
                if let Some(run) = self.runs.run(id) {
                    self.images.offer(run, plate);
                }
            }
            Fact::RunWanted(id) => {
                self.runs.show(id, true, out);
                out.emit(Fact::ShownRunsChanged);
            }
            Fact::LifeWanted(of) => self.memory.show_life(of, &self.runs, out),
            Fact::RunShown { id, is_shown } => self.memory.run_shown(id, is_shown, &self.runs),
            Fact::ShownRunsChanged => {
                self.images.failures.gather(&self.runs, plate);
                self.memory.shown_runs_changed(&self.runs);
            }
            Fact::RunsRenamed => self.memory.name_runs(&self.runs),
            Fact::RunDeleted(id) => {
                self.runs.remove(id);
                self.images.runs_gone(&self.runs);
                out.emit(Fact::ShownRunsChanged);
            }
            Fact::ProgramWatched => self.runs.read_history(self.settings.run_folders(), out),
            Fact::RunFolderAdded(folder) => {
                self.settings.add_run_folder(folder, out);
                self.runs.read_history(self.settings.run_folders(), out);
            }
            Fact::RunFolderForgotten(folder) => {
                self.settings.forget_run_folder(&folder, out);
                self.runs.read_history(self.settings.run_folders(), out);
            }
        }
    }

    /// Shows a plate that was opened. A job of the plate before is stopped and forgotten.
    pub fn show_plate(&mut self, plate: Plate) {
        let out = &mut self.outbox;
        if let Some(earlier) = &mut self.plate {
            earlier.stop_measuring();
        }
        self.runs.plate_shown();
        self.cluster.plate_shown();
        self.log.plate_shown(&plate);
        self.memory.plate_shown();
        self.images.plate_shown(&self.runs, &plate);
        self.start.plate_shown();
        self.status.plate_shown();
        self.forecast.plate_shown();
        self.plate = Some(PlateState::new(plate, out.next_generation()));
        self.runs.read_history(self.settings.run_folders(), out);
        out.work(SettingsWork::ReadMachine);
    }
}

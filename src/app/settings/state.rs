//! What the user has set, what is being typed, and the computer that it is for.

use std::path::{Path, PathBuf};

use super::graphics::DrawnBy;
use super::messages::{SettingsCommand, SettingsEvent, SettingsWork};
use super::remembered::{Settings, TEXT_PERCENT, USUAL_PERCENT};
use crate::app::log::LogKind;
use crate::app::outbox::{Fact, Outbox};
use crate::app::status::trouble::NextStep;
use crate::machine::Machine;
use crate::memory::Budget;
use crate::pipeline::PipelineSpec;
use crate::plan::{Mode, RunSpec};
use crate::plate::Component;

/// The settings and the computer.
#[derive(Clone, Debug, Default)]
pub struct SettingsState {
    /// What is remembered between sessions.
    pub kept: Settings,
    /// The computer.
    pub machine: Machine,
    /// The folder of the settings, where they have one.
    pub folder: Option<PathBuf>,
    /// The folder of results; empty until it is known.
    pub results: PathBuf,
    /// Room on the disk where results go, where that is known.
    pub results_free_bytes: Option<u64>,
    /// Whether the dialog of settings is open.
    pub is_dialog_open: bool,
    /// What draws the window, as soon as it is there.
    pub drawn_by: Option<DrawnBy>,
    /// The budget that the user is typing; `None` when it is the one in the settings.
    pub typed_budget: Option<String>,
    /// Why the budget that was typed cannot be taken; it stays in its field until it is another.
    budget_error: Option<String>,
}

impl SettingsState {
    pub(crate) fn new(kept: Settings, machine: Machine, out: &mut Outbox) -> Self {
        kept.numbers.write_so();
        appear(&kept, out);
        Self { kept, machine, ..Self::default() }
    }

    /// What a run may use; an error for a budget that cannot be read.
    ///
    /// # Errors
    /// Why the budget that was typed cannot be taken.
    pub fn budget_bytes(&self) -> Result<Option<u64>, String> {
        match &self.budget_error {
            Some(why) => Err(why.clone()),
            None => self.kept.budget_bytes(&self.machine),
        }
    }

    /// The computer that runs are planned for: this one, or what it is to be taken for.
    pub(crate) fn planned_machine(&self) -> Machine {
        self.kept.planned_machine(&self.machine)
    }

    /// What a run with these settings would do.
    pub(crate) fn spec(&self, mode: Mode, sequential: Vec<Component>, pipeline: PipelineSpec) -> RunSpec {
        RunSpec {
            mode,
            sequential,
            pipeline,
            after_clear: self.kept.after_clear,
            intermediates: self.kept.intermediates,
            threads: self.threads(),
            wells_at_once: self.kept.wells_at_once.unwrap_or(1),
            read_ahead: self.kept.read_ahead,
            compression: self.kept.compression,
            save_as: self.kept.save_as,
        }
    }

    /// The size of text, in percent of the usual one.
    pub fn text_percent(&self) -> u16 {
        self.kept.text_percent.unwrap_or(USUAL_PERCENT)
    }

    /// Folders in which runs are found, beside that of the results.
    pub(crate) fn run_folders(&self) -> &[PathBuf] {
        &self.kept.run_folders
    }

    /// How many threads a run uses.
    pub(crate) fn threads(&self) -> usize {
        self.kept.threads_on(&self.machine)
    }

    pub(crate) fn handle(&mut self, command: SettingsCommand, out: &mut Outbox) {
        match command {
            SettingsCommand::SetAfterClear(after_clear) => {
                self.kept.after_clear = after_clear;
                self.changed(false, out);
            }
            SettingsCommand::SetIntermediates(intermediates) => {
                self.kept.intermediates = intermediates;
                self.changed(false, out);
            }
            SettingsCommand::SetWellsAtOnce(wells) => {
                self.kept.wells_at_once = wells;
                self.changed(false, out);
            }
            SettingsCommand::SetReadAhead(is_on) => {
                self.kept.read_ahead = is_on;
                // It has threads of its own.
                self.changed(true, out);
            }
            SettingsCommand::SetCompression(compression) => {
                self.kept.compression = compression;
                // Saving takes longer or shorter.
                self.changed(true, out);
            }
            SettingsCommand::SetSaveAs(save_as) => {
                self.kept.save_as = save_as;
                self.changed(false, out);
            }
            SettingsCommand::SetCache(cache) => {
                self.kept.cache = cache;
                self.changed(false, out);
            }
            SettingsCommand::SetThreads(threads) => {
                self.kept.threads = threads;
                // A worker at rest takes memory for each of its threads.
                self.changed(true, out);
            }
            SettingsCommand::TypeBudget(text) => self.typed_budget = Some(text),
            SettingsCommand::SetBudget(text) => self.set_budget(text, out),
            SettingsCommand::PretendMemory(bytes) => {
                self.kept.pretend_memory_bytes = bytes;
                self.changed(false, out);
            }
            SettingsCommand::OfferPlates(plates) => {
                plates.iter().rev().for_each(|plate| self.kept.remember(plate, None));
            }
            SettingsCommand::ForgetRecent(path) => {
                self.kept.forget(&path);
                self.save(out);
            }
            SettingsCommand::SavePattern(saved) => {
                self.kept.patterns.retain(|known| known.name != saved.name);
                self.kept.patterns.insert(0, saved);
                self.save(out);
            }
            SettingsCommand::ForgetPattern(name) => {
                self.kept.patterns.retain(|known| known.name != name);
                self.save(out);
            }
            SettingsCommand::SetAppearance(appearance) => {
                self.kept.appearance = appearance;
                out.work(SettingsWork::Appear(appearance));
                self.save(out);
            }
            SettingsCommand::ShowDialog(is_open) => self.is_dialog_open = is_open,
            SettingsCommand::SetTextPercent(percent) => self.set_text_percent(percent, out),
            SettingsCommand::SetNumbers(numbers) => {
                self.kept.numbers = numbers;
                numbers.write_so();
                // Sentences that are there already are worked out again.
                self.changed(false, out);
            }
            SettingsCommand::PickResults => {
                out.open_dialog(SettingsWork::PickResults { from: self.results.clone() });
            }
            SettingsCommand::UseUsualResults => self.use_results(None, out),
            SettingsCommand::SetPictureBytes(bytes) => {
                self.kept.picture_bytes = bytes;
                self.save(out);
            }
            SettingsCommand::SetQuiet(is_quiet) => {
                self.kept.is_quiet = is_quiet;
                self.save(out);
            }
            SettingsCommand::SeenHint(hint) => {
                if self.kept.seen_hints.insert(hint) {
                    self.save(out);
                }
            }
            SettingsCommand::ShowHintsAgain => {
                self.kept.seen_hints.clear();
                self.save(out);
            }
            SettingsCommand::SetGraphics(choice) => {
                self.kept.graphics = choice;
                out.work(SettingsWork::ForgetEndedGraphics);
                self.save(out);
            }
            SettingsCommand::RememberWindow(size) => {
                self.kept.window = Some(size);
                self.save(out);
            }
        }
    }

    pub(crate) fn apply(&mut self, event: SettingsEvent, out: &mut Outbox) {
        match event {
            SettingsEvent::Machine { machine, results, results_free_bytes } => {
                self.results = results;
                self.machine = machine;
                self.results_free_bytes = results_free_bytes;
                out.emit(Fact::MachineRead);
            }
            SettingsEvent::ResultsPicked(picked) => {
                out.dialog_closed();
                match picked {
                    Some(Ok(folder)) => self.use_results(Some(folder), out),
                    Some(Err(why)) => {
                        let pick = NextStep::new("Choose another folder…", SettingsCommand::PickResults);
                        out.fail("Results cannot go there", why, Some(pick));
                    }
                    None => {}
                }
            }
            SettingsEvent::Drawn(drawn_by) => {
                // A window that opens again has the usual appearance.
                appear(&self.kept, out);
                if let Some(note) = drawn_by.note() {
                    out.log(LogKind::Warning, format!("Drawn by {}. {note}", drawn_by.words()));
                }
                self.drawn_by = Some(drawn_by);
            }
        }
    }

    fn set_budget(&mut self, text: String, out: &mut Outbox) {
        let budget = text.trim().to_owned();
        match Budget::parse(&budget, &self.planned_machine()) {
            Ok(_) => {
                (self.typed_budget, self.budget_error) = (None, None);
                self.kept.budget = budget;
                self.changed(false, out);
            }
            // Not saved: the next start would have no budget that can be read.
            Err(error) => (self.typed_budget, self.budget_error) = (Some(text), Some(error.to_string())),
        }
    }

    fn use_results(&mut self, folder: Option<PathBuf>, out: &mut Outbox) {
        self.kept.results.clone_from(&folder);
        out.work(SettingsWork::UseResults(folder));
        // Which also tells how much room is there.
        out.work(SettingsWork::ReadMachine);
        self.save(out);
    }

    fn set_text_percent(&mut self, percent: u16, out: &mut Outbox) {
        let percent = percent.clamp(*TEXT_PERCENT.start(), *TEXT_PERCENT.end());
        let kept = (percent != USUAL_PERCENT).then_some(percent);
        if self.kept.text_percent != kept {
            self.kept.text_percent = kept;
            self.save(out);
        }
        out.work(SettingsWork::Enlarge(percent));
    }

    /// A plate was opened by this path, which is neither relative nor within the plate, and by this pattern.
    pub(crate) fn plate_opened(&mut self, opened_by: &Path, pattern: Option<&str>, out: &mut Outbox) {
        self.kept.remember(opened_by, pattern);
        self.save(out);
    }

    pub(crate) fn add_run_folder(&mut self, folder: PathBuf, out: &mut Outbox) {
        if !self.kept.run_folders.contains(&folder) {
            self.kept.run_folders.push(folder);
            self.save(out);
        }
    }

    pub(crate) fn forget_run_folder(&mut self, folder: &Path, out: &mut Outbox) {
        self.kept.run_folders.retain(|known| known != folder);
        self.save(out);
    }

    fn changed(&self, is_trial_stale: bool, out: &mut Outbox) {
        out.emit(Fact::SettingsChanged { is_trial_stale });
        self.save(out);
    }

    fn save(&self, out: &mut Outbox) {
        out.work(SettingsWork::Save(Box::new(self.kept.clone())));
    }
}

/// The window looks as it is set.
fn appear(kept: &Settings, out: &mut Outbox) {
    out.work(SettingsWork::Appear(kept.appearance));
    out.work(SettingsWork::Enlarge(kept.text_percent.unwrap_or(USUAL_PERCENT)));
}

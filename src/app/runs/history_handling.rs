//! How the list of runs changes with what the user wants and with what the threads tell: loaded, shown in
//! the chart beside the runs of this session, judged, run again, deleted.

use std::path::{Path, PathBuf};

use super::history::{HistoryCommand, HistoryEvent, HistoryWork, MOST_TOGETHER};
use super::inputs::JobInputs;
use super::jobs::MOST_RUNS;
use super::run::{CombinationState, RunState};
use super::state::RunsState;
use crate::app::log::LogKind;
use crate::app::outbox::{Fact, Outbox};
use crate::app::status::messages::{Note, StatusCommand, Tab};
use crate::app::status::trouble::NextStep;
use crate::record::{Accounted, AnyRecord, RunId, RunRecord};

/// The way to read the list of runs again.
fn look_again() -> NextStep {
    NextStep::new("Look again", HistoryCommand::Read)
}

impl RunState {
    /// A run of another session.
    fn of_record(id: RunId, record: RunRecord) -> Self {
        let course = record.course();
        let combinations = CombinationState::all_of(&course);
        Self { id, record, is_live: false, is_shown: false, is_past: true, combinations, course, place: None }
    }
}

impl RunsState {
    /// Does what the user wants of the runs on disk.
    pub(crate) fn handle_history(
        &mut self,
        command: HistoryCommand,
        inputs: &JobInputs<'_>,
        out: &mut Outbox,
    ) {
        match command {
            HistoryCommand::Read => self.read_history(inputs.settings.run_folders(), out),
            HistoryCommand::Filter(text) => self.history.filter = text,
            HistoryCommand::ShowAllPlates(is_all) => self.history.is_all_plates = is_all,
            HistoryCommand::Select(folders) => self.select_past(folders, out),
            HistoryCommand::Show { folder, is_shown } => self.show_past(&folder, is_shown, out),
            HistoryCommand::ShowOnly(folders) => self.show_only(&folders, out),
            HistoryCommand::Label { folder, label } => {
                if self.history.label(&folder, &label) {
                    out.emit(Fact::RunsRenamed);
                    out.work(HistoryWork::Label { folder, label });
                }
            }
            HistoryCommand::Check => self.check_results(out),
            HistoryCommand::StopCheck => self.stop_check(),
            HistoryCommand::RunAgain(folder) => self.run_again(&folder, false, inputs, out),
            HistoryCommand::Continue(folder) => self.go_on(&folder, false, inputs, out),
            HistoryCommand::ConfirmAgain(is_wanted) => {
                match self.history.again.take().filter(|_| is_wanted) {
                    Some(again) if again.goes_on => self.go_on(&again.folder, true, inputs, out),
                    Some(again) => self.run_again(&again.folder, true, inputs, out),
                    None => {}
                }
            }
            HistoryCommand::AskToDelete(folders) => {
                self.history.accounted.clear();
                self.history.without_bin.clear();
                if !folders.is_empty() {
                    out.work(HistoryWork::Look(folders.clone()));
                }
                self.history.to_delete = folders;
            }
            HistoryCommand::Delete => {
                let accounted = std::mem::take(&mut self.history.accounted);
                for folder in std::mem::take(&mut self.history.to_delete) {
                    // Only what the user was shown.
                    if accounted.get(&folder).is_some_and(Result::is_ok) {
                        let for_good = self.history.without_bin.contains(&folder);
                        out.work(HistoryWork::Delete { folder, for_good });
                    }
                }
            }
            HistoryCommand::PickFolder => out.open_dialog(HistoryWork::PickFolder),
            HistoryCommand::ForgetFolder(folder) => out.emit(Fact::RunFolderForgotten(folder)),
        }
    }

    /// Looks for the runs on disk again, also in these folders; those known stay until they are found again.
    pub(crate) fn read_history(&mut self, more: &[PathBuf], out: &mut Outbox) {
        let generation = out.next_generation();
        self.history.begin(generation);
        out.work(HistoryWork::Read { generation, more: more.to_vec() });
    }

    pub(crate) fn apply_history(&mut self, event: HistoryEvent, out: &mut Outbox) {
        let present = self.history.generation;
        match event {
            HistoryEvent::Found { generation, runs } if generation == present => self.history.add(runs),
            HistoryEvent::AllFound { generation } if generation == present => {
                self.history.end();
                out.emit(Fact::RunsRenamed);
            }
            HistoryEvent::NotRead { generation, why } if generation == present => {
                self.history.is_reading = false;
                out.fail_and_log("The runs on disk could not be listed", why, Some(look_again()));
            }
            HistoryEvent::Found { .. } | HistoryEvent::AllFound { .. } | HistoryEvent::NotRead { .. } => {}
            HistoryEvent::Loaded { folder, record } => {
                // What is not waited for any more is of another plate, or not selected any more.
                let Some(is_shown) = self.history.loading.remove(&folder) else { return };
                match record {
                    Ok(record) => self.loaded(folder, record, is_shown, out),
                    Err(why) => {
                        let show = NextStep::new("Show folder", StatusCommand::ShowFolder(folder));
                        out.fail_and_log("The run could not be read", why, Some(show));
                    }
                }
            }
            HistoryEvent::Looked { folder, accounted, has_bin } => {
                if self.history.to_delete.contains(&folder) {
                    if !has_bin {
                        self.history.without_bin.insert(folder.clone());
                    }
                    self.history.accounted.insert(folder, accounted);
                }
            }
            HistoryEvent::Checking { generation, stage } => self.check_came_to(generation, stage),
            HistoryEvent::Deleted { folder, result } => match result {
                Ok(accounted) => self.deleted(folder, &accounted, out),
                Err(why) => {
                    let show = NextStep::new("Show folder", StatusCommand::ShowFolder(folder));
                    out.fail_and_log("The run could not be deleted", why, Some(show));
                }
            },
            HistoryEvent::FolderPicked(picked) => {
                out.dialog_closed();
                match picked {
                    Ok(None) => {}
                    Ok(Some(folder)) => out.emit(Fact::RunFolderAdded(folder)),
                    Err(why) => out.fail_and_log("No folder could be chosen", why, None),
                }
            }
            HistoryEvent::NotLabelled(why) => {
                out.fail_and_log("Name and note of the run could not be saved", why, None);
            }
            HistoryEvent::LabelAside(path) => out.log(
                LogKind::Warning,
                format!(
                    "What was said of the run before could not be read. It is kept as {}.",
                    path.display()
                ),
            ),
        }
    }

    fn loaded(&mut self, folder: PathBuf, record: AnyRecord, is_shown: bool, out: &mut Outbox) {
        if is_shown {
            self.add(record, out);
            self.show_past(&folder, true, out);
        } else if self.history.selected.contains(&folder) {
            self.history.records.insert(folder, record);
        }
    }

    fn add(&mut self, record: AnyRecord, out: &mut Outbox) {
        match record {
            AnyRecord::Run(record) => self.add_past(*record, out),
            AnyRecord::Watched(record) => self.add_watched(*record, out),
        }
    }

    /// The run or watched program in a folder, where it is one of those that the chart can show.
    fn id_in(&self, folder: &Path) -> Option<RunId> {
        let watched = || self.watched_in(folder).map(|watched| watched.id);
        self.run_in(folder).map(|run| run.id).or_else(watched)
    }

    /// A run of another session, among those of this one. Those that the chart does not show make room.
    fn add_past(&mut self, record: RunRecord, out: &mut Outbox) {
        while self.list.len() >= MOST_RUNS
            && let Some(place) = self.list.iter().position(|run| run.is_past && !run.is_shown)
        {
            self.list.remove(place);
        }
        let id = RunId::new(out.next_generation());
        self.list.insert(0, RunState::of_record(id, record));
    }

    fn deleted(&mut self, folder: PathBuf, accounted: &Accounted, out: &mut Outbox) {
        if let Some(id) = self.id_in(&folder) {
            self.show(id, false, out);
            out.emit(Fact::RunDeleted(id));
        }
        self.history.loading.remove(&folder);
        self.history.keep(|known| *known != folder);
        match accounted.staying_text() {
            None => out.log(LogKind::Run, format!("{} is deleted.", folder.display())),
            Some(stay) => {
                let text = format!("The run is in the system's bin. In {} {stay}", folder.display());
                out.log(LogKind::Run, format!("{text}."));
                out.emit(Fact::Noted(Some(Note { text, folder: Some(folder) })));
            }
        }
    }

    fn select_past(&mut self, folders: Vec<PathBuf>, out: &mut Outbox) {
        self.history.records.retain(|folder, _| folders.contains(folder));
        self.history.loading.retain(|folder, is_shown| *is_shown || folders.contains(folder));
        // The verdict on several needs what is not in the head of a record: their outputs.
        if (2..=MOST_TOGETHER).contains(&folders.len()) {
            for folder in &folders {
                self.load_past(folder, false, out);
            }
        }
        if self.history.check.as_ref().is_some_and(|check| check.folders != folders) {
            self.stop_check();
        }
        self.history.selected = folders;
    }

    /// Shows these and no others.
    fn show_only(&mut self, folders: &[PathBuf], out: &mut Outbox) {
        // Lines of a run that goes are not taken away, and no more are read than can be distinguished.
        if self.job.is_some() || folders.len() > MOST_TOGETHER {
            return;
        }
        for is_shown in self.history.loading.values_mut() {
            *is_shown = false;
        }
        let is_other =
            |folder: Option<&Path>| !folder.is_some_and(|own| folders.iter().any(|folder| folder == own));
        let runs = self.shown().filter(|run| is_other(run.folder().as_deref())).map(|run| run.id);
        let watched =
            self.shown_watched().filter(|one| is_other(one.record.folder.as_deref())).map(|one| one.id);
        let others: Vec<RunId> = runs.chain(watched).collect();
        for id in others {
            self.show(id, false, out);
        }
        for folder in folders {
            self.show_past(folder, true, out);
        }
        out.emit(Fact::ShownRunsChanged);
        out.emit(Fact::TabWanted(Tab::Memory));
    }

    fn load_past(&mut self, folder: &Path, is_shown: bool, out: &mut Outbox) {
        if let Some(wanted) = self.history.loading.get_mut(folder) {
            *wanted |= is_shown;
        } else if self.record_in(folder).is_none() && self.watched_record_in(folder).is_none() {
            self.history.loading.insert(folder.to_owned(), is_shown);
            out.work(HistoryWork::Load(folder.to_owned()));
        }
    }

    fn show_past(&mut self, folder: &Path, is_shown: bool, out: &mut Outbox) {
        if is_shown && let Some(record) = self.history.records.remove(folder) {
            self.add(record, out);
        }
        match self.id_in(folder) {
            Some(id) => {
                self.show(id, is_shown, out);
                if is_shown {
                    out.emit(Fact::OutputsWanted(id));
                }
                out.emit(Fact::ShownRunsChanged);
            }
            None if is_shown => self.load_past(folder, true, out),
            None => {
                if let Some(wanted) = self.history.loading.get_mut(folder) {
                    *wanted = false;
                }
            }
        }
    }
}

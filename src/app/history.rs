//! The runs on disk, over all sessions: listed, named, pinned, shown in the chart beside those of this
//! session, run again, and deleted into the system's bin.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::log::LogKind;
use super::messages::{RunRequest, Work};
use super::runs::{CombinationState, RunState, Stage};
use super::state::{AppState, Tab, Trouble};
use crate::compare::Comparison;
use crate::memory::Budget;
use crate::record::{PastRun, RunLabel, RunRecord};

/// What is known of the runs on disk.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Those found, pinned ones first, then the newest.
    pub runs: Vec<PastRun>,
    /// Whether they are still being looked for.
    pub is_reading: bool,
    /// Records that could not be read.
    pub complaints: Vec<String>,
    /// Only runs that hold this text.
    pub filter: String,
    /// Whether runs of other plates are listed, too.
    pub is_all_plates: bool,
    /// The folders of those selected, in the order in which they were.
    pub selected: Vec<PathBuf>,
    /// The runs that are about to be deleted, if the user says yes.
    pub to_delete: Vec<PathBuf>,
    /// Those found since it was begun to look for them.
    found: BTreeSet<PathBuf>,
    pub(super) generation: u64,
}

impl History {
    /// The run in a folder.
    pub fn run(&self, folder: &Path) -> Option<&PastRun> {
        self.runs.iter().find(|run| run.folder == folder)
    }

    /// The runs selected.
    pub fn selected_runs(&self) -> Vec<&PastRun> {
        self.selected.iter().filter_map(|folder| self.run(folder)).collect()
    }

    fn sort(&mut self) {
        self.runs.sort_by(|a, b| {
            let place =
                |run: &PastRun| (run.label.is_pinned, run.head.started_unix_secs, run.head.run.clone());
            place(b).cmp(&place(a))
        });
    }
}

/// Something that the user wants of the runs on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryCommand {
    /// Look for them again.
    Read,
    /// List only runs that hold a text.
    Filter(String),
    /// List runs of other plates, too, or not.
    ShowAllPlates(bool),
    /// Select these and no others.
    Select(Vec<PathBuf>),
    /// Show a run in the chart, or not.
    Show {
        /// Its folder.
        folder: PathBuf,
        /// Whether.
        is_shown: bool,
    },
    /// Show these runs in the chart and no others, with their verdict where they make a comparison.
    ShowOnly(Vec<PathBuf>),
    /// Change name, note or pin.
    Label {
        /// The run's folder.
        folder: PathBuf,
        /// What is said of it from now on.
        label: RunLabel,
    },
    /// Make a run again with the same settings.
    RunAgain(PathBuf),
    /// Ask whether to delete these; none to ask no more.
    AskToDelete(Vec<PathBuf>),
    /// Delete those that were asked for.
    Delete,
    /// Ask for another folder in which runs are found.
    PickFolder,
    /// Look for runs in such a folder no more.
    ForgetFolder(PathBuf),
}

/// What has to be done on the disk for it.
#[derive(Clone, Debug)]
pub enum HistoryWork {
    /// Look for runs in the folder of results and in these.
    Read {
        /// For the answers.
        generation: u64,
        /// Further folders.
        more: Vec<PathBuf>,
    },
    /// Read the whole record of a run.
    Load {
        /// Its folder.
        folder: PathBuf,
        /// Whether it is to be shown in the chart.
        is_shown: bool,
    },
    /// Write what the user says of a run.
    Label {
        /// The run's folder.
        folder: PathBuf,
        /// It.
        label: RunLabel,
    },
    /// Move the folder of a run into the system's bin.
    Delete(PathBuf),
    /// Ask the user for a folder.
    PickFolder,
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum HistoryEvent {
    /// A run was found, or a record that cannot be read.
    Found {
        /// Of the request.
        generation: u64,
        /// It, or why not.
        run: Result<Box<PastRun>, String>,
    },
    /// All have been told.
    AllFound {
        /// Of the request.
        generation: u64,
    },
    /// A record was read.
    Loaded {
        /// The run's folder.
        folder: PathBuf,
        /// Whether it is to be shown in the chart.
        is_shown: bool,
        /// It, or why not.
        record: Result<Box<RunRecord>, String>,
    },
    /// A run is in the bin, or why not.
    Deleted {
        /// Its folder.
        folder: PathBuf,
        /// What came of it.
        result: Result<(), String>,
    },
    /// A folder was chosen; `None` where none was.
    FolderPicked(Option<PathBuf>),
    /// Something could not be done; why.
    Failed(String),
}

impl RunState {
    /// A run of another session.
    fn of_record(id: u64, record: RunRecord) -> Self {
        let combinations = record
            .combinations()
            .into_iter()
            .map(|row| CombinationState {
                stage: row.cleared.map_or(Stage::Waiting, |cleared| Stage::Cleared {
                    rss_before: cleared.rss_before,
                    rss_after: cleared.rss_after,
                }),
                images: row.images,
                id: row.id,
            })
            .collect();
        Self { id, record, is_live: false, is_shown: false, combinations }
    }
}

impl AppState {
    /// Does what the user wants of the runs on disk.
    pub(super) fn handle_history(&mut self, command: HistoryCommand) {
        match command {
            HistoryCommand::Read => self.read_history(),
            HistoryCommand::Filter(text) => self.history.filter = text,
            HistoryCommand::ShowAllPlates(is_all) => self.history.is_all_plates = is_all,
            HistoryCommand::Select(folders) => {
                // Their combinations are shown, which the head of a record does not tell.
                for folder in &folders {
                    self.load_run(folder, false);
                }
                self.history.selected = folders;
            }
            HistoryCommand::Show { folder, is_shown } => self.show_past(&folder, is_shown),
            HistoryCommand::ShowOnly(folders) => {
                let others: Vec<u64> = self
                    .shown_runs()
                    .filter(|run| run.folder().is_none_or(|folder| !folders.contains(&folder)))
                    .map(|run| run.id)
                    .collect();
                for id in others {
                    self.show_run(id, false);
                }
                for folder in &folders {
                    self.show_past(folder, true);
                }
                self.tab = Tab::Memory;
            }
            HistoryCommand::Label { folder, label } => {
                if let Some(run) = self.history.runs.iter_mut().find(|run| run.folder == folder) {
                    run.label = label.clone();
                    self.history.sort();
                    self.name_in_chart();
                    self.push_work(Work::History(HistoryWork::Label { folder, label }));
                }
            }
            HistoryCommand::RunAgain(folder) => self.run_again(&folder),
            HistoryCommand::AskToDelete(folders) => self.history.to_delete = folders,
            HistoryCommand::Delete => {
                for folder in std::mem::take(&mut self.history.to_delete) {
                    self.push_work(Work::History(HistoryWork::Delete(folder)));
                }
            }
            HistoryCommand::PickFolder => {
                if !self.is_picking {
                    self.is_picking = true;
                    self.push_work(Work::History(HistoryWork::PickFolder));
                }
            }
            HistoryCommand::ForgetFolder(folder) => {
                self.settings.run_folders.retain(|known| *known != folder);
                self.save_settings();
                self.read_history();
            }
        }
    }

    /// Looks for the runs on disk anew; those known stay until they are found again.
    pub(super) fn read_history(&mut self) {
        let generation = self.next_generation();
        self.history.generation = generation;
        self.history.is_reading = true;
        self.history.complaints.clear();
        let more = self.settings.run_folders.clone();
        self.push_work(Work::History(HistoryWork::Read { generation, more }));
    }

    pub(super) fn history_event(&mut self, event: HistoryEvent) {
        match event {
            HistoryEvent::Found { generation, run } if generation == self.history.generation => match run {
                Ok(run) => {
                    self.history.runs.retain(|known| known.folder != run.folder);
                    self.history.found.insert(run.folder.clone());
                    self.history.runs.push(*run);
                    self.history.sort();
                }
                Err(why) => self.history.complaints.push(why),
            },
            HistoryEvent::AllFound { generation } if generation == self.history.generation => {
                let found = std::mem::take(&mut self.history.found);
                self.history.runs.retain(|run| found.contains(&run.folder));
                self.history.selected.retain(|folder| found.contains(folder));
                self.history.is_reading = false;
                self.name_in_chart();
            }
            HistoryEvent::Found { .. } | HistoryEvent::AllFound { .. } => {}
            HistoryEvent::Loaded { folder, is_shown, record } => match record {
                Ok(record) => {
                    if self.run_in(&folder).is_none() {
                        let id = self.next_generation();
                        self.runs.insert(0, RunState::of_record(id, *record));
                    }
                    if is_shown {
                        self.show_past(&folder, true);
                    }
                }
                Err(why) => self.history_failed("The run could not be read", why),
            },
            HistoryEvent::Deleted { folder, result } => match result {
                Ok(()) => {
                    if let Some(id) = self.run_in(&folder).map(|run| run.id) {
                        self.show_run(id, false);
                        self.runs.retain(|run| run.id != id);
                        self.outputs.retain(|output| output.run != id);
                        self.outputs_version += 1;
                    }
                    self.history.runs.retain(|run| run.folder != folder);
                    self.history.selected.retain(|selected| *selected != folder);
                    let text = format!("{} is in the system's bin.", folder.display());
                    self.log.say(LogKind::Run, text);
                }
                Err(why) => self.history_failed("The run could not be deleted", why),
            },
            HistoryEvent::FolderPicked(folder) => {
                self.is_picking = false;
                if let Some(folder) = folder {
                    if !self.settings.run_folders.contains(&folder) {
                        self.settings.run_folders.push(folder);
                        self.save_settings();
                    }
                    self.read_history();
                }
            }
            HistoryEvent::Failed(why) => {
                self.is_picking = false;
                self.history.is_reading = false;
                self.history_failed("Something went wrong with the runs on disk", why);
            }
        }
    }

    fn history_failed(&mut self, title: &str, why: String) {
        self.log.say(LogKind::Failure, why.clone());
        self.trouble = Some(Trouble { title: title.to_owned(), sentence: why });
    }

    /// The run in a folder, where its record is loaded.
    pub fn run_in(&self, folder: &Path) -> Option<&RunState> {
        self.runs.iter().find(|run| run.folder().as_deref() == Some(folder))
    }

    fn load_run(&mut self, folder: &Path, is_shown: bool) {
        if self.run_in(folder).is_none() {
            let folder = folder.to_owned();
            self.push_work(Work::History(HistoryWork::Load { folder, is_shown }));
        }
    }

    fn show_past(&mut self, folder: &Path, is_shown: bool) {
        match self.run_in(folder).map(|run| run.id) {
            Some(id) => {
                self.show_run(id, is_shown);
                self.judge_shown();
            }
            None if is_shown => self.load_run(folder, true),
            None => {}
        }
    }

    /// The verdict over the chart is about the runs in it.
    pub(super) fn judge_shown(&mut self) {
        if self.job.is_some() {
            return;
        }
        let mut shown: Vec<&RunRecord> = self.shown_runs().map(|run| &run.record).collect();
        shown.sort_by_key(|record| record.started_unix_secs);
        self.comparison = Comparison::of_records(&shown);
    }

    /// Gives the runs in the chart the names that the user gave them.
    pub(super) fn name_in_chart(&mut self) {
        for charted in &mut self.chart.runs {
            let Some(run) = self.runs.iter().find(|run| run.record.run == charted.run) else { continue };
            let folder = run.folder();
            let label = folder.and_then(|folder| self.history.run(&folder)).map(|run| &run.label.name);
            charted.title = label.filter(|name| !name.is_empty()).map_or_else(|| run.title(), Clone::clone);
        }
        self.chart.tell_titles_apart();
    }

    /// Why a run cannot be made again now; `None` where it can.
    pub fn again_blocked(&self, run: &PastRun) -> Option<String> {
        let Some(plate) = &self.plate else { return Some("open its plate first".to_owned()) };
        if self.job.is_some() {
            Some("a run is going".to_owned())
        } else if plate.plate.root != run.head.plate.root && plate.plate.name != run.head.plate.name {
            Some(format!("open the plate {} first", run.head.plate.name))
        } else if let Some(well) = run.head.plan.wells.iter().find(|well| !plate.wells.contains_key(well)) {
            Some(format!("the open plate has no well {well}"))
        } else if !run.head.plan.wells.iter().all(|well| plate.is_measured_well(*well)) {
            Some("select its wells first, so that the sizes of their images are read".to_owned())
        } else {
            None
        }
    }

    fn run_again(&mut self, folder: &Path) {
        let Some(run) = self.history.run(folder).filter(|run| self.again_blocked(run).is_none()) else {
            return;
        };
        let (spec, wells) = (run.head.spec.clone(), run.head.plan.wells.iter().copied().collect());
        let budget_bytes = Budget { bytes: run.head.budget_bytes }.held_to(&self.machine).bytes;
        let Some(plate) = &self.plate else { return };
        let request = RunRequest {
            plate: plate.plate.clone(),
            measured: plate.measured.clone(),
            wells,
            specs: vec![spec],
            budget_bytes,
            resting_rss_bytes: self.trial.resting_rss_bytes,
            cache: self.settings.cache,
            fix: plate.fix(),
        };
        self.start_job(Box::new(request));
    }
}

/// What a list of runs shows of one: `Channel, one at a time`, or the name that the user gave it.
pub fn run_name(run: &PastRun) -> String {
    if run.label.name.is_empty() { crate::engine::run_title(&run.head.plan) } else { run.label.name.clone() }
}

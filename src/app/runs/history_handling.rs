//! How the list of runs changes with what the user wants and with what the threads tell: loaded, shown in
//! the chart beside the runs of this session, judged, run again, deleted.

use std::path::{Path, PathBuf};

use super::history::{HistoryCommand, HistoryEvent, HistoryWork, MOST_TOGETHER};
use super::jobs::MOST_RUNS;
use super::run::{CombinationState, RunState, Stage};
use crate::app::log::LogKind;
use crate::app::messages::{RunRequest, Work};
use crate::app::state::{AppState, Tab, Trouble};
use crate::chart::{Chart, ChartRun};
use crate::compare::Comparison;
use crate::memory::Budget;
use crate::record::{PastRun, RunRecord};

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
        Self { id, record, is_live: false, is_shown: false, is_past: true, combinations }
    }
}

impl AppState {
    /// Does what the user wants of the runs on disk.
    pub(crate) fn handle_history(&mut self, command: HistoryCommand) {
        match command {
            HistoryCommand::Read => self.read_history(),
            HistoryCommand::Filter(text) => self.history.filter = text,
            HistoryCommand::ShowAllPlates(is_all) => self.history.is_all_plates = is_all,
            HistoryCommand::Select(folders) => self.select_past(folders),
            HistoryCommand::Show { folder, is_shown } => self.show_past(&folder, is_shown),
            HistoryCommand::ShowOnly(folders) => self.show_only(&folders),
            HistoryCommand::Label { folder, label } => {
                if self.history.label(&folder, &label) {
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
    pub(crate) fn read_history(&mut self) {
        let generation = self.next_generation();
        self.history.begin(generation);
        let more = self.settings.run_folders.clone();
        self.push_work(Work::History(HistoryWork::Read { generation, more }));
    }

    pub(crate) fn history_event(&mut self, event: HistoryEvent) {
        let present = self.history.generation;
        match event {
            HistoryEvent::Found { generation, runs } if generation == present => self.history.add(runs),
            HistoryEvent::AllFound { generation } if generation == present => {
                self.history.end();
                self.name_in_chart();
            }
            HistoryEvent::NotRead { generation, why } if generation == present => {
                self.history.is_reading = false;
                self.history_failed("The runs on disk could not be looked for", why);
            }
            HistoryEvent::Found { .. } | HistoryEvent::AllFound { .. } | HistoryEvent::NotRead { .. } => {}
            HistoryEvent::Loaded { folder, record } => {
                // What is not waited for any more is of another plate, or not selected any more.
                let Some(is_shown) = self.history.loading.remove(&folder) else { return };
                match record {
                    Ok(record) => self.loaded(folder, *record, is_shown),
                    Err(why) => self.history_failed("The run could not be read", why),
                }
            }
            HistoryEvent::Deleted { folder, result } => match result {
                Ok(()) => self.deleted(&folder),
                Err(why) => self.history_failed("The run could not be deleted", why),
            },
            HistoryEvent::FolderPicked(picked) => {
                self.is_picking = false;
                match picked {
                    Ok(None) => {}
                    Ok(Some(folder)) => {
                        if !self.settings.run_folders.contains(&folder) {
                            self.settings.run_folders.push(folder);
                            self.save_settings();
                        }
                        self.read_history();
                    }
                    Err(why) => self.history_failed("No folder could be chosen", why),
                }
            }
            HistoryEvent::NotLabelled(why) => {
                self.history_failed("What you say of the run could not be kept", why);
            }
        }
    }

    fn loaded(&mut self, folder: PathBuf, record: RunRecord, is_shown: bool) {
        if is_shown {
            self.add_past(record);
            self.show_past(&folder, true);
        } else if self.history.selected.contains(&folder) {
            self.history.records.insert(folder, record);
        }
    }

    /// A run of another session, among those of this one. Those that the chart does not show make room.
    fn add_past(&mut self, record: RunRecord) {
        while self.runs.len() >= MOST_RUNS
            && let Some(place) = self.runs.iter().position(|run| run.is_past && !run.is_shown)
        {
            self.runs.remove(place);
        }
        let id = self.next_generation();
        self.runs.insert(0, RunState::of_record(id, record));
    }

    fn deleted(&mut self, folder: &Path) {
        if let Some(id) = self.run_in(folder).map(|run| run.id) {
            self.show_run(id, false);
            self.runs.retain(|run| run.id != id);
            self.outputs.retain(|output| output.run != id);
            self.outputs_version += 1;
            self.shown_changed();
        }
        self.history.loading.remove(folder);
        self.history.keep(|known| known != folder);
        self.log.say(LogKind::Run, format!("{} is in the system's bin.", folder.display()));
    }

    fn history_failed(&mut self, title: &str, why: String) {
        self.log.say(LogKind::Failure, why.clone());
        self.trouble = Some(Trouble { title: title.to_owned(), sentence: why });
    }

    /// The run in a folder, where it is one of those that the chart can show.
    pub fn run_in(&self, folder: &Path) -> Option<&RunState> {
        self.runs.iter().find(|run| run.folder().as_deref() == Some(folder))
    }

    /// The whole record of the run in a folder, where it is read.
    pub fn record_in(&self, folder: &Path) -> Option<&RunRecord> {
        self.run_in(folder).map(|run| &run.record).or_else(|| self.history.records.get(folder))
    }

    /// The name that the user gave to a run, or else how it took the images.
    pub fn name_of(&self, run: &RunState) -> String {
        let past = run.folder().and_then(|folder| self.history.run(&folder));
        past.map(|past| &past.label.name)
            .filter(|name| !name.is_empty())
            .cloned()
            .unwrap_or_else(|| run.title())
    }

    fn select_past(&mut self, folders: Vec<PathBuf>) {
        self.history.records.retain(|folder, _| folders.contains(folder));
        self.history.loading.retain(|folder, is_shown| *is_shown || folders.contains(folder));
        // The verdict on several needs what is not in the head of a record: their outputs.
        if (2..=MOST_TOGETHER).contains(&folders.len()) {
            for folder in &folders {
                self.load_past(folder, false);
            }
        }
        self.history.selected = folders;
    }

    /// Shows these and no others.
    fn show_only(&mut self, folders: &[PathBuf]) {
        // Lines of a run that goes are not taken away, and no more are read than can be told apart.
        if self.job.is_some() || folders.len() > MOST_TOGETHER {
            return;
        }
        for is_shown in self.history.loading.values_mut() {
            *is_shown = false;
        }
        let is_other = |run: &&RunState| run.folder().is_none_or(|folder| !folders.contains(&folder));
        let others: Vec<u64> = self.shown_runs().filter(is_other).map(|run| run.id).collect();
        for id in others {
            self.show_run(id, false);
        }
        for folder in folders {
            self.show_past(folder, true);
        }
        self.shown_changed();
        self.tab = Tab::Memory;
    }

    fn load_past(&mut self, folder: &Path, is_shown: bool) {
        if let Some(wanted) = self.history.loading.get_mut(folder) {
            *wanted |= is_shown;
        } else if self.record_in(folder).is_none() {
            self.history.loading.insert(folder.to_owned(), is_shown);
            self.push_work(Work::History(HistoryWork::Load(folder.to_owned())));
        }
    }

    fn show_past(&mut self, folder: &Path, is_shown: bool) {
        if is_shown && let Some(record) = self.history.records.remove(folder) {
            self.add_past(record);
        }
        match self.run_in(folder).map(|run| run.id) {
            Some(id) => {
                self.show_run(id, is_shown);
                if is_shown {
                    self.offer_outputs(id);
                }
                self.shown_changed();
            }
            None if is_shown => self.load_past(folder, true),
            None => {
                if let Some(wanted) = self.history.loading.get_mut(folder) {
                    *wanted = false;
                }
            }
        }
    }

    /// What follows when other runs are shown: what failed in them, their verdict, and what it was that
    /// they were run against. While a job goes, verdict and limits are its own.
    pub(crate) fn shown_changed(&mut self) {
        self.gather_failures();
        if self.job.is_some() {
            return;
        }
        let mut shown: Vec<&RunRecord> = self.shown_runs().map(|run| &run.record).collect();
        shown.sort_by_key(|record| record.started_unix_secs);
        let comparison = Comparison::of_records(&shown);
        let refused = Chart::refused_in(&shown);
        let budgets: Vec<Option<u64>> = shown.iter().map(|record| record.budget_bytes).collect();
        let memory_bytes = shown.iter().rev().find_map(|record| record.machine.as_ref()?.memory_bytes);
        if let Some(first) = budgets.first() {
            // One line cannot tell of several budgets.
            self.chart.budget_bytes = first.filter(|_| budgets.iter().all(|budget| budget == first));
            self.chart.machine_bytes = memory_bytes;
        }
        (self.comparison, self.chart.refused) = (comparison, refused);
    }

    /// Gives the runs in the chart the names that the user gave them.
    pub(crate) fn name_in_chart(&mut self) {
        let title = |charted: &ChartRun| {
            let run = self.runs.iter().find(|run| run.record.run == charted.run);
            run.map_or_else(|| charted.title.clone(), |run| self.name_of(run))
        };
        let titles: Vec<String> = self.chart.runs.iter().map(title).collect();
        for (charted, title) in self.chart.runs.iter_mut().zip(titles) {
            charted.title = title;
        }
        self.chart.tell_titles_apart();
    }

    /// Why a run cannot be made again now; `None` where it can.
    pub fn again_blocked(&self, run: &PastRun) -> Option<String> {
        let Some(plate) = &self.plate else { return Some("open its plate first".to_owned()) };
        if self.job.is_some() {
            Some("a run is going".to_owned())
        } else if !run.head.plate.is(&plate.plate) {
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

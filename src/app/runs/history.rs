//! The runs on disk, over all sessions: what is known of them, what the user can want of them, and
//! what the threads tell. What follows from it for the window is in [`super::history_handling`].

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::check::{CheckStage, ResultsCheck};
use crate::cancel::Cancel;
use crate::record::{Accounted, AnyRecord, Past, PastRun, RunLabel};

/// The most runs that are put together: shown in the chart by one click, or compared in the list. Their
/// whole records are read for it, and more lines than that nobody tells apart. Those of a comparison are as many at most.
pub const MOST_TOGETHER: usize = 10;

/// What a run that may come from others will do when it is made again, or goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Again {
    /// The folder of the earlier run.
    pub folder: PathBuf,
    /// Whether it goes on in its folder.
    pub goes_on: bool,
    /// The plate whose images it reads.
    pub plate: PathBuf,
    /// The folder in which its results get a folder; of one that goes on, that in which they lie.
    pub results: PathBuf,
    /// The other files that it reads.
    pub files: Vec<PathBuf>,
}

/// What is known of the runs on disk.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Those found, pinned ones first, then the newest.
    pub runs: Vec<Past>,
    /// Whether they are still being looked for.
    pub is_reading: bool,
    /// Records that could not be read.
    pub errors: Vec<String>,
    /// Only runs that hold this text.
    pub filter: String,
    /// Whether runs of other plates are listed, too.
    pub is_all_plates: bool,
    /// The folders of those selected, in the order in which they were.
    pub selected: Vec<PathBuf>,
    /// The runs that are about to be deleted, if the user says yes.
    pub to_delete: Vec<PathBuf>,
    /// What their folders hold, as far as it was looked at; or why nothing is deleted there.
    pub accounted: HashMap<PathBuf, Result<Accounted, String>>,
    /// Those of them on whose drive there is no bin, so that they would be gone for good.
    pub without_bin: HashSet<PathBuf>,
    /// The run that is about to be made again, if the user says yes.
    pub again: Option<Again>,
    /// Whole records of runs that are selected and not in the chart, for their verdict.
    pub(crate) records: HashMap<PathBuf, AnyRecord>,
    /// The look at the results of those selected, where the user wanted one.
    pub check: Option<ResultsCheck>,
    /// Runs whose records are being read, and whether they are shown then.
    pub(crate) loading: HashMap<PathBuf, bool>,
    /// What was said of runs while they were looked for: what is found may have been read before.
    pub(crate) said: HashMap<PathBuf, RunLabel>,
    /// Those found since it was started to look for them.
    found: HashSet<PathBuf>,
    /// Where each is in the list: there may be thousands.
    places: HashMap<PathBuf, usize>,
    pub(crate) generation: u64,
}

impl History {
    /// What is in a folder.
    pub fn past(&self, folder: &Path) -> Option<&Past> {
        self.runs.get(*self.places.get(folder)?)
    }

    /// The run in a folder.
    pub fn run(&self, folder: &Path) -> Option<&PastRun> {
        self.past(folder)?.run()
    }

    /// Those selected.
    pub(crate) fn selected_past(&self) -> Vec<&Past> {
        self.selected.iter().filter_map(|folder| self.past(folder)).collect()
    }

    /// Forgets what was found, because it is looked for again under this number.
    pub(crate) fn begin(&mut self, generation: u64) {
        self.generation = generation;
        self.is_reading = true;
        self.errors.clear();
        self.found.clear();
    }

    /// Takes in runs that were found, in the place of what was known of them.
    pub(crate) fn add(&mut self, runs: Vec<Result<Past, String>>) {
        for run in runs {
            match run {
                Ok(mut run) => {
                    if let Some(label) = self.said.get(run.folder()) {
                        run.label_mut().clone_from(label);
                    }
                    self.found.insert(run.folder().to_owned());
                    match self.places.get(run.folder()) {
                        Some(place) => self.runs[*place] = run,
                        None => {
                            self.places.insert(run.folder().to_owned(), self.runs.len());
                            self.runs.push(run);
                        }
                    }
                }
                Err(why) if self.errors.contains(&why) => {}
                Err(why) => self.errors.push(why),
            }
        }
        self.sort();
    }

    /// All have been found: those that were not are gone.
    pub(crate) fn end(&mut self) {
        let found = std::mem::take(&mut self.found);
        self.is_reading = false;
        self.said.clear();
        self.keep(|folder| found.contains(folder));
    }

    /// Drops the runs in all other folders.
    pub(crate) fn keep(&mut self, is_kept: impl Fn(&PathBuf) -> bool) {
        self.runs.retain(|run| is_kept(&run.folder().to_owned()));
        self.selected.retain(&is_kept);
        self.to_delete.retain(&is_kept);
        self.accounted.retain(|folder, _| is_kept(folder));
        self.again.take_if(|again| !is_kept(&again.folder));
        self.records.retain(|folder, _| is_kept(folder));
        self.sort();
    }

    /// Changes what is said of a run; false where there is no such run.
    pub(crate) fn label(&mut self, folder: &Path, label: &RunLabel) -> bool {
        let Some(run) = self.places.get(folder).and_then(|place| self.runs.get_mut(*place)) else {
            return false;
        };
        run.label_mut().clone_from(label);
        if self.is_reading {
            self.said.insert(folder.to_owned(), label.clone());
        }
        self.sort();
        true
    }

    fn sort(&mut self) {
        self.runs.sort_by(|a, b| {
            let place = |run: &Past| (run.label().is_pinned, run.started_unix_secs());
            place(b)
                .cmp(&place(a))
                .then_with(|| b.run_name().cmp(a.run_name()))
                .then_with(|| a.folder().cmp(b.folder()))
        });
        self.places =
            self.runs.iter().enumerate().map(|(place, run)| (run.folder().to_owned(), place)).collect();
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
        /// The run's folder on disk.
        folder: PathBuf,
        /// Whether the chart shows it from now on.
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
    /// Read the results of those selected again, to know whether they are what was written.
    Check,
    /// Stop doing so.
    StopCheck,
    /// Make a run again with the same settings, or ask first where it may come from others.
    RunAgain(PathBuf),
    /// Do what is missing of a run, or ask first where it may come from others.
    Continue(PathBuf),
    /// Make the run again that was asked for, or continue with it, or not.
    ConfirmAgain(bool),
    /// Ask whether to delete these; none to ask no more.
    AskToDelete(Vec<PathBuf>),
    /// Delete those that were asked for.
    Delete,
    /// Ask for another folder in which runs are found.
    PickFolder,
    /// Stop looking for runs in such a folder.
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
    Load(PathBuf),
    /// Write what the user says of a run.
    Label {
        /// The run's folder.
        folder: PathBuf,
        /// Name, note and pin, as they are written.
        label: RunLabel,
    },
    /// Read the results of runs again.
    Check {
        /// For the answers.
        generation: u64,
        /// The folders of the runs.
        folders: Vec<PathBuf>,
        /// Ends it.
        cancel: Cancel,
    },
    /// Look what the folders of runs hold.
    Look(Vec<PathBuf>),
    /// Move what the folder of a run holds of it into the system's bin.
    Delete {
        /// The folder in which the run lies.
        folder: PathBuf,
        /// Whether it is deleted for good, where there is no bin.
        for_good: bool,
    },
    /// Ask the user for a folder.
    PickFolder,
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum HistoryEvent {
    /// Runs were found, and records that cannot be read.
    Found {
        /// Of the request.
        generation: u64,
        /// Each, or why not.
        runs: Vec<Result<Past, String>>,
    },
    /// All have been told.
    AllFound {
        /// Of the request.
        generation: u64,
    },
    /// They could not be looked for.
    NotRead {
        /// Of the request.
        generation: u64,
        /// The reason in words, for the user.
        why: String,
    },
    /// A record was read.
    Loaded {
        /// The run's folder.
        folder: PathBuf,
        /// It, or why not.
        record: Result<AnyRecord, String>,
    },
    /// How far the look at results is.
    Checking {
        /// Of the request.
        generation: u64,
        /// How far it is, or what it came to.
        stage: CheckStage,
    },
    /// It was looked what the folder of a run holds.
    Looked {
        /// The folder.
        folder: PathBuf,
        /// What is there, or why nothing is deleted there.
        accounted: Result<Accounted, String>,
        /// Whether its drive has a bin.
        has_bin: bool,
    },
    /// A run is in the bin, or why not.
    Deleted {
        /// The folder in which the run lay.
        folder: PathBuf,
        /// What went and what stays, or why nothing went.
        result: Result<Accounted, String>,
    },
    /// A folder was chosen, `None` where none was; or why none could be.
    FolderPicked(Result<Option<PathBuf>, String>),
    /// What the user says of a run could not be kept; why.
    NotLabelled(String),
    /// What was said of a run before could not be read, and lies there now.
    LabelAside(PathBuf),
}

//! What a room hands out while it handles a command or an event: work for the outside, and facts for the
//! other rooms. It is the only way from one room to another; [`AppState`](super::AppState) hands the facts on.

use std::mem;
use std::path::PathBuf;

use super::browse::messages::BrowseWork;
use super::log::LogKind;
use super::memory::image_life::LifeOf;
use super::messages::{Command, Work};
use super::status::messages::{Note, StatusCommand, Tab};
use super::status::trouble::{NextStep, Trouble};
use crate::compare::Comparison;
use crate::demo::DemoSpec;
use crate::engine::JobEvent;
use crate::plate::{Component, Plate};
use crate::record::RunId;

/// Something that happened in one room and matters to others.
#[derive(Debug)]
pub(crate) enum Fact {
    /// A room wants other rooms to do what the user can ask for, too.
    Wanted(Command),
    /// A line for the log.
    Logged(LogKind, String),
    /// Something went wrong, or has to be known; shown until it is dismissed.
    Failed(Trouble),
    /// Something was saved or copied; `None` where what was said of an earlier one is over.
    Noted(Option<Note>),
    /// A page is to be opened.
    TabWanted(Tab),
    /// A plate was opened.
    PlateOpened(Box<Plate>),
    /// A plate is to be made in a folder, and opened.
    PlateWanted(Box<DemoSpec>, PathBuf),
    /// Other wells are selected; whether none was before.
    SelectionChanged { was_empty: bool },
    /// Sizes of images became known.
    SizesRead,
    /// The pipeline is another.
    PipelineChanged,
    /// The settings of runs are others.
    SettingsChanged {
        /// Whether what a trial has shown is of other settings now.
        is_trial_stale: bool,
    },
    /// What is known of the computer is new.
    MachineRead,
    /// A forecast recommends to take these components one value at a time.
    Recommended(Vec<Component>),
    JobBegan {
        /// Whether it is an earlier run made again, and not what is chosen now.
        is_again: bool,
    },
    /// The runs of the job are planned.
    RunsPlanned,
    /// Something happened in the job.
    JobHappened {
        event: Box<JobEvent>,
        /// The run that it concerns, where it has one.
        run: Option<RunId>,
    },
    /// The job is over, with its comparison if it was one.
    JobEnded(Option<Box<Comparison>>),
    /// A run is to be shown in the chart.
    RunWanted(RunId),
    /// An image's life is to be shown in the chart, which shows its run.
    LifeWanted(LifeOf),
    /// A run is shown in the chart, or no more.
    RunShown { id: RunId, is_shown: bool },
    /// The images that a run saved are to be offered.
    OutputsWanted(RunId),
    /// All that [`Self::RunShown`] says of the runs that a command shows has been said.
    ShownRunsChanged,
    /// Runs have other names.
    RunsRenamed,
    /// The folder of a run is gone.
    RunDeleted(RunId),
    /// A program was watched, and its record is among the results.
    ProgramWatched,
    /// A folder in which runs are found is to be remembered.
    RunFolderAdded(PathBuf),
    /// A folder in which runs were found is to be forgotten.
    RunFolderForgotten(PathBuf),
}

/// What rooms hand out.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    work: Vec<Work>,
    facts: Vec<Fact>,
    generation: u64,
    is_dialog_open: bool,
}

impl Outbox {
    /// A number that no earlier request, run or plate has.
    pub(crate) fn next_generation(&mut self) -> u64 {
        self.generation += 1;
        self.generation
    }

    /// Leaves work for the outside.
    pub(crate) fn work(&mut self, work: impl Into<Work>) {
        self.work.push(work.into());
    }

    /// Leaves work that opens a dialog for files or folders, of which one is open at a time. Who asks again does not see
    /// it, so that it comes up in the window.
    pub(crate) fn open_dialog(&mut self, work: impl Into<Work>) {
        if self.is_dialog_open {
            self.work(BrowseWork::AskHere);
        } else {
            self.is_dialog_open = true;
            self.work(work);
        }
    }

    /// The dialog is closed.
    pub(crate) fn dialog_closed(&mut self) {
        self.is_dialog_open = false;
    }

    /// Whether a dialog for files or folders is open.
    pub(crate) fn is_dialog_open(&self) -> bool {
        self.is_dialog_open
    }

    /// Informs the other rooms.
    pub(crate) fn emit(&mut self, fact: Fact) {
        self.facts.push(fact);
    }

    /// A line for the log.
    pub(crate) fn log(&mut self, kind: LogKind, text: String) {
        self.emit(Fact::Logged(kind, text));
    }

    /// Something went wrong, and what can be done about it at once.
    pub(crate) fn fail(&mut self, title: &str, sentence: String, next: Option<NextStep>) {
        self.emit(Fact::Failed(Trouble { title: title.to_owned(), sentence, is_fault: true, next }));
    }

    /// Something that the user has to know before it goes on.
    pub(crate) fn warn(&mut self, title: &str, sentence: String) {
        self.emit(Fact::Failed(Trouble { title: title.to_owned(), sentence, is_fault: false, next: None }));
    }

    /// Something went wrong that the log tells too. Without a step of its own, the next is to look there.
    pub(crate) fn fail_and_log(&mut self, title: &str, why: String, next: Option<NextStep>) {
        self.log(LogKind::Failure, why.clone());
        let show_log = || NextStep::new("Show the log", StatusCommand::ShowTab(Tab::Log));
        self.fail(title, why, Some(next.unwrap_or_else(show_log)));
    }

    /// The facts since the last time, oldest first.
    pub(crate) fn take_facts(&mut self) -> Vec<Fact> {
        mem::take(&mut self.facts)
    }

    /// The work left since the last time, oldest first.
    pub(crate) fn take_work(&mut self) -> Vec<Work> {
        mem::take(&mut self.work)
    }
}

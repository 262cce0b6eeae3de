//! The way to a plate: what is typed, opened and offered on the start screen.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::messages::{Refusal, StartCommand, StartEvent, StartWork};
use super::names::NamesState;
use super::patterns::SavedPattern;
use crate::app::log::LogKind;
use crate::app::outbox::{Fact, Outbox};
use crate::app::runs::messages::RunsCommand;
use crate::app::settings::messages::SettingsCommand;
use crate::app::status::trouble::NextStep;
use crate::cancel::Cancel;
use crate::demo::DemoSpec;
use crate::folders;
use crate::pasted_path::pasted_path;
use crate::plate::{Candidate, NamePattern, Opened};

/// What is being opened.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Tells it from earlier attempts.
    pub generation: u64,
    /// The folder; for the demo plate, where it is written.
    pub path: PathBuf,
    /// Files and folders found so far.
    pub found: usize,
    /// Images written and to write, while the demo plate is written.
    pub demo: Option<(u64, u64)>,
    /// The request to stop.
    pub cancel: Cancel,
}

/// The way to a plate.
#[derive(Clone, Debug, Default)]
pub struct StartState {
    /// The path that the user is typing.
    pub typed_path: String,
    /// What is being opened.
    pub opening: Option<Opening>,
    /// Why the last path could not be opened.
    pub error: Option<Refusal>,
    /// How the names of a folder's images are read, while that is chosen.
    pub names: Option<NamesState>,
    /// Several plates were found, and the user is to choose.
    pub candidates: Vec<Candidate>,
    /// Whether the start screen is shown although a plate is open.
    pub is_wanted: bool,
    /// Whether a comparison starts as soon as the plate is ready (the demo from the command line).
    pub compare_when_ready: bool,
    /// The memory that this computer is to be taken to have for the demo plate that is being opened.
    as_if_bytes: Option<u64>,
    /// Whether it is taken to have that for the plate that is open.
    is_as_if: bool,
}

/// What of the other rooms matters on the way to a plate.
pub(crate) struct StartConditions<'a> {
    /// Whether a job goes: its verdict is about the plate that is shown, which therefore stays.
    pub(crate) is_job_going: bool,
    /// Where plates were looked for last.
    pub(crate) last_folder: Option<&'a Path>,
    /// The patterns that the user keeps.
    pub(crate) saved_patterns: &'a [SavedPattern],
    /// The patterns by which folders were opened.
    pub(crate) patterns_of_folders: &'a BTreeMap<PathBuf, String>,
}

impl StartState {
    pub(crate) fn handle(
        &mut self,
        command: StartCommand,
        conditions: &StartConditions<'_>,
        out: &mut Outbox,
    ) {
        match command {
            StartCommand::PickFolder => pick_folder(false, conditions, out),
            StartCommand::PickFolderOfNames => pick_folder(true, conditions, out),
            StartCommand::ReadNames(folder) => self.read_names(folder, conditions, out),
            StartCommand::Names(command) => {
                if let Some(names) = &mut self.names {
                    names.handle(command, out);
                }
            }
            StartCommand::OpenByPattern => self.open_by_pattern(conditions, out),
            StartCommand::Open(path) => self.open(path, conditions, out),
            StartCommand::TypePath(text) => self.typed_path = text,
            StartCommand::OpenTyped => {
                if !self.typed_path.trim().is_empty() {
                    self.open(pasted_path(&self.typed_path), conditions, out);
                }
            }
            StartCommand::OpenDemo { as_if_bytes } => {
                self.write_demo(DemoSpec::first_look(), folders::demo_dir(), conditions, out);
                self.as_if_bytes = as_if_bytes;
            }
            StartCommand::CancelOpening => {
                self.candidates.clear();
                self.leave_names();
                self.compare_when_ready = false;
                self.as_if_bytes = None;
                if let Some(opening) = self.opening.take() {
                    opening.cancel.cancel();
                }
            }
            StartCommand::ShowStart => self.is_wanted = true,
            StartCommand::ShowPlate => {
                self.is_wanted = false;
                self.error = None;
                self.candidates.clear();
                self.leave_names();
            }
        }
    }

    pub(crate) fn apply(&mut self, event: StartEvent, conditions: &StartConditions<'_>, out: &mut Outbox) {
        match event {
            StartEvent::FolderPicked { path, by_names } => {
                out.dialog_closed();
                match path {
                    Some(path) if by_names => self.read_names(path, conditions, out),
                    Some(path) => self.open(path, conditions, out),
                    None => {}
                }
            }
            StartEvent::Names(event) => {
                let is_its = |names: &&mut NamesState| names.generation == event.generation();
                if let Some(names) = self.names.as_mut().filter(is_its) {
                    names.apply(event, out);
                }
            }
            StartEvent::NoFolderDialog(why) => {
                out.dialog_closed();
                self.error = Some(why.into());
                self.is_wanted = true;
            }
            StartEvent::Found { generation, entries } => {
                if let Some(opening) = &mut self.opening
                    && opening.generation == generation
                {
                    opening.found = opening.found.max(entries);
                }
            }
            StartEvent::Opened { generation, result } => {
                if self.opening.take_if(|opening| opening.generation == generation).is_some() {
                    self.opened(result, out);
                }
            }
            StartEvent::DemoProgress { generation, done, of } => {
                if let Some(opening) = &mut self.opening
                    && opening.generation == generation
                {
                    opening.demo = Some((done, of));
                }
            }
            StartEvent::DemoWritten { generation, result } => {
                if self.opening.take_if(|opening| opening.generation == generation).is_some() {
                    match result {
                        Some(Ok(path)) => self.open_plate(path, None, out),
                        Some(Err(why)) => {
                            self.error = Some(why.into());
                            self.compare_when_ready = false;
                        }
                        None => self.compare_when_ready = false,
                    }
                }
            }
        }
    }

    /// Begins to open a path. While a job goes, the plate stays.
    fn open(&mut self, path: PathBuf, conditions: &StartConditions<'_>, out: &mut Outbox) {
        if refused_for_job(conditions, out) {
            return;
        }
        // What was to be compared was the demo plate and not this one.
        self.compare_when_ready = false;
        self.as_if_bytes = None;
        // As it was opened before, where the user said how.
        let pattern = conditions.patterns_of_folders.get(&path);
        let pattern = pattern.and_then(|text| NamePattern::new(text).ok());
        self.open_plate(path, pattern, out);
    }

    /// Begins to choose how the names of a folder's images are read. While a job goes, the plate stays.
    fn read_names(&mut self, folder: PathBuf, conditions: &StartConditions<'_>, out: &mut Outbox) {
        if refused_for_job(conditions, out) {
            return;
        }
        self.leave_names();
        let text = conditions.patterns_of_folders.get(&folder).map(String::as_str);
        self.names = Some(NamesState::begin(folder, conditions.saved_patterns, text, out));
        self.error = None;
        self.candidates.clear();
        self.is_wanted = true;
    }

    /// Opens the folder whose names are read by the pattern that was found to make up a plate.
    fn open_by_pattern(&mut self, conditions: &StartConditions<'_>, out: &mut Outbox) {
        let Some(names) = &self.names else { return };
        let pattern = names.ready().and_then(|text| NamePattern::new(text).ok());
        let Some(pattern) = pattern else { return };
        if refused_for_job(conditions, out) {
            return;
        }
        self.compare_when_ready = false;
        self.as_if_bytes = None;
        self.open_plate(names.folder.clone(), Some(pattern), out);
    }

    fn leave_names(&mut self) {
        if let Some(names) = self.names.take() {
            names.stop();
        }
    }

    /// Begins to open a path, also that of the demo plate once it is written.
    fn open_plate(&mut self, path: PathBuf, pattern: Option<NamePattern>, out: &mut Outbox) {
        let (generation, cancel) = self.begin(path.clone(), None, out);
        out.work(StartWork::Open { generation, path, pattern: pattern.map(Box::new), cancel });
    }

    /// Writes a plate if it does not exist yet, and opens it.
    pub(crate) fn write_demo(
        &mut self,
        spec: DemoSpec,
        path: PathBuf,
        conditions: &StartConditions<'_>,
        out: &mut Outbox,
    ) {
        if refused_for_job(conditions, out) {
            return;
        }
        let (generation, cancel) = self.begin(path.clone(), Some((0, 0)), out);
        out.work(StartWork::WriteDemo { generation, spec: Box::new(spec), path, cancel });
    }

    fn begin(&mut self, path: PathBuf, demo: Option<(u64, u64)>, out: &mut Outbox) -> (u64, Cancel) {
        if let Some(earlier) = self.opening.take() {
            earlier.cancel.cancel();
        }
        let generation = out.next_generation();
        let cancel = Cancel::new();
        self.opening = Some(Opening { generation, path, found: 0, demo, cancel: cancel.clone() });
        self.error = None;
        self.candidates.clear();
        self.leave_names();
        self.is_wanted = true;
        (generation, cancel)
    }

    fn opened(&mut self, result: Option<Result<Opened, Refusal>>, out: &mut Outbox) {
        match result {
            None => self.compare_when_ready = false,
            Some(Err(refusal)) => {
                out.log(LogKind::Failure, refusal.why.clone());
                self.error = Some(refusal);
                self.compare_when_ready = false;
            }
            Some(Ok(Opened::Choose(candidates))) => self.candidates = candidates,
            Some(Ok(Opened::Plate(plate))) => {
                // What a computer was taken to have for the demo plate is not said of the next plate.
                let as_if = self.as_if_bytes.take();
                if as_if.is_some() || self.is_as_if {
                    out.emit(Fact::Wanted(SettingsCommand::PretendMemory(as_if).into()));
                }
                self.is_as_if = as_if.is_some();
                out.emit(Fact::PlateOpened(plate));
            }
        }
    }

    /// A plate is shown: there is nothing to choose any more.
    pub(crate) fn plate_shown(&mut self) {
        self.error = None;
        self.candidates.clear();
        self.is_wanted = false;
    }
}

/// Asks for a folder, to open it or to read the names of its images.
fn pick_folder(by_names: bool, conditions: &StartConditions<'_>, out: &mut Outbox) {
    if !conditions.is_job_going {
        let from = conditions.last_folder.map(ToOwned::to_owned);
        out.open_dialog(StartWork::PickFolder { from, by_names });
    }
}

/// Whether nothing can be opened because a job goes, which is then said.
fn refused_for_job(conditions: &StartConditions<'_>, out: &mut Outbox) -> bool {
    if conditions.is_job_going {
        let sentence = "Cancel it first, or wait for it, then open another plate.".to_owned();
        out.fail(
            "A run is in progress",
            sentence,
            Some(NextStep::new("Cancel the run", RunsCommand::CancelJob)),
        );
    }
    conditions.is_job_going
}

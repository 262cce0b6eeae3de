//! The way to a plate: what is typed, opened and offered on the start screen.

use std::path::{Path, PathBuf};

use super::messages::{StartCommand, StartEvent, StartWork};
use crate::app::log::LogKind;
use crate::app::outbox::{Fact, Outbox};
use crate::cancel::Cancel;
use crate::demo::DemoSpec;
use crate::folders;
use crate::plate::{Candidate, Opened};

/// What is being opened.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Tells it from earlier attempts.
    pub generation: u64,
    /// The folder; for the demo plate, where it is written.
    pub path: PathBuf,
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
    pub error: Option<String>,
    /// Several plates were found, and the user is to choose.
    pub candidates: Vec<Candidate>,
    /// Whether the start screen is shown although a plate is open.
    pub is_wanted: bool,
    /// Whether a comparison starts as soon as the plate is ready (the demo from the command line).
    pub compare_when_ready: bool,
}

/// What of the other rooms matters on the way to a plate.
pub(crate) struct StartConditions<'a> {
    /// Whether a job goes: its verdict is about the plate that is shown, which therefore stays.
    pub(crate) is_job_going: bool,
    /// Where plates were looked for last.
    pub(crate) last_folder: Option<&'a Path>,
}

impl StartState {
    pub(crate) fn handle(
        &mut self,
        command: StartCommand,
        conditions: &StartConditions<'_>,
        out: &mut Outbox,
    ) {
        match command {
            StartCommand::PickFolder => {
                if !conditions.is_job_going {
                    out.open_dialog(StartWork::PickFolder {
                        from: conditions.last_folder.map(ToOwned::to_owned),
                    });
                }
            }
            StartCommand::Open(path) => self.open(path, conditions, out),
            StartCommand::TypePath(text) => self.typed_path = text,
            StartCommand::OpenTyped => {
                let typed = self.typed_path.trim().trim_matches('"').to_owned();
                if !typed.is_empty() {
                    self.open(PathBuf::from(typed), conditions, out);
                }
            }
            StartCommand::OpenDemo => {
                self.write_demo(DemoSpec::first_look(), folders::demo_dir(), conditions, out);
            }
            StartCommand::CancelOpening => {
                self.candidates.clear();
                self.compare_when_ready = false;
                if let Some(opening) = self.opening.take() {
                    opening.cancel.cancel();
                }
            }
            StartCommand::ShowStart => self.is_wanted = true,
            StartCommand::ShowPlate => {
                self.is_wanted = false;
                self.error = None;
                self.candidates.clear();
            }
        }
    }

    pub(crate) fn apply(&mut self, event: StartEvent, conditions: &StartConditions<'_>, out: &mut Outbox) {
        match event {
            StartEvent::FolderPicked(path) => {
                out.dialog_closed();
                if let Some(path) = path {
                    self.open(path, conditions, out);
                }
            }
            StartEvent::NoFolderDialog => {
                out.dialog_closed();
                let why = "No folder was chosen. Where no dialog came up, type the path or drop the folder.";
                self.error = Some(why.to_owned());
                self.is_wanted = true;
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
                        Some(Ok(path)) => self.open_plate(path, out),
                        Some(Err(why)) => {
                            self.error = Some(why);
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
        self.open_plate(path, out);
    }

    /// Begins to open a path, also that of the demo plate once it is written.
    fn open_plate(&mut self, path: PathBuf, out: &mut Outbox) {
        let (generation, cancel) = self.begin(path.clone(), None, out);
        out.work(StartWork::Open { generation, path, cancel });
    }

    /// Writes a plate where it is not there yet, and opens it.
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
        self.opening = Some(Opening { generation, path, demo, cancel: cancel.clone() });
        self.error = None;
        self.candidates.clear();
        self.is_wanted = true;
        (generation, cancel)
    }

    fn opened(&mut self, result: Option<Result<Opened, String>>, out: &mut Outbox) {
        match result {
            None => self.compare_when_ready = false,
            Some(Err(why)) => {
                out.log(LogKind::Failure, why.clone());
                self.error = Some(why);
                self.compare_when_ready = false;
            }
            Some(Ok(Opened::Choose(candidates))) => self.candidates = candidates,
            Some(Ok(Opened::Plate(plate))) => out.emit(Fact::PlateOpened(plate)),
        }
    }

    /// A plate is shown: there is nothing to choose any more.
    pub(crate) fn plate_shown(&mut self) {
        self.error = None;
        self.candidates.clear();
        self.is_wanted = false;
    }
}

/// Whether nothing can be opened because a job goes, which is then said.
fn refused_for_job(conditions: &StartConditions<'_>, out: &mut Outbox) -> bool {
    if conditions.is_job_going {
        out.fail("A run is going", "Cancel it first, or wait for it, then open another plate.".to_owned());
    }
    conditions.is_job_going
}

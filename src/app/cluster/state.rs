//! The dialog that writes a workflow.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::draft::{ClusterDraft, given};
use super::follow::SeenRun;
use super::messages::{ClusterCommand, ClusterEvent, ClusterWork};
use crate::app::outbox::{Fact, Outbox};
use crate::app::plate::state::PlateState;
use crate::app::runs::inputs::JobInputs;
use crate::app::runs::run::WellStage;
use crate::app::status::messages::Tab;
use crate::cancel::Cancel;
use crate::plan::Mode;
use crate::plate::WellId;
use crate::workflow::{Workflow, WorkflowRequest};

/// What the window knows of runs on a cluster.
#[derive(Debug, Default)]
pub struct ClusterState {
    /// The dialog, where it is open.
    pub dialog: Option<ClusterDialog>,
    /// The run folder that is followed.
    pub followed: Option<Followed>,
}

/// A run folder that is followed.
#[derive(Debug)]
pub struct Followed {
    /// The folder.
    pub folder: PathBuf,
    /// What is seen there, or why nothing is; `None` until it was looked at.
    pub seen: Option<Result<Box<SeenRun>, String>>,
    /// How far its wells are, where it is a run of the open plate.
    pub well_stages: BTreeMap<WellId, WellStage>,
    generation: u64,
    cancel: Cancel,
}

impl Followed {
    fn see(&mut self, seen: Result<Box<SeenRun>, String>, plate: Option<&PlateState>) {
        let of_plate = seen
            .as_ref()
            .ok()
            .filter(|seen| plate.is_some_and(|plate| seen.plate.likeness(&plate.plate.identity()).is_some()));
        self.well_stages = of_plate.map(|seen| stages(seen)).unwrap_or_default();
        self.seen = Some(seen);
    }
}

impl Drop for Followed {
    /// Whoever looks at the folder stops.
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

fn stages(seen: &SeenRun) -> BTreeMap<WellId, WellStage> {
    let done =
        seen.done.iter().map(|(well, progress)| match progress.map_or(0, |progress| progress.failed) {
            0 => (*well, WellStage::Done),
            images => (*well, WellStage::Failed { images }),
        });
    seen.working.iter().map(|well| (*well, WellStage::Running)).chain(done).collect()
}

/// The dialog.
#[derive(Debug)]
pub struct ClusterDialog {
    /// What is typed and chosen.
    pub draft: ClusterDraft,
    /// The jobs, or why there are none; `None` while they are worked out for the first time.
    pub workflow: Option<Result<Box<Workflow>, String>>,
    /// The command that starts the workflow once it is written, or why it was not.
    pub written: Option<Result<String, String>>,
    /// The request whose jobs are awaited.
    awaited: Option<u64>,
    /// The request whose files are being written.
    writing: Option<u64>,
}

impl ClusterDialog {
    /// Whether the jobs that are shown are of what was chosen before.
    pub fn is_pending(&self) -> bool {
        self.awaited.is_some()
    }

    /// Why the files cannot be written now; `None` where they can.
    pub fn blocked(&self) -> Option<&'static str> {
        match &self.workflow {
            _ if self.writing.is_some() => Some("the files are being written"),
            _ if self.is_pending() => Some("the jobs are being worked out"),
            Some(Ok(_)) if self.draft.folder().is_none() => Some("no folder is given"),
            Some(Ok(_)) => None,
            _ => Some("there are no jobs"),
        }
    }
}

impl ClusterState {
    pub(crate) fn handle(&mut self, command: ClusterCommand, inputs: &JobInputs<'_>, out: &mut Outbox) {
        match command {
            ClusterCommand::Open => {
                let Some(plate) = inputs.plate else { return };
                let mode = if plate.sequential.is_empty() { Mode::Bulk } else { Mode::Sequential };
                self.dialog = Some(ClusterDialog {
                    draft: ClusterDraft::new(mode),
                    workflow: None,
                    written: None,
                    awaited: None,
                    writing: None,
                });
                self.prepare(inputs, out);
            }
            ClusterCommand::Change(draft) => {
                let Some(dialog) = &mut self.dialog else { return };
                let is_other = dialog.draft.asks_for_other_jobs(&draft);
                dialog.draft = *draft;
                // What was written is not what is chosen now.
                dialog.written = None;
                if is_other {
                    self.prepare(inputs, out);
                }
            }
            ClusterCommand::PickFolder => out.open_dialog(ClusterWork::PickFolder),
            ClusterCommand::Write => {
                let Some(dialog) = self.dialog.as_mut().filter(|dialog| dialog.blocked().is_none()) else {
                    return;
                };
                let (Some(Ok(workflow)), Some(folder)) = (&dialog.workflow, dialog.draft.folder()) else {
                    return;
                };
                let (generation, workflow) = (out.next_generation(), workflow.clone());
                (dialog.writing, dialog.written) = (Some(generation), None);
                out.work(ClusterWork::Write { generation, workflow, folder });
            }
            ClusterCommand::Close => self.dialog = None,
            ClusterCommand::PickRun => out.open_dialog(ClusterWork::PickRun),
            ClusterCommand::Follow(folder) => {
                self.dialog = None;
                let (generation, cancel) = (out.next_generation(), Cancel::new());
                let work = ClusterWork::Follow { generation, folder: folder.clone(), cancel: cancel.clone() };
                out.work(work);
                let (seen, well_stages) = (None, BTreeMap::new());
                self.followed = Some(Followed { folder, seen, well_stages, generation, cancel });
            }
            ClusterCommand::StopFollowing => self.followed = None,
            ClusterCommand::ShowRun => {
                if let Some(followed) = &self.followed {
                    out.emit(Fact::RunFolderAdded(followed.folder.clone()));
                    out.emit(Fact::TabWanted(Tab::Runs));
                }
            }
        }
    }

    /// Has the jobs worked out of what is chosen.
    fn prepare(&mut self, inputs: &JobInputs<'_>, out: &mut Outbox) {
        let Some(dialog) = &mut self.dialog else { return };
        dialog.awaited = None;
        match request(&dialog.draft, inputs) {
            Ok(None) => {}
            Ok(Some(request)) => {
                let generation = out.next_generation();
                dialog.awaited = Some(generation);
                out.work(ClusterWork::Prepare { generation, request: Box::new(request) });
            }
            Err(why) => dialog.workflow = Some(Err(why)),
        }
    }

    pub(crate) fn apply(&mut self, event: ClusterEvent, inputs: &JobInputs<'_>, out: &mut Outbox) {
        match event {
            ClusterEvent::Prepared { generation, result } => {
                if let Some(dialog) = self.dialog.as_mut().filter(|dialog| dialog.awaited == Some(generation))
                {
                    dialog.awaited = None;
                    dialog.workflow = Some(result);
                }
            }
            ClusterEvent::FolderPicked(picked) => {
                out.dialog_closed();
                match (picked, &self.dialog) {
                    (Ok(Some(folder)), Some(dialog)) => {
                        let folder = folder.to_string_lossy().into_owned();
                        let draft = ClusterDraft { folder, ..dialog.draft.clone() };
                        self.handle(ClusterCommand::Change(Box::new(draft)), inputs, out);
                    }
                    (Err(why), _) => out.fail_and_log("No folder was chosen", why, None),
                    _ => {}
                }
            }
            ClusterEvent::RunPicked(picked) => {
                out.dialog_closed();
                match picked {
                    Ok(Some(folder)) => self.handle(ClusterCommand::Follow(folder), inputs, out),
                    Ok(None) => {}
                    Err(why) => out.fail_and_log("No folder was chosen", why, None),
                }
            }
            ClusterEvent::Seen { generation, seen } => {
                if let Some(followed) = self.followed.as_mut().filter(|one| one.generation == generation) {
                    followed.see(seen, inputs.plate);
                }
            }
            ClusterEvent::Written { generation, result } => {
                if let Some(dialog) = self.dialog.as_mut().filter(|dialog| dialog.writing == Some(generation))
                {
                    dialog.writing = None;
                    dialog.written = Some(result);
                }
            }
        }
    }

    /// How far the wells of the run are that is followed, where it is of the open plate.
    pub(crate) fn well_stages(&self) -> Option<&BTreeMap<WellId, WellStage>> {
        self.followed.as_ref().map(|followed| &followed.well_stages).filter(|stages| !stages.is_empty())
    }

    /// Another plate is shown.
    pub(crate) fn plate_shown(&mut self) {
        *self = Self::default();
    }
}

/// What is asked for with all that it depends on; `None` where no plate is open.
///
/// # Errors
/// What is wrong with what was typed.
fn request(draft: &ClusterDraft, inputs: &JobInputs<'_>) -> Result<Option<WorkflowRequest>, String> {
    let Some(plate) = inputs.plate else { return Ok(None) };
    if let Some(why) = inputs.blocked_for(draft.mode) {
        return Err(why);
    }
    let wells_per_job = match given(&draft.wells_per_job) {
        None => None,
        Some(text) => Some(text.parse().ok().filter(|wells| *wells > 0).ok_or_else(|| {
            format!("“{text}” is not a number of wells: leave it empty for as many as take a few minutes")
        })?),
    };
    let settings = inputs.settings;
    Ok(Some(WorkflowRequest {
        plate: Arc::clone(&plate.plate),
        measured: Arc::clone(&plate.measured),
        wells: plate.selection.clone(),
        spec: plate.spec(settings, draft.mode),
        threads: settings.kept.threads,
        // A cluster has other memory than this computer: there is no limit.
        basis: inputs.forecast.trial.basis(None),
        engine: draft.engine,
        wells_per_job,
        into: given(&draft.into).map(PathBuf::from),
        into_there: given(&draft.into_there).map(ToOwned::to_owned),
        plate_there: given(&draft.plate_there).map(ToOwned::to_owned),
        container: given(&draft.container).map(ToOwned::to_owned),
        conditions: None,
    }))
}

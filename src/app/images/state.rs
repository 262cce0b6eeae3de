//! What the images page shows beside the plate: what runs saved and what failed in them; and pictures of what
//! is seen.

use std::path::Path;

use super::failures::Failures;
use super::messages::{ImagesCommand, ImagesEvent, ImagesWork};
use super::view_picture::{ViewPicture, ViewUse};
use crate::app::log::LogKind;
use crate::app::outbox::{Fact, Outbox};
use crate::app::runs::run::{OutputEntry, RunState};
use crate::app::runs::state::RunsState;
use crate::app::status::messages::Note;
use crate::events::FailedImage;
use crate::plate::Plate;

/// What the images page shows beside the plate.
#[derive(Clone, Debug, Default)]
pub struct ImagesState {
    /// Images that the newest run of each mode saved.
    pub outputs: Vec<OutputEntry>,
    /// Changes whenever `outputs` does.
    pub outputs_version: u64,
    /// What failed in the runs that are shown.
    pub failures: Failures,
}

impl ImagesState {
    pub(crate) fn handle(&self, command: ImagesCommand, plate: Option<&Plate>, out: &mut Outbox) {
        match command {
            ImagesCommand::UseView { to, picture } => use_view(to, picture, plate, out),
        }
    }

    pub(crate) fn apply(&self, event: ImagesEvent, out: &mut Outbox) {
        out.dialog_closed();
        // What was said of an earlier picture is over.
        out.emit(Fact::Noted(None));
        match event {
            ImagesEvent::Dismissed => {}
            ImagesEvent::Saved { path, size } => {
                let text = format!("Saved {} ({} x {} px)", path.display(), size[0], size[1]);
                out.log(LogKind::Run, format!("{text}."));
                let folder = path.parent().map(Path::to_owned);
                out.emit(Fact::Noted(Some(Note { text, folder })));
            }
            ImagesEvent::Failed(why) => out.fail_and_log("The view could not be saved", why, None),
        }
    }

    /// Another plate is shown.
    pub(crate) fn plate_shown(&mut self, runs: &RunsState, plate: &Plate) {
        self.outputs.clear();
        self.outputs_version += 1;
        self.failures.gather(runs, Some(plate));
    }

    /// Offers the images that a run of the open plate saved. Of each mode those of one run, the last that was
    /// made or shown: images of two pipelines are not mixed.
    pub(crate) fn offer(&mut self, run: &RunState, plate: Option<&Plate>) {
        let is_of_plate = plate.is_some_and(|plate| run.record.plate.likeness(&plate.identity()).is_some());
        let (mode, outputs) = (run.mode(), run.outputs());
        if is_of_plate && !outputs.is_empty() {
            self.outputs.retain(|output| output.mode != mode);
            self.outputs.extend(outputs);
            self.outputs_version += 1;
        }
    }

    /// Runs left the session: what they saved is offered no more.
    pub(crate) fn runs_gone(&mut self, runs: &RunsState) {
        let before = self.outputs.len();
        self.outputs.retain(|output| runs.list.iter().any(|run| run.id == output.run));
        if self.outputs.len() != before {
            self.outputs_version += 1;
        }
    }

    /// An image is missing or failed in a run.
    pub(crate) fn image_failed(&mut self, run: &RunState, plate: Option<&Plate>, failed: &FailedImage) {
        if let (true, Some(plate)) = (run.is_shown, plate) {
            self.failures.add(run, plate, failed);
        }
    }
}

/// Copies or saves a picture of the view; `None` where the display gave none.
fn use_view(to: ViewUse, picture: Option<ViewPicture>, plate: Option<&Plate>, out: &mut Outbox) {
    let Some(picture) = picture else {
        let sentence =
            "This display cannot give a picture of the window. Take a screenshot with your system instead."
                .to_owned();
        out.fail("No picture of the view", sentence, None);
        return;
    };
    match to {
        ViewUse::Copy => {
            let text = format!("Copied the view ({})", picture.size_text());
            out.emit(Fact::Noted(Some(Note { text, folder: None })));
            out.work(ImagesWork::CopyView(picture));
        }
        ViewUse::Save => {
            let Some(plate) = plate else { return };
            out.open_dialog(ImagesWork::SaveView { picture, never_in: plate.root.clone() });
        }
    }
}

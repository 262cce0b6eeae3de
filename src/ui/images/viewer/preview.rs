//! The viewer's switch between an image as it is and as the pipeline makes it.
//!
//! What is previewed follows from the model; the image loader makes it. Until it is there the last
//! preview of the same place stays, so that a number can be dragged without flicker.

use std::sync::Arc;
use std::time::Duration;

use egui::Ui;

use super::shown::Shown;
use crate::app::images::load_state::LoadState;
use crate::app::images::preview::Preview;
use crate::app::images::view_order::ImageId;
use crate::pipeline::PipelineStep;
use crate::plate::ImageKey;
use crate::ui::images::image_list::ImagesModel;
use crate::ui::images::thumbnails::{ContrastGroup, Processed, Thumbnails};
use crate::ui::theme;
use crate::ui::widgets;

/// What takes longer than this is told, in seconds.
const TELL_AFTER_SECS: f64 = 0.1;

/// What the viewer remembers of the preview.
#[derive(Default)]
pub(crate) struct PreviewSwitch {
    /// Whether the preview is shown.
    pub(crate) is_on: bool,
    wanted: Option<Wanted>,
    /// When the preview that is awaited was asked for.
    waiting_since: Option<f64>,
    is_slow: bool,
}

/// What is previewed, kept so that the images it needs are not looked up in each frame.
struct Wanted {
    plate_id: u64,
    /// How many images had been measured: more may tell where others lie.
    measured: usize,
    key: ImageKey,
    steps: Vec<PipelineStep>,
    preview: Result<Arc<Preview>, Arc<str>>,
}

impl PreviewSwitch {
    /// The preview of an image, as far as it has arrived; asks for it otherwise.
    pub(crate) fn show(
        &mut self,
        ui: &Ui,
        model: &ImagesModel<'_>,
        key: ImageKey,
        thumbnails: &mut Thumbnails,
    ) -> Shown {
        let preview = self.wanted(model, key, thumbnails);
        thumbnails.loader().want_preview(preview.as_ref().ok());
        let newest = thumbnails.loader().preview();
        let mut shown = Shown {
            name: None,
            source: None,
            whole: LoadState::Waiting,
            group: ContrastGroup { processed: Processed::Preview, channel: key.channel },
            is_current: false,
        };
        match &preview {
            Err(why) => shown.whole = LoadState::Failed(Arc::clone(why)),
            Ok(wanted) => {
                shown.group.channel = wanted.key.channel;
                shown.source = wanted.images.first().map(|(_, source)| source.clone());
                if let Some((made, whole)) = newest.filter(|(made, _)| made.is_of_same_place(wanted)) {
                    shown.is_current = made == *wanted;
                    // Of an earlier preview only the image is of use.
                    if shown.is_current || matches!(whole, LoadState::Ready(_)) {
                        (shown.name, shown.whole) = (Some(ImageId::Preview(made)), whole);
                    }
                }
            }
        }
        self.watch(ui, shown.is_current || preview.is_err());
        shown
    }

    fn wanted(
        &mut self,
        model: &ImagesModel<'_>,
        key: ImageKey,
        thumbnails: &mut Thumbnails,
    ) -> Result<Arc<Preview>, Arc<str>> {
        let is_same = |wanted: &&Wanted| {
            wanted.plate_id == model.plate_id
                && wanted.measured == model.measured.len()
                && wanted.key == key
                && wanted.steps == model.previewed
        };
        if let Some(wanted) = self.wanted.as_ref().filter(is_same) {
            return wanted.preview.clone();
        }
        // Images after other steps have another brightness.
        if self.wanted.as_ref().is_some_and(|wanted| wanted.steps != model.previewed) {
            thumbnails.estimate_previews_again();
        }
        let preview = Preview::of(model.plate, model.measured, key, model.previewed);
        let preview = preview.map(Arc::new).map_err(Arc::from);
        let (plate_id, measured, steps) = (model.plate_id, model.measured.len(), model.previewed.to_vec());
        self.wanted = Some(Wanted { plate_id, measured, key, steps, preview: preview.clone() });
        self.waiting_since = None;
        preview
    }

    /// Notices when the preview takes long.
    fn watch(&mut self, ui: &Ui, is_done: bool) {
        if is_done {
            (self.waiting_since, self.is_slow) = (None, false);
            return;
        }
        let now = ui.input(|input| input.time);
        let waited = now - *self.waiting_since.get_or_insert(now);
        // While a number is dragged the word stays: it does not blink at each of its values.
        self.is_slow |= waited >= TELL_AFTER_SECS;
        if !self.is_slow {
            ui.request_repaint_after(Duration::from_secs_f64(TELL_AFTER_SECS - waited));
        }
    }

    /// The switch, and what it shows.
    pub(crate) fn switch_ui(&mut self, ui: &mut Ui, model: &ImagesModel<'_>) {
        let last = model.previewed.last();
        let mut is_on = self.is_on && last.is_some();
        ui.add_enabled_ui(last.is_some(), |ui| {
            let hint = "Shows what the pipeline makes of this image, up to the step that is selected under \
                        Pipeline";
            let response = widgets::switch(ui, &mut is_on, "Preview").on_hover_text(hint);
            if response.on_disabled_hover_text("The pipeline has no step that can be previewed").changed() {
                self.is_on = is_on;
            }
        });
        ui.label("Preview");
        if let Some(step) = last.filter(|_| is_on) {
            let text = format!("after step {}, {}", model.previewed.len(), step.step);
            ui.add(egui::Label::new(theme::caption(ui, text)).truncate());
        }
        if is_on && self.is_slow {
            ui.label(theme::caption(ui, "working…"));
        }
    }
}

//! Takes a picture of what the viewer shows.
//!
//! The display gives a picture of the whole window of this frame or the next, so that from the wish until it
//! is there the canvas is drawn without what is no part of the image: buttons, focus, texts on hover.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use egui::{ColorImage, Rect, Ui};

use crate::app::{ImagesCommand, ViewPicture, ViewUse};

/// A display that has given no picture within this time gives none.
const NO_PICTURE_SECS: f64 = 10.0;

/// What the viewer remembers of the picture that is being taken.
#[derive(Default)]
pub(crate) struct Shutter {
    wanted: Option<ViewUse>,
    open: Option<Exposure>,
}

/// A picture that the display was asked for.
struct Exposure {
    to: ViewUse,
    name: String,
    /// The part of the window, in points.
    area: Rect,
    since_secs: f64,
    picture: Receiver<Arc<ColorImage>>,
}

impl Shutter {
    /// Wants a picture of what is drawn next; one at a time.
    pub(crate) fn press(&mut self, to: ViewUse) {
        if !self.is_open() {
            self.wanted = Some(to);
        }
    }

    /// Whether a picture is being taken.
    pub(crate) fn is_open(&self) -> bool {
        self.wanted.is_some() || self.open.is_some()
    }

    /// Asks the display for the picture of what has been drawn, where one is wanted.
    pub(crate) fn expose(&mut self, ui: &Ui, area: Rect, name: impl FnOnce() -> String) {
        let Some(to) = self.wanted.take() else { return };
        let (sender, picture) = bounded(1);
        let context = ui.ctx().clone();
        ui.ctx().request_screenshot(move |picture| {
            // Where the viewer was closed meanwhile, no one waits for it.
            sender.try_send(picture).ok();
            context.request_repaint();
        });
        let since_secs = ui.input(|input| input.time);
        self.open = Some(Exposure { to, name: name(), area, since_secs, picture });
    }

    /// What to do with the picture, once it is there or will not come.
    pub(crate) fn develop(&mut self, ui: &Ui) -> Option<ImagesCommand> {
        let Exposure { to, name, area, since_secs, picture } = self.open.as_ref()?;
        let to = *to;
        let picture = match picture.try_recv() {
            Ok(window) => ViewPicture::cut(name.clone(), &window, *area, ui.ctx().pixels_per_point()),
            Err(TryRecvError::Empty) if ui.input(|input| input.time) - since_secs < NO_PICTURE_SECS => {
                ui.request_repaint_after(Duration::from_millis(100));
                return None;
            }
            Err(_) => None,
        };
        self.open = None;
        Some(ImagesCommand::UseView { to, picture })
    }
}

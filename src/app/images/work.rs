//! What is done outside with pictures of the view.

use std::sync::Arc;

use super::messages::{ImagesEvent, ImagesWork};
use crate::app::dialogs;
use crate::app::messages::AppEvent;
use crate::app::threads::Threads;

impl ImagesWork {
    /// Does it, or begins it on a thread.
    pub(crate) fn start(self, threads: &Threads, context: &egui::Context) -> Option<AppEvent> {
        match self {
            Self::CopyView(picture) => {
                context.copy_image(picture.to_color_image());
                None
            }
            Self::SaveView { picture, never_in } => {
                let (asks, begin_in) = (Arc::clone(&threads.dialogs), threads.results.clone());
                threads.spawn(
                    "file dialog",
                    move |outlet| {
                        outlet.send(dialogs::save_view(&*asks, &picture, &never_in, &begin_in));
                    },
                    |why| Some(ImagesEvent::Failed(why)),
                )
            }
        }
    }
}

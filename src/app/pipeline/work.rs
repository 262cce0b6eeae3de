//! What is done outside for the pipeline.

use std::sync::Arc;

use super::messages::{PipelineEvent, PipelineWork};
use crate::app::dialogs;
use crate::app::messages::AppEvent;
use crate::app::threads::Threads;

impl PipelineWork {
    /// Begins it; the answer that says why not where no thread can be started.
    pub(crate) fn start(self, threads: &Threads) -> Option<AppEvent> {
        let (asks, begin_in) = (Arc::clone(&threads.dialogs), threads.results.clone());
        threads.spawn(
            "file dialog",
            move |outlet| {
                outlet.send(match self {
                    Self::Save { pipeline, never_in } => {
                        dialogs::save_pipeline(&*asks, pipeline, &never_in, &begin_in)
                    }
                    Self::Load => dialogs::load_pipeline(&*asks, &begin_in),
                    Self::PickFile { index, setting, channel, what, from } => {
                        let picked = |path| PipelineEvent::FilePicked { index, setting, channel, path };
                        dialogs::pick_image(&*asks, what, from, picked)
                    }
                });
            },
            |why| Some(PipelineEvent::Failed(why)),
        )
    }
}

//! What is done outside for the memory chart.

use std::sync::Arc;

use super::messages::{MemoryEvent, MemoryWork};
use crate::app::messages::AppEvent;
use crate::app::threads::Threads;

impl MemoryWork {
    /// Begins it; the answer that says why not where no thread can be started.
    pub(crate) fn start(self, threads: &Threads) -> Option<AppEvent> {
        match self {
            Self::Export(request) => {
                let (dialogs, results) = (Arc::clone(&threads.dialogs), threads.results.clone());
                threads.spawn(
                    "export",
                    move |outlet| {
                        outlet.send(request.execute(&*dialogs, &results));
                    },
                    |why| Some(MemoryEvent::Failed(why)),
                )
            }
        }
    }
}

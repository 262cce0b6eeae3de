//! How work is done away from the window: on named threads, each of which answers with an [`AppEvent`], and
//! none of which shares a lock with the window.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::Sender;

use super::desktop::Dialogs;
use super::messages::AppEvent;

/// How many events may wait for the window. A run in a window that hangs is held up and not lost.
pub(super) const QUEUE: usize = 4096;

/// Samples are left out while more events than this wait.
const QUEUE_BUSY: usize = QUEUE / 2;

/// The way from the threads to the window.
#[derive(Clone)]
pub(crate) struct Outlet {
    pub(super) sender: Sender<AppEvent>,
    pub(super) wake: Arc<dyn Fn() + Send + Sync>,
}

impl Outlet {
    /// Sends; waits where the queue is full. False when the window is gone.
    pub(crate) fn send(&self, event: impl Into<AppEvent>) -> bool {
        let sent = self.sender.send(event.into()).is_ok();
        (self.wake)();
        sent
    }

    /// Whether so much waits for the window that what can be spared is left out.
    pub(crate) fn is_busy(&self) -> bool {
        self.sender.len() > QUEUE_BUSY
    }
}

/// What the work of a room needs: threads with a way to the window, and where things are.
pub(crate) struct Threads {
    pub(super) outlet: Outlet,
    /// Stepwell itself, which becomes the worker.
    pub(crate) program: PathBuf,
    /// The folder of results.
    pub(crate) results: PathBuf,
    /// Whoever asks the user for files and folders.
    pub(crate) dialogs: Arc<dyn Dialogs>,
}

impl Threads {
    /// Starts a named thread. Whatever happens, there is an answer: `failed` makes it from the reason
    /// where the work panics, and where the system has no thread left; that one is returned, because
    /// the window must not wait for the room in its own queue.
    pub(crate) fn spawn<E: Into<AppEvent>>(
        &self,
        name: &str,
        work: impl FnOnce(&Outlet) + Send + 'static,
        failed: impl Fn(String) -> Option<E> + Clone + Send + 'static,
    ) -> Option<AppEvent> {
        let outlet = self.outlet.clone();
        let (failed_inside, inside_name) = (failed.clone(), name.to_owned());
        let body = move || {
            if catch_unwind(AssertUnwindSafe(|| work(&outlet))).is_err() {
                let why = format!("A fault inside Stepwell ended the {inside_name}. Try again.");
                if let Some(answer) = failed_inside(why) {
                    outlet.send(answer);
                }
            }
        };
        let spawned = std::thread::Builder::new().name(name.to_owned()).spawn(body);
        spawned.err().and_then(|error| {
            let why = format!(
                "The system has no thread for the {name} ({error}). Close other programs, then try again."
            );
            failed(why).map(Into::into)
        })
    }
}

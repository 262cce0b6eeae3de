//! The threads that work for the window, and what they report.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};

use super::browse::asking::WindowDialogs;
use super::messages::{AppEvent, Work};
use super::settings::SettingsWriter;
use super::threads::{Outlet, QUEUE, Threads};

/// Events that arrive within this time are shown in one frame.
const MERGE: Duration = Duration::from_millis(16);

pub(crate) struct Background {
    threads: Threads,
    receiver: Receiver<AppEvent>,
    settings: SettingsWriter,
    /// The window that is woken.
    shown_in: Arc<Mutex<egui::Context>>,
}

impl Background {
    /// Threads that wake the window through `context`.
    pub(crate) fn new(
        context: &egui::Context,
        program: PathBuf,
        results: PathBuf,
        settings: SettingsWriter,
    ) -> Self {
        let (sender, receiver) = bounded(QUEUE);
        let shown_in = Arc::new(Mutex::new(context.clone()));
        let woken = Arc::clone(&shown_in);
        let wake = Arc::new(move || {
            // Held for no longer than it takes to copy what is in it.
            let context = woken.lock().unwrap_or_else(PoisonError::into_inner).clone();
            context.request_repaint_after(MERGE);
        });
        let outlet = Outlet { sender, wake };
        let dialogs = Arc::new(WindowDialogs::new(outlet.clone()));
        Self { threads: Threads { outlet, program, results, dialogs }, receiver, settings, shown_in }
    }

    /// From now on another window is woken.
    pub(crate) fn show_in(&self, context: &egui::Context) {
        *self.shown_in.lock().unwrap_or_else(PoisonError::into_inner) = context.clone();
    }

    /// What the threads have told, oldest first.
    pub(crate) fn events(&self) -> impl Iterator<Item = AppEvent> {
        self.receiver.try_iter()
    }

    /// Whether more has been told.
    pub(crate) fn has_events(&self) -> bool {
        !self.receiver.is_empty()
    }

    /// Starts a piece of work. Where no thread can be started for it, the answer that tells so.
    pub(crate) fn start(&mut self, work: Work, context: &egui::Context) -> Option<AppEvent> {
        let threads = &mut self.threads;
        match work {
            Work::Start(work) => work.start(threads),
            Work::Plate(work) => work.start(threads),
            Work::Pipeline(work) => work.start(threads),
            Work::Settings(work) => work.start(threads, &self.settings, context),
            Work::Forecast(work) => work.start(threads),
            Work::Images(work) => work.start(threads, context),
            Work::Memory(work) => work.start(threads),
            Work::Runs(work) => work.start(threads),
            Work::History(work) => work.start(threads),
            Work::Cluster(work) => work.start(threads),
            Work::Browse(work) => work.start(threads),
            Work::Watch(work) => work.start(threads),
            Work::Status(work) => {
                work.start(context);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::plate::messages::PlateEvent;

    #[test]
    fn a_thread_that_panics_gives_the_failing_answer() {
        let background = Background::new(
            &egui::Context::default(),
            PathBuf::new(),
            PathBuf::new(),
            SettingsWriter::start(None, crate::app::settings::Settings::default()),
        );
        let failed = |why| Some(PlateEvent::NotMeasured { generation: 7, why });
        assert!(background.threads.spawn("test", |_| panic!("on purpose"), failed).is_none());
        let answer = background.receiver.recv_timeout(Duration::from_secs(20)).unwrap();
        assert!(matches!(answer, AppEvent::Plate(PlateEvent::NotMeasured { generation: 7, .. })));
    }
}

//! Writes settings on a thread of its own, so that a slow disk does not hold the window.

use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::remembered::Settings;
use crate::disk::Destination;

/// Writes settings on a thread of its own; the last ones win.
#[derive(Debug)]
pub(crate) struct SettingsWriter {
    sender: Option<Sender<Settings>>,
    /// The other end, to take back settings that newer ones replace.
    replaced: Option<Receiver<Settings>>,
    thread: Option<JoinHandle<()>>,
}

impl SettingsWriter {
    /// Starts the thread; without a folder nothing is ever written. `base` is what the window began with: what was not changed since
    /// is left as another window wrote it.
    pub(crate) fn start(folder: Option<Destination>, mut base: Settings) -> Self {
        let Some(folder) = folder else { return Self { sender: None, replaced: None, thread: None } };
        // Room for one: the newest.
        let (sender, receiver) = bounded::<Settings>(1);
        let replaced = receiver.clone();
        let thread = std::thread::Builder::new().name("settings".to_owned()).spawn(move || {
            while let Ok(settings) = receiver.recv() {
                let written = settings.write_changes(&base, &folder);
                base = settings;
                // No reason to disturb the user: the window works without.
                if let Err(error) = written {
                    log::warn!("The settings could not be written: {error}");
                }
            }
        });
        Self { sender: Some(sender), replaced: Some(replaced), thread: thread.ok() }
    }

    /// Writes the settings soon.
    pub(crate) fn write(&self, settings: &Settings) {
        let (Some(sender), Some(replaced)) = (&self.sender, &self.replaced) else { return };
        // Settings that the thread has not taken up yet give way; the window never waits for the
        // disk. Only the window sends, so that there is room at the second attempt.
        if let Err(TrySendError::Full(newest)) = sender.try_send(settings.clone()) {
            let _older = replaced.try_recv();
            let _queued = sender.try_send(newest);
        }
    }
}

impl Drop for SettingsWriter {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has no more to write.
            let _ended = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plate::{NONE_OPEN, destination};

    #[test]
    fn the_newest_settings_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let place = destination(folder.path(), NONE_OPEN).unwrap();
        let writer = SettingsWriter::start(Some(place), Settings::default());
        for threads in 1..=200 {
            writer.write(&Settings { threads: Some(threads), ..Settings::default() });
        }
        drop(writer);
        assert_eq!(Settings::read(folder.path()).unwrap().threads, Some(200));
    }

    #[test]
    fn two_windows_do_not_undo_each_others_settings() {
        let folder = tempfile::tempdir().unwrap();
        let place = destination(folder.path(), NONE_OPEN).unwrap();
        let base = Settings { budget: "8GB".to_owned(), ..Settings::default() };
        base.write(&place).unwrap();
        let write = |settings: &Settings| {
            let writer = SettingsWriter::start(Some(place.clone()), base.clone());
            writer.write(settings);
        };
        write(&Settings { threads: Some(2), ..base.clone() });
        write(&Settings { budget: "4GB".to_owned(), ..base.clone() });
        let read = Settings::read(folder.path()).unwrap();
        assert_eq!((read.threads, read.budget.as_str()), (Some(2), "4GB"));
        // Where the file is gone, or makes no sense, all is written.
        for text in [None, Some("(budget: 8")] {
            std::fs::remove_file(folder.path().join("settings.ron")).unwrap();
            text.into_iter()
                .for_each(|text| std::fs::write(folder.path().join("settings.ron"), text).unwrap());
            write(&Settings { threads: Some(3), ..base.clone() });
            let read = Settings::read(folder.path()).unwrap();
            assert_eq!((read.threads, read.budget.as_str()), (Some(3), "8GB"), "{text:?}");
        }
        assert_eq!(std::fs::read_to_string(folder.path().join("settings.ron.bad")).unwrap(), "(budget: 8");
    }
}

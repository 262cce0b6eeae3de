//! What is done outside for the settings.

use super::file::SettingsWriter;
use super::messages::{SettingsEvent, SettingsWork};
use crate::app::messages::AppEvent;
use crate::app::threads::Threads;
use crate::disk;
use crate::machine::Machine;

impl SettingsWork {
    /// Does it, or begins it on a thread.
    pub(crate) fn start(
        self,
        threads: &Threads,
        writer: &SettingsWriter,
        context: &egui::Context,
    ) -> Option<AppEvent> {
        match self {
            Self::ReadMachine => {
                let results = threads.results.clone();
                threads.spawn(
                    "machine",
                    move |outlet| {
                        let (machine, results_free_bytes) = (Machine::read(), disk::free_bytes(&results));
                        outlet.send(SettingsEvent::Machine { machine, results, results_free_bytes });
                    },
                    // What was known before stands.
                    |_| None::<SettingsEvent>,
                )
            }
            Self::Save(settings) => {
                writer.write(&settings);
                None
            }
            Self::Appear(appearance) => {
                context.set_theme(appearance.preference());
                None
            }
        }
    }
}

//! What is done outside for the settings.

use std::sync::Arc;

use super::file::folder;
use super::graphics_record::forget_ended;
use super::messages::{SettingsEvent, SettingsWork};
use super::writer::SettingsWriter;
use crate::app::dialogs::pick_results_folder;
use crate::app::messages::AppEvent;
use crate::app::threads::Threads;
use crate::disk;
use crate::folders;
use crate::machine::Machine;
use crate::plate::{NONE_OPEN, destination};

impl SettingsWork {
    /// Does it, or begins it on a thread.
    pub(crate) fn start(
        self,
        threads: &mut Threads,
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
            Self::ForgetEndedGraphics => threads.spawn(
                "settings",
                |_| {
                    let place = folder().and_then(|folder| destination(&folder, NONE_OPEN).ok());
                    if let Some(place) = place {
                        forget_ended(&place.private());
                    }
                },
                // What is not forgotten is tried last.
                |_| None::<SettingsEvent>,
            ),
            Self::Enlarge(percent) => {
                context.set_zoom_factor(f32::from(percent) / 100.0);
                None
            }
            Self::PickResults { from } => {
                let dialogs = Arc::clone(&threads.dialogs);
                threads.spawn(
                    "folder dialog",
                    move |outlet| {
                        outlet.send(SettingsEvent::ResultsPicked(pick_results_folder(&*dialogs, &from)));
                    },
                    |why| Some(SettingsEvent::ResultsPicked(Some(Err(why)))),
                )
            }
            Self::UseResults(folder) => {
                threads.results = folder.unwrap_or_else(folders::results_dir);
                None
            }
            Self::Appear(appearance) => {
                context.set_theme(appearance.preference());
                None
            }
        }
    }
}

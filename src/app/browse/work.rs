//! What is done outside for the folder browser.

use super::listing::{find_plates, list, look};
use super::messages::{AtPath, BrowseEvent, BrowseWork};
use super::places::places;
use crate::app::desktop::Wanted;
use crate::app::messages::AppEvent;
use crate::app::threads::Threads;

impl BrowseWork {
    /// Does it, or begins it on a thread; the answer that says why not where no thread can be started.
    pub(crate) fn start(self, threads: &Threads) -> Option<AppEvent> {
        match self {
            Self::List { generation, folder, shown, cancel } => threads.spawn(
                "folder lister",
                move |outlet| {
                    let listing = list(&folder, &shown, &cancel, &mut |listing| {
                        outlet.send(BrowseEvent::Listed { generation, listing })
                    });
                    if shown.wanted == Wanted::Folder {
                        find_plates(&folder, &listing, &cancel, &mut |names| {
                            outlet.send(BrowseEvent::Plates { generation, names })
                        });
                    }
                },
                move |why| Some(BrowseEvent::Listed { generation, listing: Err(why) }),
            ),
            Self::Look { generation, path, is_chosen } => {
                let untold = path.clone();
                threads.spawn(
                    "path",
                    move |outlet| {
                        let found = look(&path);
                        outlet.send(BrowseEvent::Looked { generation, path, found, is_chosen });
                    },
                    move |why| {
                        let (path, found) = (untold.clone(), AtPath::Unknown(why));
                        Some(BrowseEvent::Looked { generation, path, found, is_chosen })
                    },
                )
            }
            Self::FindPlaces => {
                let results = threads.results.clone();
                threads.spawn(
                    "places",
                    move |outlet| {
                        outlet.send(BrowseEvent::Places(places(&results)));
                    },
                    // Paths can be typed.
                    |_| None::<BrowseEvent>,
                )
            }
            Self::Answer(reply, path) => {
                reply.give(path);
                None
            }
            Self::AskHere => {
                threads.dialogs.ask_here();
                None
            }
        }
    }
}

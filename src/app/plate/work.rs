//! What is done outside for the open plate.

use std::collections::BTreeSet;

use super::messages::{PlateEvent, PlateWork};
use crate::app::messages::AppEvent;
use crate::app::threads::Threads;
use crate::plate::{Measured, Plate, WellId};

/// Sizes of so many images are told at once: few enough that the count on screen moves, and that a
/// change of the selection loses little.
const PART_IMAGES: usize = 2000;

impl PlateWork {
    /// Begins it; the answer that says why not where no thread can be had.
    pub(crate) fn start(self, threads: &Threads) -> Option<AppEvent> {
        match self {
            Self::Measure { generation, plate, wells, readers, cancel } => threads.spawn(
                "header reader",
                move |outlet| {
                    for wells in parts(&plate, wells) {
                        let Ok(measured) = Measured::read_on(&readers, &plate, &wells, &cancel) else {
                            return;
                        };
                        outlet.send(PlateEvent::Measured { generation, wells, measured });
                    }
                },
                move |why| Some(PlateEvent::NotMeasured { generation, why }),
            ),
        }
    }
}

/// The wells in parts of about [`PART_IMAGES`] images, each of one well at least.
fn parts(plate: &Plate, wells: BTreeSet<WellId>) -> Vec<BTreeSet<WellId>> {
    let mut parts: Vec<BTreeSet<WellId>> = Vec::new();
    let mut images = PART_IMAGES;
    for well in wells {
        let more = plate.images_of(well).len();
        match parts.last_mut().filter(|_| images + more <= PART_IMAGES) {
            Some(part) => {
                part.insert(well);
                images += more;
            }
            None => {
                parts.push(BTreeSet::from([well]));
                images = more;
            }
        }
    }
    parts
}

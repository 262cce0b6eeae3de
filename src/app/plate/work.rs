//! What is done outside for the open plate.

use super::messages::{PlateEvent, PlateWork};
use crate::app::messages::AppEvent;
use crate::app::threads::Threads;
use crate::plate::Measured;

impl PlateWork {
    /// Begins it; the answer that says why not where no thread can be started.
    pub(crate) fn start(self, threads: &Threads) -> Option<AppEvent> {
        match self {
            Self::Measure { generation, plate, wells, readers, cancel } => threads.spawn(
                "header reader",
                move |outlet| {
                    for wells in Measured::parts(&plate, &wells) {
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

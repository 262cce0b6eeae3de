//! Messages between the plate room, the user and the threads.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::cancel::Cancel;
use crate::file_threads::FileThreads;
use crate::plate::{Component, Measured, Plate, WellId};

/// What the user chooses on the open plate.
#[derive(Clone, Debug, PartialEq)]
pub enum PlateCommand {
    /// Select these wells and no others.
    Select(BTreeSet<WellId>),
    /// Take a component one value at a time, or not.
    SetSequential {
        /// The component.
        component: Component,
        /// True for one value at a time, false for all values at once.
        is_on: bool,
    },
    /// Take these components one value at a time and no others.
    Choose(Vec<Component>),
}

/// What has to be done outside for the open plate.
#[derive(Debug)]
pub enum PlateWork {
    /// Read the sizes of the images of some wells.
    Measure {
        /// For the answer.
        generation: u64,
        /// The plate whose image headers are read.
        plate: Arc<Plate>,
        /// Wells whose images are not measured yet.
        wells: BTreeSet<WellId>,
        /// The threads that read headers of this plate.
        readers: FileThreads,
        /// Stops the reading once its answers are not wanted any more.
        cancel: Cancel,
    },
}

/// What came of it.
#[derive(Debug)]
pub enum PlateEvent {
    /// Sizes of images were read; the wells of a request come in several parts.
    Measured {
        /// Of the request.
        generation: u64,
        /// The wells of this part.
        wells: BTreeSet<WellId>,
        /// Size of each image of these wells, or why it has none.
        measured: Measured,
    },
    /// Sizes of images could not be read for a reason that is not in the images.
    NotMeasured {
        /// Of the request.
        generation: u64,
        /// The reason in words, for the user.
        why: String,
    },
}

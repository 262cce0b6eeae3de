//! What a worker and its host say to each other: one JSON value a line, over the worker's pipes.
//!
//! A worker asks for the combinations of its plan one by one, so that it never holds more of the
//! plan than it works on, however large the plate is.

use std::borrow::Cow;

use log::Level;
use serde::{Deserialize, Serialize};

use crate::engine::request::RunOrder;
use crate::events::Event;
use crate::plan::CombinationPlan;

/// What the host says, on the worker's standard input. Its end means `Cancel`, too: whoever started
/// the worker is gone.
#[derive(Serialize, Deserialize)]
pub(super) enum ToWorker<'a> {
    /// What to do, first of all.
    Begin(Box<Cow<'a, RunOrder>>),
    /// The next combination, or that there is no more: the answer to `Next`.
    Combination(Option<Cow<'a, CombinationPlan>>),
    /// Stop the run.
    Cancel,
}

/// What the worker says, on its standard output.
#[derive(Serialize, Deserialize)]
pub(super) enum FromWorker<'a> {
    /// Something happened.
    Event(Cow<'a, Event>),
    /// One more combination is wanted.
    Next,
    /// A line for the log.
    Log {
        /// How much it matters.
        level: Level,
        /// What happened.
        text: String,
    },
}

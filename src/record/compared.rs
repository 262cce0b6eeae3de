//! The comparison that a run is part of.

use serde::{Deserialize, Serialize};

use crate::plan::{Forecast, Mode};

/// A mode that was not run because its forecast is over the budget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    /// The mode that was not run.
    pub mode: Mode,
    /// What it would have needed.
    pub forecast: Forecast,
    /// Why, and what to do.
    pub why: String,
}

/// The comparison that a run is part of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// What all its runs share: the name of the first.
    pub name: String,
    /// Which of its repeats, from 0.
    pub round: usize,
    /// The modes that were refused in it.
    pub refused: Vec<Refused>,
}

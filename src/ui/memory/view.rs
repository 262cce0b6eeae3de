//! What the memory page shows, and how it is looked at.

use super::chart::ChartView;
use super::combinations::CombinationsView;
use crate::app::{MemoryState, PlateState, RunsState};

/// What the memory page shows.
#[derive(Clone, Copy)]
pub(crate) struct MemoryModel<'a> {
    /// The chart and what stands around it.
    pub(crate) memory: &'a MemoryState,
    pub(crate) runs: &'a RunsState,
    /// The open plate.
    pub(crate) plate: &'a PlateState,
}

/// How the memory page is looked at.
#[derive(Debug, Default)]
pub(crate) struct MemoryView {
    pub(crate) chart: ChartView,
    /// Whether the table of combinations is under it, and not the images in memory.
    pub(super) is_table: bool,
    pub(super) table: CombinationsView,
}

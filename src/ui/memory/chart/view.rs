//! How the chart is looked at, and what the user pointed at in it.

use std::sync::Arc;

use egui_plot::PlotPoint;

use crate::app::{ExportKind, LifeOf};
use crate::chart::{Axis, ChartOptions, Ink, Life, Picture, Reading};

/// Height of the row of one run under the axis.
pub(super) const LANE: f32 = 8.0;
/// Rows under the axis; more runs than that have none.
pub(super) const MOST_LANES: usize = 6;

/// How the chart is looked at, kept from frame to frame.
#[derive(Debug, Default)]
pub struct ChartView {
    /// Axis, start and lines.
    pub options: ChartOptions,
    /// Whether there is nothing to export, as of a program whose record is not written yet.
    pub(super) is_passing: bool,
    /// The part of the horizontal axis that is seen; `None` for all of it.
    pub range: Option<[f64; 2]>,
    /// The life of the image that is pointed at under the chart: whose and when.
    pub(crate) life: Option<(Ink, Life)>,
    /// The image whose life was asked for, as last seen.
    pub(crate) life_of: Option<LifeOf>,
    /// Where a range that is being selected begins, on the horizontal axis.
    pub(super) selecting: Option<f64>,
    /// The moment that was chosen by keys, on its axis.
    pub(super) chosen: Option<(Axis, f64)>,
    /// Whether a key has asked for the table under the chart in this frame.
    pub(crate) asks_for_table: bool,
    /// Width of the row of options, as last laid out.
    pub(super) options_width: f32,
    pub(super) kept: Option<Kept>,
}

impl ChartView {
    /// That of a chart of which there is nothing to export.
    pub(crate) fn passing() -> Self {
        Self { is_passing: true, ..Self::default() }
    }

    /// The moment that was chosen by keys, unless on another axis.
    pub(super) fn chosen_x(&self, axis: Axis) -> Option<f64> {
        self.chosen.filter(|(of, _)| *of == axis).map(|(_, x)| x)
    }
}

/// A picture with all that it follows from: while none of that changes it is only painted.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) key: (u64, ChartOptions, [u32; 2], Option<[u64; 2]>, u32),
    pub(super) drawn: Arc<Drawn>,
}

/// A picture with its lines in the form that the plot borrows.
#[derive(Debug)]
pub(super) struct Drawn {
    pub(super) picture: Picture,
    pub(super) points: Vec<Vec<PlotPoint>>,
    /// Those of what is expected.
    pub(super) courses: Vec<Vec<PlotPoint>>,
}

/// What the user pointed at in the chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartPointed {
    /// The runs at the pointer.
    pub hovered: Vec<Reading>,
    /// The runs at the moment that the user clicked, or chosen by keys and entered.
    pub clicked: Option<Vec<Reading>>,
    /// The form in which the runs are to be exported.
    pub export: Option<ExportKind>,
    /// A text for the clipboard.
    pub copied: Option<String>,
    /// Whether the chart is to be explained.
    pub is_unclear: bool,
}

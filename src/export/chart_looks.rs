//! Colours and lines of the chart on white paper.

use super::svg::{QUIET, RED, SvgStyle};
use crate::chart::{CourseCurve, Ink, MarkerKind};
use crate::plan::Mode;

/// Height of letters in the chart, in pixels.
pub(super) const LABEL_PX: f32 = 13.0;

const ONE_WIDE: (&str, &str) = ("stroke-width", "1");
pub(super) const THIN: SvgStyle = &[ONE_WIDE];

/// Shades for several runs of one mode; the first is the mode's own colour.
pub(super) const BLUE: [&str; 4] = ["#0b69d0", "#6fa8e6", "#083f7d", "#3f8a9c"];
pub(super) const ORANGE: [&str; 4] = ["#c96300", "#e6a566", "#7d3d00", "#b0893a"];
/// Shades for watched programs, which are of no mode.
const PURPLE: [&str; 4] = ["#9c2a86", "#d58fc6", "#5e1450", "#7638a8"];

/// The colour of what an ink says.
pub(super) fn color(ink: Ink) -> &'static str {
    match ink {
        Ink::Run { mode: Some(Mode::Bulk), nth } => BLUE[nth % BLUE.len()],
        Ink::Run { mode: Some(Mode::Sequential), nth } => ORANGE[nth % ORANGE.len()],
        Ink::Run { mode: None, nth } => PURPLE[nth % PURPLE.len()],
        Ink::Budget => RED,
        Ink::Machine => QUIET,
    }
}

/// All at once is dashed and one at a time solid, so that they differ without colour too; watched programs are both in turn.
pub(super) fn curve_look(ink: Ink, main: bool, calm: bool) -> SvgStyle {
    let dashed = ink.is_dashed();
    match (main, dashed && calm) {
        (true, true) => &[("stroke-width", "2.4"), ("stroke-dasharray", "8 4")],
        (true, false) => &[("stroke-width", "2.4")],
        (false, _) if calm => {
            &[("stroke-width", "1.5"), ("stroke-dasharray", "0.1 3.2"), ("stroke-linecap", "round")]
        }
        (false, _) => &[("stroke-width", "1"), ("stroke-opacity", "0.6")],
    }
}

/// As the lines of runs, and thinner.
pub(super) fn course_look(course: &CourseCurve) -> SvgStyle {
    let bulk = course.ink.is_bulk();
    match (course.main, bulk && course.lows.is_none()) {
        (true, true) => &[("stroke-width", "1.6"), ("stroke-dasharray", "8 4")],
        (true, false) => &[("stroke-width", "1.6")],
        (false, _) => {
            &[("stroke-width", "1.2"), ("stroke-dasharray", "0.1 3.6"), ("stroke-linecap", "round")]
        }
    }
}

/// The look of a marker: of its sample in the legend, or in the chart, paler where it stands for many.
pub(super) fn marker_look(kind: MarkerKind, stands_for_many: Option<bool>) -> SvgStyle {
    const DOTTED: (&str, &str) = ("stroke-dasharray", "2 3");
    const PALE: (&str, &str) = ("stroke-opacity", "0.45");
    const PALER: (&str, &str) = ("stroke-opacity", "0.22");
    match (kind, stands_for_many) {
        (MarkerKind::Preload, None) => &[ONE_WIDE, DOTTED],
        (MarkerKind::Preload, Some(false)) => &[ONE_WIDE, DOTTED, PALE],
        (MarkerKind::Preload, Some(true)) => &[ONE_WIDE, DOTTED, PALER],
        (MarkerKind::Clear, None) => THIN,
        (MarkerKind::Clear, Some(false)) => &[ONE_WIDE, PALE],
        (MarkerKind::Clear, Some(true)) => &[ONE_WIDE, PALER],
        (MarkerKind::Mark, _) => &[("stroke-width", "1.6")],
    }
}

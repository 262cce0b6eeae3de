//! What a chart consists of for a given size in pixels; see the module `compose` for how it is made.
//!
//! Made again only when size, range, options or data change; painting it is all that is left to do
//! in a frame.

use super::labels::Box2;
use super::{MarkerKind, Measure, Scale, Ticks};
use crate::plan::Mode;

/// What something in the chart belongs to: its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// A run of this mode; `nth` counts the runs of the mode before it.
    Run {
        /// How the run takes the images; `None` of a watched program.
        mode: Option<Mode>,
        /// Runs of the same mode before it.
        nth: usize,
    },
    /// The memory that a run may use.
    Budget,
    /// The memory of the computer.
    Machine,
}

impl Ink {
    /// Whether it is of a run all at once.
    pub(crate) fn is_bulk(self) -> bool {
        matches!(self, Self::Run { mode: Some(Mode::Bulk), .. })
    }

    /// Whether its line is dashed: of runs all at once, and of every second watched program, so that two differ without colour, too.
    pub(crate) fn is_dashed(self) -> bool {
        self.is_bulk() || matches!(self, Self::Run { mode: None, nth } if nth % 2 == 1)
    }
}

/// Gives inks to runs in their order.
#[derive(Debug, Default)]
pub(crate) struct Inks {
    seen: Vec<Option<Mode>>,
}

impl Inks {
    /// That of the next run.
    pub(crate) fn next(&mut self, mode: Option<Mode>) -> Ink {
        let nth = self.seen.iter().filter(|seen| **seen == mode).count();
        self.seen.push(mode);
        Ink::Run { mode, nth }
    }
}

/// Size of the plot and of its texts.
pub struct PictureSize<'a> {
    /// Width and height of the plot in pixels.
    pub plot: [f32; 2],
    /// Width and height of a label, given whether it is strong, as those of points are.
    pub text: &'a dyn Fn(&str, bool) -> [f32; 2],
}

/// A line of memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The run whose memory it shows.
    pub ink: Ink,
    /// What it shows.
    pub measure: Measure,
    /// Whether it is the run's main line.
    pub main: bool,
    /// Points in units of the axes: seconds or share, and bytes.
    pub points: Vec<[f64; 2]>,
    /// Where the line goes up and down within a few pixels all over, it would be a solid block: its
    /// points are then the highest of each few pixels, and these the lowest, for an area between.
    pub lows: Option<Vec<f64>>,
    /// Whether dashes can be distinguished: not where the line still goes up and down everywhere, and
    /// thousands of dashes would be drawn.
    pub calm: bool,
}

/// The course that is expected of a way.
#[derive(Clone, Debug, PartialEq)]
pub struct CourseCurve {
    /// The way that it is of.
    pub ink: Ink,
    /// Whether it is the main line of what is expected, and not counted bytes.
    pub main: bool,
    /// Points in units of the axes; where several moments fall together, the fullest of them.
    pub points: Vec<[f64; 2]>,
    /// How low memory goes there; `None` where no moments fall together.
    pub lows: Option<Vec<f64>>,
    /// Strokes of the hatching below it, in pixels from the top left of the plot.
    pub hatching: Vec<[[f32; 2]; 2]>,
}

/// A vertical line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MarkerLine {
    /// The run that the marker comes from.
    pub ink: Ink,
    /// What it marks.
    pub kind: MarkerKind,
    /// Place on the horizontal axis.
    pub x: f64,
    /// Whether it stands for several that would be too close together.
    pub stands_for_many: bool,
}

/// A stretch of one phase under the axis.
#[derive(Clone, Debug, PartialEq)]
pub struct BandBox {
    /// The run that was in this phase.
    pub ink: Ink,
    /// Row from the top: the runs' order in the chart.
    pub lane: usize,
    /// From where to where on the horizontal axis.
    pub x: [f64; 2],
    /// How strong its colour is, from 0 to 1: preload strongest, then step by step fainter.
    pub strength: f32,
    /// Name of the phase.
    pub name: String,
}

/// How a horizontal line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceStyle {
    /// Thin and dotted, for a forecast.
    Dotted,
    /// Dashed, for a limit such as the budget.
    Dashed,
}

/// A horizontal line.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferenceLine {
    /// What it is of.
    pub ink: Ink,
    /// How it is drawn.
    pub style: ReferenceStyle,
    /// Where, in bytes as shown.
    pub bytes: f64,
    /// What it says: `forecast 31.5 MB`.
    pub label: String,
}

/// The forecast of a mode that was refused: an area from 0 up.
#[derive(Clone, Debug, PartialEq)]
pub struct Hatch {
    /// The mode that was refused.
    pub ink: Ink,
    /// Up to here, in bytes as shown.
    pub bytes: f64,
}

/// A point that stands out: a peak, or the end of a run that did not complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Dot {
    /// The run that the point belongs to.
    pub ink: Ink,
    /// Place in units of the axes.
    pub at: [f64; 2],
    /// Whether the run ended here before its time.
    pub broken_off: bool,
    /// What it says.
    pub label: String,
}

/// A text with its place in pixels from the top left of the plot.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedLabel {
    /// Of what; its colour unless it is of a point, which reads better in the colour of text.
    pub ink: Ink,
    /// The point that it is of, in pixels; `None` where it is of a level.
    pub point: Option<[f32; 2]>,
    /// What it says.
    pub text: String,
    /// The rectangle that the text fills, in pixels.
    pub area: Box2,
}

/// Farther than this from its point, in pixels, a label is led to it.
const LED_FROM: f32 = 16.0;

impl PlacedLabel {
    /// A line between its point and its text, where they are so far apart that it would not be plain which is whose.
    pub fn leader(&self) -> Option<[[f32; 2]; 2]> {
        let point = self.point?;
        let nearest = self.area.nearest_to(point);
        let away = (nearest[0] - point[0]).hypot(nearest[1] - point[1]);
        (away > LED_FROM).then_some([point, nearest])
    }
}

impl Picture {
    /// The marks of the vertical axis, in bytes and as they are written.
    pub fn y_marks(&self) -> Vec<(f64, String)> {
        match self.scale.powers() {
            // Each power of ten carries its unit.
            Some(powers) => powers.into_iter().map(|bytes| (bytes, power_text(bytes))).collect(),
            None => {
                let marks = self.y_ticks.between(0.0, self.top_bytes).into_iter();
                marks.map(|bytes| (bytes, self.y_ticks.text(bytes))).collect()
            }
        }
    }

    /// The unit of these marks; empty where each carries its own.
    pub fn y_unit(&self) -> &'static str {
        match self.scale {
            Scale::Linear { .. } => self.y_ticks.unit,
            Scale::Logarithmic { .. } => "",
        }
    }

    /// A place in pixels from the top left of a plot of this size.
    pub fn pixel(&self, [x, bytes]: [f64; 2], plot: [f32; 2]) -> [f32; 2] {
        let part = (x - self.x[0]) / (self.x[1] - self.x[0]);
        [(part * f64::from(plot[0])) as f32, ((1.0 - self.scale.height(bytes)) * f64::from(plot[1])) as f32]
    }
}

/// `10 MB`.
fn power_text(bytes: f64) -> String {
    const UNITS: [(f64, &str); 5] = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")];
    match UNITS.into_iter().find(|(size, _)| bytes >= *size) {
        Some((size, unit)) => format!("{:.0} {unit}", bytes / size),
        None => "0".to_owned(),
    }
}

/// The chart, ready to paint.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// From where to where the horizontal axis goes.
    pub x: [f64; 2],
    /// Where the vertical axis ends, in bytes; it begins at 0.
    pub top_bytes: f64,
    /// How bytes become heights on it.
    pub scale: Scale,
    /// Marks of the horizontal axis.
    pub x_ticks: Ticks,
    /// Marks of the vertical axis.
    pub y_ticks: Ticks,
    /// Forecasts of refused modes, drawn first.
    pub hatches: Vec<Hatch>,
    /// What is expected, drawn below all lines of runs.
    pub courses: Vec<CourseCurve>,
    /// Vertical lines.
    pub markers: Vec<MarkerLine>,
    /// Horizontal lines.
    pub levels: Vec<ReferenceLine>,
    /// Lines of memory; main lines last, to be on top.
    pub curves: Vec<Curve>,
    /// Points that stand out.
    pub dots: Vec<Dot>,
    /// Phases under the axis.
    pub bands: Vec<BandBox>,
    /// Texts at points and lines, placed clear of one another.
    pub labels: Vec<PlacedLabel>,
    /// Marks whose texts are among the labels, with their places on the horizontal axis.
    pub(super) marks: Vec<(Ink, f64, String)>,
    /// Limits that lie above the chart, in words.
    pub above: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_far_from_its_point_is_led_to_it() {
        let area = Box2 { left: 100.0, top: 50.0, width: 80.0, height: 15.0 };
        // A point, and where the line from it ends.
        let table = [
            (Some([140.0, 72.0]), None),
            (Some([90.0, 57.0]), None),
            (Some([40.0, 57.0]), Some([100.0, 57.0])),
            (Some([200.0, 100.0]), Some([180.0, 65.0])),
            (Some([140.0, 10.0]), Some([140.0, 50.0])),
            (None, None),
        ];
        for (point, end) in table {
            let label = PlacedLabel { ink: Ink::Budget, point, text: String::new(), area };
            assert_eq!(label.leader(), end.map(|end| [point.unwrap(), end]), "{point:?}");
        }
    }
}

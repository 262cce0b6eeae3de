//! What stands over the chart on paper: which line is what.

use super::chart_looks::{LABEL_PX, color, curve_look, marker_look};
use super::svg::{Anchor, QUIET, Svg, SvgStyle, TEXT};
use super::text_size::{Weight, text_width};
use crate::chart::{Chart, ChartRun, Ink, MarkerKind, Measure};

/// Distance of its rows, in pixels.
const ROW: f32 = 20.0;

/// What a line or marker of the chart stands for.
struct LegendEntry {
    sample: LegendSample,
    text: String,
}

enum LegendSample {
    /// Colour and look.
    Line(&'static str, SvgStyle),
    Marker(MarkerKind),
}

impl LegendEntry {
    fn sample_width(&self) -> f32 {
        if matches!(self.sample, LegendSample::Line(..)) { 38.0 } else { 8.0 }
    }

    fn width(&self) -> f32 {
        self.sample_width() + text_width(&self.text, LABEL_PX, Weight::Regular) + 24.0
    }
}

/// The legend of a chart, in rows.
pub(super) struct Legend(Vec<Vec<LegendEntry>>);

impl Legend {
    /// In rows of a width.
    pub(super) fn of(chart: &Chart, width: f32) -> Self {
        let mut entries = Vec::new();
        for (run, ink) in chart.runs.iter().zip(chart.inks()) {
            let counted = if run.main_measure() == Measure::Counted { " (counted)" } else { "" };
            let text = format!("{}{counted}", run.title);
            let sample = LegendSample::Line(color(ink), curve_look(ink, true, true));
            entries.push(LegendEntry { sample, text });
        }
        let planned: Vec<_> = chart.courses().into_iter().filter(|course| course.run.is_none()).collect();
        for course in &planned {
            let text = format!("{}, expected", course.title);
            let look: SvgStyle = if course.ink.is_bulk() {
                &[("stroke-width", "1.6"), ("stroke-dasharray", "8 4"), ("stroke-opacity", "0.65")]
            } else {
                &[("stroke-width", "1.6"), ("stroke-opacity", "0.65")]
            };
            entries.push(LegendEntry { sample: LegendSample::Line(color(course.ink), look), text });
        }
        for measure in ChartRun::second_measures(&chart.runs) {
            let look = curve_look(Ink::Machine, false, true);
            let text = measure.name().to_owned();
            entries.push(LegendEntry { sample: LegendSample::Line(QUIET, look), text });
        }
        for (kind, name) in
            [(MarkerKind::Preload, "preload"), (MarkerKind::Clear, "clear"), (MarkerKind::Mark, "mark")]
        {
            if chart.runs.iter().any(|run| run.markers().iter().any(|marker| marker.kind == kind)) {
                entries.push(LegendEntry { sample: LegendSample::Marker(kind), text: name.to_owned() });
            }
        }
        let mut rows: Vec<Vec<LegendEntry>> = vec![Vec::new()];
        let mut taken = 0.0;
        for entry in entries {
            let entry_width = entry.width();
            if taken > 0.0 && taken + entry_width > width {
                rows.push(Vec::new());
                taken = 0.0;
            }
            taken += entry_width;
            if let Some(row) = rows.last_mut() {
                row.push(entry);
            }
        }
        Self(rows)
    }

    /// Its height beyond that of one row.
    pub(super) fn more_height(&self) -> f32 {
        ROW * self.0.len().saturating_sub(1) as f32
    }

    /// Draws it, the first row at this height.
    pub(super) fn draw(&self, svg: &mut Svg, left: f32, top: f32) {
        for (nth, row) in self.0.iter().enumerate() {
            let y = top + ROW * nth as f32;
            let mut x = left;
            for entry in row {
                match &entry.sample {
                    LegendSample::Line(ink, look) => svg.line([x, y - 4.5], [x + 30.0, y - 4.5], ink, look),
                    LegendSample::Marker(kind) => {
                        svg.line([x, y - 13.0], [x, y + 3.0], QUIET, marker_look(*kind, None));
                    }
                }
                let ink = if matches!(entry.sample, LegendSample::Marker(_)) { QUIET } else { TEXT };
                svg.text(x + entry.sample_width(), y, LABEL_PX, ink, Anchor::Start, false, &entry.text);
                x += entry.width();
            }
        }
    }
}

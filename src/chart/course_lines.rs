//! How an expected course becomes part of a picture: its line with hatching below it, and of a way that is not run its
//! marks, phases, its fullest moment and the moment from which it does not fit.

use super::picture::{CourseCurve, Dot};
use super::shown_course::ShownCourse;
use super::{Axis, Chart, ChartOptions, Measure, Phase, Picture, Scale};
use crate::plan::{CoursePhase, PlanCourse};
use crate::quantity::bytes_text;

/// Distance of the strokes of a hatching, in pixels.
const PITCH: f32 = 11.0;
/// How finely a stroke follows the line above it, in pixels.
const FINE: f32 = 2.0;

/// Points of a line and, where moments fall together, how low memory goes at each.
type Line = (Vec<[f64; 2]>, Option<Vec<f64>>);

impl Picture {
    pub(super) fn add_course(
        &mut self,
        chart: &Chart,
        shown: &ShownCourse<'_>,
        options: ChartOptions,
        plot: [f32; 2],
    ) {
        let main = shown.measure();
        let counted =
            (options.counted && main == Measure::Rss && shown.run.is_none()).then_some(Measure::Counted);
        for measure in [Some(main), counted].into_iter().flatten() {
            let Some((points, lows)) = self.course_line(shown, measure, options) else { return };
            let hatching =
                if measure == main { self.hatching(&points, shown, options, plot) } else { Vec::new() };
            let is_main = measure == main;
            self.courses.push(CourseCurve { ink: shown.ink, main: is_main, points, lows, hatching });
        }
        if shown.run.is_none() {
            self.add_phases(shown, options, plot[0]);
            self.add_moments(chart, shown, options);
        }
    }

    /// `None` where the time of it is not known.
    fn course_line(&self, shown: &ShownCourse<'_>, measure: Measure, options: ChartOptions) -> Option<Line> {
        let course = &shown.expected.course;
        let place = |share: f64| shown.x_of(share, options.axis);
        let rest = shown.rest(measure, options) as f64;
        let (mut points, mut lows) = (vec![[place(0.0)?, rest]], vec![rest]);
        // On an axis in powers of ten memory that rises evenly makes a curve.
        let bends = match self.scale {
            Scale::Linear { .. } => 1,
            Scale::Logarithmic { .. } if course.parts.len() > 200 => 4,
            Scale::Logarithmic { .. } => 16,
        };
        for (index, part) in course.parts.iter().enumerate() {
            let [from, to] = course.shares(index);
            let (from, to) = (place(from)?, place(to)?);
            let [begin, end] = PlanCourse::ends(shown.levels(part, measure, options), part.phase());
            let steps = if begin == end { 1 } else { bends };
            for nth in 0..=steps {
                let within = f64::from(nth) / f64::from(steps);
                let between = |from: u64, to: u64| from as f64 + within * (to as f64 - from as f64);
                points.push([from + within * (to - from), between(begin[1], end[1])]);
                lows.push(between(begin[0], end[0]));
            }
        }
        let has_lows = course.parts.iter().any(|part| part.phases > 1);
        Some((points, has_lows.then_some(lows)))
    }

    /// Strokes below a line: of all that is not run, and of a run that goes of what is still to come.
    fn hatching(
        &self,
        points: &[[f64; 2]],
        shown: &ShownCourse<'_>,
        options: ChartOptions,
        plot: [f32; 2],
    ) -> Vec<[[f32; 2]; 2]> {
        let [width, height] = plot;
        let mut tops = vec![height; width.ceil() as usize + 1];
        for pair in points.windows(2) {
            let [from, to] = [self.pixel(pair[0], plot), self.pixel(pair[1], plot)];
            let column = |x: f32| x.clamp(0.0, width) as usize;
            for (x, top) in tops.iter_mut().enumerate().take(column(to[0]) + 1).skip(column(from[0])) {
                let span = to[0] - from[0];
                let within = if span > 0.0 { ((x as f32 - from[0]) / span).clamp(0.0, 1.0) } else { 1.0 };
                let y = from[1] + within * (to[1] - from[1]);
                *top = top.min(if span < 1.0 { from[1].min(to[1]) } else { y }).max(0.0);
            }
        }
        let done = match shown.run {
            Some(run) if run.outcome().is_some() => return Vec::new(),
            Some(run) => {
                let here = match options.axis {
                    Axis::Time => run.end_secs(),
                    Axis::Work => run.share_at(run.end_secs()),
                };
                self.pixel([here, 0.0], plot)[0]
            }
            None => 0.0,
        };
        let is_below = |[x, y]: [f32; 2]| {
            x >= done.max(0.0) && x <= width && tops.get(x as usize).is_some_and(|top| y > top + 1.0)
        };
        // The two modes lean to different sides, so that they are distinguished where they overlap.
        let leans_right = shown.ink.is_bulk();
        let mut strokes = Vec::new();
        let count = ((width + height) / PITCH).clamp(0.0, 2000.0) as usize;
        for nth in 0..=count {
            let start = nth as f32 * PITCH - height;
            let at = |along: f32| [start + along, if leans_right { height - along } else { along }];
            let mut begun: Option<[f32; 2]> = None;
            for step in 0..=(height / FINE) as usize {
                let point = at(step as f32 * FINE);
                match (begun, is_below(point)) {
                    (None, true) => begun = Some(point),
                    (Some(from), false) => {
                        strokes.push([from, point]);
                        begun = None;
                    }
                    _ => {}
                }
            }
            strokes.extend(begun.map(|from| [from, at(height)]));
        }
        strokes
    }

    /// Preloads, clears and phases of a way that is not run.
    fn add_phases(&mut self, shown: &ShownCourse<'_>, options: ChartOptions, width: f32) {
        let course = &shown.expected.course;
        let mut bands = Vec::new();
        for (index, part) in course.parts.iter().enumerate() {
            let [from, to] = course.shares(index).map(|share| shown.x_of(share, options.axis));
            let (Some(from), Some(to), Some(phase)) = (from, to, part.phase()) else { continue };
            match phase {
                CoursePhase::Preload => bands.push((Phase::Preload, "preload", [from, to])),
                CoursePhase::Step(step) => {
                    let name = shown.expected.steps.get(step).map_or("step", String::as_str);
                    bands.push((Phase::Step(step), name, [from, to]));
                }
                CoursePhase::Save(_) => bands.push((Phase::Save, "save", [from, to])),
                CoursePhase::Clear => {}
            }
        }
        self.add_markers(&shown.markers(options.axis), shown.ink, width);
        self.add_bands(&bands, shown.ink, shown.lane, width);
    }

    /// The fullest moment, and that from which it does not fit.
    fn add_moments(&mut self, chart: &Chart, shown: &ShownCourse<'_>, options: ChartOptions) {
        let course = &shown.expected.course;
        let measure = shown.measure();
        let Some((index, bytes)) = shown.fullest(measure, options) else { return };
        let Some(part) = course.parts.get(index) else { return };
        let [begin, end] = PlanCourse::ends(shown.levels(part, measure, options), part.phase());
        let share = course.shares(index)[usize::from(end[1] > begin[1])];
        if let Some(x) = shown.x_of(share, options.axis) {
            let what = if measure == Measure::Counted { " counted" } else { "" };
            let label = format!("expected {}{what} · {}", bytes_text(bytes), shown.doing(index));
            self.dots.push(Dot { ink: shown.ink, at: [x, bytes as f64], broken_off: false, label });
        }
        if let Some((passing, label)) = shown.expected.misfit(chart.budget_bytes)
            && let Some(x) = shown.x_of(passing.share, options.axis)
            && let Some(budget) = chart.budget_bytes
        {
            let at = [x, chart.shown_limit(budget, options)];
            self.dots.push(Dot { ink: shown.ink, at, broken_off: true, label });
        }
    }
}

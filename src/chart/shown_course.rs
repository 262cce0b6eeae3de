//! The courses that are expected, as they lie in the chart: before a run all of it, during a run what is still to come, after
//! it what it was to be.

use super::expected::{Expected, PlannedWay};
use super::{Axis, Chart, ChartOptions, ChartRun, Ink, Inks, MarkerKind, Measure};
use crate::plan::{CoursePart, CoursePhase, Fill, PlanCourse};
use crate::quantity::bytes_text;

/// A course in the chart.
pub(crate) struct ShownCourse<'a> {
    pub(crate) ink: Ink,
    pub(crate) title: &'a str,
    pub(crate) expected: &'a Expected,
    /// The run that it is of.
    pub(crate) run: Option<&'a ChartRun>,
    pub(crate) resting_bytes: Option<u64>,
    /// Its row under the axis.
    pub(crate) lane: usize,
}

/// What is expected at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedReading {
    /// The colour of its way.
    pub ink: Ink,
    /// The way on screen.
    pub title: String,
    /// Expected memory, as the chart draws it: the least and the most.
    pub bytes: [u64; 2],
    /// What happens then: `Z projection · 27 images of FITC`.
    pub doing: String,
}

impl ShownCourse<'_> {
    /// Where a share of its work lies on the horizontal axis; `None` where its time is not known.
    pub(super) fn x_of(&self, share: f64, axis: Axis) -> Option<f64> {
        if axis == Axis::Work {
            return Some(share);
        }
        let Some(run) = self.run.filter(|run| run.end_secs() > 0.0) else {
            return self.expected.secs_at(share);
        };
        if run.outcome().is_some() {
            return Some(run.secs_at_share(share));
        }
        let done = run.share_at(run.end_secs());
        if share <= done {
            return Some(run.secs_at_share(share));
        }
        // What is to come takes as long as expected, else as what is done.
        let expected = self.expected.secs_at(share).zip(self.expected.secs_at(done));
        match expected {
            Some((then, now)) => Some(run.end_secs() + (then - now).max(0.0)),
            None => (done > 0.0).then(|| run.end_secs() * share / done),
        }
    }

    /// Its preloads and clears, each with its place on the horizontal axis, in order.
    pub(super) fn markers(&self, axis: Axis) -> Vec<(MarkerKind, f64)> {
        let course = &self.expected.course;
        let of_part = |(index, part): (usize, &CoursePart)| {
            let [from, to] = course.shares(index);
            match part.phase()? {
                CoursePhase::Preload => Some((MarkerKind::Preload, self.x_of(from, axis)?)),
                CoursePhase::Clear => Some((MarkerKind::Clear, self.x_of(to, axis)?)),
                CoursePhase::Step(_) | CoursePhase::Save(_) => None,
            }
        };
        course.parts.iter().enumerate().filter_map(of_part).collect()
    }

    /// The share of its work at a place on the horizontal axis.
    fn share_of(&self, x: f64, axis: Axis) -> Option<f64> {
        match (axis, self.run.filter(|run| run.end_secs() > 0.0)) {
            (Axis::Work, _) => Some(x),
            (Axis::Time, None) => self.expected.share_at(x),
            (Axis::Time, Some(run)) if x <= run.end_secs() => Some(run.share_at(x)),
            (Axis::Time, Some(run)) => {
                let now = self.expected.secs_at(run.share_at(run.end_secs()))?;
                self.expected.share_at(now + x - run.end_secs())
            }
        }
    }

    /// What its line shows: RSS, or counted where resting memory is not known.
    pub(super) fn measure(&self) -> Measure {
        match self.resting_bytes {
            Some(_) => Measure::Rss,
            None => Measure::Counted,
        }
    }

    /// The levels of a part as they are drawn.
    pub(super) fn levels(&self, part: &CoursePart, measure: Measure, options: ChartOptions) -> Fill {
        match (measure, self.resting_bytes) {
            (Measure::Rss, Some(resting)) => {
                let resting = if options.above_start { 0 } else { resting };
                part.mapped.map(|bytes| {
                    bytes.saturating_add(self.expected.course.beside_bytes).saturating_add(resting)
                })
            }
            _ => part.counted,
        }
    }

    /// What it rests at, as it is drawn.
    pub(super) fn rest(&self, measure: Measure, options: ChartOptions) -> u64 {
        match (measure, self.resting_bytes) {
            (Measure::Rss, Some(resting)) if !options.above_start => resting,
            _ => 0,
        }
    }

    /// The fullest moment: its part and how full that is.
    pub(super) fn fullest(&self, measure: Measure, options: ChartOptions) -> Option<(usize, u64)> {
        let levels = self.expected.course.parts.iter().map(|part| self.levels(part, measure, options).most);
        levels.enumerate().max_by_key(|(part, bytes)| (*bytes, std::cmp::Reverse(*part)))
    }

    /// What happens in a part: `Z projection · 27 images of FITC`.
    pub(super) fn doing(&self, part: usize) -> String {
        self.expected.doing(part, 1.0)
    }
}

impl Chart {
    /// The courses that are expected: of its runs, then of the ways that are planned.
    pub(crate) fn courses(&self) -> Vec<ShownCourse<'_>> {
        let mut inks = Inks::default();
        let mut courses = Vec::new();
        for (lane, run) in self.runs.iter().enumerate() {
            let ink = inks.next(run.mode);
            if let Some(expected) = run.expected.as_ref().filter(|expected| !expected.course.is_empty()) {
                let resting_bytes = run.baseline_rss_bytes().or(expected.course.resting_bytes);
                courses.push(ShownCourse {
                    ink,
                    title: &run.title,
                    expected,
                    run: Some(run),
                    resting_bytes,
                    lane,
                });
            }
        }
        for (lane, way) in (self.runs.len()..).zip(&self.planned) {
            let ink = inks.next(Some(way.mode));
            let expected = &way.expected;
            let resting_bytes = expected.course.resting_bytes;
            courses.push(ShownCourse { ink, title: &way.title, expected, run: None, resting_bytes, lane });
        }
        courses
    }

    /// What is expected at a place on the horizontal axis.
    pub fn expect_at(&self, x: f64, options: ChartOptions) -> Vec<ExpectedReading> {
        let of_course = |shown: ShownCourse<'_>| {
            let share = shown.share_of(x, options.axis).filter(|share| (0.0..=1.0).contains(share))?;
            let index = shown.expected.course.at(share)?;
            let [from, to] = shown.expected.course.shares(index);
            let within = if to > from { ((share - from) / (to - from)).clamp(0.0, 1.0) } else { 1.0 };
            let part = shown.expected.course.parts.get(index)?;
            let levels = shown.levels(part, shown.measure(), options);
            let bytes = match part.phase() {
                None => [levels.least, levels.most],
                Some(_) => {
                    let [begin, end] = PlanCourse::ends(levels, part.phase()).map(|[_, most]| most);
                    [(begin as f64 + within * (end as f64 - begin as f64)) as u64; 2]
                }
            };
            let doing = shown.expected.doing(index, within);
            Some(ExpectedReading { ink: shown.ink, title: shown.title.to_owned(), bytes, doing })
        };
        self.courses().into_iter().filter_map(of_course).collect()
    }

    /// Where the ways that are planned do not fit the budget, in sentences.
    pub fn misfits(&self) -> Vec<String> {
        let of_way = |way: &PlannedWay| {
            let (_, text) = way.expected.misfit(self.budget_bytes)?;
            Some(format!("{} {text}.", way.title))
        };
        self.planned.iter().filter_map(of_way).collect()
    }
}

impl ExpectedReading {
    /// `57.0 MB`, or from where to where it goes.
    pub fn bytes_text(&self) -> String {
        match self.bytes {
            [least, most] if least == most => bytes_text(most),
            [least, most] => format!("{} to {}", bytes_text(least), bytes_text(most)),
        }
    }
}

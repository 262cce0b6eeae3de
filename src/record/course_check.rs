//! How the memory of a run lay to the course that was expected of it: whether it was ever above, and how far off at most.
//!
//! At the end of a phase both are known: counted bytes exactly, resident memory as the system tells it. A sample says in
//! which phases it was taken and is compared with these alone. Deliberately absent: any tolerance but of what
//! no plan can know of resident memory.

use std::io;

use crate::events::{CourseCheck, CourseDistance, Event, EventKind, TimedSample};
use crate::plan::{CoursePart, CoursePhase, PlanCourse, allowed_bytes};
use crate::record::RunRecord;

impl RunRecord {
    /// How it lay to its course, given its events; `None` where none was expected or nothing was measured.
    ///
    /// # Errors
    /// Where the events cannot be read.
    pub(super) fn check_course(
        &self,
        events: impl Iterator<Item = io::Result<Event>>,
    ) -> io::Result<Option<CourseCheck>> {
        if self.expected_course.is_empty() {
            return Ok(None);
        }
        let course = self.expected_course.clone().with_resting(self.summary.baseline_rss_bytes);
        let processors =
            self.machine.as_ref().map_or(1, |machine| machine.processors.unwrap_or(machine.cores));
        let check = CourseCheck { allowed_bytes: allowed_bytes(processors), ..CourseCheck::default() };
        let mut checking = Checking { record: self, course: &course, place: 0, check };
        let over = course.phases_over();
        self.samples.iter().for_each(|sample| checking.sample(&over, sample));
        for event in events {
            checking.event(&event?);
        }
        Ok(Some(checking.check).filter(|check| check.compared > 0))
    }
}

struct Checking<'a> {
    record: &'a RunRecord,
    course: &'a PlanCourse,
    /// Index of the part that the run is in.
    place: usize,
    check: CourseCheck,
}

impl Checking<'_> {
    fn sample(&mut self, over: &[usize], sample: &TimedSample) {
        let parts = sample.phases.map_or(&[][..], |phases| self.course.parts_of(over, phases));
        let Some(counted) = parts.iter().map(|part| part.counted.most).max() else { return };
        let most_rss = self.course.most_rss(parts).map(|most| most.saturating_add(self.check.allowed_bytes));
        self.check.compared += 1;
        let is_above =
            sample.counted > counted || sample.rss.zip(most_rss).is_some_and(|(rss, most)| rss > most);
        self.check.above += usize::from(is_above);
    }

    fn event(&mut self, event: &Event) {
        let phase = match &event.kind {
            EventKind::Preloading { .. } | EventKind::Preloaded { .. } => CoursePhase::Preload,
            EventKind::StepStarted { step, .. } | EventKind::StepDone { step, .. } => {
                CoursePhase::Step(*step)
            }
            EventKind::Saved { step, .. } => CoursePhase::Save(*step),
            EventKind::Cleared { .. } => CoursePhase::Clear,
            _ => return,
        };
        let Some(combination) = event.kind.combination() else { return };
        let is_it = |part: &CoursePart| {
            (part.combination.index..=part.last).contains(&combination.index)
                && part.phase().is_none_or(|of| of == phase)
        };
        let later = self.course.parts.get(self.place..).unwrap_or_default();
        let Some(further) = later.iter().position(is_it) else { return };
        self.place += further;
        let Some(part) = self.course.parts.get(self.place).filter(|part| part.phases == 1) else { return };
        let rss = self.course.rss(part).map(|fill| fill.after);
        let name = combination.words(&self.record.plan.channel_names);
        match &event.kind {
            EventKind::Preloaded { bytes, rss_after, .. } => {
                let place = || format!("after the preload of {name}");
                farther(&mut self.check.counted, part.counted.after, *bytes, place);
                if let (Some(expected), Some(rss)) = (rss, rss_after) {
                    farther(&mut self.check.rss, expected, *rss, place);
                }
            }
            EventKind::Cleared { bytes, rss_before, rss_after, .. } => {
                let before = self.place.checked_sub(1).and_then(|before| self.course.parts.get(before));
                if let Some(before) = before.filter(|before| before.phases == 1) {
                    let place = || format!("before the clear of {name}");
                    farther(&mut self.check.counted, before.counted.after, *bytes, place);
                    if let (Some(fill), Some(rss)) = (self.course.rss(before), rss_before) {
                        farther(&mut self.check.rss, fill.after, *rss, place);
                    }
                }
                if let (Some(expected), Some(rss)) = (rss, rss_after) {
                    farther(&mut self.check.rss, expected, *rss, || format!("after the clear of {name}"));
                }
            }
            _ => {}
        }
    }
}

/// Keeps the larger distance.
fn farther(
    known: &mut Option<CourseDistance>,
    expected_bytes: u64,
    bytes: u64,
    place: impl FnOnce() -> String,
) {
    let distance = expected_bytes.abs_diff(bytes);
    if known.as_ref().is_none_or(|known| distance > known.expected_bytes.abs_diff(known.bytes)) {
        *known = Some(CourseDistance { expected_bytes, bytes, place: place() });
    }
}

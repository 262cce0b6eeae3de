//! The course of a plan against what its run told, moment by moment.

use stepwell::events::{Event, EventKind, TimedSample};
use stepwell::plan::{CoursePart, CoursePhase, Plan, PlanCourse};

/// How a run lay to its course.
#[derive(Debug, Default)]
pub(crate) struct Courses {
    pub(crate) runs: usize,
    /// What resident memory may be above its course on this computer.
    pub(crate) allowed_bytes: u64,
    /// Moments that were compared.
    pub(crate) points: usize,
    /// The largest distances after a preload or a clear; of counted bytes after any phase.
    pub(crate) counted_bytes: u64,
    pub(crate) rss_bytes: u64,
    /// The most that resident memory was above the course, of code that ran for the first time.
    pub(crate) rss_above_bytes: u64,
    pub(crate) wrong: Vec<String>,
}

impl Courses {
    /// Compares the events of a run in their order.
    pub(crate) fn add(&mut self, name: &str, plan: &Plan, events: &[Event]) {
        self.runs += 1;
        let resting = events.iter().find_map(|event| match &event.kind {
            EventKind::Started { baseline_rss, .. } => *baseline_rss,
            _ => None,
        });
        let resting_anonymous = events.iter().find_map(|event| match &event.kind {
            EventKind::Started { baseline_anonymous, .. } => *baseline_anonymous,
            _ => None,
        });
        let course = (*plan.course).clone().with_resting(resting);
        assert!(course.parts.iter().all(|part| part.phases == 1), "{name}: phases fall together");
        let most = course.parts.iter().map(|part| part.counted.most).max();
        assert_eq!(most, Some(plan.forecast.counted_bytes), "{name}: the peak is not the fullest moment");
        let mapped = course.parts.iter().map(|part| part.mapped.most).max();
        assert_eq!(mapped, Some(plan.forecast.mapped_bytes), "{name}: the peak is not the fullest moment");
        let mut samples: Vec<TimedSample> = Vec::new();
        let over = course.phases_over();
        let mut place = 0;
        for event in events {
            if let Some(sample) = event.sample() {
                self.sample(
                    name,
                    course.parts_of(&over, sample.phases.expect("a run knows its phases")),
                    &course,
                    sample,
                );
                samples.push(sample);
                continue;
            }
            let Some(at) = place_of(&course, place, event) else { continue };
            place = at;
            let part = &course.parts[place];
            match &event.kind {
                EventKind::Preloaded { bytes, rss_after, .. } => {
                    self.resident(course.rss(part).map(|fill| fill.after), *rss_after);
                    self.equal(name, plan, part, "after its preload", &samples, part.counted.after);
                    if *bytes != part.counted.after {
                        self.wrong.push(format!("{name}: {bytes} read of {}", part.counted.after));
                    }
                }
                EventKind::StepStarted { .. } => samples.clear(),
                EventKind::StepDone { .. } => {
                    if samples.iter().all(|sample| sample.counted != part.counted.begins) {
                        self.wrong.push(format!("{name}: {part:?} did not begin so: {samples:?}"));
                    }
                    self.equal(name, plan, part, "after a step", &samples, part.counted.after);
                }
                EventKind::Cleared { counted_peak, bytes, rss_after, anonymous_after, .. } => {
                    // Code is mapped from a file, so this is of images, buffers and plan alone.
                    let expected = part.mapped.after + course.beside_bytes;
                    let taken = anonymous_after.zip(resting_anonymous);
                    if let Some((after, resting)) =
                        taken.filter(|(after, resting)| *after > resting + expected)
                    {
                        self.wrong.push(format!("{name}: {} anonymous above {expected}", after - resting));
                    }
                    self.resident(course.rss(part).map(|fill| fill.after), *rss_after);
                    self.equal(name, plan, part, "after its clear", &samples, part.counted.after);
                    let of = |one: &&CoursePart| one.combination.index == part.combination.index;
                    let most = course.parts.iter().filter(of).map(|one| one.counted.most).max().unwrap_or(0);
                    if *counted_peak > most || plan.spec.threads == 1 && *counted_peak != most {
                        self.wrong.push(format!("{name}: counted {counted_peak} at most, expected {most}"));
                    }
                    let before = course.parts[place - 1].counted.after;
                    if *bytes != before {
                        self.wrong.push(format!("{name}: {bytes} before a clear, expected {before}"));
                    }
                }
                _ => {}
            }
        }
    }

    /// Right after a phase the engine takes a sample itself, before or after which that of another thread may lie.
    fn equal(
        &mut self,
        name: &str,
        plan: &Plan,
        part: &CoursePart,
        what: &str,
        samples: &[TimedSample],
        expected: u64,
    ) {
        self.points += 1;
        let last = samples.iter().rev().take(2);
        let nearest = last.min_by_key(|sample| sample.counted.abs_diff(expected));
        let Some(distance) = nearest.map(|sample| sample.counted.abs_diff(expected)) else { return };
        self.counted_bytes = self.counted_bytes.max(distance);
        if distance != 0 {
            let threads = plan.spec.threads;
            self.wrong.push(format!("{name}: {distance} off {what}, {threads} threads, {part:?}"));
        }
    }

    fn resident(&mut self, expected: Option<u64>, rss: Option<u64>) {
        let distance = expected.zip(rss).map_or(0, |(expected, rss)| expected.abs_diff(rss));
        self.rss_bytes = self.rss_bytes.max(distance);
    }

    /// A sample is compared with the phases in which it was taken.
    fn sample(&mut self, name: &str, parts: &[CoursePart], course: &PlanCourse, sample: TimedSample) {
        self.points += 1;
        let most = parts.iter().map(|part| part.counted.most).max().expect("a phase of the run");
        if sample.counted > most {
            self.wrong.push(format!("{name}: counted {} above {most}", sample.counted));
        }
        if let (Some(rss), Some(most)) = (sample.rss, course.most_rss(parts)) {
            let above = rss.saturating_sub(most);
            self.rss_above_bytes = self.rss_above_bytes.max(above);
            if above > self.allowed_bytes {
                self.wrong.push(format!("{name}: RSS {rss} is {above} above {most} in {parts:?}"));
            }
        }
    }
}

/// The part that an event is of, not before the last.
fn place_of(course: &PlanCourse, from: usize, event: &Event) -> Option<usize> {
    let phase = match &event.kind {
        EventKind::Preloading { .. } | EventKind::Preloaded { .. } => CoursePhase::Preload,
        EventKind::StepStarted { step, .. } | EventKind::StepDone { step, .. } => CoursePhase::Step(*step),
        EventKind::Saved { step, .. } => CoursePhase::Save(*step),
        EventKind::Cleared { .. } => CoursePhase::Clear,
        _ => return None,
    };
    let index = event.kind.combination()?.index;
    let is_it = |part: &CoursePart| part.combination.index == index && part.phase() == Some(phase);
    Some(from + course.parts[from..].iter().position(is_it)?)
}

//! The events that leave a run, in the order of their times.

use std::sync::Mutex;

use super::clock::Clock;
use crate::engine::lock::locked;
use crate::engine::request::RunRequest;
use crate::events::{Course, Event, EventKind, RunSummary};
use crate::plate::WellId;
use crate::quantity::secs_text;

/// Sends events with the time, and keeps the course of what it sent.
pub(super) struct Emitter<'a> {
    run: &'a str,
    sink: &'a (dyn Fn(Event) + Sync),
    /// Times count from when the worker was ready.
    clock: Clock,
    course: Mutex<Course>,
}

impl<'a> Emitter<'a> {
    pub(super) fn new(request: &'a RunRequest, sink: &'a (dyn Fn(Event) + Sync)) -> Self {
        let course = Mutex::new(Course::new().of_plan(&request.plan, request.cached_share));
        Self { run: &request.run, sink, clock: Clock::default(), course }
    }

    /// Starts the clock: the worker is ready.
    pub(super) fn begin(&self) {
        self.clock.begin();
    }

    pub(super) fn emit(&self, kind: EventKind) {
        // Under the lock, so that events leave in the order of their times.
        let mut course = locked(&self.course);
        let mut tell = |at_secs: f64, kind: EventKind| {
            let event = Event { run: self.run.to_owned(), at_secs, kind };
            course.apply(&event);
            (self.sink)(event);
        };
        let at_secs = self.clock.secs();
        if let Some(secs) = self.clock.untold_secs() {
            let why = format!("The run was stopped for {}. That time is not counted.", secs_text(secs));
            tell(at_secs, EventKind::Warning { why });
        }
        tell(at_secs, kind);
    }

    /// The clock of the run.
    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The summary of what was emitted so far.
    pub(super) fn summary(&self) -> RunSummary {
        let (wall_secs, paused_secs) = (self.clock.secs(), self.clock.paused_secs());
        RunSummary { wall_secs, paused_secs, ..locked(&self.course).summary.clone() }
    }

    /// How many images of a well failed so far.
    pub(super) fn failed_of(&self, well: WellId) -> usize {
        locked(&self.course).failed_of(well)
    }
}

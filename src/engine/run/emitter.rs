//! The events that leave a run, in the order of their times.

use std::sync::{Mutex, OnceLock};
use std::time::Instant;

use crate::engine::lock::locked;
use crate::engine::request::RunRequest;
use crate::events::{Course, Event, EventKind, RunSummary};
use crate::plate::WellId;

/// Sends events with the time, and keeps the course of what it sent.
pub(super) struct Emitter<'a> {
    run: &'a str,
    sink: &'a (dyn Fn(Event) + Sync),
    /// When the worker was ready: times count from there.
    began: OnceLock<Instant>,
    course: Mutex<Course>,
}

impl<'a> Emitter<'a> {
    pub(super) fn new(request: &'a RunRequest, sink: &'a (dyn Fn(Event) + Sync)) -> Self {
        let course = Mutex::new(Course::new().of_plan(&request.plan, request.cached_share));
        Self { run: &request.run, sink, began: OnceLock::new(), course }
    }

    /// Starts the clock: the worker is ready.
    pub(super) fn begin(&self) {
        self.began.get_or_init(Instant::now);
    }

    pub(super) fn emit(&self, kind: EventKind) {
        // Under the lock, so that events leave in the order of their times.
        let mut course = locked(&self.course);
        let event = Event { run: self.run.to_owned(), at_secs: self.elapsed_secs(), kind };
        course.apply(&event);
        (self.sink)(event);
    }

    pub(super) fn elapsed_secs(&self) -> f64 {
        self.began.get().map_or(0.0, |began| began.elapsed().as_secs_f64())
    }

    /// The summary of what was emitted so far.
    pub(super) fn summary(&self) -> RunSummary {
        locked(&self.course).summary.clone()
    }

    /// How many images of a well failed so far.
    pub(super) fn failed_of(&self, well: WellId) -> usize {
        locked(&self.course).failed_of(well)
    }
}

//! Progress within a phase, thinned.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Least time between two events of progress.
const PROGRESS_EVERY: Duration = Duration::from_millis(50);

/// Counts what is done, and has it emitted not more often than it is of use.
pub(super) struct Throttle {
    done: AtomicUsize,
    emitted: Mutex<Instant>,
}

impl Throttle {
    pub(super) fn new() -> Self {
        Self { done: AtomicUsize::new(0), emitted: Mutex::new(Instant::now()) }
    }

    pub(super) fn finish_one(&self, emit: impl FnOnce(usize)) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Ok(mut emitted) = self.emitted.try_lock()
            && emitted.elapsed() >= PROGRESS_EVERY
        {
            *emitted = Instant::now();
            emit(done);
        }
    }
}

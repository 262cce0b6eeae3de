//! Looks at memory beside the phases of a run: a little over 100 a second while it moves, fewer while it stands still,
//! because waking up is most of what a look costs; and in which phase of the run that was. Deliberately absent: what is done
//! with what was seen.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering, fence};
use std::thread::{self, Thread};
use std::time::Duration;

use crate::events::Sample;
use crate::memory::Probe;

/// Time from look to look while memory moves.
const MOVING: Duration = Duration::from_millis(9);

/// The same while it stands still; a thread that begins something ends it.
const STILL: Duration = Duration::from_millis(36);

/// This many looks alike, and memory stands still.
const ALIKE: u32 = 5;

/// What the threads of a run and the one that looks know of each other.
#[derive(Debug, Default)]
pub(super) struct Sampler {
    is_done: AtomicBool,
    /// Whether it waits for long.
    is_still: AtomicBool,
    /// Phases of the run that have started.
    phases_begun: AtomicU32,
    thread: OnceLock<Thread>,
}

impl Sampler {
    /// Looks again and again until [`Self::end`].
    pub(super) fn run(&self, mut look: impl FnMut() -> Sample) {
        self.thread.get_or_init(thread::current);
        let mut pace = Pace::default();
        while !self.is_done.load(Ordering::Relaxed) {
            let wait = pace.after(look());
            self.is_still.store(wait > MOVING, Ordering::Relaxed);
            // Woken in between it looks once more, which is no harm.
            thread::park_timeout(wait);
            if wait > MOVING && !self.is_still.swap(false, Ordering::Relaxed) {
                pace = Pace::default();
            }
        }
    }

    /// The next phase of the run begins. A clear has started when its memory is gone: until then memory is that of the phase before it.
    pub(super) fn next_phase(&self) {
        // Nothing that the phase does to memory is seen before this.
        self.phases_begun.fetch_add(1, Ordering::AcqRel);
    }

    /// Memory at this moment, of which the store holds as much as `counted` says.
    pub(super) fn look(&self, probe: &Probe, counted: impl FnOnce() -> u64) -> Sample {
        // Before the first, memory is at rest, as when that begins.
        let phase = || self.phases_begun.load(Ordering::Acquire).saturating_sub(1);
        let before = phase();
        let counted = counted();
        // What is counted is not of a later phase than the one that is read after it.
        fence(Ordering::Acquire);
        let rss = probe.resident().map(|resident| resident.rss_bytes);
        Sample { rss, counted, phases: Some([before, phase()]) }
    }

    /// Memory may move from now on. Called for each image, so it costs next to nothing while the sampler is awake often.
    pub(super) fn stir(&self) {
        if self.is_still.load(Ordering::Relaxed) && self.is_still.swap(false, Ordering::Relaxed) {
            self.wake();
        }
    }

    /// The run is over.
    pub(super) fn end(&self) {
        self.is_done.store(true, Ordering::Relaxed);
        self.wake();
    }

    fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}

/// How long to wait until the next look.
#[derive(Debug, Default)]
struct Pace {
    last: Option<Sample>,
    alike: u32,
}

impl Pace {
    fn after(&mut self, sample: Sample) -> Duration {
        self.alike = if self.last == Some(sample) { self.alike + 1 } else { 1 };
        self.last = Some(sample);
        if self.alike >= ALIKE { STILL } else { MOVING }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_moves_is_looked_at_more_often() {
        let mut pace = Pace::default();
        let rss = [1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3];
        let is_still: Vec<bool> = rss
            .into_iter()
            .map(|rss| pace.after(Sample { rss: Some(rss), counted: 0, phases: None }) > MOVING)
            .collect();
        let expected = [false, false, false, false, false, false, false, false, true, true, false, false];
        assert_eq!(is_still, expected);
        // What is counted moves, too.
        assert_eq!(pace.after(Sample { rss: Some(3), counted: 1, phases: None }), MOVING);
        assert!(Duration::from_secs(1) / 100 > MOVING, "100 a second while memory moves");
    }

    #[test]
    fn who_begins_ends_a_long_wait_and_the_run_ends_all() {
        let sampler = Sampler::default();
        sampler.is_still.store(true, Ordering::Relaxed);
        sampler.stir();
        assert!(!sampler.is_still.load(Ordering::Relaxed));
        let mut looks = 0;
        sampler.run(|| {
            looks += 1;
            if looks == ALIKE + 2 {
                sampler.end();
            }
            Sample { rss: None, counted: 0, phases: None }
        });
        assert_eq!(looks, ALIKE + 2);
    }
}

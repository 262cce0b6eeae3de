//! The clock of a run, which stands still while the run does: its process was stopped (Ctrl-Z, a laptop that sleeps), or nobody
//! took what it tells, because whoever follows it was stopped. So no time of a run says anything of that, neither its phases
//! nor its chart, nor the paces that forecasts are made of.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::engine::lock::locked;

/// So long nothing may be seen of a run that goes: its sampler looks many times a second.
const PATIENCE: Duration = Duration::from_secs(2);

/// A clock that stands still with its run.
#[derive(Debug, Default)]
pub(super) struct Clock(Mutex<Hands>);

#[derive(Debug, Default)]
struct Hands {
    began: Option<Instant>,
    /// All pauses, and those that nobody was told of yet.
    paused: Duration,
    untold: Duration,
    /// The last time that was read off: it never goes back.
    last: Duration,
    /// When it was last seen that the run goes, without pauses; `None` while nothing looks.
    seen: Option<Duration>,
    /// Since when the run waits for whoever follows it.
    waiting_since: Option<Duration>,
}

impl Clock {
    /// Starts it; the first time counts.
    pub(super) fn begin(&self) {
        locked(&self.0).began.get_or_insert_with(Instant::now);
    }

    /// Seconds since it was started, without pauses; 0 before.
    pub(super) fn secs(&self) -> f64 {
        locked(&self.0).now(Instant::now()).as_secs_f64()
    }

    /// The run is seen to go on; from the first time on it is missed where it is not seen.
    pub(super) fn see(&self) {
        let mut hands = locked(&self.0);
        hands.seen = Some(hands.now(Instant::now()));
    }

    /// Nothing looks any more.
    pub(super) fn unwatched(&self) {
        locked(&self.0).seen = None;
    }

    /// Does what waits for whoever follows the run. Where that takes long, it is a pause.
    pub(super) fn waiting<T>(&self, wait: impl FnOnce() -> T) -> T {
        {
            let mut hands = locked(&self.0);
            hands.waiting_since = Some(hands.now(Instant::now()));
        }
        let waited = wait();
        let mut hands = locked(&self.0);
        hands.now(Instant::now());
        hands.waiting_since = None;
        waited
    }

    /// The pauses of which nothing was told yet, in seconds; `None` where there were none.
    pub(super) fn untold_secs(&self) -> Option<f64> {
        let mut hands = locked(&self.0);
        // One that goes on is told when it is over.
        if hands.waiting_since.is_some() || hands.untold.is_zero() {
            return None;
        }
        Some(std::mem::take(&mut hands.untold).as_secs_f64())
    }

    /// All pauses, in seconds.
    pub(super) fn paused_secs(&self) -> f64 {
        locked(&self.0).paused.as_secs_f64()
    }
}

impl Hands {
    fn now(&mut self, instant: Instant) -> Duration {
        let Some(began) = self.began else { return Duration::ZERO };
        let now = instant.saturating_duration_since(began).saturating_sub(self.paused);
        let is_missed =
            |since: Option<Duration>| since.is_some_and(|since| now.saturating_sub(since) > PATIENCE);
        if is_missed(self.seen) || is_missed(self.waiting_since) {
            let pause = now.saturating_sub(self.last);
            self.paused += pause;
            self.untold += pause;
            // What has been missed is over, and what is waited for may be waited for again.
            self.seen = self.seen.map(|_| self.last);
        } else {
            self.last = self.last.max(now);
        }
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn it_stands_still_while_the_run_is_not_seen_and_never_goes_back() {
        let began = Instant::now();
        let mut hands = Hands { began: Some(began), ..Hands::default() };
        let read = |hands: &mut Hands, at: u64, sees: bool| {
            let now = hands.now(began + secs(at));
            if sees {
                hands.seen = Some(now);
            }
            now
        };
        // Nobody looks yet: a long time is a long time.
        assert_eq!(read(&mut hands, 10, true), secs(10));
        assert_eq!(read(&mut hands, 11, true), secs(11));
        // A step that takes long is one, as long as the sampler sees it.
        assert_eq!(read(&mut hands, 13, false), secs(13));
        assert_eq!(read(&mut hands, 13, true), secs(13));
        // Stopped for an hour; whoever comes first finds it.
        assert_eq!(read(&mut hands, 3613, false), secs(13));
        assert_eq!((hands.paused, std::mem::take(&mut hands.untold)), (secs(3600), secs(3600)));
        assert_eq!(read(&mut hands, 3614, true), secs(14));
        assert_eq!(read(&mut hands, 3615, true), secs(15));
        assert_eq!(hands.untold, Duration::ZERO);
        // What is waited for is a pause from when it takes too long.
        hands.waiting_since = Some(secs(15));
        for at in 3616..3700 {
            read(&mut hands, at, true);
        }
        hands.waiting_since = None;
        assert_eq!(read(&mut hands, 3700, true), secs(18));
        assert_eq!(hands.paused, secs(3682));
        // Where nothing looks any more, nothing is missed.
        hands.seen = None;
        assert_eq!(read(&mut hands, 3710, false), secs(28));
    }

    #[test]
    fn it_begins_once_and_counts_from_there() {
        let clock = Clock::default();
        assert_eq!(clock.secs(), 0.0);
        clock.begin();
        let first = clock.secs();
        clock.begin();
        clock.see();
        assert_eq!(clock.waiting(|| 7), 7);
        assert!(clock.secs() >= first);
        clock.unwatched();
        assert_eq!((clock.untold_secs(), clock.paused_secs()), (None, 0.0));
    }
}

//! How often something may be done so that it takes no more than a small share of a processor.

use std::time::Duration;

/// A thing is done again after so many times what it cost: watching is three things, and waking up for them costs, too; together
/// they take less than a hundredth of a processor.
const TIMES_ITS_COST: u32 = 400;

/// What cost most of a few times is an accident: another program had the processor.
const REMEMBERED: usize = 3;

/// How often something is done.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    shortest: Duration,
    longest: Duration,
    costs: [Duration; REMEMBERED],
    due: Duration,
}

impl Pace {
    /// Never more often than after `shortest`, nor less often than after `longest`.
    pub(super) fn new(shortest: Duration, longest: Duration) -> Self {
        Self { shortest, longest, costs: [Duration::ZERO; REMEMBERED], due: Duration::ZERO }
    }

    /// When it is next to be done, from the beginning.
    pub(super) fn due(&self) -> Duration {
        self.due
    }

    /// It was done from one time to another.
    pub(super) fn done(&mut self, from: Duration, to: Duration) {
        self.costs.rotate_right(1);
        self.costs[0] = to.saturating_sub(from);
        let cost = self.costs.iter().min().copied().unwrap_or_default();
        self.due = from + (cost * TIMES_ITS_COST).clamp(self.shortest, self.longest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_costs_more_is_done_less_often() {
        let [ms, us] = [Duration::from_millis, Duration::from_micros];
        let mut pace = Pace::new(ms(20), ms(1000));
        assert_eq!(pace.due(), Duration::ZERO);
        let table = [
            // Each: when it was done, what it cost, how long until the next.
            (ms(0), us(10), ms(20)),
            (ms(20), us(400), ms(20)),
            (ms(40), us(400), ms(20)),
            // Three times in a row it is no accident.
            (ms(60), us(400), ms(160)),
            (ms(160), ms(50), ms(160)),
            (ms(260), us(40), ms(20)),
            (ms(300), ms(90), ms(20)),
            (ms(320), ms(90), ms(20)),
            (ms(340), ms(90), ms(1000)),
        ];
        for (at, cost, wait) in table {
            pace.done(at, at + cost);
            assert_eq!(pace.due() - at, wait, "at {at:?}");
        }
    }
}

//! How often a comparison is made: so often as was said, or until its times mean something. How many rounds the latter
//! takes is not known beforehand; what is known of them so far tells how many it will be.

use crate::compare::TIMED_SECS;

/// The most rounds that are made for the time alone.
const MOST_ROUNDS: usize = 5;

/// How often a comparison is made, its order alternating.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounds {
    /// So often; at least once.
    Exactly(usize),
    /// Until each way has run for about two seconds in all, five times at most: one run of a fraction of a second says
    /// nothing of time.
    UntilTimed,
}

impl Rounds {
    /// How many rounds there will be in all, where so many are done that took each way so many seconds in all: as
    /// many as are done where that is enough.
    pub(super) fn in_all(self, done: usize, secs_of_each: impl IntoIterator<Item = f64>) -> usize {
        let Self::UntilTimed = self else { return self.at_least() };
        let shortest = secs_of_each.into_iter().fold(f64::INFINITY, f64::min);
        if done == 0 || shortest >= TIMED_SECS {
            return done.max(1);
        }
        let of_each_round = shortest / done as f64;
        let needed = (TIMED_SECS / of_each_round).ceil().min(MOST_ROUNDS as f64) as usize;
        needed.max(done + 1).min(MOST_ROUNDS)
    }

    /// This many rounds there will be, however long they take.
    pub(super) fn at_least(self) -> usize {
        match self {
            Self::Exactly(rounds) => rounds.max(1),
            Self::UntilTimed => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_rounds_are_repeated_until_they_tell_something() {
        // How often, rounds done, seconds of each way in all, and how many rounds there will be.
        let table: [(Rounds, usize, &[f64], usize); 13] = [
            (Rounds::Exactly(0), 0, &[], 1),
            (Rounds::Exactly(3), 0, &[], 3),
            (Rounds::Exactly(3), 3, &[0.1, 0.1], 3),
            (Rounds::UntilTimed, 0, &[], 1),
            (Rounds::UntilTimed, 1, &[2.0, 9.0], 1),
            (Rounds::UntilTimed, 1, &[1.9, 9.0], 2),
            (Rounds::UntilTimed, 2, &[3.8, 9.0], 2),
            (Rounds::UntilTimed, 1, &[0.7, 0.8], 3),
            (Rounds::UntilTimed, 1, &[0.01, 5.0], 5),
            (Rounds::UntilTimed, 1, &[0.0, 0.0], 5),
            (Rounds::UntilTimed, 4, &[0.4, 0.4], 5),
            (Rounds::UntilTimed, 5, &[0.5, 0.5], 5),
            // The later rounds were faster than the first let expect.
            (Rounds::UntilTimed, 3, &[1.99, 3.0], 4),
        ];
        for (rounds, done, secs, expected) in table {
            let found = rounds.in_all(done, secs.iter().copied());
            assert_eq!(found, expected, "{rounds:?} after {done} of {secs:?}");
            assert!(found >= rounds.at_least());
        }
    }
}

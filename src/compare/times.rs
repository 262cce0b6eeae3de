//! What the times of a comparison say. A run of a fraction of a second takes now more and now less, whatever it
//! does, so a difference is told only where the rounds were long or many enough and the ranges of both ways lie
//! apart. Deliberately absent: a test of significance, which a user could not check on the ranges that are shown.

use serde::{Deserialize, Serialize};

use crate::quantity::{count_text, decimal_text, secs_range_text, secs_text};

/// Seconds that all rounds of a way take together before few rounds tell something of time.
pub const TIMED_SECS: f64 = 2.0;

/// This many rounds give a range, also where they are short.
const ROUNDS_OF_A_RANGE: usize = 3;

/// With fewer rounds than give a range, a difference below this part is not told: the same run varies by as much.
const TOLD_BY_FEW: f64 = 0.1;

/// With a range, a difference below this part reads as none.
const TOLD_BY_RANGES: f64 = 0.005;

/// A time that is this many times the other is worth speaking of.
const SLOWER: f64 = 1.05;

/// One round of a comparison: both modes, one after the other. `None` where a mode did not complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// Time all at once.
    pub bulk_wall_secs: Option<f64>,
    /// Time one at a time.
    pub sequential_wall_secs: Option<f64>,
    /// Resident memory above resting, one at a time to all at once.
    pub peak_ratio: Option<f64>,
}

/// The middle of some numbers, the lowest and the highest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The median; of an even number of them the mean of the two in the middle.
    pub median: f64,
    /// The lowest of the numbers.
    pub least: f64,
    /// The highest of the numbers.
    pub most: f64,
    /// How many there are.
    pub count: usize,
}

impl Spread {
    /// Of any numbers; `None` of none.
    pub fn of(numbers: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut numbers: Vec<f64> = numbers.into_iter().collect();
        numbers.sort_by(f64::total_cmp);
        let (least, most) = (*numbers.first()?, *numbers.last()?);
        let middle = numbers.len() / 2;
        let median = if numbers.len() % 2 == 1 {
            numbers[middle]
        } else {
            f64::midpoint(numbers[middle - 1], numbers[middle])
        };
        Some(Self { median, least, most, count: numbers.len() })
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.least <= other.most && other.least <= self.most
    }
}

/// What the times of both ways say of each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TimeFinding {
    /// The rounds were too short and too few to tell.
    TooShort,
    /// The ranges overlap, or what lies between them is too little to speak of.
    Same,
    /// One at a time takes so many times as long.
    Differs(f64),
}

/// The seconds of both ways, in each of some rounds.
pub(super) struct Times {
    /// All at once, one at a time.
    pairs: Vec<[f64; 2]>,
}

impl Times {
    /// Of the rounds in which both ways completed.
    pub(super) fn of_rounds(rounds: &[Round]) -> Self {
        let both = |round: &Round| Some([round.bulk_wall_secs?, round.sequential_wall_secs?]);
        Self { pairs: rounds.iter().filter_map(both).collect() }
    }

    /// Of one round.
    pub(super) fn of_one(bulk: f64, sequential: f64) -> Self {
        Self { pairs: vec![[bulk, sequential]] }
    }

    /// The times of all at once and of one at a time; `None` where there was no round.
    fn spreads(&self) -> Option<[Spread; 2]> {
        let of = |way: usize| Spread::of(self.pairs.iter().map(|pair| pair[way]));
        Some([of(0)?, of(1)?])
    }

    /// The median of the ratios within each round, because what else the machine does weighs on both runs of
    /// a round alike.
    pub(super) fn ratio(&self) -> Option<f64> {
        let has_time = self.pairs.iter().filter(|[bulk, _]| *bulk > 0.0);
        Spread::of(has_time.map(|[bulk, sequential]| sequential / bulk)).map(|spread| spread.median)
    }

    fn are_few(&self) -> bool {
        self.pairs.len() < ROUNDS_OF_A_RANGE
    }

    /// What they say; `None` where there was no round.
    pub(super) fn finding(&self) -> Option<TimeFinding> {
        let ([bulk, sequential], ratio) = (self.spreads()?, self.ratio()?);
        let in_all = |way: usize| self.pairs.iter().map(|pair| pair[way]).sum::<f64>();
        let is_few = self.are_few();
        let is_within = |part: f64| (ratio - 1.0).abs() < part;
        Some(if is_few && in_all(0).min(in_all(1)) < TIMED_SECS {
            TimeFinding::TooShort
        } else if bulk.overlaps(&sequential) || is_within(if is_few { TOLD_BY_FEW } else { TOLD_BY_RANGES }) {
            TimeFinding::Same
        } else {
            TimeFinding::Differs(ratio)
        })
    }

    /// The times and what they say, in a sentence: `Time, one round: 4.6 s one at a time, 4.0 s all at once:
    /// 15 % more time.`
    pub(super) fn sentence(&self) -> Option<String> {
        let ([bulk, sequential], finding) = (self.spreads()?, self.finding()?);
        let rounds = match bulk.count {
            1 => "one round".to_owned(),
            count => format!("medians of {} rounds", count_text(count)),
        };
        let time = |spread: Spread, way: &str| match spread.count {
            1 => format!("{} {way}", secs_text(spread.median)),
            _ => {
                format!("{} {way} ({})", secs_text(spread.median), secs_range_text(spread.least, spread.most))
            }
        };
        let [sequential, bulk] = [time(sequential, "one at a time"), time(bulk, "all at once")];
        let says = match finding {
            TimeFinding::Same if self.are_few() => "no clear difference".to_owned(),
            finding => finding.text(),
        };
        Some(format!("Time, {rounds}: {sequential}, {bulk}: {says}."))
    }
}

impl TimeFinding {
    /// `15 % more time`, `no difference in time`, `too short to tell a difference`.
    fn text(self) -> String {
        match self {
            Self::TooShort => "too short to tell a difference".to_owned(),
            Self::Same => "no difference in time".to_owned(),
            Self::Differs(ratio) if ratio >= 2.0 => format!("{} × the time", decimal_text(ratio, 1)),
            Self::Differs(ratio) if ratio > 1.0 => format!("{:.0} % more time", 100.0 * (ratio - 1.0)),
            Self::Differs(ratio) => format!("{:.0} % less time", 100.0 * (1.0 - ratio)),
        }
    }

    /// What memory costs in time, in few words: `for 15 % more time`, `no difference in time`.
    pub(super) fn cost(self) -> String {
        match self {
            Self::TooShort => "too short to compare times".to_owned(),
            Self::Same => self.text(),
            Self::Differs(ratio) if ratio > 1.0 => format!("for {}", self.text()),
            Self::Differs(_) => format!("in {}", self.text()),
        }
    }

    /// Whether one at a time is slower by so much that it is worth speaking of.
    pub(super) fn is_slower(self) -> bool {
        matches!(self, Self::Differs(ratio) if ratio >= SLOWER)
    }
}

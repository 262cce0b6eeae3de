//! What steps have to say about what they have done, beside the images.

use std::collections::BTreeMap;
use std::ops::AddAssign;

/// What saturated samples are, in the words that follow their number.
pub(super) const SATURATED: &str =
    "pixels were too bright for the image type and were held at its highest value";

/// What a step has to say about the groups that it has done: how many of what. Each kind is known by its
/// words, so that a step can bring a kind of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepNote {
    counts: BTreeMap<&'static str, u64>,
}

impl StepNote {
    /// So many of something, which is said in the words that follow the number; nothing where there are none.
    pub(crate) fn of(what: &'static str, count: u64) -> Self {
        Self { counts: (count > 0).then_some((what, count)).into_iter().collect() }
    }

    /// Samples whose true value was outside of the image's type and was held at its limit.
    pub fn saturated(samples: u64) -> Self {
        Self::of(SATURATED, samples)
    }

    /// How many samples were held at the limit of the image's type.
    pub fn saturated_samples(&self) -> u64 {
        self.counts.get(SATURATED).copied().unwrap_or(0)
    }

    /// What there is to say, each in a sentence.
    pub(crate) fn sentences(&self) -> impl Iterator<Item = String> {
        self.counts.iter().map(|(what, count)| format!("{count} {what}."))
    }
}

impl AddAssign for StepNote {
    fn add_assign(&mut self, other: Self) {
        for (what, count) in other.counts {
            *self.counts.entry(what).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_add_up_by_kind() {
        let mut all = StepNote::default();
        for (what, count) in [("a are", 2), (SATURATED, 0), ("b are", 1), ("a are", 40)] {
            all += StepNote::of(what, count);
        }
        assert_eq!(all.sentences().collect::<Vec<_>>(), ["42 a are.", "1 b are."]);
        assert_eq!((all.saturated_samples(), StepNote::saturated(3).saturated_samples()), (0, 3));
    }
}

//! What a claim of the study comes to: the finding, its numbers and the sentence.

use super::Line;
use crate::plan::{AfterClear, Mode};

/// A claim of the study.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Fewer images are in memory at once.
    FewerAtOnce,
    /// A combination reuses the memory of the one before.
    Reuse,
    /// A clear gives memory back.
    Clearing,
    /// Nothing stays from combination to combination.
    NoLeak,
}

impl Claim {
    /// All claims in order.
    pub const ALL: [Self; 4] = [Self::FewerAtOnce, Self::Reuse, Self::Clearing, Self::NoLeak];

    /// The claim in a few words.
    pub fn title(self) -> &'static str {
        match self {
            Self::FewerAtOnce => "Fewer images at once",
            Self::Reuse => "Memory is used again",
            Self::Clearing => "A clear gives memory back",
            Self::NoLeak => "Nothing leaks",
        }
    }
}

/// What the numbers say of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The numbers bear the claim out.
    Shown,
    /// The numbers do not bear the claim out.
    NotShown,
    /// These runs cannot tell.
    Unknown,
}

impl Finding {
    /// The finding in words on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::NotShown => "not shown",
            Self::Unknown => "not known",
        }
    }
}

/// What would show a claim of which nothing can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownBy {
    /// A comparison of both ways.
    BothWays,
    /// A run one at a time that reads nothing ahead.
    Run {
        /// What happens to its memory after a clear.
        after_clear: AfterClear,
        /// This many combinations at least.
        fewest_combinations: usize,
    },
}

/// Resident memory before and after something that happened to a combination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The combination: `A01 · channel 2`.
    pub combination: String,
    /// Bytes before.
    pub before_bytes: u64,
    /// Bytes afterwards.
    pub after_bytes: u64,
}

/// The numbers that a claim is tested on.
#[derive(Clone, Debug, PartialEq)]
pub enum Figures {
    /// There are none.
    None,
    /// The most source images in memory at once.
    AtOnce {
        /// All images at once.
        bulk: usize,
        /// One at a time.
        sequential: usize,
    },
    /// What each combination changed, and what the worker takes at rest.
    Changes {
        /// In the order of the run.
        changes: Vec<Change>,
        /// Resting memory.
        resting_bytes: Option<u64>,
    },
    /// What is left after each clear.
    Rest {
        /// Bytes after each clear, in order.
        bytes: Vec<u64>,
        /// Whether only anonymous memory is counted.
        is_anonymous: bool,
        /// The line through them.
        line: Option<Line>,
    },
}

/// A claim with what the numbers say of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// The claim that is tested.
    pub claim: Claim,
    /// What the numbers say.
    pub finding: Finding,
    /// The run that it was tested on, in words: `Channel, one at a time · 2 combinations · memory returned`;
    /// `None` where several were compared, or none could be.
    pub run: Option<String>,
    /// Whether that took its images all at once or one at a time.
    pub mode: Option<Mode>,
    /// The most telling number, in few words.
    pub number: Option<String>,
    /// What was found, in sentences; of what cannot be said, the reason and what to do.
    pub sentence: String,
    /// The numbers that the finding rests on.
    pub figures: Figures,
    /// Of what cannot be said, what would show it; `None` where no run of this plate would.
    pub shown_by: Option<ShownBy>,
}

/// Why memory may not fall where it was expected to: a heading and what this run's numbers say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The reason in a few words.
    pub title: &'static str,
    /// It with the numbers of a run.
    pub text: String,
}

//! The study's four proofs with the numbers of finished runs, and why memory may not fall all the same.
//!
//! The study of one component at a time claims that fewer images are in memory at once, that the next
//! combination reuses the memory of the one before, that a clear gives memory back, and that nothing leaks.
//! Here each claim is tested on what was recorded of the user's own runs, and found to be shown, not shown, or
//! impossible to say, with the reason. From records to numbers and sentences: nothing is measured, drawn or
//! written here.

mod leak;
mod line;
mod numbers;
mod proof;
mod proofs;
mod reasons;

pub use line::Line;
pub use proof::{Change, Claim, Figures, Finding, Proof, Reason, ShownBy};

use crate::record::RunRecord;

/// The study on the user's own plate.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// All four, in the order of [`Claim::ALL`].
    pub proofs: [Proof; 4],
    /// Why memory may not fall.
    pub reasons: Vec<Reason>,
}

impl Study {
    /// From finished runs of one plate, in any order. Each claim is tested on the newest run that can tell
    /// something about it. `None` of no run that began.
    pub fn of(records: &[&RunRecord]) -> Option<Self> {
        let mut begun: Vec<&RunRecord> =
            records.iter().copied().filter(|record| record.machine.is_some()).collect();
        begun.sort_by_key(|record| record.started_unix_secs);
        let newest = *begun.last()?;
        Some(Self {
            proofs: [
                proofs::fewer_at_once(&begun),
                proofs::reuse(&begun),
                proofs::clearing(&begun),
                leak::no_leak(&begun),
            ],
            reasons: reasons::of(proofs::newest_sequential(&begun).unwrap_or(newest)),
        })
    }
}

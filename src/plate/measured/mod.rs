//! What the images that are used say of themselves: their sizes and types, which of them are unlike the rest, and
//! which files have more than is taken of them.

mod further_pages;
mod read;
mod usual;

use std::collections::BTreeSet;

use super::{Plate, ScanIssue, WellId};
use crate::quantity::plural;
pub(crate) use read::header_readers;
pub use read::{MeasureError, Measured};
pub use usual::UsualFormats;

/// Issues of one kind are listed one by one up to this number, and counted from there on.
const MOST_LISTED: usize = 20;

impl Measured {
    /// What is odd about the images of some wells and their files: a sentence for each, as far as there are few.
    pub fn issues(&self, plate: &Plate, wells: &BTreeSet<WellId>) -> Vec<ScanIssue> {
        let mut issues = usual::odd_images(self, plate, wells);
        issues.extend(further_pages::further_pages(self, plate, wells));
        issues
    }
}

/// The first issues of a kind, the last of them with the number of those that follow.
fn listed(mut all: impl Iterator<Item = ScanIssue>, what: &str) -> Vec<ScanIssue> {
    let mut issues: Vec<ScanIssue> = all.by_ref().take(MOST_LISTED).collect();
    let further = all.count();
    if let Some(last) = issues.last_mut().filter(|_| further > 0) {
        last.why.push_str(&format!("; so it is with {}", plural(further, &format!("more {what}"))));
    }
    issues
}

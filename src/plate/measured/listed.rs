//! Issues of one kind as a list that can be read.

use crate::plate::ScanIssue;
use crate::quantity::plural;

/// Issues of one kind are listed one by one up to this number, and counted from there on.
const MOST_LISTED: usize = 20;

/// The first issues of a kind, the last of them with the number of those that follow.
pub(super) fn listed(mut all: impl Iterator<Item = ScanIssue>, what: &str) -> Vec<ScanIssue> {
    let mut issues: Vec<ScanIssue> = all.by_ref().take(MOST_LISTED).collect();
    let further = all.count();
    if let Some(last) = issues.last_mut().filter(|_| further > 0) {
        last.why.push_str(&format!("; the same with {}", plural(further, &format!("more {what}"))));
    }
    issues
}

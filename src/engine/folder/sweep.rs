//! Parts of files that a killed process left: its work is over, and what they were of is made again or not at all.

use crate::disk::Destination;
use crate::record::{RunRecord, parts_left};

/// Removes those that the run accounts for, and no others. What cannot be removed does no harm.
pub(super) fn sweep(place: &Destination, record: &RunRecord) {
    for part in parts_left(record, place.path()) {
        drop(place.join(part).remove_file());
    }
}

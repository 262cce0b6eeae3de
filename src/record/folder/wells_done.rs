//! How far a run is, by its folder: told without reading what its wells came to, because runs are listed by the thousand.

use std::collections::BTreeSet;
use std::path::Path;

use super::read::names;
use super::{REQUEST_FILE, RunFolder, STRETCHES_FOLDER, done_in, is_live};
use crate::disk;
use crate::plate::WellId;
use crate::quantity::{count_text, plural};
use crate::record::RunRecord;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WellsDone {
    /// The wanted wells that say of themselves that they are done.
    pub done: usize,
    /// The wells that any command was asked for.
    pub wanted: usize,
    /// Whether its record knows all work that was started in it.
    pub is_put_together: bool,
    /// Whether somebody was working in it when it was read.
    pub is_going_on: bool,
}

impl WellsDone {
    /// Of the run in a folder, given its record where it was put together. `None` of a run of an earlier version, which
    /// nobody can continue with.
    pub(crate) fn read(folder: &Path, record: Option<&RunRecord>) -> Option<Self> {
        let request = folder.join(REQUEST_FILE);
        if !request.is_file() || disk::is_link(&request) {
            return None;
        }
        let files = names(&folder.join(STRETCHES_FOLDER));
        let stretches: Vec<&str> = files.iter().filter_map(|name| name.strip_suffix(".ron")).collect();
        let is_known = |record: &&RunRecord| {
            let known: BTreeSet<&str> = record.stretches.iter().map(|stretch| stretch.id.as_str()).collect();
            stretches.iter().all(|id| known.contains(id))
        };
        let record = record.filter(is_known);
        let wanted: BTreeSet<WellId> = match record {
            Some(record) => record.plan.wells.iter().copied().collect(),
            None => RunFolder::read(folder).ok()?.wanted(),
        };
        Some(Self {
            done: done_in(folder).intersection(&wanted).count(),
            wanted: wanted.len(),
            is_put_together: record.is_some(),
            is_going_on: stretches.iter().any(|id| is_live(folder, id)),
        })
    }

    /// Whether there is something to do in it.
    pub fn is_left(&self) -> bool {
        self.done < self.wanted || !self.is_put_together
    }

    /// `3 of 12 wells are done.`
    pub fn text(&self) -> String {
        let wells = plural(self.wanted, "well");
        match self.done {
            done if done >= self.wanted && self.is_put_together => "All wells are done.".to_owned(),
            done if done >= self.wanted => {
                "All wells are done, but the run is not put together yet.".to_owned()
            }
            0 if self.wanted == 1 => "Its well is not done.".to_owned(),
            0 => format!("None of its {wells} is done."),
            1 => format!("1 of {wells} is done."),
            done => format!("{} of {wells} are done.", count_text(done)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_a_run_is_can_be_said() {
        let table = [
            ((0, 1, true), "Its well is not done.", true),
            ((0, 12, true), "None of its 12 wells is done.", true),
            ((1, 12, false), "1 of 12 wells is done.", true),
            ((1_000, 1_536, false), "1,000 of 1,536 wells are done.", true),
            ((12, 12, false), "All wells are done, but the run is not put together yet.", true),
            ((12, 12, true), "All wells are done.", false),
        ];
        for ((done, wanted, is_put_together), text, is_left) in table {
            let wells = WellsDone { done, wanted, is_put_together, is_going_on: false };
            assert_eq!((wells.text().as_str(), wells.is_left()), (text, is_left));
        }
    }
}

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
    /// Whether its record knows all work that was begun in it.
    pub is_put_together: bool,
    /// Whether somebody was at work in it when it was read.
    pub is_going_on: bool,
}

impl WellsDone {
    /// Of the run in a folder, given its record where it was put together. `None` of a run of an earlier version, which
    /// nobody can go on with.
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
            done if done < self.wanted => format!("{} of {wells} {} done.", count_text(done), are(done)),
            _ if self.is_put_together => "All wells are done.".to_owned(),
            _ => "All wells are done; the run is still to be put together.".to_owned(),
        }
    }
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

//! A run folder that is followed while it fills: looked at about once a second from a thread of its own, by reading alone, so
//! that it does not matter who works in it and where.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::cancel::Cancel;
use crate::plate::{PlateIdentity, WellId};
use crate::record::RECORD_FILE;
use crate::record::folder::{FolderError, RunFolder, WellProgress, is_live};

/// How often the folder is looked at.
const PAUSE: Duration = Duration::from_secs(1);

/// A look that takes long, as on a folder of many wells far away, is made less often: it takes a tenth of the time at most.
const SHARE: u32 = 10;

/// How soon it stops when it is asked to.
const STOPS_WITHIN: Duration = Duration::from_millis(100);

/// This many wells are read at each look; what is found is shown before more is read.
const WELLS_AT_A_LOOK: usize = 50;

/// What is seen of a run in its folder.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenRun {
    /// The plate that it is of.
    pub plate: PlateIdentity,
    /// The wells that anybody was asked for.
    pub wanted: BTreeSet<WellId>,
    /// The wells that are done; `None` of one that is not read yet.
    pub done: BTreeMap<WellId, Option<WellProgress>>,
    /// The wells that somebody works on now, as far as the file system tells.
    pub working: BTreeSet<WellId>,
    /// Whether all wanted wells are done, and put together.
    pub is_merged: bool,
}

impl SeenRun {
    /// What is seen in a folder now; `read` has the wells that were read before, and gets those that are read.
    ///
    /// # Errors
    /// Why nothing is seen, in a sentence.
    pub fn look(folder: &Path, read: &mut BTreeMap<WellId, WellProgress>) -> Result<Self, String> {
        let run = match RunFolder::read(folder) {
            Err(FolderError::NoRequest { .. }) => {
                return Err("No job has started in this folder yet.".to_owned());
            }
            run => run.map_err(|error| error.to_string())?,
        };
        let ((stretches, _), done) = (run.stretches(), run.done());
        let wanted: BTreeSet<WellId> =
            stretches.iter().flat_map(|stretch| &stretch.wanted).copied().collect();
        // A well that did not keep what it says was taken back, and is done again.
        read.retain(|well, _| done.contains(well));
        let unread: Vec<WellId> =
            done.iter().filter(|well| !read.contains_key(well)).take(WELLS_AT_A_LOOK).copied().collect();
        for well in unread {
            // One that cannot be read now may be when it is there as a whole.
            if let Ok(Some(progress)) = run.progress_of(well) {
                read.insert(well, progress);
            }
        }
        let live =
            stretches.iter().filter(|stretch| stretch.end.is_none() && is_live(run.path(), &stretch.id));
        let taken = live.flat_map(|stretch| &stretch.taken).map(|taken| taken.well);
        let is_whole = wanted.iter().all(|well| done.contains(well));
        Ok(Self {
            plate: run.request.plate.clone(),
            working: taken.filter(|well| !done.contains(well)).collect(),
            is_merged: is_whole && run.path().join(RECORD_FILE).is_file(),
            done: done.into_iter().map(|well| (well, read.get(&well).copied())).collect(),
            wanted,
        })
    }

    /// Images and results that are missing or failed, in all wells that are read.
    pub fn failed(&self) -> usize {
        self.done.values().flatten().map(|well| well.failed).sum()
    }
}

/// Looks at a folder until it is not wanted any more; tells what is seen whenever that is new.
pub(super) fn follow(folder: &Path, cancel: &Cancel, tell: &dyn Fn(Result<SeenRun, String>) -> bool) {
    let mut read = BTreeMap::new();
    let mut told = None;
    while !cancel.is_cancelled() {
        let began = Instant::now();
        let seen = SeenRun::look(folder, &mut read);
        if told.as_ref() != Some(&seen) {
            if !tell(seen.clone()) {
                return;
            }
            told = Some(seen);
        }
        let until = Instant::now() + PAUSE.max(began.elapsed() * SHARE);
        while Instant::now() < until && !cancel.is_cancelled() {
            std::thread::sleep(STOPS_WITHIN);
        }
    }
}

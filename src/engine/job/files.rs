//! The files of a plate in the system's page cache before a run, so that runs that are compared find
//! them alike.

use std::fs;
use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use crate::cancel::{Cancel, Cancelled};
use crate::disk;
use crate::file_threads::FileThreads;
use crate::image::ImageSource;
use crate::memory::{CAN_FORGET_FILES, cached_bytes, forget_file};
use crate::plan::Plan;

/// How runs find the files of the plate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CacheState {
    /// In the page cache, as far as it holds them: a comparison reads all files once before its first
    /// run.
    #[default]
    Warm,
    /// On disk alone: before each run they are taken out of the page cache.
    Cold,
}

impl CacheState {
    /// Whether this system can bring files into the state.
    pub fn is_possible(self) -> bool {
        self == Self::Warm || CAN_FORGET_FILES
    }
}

/// A page of each file of a plan, each file once. Of a million files no paths are made before they are needed.
pub(super) fn files_of(plan: &Plan) -> Vec<ImageSource> {
    each_once(plan.combinations.sources().collect())
}

fn each_once(mut files: Vec<ImageSource>) -> Vec<ImageSource> {
    files.sort_unstable_by(|one, other| one.file_id().cmp(&other.file_id()));
    files.dedup_by(|one, other| one.file_id() == other.file_id());
    files
}

/// Reads each file once. Progress is in bytes.
pub(super) fn warm(files: &[ImageSource], progress: &(dyn Fn(u64, u64) + Sync), cancel: &Cancel) {
    const PIECE_BYTES: usize = 1 << 20;
    let progress = Percents::new(files, progress);
    let read = |piece: &mut Vec<u8>, index: usize| {
        // A file that cannot be read is told by the runs, with its reason.
        let Ok(mut file) = disk::open(&files[index].path()) else { return Ok(()) };
        while let Ok(len @ 1..) = file.read(piece) {
            cancel.check()?;
            progress.add(len as u64);
        }
        Ok::<(), Cancelled>(())
    };
    let warmed = FileThreads::new("file warmer").try_map(files.len(), || vec![0; PIECE_BYTES], read);
    if warmed.is_ok() {
        progress.end();
    }
}

/// Takes each file out of the page cache. Progress is in bytes.
pub(super) fn cool(files: &[ImageSource], progress: &(dyn Fn(u64, u64) + Sync), cancel: &Cancel) {
    let progress = Percents::new(files, progress);
    let forget = |(): &mut (), index: usize| {
        cancel.check()?;
        let path = files[index].path();
        // What stays cached shows in the share that is measured next.
        drop(forget_file(&path));
        progress.add(fs::metadata(path).map_or(0, |file| file.len()));
        Ok::<(), Cancelled>(())
    };
    let cooled = FileThreads::new("file cooler").try_map(files.len(), || (), forget);
    if cooled.is_ok() {
        progress.end();
    }
}

/// This many files are asked, from the first to the last, whether they are in the page cache: it takes some tens of microseconds
/// each.
const MOST_ASKED: usize = 20_000;

/// The share of the bytes of a plan's files that is in the page cache, 0 to 1; `None` where the system does not
/// tell it of each file. Of very many images some stand for all.
pub(super) fn cached_share(plan: &Plan, cancel: &Cancel) -> Option<f64> {
    let step = plan.combinations.sources().count().div_ceil(MOST_ASKED).max(1);
    let files = each_once(plan.combinations.sources().step_by(step).collect());
    let look = |(): &mut (), nth: usize| -> Result<(u64, u64), Unknown> {
        cancel.check().map_err(|_| Unknown)?;
        let path = files[nth].path();
        // What is not there is no part of the run either.
        if path.is_file() { cached_bytes(&path).ok_or(Unknown) } else { Ok((0, 0)) }
    };
    let looked = FileThreads::new("cache reader").try_map(files.len(), || (), look).ok()?;
    let (all, cached) = looked.iter().fold((0, 0), |sum, file| (sum.0 + file.0, sum.1 + file.1));
    (all > 0).then(|| cached as f64 / all as f64)
}

/// It is not known of a file.
struct Unknown;

/// Progress of which one report for each percent is enough.
struct Percents<'a> {
    on_progress: &'a (dyn Fn(u64, u64) + Sync),
    done: AtomicU64,
    of: u64,
}

impl<'a> Percents<'a> {
    fn new(files: &[ImageSource], on_progress: &'a (dyn Fn(u64, u64) + Sync)) -> Self {
        let of = files.iter().filter_map(|file| fs::metadata(file.path()).ok()).map(|file| file.len()).sum();
        on_progress(0, of);
        Self { on_progress, done: AtomicU64::new(0), of }
    }

    fn add(&self, bytes: u64) {
        let before = self.done.fetch_add(bytes, Ordering::Relaxed);
        let percent = |bytes: u64| bytes * 100 / self.of.max(1);
        if percent(before) != percent(before + bytes) {
            (self.on_progress)(before + bytes, self.of);
        }
    }

    /// All is done, also where a file could not be read or has become shorter.
    fn end(&self) {
        if self.done.load(Ordering::Relaxed) != self.of {
            (self.on_progress)(self.of, self.of);
        }
    }
}

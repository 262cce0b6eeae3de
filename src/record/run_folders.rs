//! Where runs lie: in the folder of all results, which has a folder for each plate with one for each run, in that of a plate, or
//! in their own.
//!
//! A folder of results, or that of one plate in it, is often a link to another drive. Links to folders are followed, each
//! folder once.

use std::fs;
use std::path::{Path, PathBuf};

use super::folder::REQUEST_FILE;
use super::{RECORD_FILE, RecordError};
use crate::disk;
use crate::watch::WATCHED_FILE;

/// How deep the runs lie in the folder of all results.
const RUNS_BELOW: usize = 2;

/// The records that a path stands for: a record, or that of the folder and those of all runs in it, by name. A record
/// hides none, and a record that is a link to something elsewhere is none of the folder's. Of a run that has none yet it is its
/// request. Links that lead nowhere new are told in `not_followed`.
pub fn record_files(path: &Path, not_followed: &mut Vec<RecordError>) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let mut files = Vec::new();
    each_run_folder(path, &mut |found| {
        match found {
            Ok(folder) => {
                let is_own = |file: &PathBuf| file.is_file() && !disk::is_link(file);
                let names = [RECORD_FILE, REQUEST_FILE, WATCHED_FILE].map(|name| folder.join(name));
                files.extend(names.into_iter().find(is_own));
            }
            Err(error) => not_followed.push(error),
        }
        true
    });
    files.sort();
    files
}

/// Calls `each` with a folder and those below it in which runs may lie, the newest first of those in one folder: names of
/// runs begin with when they were made. A link back to a folder around it is an error. Stops where `each` gives false.
pub(super) fn each_run_folder(root: &Path, each: &mut dyn FnMut(Result<&Path, RecordError>) -> bool) {
    let mut walk = Walk { root: disk::real(root), followed: Vec::new(), each };
    walk.folder(root, RUNS_BELOW);
}

struct Walk<'a> {
    /// Without links.
    root: PathBuf,
    /// Where the links lead that were followed, without links.
    followed: Vec<PathBuf>,
    each: &'a mut dyn FnMut(Result<&Path, RecordError>) -> bool,
}

impl Walk<'_> {
    /// Whether to go on.
    fn folder(&mut self, folder: &Path, deeper: usize) -> bool {
        if !(self.each)(Ok(folder)) {
            return false;
        }
        if deeper == 0 {
            return true;
        }
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut below: Vec<(PathBuf, bool)> = entries
            .filter_map(|entry| {
                let (kind, path) = (entry.file_type().ok()?, entry.path());
                let is_link = kind.is_symlink() && path.is_dir();
                (kind.is_dir() || is_link).then_some((path, is_link))
            })
            .collect();
        below.sort_by(|one, other| other.0.cmp(&one.0));
        below.into_iter().all(|(path, is_link)| {
            if !is_link {
                return self.folder(&path, deeper - 1);
            }
            let real = disk::real(&path);
            if disk::real(folder).starts_with(&real) {
                return (self.each)(Err(RecordError::Loop { link: path, folder: real }));
            }
            if self.is_met(&real) {
                return true;
            }
            self.followed.push(real);
            self.folder(&path, deeper - 1)
        })
    }

    /// Whether a folder is met without this link.
    fn is_met(&self, real: &Path) -> bool {
        let is_in_root =
            real.strip_prefix(&self.root).is_ok_and(|below| below.components().count() <= RUNS_BELOW);
        is_in_root || self.followed.iter().any(|followed| real.starts_with(followed))
    }
}

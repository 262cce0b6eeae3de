//! What a folder holds, as the system lists it: names and kinds, nothing more.
//!
//! The kind of an entry comes with the listing; only links are asked for what they point to. Deliberately absent: sizes and
//! dates of files, which would cost one question per file.

use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alphanumeric_sort::compare_str;

use crate::cancel::{Cancel, Cancelled};
use crate::disk;
use crate::image::{FileName, FileNames};

/// How often a cancel is asked for, and what was found is told.
const ENTRIES_BETWEEN: usize = 1024;

/// A folder's entries: files by name, folders in natural order. The images of a plate share the names.
#[derive(Clone, Debug, Default)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    pub(super) files: Arc<[FileName]>,
    pub(super) folders: Vec<Subfolder>,
    /// What could not be read: the entry's name (empty for the folder itself) and the reason.
    pub(super) trouble: Vec<(String, String)>,
    /// Whether an entry is a link: what it points to may change without the folder.
    pub(super) has_links: bool,
    /// Whether there is more in it than was listed.
    pub(super) is_cut: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Subfolder {
    pub(super) name: String,
    pub(super) is_link: bool,
}

impl Folder {
    /// The folder's own name; empty at the root of the file system.
    pub(super) fn name(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    pub(super) fn has_folder(&self, matches: impl Fn(&str) -> bool) -> bool {
        self.folders.iter().any(|folder| matches(&folder.name))
    }

    pub(super) fn has_file(&self, matches: impl Fn(&str) -> bool) -> bool {
        self.files.iter().any(|name| matches(name))
    }

    /// What is no folder. What is no file either would not be read to an end, if at all.
    fn add_file(&mut self, name: String, kind: FileType, files: &mut FileNames) {
        match disk::kind_text(kind) {
            None => self.add_name(name, files),
            Some(what) => {
                self.trouble.push((name, format!("this is {what}, not a file, so it was skipped")));
            }
        }
    }

    fn add_name(&mut self, name: String, files: &mut FileNames) {
        if !files.push(&name) {
            self.trouble.push((name, "the folder has too many files, so it was skipped".into()));
        }
    }
}

/// Lists a folder, or its first `most` entries; one that cannot be read is empty and says so in `trouble`. `follows_links`: whether links are asked for what they
/// point to, which may be on a file system that does not answer. `found` is told the number of entries as they come.
pub(super) fn list(
    path: &Path,
    most: usize,
    follows_links: bool,
    found: &(dyn Fn(usize) + Sync),
    cancel: &Cancel,
) -> Result<Folder, Cancelled> {
    cancel.check()?;
    let mut folder = Folder { path: path.to_owned(), ..Folder::default() };
    match fs::read_dir(disk::exact(path)) {
        Ok(mut entries) => {
            add_all(entries.by_ref().take(most), follows_links, &mut folder, found, cancel)?;
            folder.is_cut = entries.next().is_some();
        }
        Err(error) => folder.trouble.push((String::new(), unreadable_folder(&error))),
    }
    folder.folders.sort_unstable_by(|a, b| compare_str(&a.name, &b.name));
    Ok(folder)
}

fn add_all(
    entries: impl Iterator<Item = io::Result<fs::DirEntry>>,
    follows_links: bool,
    folder: &mut Folder,
    found: &(dyn Fn(usize) + Sync),
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let mut untold = 0;
    let mut files = FileNames::default();
    for entry in entries {
        untold += 1;
        if untold == ENTRIES_BETWEEN {
            found(std::mem::take(&mut untold));
            cancel.check()?;
        }
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                // The listing cannot go on reliably after an error within it.
                folder.trouble.push((String::new(), unreadable_folder(&error)));
                break;
            }
        };
        let name = match entry.file_name().into_string() {
            Ok(name) => name,
            Err(name) => {
                let shown = name.to_string_lossy().into_owned();
                folder.trouble.push((shown, "its name is not Unicode, so it was skipped".into()));
                continue;
            }
        };
        let kind = entry.file_type();
        folder.has_links |= kind.as_ref().is_ok_and(FileType::is_symlink);
        match kind {
            Ok(kind) if kind.is_dir() => folder.folders.push(Subfolder { name, is_link: false }),
            Ok(kind) if kind.is_symlink() && follows_links => match fs::metadata(entry.path()) {
                Ok(target) if target.is_dir() => folder.folders.push(Subfolder { name, is_link: true }),
                Ok(target) => folder.add_file(name, target.file_type(), &mut files),
                Err(error) => {
                    folder.trouble.push((name, format!("a link whose target cannot be read ({error})")));
                }
            },
            Ok(kind) if kind.is_symlink() => folder.add_name(name, &mut files),
            Ok(kind) => folder.add_file(name, kind, &mut files),
            Err(error) => folder.trouble.push((name, format!("cannot be read ({error})"))),
        }
    }
    found(untold);
    let mut files = files.shared();
    files.sort_unstable();
    folder.files = files.into();
    Ok(())
}

fn unreadable_folder(error: &io::Error) -> String {
    format!("the folder cannot be read ({error}), so what it holds is not known")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_order_as_numbers() {
        let sorted = ["", "A", "ZStep_1", "ZStep_2", "ZStep_02", "ZStep_9", "ZStep_10", "ZStep_10a", "b"];
        let mut names = sorted.to_vec();
        names.reverse();
        names.sort_by(|a, b| compare_str(a, b));
        assert_eq!(names, sorted);
    }
}

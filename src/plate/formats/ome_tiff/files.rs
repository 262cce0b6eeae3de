//! Which files a document names: those that are where it says or fit best, as of any record (`formats/files.rs`), else those
//! that say themselves that they are the ones.
//!
//! A document names files by their paths from itself, and most also by an identity, which a file has in its own description. So
//! a file that has another name by now is known by that, if there are few of such. Deliberately absent: files outside of the
//! document's folder.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::super::files::name_of;
pub(super) use super::super::files::{FileId, Files, NoFile};
use super::documents;
use crate::cancel::{Cancel, Cancelled};
use crate::image::{OmeDocument, OmeFile};
use crate::plate::draft::Draft;
use crate::plate::folder::{Disk, MOST_FOLDERS, is_image};
use crate::quantity::plural;
use crate::shown_text::one_line;

/// Where no more files than this have names that no document tells, they are asked for their identity.
const MOST_ASKED: usize = 64;

/// Which files a document means.
pub(super) struct FilesOfDocument {
    /// By the document's numbers.
    named: Vec<Result<FileId, NoFile>>,
    /// The file that the document itself is in, where it can hold images.
    own: Result<FileId, NoFile>,
}

impl FilesOfDocument {
    /// All of them that are there.
    pub(super) fn all(&self) -> impl Iterator<Item = FileId> {
        self.named.iter().chain([&self.own]).flatten().copied()
    }

    /// The file of a number; that of the document itself where there is none.
    pub(super) fn get(&self, file: Option<u32>) -> Result<FileId, NoFile> {
        match file {
            Some(file) => self.named.get(file as usize).copied().unwrap_or(Err(NoFile::NotNamed)),
            None => self.own,
        }
    }
}

/// Lists the folder of a document and those below it, and says whether these are all. Folders with companions of their own are
/// other plates.
pub(super) fn list(disk: &mut Disk<'_>, folder: &Path) -> Result<(Files, bool), Cancelled> {
    let top = disk.folder(folder)?;
    let may_belong = |_: &Path, name: &str| !name.starts_with('.');
    let (folders, is_whole) =
        disk.folders_below(top, MOST_FOLDERS, may_belong, |below| !below.has_file(documents::is_companion))?;
    let mut files = Files::new(folder);
    folders.iter().for_each(|folder| files.add(folder, true));
    files.sort();
    Ok((files, is_whole))
}

/// Which files a document means. `shown` is its own path from the folder that was listed.
pub(super) fn of_document(
    files: &Files,
    document: &OmeDocument,
    shown: &str,
    cancel: &Cancel,
) -> Result<FilesOfDocument, Cancelled> {
    let own = own(files, shown);
    let paths: Vec<Cow<'_, str>> = paths(files, document, own).collect();
    let named = files.find_all(|| paths.iter().map(|path| &**path), ".");
    let mut found = FilesOfDocument { named, own: own.ok_or(NoFile::NotNamed) };
    let taken = found.all().collect();
    find_renamed(files, document, &mut found.named, &taken, cancel)?;
    Ok(found)
}

/// The files that are just where a document says, and that which it is in itself.
pub(super) fn exactly_of_document(files: &Files, document: &OmeDocument, shown: &str) -> FilesOfDocument {
    let own = own(files, shown);
    let named = paths(files, document, own).map(|path| files.find(&path, ".").ok_or(NoFile::NotThere));
    FilesOfDocument { named: named.collect(), own: own.ok_or(NoFile::NotNamed) }
}

fn own(files: &Files, shown: &str) -> Option<FileId> {
    files.find(shown, ".").filter(|_| is_image(shown))
}

/// Where a document says that its files are.
fn paths<'a>(
    files: &'a Files,
    document: &'a OmeDocument,
    own: Option<FileId>,
) -> impl Iterator<Item = Cow<'a, str>> {
    document.files().map(move |file| match own {
        // Whatever its name is by now.
        Some(own) if file.uuid.is_some() && file.uuid == document.uuid => files.path(own).into(),
        _ => beside(file.name),
    })
}

/// A path from the document; of an absolute one the name alone, which was where the document was made.
pub(super) fn beside(path: &str) -> Cow<'_, str> {
    let is_absolute = path.starts_with(['/', '\\']) || path.contains(':');
    if !is_absolute {
        return path.into();
    }
    name_of(&path.replace('\\', "/")).to_owned().into()
}

/// Files that have other names than the document says, by their own identity.
fn find_renamed(
    files: &Files,
    document: &OmeDocument,
    named: &mut [Result<FileId, NoFile>],
    taken: &HashSet<FileId>,
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let is_absent = |at: usize, named: &[Result<FileId, NoFile>]| named[at].is_err();
    let identified = |(at, file): &(usize, OmeFile<'_>)| is_absent(*at, named) && file.uuid.is_some();
    let free: Vec<_> = files.ids().filter(|file| !taken.contains(file)).take(MOST_ASKED + 1).collect();
    if free.is_empty() || free.len() > MOST_ASKED || !document.files().enumerate().any(|of| identified(&of)) {
        return Ok(());
    }
    let mut known = HashMap::new();
    for file in free {
        let head = documents::read(&files.absolute(file), cancel, |document| document.is_ome)?;
        if let Some(uuid) = head.uuid {
            // Copies of one file cannot be distinguished.
            known.entry(uuid).and_modify(|known| *known = None).or_insert(Some(file));
        }
    }
    for (at, file) in document.files().enumerate() {
        let renamed = file.uuid.and_then(|uuid| known.get(&uuid).copied().flatten());
        if let Some(renamed) = renamed.filter(|_| is_absent(at, named)) {
            named[at] = Ok(renamed);
        }
    }
    Ok(())
}

/// Says how many files the document does not name, and takes note of them.
pub(super) fn tell_unnamed(files: &Files, draft: &mut Draft, read: &HashSet<FileId>) {
    let unnamed: Vec<_> = files.ids().filter(|file| !read.contains(file)).collect();
    draft.plate.ignored = unnamed.len();
    if let Some(first) = unnamed.first() {
        let why = match unnamed.len() {
            1 => "skipped: the OME-XML of the plate does not name it".to_owned(),
            more => format!(
                "skipped: the OME-XML of the plate does not name it; the same with {} in all",
                plural(more, "file")
            ),
        };
        draft.issue(one_line(&files.path(*first)), why);
    }
}

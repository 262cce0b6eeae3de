//! The files of a plate, and which of them a document names.
//!
//! A document names files by their paths from itself. Sets are copied and renamed, and their documents are not: so
//! where nothing is at that very place, case makes no difference, then folders do not, if one file alone has the name;
//! and a file that has another name by now is known by its own identity, if there are few of such. No file is taken for
//! two names. Deliberately absent: files outside of the document's folder.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::documents;
use crate::cancel::{Cancel, Cancelled};
use crate::image::{OmeDocument, OmeFile};
use crate::plate::draft::Draft;
use crate::plate::folder::{Disk, Folder, is_image, joined, relative};
use crate::quantity::plural;
use crate::shown_text::one_line;

/// How many folders files may lie below their document.
const DEPTH: usize = 4;
/// How many folders of one plate are looked through.
const MOST_FOLDERS: usize = 2_000;
/// Where no more files than this have names that no document tells, they are asked for their identity.
const MOST_ASKED: usize = 64;

/// Number of a file.
pub(super) type FileId = usize;

/// Why there is no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoFile {
    /// There is none of its name.
    NotThere,
    /// It is not where it should be, and more than one other may be meant.
    Ambiguous,
    /// The document does not say in which file it is.
    NotNamed,
}

/// The files of a plate.
pub(super) struct Files {
    folders: Vec<(String, Rc<Folder>)>,
    all: Vec<(usize, Arc<str>)>,
    /// By their names as they are compared, in order.
    by_name: Vec<(String, FileId)>,
    is_whole: bool,
}

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

impl Files {
    /// Lists the folder of a document and those below it. Folders with companions of their own are other plates.
    pub(super) fn list(disk: &mut Disk<'_>, folder: &Path) -> Result<Self, Cancelled> {
        let mut files = Self { folders: Vec::new(), all: Vec::new(), by_name: Vec::new(), is_whole: true };
        let mut queue = vec![(disk.folder(folder)?, 0)];
        let mut next = 0;
        while let Some((listed, depth)) = queue.get(next).map(|(listed, depth)| (Rc::clone(listed), *depth)) {
            next += 1;
            for sub in listed
                .folders
                .iter()
                .filter(|sub| depth < DEPTH && !sub.is_link && !sub.name.starts_with('.'))
            {
                if queue.len() == MOST_FOLDERS {
                    files.is_whole = false;
                    break;
                }
                let below = disk.folder(&listed.path.join(&sub.name))?;
                if !below.has_file(documents::is_companion) {
                    queue.push((below, depth + 1));
                }
            }
            for name in listed.files.iter().filter(|name| is_image(name) && !name.starts_with('.')) {
                files.by_name.push((comparable(name), files.all.len()));
                files.all.push((files.folders.len(), Arc::clone(name)));
            }
            files.folders.push((relative(folder, &listed.path), listed));
        }
        files.by_name.sort_unstable();
        Ok(files)
    }

    /// Lists what of the folders could not be read.
    pub(super) fn tell_trouble(&self, draft: &mut Draft) {
        for (_, folder) in &self.folders {
            draft.add_trouble(folder);
        }
        if !self.is_whole {
            draft.issue(".", "more folders than any plate has: only the first of them were looked through");
        }
    }

    /// All files.
    pub(super) fn ids(&self) -> impl Iterator<Item = FileId> {
        0..self.all.len()
    }

    /// Path of a file relative to the folder of the document.
    pub(super) fn path(&self, file: FileId) -> String {
        joined(self.folder(file), self.name(file))
    }

    /// Path of its folder, `.` for that of the document.
    pub(super) fn folder(&self, file: FileId) -> &str {
        &self.folders[self.all[file].0].0
    }

    /// Its name.
    pub(super) fn name(&self, file: FileId) -> &Arc<str> {
        &self.all[file].1
    }

    /// Absolute path of a file.
    pub(super) fn absolute(&self, file: FileId) -> PathBuf {
        self.folders[self.all[file].0].1.path.join(&**self.name(file))
    }

    /// Which files a document means. `shown` is its own path.
    pub(super) fn of_document(
        &self,
        document: &OmeDocument,
        shown: &str,
        cancel: &Cancel,
    ) -> Result<FilesOfDocument, Cancelled> {
        let mut found = self.named_by(document, shown);
        let mut taken: HashSet<FileId> = found.all().collect();
        self.find_moved(document, &mut found.named, &mut taken);
        self.find_renamed(document, &mut found.named, &taken, cancel)?;
        Ok(found)
    }

    /// The files that are where a document says, and that which it is in itself.
    pub(super) fn named_by(&self, document: &OmeDocument, shown: &str) -> FilesOfDocument {
        let own = self.find(shown).filter(|_| is_image(shown));
        let find = |file: OmeFile<'_>| match own {
            // Whatever its name is by now.
            Some(own) if file.uuid.is_some() && file.uuid == document.uuid => Ok(own),
            _ if file.name.is_empty() => Err(NoFile::NotNamed),
            _ => self.find(&resolved(file.name)).ok_or(NoFile::NotThere),
        };
        FilesOfDocument { named: document.files().map(find).collect(), own: own.ok_or(NoFile::NotNamed) }
    }

    /// The file at a path from the document; else the only one there whose name differs in case.
    pub(super) fn find(&self, path: &str) -> Option<FileId> {
        let of_name = self.of_name(path);
        let exact = of_name.iter().map(|(_, file)| *file).find(|file| self.path(*file) == path);
        exact.or_else(|| {
            let wanted = comparable(path);
            let mut alike =
                of_name.iter().map(|(_, file)| *file).filter(|file| comparable(&self.path(*file)) == wanted);
            alike.next().filter(|_| alike.next().is_none())
        })
    }

    /// The files whose names are that of a path, whatever their folders.
    fn of_name(&self, path: &str) -> &[(String, FileId)] {
        let name = comparable(path.rsplit('/').next().unwrap_or(path));
        let start = self.by_name.partition_point(|(other, _)| *other < name);
        let count = self.by_name[start..].partition_point(|(other, _)| *other == name);
        &self.by_name[start..start + count]
    }

    /// Files that lie in another folder than the document says, where one alone has the name and one name alone means
    /// it.
    fn find_moved(
        &self,
        document: &OmeDocument,
        named: &mut [Result<FileId, NoFile>],
        taken: &mut HashSet<FileId>,
    ) {
        let mut wanted: HashMap<FileId, Option<&str>> = HashMap::new();
        let mut moved = Vec::new();
        for (at, file) in document.files().enumerate() {
            if named[at] != Err(NoFile::NotThere) {
                continue;
            }
            let resolved = resolved(file.name);
            let mut free = self.of_name(&resolved).iter().map(|(_, id)| *id).filter(|id| !taken.contains(id));
            let Some(first) = free.next() else { continue };
            if free.next().is_some() {
                named[at] = Err(NoFile::Ambiguous);
                continue;
            }
            let name = wanted.entry(first).or_insert(Some(file.name));
            if *name != Some(file.name) {
                *name = None;
            }
            moved.push((at, first));
        }
        for (at, file) in moved {
            let is_meant = wanted.get(&file).is_some_and(Option::is_some);
            named[at] = if is_meant { Ok(file) } else { Err(NoFile::Ambiguous) };
            taken.insert(file);
        }
    }

    /// Files that have other names than the document says, by their own identity.
    fn find_renamed(
        &self,
        document: &OmeDocument,
        named: &mut [Result<FileId, NoFile>],
        taken: &HashSet<FileId>,
        cancel: &Cancel,
    ) -> Result<(), Cancelled> {
        let is_absent = |at: usize, named: &[Result<FileId, NoFile>]| named[at].is_err();
        let identified = |(at, file): &(usize, OmeFile<'_>)| is_absent(*at, named) && file.uuid.is_some();
        let free: Vec<_> = self.ids().filter(|file| !taken.contains(file)).take(MOST_ASKED + 1).collect();
        if free.is_empty()
            || free.len() > MOST_ASKED
            || !document.files().enumerate().any(|of| identified(&of))
        {
            return Ok(());
        }
        let mut known = HashMap::new();
        for file in free {
            let head = documents::read(&self.absolute(file), cancel, |document| document.is_ome)?;
            if let Some(uuid) = head.uuid {
                // Copies of one file cannot be told apart.
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
    pub(super) fn tell_unnamed(&self, draft: &mut Draft, read: &HashSet<FileId>) {
        let unnamed: Vec<_> = self.ids().filter(|file| !read.contains(file)).collect();
        draft.plate.ignored = unnamed.len();
        if let Some(first) = unnamed.first() {
            let why = match unnamed.len() {
                1 => "passed over: the OME-XML of the plate does not name it".to_owned(),
                more => format!(
                    "passed over: the OME-XML of the plate does not name it; so with {} in all",
                    plural(more, "file")
                ),
            };
            draft.issue(one_line(&self.path(*first)), why);
        }
    }
}

/// A path from the document, without `.` and `..` and with `/` between folders; of an absolute one the name alone,
/// which was where the document was made.
pub(super) fn resolved(path: &str) -> String {
    let path = path.replace('\\', "/");
    if path.starts_with('/') || path.contains(':') {
        return path.rsplit('/').next().unwrap_or(&path).to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A path by which it is compared: in lower case, and with one ending for TIFF files.
fn comparable(path: &str) -> String {
    let mut lower = path.to_lowercase();
    if lower.ends_with(".tiff") {
        lower.truncate(lower.len() - 1);
    }
    lower
}

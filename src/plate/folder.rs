//! Folders as listed from disk: names and kinds, nothing more.
//!
//! Each folder is read once and kept for the length of one opening, so that recognising a plate
//! and reading it cost one listing together. The kind of an entry comes with the listing; only
//! links are asked for what they point to. Deliberately absent: sizes and dates of files, which
//! would cost one question per file.

use std::collections::{HashMap, HashSet};
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use alphanumeric_sort::compare_str;

use super::found::{Found, Nearest};
use crate::cancel::{Cancel, Cancelled};
use crate::disk;

/// How many folders the images of a measurement may lie below what records them.
pub(super) const DEPTH: usize = 4;
/// How many folders of one measurement are looked through.
const MOST_FOLDERS: usize = 2_000;
/// What is said where there are more.
pub(super) const MORE_FOLDERS: &str =
    "more folders than any measurement has: only the first of them were looked through";

/// A folder's entries: files by name, folders in natural order. The images of a plate share the names.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    pub(super) files: Vec<Arc<str>>,
    pub(super) folders: Vec<Subfolder>,
    /// What could not be read: the entry's name (empty for the folder itself) and the reason.
    pub(super) trouble: Vec<(String, String)>,
}

#[derive(Debug)]
pub(super) struct Subfolder {
    pub(super) name: String,
    pub(super) is_link: bool,
}

impl Folder {
    /// The folder's own name; empty at the root of the file system.
    pub(super) fn name(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// Adds what is no folder. What is no file either would not be read to an end, if at all.
    fn add_file(&mut self, name: String, kind: FileType) {
        match disk::kind_text(kind) {
            None => self.files.push(name.into()),
            Some(what) => {
                self.trouble.push((name, format!("this is {what} and no file, so it was passed over")));
            }
        }
    }

    pub(super) fn has_folder(&self, matches: impl Fn(&str) -> bool) -> bool {
        self.folders.iter().any(|folder| matches(&folder.name))
    }

    pub(super) fn has_file(&self, matches: impl Fn(&str) -> bool) -> bool {
        self.files.iter().any(|name| matches(name))
    }
}

/// The listings of one opening.
pub(super) struct Disk<'a> {
    cancel: &'a Cancel,
    /// Whether links are asked for what they point to, which may be on a file system that does not answer.
    follows_links: bool,
    listed: HashMap<PathBuf, Rc<Folder>>,
    link_targets: HashSet<PathBuf>,
    /// What the formats said of each folder that they were asked about.
    pub(super) recognised: HashMap<PathBuf, Vec<Found>>,
    /// Folders whose files a format knew for its own, though they are no plate, and why not.
    near: Vec<(PathBuf, Nearest)>,
    /// Folders below which there is no plate, as a format knows.
    closed: HashSet<PathBuf>,
    /// Entries and files listed so far.
    entries: usize,
    files: usize,
}

impl<'a> Disk<'a> {
    pub(super) fn new(cancel: &'a Cancel) -> Self {
        Self {
            cancel,
            follows_links: true,
            listed: HashMap::new(),
            link_targets: HashSet::new(),
            recognised: HashMap::new(),
            near: Vec::new(),
            closed: HashSet::new(),
            entries: 0,
            files: 0,
        }
    }

    /// Listings in which links are files of their name.
    pub(super) fn of_names(cancel: &'a Cancel) -> Self {
        Self { follows_links: false, ..Self::new(cancel) }
    }

    /// Takes note of why the files of a folder are no plate, from a format that knows them; the first that is said
    /// stays.
    pub(super) fn note_near(&mut self, folder: &Path, nearest: Nearest) {
        if self.near.iter().all(|(known, _)| known != folder) {
            self.near.push((folder.to_owned(), nearest));
        }
    }

    /// Why the files at or below a folder are no plate, where a format knows them.
    pub(super) fn near(&self, folder: &Path) -> Option<Nearest> {
        self.near.iter().find(|(known, _)| known.starts_with(folder)).map(|(_, nearest)| *nearest)
    }

    /// Takes note that there is no plate below a folder, which may hold very many files.
    pub(super) fn close(&mut self, folder: &Path) {
        self.closed.insert(folder.to_owned());
    }

    pub(super) fn is_closed(&self, folder: &Path) -> bool {
        self.closed.contains(folder)
    }

    pub(super) fn cancel(&self) -> &'a Cancel {
        self.cancel
    }

    pub(super) fn entries(&self) -> usize {
        self.entries
    }

    pub(super) fn files_listed(&self) -> usize {
        self.files
    }

    /// All folders listed so far, the topmost first.
    pub(super) fn all_listed(&self) -> Vec<Rc<Folder>> {
        let mut all: Vec<_> = self.listed.values().cloned().collect();
        all.sort_by(|a, b| {
            (a.path.components().count(), &a.path).cmp(&(b.path.components().count(), &b.path))
        });
        all
    }

    /// The listing of a folder. One that cannot be read is empty and says so in `trouble`.
    pub(super) fn folder(&mut self, path: &Path) -> Result<Rc<Folder>, Cancelled> {
        if let Some(folder) = self.listed.get(path) {
            return Ok(Rc::clone(folder));
        }
        self.cancel.check()?;
        let mut folder = Folder { path: path.to_owned(), ..Folder::default() };
        match fs::read_dir(path) {
            Ok(entries) => self.list(entries, &mut folder)?,
            Err(error) => folder.trouble.push((String::new(), unreadable_folder(&error))),
        }
        folder.files.sort_unstable();
        folder.folders.sort_unstable_by(|a, b| compare_str(&a.name, &b.name));
        self.files += folder.files.len();
        let folder = Rc::new(folder);
        self.listed.insert(path.to_owned(), Rc::clone(&folder));
        Ok(folder)
    }

    fn list(&mut self, entries: fs::ReadDir, folder: &mut Folder) -> Result<(), Cancelled> {
        for entry in entries {
            self.entries += 1;
            if self.entries.is_multiple_of(1024) {
                self.cancel.check()?;
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
                    folder.trouble.push((shown, "its name is not Unicode, so it was passed over".into()));
                    continue;
                }
            };
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folder.folders.push(Subfolder { name, is_link: false }),
                Ok(kind) if kind.is_symlink() && self.follows_links => match fs::metadata(entry.path()) {
                    Ok(target) if target.is_dir() => folder.folders.push(Subfolder { name, is_link: true }),
                    Ok(target) => folder.add_file(name, target.file_type()),
                    Err(error) => {
                        folder.trouble.push((name, format!("a link whose target cannot be read ({error})")));
                    }
                },
                Ok(kind) if kind.is_symlink() => folder.files.push(name.into()),
                Ok(kind) => folder.add_file(name, kind),
                Err(error) => folder.trouble.push((name, format!("cannot be read ({error})"))),
            }
        }
        Ok(())
    }

    /// A folder and those below it that belong to it, and whether these are all of them. A folder is listed where
    /// it `may_belong` by its path and name, and where it then does not belong, nothing below it does.
    pub(super) fn folders_below(
        &mut self,
        top: Rc<Folder>,
        may_belong: impl Fn(&Path, &str) -> bool,
        belongs: impl Fn(&Folder) -> bool,
    ) -> Result<(Vec<Rc<Folder>>, bool), Cancelled> {
        let mut all = vec![(top, 0)];
        let mut next = 0;
        let mut is_whole = true;
        while let Some((folder, depth)) = all.get(next).map(|(folder, depth)| (Rc::clone(folder), *depth)) {
            next += 1;
            for sub in &folder.folders {
                let path = folder.path.join(&sub.name);
                if depth == DEPTH || sub.is_link || !may_belong(&path, &sub.name) {
                    continue;
                }
                if all.len() == MOST_FOLDERS {
                    is_whole = false;
                    break;
                }
                let listed = self.folder(&path)?;
                if belongs(&listed) {
                    all.push((listed, depth + 1));
                }
            }
        }
        Ok((all.into_iter().map(|(folder, _)| folder).collect(), is_whole))
    }

    /// Begins a new search, in which links are entered again.
    pub(super) fn forget_links(&mut self) {
        self.link_targets.clear();
    }

    /// Whether a linked folder may be entered: each target once in a search, so that loops end.
    pub(super) fn enters_link(&mut self, path: &Path) -> bool {
        match fs::canonicalize(path) {
            Ok(target) => !path.starts_with(&target) && self.link_targets.insert(target),
            Err(_) => false,
        }
    }
}

fn unreadable_folder(error: &io::Error) -> String {
    format!("the folder cannot be read ({error}), so what it holds is not known")
}

/// Windows writes canonical paths as `\\?\C:\…`, which other programs and people do not expect.
pub(super) fn plain(path: PathBuf) -> PathBuf {
    match path.to_str().and_then(|text| text.strip_prefix(r"\\?\")) {
        Some(rest) if !rest.starts_with("UNC") => PathBuf::from(rest),
        _ => path,
    }
}

/// `path` as shown in lists: relative to `root`, with `/` between folders, `.` for the root itself.
pub(super) fn relative(root: &Path, path: &Path) -> String {
    let parts: Vec<_> = path
        .strip_prefix(root)
        .unwrap_or(path)
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    if parts.is_empty() { ".".into() } else { parts.join("/") }
}

/// A folder's relative path and a name in it as one path.
pub(super) fn joined(folder: &str, name: &str) -> String {
    match (folder, name) {
        ("." | "", name) => name.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, name) => format!("{folder}/{name}"),
    }
}

/// The endings of images other than TIFF. Some plates are kept as such; beside TIFFs they mostly are pictures
/// of these.
const PICTURES: [&str; 3] = ["png", "jpg", "jpeg"];

/// Whether a file is an image by its name.
pub(super) fn is_image(name: &str) -> bool {
    image_stem(name).is_some()
}

/// Whether a file is an image other than a TIFF by its name.
pub(super) fn is_picture(name: &str) -> bool {
    PICTURES.iter().any(|extension| stem_of(name, extension).is_some())
}

/// The name of an image without its ending, such as `.tif` in any case.
pub(super) fn image_stem(name: &str) -> Option<&str> {
    ["tif", "tiff"].into_iter().chain(PICTURES).find_map(|extension| stem_of(name, extension))
}

/// The name without the extension, if it has that extension in any case.
pub(super) fn stem_of<'a>(name: &'a str, extension: &str) -> Option<&'a str> {
    let (stem, found) = name.rsplit_once('.')?;
    (found.eq_ignore_ascii_case(extension) && !name.starts_with('.')).then_some(stem)
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

    #[test]
    fn relative_paths_use_slashes() {
        let table = [("/p", "/p/a/b.tif", "a/b.tif"), ("/p", "/p", "."), ("/p", "/q/x", "//q/x")];
        for (root, path, expected) in table {
            assert_eq!(relative(Path::new(root), Path::new(path)), expected);
        }
        assert_eq!(joined(".", "x"), "x");
        assert_eq!(joined("a", ""), "a");
        assert_eq!(joined("a", "x"), "a/x");
    }
}

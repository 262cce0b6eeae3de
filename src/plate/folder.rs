//! The listings of one opening, and what names in them are.
//!
//! Each folder is read once and kept for the length of one opening, so that recognising a plate
//! and reading it cost one listing together. Folders beside each other are listed at once, since on a network each question
//! takes its time. Deliberately absent: what an entry is (`entries.rs`).

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use super::entries;
pub(super) use super::entries::Folder;
use super::found::{Found, Nearest};
use super::known_folders::{self, Change, KnownFolders, Listings};
use crate::cancel::{Cancel, Cancelled};
use crate::file_threads::FileThreads;

/// How many folders the images of a measurement may lie below what records them.
pub(super) const DEPTH: usize = 4;
/// How many folders of one measurement are looked through, where any name may be one's.
pub(super) const MOST_FOLDERS: usize = 2_000;
/// What is said where there are more.
pub(super) const MORE_FOLDERS: &str =
    "more folders than any measurement has: only the first of them were looked through";

/// This many entries of a folder tell what it is.
const GLANCE: usize = 1_000;

/// This many folders are listed at once: most of the time they are waited for.
const LISTERS: usize = 16;

/// What is told of an opening while it goes, and what is known of earlier ones.
#[derive(Clone, Copy)]
pub struct Opening<'a> {
    /// Stops it.
    pub cancel: &'a Cancel,
    /// Is told how many files and folders were found so far, from any thread and often.
    pub found: &'a (dyn Fn(usize) + Sync),
    /// Listings of earlier openings.
    pub known: Option<&'a KnownFolders>,
}

impl<'a> Opening<'a> {
    /// One of which nothing is told or known.
    pub fn new(cancel: &'a Cancel) -> Self {
        Self { cancel, found: &|_| (), known: None }
    }
}

impl fmt::Debug for Opening<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opening").field("known", &self.known).finish_non_exhaustive()
    }
}

/// A listing, and when the folder was changed last, where that is to be kept.
type Listing = (Folder, Option<Change>);

/// What listing a folder needs, on any thread.
struct Lister<'a> {
    opening: Opening<'a>,
    follows_links: bool,
    known: &'a Listings,
    entries: &'a AtomicUsize,
}

impl Lister<'_> {
    /// Of a folder, or of this many of its entries.
    fn list(&self, path: &Path, most: usize) -> Result<Listing, Cancelled> {
        let found = |entries: usize| {
            let before = self.entries.fetch_add(entries, Ordering::Relaxed);
            (self.opening.found)(before + entries);
        };
        // Before it is listed: what changes while it is listed has another time.
        let change = self.opening.known.and_then(|_| known_folders::change(path));
        if let Some((then, folder)) = self.known.get(path).filter(|(then, _)| Some(*then) == change) {
            self.opening.cancel.check()?;
            found(folder.files.len() + folder.folders.len());
            return Ok((folder.clone(), Some(*then)));
        }
        let folder = entries::list(path, most, self.follows_links, &found, self.opening.cancel)?;
        Ok((folder, change))
    }
}

/// The listings of one opening.
pub(super) struct Disk<'a> {
    opening: Opening<'a>,
    began: SystemTime,
    /// Whether links are asked for what they point to, which may be on a file system that does not answer.
    follows_links: bool,
    listed: HashMap<PathBuf, Rc<Folder>>,
    /// The one that was listed last and has files.
    last: Option<Rc<Folder>>,
    /// When those that may be kept were changed last.
    changes: HashMap<PathBuf, Change>,
    /// What was listed at an earlier opening.
    known: Listings,
    listers: FileThreads,
    link_targets: HashSet<PathBuf>,
    /// What the formats said of each folder that they were asked about.
    pub(super) recognised: HashMap<PathBuf, Vec<Found>>,
    /// Folders whose files a format knew for its own, though they are no plate, and why not.
    near: Vec<(PathBuf, Nearest)>,
    /// Folders below which there is no plate, as a format knows.
    closed: HashSet<PathBuf>,
    /// Entries and files listed so far.
    entries: AtomicUsize,
    files: usize,
}

impl<'a> Disk<'a> {
    /// The listings of what is opened by a path.
    pub(super) fn new(opening: Opening<'a>, opened: &Path) -> Self {
        let known = opening.known.map(|known| known.read(opened)).unwrap_or_default();
        Self {
            opening,
            began: SystemTime::now(),
            follows_links: true,
            listed: HashMap::new(),
            last: None,
            changes: HashMap::new(),
            known,
            listers: FileThreads::of_count("folder lister", LISTERS),
            link_targets: HashSet::new(),
            recognised: HashMap::new(),
            near: Vec::new(),
            closed: HashSet::new(),
            entries: AtomicUsize::new(0),
            files: 0,
        }
    }

    /// Listings in which links are files of their name.
    pub(super) fn of_names(cancel: &'a Cancel) -> Self {
        Self { follows_links: false, ..Self::new(Opening::new(cancel), Path::new("")) }
    }

    /// Keeps the listings for the next time that this is opened by a path.
    pub(super) fn keep(&self, opened: &Path) {
        if let Some(known) = self.opening.known {
            let listings =
                self.changes.iter().filter_map(|(path, change)| Some((*change, &**self.listed.get(path)?)));
            known.write(opened, self.began, listings);
        }
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
        self.opening.cancel
    }

    pub(super) fn entries(&self) -> usize {
        self.entries.load(Ordering::Relaxed)
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
        let listing = self.lister().list(path, usize::MAX)?;
        Ok(self.take(listing))
    }

    /// A look at a folder that may be very large and need not be listed whole: its first entries, in the order of the disk.
    pub(super) fn glance(&mut self, path: &Path) -> Result<Rc<Folder>, Cancelled> {
        if let Some(folder) = self.listed.get(path) {
            return Ok(Rc::clone(folder));
        }
        let listing = self.lister().list(path, GLANCE)?;
        Ok(if listing.0.is_cut { Rc::new(listing.0) } else { self.take(listing) })
    }

    /// Lists folders at once that will be asked for.
    pub(super) fn list_ahead(&mut self, paths: impl Iterator<Item = PathBuf>) -> Result<(), Cancelled> {
        let paths: Vec<PathBuf> = paths.filter(|path| !self.listed.contains_key(path)).collect();
        if paths.len() < 2 {
            return Ok(());
        }
        let lister = self.lister();
        let listings =
            self.listers.try_map(paths.len(), || (), |(), at| lister.list(&paths[at], usize::MAX))?;
        for listing in listings {
            self.take(listing);
        }
        Ok(())
    }

    fn lister(&self) -> Lister<'_> {
        Lister {
            opening: self.opening,
            follows_links: self.follows_links,
            known: &self.known,
            entries: &self.entries,
        }
    }

    fn take(&mut self, (mut folder, change): Listing) -> Rc<Folder> {
        self.files += folder.files.len();
        // Folders of planes and timepoints mostly have the same names, which are in memory once.
        if let Some(last) = self.last.as_ref().filter(|last| last.files == folder.files) {
            folder.files.clone_from(&last.files);
        }
        let path = folder.path.clone();
        if let Some(change) = change {
            self.changes.insert(path.clone(), change);
        }
        let folder = Rc::new(folder);
        if !folder.files.is_empty() {
            self.last = Some(Rc::clone(&folder));
        }
        self.listed.insert(path, Rc::clone(&folder));
        folder
    }

    /// A folder and at most so many below it that belong to it, and whether these are all of them. A folder is listed where
    /// it `may_belong` by its path and name, and where it then does not belong, nothing below it does.
    pub(super) fn folders_below(
        &mut self,
        top: Rc<Folder>,
        most: usize,
        may_belong: impl Fn(&Path, &str) -> bool,
        belongs: impl Fn(&Folder) -> bool,
    ) -> Result<(Vec<Rc<Folder>>, bool), Cancelled> {
        let mut all = vec![(top, 0)];
        let mut next = 0;
        let mut is_whole = true;
        while let Some((folder, depth)) = all.get(next).map(|(folder, depth)| (Rc::clone(folder), *depth)) {
            next += 1;
            if depth == DEPTH {
                continue;
            }
            let below = folder.folders.iter().filter(|sub| !sub.is_link);
            let below = below.map(|sub| (folder.path.join(&sub.name), &sub.name));
            let below: Vec<PathBuf> =
                below.filter(|(path, name)| may_belong(path, name)).map(|(path, _)| path).collect();
            self.list_ahead(below.iter().take(most.saturating_sub(all.len())).cloned())?;
            for path in below {
                if all.len() == most {
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
    fn relative_paths_use_slashes() {
        let table = [("/p", "/p/a/b.tif", "a/b.tif"), ("/p", "/p", "."), ("p", "q/x", "q/x")];
        for (root, path, expected) in table {
            assert_eq!(relative(Path::new(root), Path::new(path)), expected);
        }
        assert_eq!(joined(".", "x"), "x");
        assert_eq!(joined("a", ""), "a");
        assert_eq!(joined("a", "x"), "a/x");
    }

    /// The time that a system keeps cannot be set, so what was kept is changed in place of the folder.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_listing_holds_as_long_as_its_folder_is_the_same() {
        use crate::plate::{NONE_OPEN, destination};
        let place = tempfile::tempdir().expect("a folder");
        let (plate, cache) = (place.path().join("p"), place.path().join("c"));
        fs::create_dir(&plate).expect("writable");
        for at in 0..2100 {
            fs::write(plate.join(format!("P_A01_s{at}_w1.TIF")), "").expect("writable");
        }
        let known = KnownFolders::new(destination(&cache, NONE_OPEN).expect("no plate"));
        let cancel = Cancel::new();
        let opening = Opening { known: Some(&known), ..Opening::new(&cancel) };
        let mut disk = Disk::new(opening, &plate);
        disk.began = SystemTime::now() + std::time::Duration::from_secs(100);
        assert_eq!(disk.folder(&plate).expect("not cancelled").files.len(), 2100);
        disk.keep(&plate);
        let file = fs::read_dir(&cache).expect("kept").next().expect("a file").expect("readable").path();
        let text = fs::read_to_string(&file).expect("text").replace("P_A01_s7_w1.TIF/", "");
        fs::write(&file, text).expect("writable");
        let files = || {
            let mut disk = Disk::new(opening, &plate);
            disk.folder(&plate).expect("not cancelled").files.len()
        };
        assert_eq!(files(), 2099, "what was kept is taken");
        fs::write(plate.join("P_A02_s1_w1.TIF"), "").expect("writable");
        assert_eq!(files(), 2101, "the folder is another");
    }
}

//! The image files of a measurement, and which of them a record's path is.
//!
//! Measurements are moved, copied, renamed and converted, and their record is not: so a path is first what it says,
//! seen from the record, and where nothing is there, the file of that name whose folders fit best. Case, back
//! slashes, `%20` and the kind of image (`.tif`, `.png`) make no difference. No file is taken for two images: one that
//! another path names exactly is that one's, and where it cannot be told which of several is meant, none is taken. Nor is
//! any from a folder that holds copies of files which are where the record says: results of other programs keep the
//! names of what they were made from. Deliberately absent: what a file says of itself, which some formats ask beyond this.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use percent_encoding::percent_decode_str;

use crate::image::FileName;
use crate::plate::draft::Draft;
use crate::plate::folder::{Folder, image_stem, is_image, is_picture, joined, relative};

/// Where more files have one name, it is not asked which of them fits best: a record of a measurement names each of
/// its images otherwise, and copies of it are few.
const MOST_OF_A_NAME: usize = 64;

/// A file of the measurement.
pub(super) type FileId = usize;

/// Why a path of a record is no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoFile {
    /// There is none of its name.
    NotThere,
    /// It is not where it should be, and another may be meant as well.
    Ambiguous,
    /// The record does not say in which file it is.
    NotNamed,
}

/// The image files of a measurement.
pub(super) struct Files {
    /// The plate folder, to which paths are relative.
    root: PathBuf,
    /// In the order in which they were added.
    folders: Vec<FilesOfFolder>,
    all: Vec<(usize, FileName)>,
    /// By their names from the end, where the names of images differ, in order.
    by_name: Vec<(Box<str>, FileId)>,
    /// The folders by their paths in lower case.
    by_path: HashMap<String, Vec<usize>>,
}

struct FilesOfFolder {
    path: String,
    listed: Rc<Folder>,
    /// Whether its images belong to the measurement whatever a record names.
    is_first: bool,
}

impl Files {
    /// None yet, of a plate folder.
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            folders: Vec::new(),
            all: Vec::new(),
            by_name: Vec::new(),
            by_path: HashMap::new(),
        }
    }

    /// Adds the files of a folder. `is_first`: whether its images belong to the measurement whatever a record names.
    pub(super) fn add(&mut self, folder: &Rc<Folder>, is_first: bool) {
        for name in folder.files.iter().filter(|name| is_image(name) && !name.starts_with('.')) {
            self.all.push((self.folders.len(), name.clone()));
        }
        let path = relative(&self.root, &folder.path);
        self.by_path.entry(path.to_lowercase()).or_default().push(self.folders.len());
        self.folders.push(FilesOfFolder { path, listed: Rc::clone(folder), is_first });
    }

    /// Lists what of the folders could not be read.
    pub(super) fn tell_trouble(&self, draft: &mut Draft) {
        for folder in &self.folders {
            draft.add_trouble(&folder.listed);
        }
    }

    /// Makes the files ready to be looked for, after the last folder.
    pub(super) fn sort(&mut self) {
        let named = |(file, (_, name)): (FileId, &(usize, FileName))| (backwards(name), file);
        self.by_name = self.all.iter().enumerate().map(named).collect();
        self.by_name.sort_unstable();
    }

    /// Path of a file relative to the plate folder.
    pub(super) fn path(&self, file: FileId) -> String {
        joined(self.folder(file), self.name(file))
    }

    /// Absolute path of a file.
    pub(super) fn absolute(&self, file: FileId) -> PathBuf {
        self.folders[self.all[file].0].listed.path.join(&**self.name(file))
    }

    /// Path of a file's folder relative to the plate folder, `.` for that itself.
    pub(super) fn folder(&self, file: FileId) -> &str {
        &self.folders[self.all[file].0].path
    }

    /// Its name.
    pub(super) fn name(&self, file: FileId) -> &FileName {
        &self.all[file].1
    }

    /// Whether a file lies in a folder or below it.
    pub(super) fn is_below(&self, file: FileId, folder: &str) -> bool {
        let path = self.folder(file);
        folder == "."
            || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// All of them.
    pub(super) fn ids(&self) -> impl Iterator<Item = FileId> + use<> {
        0..self.all.len()
    }

    /// The files of the folders that belong to the measurement: those that were added so, and those of files that
    /// are `used`.
    pub(super) fn beside(&self, used: &HashSet<FileId>) -> impl Iterator<Item = FileId> {
        let mut belongs: Vec<bool> = self.folders.iter().map(|folder| folder.is_first).collect();
        for file in used {
            belongs[self.all[*file].0] = true;
        }
        self.ids().filter(move |file| belongs[self.all[*file].0])
    }

    /// The file of each path of a record, or why there is none. Paths are seen from the record's folder.
    pub(super) fn find_all<'a, P: Iterator<Item = &'a str>>(
        &self,
        paths: impl Fn() -> P,
        record_folder: &str,
    ) -> Vec<Result<FileId, NoFile>> {
        let exactly = paths().map(|path| {
            let why = if path.is_empty() { NoFile::NotNamed } else { NoFile::NotThere };
            self.find(path, record_folder).ok_or(why)
        });
        let mut found: Vec<_> = exactly.collect();
        if found.iter().all(Result::is_ok) {
            return found;
        }
        let taken: HashSet<FileId> = found.iter().flatten().copied().collect();
        let copies = self.folders_of_copies(&taken);
        // By file: the path that fits best, how well, and whether another fits as well.
        let mut wanted: HashMap<FileId, (&str, usize, bool)> = HashMap::new();
        let mut nearest = Vec::new();
        for (record, path) in paths().enumerate() {
            if found[record] != Err(NoFile::NotThere) {
                continue;
            }
            let is_free = |file: &FileId| !taken.contains(file) && !copies.contains(&self.all[*file].0);
            match self.find_nearest(path, is_free) {
                Ok((file, fit)) => {
                    nearest.push((record, path, file));
                    let best = wanted.entry(file).or_insert((path, fit, false));
                    if fit > best.1 {
                        *best = (path, fit, false);
                    } else if fit == best.1 && path != best.0 {
                        best.2 = true;
                    }
                }
                Err(why) => found[record] = Err(why),
            }
        }
        for (record, path, file) in nearest {
            let is_its = wanted.get(&file).is_some_and(|(best, _, is_tie)| *best == path && !is_tie);
            found[record] = if is_its { Ok(file) } else { Err(NoFile::Ambiguous) };
        }
        found
    }

    /// The files whose names, without what says the kind of image, end so.
    pub(super) fn ending_with(&self, end: &str) -> impl Iterator<Item = FileId> {
        let end: String = end.chars().rev().flat_map(char::to_lowercase).collect();
        let start = self.by_name.partition_point(|(name, _)| **name < *end);
        self.by_name[start..]
            .iter()
            .take_while(move |(name, _)| name.starts_with(&end))
            .map(|(_, file)| *file)
    }

    /// The files whose names are that of a path, in order.
    fn of_name(&self, path: &str) -> &[(Box<str>, FileId)] {
        let name = backwards(name_of(path));
        let start = self.by_name.partition_point(|(other, _)| **other < *name);
        let count = self.by_name[start..].partition_point(|(other, _)| *other == name);
        &self.by_name[start..start + count]
    }

    /// The file at the very place that a path says, seen from the record's folder. Of several kinds of one image the one that the path says, else a TIFF.
    pub(super) fn find(&self, path: &str, record_folder: &str) -> Option<FileId> {
        readings(path).into_iter().find_map(|path| {
            let whole = resolved(&joined(record_folder, &path));
            let folder = whole.rsplit_once('/').map_or(".", |(folder, _)| folder).to_lowercase();
            let name = name_of(&whole);
            let of_name = self.of_name(&path);
            // Files are in the order of their folders.
            let in_folder = |folder: &usize| {
                let at = of_name.partition_point(|(_, file)| self.all[*file].0 < *folder);
                let count = of_name[at..].partition_point(|(_, file)| self.all[*file].0 == *folder);
                of_name[at..at + count].iter().map(|(_, file)| *file)
            };
            let files = self.by_path.get(&folder)?.iter().flat_map(in_folder);
            files.min_by_key(|file| {
                let found: &str = self.name(*file);
                (found != name, !found.eq_ignore_ascii_case(name), is_picture(found), *file)
            })
        })
    }

    /// The file of the name that a path says which has most of its folders too, and how many names at the end of
    /// their paths are the same.
    fn find_nearest(&self, path: &str, is_free: impl Fn(&FileId) -> bool) -> Result<(FileId, usize), NoFile> {
        for path in readings(path) {
            let of_name = self.of_name(&path);
            if of_name.len() > MOST_OF_A_NAME {
                return Err(NoFile::Ambiguous);
            }
            let free = of_name.iter().map(|(_, file)| *file).filter(&is_free);
            let mut fitting: Vec<_> = free.map(|file| (common_end(&self.path(file), &path), file)).collect();
            fitting.sort_unstable_by_key(|(fit, file)| (Reverse(*fit), *file));
            match fitting.as_slice() {
                [] => {}
                [(fit, file)] => return Ok((*file, *fit)),
                [(fit, file), (next, _), ..] if fit > next => return Ok((*file, *fit)),
                _ => return Err(NoFile::Ambiguous),
            }
        }
        Err(NoFile::NotThere)
    }

    /// The folders with files of the same names as others that are `taken`, none of their own being so.
    fn folders_of_copies(&self, taken: &HashSet<FileId>) -> HashSet<usize> {
        let mut copies = HashSet::new();
        for of_name in self.by_name.chunk_by(|a, b| a.0 == b.0).filter(|files| files.len() > 1) {
            if of_name.iter().any(|(_, file)| taken.contains(file)) {
                copies.extend(of_name.iter().map(|(_, file)| self.all[*file].0));
            }
        }
        for file in taken {
            copies.remove(&self.all[*file].0);
        }
        copies
    }
}

/// The letters by which names of files are compared, the last first, so that files of one end lie together.
fn backwards(name: &str) -> Box<str> {
    let stem = image_stem(name).unwrap_or(name);
    if stem.is_ascii() {
        // As most are, and there may be a million.
        return stem.bytes().rev().map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    }
    stem.chars().rev().flat_map(char::to_lowercase).collect()
}

/// What a path or URL may say: itself, and with its `%20` resolved.
pub(super) fn readings(path: &str) -> Vec<String> {
    if path.is_empty() {
        return Vec::new();
    }
    let path = path.replace('\\', "/");
    let decoded = percent_decode_str(&path).decode_utf8_lossy().into_owned();
    if decoded == path { vec![path] } else { vec![path, decoded] }
}

/// The file's own name at the end of a path.
pub(super) fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A path without `.` and `..`.
pub(super) fn resolved(path: &str) -> String {
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

/// The name of a file by which it is compared: in lower case, and without what says the kind of image.
pub(super) fn comparable(name: &str) -> String {
    image_stem(name).unwrap_or(name).to_lowercase()
}

/// The path that a record says, as it is to be shown: relative to the record where it is, else its name alone.
pub(super) fn path_in(path: &str) -> String {
    let path = path.replace('\\', "/");
    if path.starts_with('/') || path.contains(':') {
        return name_of(&path).to_owned();
    }
    path
}

/// How many names at the end two paths have in common.
fn common_end(a: &str, b: &str) -> usize {
    let parts = |path: &str| path.rsplit('/').map(comparable).collect::<Vec<_>>();
    parts(a).into_iter().zip(parts(b)).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files of a plate folder, by their paths in the order of folders.
    fn files(paths: &[&str]) -> Files {
        let mut folders: Vec<Folder> = Vec::new();
        for path in paths {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            let path = if folder.is_empty() { PathBuf::from("/p") } else { PathBuf::from("/p").join(folder) };
            if folders.last().is_none_or(|last| last.path != path) {
                folders.push(Folder { path, ..Folder::default() });
            }
            let folder = folders.last_mut().expect("a folder");
            folder.files = folder.files.iter().cloned().chain([(*name).into()]).collect();
        }
        let mut files = Files::new(Path::new("/p"));
        folders.into_iter().for_each(|folder| files.add(&Rc::new(folder), true));
        files.sort();
        files
    }

    #[test]
    fn a_path_of_a_record_is_the_file_that_fits() {
        /// Files, the paths of a record, and for each of these the file.
        type Case<'a> = (&'a [&'a str], &'a [&'a str], &'a [Result<&'a str, NoFile>]);
        const NO: Result<&str, NoFile> = Err(NoFile::NotThere);
        const EITHER: Result<&str, NoFile> = Err(NoFile::Ambiguous);
        let table: &[Case<'_>] = &[
            (
                &["a.tif", "b.tif"],
                &["a.tif", "b.tif", "c.tif", ""],
                &[Ok("a.tif"), Ok("b.tif"), NO, Err(NoFile::NotNamed)],
            ),
            // Case, kind, slashes and what URLs write otherwise.
            (&["A b.TIFF"], &["a%20b.tif"], &[Ok("A b.TIFF")]),
            (&["x/a.png"], &["X\\A.tif"], &[Ok("x/a.png")]),
            (&["a.jpg", "a.png", "a.tif"], &["a.png"], &[Ok("a.png")]),
            (&["a.jpg", "a.png", "a.tiff"], &["a.tif"], &[Ok("a.tiff")]),
            (&["a.tif"], &["./x/../a.tif"], &[Ok("a.tif")]),
            // Moved: with the folders that fit best.
            (&["x/a.tif", "y/b.tif"], &["a.tif", "b.tif"], &[Ok("x/a.tif"), Ok("y/b.tif")]),
            (&["n/x/a.tif", "n/y/a.tif"], &["x/a.tif", "y/a.tif"], &[Ok("n/x/a.tif"), Ok("n/y/a.tif")]),
            (&["x/a.tif", "y/a.tif"], &["a.tif"], &[EITHER]),
            (&["n/a.tif"], &["x/a.tif", "y/a.tif"], &[EITHER, EITHER]),
            // What another path names is its own, and copies stand for nothing.
            (&["x/a.tif"], &["x/a.tif", "y/a.tif"], &[Ok("x/a.tif"), NO]),
            (&["a.tif", "x/a.tif", "x/b.tif"], &["a.tif", "b.tif"], &[Ok("a.tif"), NO]),
            (&["a.tif", "x/b.tif"], &["a.tif", "b.tif"], &[Ok("a.tif"), Ok("x/b.tif")]),
        ];
        for (on_disk, paths, expected) in table {
            let files = files(on_disk);
            let found = files.find_all(|| paths.iter().copied(), ".");
            let found: Vec<_> = found.into_iter().map(|file| file.map(|file| files.path(file))).collect();
            let expected: Vec<_> = expected.iter().map(|file| file.map(str::to_owned)).collect();
            assert_eq!(found, expected, "{paths:?} of {on_disk:?}");
        }
    }

    #[test]
    fn files_of_one_end_are_found_together() {
        let files = files(&["P_A01_x.tif", "Q_A01_X.png", "P_A02_x.tif", "notes.txt", "x/p_a01_x.tif", "x"]);
        let table: [(&str, &[&str]); 5] = [
            ("_a01_X", &["P_A01_x.tif", "Q_A01_X.png", "x/p_a01_x.tif"]),
            ("p_a01_x", &["P_A01_x.tif", "x/p_a01_x.tif"]),
            ("_x", &["P_A01_x.tif", "P_A02_x.tif", "Q_A01_X.png", "x/p_a01_x.tif"]),
            ("PP_A01_x", &[]),
            // What is no image is none of these.
            ("notes.txt", &[]),
        ];
        for (end, expected) in table {
            let mut found: Vec<_> = files.ending_with(end).map(|file| files.path(file)).collect();
            found.sort();
            assert_eq!(found, expected, "{end}");
        }
    }
}

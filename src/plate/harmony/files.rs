//! The files of a measurement, and which of them a URL of the index is.
//!
//! Measurements are moved, copied and renamed, and their index is not: so a URL is first the path that it says,
//! seen from the index, and where nothing is there, the file of that name whose folders fit best. Case, back
//! slashes and `%20` make no difference. No file is taken for two images: one that another URL names exactly is that one's,
//! and where it cannot be told which of several is meant, none is taken.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::super::draft::Draft;
use super::super::folder::{Disk, Folder, is_image, joined, relative};
use super::super::found::Found;
use super::index::Index;
use super::layout;
use super::name::HarmonyName;
use super::url::{comparable, name_of, readings, resolved};
use crate::cancel::Cancelled;

/// Where more files have one name, it is not asked which of them fits best: an index of a measurement names each of
/// its images otherwise, and copies of it are few.
const MOST_OF_A_NAME: usize = 64;

/// A file of the measurement.
pub(super) type FileId = usize;

/// Why a record has no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoFile {
    /// There is none of its name.
    NotThere,
    /// It is not where it should be, and another may be meant as well.
    Ambiguous,
}

/// The files of a measurement.
pub(super) struct Files {
    /// Relative to the plate folder, those with the index first.
    folders: Vec<FilesOfFolder>,
    all: Vec<(usize, Arc<str>)>,
    /// By what their names have in common with those of an index, in order.
    by_name: Vec<(String, FileId)>,
    /// The folders by their paths in lower case.
    by_path: HashMap<String, Vec<usize>>,
}

struct FilesOfFolder {
    path: String,
    /// Whether it is the folder by which the measurement was recognised, or below it.
    is_first: bool,
}

impl Files {
    /// Lists the folders of a measurement. The folders beside that of the index are looked through where it
    /// has no images.
    pub(super) fn list(disk: &mut Disk<'_>, draft: &mut Draft, found: &Found) -> Result<Self, Cancelled> {
        let mut files =
            Self { folders: Vec::new(), all: Vec::new(), by_name: Vec::new(), by_path: HashMap::new() };
        let top = disk.folder(&found.folder)?;
        let (below, mut is_whole) = layout::folders_below(disk, &top)?;
        for folder in &below {
            files.add(draft, found, folder, true);
        }
        if found.root != found.folder && files.tiffs() == 0 {
            let (beside, is_all) = layout::folders_beside(disk, &top, &found.root)?;
            for folder in &beside {
                files.add(draft, found, folder, false);
            }
            is_whole &= is_all;
        }
        if !is_whole {
            draft.issue(
                ".",
                "more folders than any measurement has: only the first of them were looked through",
            );
        }
        files.by_name.sort_unstable();
        Ok(files)
    }

    fn add(&mut self, draft: &mut Draft, found: &Found, folder: &Folder, is_first: bool) {
        draft.add_trouble(folder);
        for name in folder.files.iter().filter(|name| !name.starts_with('.')) {
            self.by_name.push((comparable(name), self.all.len()));
            self.all.push((self.folders.len(), Arc::clone(name)));
        }
        let path = relative(&found.root, &folder.path);
        self.by_path.entry(path.to_lowercase()).or_default().push(self.folders.len());
        self.folders.push(FilesOfFolder { path, is_first });
    }

    /// Path of a file relative to the plate folder.
    pub(super) fn path(&self, file: FileId) -> String {
        joined(self.folder(file), self.name(file))
    }

    /// Path of a file's folder relative to the plate folder, `.` for that itself.
    pub(super) fn folder(&self, file: FileId) -> &str {
        &self.folders[self.all[file].0].path
    }

    /// Its name.
    pub(super) fn name(&self, file: FileId) -> &Arc<str> {
        &self.all[file].1
    }

    /// Whether a file lies in a folder or below it.
    pub(super) fn is_below(&self, file: FileId, folder: &str) -> bool {
        let path = self.folder(file);
        folder == "."
            || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Number of image files.
    pub(super) fn tiffs(&self) -> usize {
        self.all.iter().filter(|(_, name)| is_image(name)).count()
    }

    /// The files with names of images in the folder of the measurement and in those of the files that are `used`.
    pub(super) fn images(&self, used: &HashSet<FileId>) -> Vec<(FileId, HarmonyName)> {
        let mut has_images: Vec<bool> = self.folders.iter().map(|folder| folder.is_first).collect();
        for file in used {
            has_images[self.all[*file].0] = true;
        }
        let of_images = self.all.iter().enumerate().filter(|(_, (folder, _))| has_images[*folder]);
        of_images.filter_map(|(file, (_, name))| Some((file, HarmonyName::parse(name)?))).collect()
    }

    /// The file of each record of an index, or why there is none.
    pub(super) fn find_all(&self, index: &Index, index_folder: &str) -> Vec<Result<FileId, NoFile>> {
        let urls = || index.records.iter().map(|record| index.url_of(record));
        let exactly = urls().map(|url| self.find_exactly(url, index_folder).ok_or(NoFile::NotThere));
        let mut found: Vec<_> = exactly.collect();
        let taken: HashSet<FileId> = found.iter().flatten().copied().collect();
        // By file: the URL that fits best, how well, and whether another fits as well.
        let mut wanted: HashMap<FileId, (&str, usize, bool)> = HashMap::new();
        let mut nearest = Vec::new();
        for (record, url) in urls().enumerate() {
            if found[record].is_ok() {
                continue;
            }
            match self.find_nearest(url, &taken) {
                Ok((file, fit)) => {
                    nearest.push((record, file));
                    let best = wanted.entry(file).or_insert((url, fit, false));
                    if fit > best.1 {
                        *best = (url, fit, false);
                    } else if fit == best.1 && url != best.0 {
                        best.2 = true;
                    }
                }
                Err(why) => found[record] = Err(why),
            }
        }
        for (record, file) in nearest {
            let url = index.url_of(&index.records[record]);
            let is_its = wanted.get(&file).is_some_and(|(best, _, is_tie)| *best == url && !is_tie);
            found[record] = if is_its { Ok(file) } else { Err(NoFile::Ambiguous) };
        }
        found
    }

    /// The files whose names are that of a path, in order.
    fn of_name(&self, path: &str) -> &[(String, FileId)] {
        let name = comparable(name_of(path));
        let start = self.by_name.partition_point(|(other, _)| *other < name);
        let count = self.by_name[start..].partition_point(|(other, _)| *other == name);
        &self.by_name[start..start + count]
    }

    /// The file at the very place that a URL says.
    fn find_exactly(&self, url: &str, index_folder: &str) -> Option<FileId> {
        readings(url).into_iter().find_map(|path| {
            let wanted = comparable(&resolved(&joined(index_folder, &path)));
            let folder = wanted.rsplit_once('/').map_or(".", |(folder, _)| folder);
            let of_name = self.of_name(&path);
            // Files are in the order of their folders.
            let in_folder = |folder: &usize| {
                let at = of_name.partition_point(|(_, file)| self.all[*file].0 < *folder);
                let count = of_name[at..].partition_point(|(_, file)| self.all[*file].0 == *folder);
                of_name[at..at + count].iter().map(|(_, file)| *file)
            };
            let mut files = self.by_path.get(folder)?.iter().flat_map(in_folder);
            files.find(|file| comparable(&self.path(*file)) == wanted)
        })
    }

    /// The file of the name that a URL says which has most of its folders too, and how many names at the end of
    /// their paths are the same.
    fn find_nearest(&self, url: &str, taken: &HashSet<FileId>) -> Result<(FileId, usize), NoFile> {
        for path in readings(url) {
            let of_name = self.of_name(&path);
            if of_name.len() > MOST_OF_A_NAME {
                return Err(NoFile::Ambiguous);
            }
            let free = of_name.iter().map(|(_, file)| *file).filter(|file| !taken.contains(file));
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
}

/// The path that a URL says, as it is to be shown: relative to the index where it is, else its name alone.
pub(super) fn path_in(url: &str) -> String {
    let path = url.replace('\\', "/");
    if path.starts_with('/') || path.contains(':') {
        return name_of(&path).to_owned();
    }
    path
}

/// How many names at the end two paths have in common.
fn common_end(a: &str, b: &str) -> usize {
    let (a, b) = (comparable(a), comparable(b));
    a.rsplit('/').zip(b.rsplit('/')).take_while(|(a, b)| a == b).count()
}

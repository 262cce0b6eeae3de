//! The image files below a folder by their paths, for a pattern to be found and read in.
//!
//! Listed once, and then shared by whoever tries patterns on them. Thumbnails and hidden files are no images of a
//! plate, whatever a pattern says. Deliberately absent: what lies beyond the limits of depth and number, which is told.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::cancel::{Cancel, Cancelled};
use crate::disk;
use crate::image::FileName;
use crate::limits;
use crate::plate::ScanIssue;
use crate::plate::folder::{Disk, Folder, Opening, is_image, joined, relative};
use crate::plate::reader::OpenError;
use crate::quantity::count_text;

/// The image files below a folder.
#[derive(Debug)]
pub struct ImageNames {
    /// The folder, absolute and without links.
    pub(super) root: PathBuf,
    /// Folders with images, relative to it; `.` for itself.
    folders: Vec<String>,
    /// Number of its folder and name of each file, folder by folder.
    files: Vec<(u32, FileName)>,
    /// Number of files that are no images, or hidden, or thumbnails.
    pub(super) ignored: usize,
    /// What could not be looked at.
    pub(super) issues: Vec<ScanIssue>,
}

impl ImageNames {
    /// Lists the images below a folder, or around a file. Blocking.
    ///
    /// # Errors
    /// Where the folder cannot be read, or on cancel.
    pub fn list(path: &Path, cancel: &Cancel) -> Result<Self, OpenError> {
        let io_error = |source| OpenError::Io { path: path.to_owned(), source };
        let given = disk::canonical(path).map_err(io_error)?;
        let root = match given.parent() {
            Some(parent) if !given.is_dir() => parent.to_owned(),
            _ => given,
        };
        if root.to_str().is_none() {
            return Err(OpenError::NotUnicode(root));
        }
        fs::read_dir(&root).map_err(io_error)?;
        let mut names = Self {
            root: root.clone(),
            folders: Vec::new(),
            files: Vec::new(),
            ignored: 0,
            issues: Vec::new(),
        };
        let mut disk = Disk::new(Opening::new(cancel), &root);
        names.walk(&mut disk, root)?;
        Ok(names)
    }

    /// Names alone, of what is listed elsewhere.
    pub(in crate::plate::formats) fn of_names(paths: &[&str]) -> Self {
        let mut names = Self {
            root: PathBuf::from("/"),
            folders: Vec::new(),
            files: Vec::new(),
            ignored: 0,
            issues: Vec::new(),
        };
        for path in paths {
            let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
            if names.folders.last().is_none_or(|last| last != folder) {
                names.folders.push(folder.to_owned());
            }
            names.files.push((names.folders.len() as u32 - 1, name.into()));
        }
        names
    }

    fn walk(&mut self, disk: &mut Disk<'_>, root: PathBuf) -> Result<(), Cancelled> {
        let (mut visited, mut is_cut) = (0, false);
        let mut queue = VecDeque::from([(root, 0)]);
        while let Some((path, depth)) = queue.pop_front() {
            if visited == limits::PATTERN_FOLDERS {
                is_cut = true;
                break;
            }
            visited += 1;
            let folder = disk.folder(&path)?;
            self.add(&folder);
            let first_below = queue.len();
            for sub in folder.folders.iter().filter(|sub| !sub.name.starts_with(['.', '$', '@'])) {
                let path = folder.path.join(&sub.name);
                if sub.is_link && !disk.enters_link(&path) {
                    continue;
                }
                if depth == limits::PATTERN_DEPTH {
                    is_cut = true;
                } else {
                    queue.push_back((path, depth + 1));
                }
            }
            let below: Vec<_> = queue.iter().skip(first_below).map(|(path, _)| path.clone()).collect();
            disk.list_ahead(below.into_iter().take(limits::PATTERN_FOLDERS - visited))?;
        }
        if is_cut {
            let why = format!(
                "more than {} folders, or folders more than {} deep: those beyond were not looked into",
                count_text(limits::PATTERN_FOLDERS),
                limits::PATTERN_DEPTH
            );
            self.issues.push(ScanIssue { path: ".".into(), why });
        }
        Ok(())
    }

    /// The images of folders that are listed already: those of which `is_image` holds by the path below `root` of their
    /// folder, `.` for itself, and their name.
    pub(in crate::plate::formats) fn of_folders(
        root: &Path,
        folders: &[Rc<Folder>],
        is_image: impl Fn(&str, &str) -> bool,
    ) -> Self {
        let mut names = Self {
            root: root.to_owned(),
            folders: Vec::new(),
            files: Vec::new(),
            ignored: 0,
            issues: Vec::new(),
        };
        for folder in folders {
            let path = relative(root, &folder.path);
            names.add_files(folder, |name| is_image(&path, name));
        }
        names
    }

    fn add(&mut self, folder: &Folder) {
        let path = relative(&self.root, &folder.path);
        for (name, why) in &folder.trouble {
            self.issues.push(ScanIssue { path: joined(&path, name), why: why.clone() });
        }
        self.add_files(folder, is_plate_image);
    }

    fn add_files(&mut self, folder: &Folder, is_image: impl Fn(&str) -> bool) {
        let number = u32::try_from(self.folders.len()).unwrap_or(u32::MAX);
        let before = self.files.len();
        let images = folder.files.iter().filter(|name| is_image(name));
        self.files.extend(images.map(|name| (number, name.clone())));
        let found = self.files.len() - before;
        self.ignored += folder.files.len() - found;
        if found > 0 {
            self.folders.push(relative(&self.root, &folder.path));
        }
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The path of an image below the folder, with `/` between folders.
    pub fn path(&self, image: usize) -> String {
        let (folder, name) = self.place(image);
        joined(folder, name)
    }

    /// The folder of an image, relative to the folder, and its name.
    pub(super) fn place(&self, image: usize) -> (&str, &FileName) {
        let (folder, name) = &self.files[image];
        (&self.folders[*folder as usize], name)
    }

    /// The folder and name of each image, in order.
    pub(in crate::plate::formats) fn iter(&self) -> impl Iterator<Item = (&str, &FileName)> {
        (0..self.len()).map(|image| self.place(image))
    }

    /// The folder in which these are.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

/// Whether a file is an image that a plate may have.
fn is_plate_image(name: &str) -> bool {
    is_image(name) && !name.starts_with('.') && !name.to_ascii_lowercase().contains("_thumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_listed_folder_by_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let files =
            ["b/A2.png", "A1.tif", "a/deep/A3.JPG", ".A4.tif", "A5_thumb.tif", "n.txt", ".git/A6.png"];
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, "").expect("written");
        }
        let cancel = Cancel::new();
        let names = ImageNames::list(folder.path(), &cancel).expect("listed");
        let paths: Vec<_> = (0..names.len()).map(|image| names.path(image)).collect();
        assert_eq!(
            (paths.as_slice(), names.ignored),
            (&["A1.tif", "b/A2.png", "a/deep/A3.JPG"].map(str::to_owned)[..], 3)
        );
        let of_file = ImageNames::list(&folder.path().join("b/A2.png"), &cancel).expect("listed");
        assert_eq!((of_file.len(), of_file.path(0).as_str()), (1, "A2.png"));
        assert!(matches!(ImageNames::list(&folder.path().join("none"), &cancel), Err(OpenError::Io { .. })));
        cancel.cancel();
        assert!(matches!(ImageNames::list(folder.path(), &cancel), Err(OpenError::Cancelled(_))));
    }
}

//! Measurements that were recognised and not yet read, which of them are meant, and what is nearly one.

use std::path::PathBuf;

use super::parts::Format;
use crate::image::ImageSource;

/// How many of a measurement's files are shown where the user is to choose.
pub(super) const MOST_FILES_SHOWN: usize = 3;
/// The most images that lie about unnoticed: a folder with so few may still hold plates in its folders.
pub(super) const MOST_STRAYS: usize = 3;
/// What has fewer images than this part of the largest measurement beside it is no plate that anybody looks for.
const SMALL_PART: usize = 10;

/// What of a measurement is known from the listings of its folders.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) format: Format,
    /// The folder with the images or the folders of images.
    pub(super) folder: PathBuf,
    /// The plate folder, to which paths are relative.
    pub(super) root: PathBuf,
    /// Only images of this prefix (lower case), where images of several share the folder.
    pub(super) prefix: Option<String>,
    /// What tells it from others in its folder, as a part of its name.
    pub(super) detail: Option<String>,
    /// A file of this measurement and of no other; opening puts the path in its place that opens
    /// exactly this measurement.
    pub(super) opened_by: PathBuf,
    pub(super) name: String,
    pub(super) date: Option<String>,
    /// Image files seen.
    pub(super) images: usize,
    /// The first of them, up to [`MOST_FILES_SHOWN`].
    pub(super) files: Vec<PathBuf>,
    /// What it is chosen by, where its files do not tell that.
    pub(super) preview: Option<Preview>,
    /// Whether there are images, and more than a well-like file name speaks for it.
    pub(super) is_sure: bool,
    /// Whether a file stands for the measurement: an index, a plan.
    pub(super) is_declared: bool,
    /// Whether that file names the images one by one, so that names need not tell what they are.
    pub(super) is_record: bool,
    /// Whether it is a few images that lie among those of a plate; opened only where one of them is named.
    pub(super) is_stray: bool,
}

/// What a measurement is chosen by that has no files of single images.
#[derive(Clone, Debug)]
pub(super) struct Preview {
    /// What there is of it, in words.
    pub(super) about: String,
    pub(super) first_image: Option<ImageSource>,
}

impl Found {
    pub(super) fn is_same(&self, other: &Self) -> bool {
        (self.format, &self.folder, &self.prefix) == (other.format, &other.folder, &other.prefix)
    }
}

/// The format that files look most like, and the words for a sentence that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Nearest {
    pub(super) format: &'static str,
    pub(super) but: &'static str,
}

/// Tells a few images that lie among those of a plate from plates: by how many files each explains. What a file
/// stands for is a plate, however few its images are.
pub(super) fn mark_strays(found: &mut [Found]) {
    for at in 0..found.len() {
        let one = &found[at];
        let around = found.iter().filter(|other| other.folder.starts_with(&one.folder));
        let largest = around.map(|other| other.images).max().unwrap_or(0);
        let is_small = (one.images == 1 && largest > 2) || one.images * SMALL_PART <= largest;
        found[at].is_stray = is_small && one.images > 0 && !one.is_declared;
    }
}

/// Takes off what only names speak for where a record names the files of the same folder or those around it.
pub(super) fn without_names_of_recorded(found: &mut Vec<Found>) {
    let recorded: Vec<_> =
        found.iter().filter(|one| one.is_record && one.is_sure).map(|one| one.folder.clone()).collect();
    found.retain(|one| one.is_record || !recorded.iter().any(|folder| one.folder.starts_with(folder)));
}

/// Takes strays off, unless there is nothing else, and gives them.
pub(super) fn without_strays(found: Vec<Found>) -> (Vec<Found>, Vec<Found>) {
    if found.iter().all(|found| found.is_stray) {
        return (found, Vec::new());
    }
    found.into_iter().partition(|found| !found.is_stray)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_images_among_many_are_strays() {
        /// Folder, number of images, whether a file stands for it, whether it is a stray.
        type Case<'a> = &'a [(&'a str, usize, bool, bool)];
        let table: [Case<'_>; 9] = [
            &[("p", 35, false, false), ("p", 1, false, true)],
            &[("p", 35, true, false), ("p", 1, false, true), ("p", 3, false, true), ("p", 4, false, false)],
            &[("p", 35, false, false), ("p", 1, true, false)],
            &[("p", 0, true, false), ("p", 1, false, false)],
            // Of comparable size.
            &[("p", 2, false, false), ("p", 1, false, false)],
            &[("p", 1, false, false), ("p", 1, false, false), ("p", 1, false, false)],
            // Beside each other, and around each other.
            &[("p/a", 36, false, false), ("p/b", 1, false, false)],
            &[("p", 1, false, true), ("p/b", 36, false, false)],
            &[("p", 36, false, false), ("p/b", 1, false, false)],
        ];
        for case in table {
            let mut found: Vec<_> = case
                .iter()
                .map(|(folder, images, is_declared, _)| Found {
                    format: Format::ImageXpress,
                    folder: folder.into(),
                    root: folder.into(),
                    prefix: None,
                    detail: None,
                    opened_by: folder.into(),
                    name: String::new(),
                    date: None,
                    images: *images,
                    files: Vec::new(),
                    preview: None,
                    is_sure: true,
                    is_declared: *is_declared,
                    is_record: false,
                    is_stray: false,
                })
                .collect();
            mark_strays(&mut found);
            let strays: Vec<_> = found.iter().map(|found| found.is_stray).collect();
            assert_eq!(strays, case.iter().map(|(.., is_stray)| *is_stray).collect::<Vec<_>>(), "{case:?}");
        }
    }
}

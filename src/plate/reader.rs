//! How one format is recognised and read, and why a path cannot be opened.

use std::io;
use std::path::{Path, PathBuf};

use super::folder::{Disk, Folder};
use super::found::{Found, Nearest};
use super::geometry::Recorded;
use super::{Format, Plate, ReadingFault};
use crate::cancel::Cancelled;

/// Why a path cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The path, or a file that is needed, cannot be read.
    #[error("“{}” cannot be read: {source}", path.display())]
    Io {
        /// What could not be read.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no plate of a known format.
    #[error(transparent)]
    NotAPlate(Box<NotAPlate>),
    /// The plate's index is there, but not one image.
    #[error(
        "“{}” describes a plate ({}), but none of its images is there: open the folder that holds them",
        index.display(), format.name()
    )]
    NoImages {
        /// The index file.
        index: PathBuf,
        /// The format of the index.
        format: Format,
    },
    /// There are images, but with numbers that no plate has.
    #[error("“{}” is not an image of a plate, and no other file here is one: {why}", path.display())]
    NoPossibleImage {
        /// The first of them.
        path: PathBuf,
        /// Which number that is.
        why: String,
    },
    /// The names of the images make up no plate by the pattern that the user gave.
    #[error("“{}”: {fault}", path.display())]
    NoPlateByPattern {
        /// The folder.
        path: PathBuf,
        /// Why not.
        fault: Box<ReadingFault>,
    },
    /// The path cannot be written in a plan or record.
    #[error("the path “{}” is not Unicode text, so it cannot be recorded: rename the folder", .0.display())]
    NotUnicode(PathBuf),
    /// Opening was cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl OpenError {
    /// Whether there are images that may be read by their names.
    pub fn may_be_named(&self) -> bool {
        match self {
            Self::NotAPlate(why) => why.nearest.is_some(),
            Self::NoPossibleImage { .. } | Self::NoPlateByPattern { .. } => true,
            Self::Io { .. } | Self::NoImages { .. } | Self::NotUnicode(_) | Self::Cancelled(_) => false,
        }
    }
}

/// What was looked for and what was found in a folder that is no plate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct NotAPlate {
    /// The path that was given.
    pub path: PathBuf,
    /// Up to three names of the files found.
    pub found: Vec<String>,
    /// Number of files found.
    pub files: usize,
    /// The format that the files look most like; `None` where there is no image at all.
    pub nearest: Option<&'static str>,
    /// Why that format does not fit, in words that follow its name.
    pub but: &'static str,
    /// The number of folders searched, where the search ended at its limit.
    pub stopped_after_folders: Option<usize>,
}

impl NotAPlate {
    /// What was found of `files` in a path, and what that is nearest to.
    pub(super) fn new(
        path: &Path,
        found: Vec<String>,
        files: usize,
        nearest: Option<Nearest>,
        stopped_after_folders: Option<usize>,
    ) -> Self {
        Self {
            path: path.to_owned(),
            found,
            files,
            nearest: nearest.map(|nearest| nearest.format),
            but: nearest.map_or("", |nearest| nearest.but),
            stopped_after_folders,
        }
    }

    fn sentence(&self) -> String {
        let found = match self.found.as_slice() {
            [] => "no file at all".to_owned(),
            names => {
                let quoted: Vec<_> = names.iter().map(|name| format!("“{name}”")).collect();
                let more = self.files.saturating_sub(names.len());
                let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
                quoted.join(", ") + &rest
            }
        };
        let limit = self.stopped_after_folders.map_or(String::new(), |folders| {
            format!(" in the first {folders} folders (open a folder nearer to the plate)")
        });
        let nearest = match &self.nearest {
            Some(nearest) => format!("the nearest format is {nearest}, {}", self.but),
            None => "no format is close, because there is no image".to_owned(),
        };
        format!(
            "“{}” is not a plate of {}; found {found}{limit}; {nearest}",
            self.path.display(),
            list_of_formats()
        )
    }
}

/// `ImageXpress, Harmony or Squid`: the formats that are recognised.
fn list_of_formats() -> String {
    let names = Format::ALL.map(Format::name);
    match names.split_last() {
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// Finds the measurements of one format in a folder.
type Recognise = fn(&mut Disk<'_>, &Folder) -> Result<Vec<Found>, Cancelled>;

/// How one format is recognised and read. A format is one file with one of these.
pub(super) struct Reader {
    /// Whether a folder of this name is always a part of a measurement, so that the folder above
    /// is to be tried first.
    pub(super) is_part: fn(&str) -> bool,
    /// The measurements whose plate folder or image folder is this one.
    pub(super) recognise: Recognise,
    /// The same by what is in the files, asked only where no format explains their names; `None` where names are
    /// enough.
    pub(super) recognise_inside: Option<Recognise>,
    /// For the name of a file of this format, what tells its plate from others in the same folder
    /// as in [`Found::prefix`]; empty where nothing does.
    pub(super) prefix_of: fn(&str) -> Option<String>,
    /// Whether a path below the plate folder is of the measurement that was found, of several in one folder; `None` where
    /// the names of files tell.
    pub(super) holds: Option<fn(&Found, &Path) -> bool>,
    /// Where an image was recorded, by its description; `None` where images of the format do not say.
    pub(super) recorded_in: Option<fn(&[u8]) -> Recorded>,
    /// Reads a measurement that was recognised.
    pub(super) read: fn(&mut Disk<'_>, &Found) -> Result<Plate, OpenError>,
}

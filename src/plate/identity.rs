//! What tells a plate from others, also from one of the same name.
//!
//! A plate is its folder. One that was moved is known by which images it has and by size and time of some of
//! their files; that is a guess, though a good one, and is said to be one.

use std::hash::Hasher as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::{Format, ImageKey, PlateImage};

/// This many files are asked for their size and time: spread over the plate, few enough for a slow share.
const FILES_ASKED: usize = 16;

/// A plate, as records of its runs have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlateIdentity {
    /// Absolute path of the plate folder, without links.
    pub root: PathBuf,
    /// Name of the plate, which tells measurements in one folder apart.
    pub name: String,
    /// The file format of the plate.
    pub format: Format,
    /// The pattern by which the names of its images were read; `None` where no user gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// What it looks like; `None` where that was not written down, as in records of earlier versions.
    #[serde(default)]
    pub fingerprint: Option<Fingerprint>,
}

/// What a plate looks like from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Hash of all keys, and of sizes and times (whole seconds) of some files.
    contents: String,
    /// Hash of the parts of a second of these times; `None` where there are none, because a file system or
    /// a program that copies did not keep them.
    parts_of_seconds: Option<String>,
}

/// Why something is taken to be of a plate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// It is of this plate.
    Same,
    /// It is of a plate in another folder that looks the same.
    Moved,
    /// It is of a plate of this name in another folder, and it was not written down what that looked like.
    Named,
}

impl PlateIdentity {
    /// That of a plate in a folder of which nothing else is known.
    pub fn of_folder(root: impl Into<PathBuf>, name: impl Into<String>) -> Self {
        Self {
            root: root.into(),
            name: name.into(),
            format: Format::ImageXpress,
            pattern: None,
            fingerprint: None,
        }
    }

    /// Whether this is another plate; `None` where it is.
    pub fn likeness(&self, other: &Self) -> Option<Likeness> {
        // By another pattern the same files are other images.
        if self.format != other.format || self.name != other.name || self.pattern != other.pattern {
            return None;
        }
        if self.root == other.root {
            return Some(Likeness::Same);
        }
        match (&self.fingerprint, &other.fingerprint) {
            (Some(one), Some(other)) => one.fits(other).then_some(Likeness::Moved),
            _ => Some(Likeness::Named),
        }
    }
}

impl Likeness {
    /// What to know of a run of a plate in `root` that is offered for the open one; `None` where it is that.
    pub fn note(self, root: &Path) -> Option<String> {
        let root = root.display();
        match self {
            Self::Same => None,
            Self::Moved => Some(format!("Probably of the same plate, moved: it was in {root}.")),
            Self::Named => Some(format!(
                "Only the name says that this is a run of this plate. It was of {root}, and its record is of an \
                 earlier version, which does not describe the plate."
            )),
        }
    }
}

impl Fingerprint {
    /// What a plate in a folder looks like now: its images and projections, and when it was recorded.
    pub(super) fn of(images: [&[PlateImage]; 2], acquired: Option<&str>) -> Self {
        let mut contents = Xxh3::new();
        for image in images.into_iter().flatten() {
            let ImageKey { well, site, channel, z, timepoint } = image.key();
            contents.write_u16(well.row);
            contents.write_u16(well.column);
            for value in [site, channel, z, timepoint] {
                contents.write_u32(value.unwrap_or(0));
            }
        }
        contents.update(acquired.unwrap_or_default().as_bytes());
        let (mut parts, mut has_parts) = (Xxh3::new(), false);
        for image in images.into_iter().flat_map(spread) {
            // A file that cannot be asked is one of no size and time.
            let (bytes, modified) = image.source.stamp().unwrap_or((0, UNIX_EPOCH));
            let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
            contents.write_u64(bytes);
            contents.write_u64(since.as_secs());
            parts.write_u32(since.subsec_nanos());
            has_parts |= since.subsec_nanos() != 0;
        }
        let text = |hash: &Xxh3| format!("{:032x}", hash.digest128());
        Self { contents: text(&contents), parts_of_seconds: has_parts.then(|| text(&parts)) }
    }

    fn fits(&self, other: &Self) -> bool {
        let parts = self.parts_of_seconds.as_ref().zip(other.parts_of_seconds.as_ref());
        self.contents == other.contents && parts.is_none_or(|(one, other)| one == other)
    }
}

/// Some images, from the first to the last.
fn spread(images: &[PlateImage]) -> impl Iterator<Item = &PlateImage> {
    images.iter().step_by(images.len().div_ceil(FILES_ASKED).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(contents: &str, parts: Option<&str>) -> Option<Fingerprint> {
        Some(Fingerprint { contents: contents.to_owned(), parts_of_seconds: parts.map(str::to_owned) })
    }

    #[test]
    fn a_plate_is_its_folder_else_what_it_looks_like_else_its_name() {
        let plate = |root: &str, name: &str, fingerprint| PlateIdentity {
            root: PathBuf::from(root),
            name: name.to_owned(),
            format: Format::Harmony,
            pattern: None,
            fingerprint,
        };
        let this = plate("/a/P", "P", fingerprint("x", Some("1")));
        for (other, expected) in [
            (plate("/a/P", "P", fingerprint("y", None)), Some(Likeness::Same)),
            (plate("/a/P", "P", None), Some(Likeness::Same)),
            (plate("/a/P", "P 2", fingerprint("x", Some("1"))), None),
            (plate("/b/P", "P", fingerprint("x", Some("1"))), Some(Likeness::Moved)),
            (plate("/b/P", "P", fingerprint("x", None)), Some(Likeness::Moved)),
            (plate("/b/P", "P", fingerprint("x", Some("2"))), None),
            (plate("/b/P", "P", fingerprint("y", Some("1"))), None),
            (plate("/b/P", "P", None), Some(Likeness::Named)),
            (plate("/b/Q", "Q", None), None),
            (PlateIdentity { format: Format::ImageXpress, ..this.clone() }, None),
            (PlateIdentity { pattern: Some("(?P<well>..)".to_owned()), ..this.clone() }, None),
        ] {
            assert_eq!(this.likeness(&other), expected, "{other:?}");
            assert_eq!(other.likeness(&this), expected, "{other:?}");
        }
    }

    #[test]
    fn what_a_record_of_an_earlier_version_says_is_read() {
        let text = r#"(root: "/a/P", name: "P", format: Harmony)"#;
        assert_eq!(ron::from_str::<PlateIdentity>(text).unwrap().fingerprint, None);
    }
}

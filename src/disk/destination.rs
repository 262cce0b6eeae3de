//! Where something may be written: a place that was looked at, and lies in no plate.

use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};

/// The place lies in a plate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} lies in the plate folder {}, which is never written to: choose another folder",
    path.display(), plate.display()
)]
pub struct InPlate {
    /// The place that was to be written to, as it was given.
    pub path: PathBuf,
    /// The plate folder.
    pub plate: PathBuf,
}

/// A file or folder that may be written to, absolute. Every writer asks for one, and there is no other way
/// to one than the check: see [`crate::plate::destination`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination(PathBuf);

impl Destination {
    /// The place at a path, which need not be there yet, where it lies in none of these plates and
    /// `plate_around` finds no other in which it does. That is given the path as the system sees it: without
    /// links and `..`.
    ///
    /// # Errors
    /// [`InPlate`] with the plate in which it lies.
    pub(crate) fn checked(
        path: &Path,
        plates: impl IntoIterator<Item: AsRef<Path>>,
        plate_around: impl FnOnce(&Path) -> Option<PathBuf>,
    ) -> Result<Self, InPlate> {
        let seen = real(path);
        let mut plates = plates.into_iter();
        let plate = plates
            .find(|plate| seen.starts_with(real(plate.as_ref())))
            .map(|plate| plate.as_ref().to_owned())
            .or_else(|| plate_around(&seen));
        match plate {
            Some(plate) => Err(InPlate { path: path.to_owned(), plate }),
            // The path stays as the user wrote it, but for what could lead elsewhere once folders are made.
            None if path.components().any(|part| part == Component::ParentDir) => Ok(Self(seen)),
            None => Ok(Self(absolute(path))),
        }
    }

    /// The absolute path to write to.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A place in this folder. Only the names in `below` count, so that it never leads out.
    #[must_use]
    pub fn join(&self, below: impl AsRef<Path>) -> Self {
        let names = below.as_ref().components().filter_map(|part| match part {
            Component::Normal(name) => Some(name),
            _ => None,
        });
        let mut path = self.0.clone();
        path.extend(names);
        Self(path)
    }

    /// Makes the folder, and those around it.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn make_folder(&self) -> io::Result<()> {
        std::fs::create_dir_all(&self.0)
    }

    /// Makes the folder around it, and those around that.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn make_folder_around(&self) -> io::Result<()> {
        self.0.parent().map_or(Ok(()), std::fs::create_dir_all)
    }

    /// Makes the folder, which must not be there yet: whoever makes it has the name.
    ///
    /// # Errors
    /// `AlreadyExists`, or what else the system says.
    pub(crate) fn take_folder(&self) -> io::Result<()> {
        std::fs::create_dir(&self.0)
    }

    /// Puts a file aside under another name.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn rename_to(&self, other: &Self) -> io::Result<()> {
        std::fs::rename(&self.0, &other.0)
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// A path as the system sees it: a link is what it leads to, and what is not there yet lies where it would
/// be made.
pub(crate) fn real(path: &Path) -> PathBuf {
    let path = absolute(path);
    let there = path.ancestors().find_map(|part| Some((part, part.canonicalize().ok()?)));
    let Some((part, mut real)) = there else { return path };
    for name in path.strip_prefix(part).unwrap_or(Path::new("")).components() {
        match name {
            Component::ParentDir => drop(real.pop()),
            name => real.push(name),
        }
    }
    real
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_a_plate_is_told_also_before_it_is_there() {
        let root = tempfile::tempdir().unwrap();
        let plate = root.path().join("plate");
        std::fs::create_dir(&plate).unwrap();
        let at = |path: &str, plate: &Path| {
            Destination::checked(&root.path().join(path), [Path::new("/not there"), plate], |_| None)
        };
        for (path, expected) in [
            ("plate", None),
            ("plate/report", None),
            ("plate/new/report", None),
            ("new/../plate/report", None),
            ("plate/../report", Some("report")),
            ("plate/../new/../report", Some("report")),
            ("plate report", Some("plate report")),
            ("new", Some("new")),
        ] {
            let expected = expected
                .map(|path| Destination(root.path().join(path)))
                .ok_or_else(|| InPlate { path: root.path().join(path), plate: plate.clone() });
            assert_eq!(at(path, &plate), expected, "{path}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&plate, root.path().join("link")).unwrap();
            at("link/new", &plate).unwrap_err();
            at("plate/new", &root.path().join("link")).unwrap_err();
        }
    }

    #[test]
    fn other_plates_are_looked_for_at_the_place_without_links() {
        let root = tempfile::tempdir().unwrap();
        let place = root.path().canonicalize().unwrap().join("new");
        let found = Destination::checked(&root.path().join("a/../new"), [""; 0], |path| {
            assert_eq!(path, place);
            Some(PathBuf::from("plate"))
        });
        assert_eq!(found.unwrap_err().plate, Path::new("plate"));
    }

    #[test]
    fn nothing_leads_out_of_a_destination() {
        let folder = Destination(PathBuf::from("/results"));
        for (below, expected) in
            [("a/b.csv", "/results/a/b.csv"), ("../a", "/results/a"), ("/etc/a", "/results/etc/a")]
        {
            assert_eq!(folder.join(below).path(), Path::new(expected), "{below}");
        }
    }
}

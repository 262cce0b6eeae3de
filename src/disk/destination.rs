//! Where something may be written: a place that was looked at, and lies in no plate.

use std::fmt;
use std::fs::DirBuilder;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// The place lies in a plate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} is in the plate folder {}, which is never written to: choose another folder",
    path.display(), plate.display()
)]
pub struct InPlate {
    /// The place that was to be written to, as it was given.
    pub path: PathBuf,
    /// The plate folder.
    pub plate: PathBuf,
}

/// A link lies in the way of something that is to be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} is a link, and nothing is written through a link in {}: remove the link, or choose another folder",
    link.display(), chosen.display()
)]
pub struct LinkInTheWay {
    /// The link.
    pub link: PathBuf,
    /// The folder that the user chose, in which it lies.
    pub chosen: PathBuf,
}

/// A folder is not where it was: it was renamed or removed, or its drive is gone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the folder {} is not there any more: it was moved, renamed or removed, or its drive is gone. Nothing is written elsewhere",
    folder.display()
)]
pub struct FolderGone {
    /// Where the folder was.
    pub folder: PathBuf,
}

impl From<FolderGone> for io::Error {
    fn from(gone: FolderGone) -> Self {
        Self::new(io::ErrorKind::NotFound, gone)
    }
}

impl From<LinkInTheWay> for io::Error {
    fn from(refused: LinkInTheWay) -> Self {
        Self::new(io::ErrorKind::InvalidInput, refused)
    }
}

/// A file or folder that may be written to, absolute. Every writer asks for one, and there is no other way
/// to one than the check: see [`crate::plate::destination`].
///
/// The user chose a part of its path, which may be a link or lie below one. What lies below that part may have come
/// from others: nothing is written through a link there, and a link that has the name of a file gives way to the
/// file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    path: PathBuf,
    /// The part that the user chose; all of the path at first.
    chosen: PathBuf,
    is_private: bool,
    witness: Option<Arc<Witness>>,
}

/// A file that shows that a folder is still the one that it was: no other has a file of its name.
#[derive(Debug, PartialEq, Eq)]
struct Witness {
    folder: PathBuf,
    file: PathBuf,
}

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
            None if path.components().any(|part| part == Component::ParentDir) => Ok(Self::at(seen)),
            None => Ok(Self::at(absolute(path))),
        }
    }

    fn at(path: PathBuf) -> Self {
        Self { chosen: path.clone(), path, is_private: false, witness: None }
    }

    /// The same place, of which the user chose no more than this folder around it; the rest of its path is the
    /// program's own.
    #[must_use]
    pub(crate) fn chosen_as(mut self, folder: &Path) -> Self {
        for folder in [absolute(folder), real(folder)] {
            if self.chosen.starts_with(&folder) {
                self.chosen = folder;
                break;
            }
        }
        self
    }

    /// The same place, but what is made there is for this user alone, as far as the system has users.
    #[must_use]
    pub(crate) fn private(self) -> Self {
        Self { is_private: true, ..self }
    }

    /// The same folder, as long as it has a file that no other folder has. Where it is moved or its drive goes away, another
    /// folder of this path, such as that under a mount point, is not written to.
    #[must_use]
    pub(crate) fn while_it_has(self, file: impl AsRef<Path>) -> Self {
        let file = self.join(file).path;
        Self { witness: Some(Arc::new(Witness { folder: self.path.clone(), file })), ..self }
    }

    /// Looks whether the folder is still there that [`Self::while_it_has`] means.
    ///
    /// # Errors
    /// [`FolderGone`]
    pub(crate) fn check_there(&self) -> Result<(), FolderGone> {
        match &self.witness {
            Some(witness) if witness.file.symlink_metadata().is_err() => {
                Err(FolderGone { folder: witness.folder.clone() })
            }
            _ => Ok(()),
        }
    }

    /// The absolute path to write to.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether only this user may read what is made there.
    #[cfg(unix)]
    pub(super) fn is_private(&self) -> bool {
        self.is_private
    }

    /// A place in this folder. Only the names in `below` count, so that it never leads out.
    #[must_use]
    pub fn join(&self, below: impl AsRef<Path>) -> Self {
        let names = below.as_ref().components().filter_map(|part| match part {
            Component::Normal(name) => Some(name),
            _ => None,
        });
        let mut joined = self.clone();
        joined.path.extend(names);
        joined
    }

    /// The folder around it; `None` where the user chose no more than the place itself.
    pub(crate) fn around(&self) -> Option<Self> {
        let folder = self.path.parent().filter(|_| self.path != self.chosen)?;
        Some(Self { path: folder.to_owned(), ..self.clone() })
    }

    /// The file to write, once its folder has been looked at. Where the user named the file itself, that is what a link
    /// there leads to.
    ///
    /// # Errors
    /// [`LinkInTheWay`], [`FolderGone`].
    pub(super) fn file(&self) -> io::Result<PathBuf> {
        self.check_there()?;
        if self.path == self.chosen {
            // A link that leads nowhere is replaced: it was not known what it leads to.
            let led_to = self.path.canonicalize().ok().filter(|_| is_link(&self.path));
            return Ok(led_to.unwrap_or_else(|| self.path.clone()));
        }
        let folders = self.folders_below();
        if let Some(link) = folders.into_iter().find(|folder| is_link(folder)) {
            return Err(self.refusal(link));
        }
        Ok(self.path.clone())
    }

    /// Makes the folder, and those around it.
    ///
    /// # Errors
    /// [`LinkInTheWay`], and what the system says.
    pub(crate) fn make_folder(&self) -> io::Result<()> {
        self.make(&self.path)
    }

    /// Makes the folder around it, and those around that.
    ///
    /// # Errors
    /// [`LinkInTheWay`], and what the system says.
    pub(crate) fn make_folder_around(&self) -> io::Result<()> {
        self.path.parent().map_or(Ok(()), |folder| self.make(folder))
    }

    /// Makes the folder, which must not be there yet: whoever makes it has the name.
    ///
    /// # Errors
    /// `AlreadyExists`, [`LinkInTheWay`], or what else the system says.
    pub(crate) fn take_folder(&self) -> io::Result<()> {
        self.file().and_then(|folder| self.builder().create(folder))
    }

    /// Puts a file aside under another name.
    ///
    /// # Errors
    /// [`LinkInTheWay`], and what the system says.
    pub(crate) fn rename_to(&self, other: &Self) -> io::Result<()> {
        self.file()?;
        other.file()?;
        std::fs::rename(&self.path, &other.path)
    }

    /// Removes a file, or a link and not what it leads to.
    ///
    /// # Errors
    /// [`LinkInTheWay`] around it, and what the system says.
    pub(crate) fn remove_file(&self) -> io::Result<()> {
        self.file()?;
        std::fs::remove_file(&self.path)
    }

    /// Removes a folder that has nothing in it.
    ///
    /// # Errors
    /// [`LinkInTheWay`] around it, and what the system says.
    pub(crate) fn remove_folder(&self) -> io::Result<()> {
        self.file()?;
        std::fs::remove_dir(&self.path)
    }

    /// Removes a file, or a folder with all that is in it, for good. Links in it go, and not what they lead to.
    ///
    /// # Errors
    /// [`LinkInTheWay`] around it, and what the system says.
    pub(crate) fn remove_whole(&self) -> io::Result<()> {
        self.file()?;
        let is_folder = self.path.symlink_metadata()?.is_dir();
        if is_folder { std::fs::remove_dir_all(&self.path) } else { std::fs::remove_file(&self.path) }
    }

    fn make(&self, folder: &Path) -> io::Result<()> {
        self.check_there()?;
        let Ok(below) = folder.strip_prefix(&self.chosen) else {
            return self.builder().recursive(true).create(folder);
        };
        self.builder().recursive(true).create(&self.chosen)?;
        let mut folder = self.chosen.clone();
        for name in below {
            folder.push(name);
            match self.builder().create(&folder) {
                Err(_) if is_link(&folder) => return Err(self.refusal(folder)),
                Err(_) if folder.is_dir() => {}
                made => made?,
            }
        }
        Ok(())
    }

    fn builder(&self) -> DirBuilder {
        #[cfg_attr(not(unix), allow(unused_mut))]
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        if self.is_private {
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        }
        builder
    }

    /// The folders around it that the user did not choose, outer ones first.
    fn folders_below(&self) -> Vec<PathBuf> {
        let around = self.path.ancestors().skip(1).take_while(|folder| *folder != self.chosen);
        let mut folders: Vec<PathBuf> = around.map(Path::to_owned).collect();
        folders.reverse();
        folders
    }

    fn refusal(&self, link: PathBuf) -> io::Error {
        LinkInTheWay { link, chosen: self.chosen.clone() }.into()
    }
}

/// Whether there is a link at a path, wherever it leads.
pub(crate) fn is_link(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|facts| facts.is_symlink())
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.display().fmt(f)
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// A path as the system sees it: a link is what it leads to, and what does not exist yet lies where it would
/// be made.
pub(crate) fn real(path: &Path) -> PathBuf {
    let path = absolute(path);
    let there = path.ancestors().find_map(|part| Some((part, super::canonical(part).ok()?)));
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
    #[cfg(unix)]
    use crate::disk::write;

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
                .map(|path| Destination::at(root.path().join(path)))
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
        let place = crate::disk::canonical(root.path()).unwrap().join("new");
        let found = Destination::checked(&root.path().join("a/../new"), [""; 0], |path| {
            assert_eq!(path, place);
            Some(PathBuf::from("plate"))
        });
        assert_eq!(found.unwrap_err().plate, Path::new("plate"));
    }

    #[test]
    #[cfg(unix)]
    fn nothing_is_written_through_a_link_below_what_the_user_chose() {
        use std::os::unix::fs::symlink;
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        for folder in ["results/plate", "elsewhere"] {
            std::fs::create_dir_all(at(folder)).unwrap();
        }
        std::fs::write(at("elsewhere/own.txt"), "precious").unwrap();
        symlink(at("results"), at("chosen")).unwrap();
        symlink(at("elsewhere"), at("results/plate/images")).unwrap();
        symlink(at("elsewhere/own.txt"), at("results/plate/label.ron")).unwrap();
        symlink(at("elsewhere/own.txt"), at("named.png")).unwrap();
        symlink(at("nowhere"), at("results/plate/dead")).unwrap();
        let elsewhere = || {
            let names = std::fs::read_dir(at("elsewhere")).unwrap().map(|entry| entry.unwrap().file_name());
            (names.collect::<Vec<_>>(), std::fs::read_to_string(at("elsewhere/own.txt")).unwrap())
        };
        let before = elsewhere();

        // The user's choice may be a link, or lie below one.
        let chosen = Destination::at(at("chosen"));
        chosen.join("plate/new/deep").make_folder().unwrap();
        assert!(at("results/plate/new/deep").is_dir());
        let refused = |done: io::Result<()>, what: &str| {
            let why = done.unwrap_err().to_string();
            assert!(why.contains("is a link, and nothing is written through a link in"), "{what}: {why}");
            assert_eq!(elsewhere(), before, "{what}");
        };
        let file = chosen.join("plate/images/1-a/a.tif");
        refused(file.make_folder(), "a folder");
        refused(file.make_folder_around(), "a folder around");
        refused(file.take_folder(), "a folder that is taken");
        refused(chosen.join("plate/images").make_folder(), "the link itself");
        refused(chosen.join("plate/dead").make_folder(), "a link that leads nowhere");
        let own = chosen.join("plate/images/own.txt");
        refused(write(&own, b"taken"), "a file");
        refused(own.remove_file(), "a file that is removed");
        refused(own.remove_folder(), "a folder that is removed");
        refused(own.remove_whole(), "what is removed for good");
        refused(own.rename_to(&chosen.join("plate/own.txt")), "from there");
        refused(chosen.join("plate/label.ron").rename_to(&own), "to there");
        refused(
            write(&Destination::at(at("results/plate/images/new.txt")).chosen_as(&at("results")), b"x"),
            "named as",
        );

        // A link that has the name of the program's own file gives way to the file.
        write(&chosen.join("plate/label.ron"), b"label").unwrap();
        assert!(!is_link(&at("results/plate/label.ron")));
        assert_eq!(elsewhere(), before);
        // What the user named is what the link leads to.
        write(&Destination::at(at("named.png")), b"picture").unwrap();
        assert!(is_link(&at("named.png")));
        assert_eq!(std::fs::read(at("elsewhere/own.txt")).unwrap(), b"picture");
    }

    #[test]
    fn nothing_is_written_to_another_folder_of_the_same_path() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        std::fs::create_dir_all(at("run/stretches")).unwrap();
        std::fs::write(at("run/stretches/1.ron"), "").unwrap();
        let run = Destination::at(at("run")).while_it_has("stretches/1.ron");
        let image = run.join("images/a.tif");
        image.make_folder_around().unwrap();
        write(&image, b"a").unwrap();
        std::fs::rename(at("run"), at("mine")).unwrap();
        let gone = |done: io::Result<()>, what: &str| {
            let why = done.unwrap_err().to_string();
            assert!(why.contains("is not there any more") && why.contains("run"), "{what}: {why}");
        };
        // With nothing there, and with another folder in its place, as under a mount point.
        for other in [None, Some("run/images")] {
            other.into_iter().for_each(|other| std::fs::create_dir_all(at(other)).unwrap());
            gone(write(&image, b"b"), "a file");
            gone(run.join("new").make_folder(), "a folder");
            gone(run.make_folder(), "the folder itself");
            gone(run.join("new/b.tif").make_folder_around(), "a folder around");
            gone(run.join("taken").take_folder(), "a folder that is taken");
            gone(image.remove_file(), "a file that is removed");
            let there = other.map_or(0, |_| std::fs::read_dir(at("run/images")).unwrap().count());
            assert_eq!((at("run").exists(), there), (other.is_some(), 0));
        }
        std::fs::remove_dir_all(at("run")).unwrap();
        std::fs::rename(at("mine"), at("run")).unwrap();
        write(&image, b"b").unwrap();
    }

    #[test]
    #[cfg(unix)]
    fn what_is_private_is_for_this_user_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let root = tempfile::tempdir().unwrap();
        let mode = |path: &str| root.path().join(path).metadata().unwrap().permissions().mode() & 0o777;
        let place = Destination::at(root.path().join("settings")).private();
        place.make_folder().unwrap();
        write(&place.join("a.ron"), b"a").unwrap();
        assert_eq!((mode("settings"), mode("settings/a.ron")), (0o700, 0o600));
    }

    #[test]
    fn nothing_leads_out_of_a_destination() {
        let folder = Destination::at(PathBuf::from("/results"));
        for (below, expected) in
            [("a/b.csv", "/results/a/b.csv"), ("../a", "/results/a"), ("/etc/a", "/results/etc/a")]
        {
            assert_eq!(folder.join(below).path(), Path::new(expected), "{below}");
        }
    }
}

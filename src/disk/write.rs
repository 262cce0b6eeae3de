//! The one writer: beside and renamed, so that a kill leaves no half file, and none at all where it could not
//! be written.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::NamedTempFile;

use super::{Destination, exact};

/// The most of a file's name that the name of its part begins with: names have an end, and this one gets
/// longer.
const MOST_NAME_CHARS: usize = 50;

/// How long is waited for somebody who has a file open, each time.
const HELD_FOR: [Duration; 10] = [Duration::from_millis(50); 10];

/// Whether something was not moved because it is open elsewhere, which hinders only on Windows: programs that
/// look at every new file, such as virus scanners, have it open for a moment.
fn is_held(error: &io::Error) -> bool {
    const ERROR_ACCESS_DENIED: i32 = 5;
    const ERROR_SHARING_VIOLATION: i32 = 32;
    cfg!(windows) && matches!(error.raw_os_error(), Some(ERROR_ACCESS_DENIED | ERROR_SHARING_VIOLATION))
}

/// Moves a folder, and waits a moment for somebody who has something in it open.
fn move_folder(from: &Path, to: &Path) -> io::Result<()> {
    for again in HELD_FOR {
        match std::fs::rename(from, to) {
            Err(error) if is_held(&error) && !to.exists() => std::thread::sleep(again),
            done => return done,
        }
    }
    std::fs::rename(from, to)
}

/// A file that is being written beside its place, under a name of its own that ends in `.part`. It is removed
/// where it is dropped before it is finished.
#[derive(Debug)]
pub(crate) struct PartFile {
    part: NamedTempFile,
    whole: PathBuf,
}

impl PartFile {
    /// Begins a file in a folder that is there.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn begin(destination: &Destination) -> io::Result<Self> {
        let whole = exact(&destination.file()?).into_owned();
        let (Some(folder), Some(name)) = (whole.parent(), whole.file_name()) else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is not the name of a file"));
        };
        let mut prefix: String = name.to_string_lossy().chars().take(MOST_NAME_CHARS).collect();
        prefix.push('.');
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // Results are for others, too, as far as the user's mask lets them.
            let mode = if destination.is_private() { 0o600 } else { 0o666 };
            builder.permissions(std::fs::Permissions::from_mode(mode));
        }
        Ok(Self { part: builder.tempfile_in(folder)?, whole })
    }

    /// What is written to.
    pub(crate) fn file(&self) -> &File {
        self.part.as_file()
    }

    /// The file gets its name, in the place of one that had it. Where the power fails soon after, it may be
    /// gone.
    ///
    /// # Errors
    /// What the system says; then the part is gone.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.part.disable_cleanup(false);
        let mut part = self.part;
        for again in HELD_FOR {
            match part.persist(&self.whole) {
                Err(failed) if is_held(&failed.error) => part = failed.file,
                done => return done.map(drop).map_err(|failed| failed.error),
            }
            std::thread::sleep(again);
        }
        part.persist(&self.whole).map(drop).map_err(|failed| failed.error)
    }

    /// The file gets its name when all of it is on the disk, and the name is there, too.
    ///
    /// # Errors
    /// What the system says; then the part is gone.
    pub(crate) fn finish_on_disk(self) -> io::Result<()> {
        self.part.as_file().sync_all()?;
        let folder = self.whole.parent().map(Path::to_owned);
        self.finish()?;
        // Not all file systems can do this of a folder; the file is whole in any case.
        #[cfg(unix)]
        if let Some(folder) = folder {
            drop(File::open(folder).and_then(|folder| folder.sync_all()));
        }
        #[cfg(not(unix))]
        drop(folder);
        Ok(())
    }
}

/// Writes a file whole where nothing has its name yet; whether it did. Of several that write at once one does.
///
/// # Errors
/// What the system says; then nothing is left.
pub(crate) fn write_if_absent(destination: &Destination, bytes: &[u8]) -> io::Result<bool> {
    let mut part = PartFile::begin(destination)?;
    part.write_all(bytes)?;
    part.part.as_file().sync_all()?;
    match part.part.persist_noclobber(&part.whole) {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.error),
    }
}

/// Makes a folder that does not exist yet, in which a file is from the first moment; whether it did. Of several that make it at
/// once one does.
///
/// # Errors
/// What the system says; then nothing is left.
pub(crate) fn make_folder_with(folder: &Destination, name: &str, bytes: &[u8]) -> io::Result<bool> {
    let path = exact(&folder.file()?).into_owned();
    let (Some(around), Some(own)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is not the name of a folder"));
    };
    folder.make_folder_around()?;
    let prefix: String = own.to_string_lossy().chars().take(MOST_NAME_CHARS).chain(['.']).collect();
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    let part = builder.tempdir_in(around)?;
    let mut file = File::create_new(part.path().join(name))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    // Windows moves no folder in which a file is open.
    drop(file);
    // On some systems a folder that is there and empty is replaced, on others it is in the way.
    match move_folder(part.path(), &path) {
        Ok(()) => {
            let _renamed = part.keep();
            Ok(true)
        }
        Err(_) if path.is_dir() => Ok(false),
        Err(error) => Err(error),
    }
}

impl io::Write for PartFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.part.as_file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.part.as_file().flush()
    }
}

/// Writes a file whole and onto the disk, in a folder that is there.
///
/// # Errors
/// What the system says; then nothing is left, and a file that was there before is as it was.
pub fn write(destination: &Destination, bytes: &[u8]) -> io::Result<()> {
    let mut part = PartFile::begin(destination)?;
    part.write_all(bytes)?;
    part.finish_on_disk()
}

/// The same for what can be made again: it is not waited for that it is on the disk, which takes some
/// milliseconds for each file.
///
/// # Errors
/// What the system says; then nothing is left, and a file that was there before is as it was.
pub(crate) fn write_remakeable(destination: &Destination, bytes: &[u8]) -> io::Result<()> {
    let mut part = PartFile::begin(destination)?;
    part.write_all(bytes)?;
    part.finish()
}

/// Opens a file of this user alone to add to it, and makes it where it is not there. A link is none.
///
/// # Errors
/// What the system says, and where something else has the name.
pub(crate) fn append_private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // To open a pipe would wait for whoever reads it.
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    if super::destination::is_link(path) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is a link, not a file"));
    }
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is not a file"));
    }
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn at(path: &Path) -> Destination {
        Destination::checked(path, [""; 0], |_| None).unwrap()
    }

    #[test]
    fn a_file_is_whole_or_as_it_was_and_nothing_lies_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let long = "ä".repeat(120);
        for name in ["a.csv", "no ending", &long] {
            let path = folder.path().join(name);
            for text in ["one", "another"] {
                write(&at(&path), text.as_bytes()).unwrap();
                assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
            }
            let mut half = PartFile::begin(&at(&path)).unwrap();
            half.write_all(b"half").unwrap();
            drop(half);
            assert_eq!(std::fs::read_to_string(&path).unwrap(), "another");
        }
        let mut expected = vec!["a.csv".to_owned(), "no ending".to_owned(), long];
        expected.sort();
        assert_eq!(names(folder.path()), expected);
        // A folder has the name.
        std::fs::create_dir_all(folder.path().join("folder/in it")).unwrap();
        write(&at(&folder.path().join("folder")), b"x").unwrap_err();
        expected.push("folder".to_owned());
        expected.sort();
        assert_eq!(names(folder.path()), expected);
        write(&at(&folder.path().join("not there/a.csv")), b"x").unwrap_err();
        assert_eq!(names(folder.path()), expected);
    }

    #[test]
    #[cfg(windows)]
    fn a_file_that_is_open_elsewhere_is_waited_for_a_moment_and_then_told() {
        use std::os::windows::fs::OpenOptionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let place = at(&folder.path().join("table.csv"));
        write(&place, b"old").unwrap();
        // As a spreadsheet has it: others may neither write to it nor take it away.
        let opened = || File::options().read(true).share_mode(1).open(place.path()).unwrap();
        let held = opened();
        write(&place, b"new").unwrap_err();
        drop(held);
        assert_eq!(
            (std::fs::read(place.path()).unwrap(), names(folder.path())),
            (b"old".to_vec(), vec!["table.csv".to_owned()])
        );
        let held = opened();
        let scanner = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(120));
            drop(held);
        });
        write(&place, b"new").unwrap();
        scanner.join().unwrap();
        assert_eq!(std::fs::read(place.path()).unwrap(), b"new");
    }

    #[test]
    fn paths_are_as_long_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder
            .path()
            .join("a folder with a name of some length")
            .join("b".repeat(100))
            .join("c".repeat(150));
        let place = at(&deep.join("well.ron"));
        place.make_folder_around().unwrap();
        for text in ["one", "another"] {
            write(&place, text.as_bytes()).unwrap();
            assert_eq!(crate::disk::read_to_string(place.path(), 10).unwrap(), text);
        }
        assert!(!write_if_absent(&place, b"third").unwrap());
        let run = at(&deep.join("run"));
        assert!(make_folder_with(&run, "request.ron", b"one").unwrap());
        assert!(!make_folder_with(&run, "request.ron", b"one").unwrap());
        assert_eq!(names(&deep), ["run", "well.ron"]);
    }

    #[test]
    fn two_writers_of_one_file_do_not_meet() {
        let folder = tempfile::tempdir().unwrap();
        let place = at(&folder.path().join("plate_A01_s1_w1.tif"));
        let (mut one, mut other) = (PartFile::begin(&place).unwrap(), PartFile::begin(&place).unwrap());
        one.write_all(b"one").unwrap();
        other.write_all(b"other").unwrap();
        let parts = names(folder.path());
        assert!(
            parts.len() == 2
                && parts
                    .iter()
                    .all(|name| name.starts_with("plate_A01_s1_w1.tif.") && name.ends_with(".part")),
            "{parts:?}"
        );
        other.finish_on_disk().unwrap();
        one.finish().unwrap();
        assert_eq!(std::fs::read(place.path()).unwrap(), b"one");
        assert_eq!(names(folder.path()), ["plate_A01_s1_w1.tif"]);
        // Of two that write what does not exist yet, one does.
        let new = at(&folder.path().join("request.ron"));
        assert!(write_if_absent(&new, b"one").unwrap());
        assert!(!write_if_absent(&new, b"other").unwrap());
        let run = at(&folder.path().join("results/run"));
        assert!(make_folder_with(&run, "request.ron", b"one").unwrap());
        assert!(!make_folder_with(&run, "request.ron", b"other").unwrap());
        for file in ["request.ron", "results/run/request.ron"] {
            assert_eq!(std::fs::read(folder.path().join(file)).unwrap(), b"one");
        }
        assert_eq!(names(&folder.path().join("results")), ["run"]);
    }

    #[test]
    #[cfg(unix)]
    fn what_is_added_to_is_a_file_and_no_link() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("precious"), "precious").unwrap();
        symlink(at("precious"), at("link.log")).unwrap();
        symlink(at("nowhere"), at("dead.log")).unwrap();
        std::fs::create_dir(at("folder.log")).unwrap();
        for name in ["link.log", "dead.log", "folder.log"] {
            append_private(&at(name)).unwrap_err();
        }
        assert!(!at("nowhere").exists());
        assert_eq!(std::fs::read_to_string(at("precious")).unwrap(), "precious");
        for text in ["one", "two"] {
            append_private(&at("new.log")).unwrap().write_all(text.as_bytes()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(at("new.log")).unwrap(), "onetwo");
    }

    #[test]
    #[cfg(unix)]
    fn others_may_read_what_the_users_mask_lets_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        write(&at(&folder.path().join("a.csv")), b"x").unwrap();
        std::fs::write(folder.path().join("b.csv"), "x").unwrap();
        assert_eq!(mode(&folder.path().join("a.csv")), mode(&folder.path().join("b.csv")));
    }
}

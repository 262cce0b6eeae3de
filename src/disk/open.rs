//! Files that others have put there, as far as they are files: what blocks whoever opens it (a pipe), never ends
//! (a device) or is no file at all is an error that says so.

use std::fs::{File, FileType};
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use super::{exact, real};
use crate::quantity::bytes_text;

/// A file that a run's folder names is none of its own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} leads out of the run's folder {} and is not opened", path.display(), folder.display())]
pub struct LeadsOut {
    /// The file as it is named.
    pub path: PathBuf,
    /// The folder in which it should lie.
    pub folder: PathBuf,
}

/// The path, where it lies in a folder also when links are followed: a folder that others made may name files of this
/// user's.
///
/// # Errors
/// [`LeadsOut`].
pub(crate) fn within(folder: &Path, path: PathBuf) -> Result<PathBuf, LeadsOut> {
    // A file that does not exist yet lies where it would be made.
    if real(&path).starts_with(real(folder)) {
        return Ok(path);
    }
    Err(LeadsOut { path, folder: folder.to_owned() })
}

/// Opens a file to read it.
///
/// # Errors
/// What the system says, and what else is there where it is no file.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    // A pipe that nobody writes to is then open at once, and can be told by its kind. Files know no waiting.
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    let is = |what: &str| io::Error::new(io::ErrorKind::InvalidInput, format!("this is {what}, not a file"));
    let file = options.open(exact(path)).map_err(|error| {
        // Windows opens no folder, and says that access was denied.
        if cfg!(windows) && path.is_dir() { is("a folder") } else { error }
    })?;
    match kind_text(file.metadata()?.file_type()) {
        None => Ok(file),
        Some(what) => Err(is(what)),
    }
}

/// Reads a file whole, which has at most this many bytes.
///
/// # Errors
/// As [`open`], and where it is larger.
pub fn read(path: &Path, most_bytes: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let len = file.metadata()?.len();
    let mut bytes = Vec::with_capacity(usize::try_from(len.min(most_bytes)).unwrap_or(0));
    // A file may grow while it is read, and some that the system makes up have no length.
    file.take(most_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most_bytes {
        let why = format!("it is larger than the {} that such a file can have", bytes_text(most_bytes));
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    Ok(bytes)
}

/// Reads a file of text whole, which has at most this many bytes.
///
/// # Errors
/// As [`read`], and where it is not Unicode text.
pub fn read_to_string(path: &Path, most_bytes: u64) -> io::Result<String> {
    let bytes = read(path, most_bytes)?;
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Reads a file of text up to the line that begins with `end`, or whole where there is none; whether there is.
///
/// # Errors
/// As [`read`], and where it is not Unicode text.
pub(crate) fn read_before(path: &Path, end: &str, most_bytes: u64) -> io::Result<(String, bool)> {
    let mut text = String::new();
    for line in BufReader::new(open(path)?.take(most_bytes)).lines() {
        let line = line?;
        if line.starts_with(end) {
            return Ok((text, true));
        }
        text.push_str(&line);
        text.push('\n');
    }
    Ok((text, false))
}

/// What something on a disk is, in words; `None` of a file.
pub(crate) fn kind_text(kind: FileType) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return Some("a pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
        if kind.is_char_device() || kind.is_block_device() {
            return Some("a device");
        }
    }
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some("a folder")
    } else {
        Some("something else")
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_an_error_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&pipe, &link).unwrap();
        for (path, what) in [
            (pipe.as_path(), "a pipe"),
            (&link, "a pipe"),
            (Path::new("/dev/zero"), "a device"),
            (folder.path(), "a folder"),
        ] {
            let why = format!("this is {what}, not a file");
            assert_eq!(open(path).unwrap_err().to_string(), why, "{}", path.display());
            assert_eq!(read_to_string(path, 10).unwrap_err().to_string(), why);
        }
        let socket = folder.path().join("socket");
        let _listens = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        open(&socket).unwrap_err();
        let file = folder.path().join("file");
        std::fs::write(&file, "text").unwrap();
        assert_eq!(read_to_string(&file, 4).unwrap(), "text");
        assert_eq!(read(&file, 100).unwrap(), b"text");
        let larger = read(&file, 3).unwrap_err().to_string();
        assert_eq!(larger, "it is larger than the 3 B that such a file can have");
        assert_eq!(open(&folder.path().join("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}

//! A text file of bounded size that only its owner may read.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

use crate::disk;

/// What is done when a file has reached its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// It becomes the older one, in place of that, and a new one begins.
    Rotate,
    /// It says so, and ends.
    End,
}

/// The last line of one that ends.
const END: &str = "The log ends here, because it has reached its largest size.\n";

#[derive(Debug)]
pub(crate) struct BoundedFile {
    path: PathBuf,
    most_bytes: u64,
    full: Full,
    file: Option<File>,
    bytes: u64,
    has_ended: bool,
}

impl BoundedFile {
    /// Nothing is opened before the first line.
    pub(crate) fn new(path: PathBuf, most_bytes: u64, full: Full) -> Self {
        Self { path, most_bytes, full, file: None, bytes: 0, has_ended: false }
    }

    /// Adds a line with its end. After an error the next line tries again.
    pub(crate) fn add(&mut self, line: &str) -> io::Result<()> {
        if self.has_ended {
            return Ok(());
        }
        let added = self.try_add(line);
        if added.is_err() {
            self.file = None;
        }
        added
    }

    fn try_add(&mut self, line: &str) -> io::Result<()> {
        self.open()?;
        if self.bytes + line.len() as u64 > self.most_bytes {
            match self.full {
                Full::End => {
                    self.has_ended = true;
                    self.write(END)?;
                    self.file = None;
                    return Ok(());
                }
                Full::Rotate => {
                    self.file = None;
                    fs::rename(&self.path, self.older())?;
                    self.open()?;
                }
            }
        }
        self.write(line)
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        let file = self.file.as_mut().ok_or(ErrorKind::NotFound)?;
        file.write_all(line.as_bytes())?;
        self.bytes += line.len() as u64;
        Ok(())
    }

    fn open(&mut self) -> io::Result<()> {
        if self.file.is_some() {
            return Ok(());
        }
        let file = disk::append_private(&self.path)?;
        self.bytes = file.metadata()?.len();
        self.file = Some(file);
        Ok(())
    }

    /// `stepwell.log` becomes `stepwell.older.log`.
    fn older(&self) -> PathBuf {
        self.path.with_extension("older.log")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_becomes_the_older_one_or_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stepwell.log");
        let mut file = BoundedFile::new(path.clone(), 12, Full::Rotate);
        for line in ["one 1\n", "two 2\n", "three\n"] {
            file.add(line).unwrap();
        }
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("stepwell.older.log"), "one 1\ntwo 2\n");
        assert_eq!(read("stepwell.log"), "three\n");
        let mut file = BoundedFile::new(folder.path().join("run.log"), 12, Full::End);
        for line in ["one 1\n", "two 2\n", "three\n", "four 4\n"] {
            file.add(line).unwrap();
        }
        assert_eq!(read("run.log"), format!("one 1\ntwo 2\n{END}"));
    }

    #[test]
    fn what_cannot_be_written_is_an_error_and_the_next_line_tries_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("not there/stepwell.log");
        let mut file = BoundedFile::new(path.clone(), 100, Full::Rotate);
        assert!(file.add("lost\n").is_err());
        fs::create_dir(folder.path().join("not there")).unwrap();
        file.add("kept\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "kept\n");
        assert!(BoundedFile::new(folder.path().to_owned(), 100, Full::End).add("to a folder\n").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_it_also_one_that_was_there() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stepwell.log");
        fs::write(&path, "before\n").unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        BoundedFile::new(path.clone(), 100, Full::Rotate).add("after\n").unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_to_string(&path).unwrap(), "before\nafter\n");
    }
}

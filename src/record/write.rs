//! How a record gets into its file. Its text is never in memory whole, because that of a large plate takes as much as its outputs;
//! nor need its lists be, which may be written as they are gone through.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{self, BufWriter};
use std::iter::Peekable;
use std::path::PathBuf;

use serde::ser::{Error as _, Serialize, SerializeSeq as _, Serializer};

use super::{MOST_SAMPLES, RECORD_FILE, RecordError, RunRecord};
use crate::disk::{Destination, PartFile};
use crate::events::thinned;

impl RunRecord {
    /// The text of its file, with no more samples than are stored.
    pub fn to_ron(&self) -> Result<String, ron::Error> {
        ron::ser::to_string_pretty(&*self.stored(), text_form())
    }

    /// Writes the record into a folder, beside and renamed, and returns its path.
    pub fn write(&self, folder: &Destination) -> Result<PathBuf, RecordError> {
        self.stored().write_whole(folder)
    }

    fn stored(&self) -> Cow<'_, Self> {
        match self.samples.len() {
            0..=MOST_SAMPLES => Cow::Borrowed(self),
            _ => Cow::Owned(Self { samples: thinned(&self.samples, MOST_SAMPLES), ..self.clone() }),
        }
    }
}

impl<O: Serialize, E: Serialize> RunRecord<O, E> {
    /// Writes all of it into a folder, beside and renamed, and returns its path.
    pub(crate) fn write_whole(&self, folder: &Destination) -> Result<PathBuf, RecordError> {
        let file = folder.join(RECORD_FILE);
        let write = || -> io::Result<()> {
            folder.make_folder()?;
            let mut out = BufWriter::new(PartFile::begin(&file)?);
            let ron = ron::Options::default();
            ron.to_io_writer_pretty(&mut out, self, text_form()).map_err(io::Error::other)?;
            out.into_inner().map_err(io::IntoInnerError::into_error)?.finish_on_disk()
        };
        let path = file.path().to_owned();
        write().map_err(|source| RecordError::Io { path: path.clone(), source })?;
        Ok(path)
    }
}

/// How the text of a record is laid out.
fn text_form() -> ron::ser::PrettyConfig {
    ron::ser::PrettyConfig::new().depth_limit(3)
}

/// A list that is written as it is gone through, once.
pub(crate) struct Streamed<I: Iterator>(RefCell<Peekable<I>>);

impl<I: Iterator> Streamed<I> {
    pub(crate) fn new(items: I) -> Self {
        Self(RefCell::new(items.peekable()))
    }
}

/// Fails where an item cannot be read.
impl<T: Serialize, I: Iterator<Item = io::Result<T>>> Serialize for Streamed<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut items = self.0.borrow_mut();
        // An empty list is laid out otherwise.
        let len = items.peek().is_none().then_some(0);
        let mut list = serializer.serialize_seq(len)?;
        for item in &mut *items {
            list.serialize_element(&item.map_err(S::Error::custom)?)?;
        }
        list.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_whose_lists_are_gone_through_is_written_as_one_that_has_them() {
        let stored = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/record-v1.ron");
        let record = RunRecord::read(&stored).unwrap();
        assert!(!record.outputs.is_empty() && record.events.len() > 1);
        let empty = RunRecord { outputs: Vec::new(), events: Vec::new(), ..record.clone() };
        let root = tempfile::tempdir().unwrap();
        for record in [record, empty] {
            let place = crate::plate::destination(root.path(), crate::plate::NONE_OPEN).unwrap();
            let text = |path: PathBuf| std::fs::read_to_string(path).unwrap();
            let whole = text(record.write(&place).unwrap());
            let outputs = Streamed::new(record.outputs.clone().into_iter().map(io::Result::Ok));
            let events = Streamed::new(record.events.clone().into_iter().map(io::Result::Ok));
            assert_eq!(text(record.clone().with(outputs, events).write_whole(&place).unwrap()), whole);
            // Where an item cannot be read, the record stays as it was.
            let fault = io::Error::other("the disk is gone");
            let events = Streamed::new(record.events.clone().into_iter().map(Ok).chain([Err(fault)]));
            let outputs = record.outputs.clone();
            let why = record.with(outputs, events).write_whole(&place).unwrap_err();
            assert!(why.to_string().contains("the disk is gone"), "{why}");
            assert_eq!(text(root.path().join(RECORD_FILE)), whole);
            assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1);
        }
    }
}

//! Tables of what steps find: written while a run goes on, in an order that does not depend on it.
//!
//! The rows of an image go to a file without a name as soon as they are there, so that none stay in memory;
//! what stays is where they are. When the wells at hand are done, their rows go to the table in the order of
//! the images' keys: wells are taken in order, so the whole is sorted, whatever was processed together. A
//! table is a file that begins with its name and ends in `.part` until the run is over, also one that was stopped: then it has what
//! was done. Deliberately absent: tables of a killed run under their names, which would look whole.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

use xxhash_rust::xxh3::Xxh3;

use super::emitter::Emitter;
use super::error::RunError;
use crate::disk::{Destination, PartFile};
use crate::engine::lock::locked;
use crate::events::{EventKind, SavedTable};
use crate::pipeline::{PlacedKey, Scratch};
use crate::plan::{Plan, TableKind, TableStep};
use crate::plate::{ImageKey, Lack};

/// All tables of a run.
pub(super) struct Tables {
    steps: BTreeMap<usize, (TableStep, Vec<Mutex<Table>>)>,
}

struct Table {
    kind: TableKind,
    /// Its path in the run's folder, with `/` between folders.
    path: String,
    /// Where it will be.
    whole: Destination,
    part: BufWriter<PartFile>,
    /// The rows of the wells at hand, in the order in which they came.
    rows: BufWriter<File>,
    /// Where the rows of an image begin there, and how many bytes they have.
    spans: Vec<(ImageKey, u64, u64)>,
    end: u64,
    count: u64,
    hash: Box<Xxh3>,
}

impl Tables {
    /// Begins the tables of a plan.
    pub(super) fn begin(folder: &Destination, plan: &Plan) -> Result<Self, RunError> {
        let begin = |(step_index, step): (usize, TableStep)| {
            let tables = TableKind::ALL.into_iter().map(|kind| Table::begin(folder, &step, kind));
            let tables = tables.map(|table| table.map(Mutex::new)).collect::<Result<_, RunError>>()?;
            Ok((step_index, (step, tables)))
        };
        let steps = TableStep::of(plan).into_iter().map(begin).collect::<Result<_, RunError>>()?;
        Ok(Self { steps })
    }

    /// Takes what a step has found in an image.
    pub(super) fn add(&self, step: usize, image: PlacedKey, found: &Scratch) -> Result<(), RunError> {
        let Some((step, tables)) = self.steps.get(&step) else { return Ok(()) };
        for table in tables {
            let mut table = locked(table);
            let rows = |kind, out: &mut dyn Write| step.write_rows(kind, image, found, out);
            table.add(image.key, rows).map_err(|source| table.error(source))?;
        }
        Ok(())
    }

    /// Whether a step has tables.
    pub(super) fn are_of(&self, step: usize) -> bool {
        self.steps.contains_key(&step)
    }

    /// Takes note of an image that a step was to find something in, and that is not there.
    pub(super) fn add_absent(&self, step: usize, key: ImageKey, lack: Lack) -> Result<(), RunError> {
        let Some((step, tables)) = self.steps.get(&step) else { return Ok(()) };
        for table in tables {
            let mut table = locked(table);
            let row = |kind, out: &mut dyn Write| step.write_absent(kind, key, lack, out);
            table.add(key, row).map_err(|source| table.error(source))?;
        }
        Ok(())
    }

    /// Takes note of what is missing of the wells at hand and was part of nothing that was worked on; the key that an image has
    /// after a step is told by `result_of`.
    pub(super) fn add_missing(
        &self,
        missing: &(impl Iterator<Item = ImageKey> + Clone),
        result_of: impl Fn(usize, ImageKey) -> ImageKey,
    ) -> Result<(), RunError> {
        for (step, (_, tables)) in &self.steps {
            let Some(first) = tables.first() else { continue };
            let known: HashSet<ImageKey> = locked(first).spans.iter().map(|(key, ..)| *key).collect();
            let results: BTreeSet<ImageKey> = missing.clone().map(|key| result_of(*step, key)).collect();
            for key in results.into_iter().filter(|key| !known.contains(key)) {
                self.add_absent(*step, key, Lack::Missing)?;
            }
        }
        Ok(())
    }

    /// The wells at hand are done: their rows go to the tables.
    pub(super) fn end_wells(&self) -> Result<(), RunError> {
        for table in self.steps.values().flat_map(|(_, tables)| tables) {
            let mut table = locked(table);
            table.sort_in().map_err(|source| table.error(source))?;
        }
        Ok(())
    }

    /// The run is over: the tables get their names, and are told of.
    pub(super) fn finish(self, emitter: &Emitter<'_>) -> Result<(), RunError> {
        self.end_wells()?;
        for (step, (_, tables)) in self.steps {
            for table in tables {
                let table = table.into_inner().unwrap_or_else(PoisonError::into_inner);
                let Table { kind, path, whole, part, count: rows, hash, .. } = table;
                part.into_inner()
                    .map_err(io::IntoInnerError::into_error)
                    .and_then(PartFile::finish_on_disk)
                    .map_err(|source| error(&whole, source))?;
                let hash = format!("{:032x}", hash.digest128());
                emitter.emit(EventKind::TableSaved(SavedTable { step, kind, path, rows, hash }));
            }
        }
        Ok(())
    }
}

impl Table {
    fn begin(folder: &Destination, step: &TableStep, kind: TableKind) -> Result<Self, RunError> {
        let path = step.path(kind);
        let whole = folder.join(&path);
        let begin = || -> io::Result<(BufWriter<PartFile>, BufWriter<File>)> {
            whole.make_folder_around()?;
            // Also of a run that is killed or meets a fault: it has what was done.
            let part = PartFile::begin(&whole)?.kept_when_dropped();
            let rows = tempfile::tempfile_in(whole.path().parent().unwrap_or(folder.path()))?;
            Ok((BufWriter::new(part), BufWriter::new(rows)))
        };
        let (part, rows) = begin().map_err(|source| error(&whole, source))?;
        let hash = Box::new(Xxh3::new());
        let mut table = Self { kind, path, whole, part, rows, spans: Vec::new(), end: 0, count: 0, hash };
        table.put(step.header(kind).as_bytes()).map_err(|source| table.error(source))?;
        Ok(table)
    }

    fn error(&self, source: io::Error) -> RunError {
        error(&self.whole, source)
    }

    fn add(
        &mut self,
        key: ImageKey,
        write: impl FnOnce(TableKind, &mut dyn Write) -> io::Result<u64>,
    ) -> io::Result<()> {
        let mut out = Counted { out: &mut self.rows, bytes: 0 };
        let rows = write(self.kind, &mut out)?;
        let bytes = out.bytes;
        self.spans.push((key, self.end, bytes));
        self.end += bytes;
        self.count += rows;
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.part.write_all(bytes)
    }

    /// Takes the rows at hand into the table, sorted.
    fn sort_in(&mut self) -> io::Result<()> {
        const PIECE_BYTES: usize = 16 * 1024;
        self.rows.flush()?;
        let mut piece = [0; PIECE_BYTES];
        let mut spans = std::mem::take(&mut self.spans);
        spans.sort_unstable();
        for (_, begin, bytes) in spans.drain(..) {
            self.rows.seek(SeekFrom::Start(begin))?;
            let mut left = bytes;
            while left > 0 {
                let length = usize::try_from(left).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
                self.rows.get_mut().read_exact(&mut piece[..length])?;
                self.put(&piece[..length])?;
                left -= length as u64;
            }
        }
        self.spans = spans;
        self.rows.seek(SeekFrom::Start(0))?;
        self.rows.get_mut().set_len(0)?;
        self.end = 0;
        self.part.flush()
    }
}

fn error(whole: &Destination, source: io::Error) -> RunError {
    RunError::Io { path: whole.path().to_owned(), source }
}

/// Counts what is written.
struct Counted<'a> {
    out: &'a mut BufWriter<File>,
    bytes: u64,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

//! Tables of what steps find: the part of each well, written when the well is done, in an order that does not depend on the run.
//!
//! The rows of an image go to a file without a name as soon as they are there, so that none stay in memory;
//! what stays is where they are. When the present wells are done, their rows go to the parts of these wells, in the order of
//! the images' keys. A run that is stopped does the same with the present wells, and a process that is killed leaves no part. Deliberately
//! absent: whole tables, which are put together of the parts (`engine/folder`).

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::Mutex;

use xxhash_rust::xxh3::Xxh3;

use super::emitter::Emitter;
use super::error::RunError;
use crate::disk::{Destination, PartFile};
use crate::engine::lock::locked;
use crate::events::{EventKind, SavedTable};
use crate::image::ContentHash;
use crate::pipeline::{PlacedKey, Scratch};
use crate::plan::{Plan, TableKind, TableStep};
use crate::plate::{ImageKey, Lack, WellId};
use crate::record::folder::WELLS_FOLDER;

/// All tables of a run.
#[derive(Default)]
pub(super) struct Tables {
    steps: BTreeMap<usize, (TableStep, Vec<Mutex<Table>>)>,
}

struct Table {
    kind: TableKind,
    /// The run's folder.
    folder: Destination,
    /// The rows of the present wells, in the order in which they came.
    rows: BufWriter<File>,
    /// What is known of the rows of an image there.
    spans: Vec<Span>,
    end: u64,
}

/// The rows of an image among those of the present wells.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    key: ImageKey,
    begin: u64,
    bytes: u64,
    rows: u64,
}

/// The part of a table while it is written.
struct Part {
    out: BufWriter<PartFile>,
    hash: Box<Xxh3>,
    rows: u64,
}

impl Tables {
    /// Begins the tables of a plan.
    pub(super) fn begin(folder: &Destination, plan: &Plan) -> Result<Self, RunError> {
        let begin = |(step_index, step): (usize, TableStep)| {
            let tables = TableKind::ALL.into_iter().map(|kind| Table::begin(folder, kind));
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

    /// Takes note of what is missing of the present wells and was part of nothing that was worked on; the key that an image has
    /// after a step is told by `result_of`.
    pub(super) fn add_missing(
        &self,
        missing: &(impl Iterator<Item = ImageKey> + Clone),
        result_of: impl Fn(usize, ImageKey) -> ImageKey,
    ) -> Result<(), RunError> {
        for (step, (_, tables)) in &self.steps {
            let Some(first) = tables.first() else { continue };
            let known: HashSet<ImageKey> = locked(first).spans.iter().map(|span| span.key).collect();
            let results: BTreeSet<ImageKey> = missing.clone().map(|key| result_of(*step, key)).collect();
            for key in results.into_iter().filter(|key| !known.contains(key)) {
                self.add_absent(*step, key, Lack::Missing)?;
            }
        }
        Ok(())
    }

    /// The wells at hand are done, or will not be: their rows go to parts of their own, which are told.
    pub(super) fn end_wells(&self, emitter: &Emitter<'_>) -> Result<(), RunError> {
        for (step_index, (step, tables)) in &self.steps {
            for table in tables {
                let mut table = locked(table);
                for (well, part) in table.parts(step).map_err(|source| table.error(source))? {
                    let table = SavedTable { step: *step_index, ..part };
                    emitter.emit(EventKind::TablePart { well, table });
                }
            }
        }
        Ok(())
    }
}

impl Table {
    fn begin(folder: &Destination, kind: TableKind) -> Result<Self, RunError> {
        let begin = || -> io::Result<BufWriter<File>> {
            let wells = folder.join(WELLS_FOLDER);
            wells.make_folder()?;
            Ok(BufWriter::new(tempfile::tempfile_in(wells.path())?))
        };
        let rows = begin().map_err(|source| RunError::Io { path: folder.path().to_owned(), source })?;
        Ok(Self { kind, folder: folder.clone(), rows, spans: Vec::new(), end: 0 })
    }

    fn error(&self, source: io::Error) -> RunError {
        RunError::Io { path: self.folder.path().to_owned(), source }
    }

    fn add(
        &mut self,
        key: ImageKey,
        write: impl FnOnce(TableKind, &mut dyn Write) -> io::Result<u64>,
    ) -> io::Result<()> {
        let mut out = Counted { out: &mut self.rows, bytes: 0 };
        let rows = write(self.kind, &mut out)?;
        let bytes = out.bytes;
        self.spans.push(Span { key, begin: self.end, bytes, rows });
        self.end += bytes;
        Ok(())
    }

    /// Writes the parts of the present wells, whose rows are then forgotten here.
    fn parts(&mut self, step: &TableStep) -> io::Result<Vec<(WellId, SavedTable)>> {
        self.rows.flush()?;
        let mut spans = std::mem::take(&mut self.spans);
        spans.sort_unstable();
        let of_wells = spans.chunk_by(|one, other| one.key.well == other.key.well);
        let mut parts = Vec::new();
        for spans in of_wells {
            let well = spans[0].key.well;
            parts.push((well, self.part(step, well, spans)?));
        }
        spans.clear();
        self.spans = spans;
        self.rows.seek(SeekFrom::Start(0))?;
        self.rows.get_mut().set_len(0)?;
        self.end = 0;
        Ok(parts)
    }

    /// Writes the part of a well.
    fn part(&mut self, step: &TableStep, well: WellId, spans: &[Span]) -> io::Result<SavedTable> {
        const PIECE_BYTES: usize = 16 * 1024;
        let path = step.part_path(well, self.kind);
        let file = self.folder.join(&path);
        file.make_folder_around()?;
        let mut part = Part { out: BufWriter::new(PartFile::begin(&file)?), hash: Box::default(), rows: 0 };
        part.put(step.header(self.kind).as_bytes())?;
        let mut piece = [0; PIECE_BYTES];
        for span in spans {
            self.rows.seek(SeekFrom::Start(span.begin))?;
            let mut left = span.bytes;
            while left > 0 {
                let length = usize::try_from(left).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
                self.rows.get_mut().read_exact(&mut piece[..length])?;
                part.put(&piece[..length])?;
                left -= length as u64;
            }
            part.rows += span.rows;
        }
        let Part { out, hash, rows } = part;
        // Whoever relies on it looks at its hash.
        out.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?;
        let hash = ContentHash::from(&*hash);
        Ok(SavedTable { step: 0, kind: self.kind, path, rows, hash })
    }
}

impl Part {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.out.write_all(bytes)
    }
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

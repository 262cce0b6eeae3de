//! Lists that are too long for memory, in a file without a name while a run is put together of them.
//!
//! They are written once, as each well is read, and gone through any number of times: as JSON, in which a worker tells the
//! same, because it is read several times as fast as the form of records. Deliberately absent: any checking; what is in a
//! spool was checked when it was read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::ops::Range;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes that are read at once.
const PIECE_BYTES: usize = 1 << 14;

/// Lists in a file.
#[derive(Debug)]
pub(crate) struct Spool {
    file: File,
    end: u64,
}

/// Where a list lies in a spool.
#[derive(Debug)]
pub(crate) struct Span<T> {
    bytes: Range<u64>,
    of: PhantomData<fn() -> T>,
}

impl<T> Default for Span<T> {
    fn default() -> Self {
        Self { bytes: 0..0, of: PhantomData }
    }
}

impl Spool {
    /// One in an empty file.
    pub(crate) fn of(file: File) -> Self {
        Self { file, end: 0 }
    }

    /// Adds a list.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn add<T: Serialize>(&mut self, items: &[T]) -> io::Result<Span<T>> {
        let begin = self.end;
        let mut out = BufWriter::new(&self.file);
        out.seek(SeekFrom::Start(begin))?;
        for item in items {
            serde_json::to_writer(&mut out, item)?;
            out.write_all(b"\n")?;
        }
        self.end = out.stream_position()?;
        Ok(Span { bytes: begin..self.end, of: PhantomData })
    }

    /// The items of a list, read as they are come to. After an error nothing that follows counts.
    pub(crate) fn items<T: DeserializeOwned>(&self, span: &Span<T>) -> Items<'_, T> {
        let section = Section { file: &self.file, bytes: span.bytes.clone() };
        let lines = BufReader::with_capacity(PIECE_BYTES, section);
        Items { lines, line: Vec::new(), of: PhantomData }
    }
}

/// A part of a file, wherever others read in it meanwhile.
struct Section<'a> {
    file: &'a File,
    bytes: Range<u64>,
}

impl Read for Section<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.bytes.end.saturating_sub(self.bytes.start)).unwrap_or(usize::MAX);
        let most = left.min(into.len());
        self.file.seek(SeekFrom::Start(self.bytes.start))?;
        let read = self.file.read(&mut into[..most])?;
        self.bytes.start += read as u64;
        Ok(read)
    }
}

/// The items of a list.
pub(crate) struct Items<'a, T> {
    lines: BufReader<Section<'a>>,
    line: Vec<u8>,
    of: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Iterator for Items<'_, T> {
    type Item = io::Result<T>;

    fn next(&mut self) -> Option<io::Result<T>> {
        self.line.clear();
        match self.lines.read_until(b'\n', &mut self.line) {
            Ok(0) => None,
            Ok(_) => Some(serde_json::from_slice(&self.line).map_err(io::Error::from)),
            Err(error) => Some(Err(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_gone_through_side_by_side_to_the_last_digit() {
        let mut spool = Spool::of(tempfile::tempfile().unwrap());
        // Numbers that a hasty reader takes for their neighbours.
        let lists: [Vec<(f64, String)>; 3] = [
            (1..5_000).map(|n| (f64::from(n) / 7.0, format!("\"{n}\"\n"))).collect(),
            Vec::new(),
            (1..5_000).map(|n| (0.1 + f64::from(n) * 1e-9, String::new())).collect(),
        ];
        let spans = lists.each_ref().map(|list| spool.add(list).unwrap());
        let [mut first, mut none, mut third] = spans.each_ref().map(|span| spool.items(span));
        assert!(none.next().is_none());
        for (one, other) in lists[0].iter().zip(&lists[2]) {
            assert_eq!(first.next().unwrap().unwrap(), *one);
            assert_eq!(third.next().unwrap().unwrap(), *other);
        }
        assert!(first.next().is_none() && third.next().is_none());
        assert!(spool.items(&Span::<f64>::default()).next().is_none());
    }
}

//! The tables of a run, put together of the parts of its wells in the order of these, with what the wells hold as their last
//! columns. Rows go from file to file, and are never in memory.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};

use xxhash_rust::xxh3::Xxh3;

use super::error::WorkError;
use crate::cancel::Cancel;
use crate::conditions::{Conditions, JoinedColumns};
use crate::disk::{self, Destination, PartFile};
use crate::events::SavedTable;
use crate::image::ContentHash;
use crate::plan::TableKind;
use crate::plate::WellId;
use crate::record::folder::Merged;

/// Bytes of a part of a table that are read at once.
const PIECE_BYTES: usize = 1 << 16;

/// The part of a table that a well has.
type Part<'a> = (WellId, &'a SavedTable);

/// Puts the tables together of the parts of the wells, in the order of these.
pub(super) fn tables(
    place: &Destination,
    merged: &Merged,
    conditions: Option<&Conditions>,
    cancel: &Cancel,
) -> Result<Vec<SavedTable>, WorkError> {
    let parts = || merged.wells.iter().flat_map(|well| well.tables.iter().map(|part| (well.well, part)));
    let mut ids: Vec<(usize, TableKind)> = parts().map(|(_, part)| (part.step, part.kind)).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut tables = Vec::new();
    for (step, kind) in ids {
        let parts: Vec<Part<'_>> =
            parts().filter(|(_, part)| (part.step, part.kind) == (step, kind)).collect();
        let Some(name) = parts.first().and_then(|(_, part)| part.path.rsplit('/').next()) else { continue };
        let path = format!("tables/{name}");
        let file = place.join(&path);
        let written = table(place, &file, &parts, conditions, cancel)?;
        let (rows, hash) =
            written.map_err(|source| WorkError::Io { path: file.path().to_owned(), source })?;
        tables.push(SavedTable { step, kind, path, rows, hash });
    }
    Ok(tables)
}

/// Puts a table together. Gives its rows and its hash.
fn table(
    place: &Destination,
    file: &Destination,
    parts: &[Part<'_>],
    conditions: Option<&Conditions>,
    cancel: &Cancel,
) -> Result<io::Result<(u64, ContentHash)>, WorkError> {
    let begin = || {
        file.make_folder_around()?;
        Ok::<_, io::Error>(BufWriter::new(PartFile::begin(file)?))
    };
    let mut out = match begin() {
        Ok(out) => Hashed { out, hash: Box::default() },
        Err(error) => return Ok(Err(error)),
    };
    let (mut joined, mut rows) = (None, 0);
    for (index, (well, part)) in parts.iter().enumerate() {
        cancel.check()?;
        let path = disk::within(place.path(), place.path().join(&part.path));
        let add = || -> io::Result<()> {
            let mut input =
                BufReader::with_capacity(PIECE_BYTES, disk::open(&path.map_err(io::Error::other)?)?);
            let (mut own, mut head) = (Xxh3::new(), Vec::new());
            input.read_until(b'\n', &mut head)?;
            own.update(&head);
            // All parts begin with the names of the columns.
            if index == 0 {
                let names = String::from_utf8_lossy(&head);
                let names = names.trim_end().split(',');
                joined = conditions.map(|conditions| JoinedColumns::new(conditions, names));
                let end = joined.as_ref().map(JoinedColumns::header).unwrap_or_default();
                Rows::ending(&end).put(&head, &mut out)?;
            }
            let end = joined.as_ref().map(|joined| joined.cells(*well)).unwrap_or_default();
            let mut rows = Rows::ending(&end);
            let mut piece = vec![0; PIECE_BYTES];
            while let len @ 1.. = input.read(&mut piece)? {
                own.update(&piece[..len]);
                rows.put(&piece[..len], &mut out)?;
            }
            if ContentHash::from(&own) != part.hash {
                let why = format!(
                    "{} was changed after it was written: let the run go on, which makes it again",
                    part.path
                );
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
            Ok(())
        };
        if let Err(error) = add() {
            return Ok(Err(io::Error::new(error.kind(), format!("{}: {error}", part.path))));
        }
        rows += part.rows;
    }
    let Hashed { out, hash } = out;
    let finished =
        out.into_inner().map_err(io::IntoInnerError::into_error).and_then(PartFile::finish_on_disk);
    Ok(finished.map(|()| (rows, ContentHash::from(&*hash))))
}

/// A file with the hash of what is written into it.
struct Hashed {
    out: BufWriter<PartFile>,
    hash: Box<Xxh3>,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Rows as they come in pieces, each of which gets the same end. An end of line in quotes is part of a row.
struct Rows<'a> {
    end: &'a str,
    is_quoted: bool,
}

impl<'a> Rows<'a> {
    fn ending(end: &'a str) -> Self {
        Self { end, is_quoted: false }
    }

    fn put(&mut self, piece: &[u8], out: &mut impl Write) -> io::Result<()> {
        if self.end.is_empty() {
            return out.write_all(piece);
        }
        let mut begin = 0;
        for (at, byte) in piece.iter().enumerate() {
            match byte {
                b'"' => self.is_quoted = !self.is_quoted,
                b'\n' if !self.is_quoted => {
                    out.write_all(&piece[begin..at])?;
                    out.write_all(self.end.as_bytes())?;
                    begin = at;
                }
                _ => {}
            }
        }
        out.write_all(&piece[begin..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_gets_its_end_however_the_pieces_are_cut() {
        let text = "1,\"a \"\"b\"\"\n\",2\n3,,\n\"4\"\n";
        let expected = "1,\"a \"\"b\"\"\n\",2,DMSO,1\n3,,,DMSO,1\n\"4\",DMSO,1\n";
        for piece in 1..text.len() {
            let mut rows = Rows::ending(",DMSO,1");
            let mut out = Vec::new();
            for piece in text.as_bytes().chunks(piece) {
                rows.put(piece, &mut out).unwrap();
            }
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{piece}");
        }
    }
}

//! The directories of a TIFF file: their chain and their entries, read in few system calls.
//!
//! They are read here rather than through the `tiff` crate, which opens no file whose first page lacks a tag that
//! can do without (the photometric interpretation, the lengths of strips) and gives texts only where they are UTF-8.
//! What the entries mean is said where they are used. Deliberately absent: directories that hang under
//! others (thumbnails, EXIF), and values of other kinds than whole numbers and bytes.

use crate::limits;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use tiff::tags::{Tag, Type};

use super::super::fault::Fault;

/// Bytes read at once while a header is parsed.
const WINDOW_BYTES: usize = 4096;

/// Reads a header in few system calls: it keeps one window of the file over seeks, which
/// `BufReader` does not (a header is read in hops between directory and values).
pub(crate) struct PageReader<'a> {
    file: &'a File,
    window: &'a mut Vec<u8>,
    window_start: u64,
    position: u64,
}

impl<'a> PageReader<'a> {
    pub(crate) fn new(file: &'a File, window: &'a mut Vec<u8>) -> Self {
        window.clear();
        Self { file, window, window_start: 0, position: 0 }
    }
}

impl Read for PageReader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let inside = self.position.wrapping_sub(self.window_start);
        if self.position < self.window_start || inside >= self.window.len() as u64 {
            let mut file = self.file;
            file.seek(SeekFrom::Start(self.position))?;
            if buf.len() >= WINDOW_BYTES {
                let read = file.read(buf)?;
                self.position += read as u64;
                return Ok(read);
            }
            self.window.resize(WINDOW_BYTES, 0);
            let read = file.read(self.window);
            self.window.truncate(*read.as_ref().unwrap_or(&0));
            read?;
            self.window_start = self.position;
        }
        let start = usize::try_from(self.position - self.window_start).unwrap_or(usize::MAX);
        let rest = self.window.get(start..).unwrap_or(&[]);
        let count = rest.len().min(buf.len());
        buf[..count].copy_from_slice(&rest[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for PageReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.file.metadata()?.len().checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// One entry of a directory: so many values of a type, or where they lie.
#[derive(Clone, Copy, Debug)]
struct Entry {
    tag: u16,
    /// `None` of a type that there is not.
    kind: Option<Type>,
    count: u64,
    /// The values themselves where they fit into a place's bytes, else their place.
    value: [u8; 8],
}

impl Entry {
    /// Bytes of one value.
    fn value_bytes(&self) -> u64 {
        match self.kind {
            None | Some(Type::BYTE | Type::SBYTE | Type::ASCII | Type::UNDEFINED) => 1,
            Some(Type::SHORT | Type::SSHORT) => 2,
            Some(Type::LONG | Type::SLONG | Type::FLOAT | Type::IFD) => 4,
            _ => 8,
        }
    }
}

/// The entries of one page, and where the next directory lies.
#[derive(Debug)]
pub(crate) struct Directory {
    entries: Vec<Entry>,
    /// The place of the next directory, 0 where there is none.
    pub(crate) next: u64,
}

impl Directory {
    fn entry(&self, tag: Tag) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.tag == tag.to_u16())
    }

    /// How many values there are of a tag, where it is there.
    pub(super) fn count(&self, tag: Tag) -> Option<u64> {
        self.entry(tag).map(|entry| entry.count)
    }
}

/// A TIFF file whose directories are read.
pub(crate) struct TiffHeader<R> {
    reader: R,
    pub(super) is_big_endian: bool,
    /// Whether places are of 8 bytes (`BigTIFF`).
    is_big: bool,
    /// Where the first directory lies.
    pub(crate) first: u64,
}

impl<R: Read + Seek> TiffHeader<R> {
    pub(crate) fn read(mut reader: R) -> Result<Self, Fault> {
        let mut mark = [0; 4];
        reader.read_exact(&mut mark).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Fault::NoImage,
            _ => error.into(),
        })?;
        let (is_big_endian, is_big) = match &mark {
            b"II*\0" => (false, false),
            b"MM\0*" => (true, false),
            b"II+\0" => (false, true),
            b"MM\0+" => (true, true),
            _ => return Err(Fault::NoImage),
        };
        let mut header = Self { reader, is_big_endian, is_big, first: 0 };
        if is_big && (header.read_number(2)?, header.read_number(2)?) != (8, 0) {
            return Err(Fault::NoImage);
        }
        header.first = header.read_number(header.place_bytes())?;
        Ok(header)
    }

    /// The directory of a page (zero-based).
    pub(crate) fn directory(&mut self, page: u32) -> Result<Directory, Fault> {
        if page >= limits::TIFF_DIRECTORIES {
            return Err(Fault::NoPage);
        }
        let mut place = self.first;
        for _ in 0..page {
            place = self.next_place(place)?;
            if place == self.first {
                return Err(Fault::NoPage);
            }
        }
        self.directory_at(place)
    }

    /// The directory that lies at a place of the file.
    pub(crate) fn directory_at(&mut self, place: u64) -> Result<Directory, Fault> {
        let count = self.entry_count(place)?;
        let mut entries = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
        for _ in 0..count {
            let (tag, kind) = (self.read_u16()?, self.read_u16()?);
            let count = self.read_number(self.place_bytes())?;
            let mut value = [0; 8];
            let place_bytes = self.place_bytes();
            self.reader.read_exact(&mut value[..place_bytes])?;
            entries.push(Entry { tag, kind: Type::from_u16(kind), count, value });
        }
        Ok(Directory { entries, next: self.read_next()? })
    }

    /// Where the directory after the one at a place lies, 0 where there is none.
    fn next_place(&mut self, place: u64) -> Result<u64, Fault> {
        let count = self.entry_count(place)?;
        let entry_bytes = 4 + 2 * self.place_bytes() as u64;
        self.reader.seek(SeekFrom::Current((count * entry_bytes).cast_signed()))?;
        self.read_next()
    }

    fn entry_count(&mut self, place: u64) -> Result<u64, Fault> {
        if place == 0 {
            return Err(Fault::NoPage);
        }
        self.reader.seek(SeekFrom::Start(place))?;
        let count = self.read_number(if self.is_big { 8 } else { 2 })?;
        if count > limits::TIFF_ENTRIES {
            return Err(Fault::Corrupt(format!("a directory of {count} entries")));
        }
        Ok(count)
    }

    /// Where the next directory lies. Some writers end the file where the last one should say so.
    fn read_next(&mut self) -> Result<u64, Fault> {
        match self.read_number(self.place_bytes()) {
            Err(Fault::Truncated) => Ok(0),
            next => next,
        }
    }

    fn place_bytes(&self) -> usize {
        if self.is_big { 8 } else { 4 }
    }

    fn read_number(&mut self, bytes: usize) -> Result<u64, Fault> {
        let mut number = [0; 8];
        self.reader.read_exact(&mut number[..bytes])?;
        Ok(self.number(&number[..bytes]))
    }

    fn read_u16(&mut self) -> Result<u16, Fault> {
        let mut number = [0; 2];
        self.reader.read_exact(&mut number)?;
        Ok(if self.is_big_endian { u16::from_be_bytes(number) } else { u16::from_le_bytes(number) })
    }

    pub(super) fn number(&self, bytes: &[u8]) -> u64 {
        let shift = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        if self.is_big_endian { bytes.iter().fold(0, shift) } else { bytes.iter().rev().fold(0, shift) }
    }

    /// The first value of a tag, as a whole number.
    pub(super) fn unsigned(&mut self, directory: &Directory, tag: Tag) -> Result<Option<u64>, Fault> {
        let mut first = None;
        self.each_unsigned(directory, tag, 1, |value| first = Some(value))?;
        Ok(first)
    }

    /// The first `most` values of a tag, as whole numbers.
    pub(super) fn unsigned_values(
        &mut self,
        directory: &Directory,
        tag: Tag,
        most: u64,
    ) -> Result<Option<Vec<u64>>, Fault> {
        let Some(entry) = directory.entry(tag) else { return Ok(None) };
        let count = entry.count.min(most);
        if count > limits::TIFF_VALUE_BYTES / entry.value_bytes() {
            return Err(Fault::Corrupt("an entry is unreasonably large".to_owned()));
        }
        let mut values = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
        self.each_unsigned(directory, tag, count, |value| values.push(value))?;
        Ok(Some(values))
    }

    fn each_unsigned(
        &mut self,
        directory: &Directory,
        tag: Tag,
        most: u64,
        mut with: impl FnMut(u64),
    ) -> Result<(), Fault> {
        let Some(entry) = directory.entry(tag) else { return Ok(()) };
        let not_whole = || Fault::Corrupt(format!("its tag {} is not a whole number", tag.to_u16()));
        let is_signed = match entry.kind {
            Some(Type::SBYTE | Type::SSHORT | Type::SLONG | Type::SLONG8) => true,
            Some(Type::BYTE | Type::UNDEFINED | Type::SHORT | Type::LONG | Type::LONG8) => false,
            Some(Type::IFD | Type::IFD8) => false,
            _ => return Err(not_whole()),
        };
        let bytes = entry.value_bytes();
        let is_elsewhere = self.go_to_values(entry)?;
        let mut inline = &entry.value[..];
        for _ in 0..entry.count.min(most) {
            let mut value = [0; 8];
            let value = &mut value[..usize::try_from(bytes).unwrap_or(8)];
            if is_elsewhere {
                self.reader.read_exact(value)?;
            } else {
                inline.read_exact(value)?;
            }
            let number = self.number(value);
            if is_signed && number >> (bytes * 8 - 1) != 0 {
                return Err(not_whole());
            }
            with(number);
        }
        Ok(())
    }

    /// The bytes of a tag from their beginning, at most `most` of them.
    pub(crate) fn bytes(
        &mut self,
        directory: &Directory,
        tag: Tag,
        most: u64,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let Some(entry) = directory.entry(tag) else { return Ok(None) };
        let length = entry.count.saturating_mul(entry.value_bytes());
        self.bytes_from(directory, tag, length.min(most))
    }

    /// The bytes of a tag as a stream; `None` where it is not there, or so short that it lies in its entry.
    pub(crate) fn stream(
        &mut self,
        directory: &Directory,
        tag: Tag,
    ) -> Result<Option<impl Read + '_>, Fault> {
        let Some(entry) = directory.entry(tag) else { return Ok(None) };
        let length = entry.count.saturating_mul(entry.value_bytes());
        Ok(self.go_to_values(entry)?.then(|| self.reader.by_ref().take(length)))
    }

    /// This many bytes from where the values of a tag begin, or as many as there are: some tags have values of types that
    /// TIFF does not know.
    pub(super) fn bytes_from(
        &mut self,
        directory: &Directory,
        tag: Tag,
        length: u64,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let Some(entry) = directory.entry(tag) else { return Ok(None) };
        let mut bytes = Vec::new();
        if self.go_to_values(entry)? {
            // As far as there are bytes: a length that is too great asks for no memory.
            self.reader.by_ref().take(length).read_to_end(&mut bytes)?;
        } else {
            (&entry.value[..]).take(length).read_to_end(&mut bytes)?;
        }
        Ok(Some(bytes))
    }

    /// Goes to where the values of an entry lie, unless they are in the entry itself: whether it went.
    fn go_to_values(&mut self, entry: &Entry) -> Result<bool, Fault> {
        if entry.count.saturating_mul(entry.value_bytes()) <= self.place_bytes() as u64 {
            return Ok(false);
        }
        let place = self.number(&entry.value[..self.place_bytes()]);
        self.reader.seek(SeekFrom::Start(place))?;
        Ok(true)
    }

    /// Whether a page is no smaller form of another, and no mask.
    pub(crate) fn is_full(&mut self, directory: &Directory) -> Result<bool, Fault> {
        const REDUCED: u64 = 1;
        const MASK: u64 = 4;
        if let Some(kind) = self.unsigned(directory, Tag::NewSubfileType)? {
            return Ok(kind & (REDUCED | MASK) == 0);
        }
        // As it was written before.
        Ok(self.unsigned(directory, Tag::SubfileType)? != Some(2))
    }

    /// Whether a full page follows in the chain, or something that cannot be read.
    pub(super) fn full_page_follows(&mut self, directory: &Directory) -> bool {
        let mut place = directory.next;
        for _ in 0..limits::TIFF_REDUCED {
            if place == 0 || place == self.first {
                return false;
            }
            let Ok(directory) = self.directory_at(place) else { return true };
            if self.is_full(&directory).unwrap_or(true) {
                return true;
            }
            place = directory.next;
        }
        false
    }

    /// Bytes of the whole file.
    pub(super) fn file_bytes(&mut self) -> Result<u64, Fault> {
        Ok(self.reader.seek(SeekFrom::End(0))?)
    }
}

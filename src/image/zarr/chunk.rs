//! One chunk of an array: from the bytes of its file into the image.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;

use super::blosc;
use super::coding::{CHECKSUM_BYTES, Coding, Compression, Content, PLACE_BYTES, Packing, Shards};
use super::decompressors::Decompressors;
use super::fault::ZarrFault;
use super::layout::ZarrArray;
use super::part::{Part, pieces_of_all};
use super::samples::Samples;
use crate::image::scratch::ChunkScratch;
use crate::limits;

/// Where an index says that a chunk is not there.
const NOWHERE: u64 = u64::MAX;

/// Reads chunks of an array into images that lie in the same ones.
pub(super) struct ChunkReader<'a, 'b> {
    pub(super) array: &'a ZarrArray,
    pub(super) images: &'a mut [&'b mut [u8]],
    pub(super) scratch: &'a mut ChunkScratch,
}

/// A piece of a file.
#[derive(Clone, Copy)]
struct Piece<'a> {
    file: &'a File,
    start: u64,
    bytes: u64,
}

impl Piece<'_> {
    /// Reads exactly `out`, from a byte of the piece on.
    fn read(self, from: u64, out: &mut [u8]) -> io::Result<()> {
        let end = from.checked_add(out.len() as u64);
        if end.is_none_or(|end| end > self.bytes) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut file = self.file;
        file.seek(SeekFrom::Start(self.start.saturating_add(from)))?;
        file.read_exact(out)
    }
}

impl ChunkReader<'_, '_> {
    /// Puts what each image takes of a chunk into it.
    pub(super) fn read(&mut self, file: &File, parts: &[Part], name: &str) -> Result<(), ZarrFault> {
        let bytes = file.metadata().map_err(|error| ZarrFault::io(name, error))?.len();
        let array = self.array;
        self.read_piece(Piece { file, start: 0, bytes }, &array.chunk, &array.coding, parts).map_err(
            |fault| match fault {
                Fault::Io(error) => ZarrFault::io(name, error),
                Fault::Zarr(ZarrFault::Damaged(why)) => ZarrFault::Damaged(format!("{name}: {why}")),
                Fault::Zarr(fault) => fault,
            },
        )
    }

    /// Puts the fill value where the images lie in a chunk.
    pub(super) fn fill(&mut self, parts: &[Part]) {
        for (part, image) in parts.iter().zip(&mut *self.images) {
            part.fill(&self.array.fill, image);
        }
    }

    fn read_piece(
        &mut self,
        piece: Piece<'_>,
        chunk: &[u64],
        coding: &Coding,
        parts: &[Part],
    ) -> Result<(), Fault> {
        let chunk = coding.stored_shape(chunk);
        let turn = |order: &Vec<usize>| parts.iter().map(|part| part.transposed(order)).collect::<Vec<_>>();
        let turned = coding.order.as_ref().map(turn);
        let parts = turned.as_deref().unwrap_or(parts);
        match &coding.content {
            Content::Shards(shards) => self.read_shards(piece, &chunk, shards, parts),
            Content::Samples(packing) if packing.is_none() => self.read_plain(piece, &chunk, parts),
            Content::Samples(packing) => self.read_packed(piece, &chunk, *packing, parts),
        }
    }

    /// Reads those chunks of a shard that the images take something of.
    fn read_shards(
        &mut self,
        piece: Piece<'_>,
        shard: &[u64],
        shards: &Shards,
        parts: &[Part],
    ) -> Result<(), Fault> {
        let index_bytes = shards.index_bytes(shard)?;
        // Before there is memory for it: the index is as long as the metadata says, the file as long as it is.
        let from = if shards.index.is_first { Some(0) } else { piece.bytes.checked_sub(index_bytes) };
        let from = from.filter(|_| index_bytes <= piece.bytes).ok_or(io::ErrorKind::UnexpectedEof);
        let mut index = vec![0; usize_of(index_bytes)?];
        piece.read(from.map_err(io::Error::from)?, &mut index)?;
        if shards.index.has_checksum {
            let checked = without_checksum(&index)?.len();
            index.truncate(checked);
        }
        let number = |bytes: &[u8; 8]| match shards.index.is_big_endian {
            true => u64::from_be_bytes(*bytes),
            false => u64::from_le_bytes(*bytes),
        };
        let (numbers, _) = index.as_chunks::<8>();
        for (place, parts) in pieces_of_all(parts, &shards.chunk) {
            let grid = shard.iter().zip(&shards.chunk).map(|(shard, chunk)| shard / chunk);
            let at = grid.zip(&place).fold(0, |at, (count, place)| at * count + place);
            let at = usize_of(at * (PLACE_BYTES / 8))?;
            let (Some(start), Some(bytes)) = (numbers.get(at), numbers.get(at + 1)) else {
                return Err(ZarrFault::damaged("its index is too short").into());
            };
            let (start, bytes) = (number(start), number(bytes));
            if (start, bytes) == (NOWHERE, NOWHERE) {
                self.fill(&parts);
                continue;
            }
            if start.checked_add(bytes).is_none_or(|end| end > piece.bytes) {
                return Err(ZarrFault::damaged("its index leads out of it").into());
            }
            let inner = Piece { start: piece.start + start, bytes, ..piece };
            self.read_piece(inner, &shards.chunk, &shards.coding, &parts)?;
        }
        Ok(())
    }

    /// Reads of samples that are stored as they are those that each image takes.
    fn read_plain(&mut self, piece: Piece<'_>, chunk: &[u64], parts: &[Part]) -> Result<(), Fault> {
        let samples = self.array.samples;
        let chunk_bytes = bytes_of(chunk, samples);
        if piece.bytes > chunk_bytes {
            return Err(ZarrFault::damaged("it is longer than a chunk").into());
        }
        for (part, image) in parts.iter().zip(&mut *self.images) {
            if let Some(stretch) = in_image(part, samples) {
                let out = &mut image[part.at..part.at + stretch.len()];
                piece.read(stretch.start as u64, out)?;
                continue;
            }
            let span = part.span();
            let Range { start, end } = in_bytes(&span, samples);
            let needs = Packing::default().buffers((end - start) as u64, None);
            self.scratch.fit(needs).map_err(|_| too_large(chunk_bytes))?;
            let buffer = &mut self.scratch.packed;
            buffer.resize(end - start, 0);
            piece.read(start as u64, buffer)?;
            part.copy(buffer, span.start, samples, self.array.is_big_endian, image);
        }
        Ok(())
    }

    /// Unpacks samples once, and gives each image what it takes of them.
    fn read_packed(
        &mut self,
        piece: Piece<'_>,
        chunk: &[u64],
        packing: Packing,
        parts: &[Part],
    ) -> Result<(), Fault> {
        let samples = self.array.samples;
        let chunk_bytes = bytes_of(chunk, samples);
        if piece.bytes > packing.most_bytes(chunk_bytes) {
            return Err(ZarrFault::damaged("it is longer than a chunk can become").into());
        }
        // A whole chunk that lies at a stretch is unpacked where it belongs.
        let whole = 0..usize_of(chunk_bytes)?;
        let only = match parts {
            [only] if packing.inner_checksums == 0 => in_image(only, samples).filter(|bytes| *bytes == whole),
            _ => None,
        };
        let mut needs = packing.buffers(chunk_bytes, Some(piece.bytes));
        if only.is_some() {
            needs.packed = 0;
        }
        self.scratch.fit(needs).map_err(|_| too_large(chunk_bytes))?;
        let ChunkScratch { compressed, packed, row, inflater, zstd, .. } = &mut *self.scratch;
        compressed.resize(usize_of(piece.bytes)?, 0);
        piece.read(0, compressed)?;
        let decompressors = &mut Decompressors::new(inflater, zstd);
        if let (Some(_), [part], [image]) = (only, parts, &mut *self.images) {
            let out = &mut image[part.at..part.at + whole.end];
            unpack(packing, compressed, out, &whole, row, decompressors)?;
            return Ok(());
        }
        packed.resize(usize_of(packing.unpacked_bytes(chunk_bytes))?, 0);
        let spans = parts.iter().map(|part| in_bytes(&part.span(), samples));
        let spans = spans.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)).unwrap_or_default();
        let wanted = if packing.inner_checksums == 0 { spans } else { 0..packed.len() };
        unpack(packing, compressed, packed, &wanted, row, decompressors)?;
        let mut unpacked = &packed[..];
        for _ in 0..packing.inner_checksums {
            unpacked = without_checksum(unpacked)?;
        }
        for (part, image) in parts.iter().zip(&mut *self.images) {
            part.copy(unpacked, 0, samples, self.array.is_big_endian, image);
        }
        Ok(())
    }
}

/// Bytes of the samples of a chunk, whose size was checked.
fn bytes_of(chunk: &[u64], samples: Samples) -> u64 {
    chunk.iter().product::<u64>() * samples.stored_bytes() as u64
}

/// Samples of a chunk as its bytes.
fn in_bytes(range: &Range<usize>, samples: Samples) -> Range<usize> {
    range.start * samples.stored_bytes()..range.end * samples.stored_bytes()
}

/// The bytes of a chunk that lie in an image at a stretch, as they are stored.
fn in_image(part: &Part, samples: Samples) -> Option<Range<usize>> {
    let stretch = part.stretch(samples.stored_bytes()).filter(|_| !samples.is_half)?;
    Some(in_bytes(&stretch, samples))
}

/// Undoes compression, into exactly `out`; of that at least what is wanted.
fn unpack(
    packing: Packing,
    mut bytes: &[u8],
    out: &mut [u8],
    wanted: &Range<usize>,
    row: &mut Vec<u8>,
    decompressors: &mut Decompressors<'_>,
) -> Result<(), ZarrFault> {
    for _ in 0..packing.outer_checksums {
        bytes = without_checksum(bytes)?;
    }
    match packing.compression {
        None if bytes.len() == out.len() => {
            out.copy_from_slice(bytes);
            Ok(())
        }
        None => Err(ZarrFault::damaged("it is not as long as a chunk")),
        Some(Compression::Blosc) => blosc::unpack(bytes, out, wanted, row, decompressors),
        Some(Compression::Gzip) => decompressors.inflate_gzip(bytes, out),
        Some(Compression::Zlib) => decompressors.inflate_zlib(bytes, out),
        Some(Compression::Zstd) => decompressors.unpack_zstd(bytes, out),
    }
}

/// Bytes without the CRC-32C behind them, which is compared.
fn without_checksum(bytes: &[u8]) -> Result<&[u8], ZarrFault> {
    match bytes.split_last_chunk::<{ CHECKSUM_BYTES as usize }>() {
        Some((bytes, sum)) if crc32c::crc32c(bytes) == u32::from_le_bytes(*sum) => Ok(bytes),
        Some(_) => Err(ZarrFault::damaged("its checksum is wrong")),
        None => Err(ZarrFault::damaged("it lacks its checksum")),
    }
}

/// What goes wrong with a chunk, before it is known which.
enum Fault {
    Io(io::Error),
    Zarr(ZarrFault),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ZarrFault> for Fault {
    fn from(fault: ZarrFault) -> Self {
        Self::Zarr(fault)
    }
}

fn too_large(bytes: u64) -> ZarrFault {
    ZarrFault::TooLarge { what: "a chunk", bytes }
}

/// A length that was compared with [`limits::IMAGE_BYTES`] or with a file's.
fn usize_of(bytes: u64) -> Result<usize, ZarrFault> {
    usize::try_from(bytes).map_err(|_| too_large(bytes.max(limits::IMAGE_BYTES)))
}

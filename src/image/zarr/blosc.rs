//! The container Blosc: a header, then blocks, each compressed for itself after its bytes were sorted.
//!
//! Deliberately absent: Blosc 2, which Zarr does not use, and Snappy, which zarr-python does not write.

use std::ops::Range;

use super::blosclz;
use super::decompressors::Decompressors;
use super::fault::ZarrFault;
use super::shuffle::{unshuffle_bits, unshuffle_bytes};

const HEADER_BYTES: usize = 16;
const VERSION: u8 = 2;

const SORTED_BYTES: u8 = 1;
const STORED: u8 = 2;
const SORTED_BITS: u8 = 4;
const LATER: u8 = 8;
const NOT_SPLIT: u8 = 16;

/// Samples of more bytes are not compressed byte by byte, nor are blocks of fewer samples.
const MOST_SPLITS: usize = 16;
const FEWEST_SAMPLES: usize = 128;

struct Header {
    flags: u8,
    sample_bytes: usize,
    block_bytes: usize,
}

impl Header {
    fn read(packed: &[u8], unpacked_bytes: usize) -> Result<Self, ZarrFault> {
        let wrong = |why: &str| ZarrFault::damaged(format!("{why} of a Blosc chunk"));
        let header = packed.first_chunk::<HEADER_BYTES>().ok_or_else(|| wrong("only the beginning"))?;
        let [version, _, flags, sample_bytes, ..] = *header;
        if version != VERSION || flags & LATER != 0 {
            return Err(ZarrFault::Unsupported(format!("Blosc of version {version}")));
        }
        if number(header, 4) != Some(unpacked_bytes) {
            return Err(wrong("another size"));
        }
        if number(header, 12) != Some(packed.len()) {
            return Err(wrong("another length"));
        }
        let block_bytes = number(header, 8).filter(|bytes| (1..=unpacked_bytes).contains(bytes));
        let block_bytes = block_bytes.ok_or_else(|| wrong("another block size"))?;
        if sample_bytes == 0 {
            return Err(wrong("no sample size"));
        }
        Ok(Self { flags, sample_bytes: sample_bytes.into(), block_bytes })
    }
}

/// Four bytes as a length.
fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(4)?)?.first_chunk::<4>()?;
    usize::try_from(i32::from_le_bytes(*bytes)).ok()
}

/// Unpacks the blocks that `wanted` lies in to their places in `out`, which is as large as all. `sorted` is memory
/// for one block.
pub(super) fn unpack(
    packed: &[u8],
    out: &mut [u8],
    wanted: &Range<usize>,
    sorted: &mut Vec<u8>,
    decompressors: &mut Decompressors<'_>,
) -> Result<(), ZarrFault> {
    let header = Header::read(packed, out.len())?;
    if header.flags & STORED != 0 {
        let stored = &packed[HEADER_BYTES..];
        if stored.len() != out.len() {
            return Err(ZarrFault::damaged("another length of a Blosc chunk"));
        }
        out.copy_from_slice(stored);
        return Ok(());
    }
    let first = wanted.start / header.block_bytes;
    for (index, block) in out.chunks_mut(header.block_bytes).enumerate().skip(first) {
        if index * header.block_bytes >= wanted.end {
            break;
        }
        let at = number(packed, HEADER_BYTES + index * 4).and_then(|at| packed.get(at..));
        let from = at.ok_or_else(|| ZarrFault::damaged("a block outside its Blosc chunk"))?;
        unpack_block(&header, from, block, sorted, decompressors)?;
    }
    Ok(())
}

fn unpack_block(
    header: &Header,
    packed: &[u8],
    block: &mut [u8],
    sorted: &mut Vec<u8>,
    decompressors: &mut Decompressors<'_>,
) -> Result<(), ZarrFault> {
    let sample_bytes = header.sample_bytes;
    let sorts_bytes = header.flags & SORTED_BYTES != 0 && sample_bytes > 1;
    let sorts_bits = header.flags & SORTED_BITS != 0 && block.len() >= sample_bytes;
    if !sorts_bytes && !sorts_bits {
        return unpack_streams(header, packed, block, decompressors);
    }
    sorted.clear();
    sorted.reserve_exact(block.len());
    sorted.resize(block.len(), 0);
    unpack_streams(header, packed, sorted, decompressors)?;
    if sorts_bytes {
        unshuffle_bytes(sorted, sample_bytes, block);
    } else {
        unshuffle_bits(sorted, sample_bytes, block);
    }
    Ok(())
}

/// A block is one stream, or one for each byte of its samples.
fn unpack_streams(
    header: &Header,
    mut packed: &[u8],
    block: &mut [u8],
    decompressors: &mut Decompressors<'_>,
) -> Result<(), ZarrFault> {
    let is_last = block.len() < header.block_bytes;
    let is_split = header.flags & NOT_SPLIT == 0
        && header.sample_bytes <= MOST_SPLITS
        && block.len() / header.sample_bytes >= FEWEST_SAMPLES
        && !is_last;
    let streams = if is_split { header.sample_bytes } else { 1 };
    if !block.len().is_multiple_of(streams) {
        return Err(ZarrFault::damaged("a Blosc block with incomplete samples"));
    }
    for out in block.chunks_mut(block.len() / streams) {
        let stream = number(packed, 0).and_then(|length| packed[4..].split_at_checked(length));
        let (stream, rest) = stream.ok_or_else(|| ZarrFault::damaged("a Blosc block is cut off"))?;
        packed = rest;
        if stream.len() == out.len() {
            out.copy_from_slice(stream);
            continue;
        }
        match header.flags >> 5 {
            0 => blosclz::unpack(stream, out)
                .ok_or_else(|| ZarrFault::damaged("a Blosc block of damaged BloscLZ data"))?,
            1 => match lz4_flex::block::decompress_into(stream, out) {
                Ok(bytes) if bytes == out.len() => {}
                Ok(_) => return Err(ZarrFault::damaged("a Blosc block is too short")),
                Err(error) => return Err(ZarrFault::damaged(format!("LZ4: {error}"))),
            },
            2 => return Err(ZarrFault::Unsupported("Blosc with Snappy".to_owned())),
            3 => decompressors.inflate_zlib(stream, out)?,
            4 => decompressors.unpack_zstd(stream, out)?,
            other => return Err(ZarrFault::Unsupported(format!("Blosc with coding {other}"))),
        }
    }
    Ok(())
}

//! From the chunks (strips or tiles) of a TIFF page to pixels in the caller's memory.
//!
//! The codings that plates use are undone here rather than through the `tiff` crate's streaming
//! readers, straight from the compressed bytes into the image where rows of the file are rows of
//! the image: that is faster, needs no window of its own, gives the values as stored, and no input
//! makes it panic. JPEG and Fax 4 are the crate's.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use tiff::decoder::{Decoder, Limits};

use super::super::fault::Fault;
use super::super::scratch::ChunkScratch;
use super::directory::PageReader;
use super::page::{Coding, Page, Prediction};
use super::samples::{row_to_samples, to_native_order, undo_horizontal, unpack_bits, ycbcr_to_rgb};

/// Reads all of a page into `out`, which has exactly the bytes of its format.
pub(crate) fn read_chunks(
    file: &File,
    page: &Page,
    page_index: u32,
    out: &mut [u8],
    header: &mut Vec<u8>,
    scratch: &mut ChunkScratch,
) -> Result<(), Fault> {
    scratch.fit(page.buffers())?;
    if page.coding == Coding::Crate {
        return read_by_crate(PageReader::new(file, header), page, page_index, out, scratch);
    }
    if page.in_place() {
        read_strips_in_place(file, page, out, scratch)
    } else {
        place_chunks(file, page, out, scratch)
    }
}

/// Rows of the file are rows of the image: each strip goes to its place.
fn read_strips_in_place(
    mut file: &File,
    page: &Page,
    out: &mut [u8],
    scratch: &mut ChunkScratch,
) -> Result<(), Fault> {
    let row_bytes = page.chunk_row_bytes();
    let strip_bytes = row_bytes * page.chunk_height as usize;
    if page.coding == Coding::None {
        // Neighbouring strips are read at once: some microscopes write strips of 8 rows.
        let mut first = 0;
        while first < page.offsets.len() {
            let mut end = first + 1;
            while end < page.offsets.len()
                && page.offsets[end - 1].checked_add(strip_bytes as u64) == Some(page.offsets[end])
            {
                end += 1;
            }
            let start_byte = first * strip_bytes;
            let end_byte = (end * strip_bytes).min(out.len());
            file.seek(SeekFrom::Start(page.offsets[first]))?;
            file.read_exact(&mut out[start_byte..end_byte])?;
            first = end;
        }
    } else {
        for (index, strip) in out.chunks_mut(strip_bytes).enumerate() {
            unpack_chunk(file, page, index, strip, scratch)?;
        }
    }
    let sample_bytes = page.format.pixel.bytes();
    to_native_order(out, sample_bytes, page.big_endian);
    if page.prediction == Prediction::Horizontal {
        let samples = page.chunk_samples();
        for row in out.chunks_mut(row_bytes) {
            undo_horizontal(row, sample_bytes, samples, u64::MAX);
        }
    }
    Ok(())
}

/// Tiles, separate planes and samples of odd bits: each chunk is unpacked, then its rows are put in
/// their places.
fn place_chunks(file: &File, page: &Page, out: &mut [u8], scratch: &mut ChunkScratch) -> Result<(), Fault> {
    let format = page.format;
    let sample_bytes = format.pixel.bytes();
    let pixel_bytes = usize::from(format.samples) * sample_bytes;
    let image_row_bytes = format.width as usize * pixel_bytes;
    let chunk_samples = page.chunk_samples();
    let packed_row_bytes = page.chunk_row_bytes();
    let chunks_across = page.chunks_across() as usize;
    let chunks_per_plane = chunks_across * page.chunks_down() as usize;
    let mut packed = std::mem::take(&mut scratch.packed);
    let mut row = std::mem::take(&mut scratch.row);
    row.resize(page.chunk_row_samples() * sample_bytes, 0);
    let mut place = || -> Result<(), Fault> {
        for index in 0..page.offsets.len() {
            let plane = index / chunks_per_plane;
            let within = index % chunks_per_plane;
            let left = (within % chunks_across) * page.chunk_width as usize;
            let top = (within / chunks_across) * page.chunk_height as usize;
            let rows = (page.chunk_height as usize).min(format.height as usize - top);
            let columns = (page.chunk_width as usize).min(format.width as usize - left);
            packed.resize(packed_row_bytes * rows, 0);
            unpack_chunk(file, page, index, &mut packed, scratch)?;
            for (y, packed_row) in packed.chunks_mut(packed_row_bytes).enumerate() {
                row_to_samples(page, packed_row, &mut row, &mut scratch.shuffled);
                let to = (top + y) * image_row_bytes + left * pixel_bytes;
                let valid = &row[..columns * chunk_samples * sample_bytes];
                if page.separate_planes {
                    let pixels = out[to..].chunks_mut(pixel_bytes);
                    for (pixel, sample) in pixels.zip(valid.chunks(sample_bytes)) {
                        pixel[plane * sample_bytes..][..sample_bytes].copy_from_slice(sample);
                    }
                } else {
                    out[to..to + valid.len()].copy_from_slice(valid);
                }
            }
        }
        Ok(())
    };
    let result = place();
    scratch.packed = packed;
    scratch.row = row;
    result
}

/// One chunk without its compression, into exactly `out`.
fn unpack_chunk(
    mut file: &File,
    page: &Page,
    index: usize,
    out: &mut [u8],
    scratch: &mut ChunkScratch,
) -> Result<(), Fault> {
    file.seek(SeekFrom::Start(page.offsets[index]))?;
    if page.coding == Coding::None {
        file.read_exact(out)?;
        return Ok(());
    }
    let length = page.lengths[index];
    scratch.compressed.clear();
    scratch.compressed.reserve_exact(usize::try_from(length).unwrap_or(0));
    let read = file.take(length).read_to_end(&mut scratch.compressed)?;
    let cut_off = page.is_cut_off || (read as u64) < length;
    let unpacked = match page.coding {
        Coding::Lzw => unpack_lzw(out, scratch),
        Coding::Deflate => unpack_whole(page, out, scratch, inflate),
        Coding::Zstd => unpack_whole(page, out, scratch, unpack_zstd),
        Coding::PackBits => unpack_packbits(&scratch.compressed, out),
        Coding::None | Coding::Crate => Ok(()),
    };
    unpacked.map_err(|fault| if cut_off { Fault::Truncated } else { fault })
}

/// Why a decompressor that works on whole buffers gave up.
enum Unpack {
    OutputTooSmall,
    Damaged(String),
}

type UnpackWhole = fn(&[u8], &mut [u8], &mut Decompressors<'_>) -> Result<usize, Unpack>;

struct Decompressors<'a> {
    inflater: &'a mut Option<libdeflater::Decompressor>,
    zstd: &'a mut Option<zstd::bulk::Decompressor<'static>>,
}

/// The last strip may hold more rows than the image has left (some writers fill it up). The
/// decompressors refuse that, so it is unpacked into a full strip's memory and cut.
fn unpack_whole(
    page: &Page,
    out: &mut [u8],
    scratch: &mut ChunkScratch,
    unpack: UnpackWhole,
) -> Result<(), Fault> {
    let states = &mut Decompressors { inflater: &mut scratch.inflater, zstd: &mut scratch.zstd };
    let got = match unpack(&scratch.compressed, out, states) {
        Ok(got) => got,
        Err(Unpack::Damaged(why)) => return Err(Fault::Corrupt(why)),
        Err(Unpack::OutputTooSmall) => {
            let full = page.chunk_row_bytes() * page.stored_height as usize;
            // Only a last strip is shorter than a full one; any other holds more than it may.
            let mut strip = vec![0; if full > out.len() { full } else { 0 }];
            match unpack(&scratch.compressed, &mut strip, states) {
                Ok(got) => {
                    out.copy_from_slice(&strip[..out.len()]);
                    got
                }
                Err(Unpack::Damaged(why)) => return Err(Fault::Corrupt(why)),
                Err(Unpack::OutputTooSmall) => {
                    return Err(Fault::Corrupt("a strip or tile holds too many pixels".to_owned()));
                }
            }
        }
    };
    if got < out.len() { Err(too_few_pixels()) } else { Ok(()) }
}

fn too_few_pixels() -> Fault {
    Fault::Corrupt("a strip or tile holds too few pixels".to_owned())
}

fn inflate(from: &[u8], to: &mut [u8], states: &mut Decompressors<'_>) -> Result<usize, Unpack> {
    let inflater = states.inflater.get_or_insert_with(libdeflater::Decompressor::new);
    inflater.zlib_decompress(from, to).map_err(|error| match error {
        libdeflater::DecompressionError::InsufficientSpace => Unpack::OutputTooSmall,
        libdeflater::DecompressionError::BadData => Unpack::Damaged("bad deflate data".to_owned()),
    })
}

fn unpack_zstd(from: &[u8], to: &mut [u8], states: &mut Decompressors<'_>) -> Result<usize, Unpack> {
    let zstd = states.zstd.get_or_insert_with(zstd::bulk::Decompressor::default);
    // Where no length is told, other bytes may follow.
    let frame = zstd::zstd_safe::find_frame_compressed_size(from).unwrap_or(from.len());
    zstd.decompress_to_buffer(&from[..frame.min(from.len())], to).map_err(|error| {
        let why = error.to_string();
        if why.contains("too small") {
            Unpack::OutputTooSmall
        } else {
            Unpack::Damaged(format!("zstd: {why}"))
        }
    })
}

fn unpack_lzw(out: &mut [u8], scratch: &mut ChunkScratch) -> Result<(), Fault> {
    let decoder = scratch.lzw.get_or_insert_with(|| {
        weezl::decode::Configuration::with_tiff_size_switch(weezl::BitOrder::Msb, 8)
            .with_yield_on_full_buffer(true)
            .build()
    });
    decoder.reset();
    let (mut from, mut to) = (&scratch.compressed[..], out);
    while !to.is_empty() {
        let result = decoder.decode_bytes(from, to);
        from = from.get(result.consumed_in..).unwrap_or(&[]);
        to = to.get_mut(result.consumed_out..).unwrap_or(&mut []);
        match result.status {
            Ok(weezl::LzwStatus::Ok) if result.consumed_in + result.consumed_out > 0 => {}
            Ok(_) if to.is_empty() => {}
            Ok(_) => return Err(too_few_pixels()),
            Err(error) => return Err(Fault::Corrupt(error.to_string())),
        }
    }
    Ok(())
}

fn unpack_packbits(mut from: &[u8], mut out: &mut [u8]) -> Result<(), Fault> {
    while !out.is_empty() {
        let Some((&header, rest)) = from.split_first() else { return Err(too_few_pixels()) };
        from = rest;
        match header {
            0..=127 => {
                let count = usize::from(header) + 1;
                let Some((literal, rest)) = from.split_at_checked(count) else {
                    return Err(too_few_pixels());
                };
                let used = count.min(out.len());
                out[..used].copy_from_slice(&literal[..used]);
                (from, out) = (rest, &mut out[used..]);
            }
            128 => {}
            129.. => {
                let Some((&value, rest)) = from.split_first() else { return Err(too_few_pixels()) };
                let used = (257 - usize::from(header)).min(out.len());
                out[..used].fill(value);
                (from, out) = (rest, &mut out[used..]);
            }
        }
    }
    Ok(())
}

/// JPEG and Fax 4, through the `tiff` crate, which inverts where 0 is white: undone, because the
/// values as stored are what counts.
fn read_by_crate(
    reader: PageReader<'_>,
    page: &Page,
    page_index: u32,
    out: &mut [u8],
    scratch: &mut ChunkScratch,
) -> Result<(), Fault> {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = out.len();
    limits.intermediate_buffer_size = usize::try_from(page.compressed_limit()).unwrap_or(usize::MAX);
    let mut decoder = Decoder::new(reader)?.with_limits(limits);
    if page_index > 0 {
        decoder.seek_to_image(page_index as usize)?;
    }
    let layout = decoder.image_buffer_layout()?;
    let row_bytes = (page.format.width as usize * page.chunk_samples() * usize::from(page.bits)).div_ceil(8);
    if layout.len != row_bytes * page.format.height as usize {
        return Err(Fault::Unsupported("this kind of JPEG or fax image".to_owned()));
    }
    if page.bits == 8 {
        decoder.read_image_bytes(out)?;
        if page.white_is_zero {
            out.iter_mut().for_each(|value| *value = !*value);
        }
        if page.is_ycbcr && page.format.samples == 3 {
            out.as_chunks_mut::<3>().0.iter_mut().for_each(|pixel| *pixel = ycbcr_to_rgb(*pixel));
        }
    } else {
        scratch.packed.resize(layout.len, 0);
        decoder.read_image_bytes(&mut scratch.packed)?;
        let sample_bytes = page.format.pixel.bytes();
        let image_row_bytes = page.format.width as usize * page.chunk_samples() * sample_bytes;
        for (packed, row) in scratch.packed.chunks_mut(row_bytes).zip(out.chunks_mut(image_row_bytes)) {
            if page.white_is_zero {
                packed.iter_mut().for_each(|value| *value = !*value);
            }
            unpack_bits(packed, page.bits, row, sample_bytes);
        }
    }
    Ok(())
}

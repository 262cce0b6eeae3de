//! One shard: the chunks of a plane, each compressed for itself, then where they lie.

use std::io::{self, Write};

use super::super::coding::{CHECKSUM_BYTES, PLACE_BYTES};
use crate::image::{ImageFormat, ImageRef};

/// The most rows and columns of a chunk.
const CHUNK_SIDE: u32 = 512;

/// As the library calls its fastest level but for those that hardly compress.
pub(super) const ZSTD_LEVEL: i32 = 1;

/// What the compressor holds, measured on chunks of 2 MB and rounded up.
pub(super) const COMPRESSOR_BYTES: u64 = 1536 * 1024;

/// How a plane is parted into chunks: alike, and so that a shard of them is as large as the plane, or nearly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ShardGrid {
    format: ImageFormat,
    /// Rows and columns of a chunk.
    pub(super) chunk: [u32; 2],
    /// Chunks down and across.
    counts: [u32; 2],
}

impl ShardGrid {
    pub(super) fn of(format: ImageFormat) -> Self {
        let sides = [format.height, format.width];
        let counts = sides.map(|side| side.div_ceil(CHUNK_SIDE).max(1));
        let chunk = [0, 1].map(|axis| sides[axis].div_ceil(counts[axis]).max(1));
        Self { format, chunk, counts }
    }

    /// Rows and columns of the shard: whole chunks.
    pub(super) fn shard(&self) -> [u32; 2] {
        [0, 1].map(|axis| self.chunk[axis] * self.counts[axis])
    }

    /// Bytes of the samples of a chunk.
    pub(super) fn chunk_bytes(&self) -> u64 {
        u64::from(self.chunk[0]) * u64::from(self.chunk[1]) * self.format.pixel.bytes() as u64
    }

    /// The most that a chunk is compressed to, as the library says.
    pub(super) fn most_chunk_bytes(&self) -> u64 {
        zstd::zstd_safe::compress_bound(usize::try_from(self.chunk_bytes()).unwrap_or(usize::MAX)) as u64
    }

    fn chunk_count(&self) -> u64 {
        u64::from(self.counts[0]) * u64::from(self.counts[1]) * u64::from(self.format.samples)
    }

    pub(super) fn index_bytes(&self) -> u64 {
        self.chunk_count() * PLACE_BYTES + CHECKSUM_BYTES
    }

    /// The most bytes of a shard.
    pub(super) fn most_bytes(&self) -> u64 {
        self.chunk_count() * self.most_chunk_bytes() + self.index_bytes()
    }

    /// Puts the samples of a chunk side by side; what lies beyond the plane is 0.
    fn gather(&self, image: &[u8], sample: usize, place: [u32; 2], chunk: &mut [u8]) {
        let ImageFormat { width, height, samples, pixel } = self.format;
        let (sample_bytes, samples) = (pixel.bytes(), usize::from(samples));
        let pixel_bytes = sample_bytes * samples;
        let [first_row, first_column] = [0, 1].map(|axis| (place[axis] * self.chunk[axis]) as usize);
        let columns = (width as usize).saturating_sub(first_column).min(self.chunk[1] as usize);
        for (row, out) in chunk.chunks_exact_mut(self.chunk[1] as usize * sample_bytes).enumerate() {
            let (out, beyond) = out.split_at_mut(columns * sample_bytes);
            beyond.fill(0);
            let row = first_row + row;
            if row >= height as usize {
                out.fill(0);
                continue;
            }
            let from = (row * width as usize + first_column) * pixel_bytes;
            let from = &image[from..from + columns * pixel_bytes];
            if samples == 1 {
                out.copy_from_slice(from);
                continue;
            }
            let pixels = from.chunks_exact(pixel_bytes).zip(out.chunks_exact_mut(sample_bytes));
            for (pixel, out) in pixels {
                out.copy_from_slice(&pixel[sample * sample_bytes..][..sample_bytes]);
            }
        }
    }
}

/// Writes shards, one after the other, with the same buffers.
pub(super) struct ShardWriter {
    compressor: zstd::bulk::Compressor<'static>,
    chunk: Vec<u8>,
    compressed: Vec<u8>,
    index: Vec<u8>,
}

impl ShardWriter {
    pub(super) fn new() -> io::Result<Self> {
        let compressor = zstd::bulk::Compressor::new(ZSTD_LEVEL)?;
        Ok(Self { compressor, chunk: Vec::new(), compressed: Vec::new(), index: Vec::new() })
    }

    /// Writes the shard of an image, whose pixels are those of its format. Gives its bytes.
    pub(super) fn write(&mut self, image: ImageRef<'_>, out: &mut impl Write) -> io::Result<u64> {
        let grid = ShardGrid::of(image.format);
        let too_large = |_| io::Error::other("a chunk of the image does not fit in memory");
        resize(&mut self.chunk, usize::try_from(grid.chunk_bytes()).map_err(too_large)?);
        resize(&mut self.compressed, usize::try_from(grid.most_chunk_bytes()).map_err(too_large)?);
        self.index.clear();
        let mut at = 0_u64;
        for sample in 0..usize::from(image.format.samples) {
            for row in 0..grid.counts[0] {
                for column in 0..grid.counts[1] {
                    grid.gather(image.bytes, sample, [row, column], &mut self.chunk);
                    let compressed = &mut self.compressed[..];
                    let length = self.compressor.compress_to_buffer(&self.chunk, compressed)?;
                    out.write_all(&self.compressed[..length])?;
                    self.index.extend(at.to_le_bytes());
                    self.index.extend((length as u64).to_le_bytes());
                    at += length as u64;
                }
            }
        }
        let sum = crc32c::crc32c(&self.index);
        self.index.extend(sum.to_le_bytes());
        out.write_all(&self.index)?;
        Ok(at + self.index.len() as u64)
    }
}

/// A buffer of exactly a size; of smaller levels it keeps what it has.
fn resize(buffer: &mut Vec<u8>, bytes: usize) {
    buffer.reserve_exact(bytes.saturating_sub(buffer.len()));
    buffer.resize(bytes, 0);
}

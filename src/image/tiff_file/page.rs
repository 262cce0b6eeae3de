//! One page of a TIFF file: where its pieces ("chunks": strips or tiles) lie, how they are coded, and what
//! memory that takes. How it comes of the file's tags is in [`super::tags`].

use super::super::ImageFormat;
use super::super::scratch::BufferBytes;

/// Bytes that the readers hold whatever the image: the window over the header (4 kB), the state of
/// the inflater (12 kB), of LZW (its table of 4,096 codes and buffers, 60 kB) and of zstd (160 kB).
pub(crate) const FIXED_SCRATCH_BYTES: u64 = 256 * 1024;

/// Bytes that place and length of one chunk take; a third number stands beside them where lengths have to be found.
pub(crate) const PLACE_BYTES: u64 = 24;

/// How the bytes of a chunk become samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    None,
    Lzw,
    Deflate,
    Zstd,
    PackBits,
    /// JPEG and Fax 4: left to the `tiff` crate, for the whole image.
    Crate,
}

/// How each sample is coded against the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prediction {
    None,
    Horizontal,
    Float,
}

/// One page, checked: sizes are within [`crate::limits::IMAGE_BYTES`] and there are as many chunks as the
/// size asks for.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) format: ImageFormat,
    /// Bits of a sample in the file (1 to 64; of a float 16, 32 or 64).
    pub(super) bits: u16,
    pub(super) big_endian: bool,
    pub(super) coding: Coding,
    pub(super) prediction: Prediction,
    /// Whether the colours are brightness and two differences, which only JPEG is read with.
    pub(super) is_ycbcr: bool,
    /// Whether stored values are inverted by the `tiff` crate (it shows 0 as white).
    pub(super) white_is_zero: bool,
    /// Whether each sample of a pixel has chunks of its own.
    pub(super) separate_planes: bool,
    pub(super) tiled: bool,
    /// Width and height of a full chunk.
    pub(super) chunk_width: u32,
    pub(super) chunk_height: u32,
    /// Rows that a chunk may hold in the file: a strip may be filled up beyond the image's end.
    pub(super) stored_height: u32,
    pub(super) offsets: Vec<u64>,
    /// The most bytes of each chunk in the file; none of pixels that are not compressed, whose number is known.
    pub(super) lengths: Vec<u64>,
    /// Whether the file ends before a chunk does, as far as its length is to be believed.
    pub(super) is_cut_off: bool,
}

impl Page {
    /// Sets of chunks, one for each sample where these are apart.
    pub(super) fn planes(&self) -> u64 {
        if self.separate_planes { u64::from(self.format.samples) } else { 1 }
    }

    pub(super) fn chunks_across(&self) -> u32 {
        self.format.width.div_ceil(self.chunk_width)
    }

    pub(super) fn chunks_down(&self) -> u32 {
        self.format.height.div_ceil(self.chunk_height)
    }

    /// Samples of a pixel that a chunk holds.
    pub(super) fn chunk_samples(&self) -> usize {
        if self.separate_planes { 1 } else { usize::from(self.format.samples) }
    }

    /// Samples of one row of a full chunk.
    pub(super) fn chunk_row_samples(&self) -> usize {
        self.chunk_width as usize * self.chunk_samples()
    }

    /// Bytes of one row of a full chunk, as stored.
    pub(super) fn chunk_row_bytes(&self) -> usize {
        (self.chunk_row_samples() * usize::from(self.bits)).div_ceil(8)
    }

    /// Whether rows of the file are rows of the image, so that they are read in place.
    pub(super) fn in_place(&self) -> bool {
        !self.tiled
            && !self.separate_planes
            && self.bits as usize == self.format.pixel.bytes() * 8
            && self.prediction != Prediction::Float
    }

    /// The most compressed bytes of a chunk that are read: what the coding makes of noise.
    pub(super) fn compressed_limit(&self) -> u64 {
        let bytes = self.chunk_row_bytes() as u64 * u64::from(self.stored_height);
        bytes * 3 / 2 + 4096
    }

    /// The most bytes of a compressed chunk.
    fn longest(&self) -> u64 {
        self.lengths.iter().copied().max().unwrap_or(0)
    }

    /// Bytes of the file that hold the pixels.
    pub(crate) fn stored_bytes(&self) -> u64 {
        if self.coding != Coding::None {
            return self.lengths.iter().sum();
        }
        let height = u64::from(self.format.height);
        let rows = if self.tiled { height.next_multiple_of(u64::from(self.chunk_height)) } else { height };
        self.planes() * u64::from(self.chunks_across()) * rows * self.chunk_row_bytes() as u64
    }

    /// What is needed of the buffers that are used again for the next page.
    pub(super) fn buffers(&self) -> BufferBytes {
        let none = BufferBytes::default();
        let compressed = match self.coding {
            Coding::None | Coding::Crate => 0,
            _ => self.longest(),
        };
        let row_bytes = self.chunk_row_bytes() as u64;
        if self.coding == Coding::Crate {
            let packed = if self.bits == 8 { 0 } else { row_bytes * u64::from(self.format.height) };
            return BufferBytes { packed, ..none };
        }
        if self.in_place() {
            return BufferBytes { compressed, ..none };
        }
        let packed = row_bytes * u64::from(self.chunk_height);
        let row = self.chunk_row_samples() as u64 * self.format.pixel.bytes() as u64;
        let shuffled = if self.prediction == Prediction::Float { row_bytes } else { 0 };
        BufferBytes { compressed, packed, row, shuffled }
    }

    /// Upper bound of all that reading the page takes beside its pixels.
    pub(crate) fn scratch_bytes(&self) -> u64 {
        let chunk = self.chunk_row_bytes() as u64 * u64::from(self.chunk_height);
        let parsing = self.offsets.len() as u64 * PLACE_BYTES + FIXED_SCRATCH_BYTES;
        parsing
            + self.buffers().total()
            + match self.coding {
                // The JPEG reader keeps the file's bytes and the decoded image as it goes.
                Coding::Crate => self.longest() + 4 * chunk + self.format.bytes(),
                // A last chunk that is filled up with rows that the image has not is unpacked aside.
                Coding::Deflate | Coding::Zstd if !self.format.height.is_multiple_of(self.stored_height) => {
                    self.chunk_row_bytes() as u64 * u64::from(self.stored_height)
                }
                _ => 0,
            }
    }
}

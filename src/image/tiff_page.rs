//! The header of one page of a TIFF file: where its pieces ("chunks": strips or tiles) lie and how
//! they are coded. The parsing of directories is the `tiff` crate's; what it says is checked here
//! against the limits that decoding relies on.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use tiff::decoder::{ChunkType, Decoder};
use tiff::tags::{
    ByteOrder, CompressionMethod, PhotometricInterpretation, PlanarConfiguration, Predictor, SampleFormat,
    Tag,
};

use super::fault::Fault;
use super::{ImageFormat, MAX_IMAGE_BYTES, PixelType};

/// Bytes read at once while a header is parsed.
const WINDOW_BYTES: usize = 4096;

/// Bytes that the readers hold whatever the image: the window over the header (4 kB), the state of
/// the inflater (12 kB), of LZW (its table of 4,096 codes and buffers, 60 kB) and of zstd (160 kB).
pub(super) const FIXED_SCRATCH_BYTES: u64 = 256 * 1024;

/// SGI's tag for the number of slices in one page.
const IMAGE_DEPTH: Tag = Tag::Unknown(32_997);

/// Reads a header in few system calls: it keeps one window of the file over seeks, which
/// `BufReader` does not (a header is read in hops between directory and values).
pub(super) struct PageReader<'a> {
    file: &'a File,
    window: &'a mut Vec<u8>,
    window_start: u64,
    position: u64,
}

impl<'a> PageReader<'a> {
    pub(super) fn new(file: &'a File, window: &'a mut Vec<u8>) -> Self {
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

/// Bytes of each buffer of the scratch that a page needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct BufferBytes {
    pub(super) compressed: u64,
    pub(super) packed: u64,
    pub(super) row: u64,
    pub(super) shuffled: u64,
}

impl BufferBytes {
    pub(super) fn total(self) -> u64 {
        self.compressed.saturating_add(self.packed).saturating_add(self.row).saturating_add(self.shuffled)
    }
}

/// One page, checked: sizes are within [`MAX_IMAGE_BYTES`] and there are as many chunks as the
/// size asks for.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) format: ImageFormat,
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
    pub(super) lengths: Vec<u64>,
}

fn corrupt(why: &str) -> Fault {
    Fault::Corrupt(why.to_owned())
}

fn unsupported(what: impl Into<String>) -> Fault {
    Fault::Unsupported(what.into())
}

impl Page {
    pub(super) fn read(reader: &mut PageReader<'_>, page: u32) -> Result<Self, Fault> {
        let mut decoder = Decoder::new(reader)?;
        if page > 0 {
            decoder.seek_to_image(page as usize)?;
        }
        let (width, height) = decoder.dimensions()?;
        let samples = decoder.find_tag_unsigned::<u16>(Tag::SamplesPerPixel)?.unwrap_or(1);
        let bits = match decoder.find_tag_unsigned_vec::<u16>(Tag::BitsPerSample)? {
            Some(bits) => *bits.first().ok_or_else(|| corrupt("no bits per sample"))?,
            None => 1,
        };
        let pixel = pixel_type(bits, decoder.find_tag_unsigned_vec::<u16>(Tag::SampleFormat)?)?;
        let format = ImageFormat { width, height, samples, pixel };
        let bytes = u128::from(width) * u128::from(height) * u128::from(samples) * pixel.bytes() as u128;
        if bytes > u128::from(MAX_IMAGE_BYTES) {
            return Err(Fault::TooLarge(u64::try_from(bytes).unwrap_or(u64::MAX)));
        }
        if decoder.find_tag_unsigned::<u16>(Tag::FillOrder)?.unwrap_or(1) != 1 {
            return Err(unsupported("a reversed order of bits (FillOrder 2)"));
        }
        let compression = decoder.find_tag_unsigned::<u16>(Tag::Compression)?.unwrap_or(1);
        let coding = match CompressionMethod::from_u16_exhaustive(compression) {
            CompressionMethod::None => Coding::None,
            CompressionMethod::LZW => Coding::Lzw,
            CompressionMethod::Deflate | CompressionMethod::OldDeflate => Coding::Deflate,
            CompressionMethod::ZSTD => Coding::Zstd,
            CompressionMethod::PackBits => Coding::PackBits,
            CompressionMethod::ModernJPEG | CompressionMethod::Fax4 => Coding::Crate,
            _ => return Err(unsupported(format!("TIFF compression {compression}"))),
        };
        let photometric = decoder
            .find_tag_unsigned::<u16>(Tag::PhotometricInterpretation)?
            .and_then(PhotometricInterpretation::from_u16);
        if photometric == Some(PhotometricInterpretation::YCbCr) && coding != Coding::Crate {
            let subsampling = decoder.find_tag_unsigned_vec::<u16>(Tag::ChromaSubsampling)?;
            if subsampling.as_deref() != Some(&[1, 1]) {
                return Err(unsupported("subsampled colour (YCbCr)"));
            }
        }
        let prediction = match decoder
            .find_tag_unsigned::<u16>(Tag::Predictor)?
            .and_then(Predictor::from_u16)
            .unwrap_or(Predictor::None)
        {
            _ if coding == Coding::Crate => Prediction::None,
            Predictor::Horizontal => Prediction::Horizontal,
            Predictor::FloatingPoint if matches!(pixel, PixelType::F32 | PixelType::F64) => Prediction::Float,
            Predictor::FloatingPoint => return Err(corrupt("a float predictor on integers")),
            _ => Prediction::None,
        };
        let planar = decoder.find_tag_unsigned::<u16>(Tag::PlanarConfiguration)?;
        let separate_planes = samples > 1
            && planar.and_then(PlanarConfiguration::from_u16) == Some(PlanarConfiguration::Planar);
        if coding == Coding::Crate && (separate_planes || (bits != 8 && bits != 1)) {
            return Err(unsupported(format!("JPEG or fax of {bits} bits or in separate planes")));
        }
        if decoder.find_tag_unsigned::<u32>(IMAGE_DEPTH)?.unwrap_or(1) > 1 {
            return Err(unsupported("a volume in one page (ImageDepth)"));
        }
        let tiled = decoder.get_chunk_type() == ChunkType::Tile;
        let (chunk_width, chunk_height) = decoder.chunk_dimensions();
        let (offset_tag, length_tag) = if tiled {
            (Tag::TileOffsets, Tag::TileByteCounts)
        } else {
            (Tag::StripOffsets, Tag::StripByteCounts)
        };
        let page = Self {
            format,
            bits,
            big_endian: decoder.byte_order() == ByteOrder::BigEndian,
            coding,
            prediction,
            white_is_zero: photometric == Some(PhotometricInterpretation::WhiteIsZero),
            is_ycbcr: photometric == Some(PhotometricInterpretation::YCbCr),
            separate_planes,
            tiled,
            chunk_width,
            // Far more rows than the image has stand for “all in one strip”.
            stored_height: if tiled || chunk_height / 2 <= height { chunk_height } else { height },
            chunk_height: if tiled { chunk_height } else { chunk_height.min(height) },
            offsets: decoder.find_tag_unsigned_vec(offset_tag)?.unwrap_or_default(),
            lengths: decoder.find_tag_unsigned_vec(length_tag)?.unwrap_or_default(),
        };
        page.check()?;
        Ok(page)
    }

    fn check(&self) -> Result<(), Fault> {
        if self.chunk_width == 0 || self.chunk_height == 0 || self.stored_height == 0 {
            return Err(corrupt("strips or tiles of no size"));
        }
        if self.chunk_row_samples() as u128 * u128::from(self.bits) / 8 * u128::from(self.chunk_height)
            > u128::from(MAX_IMAGE_BYTES)
        {
            return Err(corrupt("tiles of more than 2 GB"));
        }
        let planes = if self.separate_planes { u64::from(self.format.samples) } else { 1 };
        let expected = u64::from(self.chunks_across()) * u64::from(self.chunks_down()) * planes;
        if self.offsets.len() as u64 != expected || self.lengths.len() as u64 != expected {
            return Err(corrupt("the number of strips or tiles does not fit the size"));
        }
        Ok(())
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

    /// What is needed of the buffers that are used again for the next page.
    pub(super) fn buffers(&self) -> BufferBytes {
        let none = BufferBytes::default();
        let compressed = match self.coding {
            Coding::None | Coding::Crate => 0,
            _ => self.lengths.iter().copied().max().unwrap_or(0).min(self.compressed_limit()),
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
    pub(super) fn scratch_bytes(&self) -> u64 {
        let chunk = self.chunk_row_bytes() as u64 * u64::from(self.chunk_height);
        let longest = self.lengths.iter().copied().max().unwrap_or(0);
        let parsing = self.offsets.len() as u64 * 48 + FIXED_SCRATCH_BYTES;
        parsing
            + self.buffers().total()
            + match self.coding {
                // The JPEG reader keeps the file's bytes and the decoded image as it goes.
                Coding::Crate => longest.min(self.compressed_limit()) + 4 * chunk + self.format.bytes(),
                // A last chunk that is filled up with rows that the image has not is unpacked aside.
                Coding::Deflate | Coding::Zstd if !self.format.height.is_multiple_of(self.stored_height) => {
                    self.chunk_row_bytes() as u64 * u64::from(self.stored_height)
                }
                _ => 0,
            }
    }
}

fn pixel_type(bits: u16, sample_formats: Option<Vec<u16>>) -> Result<PixelType, Fault> {
    let format = sample_formats.and_then(|formats| formats.first().copied()).unwrap_or(1);
    match (SampleFormat::from_u16_exhaustive(format), bits) {
        (SampleFormat::Uint, bits) => PixelType::unsigned_of_bits(bits),
        (SampleFormat::Int, 8) => Some(PixelType::I8),
        (SampleFormat::Int, 16) => Some(PixelType::I16),
        (SampleFormat::Int, 32) => Some(PixelType::I32),
        (SampleFormat::Int, 64) => Some(PixelType::I64),
        (SampleFormat::IEEEFP, 16 | 32) => Some(PixelType::F32),
        (SampleFormat::IEEEFP, 64) => Some(PixelType::F64),
        _ => None,
    }
    .ok_or_else(|| {
        let kind = match format {
            1 => "unsigned",
            2 => "signed",
            3 => "float",
            5 | 6 => "complex",
            _ => "untyped",
        };
        unsupported(format!("a {bits}-bit {kind} pixel type"))
    })
}

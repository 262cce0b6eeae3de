//! Writing images as TIFF files, one page each, as every microscopy program reads them: strips,
//! the machine's byte order, no predictor.
//!
//! A file is written beside its final name and renamed when it is complete, so that a kill leaves
//! no half file. The size of a pixel is written as pixels per centimetre, the one form that ImageJ
//! and Fiji turn into micrometres. Deliberately absent: BigTIFF (an image is at most 2 GB) and
//! pyramids.

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tiff::TiffError;
use tiff::encoder::{DirectoryEncoder, Rational, TiffEncoder, TiffKindStandard};
use tiff::tags::{CompressionMethod, PhotometricInterpretation, ResolutionUnit, Tag};

use super::{ImageFormat, ImageRef, PixelType};
use crate::disk::{Destination, PartFile};
use crate::limits;

/// How the pixels of a file are compressed, without loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// As they are in memory.
    #[default]
    None,
    /// Lempel-Ziv-Welch, as Harmony writes.
    Lzw,
    /// As MetaXpress writes on request.
    Deflate,
    /// The fastest that is smaller; not every program reads it.
    Zstd,
}

impl Compression {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::None, Self::Lzw, Self::Deflate, Self::Zstd];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Lzw => "lzw",
            Self::Deflate => "deflate",
            Self::Zstd => "zstd",
        }
    }

    /// The most bytes that a strip of this many can become.
    fn most_bytes(self, strip_bytes: u64) -> u64 {
        match self {
            Self::None => strip_bytes,
            // A code of at most 12 bits for each byte, and one more each time the table is full.
            Self::Lzw => strip_bytes * 3 / 2 + strip_bytes / 1024 + 16,
            // What does not shrink is stored: 5 bytes for each block of 5,000 or more, and the ends.
            Self::Deflate => strip_bytes + strip_bytes / 512 + 64,
            // As its library says: one in 256, and a little more for small ones.
            Self::Zstd => strip_bytes + strip_bytes / 256 + 512,
        }
    }

    /// What the state of the compressor takes: zstd at level 1 and libdeflate at level 4, measured
    /// and rounded up; the tables of LZW.
    fn state_bytes(self) -> u64 {
        match self {
            Self::None => 0,
            Self::Lzw => 512 * 1024,
            Self::Deflate => 768 * 1024,
            Self::Zstd => 1536 * 1024,
        }
    }
}

impl std::str::FromStr for Compression {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|compression| compression.name() == text)
            .ok_or_else(|| format!("“{text}” is not a compression: use none, lzw, deflate or zstd"))
    }
}

/// Why an image could not be written. The message names the file and what to do.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The system refused to write.
    #[error("{}: {source}. Check that the folder may be written to and the disk has space", path.display())]
    Io {
        /// The file that was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The image is too large for the format, or the bytes are not of the format.
    #[error("{}: {why}. Nothing was written", path.display())]
    Unwritable {
        /// The file that was to be written.
        path: PathBuf,
        /// What does not fit.
        why: String,
    },
}

/// What a file says of its image beside the pixels.
#[derive(Clone, Copy, Debug)]
pub struct Description<'a> {
    /// Becomes the `ImageDescription` tag (the micro sign as `u`, other characters beyond ASCII as `?`).
    pub text: &'a str,
    /// Width and height of a pixel in micrometres, where known.
    pub pixel_size_um: Option<[f64; 2]>,
}

/// The longest description that [`most_file_bytes`] has room for.
pub(crate) const MOST_DESCRIPTION_BYTES: usize = 4096;

/// Pixel bytes of a compressed strip, unless a single row has more.
const STRIP_BYTES: usize = 128 * 1024;

/// What a file holds beside description and strips: header, tags and their values.
const TAG_BYTES: u64 = 1024;

/// Rows of a strip, at least one.
fn rows_per_strip(format: ImageFormat, compression: Compression) -> u64 {
    match compression {
        Compression::None => u64::from(format.height),
        _ => (STRIP_BYTES as u64 / row_bytes(format).max(1)).max(1),
    }
}

fn row_bytes(format: ImageFormat) -> u64 {
    format.bytes() / u64::from(format.height.max(1))
}

/// Upper bound of what [`write_tiff`] allocates: the buffers of the writer, the state of the
/// compressor, a compressed strip (which may be moved as it grows), and offset and length of each
/// strip. Pixels are not copied.
pub(crate) fn encode_scratch_bytes(format: ImageFormat, compression: Compression) -> u64 {
    const WRITER_BYTES: u64 = 32 * 1024;
    if compression == Compression::None {
        return WRITER_BYTES;
    }
    let rows = rows_per_strip(format, compression);
    let strip = compression.most_bytes(row_bytes(format) * rows.min(u64::from(format.height)));
    let strips = u64::from(format.height).div_ceil(rows);
    WRITER_BYTES + compression.state_bytes() + 3 * strip + strips * 16
}

/// Upper bound of the file that [`write_tiff`] makes.
pub fn most_file_bytes(format: ImageFormat, compression: Compression) -> u64 {
    let rows = rows_per_strip(format, compression).min(u64::from(format.height)).max(1);
    let strips = u64::from(format.height).div_ceil(rows);
    let strip = compression.most_bytes(row_bytes(format) * rows);
    // Offset and length of each strip, and what puts the next at an even place.
    strips * (strip + 9) + TAG_BYTES + MOST_DESCRIPTION_BYTES as u64
}

/// Writes the image and returns the bytes of the file.
///
/// It is not waited for that the bytes are on the disk: of an image of 1 MB that takes some ten milliseconds, and
/// all else half a millisecond. A kill leaves no half file in any case; after a loss of power the record, which is
/// waited for, has the hash by which an image is known to be whole.
pub fn write_tiff(
    destination: &Destination,
    image: ImageRef<'_>,
    compression: Compression,
    description: Option<Description<'_>>,
) -> Result<u64, EncodeError> {
    let path = || destination.path().to_owned();
    let unwritable = |why: &str| EncodeError::Unwritable { path: path(), why: why.to_owned() };
    if image.bytes.len() as u64 != image.format.bytes() || image.bytes.is_empty() {
        return Err(unwritable("the pixels do not fit the size of the image"));
    }
    if image.format.bytes() > limits::IMAGE_BYTES {
        return Err(unwritable("the image is larger than 2 GB"));
    }
    let written = PartFile::begin(destination).and_then(|part| {
        let bytes = write_file(part.file(), image, compression, description)?;
        part.finish().map(|()| bytes)
    });
    written.map_err(|source| EncodeError::Io { path: path(), source })
}

fn write_file(
    file: &File,
    image: ImageRef<'_>,
    compression: Compression,
    description: Option<Description<'_>>,
) -> io::Result<u64> {
    let mut writer = BufWriter::with_capacity(8 * 1024, file);
    {
        let mut encoder = TiffEncoder::new(&mut writer).map_err(io_error)?;
        let mut directory = encoder.image_directory().map_err(io_error)?;
        write_page(&mut directory, image, compression, description)?;
        directory.finish().map_err(io_error)?;
    }
    writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(file.metadata()?.len())
}

fn write_page<W: Write + Seek>(
    directory: &mut DirectoryEncoder<'_, W, TiffKindStandard>,
    image: ImageRef<'_>,
    compression: Compression,
    description: Option<Description<'_>>,
) -> io::Result<()> {
    let format = image.format;
    let row_bytes = image.bytes.len() / format.height as usize;
    let rows_per_strip = rows_per_strip(format, compression);
    let method = match compression {
        Compression::None => CompressionMethod::None,
        Compression::Lzw => CompressionMethod::LZW,
        Compression::Deflate => CompressionMethod::Deflate,
        Compression::Zstd => CompressionMethod::ZSTD,
    };
    let mut compressor = Compressor::new(compression)?;
    let mut offsets = Vec::new();
    let mut lengths = Vec::new();
    for strip in image.bytes.chunks(row_bytes * rows_per_strip as usize) {
        let bytes = compressor.compress(strip)?;
        pad(directory).map_err(io_error)?;
        offsets.push(offset32(directory.write_data(bytes).map_err(io_error)?)?);
        lengths.push(offset32(bytes.len() as u64)?);
    }
    let samples = usize::from(format.samples);
    let bits = u16::try_from(format.pixel.bytes() * 8).unwrap_or(u16::MAX);
    let sample_format: u16 = match format.pixel {
        PixelType::U8 | PixelType::U16 | PixelType::U32 | PixelType::U64 => 1,
        PixelType::I8 | PixelType::I16 | PixelType::I32 | PixelType::I64 => 2,
        PixelType::F32 | PixelType::F64 => 3,
    };
    let colour = samples == 3 || samples == 4;
    let photometric =
        if colour { PhotometricInterpretation::RGB } else { PhotometricInterpretation::BlackIsZero };
    let mut tags = || -> Result<(), TiffError> {
        pad(directory)?;
        directory.write_tag(Tag::ImageWidth, format.width)?;
        directory.write_tag(Tag::ImageLength, format.height)?;
        directory.write_tag(Tag::BitsPerSample, vec![bits; samples].as_slice())?;
        directory.write_tag(Tag::Compression, method)?;
        directory.write_tag(Tag::PhotometricInterpretation, photometric)?;
        if let Some(description) = description {
            directory.write_tag(Tag::ImageDescription, ascii(description.text).as_str())?;
            pad(directory)?;
            // The mark by which programs know the description of MetaMorph and MetaXpress.
            if description.text.starts_with("<MetaData>") {
                directory.write_tag(Tag::Software, "MetaSeries")?;
                pad(directory)?;
            }
        }
        if let Some([x_um, y_um]) = description.and_then(|of| of.pixel_size_um)
            && let (Some(across), Some(down)) = (pixels_per_cm(x_um), pixels_per_cm(y_um))
        {
            directory.write_tag(Tag::XResolution, across)?;
            directory.write_tag(Tag::YResolution, down)?;
            directory.write_tag(Tag::ResolutionUnit, ResolutionUnit::Centimeter)?;
        }
        directory.write_tag(Tag::StripOffsets, offsets.as_slice())?;
        directory.write_tag(Tag::SamplesPerPixel, format.samples)?;
        directory.write_tag(Tag::RowsPerStrip, u32::try_from(rows_per_strip).unwrap_or(u32::MAX))?;
        directory.write_tag(Tag::StripByteCounts, lengths.as_slice())?;
        directory.write_tag(Tag::PlanarConfiguration, 1_u16)?;
        // Unassociated alpha behind RGB; samples of no meaning behind grey.
        let extra = if colour { samples - 3 } else { samples - 1 };
        if extra > 0 {
            directory.write_tag(Tag::ExtraSamples, vec![if colour { 2_u16 } else { 0 }; extra].as_slice())?;
        }
        directory.write_tag(Tag::SampleFormat, vec![sample_format; samples].as_slice())
    };
    tags().map_err(io_error)
}

/// Goes on at an even place, as TIFF 6.0 asks of values. Strips lie so, too.
fn pad<W: Write + Seek>(directory: &mut DirectoryEncoder<'_, W, TiffKindStandard>) -> Result<(), TiffError> {
    let end = directory.write_data([0_u8; 0].as_slice())?;
    if !end.is_multiple_of(2) {
        directory.write_data([0_u8].as_slice())?;
    }
    Ok(())
}

/// Pixels per centimetre, as exactly as the tag can say it.
fn pixels_per_cm(side_um: f64) -> Option<Rational> {
    const UM_PER_CM: f64 = 10_000.0;
    let per_cm = UM_PER_CM / side_um;
    if !(1e-3..=1e9).contains(&per_cm) {
        return None;
    }
    // The largest denominator with which the numerator still fits.
    let denominator = (f64::from(u32::MAX) / per_cm.max(1.0)).floor();
    Some(Rational { n: (per_cm * denominator).round() as u32, d: denominator as u32 })
}

fn ascii(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{b5}' | '\u{3bc}' => 'u',
            '\0' => ' ',
            c if c.is_ascii() => c,
            _ => '?',
        })
        .collect()
}

fn offset32(offset: u64) -> io::Result<u32> {
    u32::try_from(offset).map_err(|_| io::Error::other("the file would be larger than 4 GB"))
}

fn io_error(error: TiffError) -> io::Error {
    match error {
        TiffError::IoError(error) => error,
        other => io::Error::other(other),
    }
}

/// Compresses strip after strip into one buffer.
enum Compressor {
    None,
    Lzw(Vec<u8>),
    Deflate(libdeflater::Compressor, Vec<u8>),
    Zstd(zstd::bulk::Compressor<'static>, Vec<u8>),
}

impl Compressor {
    fn new(compression: Compression) -> io::Result<Self> {
        Ok(match compression {
            Compression::None => Self::None,
            Compression::Lzw => Self::Lzw(Vec::new()),
            Compression::Deflate => {
                let level = libdeflater::CompressionLvl::new(4).unwrap_or_default();
                Self::Deflate(libdeflater::Compressor::new(level), Vec::new())
            }
            Compression::Zstd => Self::Zstd(zstd::bulk::Compressor::new(1)?, Vec::new()),
        })
    }

    fn compress<'a>(&'a mut self, strip: &'a [u8]) -> io::Result<&'a [u8]> {
        match self {
            Self::None => Ok(strip),
            Self::Lzw(buffer) => {
                buffer.clear();
                weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8)
                    .into_vec(buffer)
                    .encode_all(strip)
                    .status
                    .map_err(io::Error::other)?;
                Ok(buffer)
            }
            Self::Deflate(compressor, buffer) => {
                buffer.resize(compressor.zlib_compress_bound(strip.len()), 0);
                let length = compressor.zlib_compress(strip, buffer).map_err(io::Error::other)?;
                Ok(&buffer[..length])
            }
            Self::Zstd(compressor, buffer) => {
                buffer.resize(zstd::zstd_safe::compress_bound(strip.len()), 0);
                let length = compressor.compress_to_buffer(strip, buffer.as_mut_slice())?;
                Ok(&buffer[..length])
            }
        }
    }
}

//! Writing images as TIFF files, one page each, as every microscopy program reads them: strips,
//! the machine's byte order, no predictor.
//!
//! A file is written beside its final name and renamed when it is complete, so that a kill leaves
//! no half file. Deliberately absent: BigTIFF (an image is at most 2 GB) and pyramids.

use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tiff::TiffError;
use tiff::encoder::{DirectoryEncoder, TiffEncoder, TiffKindStandard};
use tiff::tags::{CompressionMethod, PhotometricInterpretation, Tag};

use super::{ImageFormat, ImageRef, PixelType};

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
    /// The fastest; not every program reads it.
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

    /// Upper bound of what [`write_tiff`] allocates: the writer's buffer, one compressed strip and
    /// the state of the compressor (zstd at level 1 and libdeflate at level 4, measured, rounded up).
    pub fn scratch_bytes(self) -> u64 {
        match self {
            Self::None => 32 * 1024,
            Self::Lzw | Self::Deflate => 1024 * 1024,
            Self::Zstd => 2 * 1024 * 1024,
        }
    }
}

impl std::str::FromStr for Compression {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|compression| compression.name() == text)
            .ok_or_else(|| format!("“{text}” is no compression: use none, lzw, deflate or zstd"))
    }
}

/// Why an image could not be written. The message names the file and what to do.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The system refused to write.
    #[error("{}: {source}. Check that the folder may be written to and the disk has space", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The image is too large for the format, or the bytes are not of the format.
    #[error("{}: {why}. Nothing was written", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        why: String,
    },
}

/// Upper bound of what [`write_tiff`] allocates for an uncompressed image; of a compressed one
/// see [`Compression::scratch_bytes`]. It does not depend on the image: pixels are not copied.
pub fn encode_scratch_bytes(_: ImageFormat) -> u64 {
    Compression::None.scratch_bytes()
}

/// Pixel bytes of a compressed strip.
const STRIP_BYTES: usize = 128 * 1024;

/// Writes the image and returns the bytes of the file. The description becomes the
/// `ImageDescription` tag (the micro sign as `u`, other characters beyond ASCII as `?`).
pub fn write_tiff(
    path: &Path,
    image: ImageRef<'_>,
    compression: Compression,
    description: Option<&str>,
) -> Result<u64, EncodeError> {
    let unwritable = |why: &str| EncodeError::Unwritable { path: path.to_owned(), why: why.to_owned() };
    if image.bytes.len() as u64 != image.format.bytes() || image.bytes.is_empty() {
        return Err(unwritable("the pixels do not fit the size of the image"));
    }
    if image.format.bytes() > super::MAX_IMAGE_BYTES {
        return Err(unwritable("the image is larger than 2 GB"));
    }
    let name = path.file_name().ok_or_else(|| unwritable("this is not the name of a file"))?;
    let mut part_name = name.to_owned();
    part_name.push(".part");
    let part = path.with_file_name(part_name);
    let written = write_part(&part, image, compression, description)
        .and_then(|bytes| fs::rename(&part, path).map(|()| bytes));
    written.map_err(|source| {
        // What is left is of no use; that it cannot be removed either changes nothing.
        let _ = fs::remove_file(&part);
        EncodeError::Io { path: path.to_owned(), source }
    })
}

fn write_part(
    part: &Path,
    image: ImageRef<'_>,
    compression: Compression,
    description: Option<&str>,
) -> io::Result<u64> {
    let file = File::create(part)?;
    let mut writer = BufWriter::with_capacity(8 * 1024, &file);
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
    description: Option<&str>,
) -> io::Result<()> {
    let format = image.format;
    let row_bytes = image.bytes.len() / format.height as usize;
    let (rows_per_strip, method) = match compression {
        Compression::None => (format.height as usize, CompressionMethod::None),
        Compression::Lzw => ((STRIP_BYTES / row_bytes).max(1), CompressionMethod::LZW),
        Compression::Deflate => ((STRIP_BYTES / row_bytes).max(1), CompressionMethod::Deflate),
        Compression::Zstd => ((STRIP_BYTES / row_bytes).max(1), CompressionMethod::ZSTD),
    };
    let mut compressor = Compressor::new(compression)?;
    let mut offsets = Vec::new();
    let mut lengths = Vec::new();
    for strip in image.bytes.chunks(row_bytes * rows_per_strip) {
        let bytes = compressor.compress(strip)?;
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
        directory.write_tag(Tag::ImageWidth, format.width)?;
        directory.write_tag(Tag::ImageLength, format.height)?;
        directory.write_tag(Tag::BitsPerSample, vec![bits; samples].as_slice())?;
        directory.write_tag(Tag::Compression, method)?;
        directory.write_tag(Tag::PhotometricInterpretation, photometric)?;
        if let Some(description) = description {
            directory.write_tag(Tag::ImageDescription, ascii(description).as_str())?;
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

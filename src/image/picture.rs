//! Images that are PNG or JPEG files: grey, grey with alpha, RGB and RGBA, of 8 or 16 bits for each sample.
//!
//! A PNG with a palette becomes the colours of its palette, and samples of fewer than 8 bits become 8 bits from
//! black to white: that is what these files say, other than in a TIFF. Of an animation the still image is
//! read. JPEG is of 8 bits, grey or RGB. It is read by the decoder that the `image` crate has, but without that crate, which
//! fills what a cut off file lacks with grey and says nothing. Deliberately absent: colour profiles, turning by
//! what a camera notes, JPEG of four inks.

use crate::limits;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use image::codecs::png::PngDecoder;
use image::{ColorType, ImageDecoder, ImageError, Limits};
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::{ZByteIoError, ZCursor};
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::fault::Fault;
use super::format::{ImageFormat, ImageHeader, PixelType};

/// The most bytes of texts and profiles in a PNG.
const PNG_EXTRAS_BYTES: u64 = 1 << 20;

/// The first bytes of a JPEG that nearly always hold its header.
const JPEG_HEADER_BYTES: u64 = 64 * 1024;

/// A decoder over the bytes of a file.
type JpegReader<'a> = JpegDecoder<ZCursor<&'a [u8]>>;

/// A kind of file that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Picture {
    Png,
    Jpeg,
}

impl Picture {
    /// The kind of a file by its first bytes, whatever its name is.
    pub(super) fn of(first_bytes: &[u8]) -> Option<Self> {
        if first_bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if first_bytes.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else {
            None
        }
    }

    /// Reads size and type, from the header only.
    pub(super) fn measure(self, file: &File) -> Result<ImageHeader, Fault> {
        let stored_bytes = file.metadata()?.len();
        let format = match self {
            Self::Png => format_of_png(&open_png(file)?)?,
            Self::Jpeg => measure_jpeg(file, stored_bytes)?,
        };
        let scratch_bytes = self.scratch_bytes(format, stored_bytes);
        Ok(ImageHeader { format, scratch_bytes, stored_bytes, more_pages: false, shared: None })
    }

    /// Decodes into `out`, unless the image is of another format: that is then given back.
    pub(super) fn decode_into(
        self,
        file: &File,
        format: ImageFormat,
        out: &mut [u8],
        buffer: &mut Vec<u8>,
    ) -> Result<ImageFormat, Fault> {
        match self {
            Self::Png => {
                let decoder = open_png(file)?;
                let found = format_of_png(&decoder)?;
                if found == format && out.len() as u64 == format.bytes() {
                    decoder.read_image(out)?;
                }
                Ok(found)
            }
            Self::Jpeg => {
                read_from_start(file, jpeg_bytes(file)?, buffer)?;
                let (mut decoder, found) = open_jpeg(buffer)?;
                if found == format && out.len() as u64 == format.bytes() {
                    let decoded = decoder.decode_into(out);
                    // Whatever the decoder says, a file without an end is cut off.
                    if !buffer.windows(2).rev().any(|mark| mark == b"\xff\xd9") {
                        return Err(Fault::Truncated);
                    }
                    decoded?;
                }
                Ok(found)
            }
        }
    }

    /// Bytes of the file that decoding holds in memory at once.
    pub(super) fn buffer_bytes(self, file: &File) -> Result<u64, Fault> {
        match self {
            Self::Png => Ok(0),
            Self::Jpeg => jpeg_bytes(file),
        }
    }

    /// Upper bound of what decoding allocates beside the pixels.
    fn scratch_bytes(self, format: ImageFormat, stored_bytes: u64) -> u64 {
        let (width, height) = (u64::from(format.width), u64::from(format.height));
        match self {
            // The window of the inflater, rows in their stored form and as pixels, texts and profiles.
            Self::Png => PNG_EXTRAS_BYTES + 512 * 1024 + 96 * width,
            // The file, and once more what it may hold of notes; where it comes in several passes, a number of two
            // bytes for each sample of whole blocks, of up to 32 x 32 pixels; rows of blocks on their way to pixels.
            Self::Jpeg => {
                let samples = u64::from(format.samples);
                let blocks = width.next_multiple_of(32) * height.next_multiple_of(32) * samples;
                2 * stored_bytes + 2 * blocks + width.next_multiple_of(32) * samples * 160 + 256 * 1024
            }
        }
    }
}

fn read_from_start(mut file: &File, bytes: u64, buffer: &mut Vec<u8>) -> Result<(), Fault> {
    buffer.clear();
    file.seek(SeekFrom::Start(0))?;
    file.take(bytes).read_to_end(buffer)?;
    Ok(())
}

fn open_png(mut file: &File) -> Result<PngDecoder<BufReader<&File>>, Fault> {
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::new(file);
    // A mark, the length and name of the first piece, then its width.
    let mut head = [0; 20];
    reader.read_exact(&mut head)?;
    let width = u64::from(u32::from_be_bytes([head[16], head[17], head[18], head[19]]));
    reader.seek(SeekFrom::Start(0))?;
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(PNG_EXTRAS_BYTES + 16 * width);
    Ok(PngDecoder::with_limits(reader, limits)?)
}

fn format_of_png(decoder: &PngDecoder<BufReader<&File>>) -> Result<ImageFormat, Fault> {
    let (width, height) = decoder.dimensions();
    let (samples, pixel) = match decoder.color_type() {
        ColorType::L8 => (1, PixelType::U8),
        ColorType::La8 => (2, PixelType::U8),
        ColorType::Rgb8 => (3, PixelType::U8),
        ColorType::Rgba8 => (4, PixelType::U8),
        ColorType::L16 => (1, PixelType::U16),
        ColorType::La16 => (2, PixelType::U16),
        ColorType::Rgb16 => (3, PixelType::U16),
        ColorType::Rgba16 => (4, PixelType::U16),
        other => return Err(Fault::Unsupported(format!("a PNG of the type {other:?}"))),
    };
    within_limits(ImageFormat { width, height, samples, pixel })
}

/// Bytes of a JPEG file, unless it has more than its pixels may have.
fn jpeg_bytes(file: &File) -> Result<u64, Fault> {
    let bytes = file.metadata()?.len();
    if bytes > limits::IMAGE_BYTES { Err(Fault::TooLarge(bytes)) } else { Ok(bytes) }
}

fn measure_jpeg(file: &File, file_bytes: u64) -> Result<ImageFormat, Fault> {
    let mut header = Vec::new();
    read_from_start(file, JPEG_HEADER_BYTES, &mut header)?;
    match open_jpeg(&header) {
        // A long profile stands before what counts.
        Err(_) if file_bytes > JPEG_HEADER_BYTES => {
            read_from_start(file, jpeg_bytes(file)?, &mut header)?;
            open_jpeg(&header)
        }
        opened => opened,
    }
    .map(|(_, format)| format)
}

fn open_jpeg(bytes: &[u8]) -> Result<(JpegReader<'_>, ImageFormat), Fault> {
    let side = usize::from(u16::MAX);
    let options = DecoderOptions::default().set_strict_mode(true).set_max_width(side).set_max_height(side);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers()?;
    let (info, stored) = (decoder.info(), decoder.input_colorspace());
    let (Some(info), Some(stored)) = (info, stored) else { return Err(Fault::Truncated) };
    let (samples, colours) = match stored {
        ColorSpace::Luma => (1, ColorSpace::Luma),
        ColorSpace::YCbCr | ColorSpace::RGB => (3, ColorSpace::RGB),
        other => return Err(Fault::Unsupported(format!("JPEG of the colours {other:?}"))),
    };
    decoder.set_options(options.jpeg_set_out_colorspace(colours));
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    let format = within_limits(ImageFormat { width, height, samples, pixel: PixelType::U8 })?;
    if decoder.output_buffer_size().map(|bytes| bytes as u64) != Some(format.bytes()) {
        return Err(Fault::Unsupported("this kind of JPEG".to_owned()));
    }
    Ok((decoder, format))
}

fn within_limits(format: ImageFormat) -> Result<ImageFormat, Fault> {
    let ImageFormat { width, height, samples, pixel } = format;
    let bytes = u128::from(width) * u128::from(height) * u128::from(samples) * pixel.bytes() as u128;
    if bytes > u128::from(limits::IMAGE_BYTES) {
        return Err(Fault::TooLarge(u64::try_from(bytes).unwrap_or(u64::MAX)));
    }
    Ok(format)
}

impl From<ImageError> for Fault {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::IoError(error) => error.into(),
            ImageError::Unsupported(error) => Self::Unsupported(error.to_string()),
            ImageError::Limits(_) => {
                Self::Unsupported("a PNG with more than 1 MB beside its pixels".to_owned())
            }
            other => Self::Corrupt(other.to_string()),
        }
    }
}

impl From<DecodeErrors> for Fault {
    fn from(error: DecodeErrors) -> Self {
        match error {
            DecodeErrors::ExhaustedData | DecodeErrors::IoErrors(ZByteIoError::NotEnoughBytes(..)) => {
                Self::Truncated
            }
            DecodeErrors::Unsupported(_) => Self::Unsupported("this kind of JPEG".to_owned()),
            other => Self::Corrupt(other.to_string()),
        }
    }
}

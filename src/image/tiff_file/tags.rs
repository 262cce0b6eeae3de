//! From the tags of a TIFF directory to a [`Page`].
//!
//! Tags that a file lacks have the values that TIFF gives them, or those that follow from others; what a file says
//! of the lengths of its chunks is believed only as far as there can be this many bytes.

use crate::limits;
use std::io::{Read, Seek};

use tiff::tags::{
    CompressionMethod, PhotometricInterpretation, PlanarConfiguration, Predictor, SampleFormat, Tag,
};

use super::super::fault::Fault;
use super::super::{ImageFormat, PixelType};
use super::directory::{Directory, PageReader, TiffHeader};
use super::page::{Coding, Page, Prediction};
use super::stack::{Stack, plane};

/// SGI's tag for the number of slices in one page.
const IMAGE_DEPTH: Tag = Tag::Unknown(32_997);

fn corrupt(why: &str) -> Fault {
    Fault::Corrupt(why.to_owned())
}

fn unsupported(what: impl Into<String>) -> Fault {
    Fault::Unsupported(what.into())
}

/// Where a page was found.
enum Found {
    /// In a directory of its own.
    Directory(Directory),
    /// Behind the first, in its directory.
    Plane { is_last: bool },
}

/// What the tags say of the size and type of a page.
pub(crate) struct Samples {
    pub(crate) format: ImageFormat,
    bits: u16,
    photometric: Option<PhotometricInterpretation>,
}

impl Samples {
    pub(crate) fn read<R: Read + Seek>(
        header: &mut TiffHeader<R>,
        directory: &Directory,
    ) -> Result<Self, Fault> {
        let (width, height) = size(header, directory)?;
        let photometric = header
            .unsigned(directory, Tag::PhotometricInterpretation)?
            .and_then(|value| u16::try_from(value).ok())
            .and_then(PhotometricInterpretation::from_u16);
        let bits = small_values(header, directory, Tag::BitsPerSample)?;
        let samples = match header.unsigned(directory, Tag::SamplesPerPixel)? {
            Some(samples) => u16::try_from(samples).ok().filter(|samples| *samples > 0),
            None => {
                // Of a pixel with several samples, the bits of each are told.
                let told = bits.as_ref().map_or(1, Vec::len);
                let least = if photometric == Some(PhotometricInterpretation::RGB) { 3 } else { 1 };
                u16::try_from(told.max(least)).ok()
            }
        };
        let samples = samples.ok_or_else(|| corrupt("pixels without samples"))?;
        let bits = match bits {
            Some(bits) => bits,
            None => vec![bits_by_bytes(header, directory, u64::from(width) * u64::from(samples), height)?],
        };
        let formats = small_values(header, directory, Tag::SampleFormat)?.unwrap_or_default();
        if bits.iter().any(|of| *of != bits[0]) || formats.iter().any(|of| *of != formats[0]) {
            return Err(unsupported("a pixel with samples of several types"));
        }
        let bits = *bits.first().ok_or_else(|| corrupt("no bits per sample"))?;
        let pixel = pixel_type(bits, formats.first().copied())?;
        let format = ImageFormat { width, height, samples, pixel };
        let bytes = u128::from(width) * u128::from(height) * u128::from(samples) * pixel.bytes() as u128;
        if bytes > u128::from(limits::IMAGE_BYTES) {
            return Err(Fault::TooLarge(u64::try_from(bytes).unwrap_or(u64::MAX)));
        }
        Ok(Self { format, bits, photometric })
    }
}

/// Bits of a sample where no tag says them. To TIFF that is one, which is wrong where strips without compression have
/// the bytes of more.
fn bits_by_bytes<R: Read + Seek>(
    header: &mut TiffHeader<R>,
    directory: &Directory,
    row_samples: u64,
    height: u32,
) -> Result<u16, Fault> {
    if coding(small_or(header, directory, Tag::Compression, 1)?)? != Coding::None {
        return Ok(1);
    }
    let lengths = header.unsigned_values(directory, Tag::StripByteCounts, u64::from(u16::MAX))?;
    let Some(lengths) = lengths else { return Ok(1) };
    let bytes = lengths.iter().fold(0_u64, |sum, length| sum.saturating_add(*length));
    let bytes_of = |bits: u16| (u128::from(row_samples) * u128::from(bits)).div_ceil(8) * u128::from(height);
    let bits = [1, 8, 16, 32, 64].into_iter().find(|bits| bytes_of(*bits) == u128::from(bytes));
    bits.ok_or_else(|| corrupt("it does not say how many bits a sample has"))
}

/// Width and height of a page.
pub(crate) fn size<R: Read + Seek>(
    header: &mut TiffHeader<R>,
    directory: &Directory,
) -> Result<(u32, u32), Fault> {
    let mut size = |tag, what: &str| -> Result<u32, Fault> {
        let size = header.unsigned(directory, tag)?.and_then(|size| u32::try_from(size).ok());
        size.filter(|size| *size > 0).ok_or_else(|| corrupt(&format!("an image without {what}")))
    };
    Ok((size(Tag::ImageWidth, "width")?, size(Tag::ImageLength, "height")?))
}

/// What a tag says of each sample of a pixel.
fn small_values<R: Read + Seek>(
    header: &mut TiffHeader<R>,
    directory: &Directory,
    tag: Tag,
) -> Result<Option<Vec<u16>>, Fault> {
    let Some(values) = header.unsigned_values(directory, tag, u64::from(u16::MAX))? else { return Ok(None) };
    let values: Result<_, _> = values.into_iter().map(u16::try_from).collect();
    values.map(Some).map_err(|_| corrupt(&format!("its tag {} is unreasonably large", tag.to_u16())))
}

/// What a tag says, or what it means where it is absent. A value that is no number of 16 bits is none that is known.
fn small_or<R: Read + Seek>(
    header: &mut TiffHeader<R>,
    directory: &Directory,
    tag: Tag,
    absent: u16,
) -> Result<u16, Fault> {
    let value = header.unsigned(directory, tag)?;
    Ok(value.map_or(absent, |value| u16::try_from(value).unwrap_or(u16::MAX)))
}

impl Page {
    /// Reads a page (zero-based).
    pub(crate) fn read(reader: &mut PageReader<'_>, number: u32) -> Result<Self, Fault> {
        let mut header = TiffHeader::read(reader)?;
        Self::find(&mut header, number).map(|(page, _)| page)
    }

    /// Reads a page (zero-based), and whether another full page follows it.
    pub(crate) fn read_and_next(reader: &mut PageReader<'_>, number: u32) -> Result<(Self, bool), Fault> {
        let mut header = TiffHeader::read(reader)?;
        let (page, found) = Self::find(&mut header, number)?;
        let follows = match found {
            Found::Plane { is_last } => !is_last,
            Found::Directory(first) if number == 0 && first.next == 0 => {
                Stack::read(&mut header, &first, Some(&page))?.is_some()
            }
            Found::Directory(directory) => header.full_page_follows(&directory),
        };
        Ok((page, follows))
    }

    fn find<R: Read + Seek>(header: &mut TiffHeader<R>, number: u32) -> Result<(Self, Found), Fault> {
        if number > 0 {
            let first = header.directory(0)?;
            if first.next == 0 {
                let page = Self::of_directory(header, &first)?;
                let stack = Stack::read(header, &first, Some(&page))?;
                let planes = stack.map(Stack::planes).filter(|planes| number < *planes);
                let is_last = number + 1 == planes.ok_or(Fault::NoPage)?;
                return Ok((plane(page, number)?, Found::Plane { is_last }));
            }
        }
        let directory = header.directory(number)?;
        Ok((Self::of_directory(header, &directory)?, Found::Directory(directory)))
    }

    pub(crate) fn of_directory<R: Read + Seek>(
        header: &mut TiffHeader<R>,
        directory: &Directory,
    ) -> Result<Self, Fault> {
        let Samples { format, bits, photometric } = Samples::read(header, directory)?;
        if small_or(header, directory, Tag::FillOrder, 1)? != 1 {
            return Err(unsupported("a reversed order of bits (FillOrder 2)"));
        }
        let coding = coding(small_or(header, directory, Tag::Compression, 1)?)?;
        if photometric == Some(PhotometricInterpretation::YCbCr) && coding != Coding::Crate {
            let subsampling = small_values(header, directory, Tag::ChromaSubsampling)?;
            if subsampling.as_deref() != Some(&[1, 1]) {
                return Err(unsupported("subsampled colour (YCbCr)"));
            }
        }
        let prediction = match Predictor::from_u16(small_or(header, directory, Tag::Predictor, 1)?) {
            _ if coding == Coding::Crate => Prediction::None,
            Some(Predictor::None) => Prediction::None,
            Some(Predictor::Horizontal) => Prediction::Horizontal,
            Some(Predictor::FloatingPoint) if matches!(format.pixel, PixelType::F32 | PixelType::F64) => {
                Prediction::Float
            }
            Some(Predictor::FloatingPoint) => return Err(corrupt("a float predictor on integers")),
            _ => return Err(corrupt("an unknown predictor")),
        };
        let planar = small_or(header, directory, Tag::PlanarConfiguration, 1)?;
        let separate_planes = match PlanarConfiguration::from_u16(planar) {
            Some(PlanarConfiguration::Chunky) => false,
            Some(PlanarConfiguration::Planar) => format.samples > 1,
            _ => return Err(corrupt("an unknown order of samples")),
        };
        if coding == Coding::Crate && (separate_planes || (bits != 8 && bits != 1)) {
            return Err(unsupported(format!("JPEG or fax of {bits} bits or in separate planes")));
        }
        if small_or(header, directory, IMAGE_DEPTH, 1)? > 1 {
            return Err(unsupported("a volume in one page (ImageDepth)"));
        }
        let tiled = directory.count(Tag::TileOffsets).is_some();
        let mut page = Self {
            format,
            bits,
            big_endian: header.is_big_endian,
            coding,
            prediction,
            white_is_zero: photometric == Some(PhotometricInterpretation::WhiteIsZero),
            is_ycbcr: photometric == Some(PhotometricInterpretation::YCbCr),
            separate_planes,
            tiled,
            chunk_width: format.width,
            stored_height: format.height,
            chunk_height: format.height,
            offsets: Vec::new(),
            lengths: Vec::new(),
            is_cut_off: false,
        };
        if tiled {
            page.set_tiles(header, directory)?;
        } else {
            page.set_strips(header, directory)?;
        }
        page.set_places(header, directory)?;
        Ok(page)
    }

    fn set_tiles<R: Read + Seek>(
        &mut self,
        header: &mut TiffHeader<R>,
        directory: &Directory,
    ) -> Result<(), Fault> {
        let mut size = |tag| -> Result<u32, Fault> {
            let size = header.unsigned(directory, tag)?.and_then(|size| u32::try_from(size).ok());
            size.filter(|size| *size > 0).ok_or_else(|| corrupt("tiles without a size"))
        };
        (self.chunk_width, self.chunk_height) = (size(Tag::TileWidth)?, size(Tag::TileLength)?);
        self.stored_height = self.chunk_height;
        Ok(())
    }

    fn set_strips<R: Read + Seek>(
        &mut self,
        header: &mut TiffHeader<R>,
        directory: &Directory,
    ) -> Result<(), Fault> {
        let height = u64::from(self.format.height);
        let strips = directory.count(Tag::StripOffsets).unwrap_or(0) / self.planes();
        let rows = match header.unsigned(directory, Tag::RowsPerStrip)?.filter(|rows| *rows > 0) {
            Some(rows) if rows < height || strips <= 1 => rows,
            None if strips <= 1 => height,
            _ => self.rows_by_bytes(header, directory, strips)?,
        };
        // Far more rows than the image has stand for “all in one strip”.
        self.stored_height =
            u32::try_from(if rows / 2 <= height { rows } else { height }).unwrap_or(u32::MAX);
        self.chunk_height = self.stored_height.min(self.format.height);
        Ok(())
    }

    /// Rows of a strip where no tag says them: those that its bytes make, as long as they are not compressed.
    fn rows_by_bytes<R: Read + Seek>(
        &self,
        header: &mut TiffHeader<R>,
        directory: &Directory,
        strips: u64,
    ) -> Result<u64, Fault> {
        let length = header.unsigned(directory, Tag::StripByteCounts)?;
        let places = header.unsigned_values(directory, Tag::StripOffsets, 2)?.unwrap_or_default();
        let apart = places.get(1).and_then(|second| second.checked_sub(places[0]));
        let row_bytes = self.chunk_row_bytes() as u64;
        let rows = [length, apart].into_iter().flatten().filter(|_| self.coding == Coding::None);
        let mut rows = rows.filter(|bytes| bytes.is_multiple_of(row_bytes)).map(|bytes| bytes / row_bytes);
        rows.find(|rows| *rows > 0 && u64::from(self.format.height).div_ceil(*rows) == strips)
            .ok_or_else(|| corrupt("it does not say how many rows a strip has"))
    }

    /// Reads where the chunks lie, and how long they are.
    fn set_places<R: Read + Seek>(
        &mut self,
        header: &mut TiffHeader<R>,
        directory: &Directory,
    ) -> Result<(), Fault> {
        if self.chunk_row_samples() as u128 * u128::from(self.bits) / 8 * u128::from(self.chunk_height)
            > u128::from(limits::IMAGE_BYTES)
        {
            return Err(corrupt("tiles of more than 2 GB"));
        }
        let (offsets, lengths) = if self.tiled {
            (Tag::TileOffsets, Tag::TileByteCounts)
        } else {
            (Tag::StripOffsets, Tag::StripByteCounts)
        };
        let expected = u64::from(self.chunks_across()) * u64::from(self.chunks_down()) * self.planes();
        if directory.count(offsets) != Some(expected) {
            return Err(corrupt("the number of strips or tiles does not fit the size"));
        }
        self.offsets = header.unsigned_values(directory, offsets, expected)?.unwrap_or_default();
        if self.offsets.contains(&0) {
            return Err(corrupt("a strip or tile without a place"));
        }
        if self.coding == Coding::None {
            return Ok(());
        }
        self.lengths = header.unsigned_values(directory, lengths, expected)?.unwrap_or_default();
        self.lengths.resize(self.offsets.len(), 0);
        let file_bytes = header.file_bytes()?;
        let limit = self.compressed_limit();
        let mut in_order = Vec::new();
        if self.lengths.contains(&0) {
            in_order.clone_from(&self.offsets);
            in_order.sort_unstable();
        }
        for (offset, length) in self.offsets.iter().zip(&mut self.lengths) {
            let rest = file_bytes.saturating_sub(*offset);
            if *length == 0 {
                // Not told: at most up to the next chunk.
                let next = in_order.partition_point(|other| other <= offset);
                *length = in_order.get(next).map_or(rest, |next| next - offset);
            }
            self.is_cut_off |= *length > rest;
            *length = (*length).min(rest).min(limit);
        }
        Ok(())
    }
}

fn coding(compression: u16) -> Result<Coding, Fault> {
    Ok(match CompressionMethod::from_u16_exhaustive(compression) {
        CompressionMethod::None => Coding::None,
        CompressionMethod::LZW => Coding::Lzw,
        CompressionMethod::Deflate | CompressionMethod::OldDeflate => Coding::Deflate,
        CompressionMethod::ZSTD => Coding::Zstd,
        CompressionMethod::PackBits => Coding::PackBits,
        CompressionMethod::ModernJPEG | CompressionMethod::Fax4 => Coding::Crate,
        _ => return Err(unsupported(format!("TIFF compression {compression}"))),
    })
}

fn pixel_type(bits: u16, sample_format: Option<u16>) -> Result<PixelType, Fault> {
    let format = sample_format.unwrap_or(1);
    match (SampleFormat::from_u16_exhaustive(format), bits) {
        (SampleFormat::Uint | SampleFormat::Void, bits) => PixelType::unsigned_of_bits(bits),
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

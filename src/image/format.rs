//! What an image is: the type of a sample, sizes, and pixels seen through them.

use serde::{Deserialize, Serialize};

/// The type of one sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PixelType {
    /// 8-bit unsigned. Files of 1 to 7 bits are read as this.
    U8,
    /// 16-bit unsigned. Files of 9 to 15 bits are read as this.
    U16,
    /// 32-bit unsigned.
    U32,
    /// 64-bit unsigned.
    U64,
    /// 8-bit signed.
    I8,
    /// 16-bit signed.
    I16,
    /// 32-bit signed.
    I32,
    /// 64-bit signed.
    I64,
    /// 32-bit float. Files of 16-bit floats are read as this.
    F32,
    /// 64-bit float.
    F64,
}

impl PixelType {
    /// Bytes of one sample.
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// The name in JSON and as NumPy spells it: `uint16`, `float32` …
    pub fn name(self) -> &'static str {
        match self {
            Self::U8 => "uint8",
            Self::U16 => "uint16",
            Self::U32 => "uint32",
            Self::U64 => "uint64",
            Self::I8 => "int8",
            Self::I16 => "int16",
            Self::I32 => "int32",
            Self::I64 => "int64",
            Self::F32 => "float32",
            Self::F64 => "float64",
        }
    }

    /// The machine type that holds samples of this many bits.
    pub(super) fn unsigned_of_bits(bits: u16) -> Option<Self> {
        Some(match bits {
            1..=8 => Self::U8,
            9..=16 => Self::U16,
            17..=32 => Self::U32,
            33..=64 => Self::U64,
            _ => return None,
        })
    }
}

/// Size and type of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImageFormat {
    /// Pixels across.
    pub width: u32,
    /// Number of pixels down.
    pub height: u32,
    /// Samples of one pixel, side by side: 1 for grey, 3 for RGB, 4 with alpha.
    pub samples: u16,
    /// Type of each sample.
    pub pixel: PixelType,
}

impl ImageFormat {
    /// A grey image.
    pub const fn grey(width: u32, height: u32, pixel: PixelType) -> Self {
        Self { width, height, samples: 1, pixel }
    }

    /// A colour image of 8 bits for each of red, green and blue.
    pub fn rgb(width: u32, height: u32) -> Self {
        Self { width, height, samples: 3, pixel: PixelType::U8 }
    }

    /// Number of samples in the image (width x height x samples of a pixel).
    pub fn sample_count(self) -> usize {
        self.width as usize * self.height as usize * usize::from(self.samples)
    }

    /// Exact bytes of the pixels.
    pub fn bytes(self) -> u64 {
        self.sample_count() as u64 * self.pixel.bytes() as u64
    }
}

/// `512 x 512, 16-bit` as shown on screen.
impl std::fmt::Display for ImageFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.pixel {
            PixelType::F32 | PixelType::F64 => " float",
            PixelType::I8 | PixelType::I16 | PixelType::I32 | PixelType::I64 => " signed",
            PixelType::U8 | PixelType::U16 | PixelType::U32 | PixelType::U64 => "",
        };
        let colour = match self.samples {
            1 => "",
            3 => " RGB",
            4 => " RGBA",
            _ => " several samples",
        };
        write!(f, "{} × {}, {}-bit{kind}{colour}", self.width, self.height, self.pixel.bytes() * 8)
    }
}

/// What is known of an image from its header alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ImageHeader {
    /// Size and type.
    pub format: ImageFormat,
    /// Bytes of [`super::DecodeScratch`] that reading this very image takes at most.
    pub scratch_bytes: u64,
    /// Bytes of its pixels in the file.
    pub stored_bytes: u64,
    /// Whether another page of full size follows it in its file.
    pub more_pages: bool,
    /// Of a plane of an array, what it is unpacked with.
    pub shared: Option<SharedChunk>,
}

/// Chunks of an array that hold several planes, so that whoever reads one of these unpacks all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SharedChunk {
    /// Planes of one array with the same number lie in the same chunks.
    pub number: u64,
    /// How many planes these hold.
    pub planes: u32,
}

/// An image to read: `bytes` holds exactly `format.bytes()` bytes, aligned to 8.
#[derive(Clone, Copy, Debug)]
pub struct ImageRef<'a> {
    /// Size and type.
    pub format: ImageFormat,
    /// The pixels row by row, without padding, in the byte order of this machine.
    pub bytes: &'a [u8],
}

/// An image to write: `bytes` holds exactly `format.bytes()` bytes, aligned to 8.
#[derive(Debug)]
pub struct ImageMut<'a> {
    /// Size and type.
    pub format: ImageFormat,
    /// The pixels row by row, without padding, in the byte order of this machine.
    pub bytes: &'a mut [u8],
}

impl ImageMut<'_> {
    /// The beginning of the same memory as an image of a format that needs no more of it.
    #[must_use]
    pub(crate) fn resized(self, format: ImageFormat) -> Self {
        Self { format, bytes: &mut self.bytes[..format.sample_count() * format.pixel.bytes()] }
    }
}

//! The values of a pixel as they are in the image, for reading on screen.

use crate::image::{ImageRef, PixelType};

/// A value of a pixel, exact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SampleValue {
    /// Of an unsigned type.
    Unsigned(u64),
    /// Of a signed type.
    Signed(i64),
    /// 32-bit float.
    F32(f32),
    /// 64-bit float.
    F64(f64),
}

impl std::fmt::Display for SampleValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Floats print as the shortest text that reads back as the same number.
        match self {
            Self::Unsigned(value) => write!(f, "{value}"),
            Self::Signed(value) => write!(f, "{value}"),
            Self::F32(value) if value.abs() >= 1e-4 && value.abs() < 1e9 || *value == 0.0 => {
                write!(f, "{value}")
            }
            Self::F32(value) => write!(f, "{value:e}"),
            Self::F64(value) if value.abs() >= 1e-4 && value.abs() < 1e9 || *value == 0.0 => {
                write!(f, "{value}")
            }
            Self::F64(value) => write!(f, "{value:e}"),
        }
    }
}

/// The samples of a pixel, or `None` outside of the image.
pub fn values_at(image: ImageRef<'_>, x: u32, y: u32) -> Option<Vec<SampleValue>> {
    let format = image.format;
    if x >= format.width || y >= format.height {
        return None;
    }
    let samples = usize::from(format.samples);
    let size = format.pixel.bytes();
    let start = (y as usize * format.width as usize + x as usize) * samples * size;
    let pixel = image.bytes.get(start..start + samples * size)?;
    Some(pixel.chunks_exact(size).filter_map(|bytes| sample_value(format.pixel, bytes)).collect())
}

fn sample_value(pixel: PixelType, bytes: &[u8]) -> Option<SampleValue> {
    use SampleValue::{F32, F64, Signed, Unsigned};
    Some(match pixel {
        PixelType::U8 => Unsigned(u64::from(*bytes.first()?)),
        PixelType::U16 => Unsigned(u64::from(u16::from_ne_bytes(bytes.try_into().ok()?))),
        PixelType::U32 => Unsigned(u64::from(u32::from_ne_bytes(bytes.try_into().ok()?))),
        PixelType::U64 => Unsigned(u64::from_ne_bytes(bytes.try_into().ok()?)),
        PixelType::I8 => Signed(i64::from(i8::from_ne_bytes(bytes.try_into().ok()?))),
        PixelType::I16 => Signed(i64::from(i16::from_ne_bytes(bytes.try_into().ok()?))),
        PixelType::I32 => Signed(i64::from(i32::from_ne_bytes(bytes.try_into().ok()?))),
        PixelType::I64 => Signed(i64::from_ne_bytes(bytes.try_into().ok()?)),
        PixelType::F32 => F32(f32::from_ne_bytes(bytes.try_into().ok()?)),
        PixelType::F64 => F64(f64::from_ne_bytes(bytes.try_into().ok()?)),
    })
}

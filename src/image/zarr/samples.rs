//! The samples of an array: their type in the files, the type that they have in images, and the value where
//! nothing is stored.

use half::f16;
use serde_json::Value;

use super::fault::ZarrFault;
use crate::image::PixelType;

/// Samples as they are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Samples {
    /// Their type in an image.
    pub(super) pixel: PixelType,
    /// Whether they are stored as 16-bit floats, which images do not have.
    pub(super) is_half: bool,
}

impl Samples {
    /// By the name of the type in version 3, which is NumPy's.
    pub(super) fn named(name: &str) -> Option<Self> {
        if name == "float16" {
            return Some(Self { pixel: PixelType::F32, is_half: true });
        }
        use PixelType::{F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
        let types = [U8, U16, U32, U64, I8, I16, I32, I64, F32, F64];
        let pixel = types.into_iter().find(|pixel| pixel.name() == name)?;
        Some(Self { pixel, is_half: false })
    }

    /// Bytes of one sample in the files.
    pub(super) fn stored_bytes(self) -> usize {
        if self.is_half { 2 } else { self.pixel.bytes() }
    }

    /// The value where nothing is stored, in the bytes of an image's sample and the machine's order.
    pub(super) fn fill(self, value: &Value) -> Result<Vec<u8>, ZarrFault> {
        let wrong =
            || ZarrFault::damaged(format!("its fill value {value} is not of type {}", self.pixel.name()));
        if value.is_null() {
            return Ok(vec![0; self.pixel.bytes()]);
        }
        let whole = whole_number(value);
        macro_rules! whole {
            ($type:ty) => {
                <$type>::try_from(whole.ok_or_else(wrong)?).map_err(|_| wrong())?.to_ne_bytes().to_vec()
            };
        }
        Ok(match self.pixel {
            PixelType::U8 => whole!(u8),
            PixelType::U16 => whole!(u16),
            PixelType::U32 => whole!(u32),
            PixelType::U64 => whole!(u64),
            PixelType::I8 => whole!(i8),
            PixelType::I16 => whole!(i16),
            PixelType::I32 => whole!(i32),
            PixelType::I64 => whole!(i64),
            PixelType::F32 => {
                let bits = bits(value);
                #[allow(clippy::cast_possible_truncation)] // the nearest value of the type is meant
                let value = match bits {
                    Some(bits) if self.is_half => f16::from_bits(bits as u16).to_f32(),
                    Some(bits) => f32::from_bits(bits as u32),
                    None if self.is_half => f16::from_f64(float(value).ok_or_else(wrong)?).to_f32(),
                    None => float(value).ok_or_else(wrong)? as f32,
                };
                value.to_ne_bytes().to_vec()
            }
            PixelType::F64 => {
                let value = bits(value).map(f64::from_bits).or_else(|| float(value));
                value.ok_or_else(wrong)?.to_ne_bytes().to_vec()
            }
        })
    }
}

/// A whole number, also where it is written `3.0`.
fn whole_number(value: &Value) -> Option<i128> {
    if let Some(value) = value.as_u64() {
        return Some(value.into());
    }
    if let Some(value) = value.as_i64() {
        return Some(value.into());
    }
    let value = value.as_f64()?;
    #[allow(clippy::cast_possible_truncation)] // it is whole, and of a size that an i128 holds
    (value.fract() == 0.0 && value.abs() < 1e30).then_some(value as i128)
}

fn float(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some("NaN") => Some(f64::NAN),
        Some("Infinity") => Some(f64::INFINITY),
        Some("-Infinity") => Some(f64::NEG_INFINITY),
        Some(_) => None,
        None => value.as_f64(),
    }
}

/// The bits of a float, written `"0x7fc00000"`.
fn bits(value: &Value) -> Option<u64> {
    let digits = value.as_str()?.strip_prefix("0x")?;
    u64::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fill_values_are_of_the_samples_type() {
        let fill = |name: &str, value: Value| Samples::named(name).unwrap().fill(&value);
        let cases: [(&str, Value, &[u8]); 12] = [
            ("uint8", json!(7), &[7]),
            ("uint16", json!(null), &[0, 0]),
            ("uint16", json!(258.0), &258_u16.to_ne_bytes()),
            ("int16", json!(-2), &(-2_i16).to_ne_bytes()),
            ("uint64", json!(u64::MAX), &[255; 8]),
            ("int64", json!(i64::MIN), &i64::MIN.to_ne_bytes()),
            ("float32", json!("-Infinity"), &f32::NEG_INFINITY.to_ne_bytes()),
            ("float32", json!("0x7fc00001"), &0x7fc0_0001_u32.to_ne_bytes()),
            ("float64", json!("NaN"), &f64::NAN.to_ne_bytes()),
            ("float64", json!(0.1), &0.1_f64.to_ne_bytes()),
            ("float16", json!(0.1), &f16::from_f64(0.1).to_f32().to_ne_bytes()),
            ("float16", json!("0x3c00"), &1_f32.to_ne_bytes()),
        ];
        for (name, value, expected) in cases {
            assert_eq!(fill(name, value.clone()).unwrap(), expected, "{value} as {name}");
        }
        for (name, value) in
            [("uint8", json!(256)), ("uint8", json!(-1)), ("int32", json!(0.5)), ("float32", json!("much"))]
        {
            let why = fill(name, value).unwrap_err().to_string();
            assert!(why.contains("fill value") && why.contains(name), "{why}");
        }
    }
}

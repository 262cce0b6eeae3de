//! Placeholder until decoding lands.
#![allow(missing_docs)]
use super::ImageFormat;
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct DecodeError;
#[derive(Debug, Default)]
pub struct DecodeScratch;
pub fn measure(_: &std::path::Path, _: u32) -> Result<ImageFormat, DecodeError> {
    Err(DecodeError)
}
pub fn decode_into(
    _: &std::path::Path,
    _: u32,
    _: ImageFormat,
    _: &mut [u8],
    _: &mut DecodeScratch,
) -> Result<(), DecodeError> {
    Err(DecodeError)
}
pub fn decode_owned(_: &std::path::Path, _: u32) -> Result<(ImageFormat, Vec<u8>), DecodeError> {
    Err(DecodeError)
}
pub fn decode_scratch_bytes(_: ImageFormat) -> u64 {
    0
}
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrast {
    pub low: f64,
    pub high: f64,
}
pub fn auto_contrast(_: super::ImageRef<'_>) -> Contrast {
    Contrast { low: 0.0, high: 255.0 }
}

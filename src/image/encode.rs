//! Placeholder until encoding lands.
#![allow(missing_docs)]
use super::{ImageFormat, ImageRef};
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct EncodeError;
#[derive(Clone, Copy, Debug, Default)]
pub enum Compression {
    #[default]
    None,
    Lzw,
    Deflate,
    Zstd,
}
pub fn write_tiff(
    _: &std::path::Path,
    _: ImageRef<'_>,
    _: Compression,
    _: Option<&str>,
) -> Result<u64, EncodeError> {
    Err(EncodeError)
}
pub fn encode_scratch_bytes(_: ImageFormat) -> u64 {
    0
}

//! Stand-in until the generator lands.
#![allow(missing_docs)]
use crate::cancel::{Cancel, Cancelled};
use crate::image::Compression;
use std::path::{Path, PathBuf};
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("no generator yet")]
    None,
}
#[derive(Clone, Debug, Default)]
pub struct DemoSpec {
    pub wells: u32,
    pub channels: u32,
    pub timepoints: u32,
    pub sites: u32,
    pub planes: u32,
    pub width: u32,
    pub height: u32,
    pub compression: Compression,
    pub seed: u64,
}
impl DemoSpec {
    pub fn image_count(&self) -> u64 {
        0
    }
    pub fn bytes(&self) -> u64 {
        0
    }
}
pub fn write(
    _: &DemoSpec,
    _: &Path,
    _: &Cancel,
    _: &(dyn Fn(u64, u64) + Sync),
) -> Result<PathBuf, DemoError> {
    Err(DemoError::None)
}
pub fn ensure(
    _: &DemoSpec,
    _: &Path,
    _: &Cancel,
    _: &(dyn Fn(u64, u64) + Sync),
) -> Result<PathBuf, DemoError> {
    Err(DemoError::None)
}

//! What events tell of: outputs, tables, failures, ends.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::image::{ContentHash, ImageFormat};
use crate::plan::TableKind;
use crate::plate::{Acquired, ImageKey, SitePosition};

/// One image that a step produced and that the run saved or would have saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputImage {
    /// Zero-based index of the step that produced it.
    pub step: usize,
    /// Well, site, channel, z and timepoint of the image.
    pub key: ImageKey,
    /// Hash of its size, type and pixels.
    pub hash: ContentHash,
    /// Where it is, relative to the run's folder; `None` where the run keeps no images.
    pub path: Option<String>,
    /// Bytes of its files as they were written; 0 where none is kept, and in records of earlier versions.
    #[serde(default, skip_serializing_if = "is_no_byte")]
    pub bytes: u64,
    /// Its size and type, where it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<ImageFormat>,
    /// Where its middle lies, where it is kept and that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<SitePosition>,
    /// The number of its plane, where the path is that of a Zarr array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plane: Option<u32>,
    /// Whether the samples of its pixels lie along an axis of that array.
    #[serde(default, skip_serializing_if = "is_false")]
    pub in_colour: bool,
    /// How its source was recorded, where that is known and still holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acquired: Option<Box<Acquired>>,
}

/// A table that a run has written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedTable {
    /// Zero-based index of the step that found what is in it.
    pub step: usize,
    /// What its rows are.
    pub kind: TableKind,
    /// Where it is, relative to the run's folder.
    pub path: String,
    /// Its rows, without the header.
    pub rows: u64,
    /// Hash of the file.
    pub hash: ContentHash,
}

/// An image or output that is missing or failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedImage {
    /// The source image concerned, or the output that was withheld.
    pub key: ImageKey,
    /// Absolute path of the file; for a missing image, the plate folder.
    pub path: PathBuf,
    /// What is wrong.
    pub why: String,
    /// How many more images this stands for, which are not listed one by one.
    #[serde(default, skip_serializing_if = "is_none")]
    pub further: usize,
}

impl FailedImage {
    /// Number of images that are missing or failed, with those that are not listed.
    pub fn count<'a>(failed: impl IntoIterator<Item = &'a Self>) -> usize {
        failed.into_iter().fold(0, |count: usize, one| count.saturating_add(1).saturating_add(one.further))
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde asks
fn is_false(is: &bool) -> bool {
    !*is
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde asks
fn is_no_byte(bytes: &u64) -> bool {
    *bytes == 0
}

fn is_none(count: &usize) -> bool {
    *count == 0
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// All combinations were done; single images may have failed.
    Completed,
    /// The user stopped it.
    Cancelled,
    /// It could not go on.
    Failed,
}

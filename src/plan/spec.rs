//! What the user chooses about a run.

use serde::{Deserialize, Serialize};

use crate::image::{
    Compression, ImageFormat, encode_scratch_bytes, most_file_bytes, most_plane_bytes, plane_scratch_bytes,
};
use crate::limits;
use crate::paging::{self, AfterClear, Intermediates};
use crate::pipeline::{PipelineSpec, ResolvedStep};
use crate::plate::{Component, SaveAs};
use crate::quantity::count_text;

/// What is said of an image that is the only one of its field, of the arrays of its levels, and of its well.
const ZARR_METADATA_BYTES: u64 = 32 * 1024;

/// How the images of a well are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// All images at once.
    Bulk,
    /// One combination at a time.
    Sequential,
}

impl Mode {
    /// The name on the command line and in folder names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bulk => "bulk",
            Self::Sequential => "sequential",
        }
    }

    /// The name on screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Bulk => "All at once",
            Self::Sequential => "One at a time",
        }
    }
}

/// Everything that the user chooses about a run, but for the wells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunSpec {
    /// All at once or one at a time.
    pub mode: Mode,
    /// The components that are taken one value at a time, outermost first; not used in bulk.
    pub sequential: Vec<Component>,
    /// What is done to the images.
    pub pipeline: PipelineSpec,
    /// Memory after a clear.
    pub after_clear: AfterClear,
    /// Images after their last use.
    pub intermediates: Intermediates,
    /// Number of threads that work on images.
    pub threads: usize,
    /// Wells whose images are processed together; at least 1.
    #[serde(default = "one_well")]
    pub wells_at_once: usize,
    /// Whether the next combination is read while the present one is worked on.
    #[serde(default)]
    pub read_ahead: bool,
    /// Compression of the images that are kept.
    #[serde(default)]
    pub compression: Compression,
    /// The form in which images are kept.
    #[serde(default)]
    pub save_as: SaveAs,
}

/// A number of a run's settings that no run can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a run cannot have {} {what}: choose 1 to {}", count_text(*.value), count_text(*.most))]
pub struct SpecFault {
    /// What the number counts.
    what: &'static str,
    /// The number.
    value: usize,
    /// The most possible.
    most: usize,
}

/// Whether a run can have so many threads.
pub(crate) fn check_threads(threads: usize) -> Result<(), SpecFault> {
    check(threads, limits::THREADS, "threads")
}

/// Whether a run can process this many wells together.
pub(crate) fn check_wells_at_once(wells: usize) -> Result<(), SpecFault> {
    check(wells, limits::WELLS_AT_ONCE, "wells at once")
}

fn check(value: usize, most: usize, what: &'static str) -> Result<(), SpecFault> {
    if (1..=most).contains(&value) { Ok(()) } else { Err(SpecFault { what, value, most }) }
}

pub(super) fn one_well() -> usize {
    1
}

impl RunSpec {
    /// All at once, on one thread and one well after the other, with memory freed and given back.
    pub fn plain(pipeline: PipelineSpec) -> Self {
        Self {
            mode: Mode::Bulk,
            sequential: Vec::new(),
            pipeline,
            after_clear: AfterClear::Return,
            intermediates: Intermediates::Free,
            threads: 1,
            wells_at_once: 1,
            read_ahead: false,
            compression: Compression::None,
            save_as: SaveAs::Tiff,
        }
    }

    /// Whether a run can have these settings, wherever they come from: the command line, the window, a record, or
    /// what a worker is told. The pipeline has a check of its own.
    ///
    /// # Errors
    /// Which number no run can have.
    pub fn check(&self) -> Result<(), SpecFault> {
        check_threads(self.threads)?;
        check_wells_at_once(self.wells_at_once)
    }

    /// Whether the images that a step finds are kept below the labels that it makes of them.
    pub(crate) fn keeps_below(&self, step: &ResolvedStep) -> bool {
        self.save_as == SaveAs::OmeZarr && step.keep_images() && step.step().makes_labels()
    }

    /// The most memory that saving an image takes beside its pixels.
    pub(crate) fn saving_scratch_bytes(&self, format: ImageFormat) -> u64 {
        match self.save_as {
            SaveAs::Tiff | SaveAs::OmeTiff => encode_scratch_bytes(format, self.compression),
            SaveAs::OmeZarr => plane_scratch_bytes(format),
        }
    }

    /// The most bytes that the files of a saved image take.
    pub(crate) fn most_saved_bytes(&self, format: ImageFormat) -> u64 {
        match self.save_as {
            SaveAs::Tiff | SaveAs::OmeTiff => most_file_bytes(format, self.compression),
            SaveAs::OmeZarr => most_plane_bytes(format) + ZARR_METADATA_BYTES,
        }
    }

    /// Whether memory goes back to the system after each combination.
    pub(crate) fn returns_after_clear(&self) -> bool {
        self.after_clear == AfterClear::Return
    }

    /// Whether memory of single images goes back to the system before the combination is cleared.
    pub(crate) fn returns_early(&self) -> bool {
        paging::returns_early(self.after_clear, self.intermediates)
    }
}

//! What the user chooses about a run.

use serde::{Deserialize, Serialize};

use crate::image::Compression;
use crate::paging::{self, AfterClear, Intermediates};
use crate::pipeline::PipelineSpec;
use crate::plate::Component;

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
    /// Whether the next combination is read while the one at hand is worked on.
    #[serde(default)]
    pub read_ahead: bool,
    /// Compression of the images that are kept.
    #[serde(default)]
    pub compression: Compression,
}

pub(super) fn one_well() -> usize {
    1
}

impl RunSpec {
    /// Whether memory of single images goes back to the system before the combination is cleared.
    pub(crate) fn returns_early(&self) -> bool {
        paging::returns_early(self.after_clear, self.intermediates)
    }
}

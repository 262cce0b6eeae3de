//! Why a plan cannot be made.

use super::{Conflict, SpecFault};
use crate::pipeline::{PipelineFault, UnresolvedStep};
use crate::plate::{ImageKey, WellId};

/// Why a plan cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// A sequential component is assembled by a step.
    #[error("{}", .0.why)]
    Conflict(Conflict),
    /// A number of the settings is none that a run can have.
    #[error(transparent)]
    Spec(#[from] SpecFault),
    /// The pipeline cannot run, whatever the plate.
    #[error(transparent)]
    Pipeline(#[from] PipelineFault),
    /// The pipeline asks for what the plate does not tell.
    #[error(transparent)]
    Unresolved(#[from] UnresolvedStep),
    /// Wells that the plate does not have images of.
    #[error("no images of well {}: the plate has images of {having}", list(.wells))]
    NoSuchWell {
        /// The wells asked for in vain.
        wells: Vec<WellId>,
        /// The wells that there are, in words.
        having: String,
    },
    /// The results would be of a type that the form has no name for.
    #[error(
        "images of 64-bit integers ({0}) cannot be saved as OME-TIFF, which has no such type: save them as TIFF"
    )]
    NoOmeType(ImageKey),
    /// There is nothing to preload.
    #[error("there are no images to process{0}")]
    NoImages(String),
}

pub(super) fn list(wells: &[WellId]) -> String {
    wells.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

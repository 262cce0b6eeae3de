//! Z projection of a stack.

use serde::{Deserialize, Serialize};

use crate::cancel::Cancel;
use crate::image::{ImageFormat, ImageMut, ImageRef};
use crate::pipeline::{Scratch, StepError, StepNote};

/// How the planes become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProjectionMethod {
    /// The brightest of the planes.
    #[default]
    Maximum,
    /// The mean, truncated.
    Mean,
    /// The darkest of the planes.
    Minimum,
    /// The sum, held at the type's limit.
    Sum,
    /// The population standard deviation, truncated.
    StandardDeviation,
}

impl ProjectionMethod {
    /// All methods, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Maximum, Self::Mean, Self::Minimum, Self::Sum, Self::StandardDeviation];

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Maximum => "maximum",
            Self::Mean => "mean",
            Self::Minimum => "minimum",
            Self::Sum => "sum",
            Self::StandardDeviation => "standard deviation",
        }
    }

    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Maximum => "z-max",
            Self::Mean => "z-mean",
            Self::Minimum => "z-min",
            Self::Sum => "z-sum",
            Self::StandardDeviation => "z-std",
        }
    }
}

/// Settings of z projection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZProjection {
    /// How the planes become one.
    pub method: ProjectionMethod,
}

impl ZProjection {
    /// For the window.
    pub const EXPLANATION: &str = "Makes one image of all planes of a stack.";

    #[allow(clippy::unused_self)]
    pub(crate) fn scratch_bytes(&self, _input: ImageFormat) -> u64 {
        0
    }

    pub(crate) fn run(
        &self,
        _inputs: &[ImageRef<'_>],
        _output: ImageMut<'_>,
        _scratch: &mut Scratch,
        _cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        Ok(StepNote::default())
    }
}

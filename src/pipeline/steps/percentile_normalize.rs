//! Percentile normalisation of one image.

use serde::{Deserialize, Serialize};

use crate::cancel::Cancel;
use crate::image::{ImageFormat, ImageMut};
use crate::pipeline::{Scratch, StepError, StepNote};

/// Settings of percentile normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PercentileNormalize {
    /// Percentile (0 to 100) that becomes the lowest value.
    pub low_percentile: f64,
    /// Percentile (0 to 100) that becomes the highest value.
    pub high_percentile: f64,
}

impl Default for PercentileNormalize {
    fn default() -> Self {
        Self { low_percentile: 1.0, high_percentile: 99.0 }
    }
}

impl PercentileNormalize {
    /// For the window.
    pub const EXPLANATION: &str =
        "Stretches the brightness of each image from its darkest to its brightest percent.";

    /// `1 to 99 %`.
    pub fn settings_text(&self) -> String {
        format!("{} to {} %", self.low_percentile, self.high_percentile)
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        if 0.0 <= self.low_percentile
            && self.low_percentile < self.high_percentile
            && self.high_percentile <= 100.0
        {
            Ok(())
        } else {
            Err("the percentiles must be between 0 and 100, the low one below the high one".to_owned())
        }
    }

    pub(crate) fn scratch_bytes(_input: ImageFormat) -> u64 {
        0
    }

    pub(crate) fn run(
        &self,
        _image: ImageMut<'_>,
        _scratch: &mut Scratch,
        _cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        Ok(StepNote::default())
    }
}

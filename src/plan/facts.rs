//! What a plate tells of itself beside its images.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::PlannedImage;
use crate::image::Rgb;
use crate::plate::{Measured, PixelSizes, Plate, PlateShape, UsualFormats, channel_title};

/// What is known of a plate beside its single images.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlateFacts {
    /// Rows and columns; `None` of no plate.
    pub shape: Option<PlateShape>,
    /// Channel number to name.
    pub channel_names: BTreeMap<u32, String>,
    /// Channel number to colour, where the metadata says it.
    #[serde(default)]
    pub channel_colours: BTreeMap<u32, Rgb>,
    /// Size of a pixel of each channel, where known.
    pub pixel_sizes: PixelSizes,
    /// Instrument.
    #[serde(default)]
    pub microscope: Option<String>,
    /// Objective: `20X Plan Apo Lambda`.
    pub objective: Option<String>,
    /// The size and type that most images of each channel have.
    #[serde(default)]
    pub usual_formats: UsualFormats,
}

impl PlateFacts {
    pub(super) fn of(plate: &Plate, measured: &Measured) -> Self {
        Self {
            shape: Some(plate.shape),
            channel_names: plate.channel_names.clone(),
            channel_colours: plate.channel_colours.clone(),
            pixel_sizes: plate.pixel_sizes.clone(),
            microscope: plate.microscope.clone(),
            objective: plate.objective.clone(),
            usual_formats: measured.usual_formats(),
        }
    }

    /// What is odd about a source image, in words that follow its file; `None` where nothing is.
    pub(crate) fn oddity(&self, image: &PlannedImage) -> Option<String> {
        let format = *image.format.as_ref().ok()?;
        self.usual_formats.oddity(image.key, format, |channel| channel_title(&self.channel_names, channel))
    }
}

//! What a plate tells of itself beside its images.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::PlannedImage;
use crate::plate::{Format, Measured, PixelSizes, Plate, PlateShape, UsualFormats, channel_title};

/// What is known of a plate beside its single images.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlateFacts {
    /// Rows and columns; `None` of no plate.
    pub shape: Option<PlateShape>,
    /// Channel number to name.
    pub channel_names: BTreeMap<u32, String>,
    /// Size of a pixel of each channel, where known.
    pub pixel_sizes: PixelSizes,
    /// Objective: `20X Plan Apo Lambda`.
    pub objective: Option<String>,
    /// The size and type that most images of each channel have.
    #[serde(default)]
    pub usual_formats: UsualFormats,
    /// Whether timepoints and planes have folders.
    pub in_folders: bool,
}

impl PlateFacts {
    pub(super) fn of(plate: &Plate, measured: &Measured) -> Self {
        let in_folder = |path: &str| {
            let words = path.split('/').map(str::to_ascii_lowercase);
            words.rev().skip(1).any(|word| word.starts_with("timepoint") || word.starts_with("zstep"))
        };
        let is_flat = || {
            plate.format == Format::ImageXpress
                && plate.images.first().is_some_and(|image| !in_folder(&image.source.relative()))
        };
        Self {
            shape: Some(plate.shape),
            channel_names: plate.channel_names.clone(),
            pixel_sizes: plate.pixel_sizes.clone(),
            objective: plate.objective.clone(),
            usual_formats: measured.usual_formats(),
            in_folders: !is_flat(),
        }
    }

    /// What is odd about a source image, in words that follow its file; `None` where nothing is.
    pub(crate) fn oddity(&self, image: &PlannedImage) -> Option<String> {
        let format = *image.format.as_ref().ok()?;
        self.usual_formats.oddity(image.key, format, |channel| channel_title(&self.channel_names, channel))
    }
}

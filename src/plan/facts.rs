//! What a plate tells of itself beside its images.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::plate::{Format, PixelSizes, Plate, PlateShape, SitePositions};

/// What is known of a plate beside its images, for the files of results.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlateFacts {
    /// Rows and columns; `None` of no plate.
    pub shape: Option<PlateShape>,
    /// Channel number to name.
    pub channel_names: BTreeMap<u32, String>,
    /// Size of a pixel in micrometres.
    pub pixel_sizes: PixelSizes,
    /// Objective: `20X Plan Apo Lambda`.
    pub objective: Option<String>,
    /// Site number to position.
    pub site_positions: SitePositions,
    /// Whether timepoints and planes have folders.
    pub in_folders: bool,
}

impl PlateFacts {
    pub(super) fn of(plate: &Plate) -> Self {
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
            site_positions: plate.site_positions.clone(),
            in_folders: !is_flat(),
        }
    }
}

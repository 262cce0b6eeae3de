//! How the planes of an image were recorded, as a document has it.
//!
//! Times of planes count from the date of their image. Deliberately absent: times of images without a date, and heights
//! without a unit of length, of which nobody says what they count.

use std::collections::HashMap;

use crate::image::{ExposedPlane, OmeChannel, OmeDocument, OmeImage, OmePlane};
use crate::plate::Acquired;
use crate::plate::acquired::{Said, moment_ms};

/// What a document says of the planes of one image.
pub(super) struct AcquiredPlanes<'a> {
    began_ms: Option<i64>,
    planes: HashMap<OmePlane, &'a ExposedPlane>,
    channels: &'a [OmeChannel],
    /// Whether it says of any plane when that was.
    tells_times: bool,
}

impl<'a> AcquiredPlanes<'a> {
    pub(super) fn of(document: &'a OmeDocument, image: &'a OmeImage) -> Self {
        let exposed = document.exposed_planes_of(image);
        Self {
            began_ms: image.began.as_deref().and_then(moment_ms),
            planes: exposed.iter().rev().map(|exposed| (exposed.plane, exposed)).collect(),
            channels: document.channels_of(image),
            tells_times: exposed.iter().any(|exposed| exposed.after_secs.is_some()),
        }
    }

    /// How a plane was recorded, as far as it is said.
    pub(super) fn get(&self, plane: OmePlane) -> Acquired {
        let exposed = self.planes.get(&plane);
        let channel = usize::try_from(plane.channel).ok().and_then(|channel| self.channels.get(channel));
        #[allow(clippy::cast_possible_truncation)] // Saturates.
        let after_ms = exposed.and_then(|exposed| exposed.after_secs).map(|secs| (secs * 1e3).round() as i64);
        // The date of an image is that of its first timepoint, where no times are told.
        let after_ms = after_ms.or((!self.tells_times && plane.timepoint == 0).then_some(0));
        let said = Said {
            z_um: exposed.and_then(|exposed| exposed.z_um),
            exposure_secs: exposed.and_then(|exposed| exposed.exposure_secs),
            emission_nm: channel.and_then(|channel| channel.emission_nm),
            excitation_nm: channel.and_then(|channel| channel.excitation_nm),
            at_ms: self.began_ms.zip(after_ms).map(|(began, after)| began.saturating_add(after)),
        };
        said.into()
    }
}

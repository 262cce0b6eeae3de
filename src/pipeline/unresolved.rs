//! Why a pipeline cannot be done to a plate: what a step asks for that the plate does not tell, and what to do.

use super::settings_fault::NumberedStep;
use crate::plate::WellId;
use crate::quantity::{decimal_text, field_text};

/// What the files of a plate do not tell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untold {
    /// The size of a pixel in micrometres.
    #[error("the files of this plate do not say how large a pixel is")]
    PixelSize,
    /// The size of a pixel of one channel, where that of others is known.
    #[error("the files of this plate do not say how large a pixel of channel {channel} is")]
    PixelSizeOf {
        /// Its number, and its name in the files.
        channel: String,
    },
    /// One size of a pixel in an image that was made of channels.
    #[error("the channels that one image is made of have pixels of different sizes")]
    PixelSizesDiffer,
    /// Where the stage was for a site.
    #[error("the files of this plate do not have the stage position of site {site} of well {well}")]
    StagePosition {
        /// The well.
        well: WellId,
        /// Number of the site.
        site: u32,
    },
}

/// Why a step cannot be resolved on a plate. Each message says what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Unresolved {
    /// A sigma in micrometres cannot be turned into pixels.
    #[error("{0}: give sigma in pixels in the step's settings, or remove the step")]
    Sigma(#[source] Untold),
    /// A sigma in micrometres makes no sense in pixels of this plate.
    #[error(
        "a sigma of {} µm is {} pixels of channel {channel}, which makes no sense: choose {} to {} µm",
        field_text(*micrometres, 0..=3), decimal_text(*pixels, 3), decimal_text(*least_um, 3), decimal_text(*most_um, 3)
    )]
    SigmaOutOfRange {
        /// The sigma that was chosen, in micrometres.
        micrometres: f64,
        /// The same in pixels of a channel, along the side for which it makes no sense.
        pixels: f64,
        /// The channel, by its number and its name in the files.
        channel: String,
        /// The least sigma that makes sense of all channels, in micrometres.
        least_um: f64,
        /// The largest sigma that makes sense of all channels, in micrometres.
        most_um: f64,
    },
    /// Sites cannot be placed by where the stage was.
    #[error("{0}: place the sites on a grid in the step's settings, or remove the step")]
    Places(#[source] Untold),
    /// A channel of the plate has no flat image.
    #[error(
        "channel {channel} ({name}) has no flat image: choose one in the settings of the step, or estimate the \
         light from the sites"
    )]
    NoFlat {
        /// Number of the channel.
        channel: u32,
        /// Its name in the files, or else its letter and number.
        name: String,
    },
}

/// The step of a pipeline that cannot be resolved on a plate, and why.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{step}: {source}")]
pub struct UnresolvedStep {
    /// The step that asks for what is not known.
    pub step: NumberedStep,
    /// What is not known, and what to do.
    pub source: Unresolved,
}

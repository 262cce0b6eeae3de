//! How large the pixels of a channel are, and where the sites of a well lie.

mod pixel_size;
mod positions;
mod recorded;

pub use pixel_size::{PixelSize, PixelSizes};
pub use positions::{SitePosition, SitePositions, WellPositions};
pub(crate) use recorded::Recorded;

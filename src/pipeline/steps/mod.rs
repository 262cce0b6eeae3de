//! The steps, one file each. Every definition is exact, so that a result can be checked against
//! another program pixel for pixel.

mod percentile_normalize;
mod sample;
mod z_projection;

pub use percentile_normalize::PercentileNormalize;
pub use z_projection::{ProjectionMethod, ZProjection};

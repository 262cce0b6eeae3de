//! Stepwell: what a plate does to memory, all at once or one component at a time.

pub mod cancel;
pub mod image;
pub mod pipeline;
pub mod plate;

//! Stepwell: what a plate does to memory, all at once or one component at a time.

pub mod app;
pub mod cancel;
pub mod compare;
pub mod engine;
pub mod image;
pub mod machine;
pub mod pipeline;
pub mod plan;
pub mod plate;
pub mod quantity;
pub mod record;
pub mod ui;

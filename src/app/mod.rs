//! The state of the window and what works for it in the background.

pub mod byte_cache;
pub mod display;
pub mod image_loader;
mod image_worker;

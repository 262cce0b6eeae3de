//! One image, large, and what stands around it.

mod beside;
pub mod canvas;
mod composite;
pub mod contrast;
mod header;
mod image_contrast;
pub mod image_viewer;
mod layers;
mod life_link;
mod panes;
mod preview;
mod shutter;
mod stack;
pub mod viewport;

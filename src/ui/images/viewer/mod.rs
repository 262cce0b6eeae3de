//! One image, large, and what stands around it.

mod ahead;
mod beside;
pub mod canvas;
mod composite;
pub mod contrast;
mod header;
mod image_contrast;
pub(crate) mod image_viewer;
mod layers;
mod life_link;
mod open;
mod pane_pixels;
mod panes;
mod preview;
mod shown;
mod shutter;
mod stack;
pub mod state;
pub mod viewport;

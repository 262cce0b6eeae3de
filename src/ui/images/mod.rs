//! The images of the plate: a grid of small pictures or the whole plate, and one of them large.

mod atlas;
mod group_contrast;
pub(crate) mod image_filters;
pub(crate) mod image_item;
pub mod image_list;
pub(crate) mod lookup;
mod overview;
mod overview_choice;
mod overview_well;
mod overview_wells;
pub mod panel;
mod quads;
mod site_layout;
pub mod thumbnails;
mod tile;
pub mod viewer;

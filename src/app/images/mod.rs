//! Images on their way to the screen: read, decoded, reduced and kept in memory and on the disk by threads of
//! their own, and pictures of what is seen.

pub(crate) mod byte_cache;
pub mod decoder;
pub mod difference;
pub mod display;
pub(crate) mod failures;
pub mod image_loader;
pub mod load_state;
mod loader_thread;
pub mod lookup_table;
pub(crate) mod messages;
pub mod pixel_values;
pub mod preview;
pub(crate) mod state;
pub(crate) mod thumbnail_store;
pub(crate) mod view_order;
pub(crate) mod view_picture;
pub(crate) mod whole_image;
pub(crate) mod work;

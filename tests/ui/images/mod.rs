//! The images room: the panel, the whole plate, the loader, pictures of pixels, previews.

pub(crate) mod overview;
mod panel;
mod pixels;
mod preview;
pub(crate) mod recorded;
mod view_picture;

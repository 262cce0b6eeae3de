//! The images room: the panel, the whole plate, the loader, pictures of pixels, previews.

pub(crate) mod overview;
mod panel;
mod pixels;
mod preview;
mod view_picture;

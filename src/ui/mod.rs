//! What is drawn: one file per panel. Panels read the state and push commands; they change nothing
//! themselves but how they look.

pub mod canvas;
pub mod contrast;
pub mod image_filters;
pub mod image_list;
pub mod images;
pub mod theme;
pub mod thumbnails;
pub mod viewer;
pub mod viewport;
pub mod widgets;

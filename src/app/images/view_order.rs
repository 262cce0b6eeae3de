//! What a view is to show of whole images, and the picture that is made of it.

use std::sync::Arc;

use super::display::{RgbaPicture, Style};
use super::preview::Preview;
use super::whole_image::WholeImage;
use crate::image::ImageSource;

/// What a whole image is, to tell it from others.
#[derive(Clone, Debug, PartialEq)]
pub enum ImageId {
    /// A page of a file.
    File(ImageSource),
    /// What the pipeline makes of images.
    Preview(Arc<Preview>),
}

/// A picture that the viewer wants.
#[derive(Clone, Debug)]
pub struct PictureOrder {
    /// How it is to look.
    pub look: Look,
    /// The images of the look's layers, of one size.
    pub images: Vec<Arc<WholeImage>>,
}

/// What a picture shows and how, to tell it from others.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// The images, each with its style; of a picture of one image that alone.
    pub layers: Vec<(ImageId, Style)>,
    /// How they come together.
    pub blend: Blend,
    /// Pixels of an image, a side, that make one of the picture.
    pub block: u32,
}

/// How the images of a picture come together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blend {
    /// Their light is added up.
    Added,
    /// The second is taken from the first.
    Difference,
}

/// A picture that has been made.
#[derive(Debug)]
pub(crate) struct MadePicture {
    /// What it shows.
    pub look: Look,
    /// Width and height of the images, in pixels.
    pub size: (u32, u32),
    /// Of a difference the one that is largest without its sign.
    pub largest_difference: Option<f64>,
    pub picture: RgbaPicture,
}

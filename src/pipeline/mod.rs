//! What is done to the images: steps and their order. Pure: pixels in, pixels out.
//!
//! A step works on a *group* of images: a single image, or all images that differ only in the
//! component that the step assembles (a z projection takes all planes of a stack). It makes one new
//! image of the group, or works in place: then each image of the group becomes its own result. To add
//! a step: one file in [`steps`], which says all that is particular to it, and one arm of [`Step`]. Deliberately absent: graphs and branches; a
//! pipeline is a list, so that what is in memory can be read off the list.

mod error;
pub mod file;
mod names;
mod note;
mod objects;
mod operation;
mod presets;
mod scratch;
mod spec;
mod step;
pub mod steps;

pub use error::StepError;
pub use names::UnknownName;
pub use note::StepNote;
pub use objects::Object;
pub use presets::{PRESETS, Preset};
pub use scratch::Scratch;
pub use spec::{KeepImages, PipelineSpec, PipelineStep};
pub use step::{Input, Step};

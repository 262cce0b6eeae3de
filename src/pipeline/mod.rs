//! What is done to the images: steps and their order. Pure: pixels in, pixels out.
//!
//! A step works on a *group* of images: a single image, or all images that differ only in the
//! component that the step assembles (a z projection takes all planes of a stack). It makes one new
//! image of the group, or works in place: then each image of the group becomes its own result. Its settings
//! are what the user chose. What a plate adds to them is worked out by a plan: a [`ResolvedPipeline`] is what is done.
//! To add a step: one file in [`steps`], which says all that is particular to it, one entry of the list there, and in
//! [`SettingsFault`] what can be wrong with its settings.
//! Deliberately absent: graphs and branches; a pipeline is a list, so that what is in memory can be read off the list.

mod apply;
mod definition;
mod error;
pub mod file;
mod files;
mod guide;
mod names;
mod note;
mod objects;
mod operation;
mod presets;
mod resolved;
mod scratch;
mod setting;
mod settings_fault;
mod spec;
mod step;
pub mod steps;
mod surroundings;
mod unresolved;

pub use apply::{Applied, GroupImages, Held, OwnImage, apply};
pub use definition::Definition;
pub use error::StepError;
pub use files::FileFault;
pub(crate) use files::{FileReading, SizesOfChannels};
pub use guide::definitions_page;
pub use names::UnknownName;
pub use note::{NoteKind, StepNote};
pub use objects::Object;
pub(crate) use operation::Input;
pub use operation::PlacedKey;
pub use presets::{PRESETS, Preset};
pub use resolved::{ResolvedPipeline, ResolvedStep};
pub use scratch::{Scratch, ScratchBytes};
pub use setting::{About, Allowed, PlateFiles, Setting, SettingError, Value};
pub use settings_fault::{NumberedStep, PipelineFault, SettingsFault};
pub use spec::{DEFINITIONS, KeepImages, PipelineSpec, PipelineStep};
pub(crate) use step::pixel_scale;
pub use steps::Step;
pub use surroundings::{NoPlate, PlateView};
pub use unresolved::{Unresolved, UnresolvedStep, Untold};

//! What the images panel shows, and what one tile of it is.
//!
//! Nothing here draws.

use std::collections::{BTreeMap, BTreeSet};

use super::thumbnails::Processed;
use crate::app::{FailedEntry, Failures, OutputEntry, RunState, WellFacts, WellStage};
use crate::image::ImageSource;
use crate::pipeline::PipelineStep;
use crate::plate::{ImageKey, Measured, Plate, PlateImage, WellId};

/// What the images panel shows.
#[derive(Clone, Copy, Debug)]
pub struct ImagesModel<'a> {
    /// The plate that is open.
    pub plate: &'a Plate,
    /// Sizes of the images that were measured so far.
    pub measured: &'a Measured,
    /// Changes when another plate is opened.
    pub plate_id: u64,
    /// The selected wells.
    pub selected: &'a BTreeSet<WellId>,
    /// Outputs of the newest run of each mode.
    pub outputs: &'a [OutputEntry],
    /// Changes whenever `outputs` does.
    pub outputs_version: u64,
    /// What failed in the runs that are shown.
    pub failures: &'a Failures,
    /// What is known of each well of the plate.
    pub wells: &'a BTreeMap<WellId, WellFacts>,
    /// How far each well is in the present or last job.
    pub well_stages: &'a BTreeMap<WellId, WellStage>,
    /// The steps that a preview goes through.
    pub previewed: &'a [PipelineStep],
    /// The runs of this session, oldest first.
    pub runs: &'a [RunState],
}

/// Where in a pipeline an image stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// On the plate.
    Source,
    /// Made by a step of a run.
    Output {
        /// Zero-based index of the step.
        step: usize,
        /// Whether by a run in bulk, so that both modes can be distinguished.
        bulk: bool,
    },
}

impl Stage {
    /// How far its images have been processed.
    pub fn processed(self) -> Processed {
        match self {
            Self::Source => Processed::Source,
            Self::Output { step, .. } => Processed::Step(step),
        }
    }
}

/// What kind of image an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A plane of the plate, or what a step made.
    Image,
    /// A ready-made projection.
    Projection,
    /// One that should be there and is not.
    Missing,
    /// One that is missing or failed in a run that is shown, or a result that it withheld.
    Failed,
}

impl Kind {
    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "images",
            Self::Projection => "projections",
            Self::Missing => "missing",
            Self::Failed => "failed",
        }
    }
}

/// Where the image of an item is found in the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ItemIndex {
    /// Index into [`Plate::images`].
    Image(usize),
    /// Index into [`Plate::projections`].
    Projection(usize),
    /// Index into [`Plate::missing`].
    Missing(usize),
    /// Index into [`ImagesModel::outputs`].
    Output(usize),
    /// A result that is not there: index into the entries of [`ImagesModel::failures`].
    Withheld(usize),
}

/// One tile of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// Well, site, channel, z and timepoint of the image.
    pub key: ImageKey,
    /// Where in the pipeline.
    pub stage: Stage,
    /// Where its image is found.
    pub index: ItemIndex,
    /// Of what failed the index into the entries of [`ImagesModel::failures`].
    pub failed: Option<usize>,
}

impl Item {
    /// The file, or `None` of what is not there.
    pub fn source(&self, model: &ImagesModel<'_>) -> Option<ImageSource> {
        match self.index {
            ItemIndex::Output(index) => model.outputs.get(index).map(|output| output.source.clone()),
            _ => self.image(model).map(|image| image.source.clone()),
        }
    }

    /// The small picture that the microscope wrote of it, where it did.
    pub fn ready_made(&self, model: &ImagesModel<'_>) -> Option<ImageSource> {
        model.plate.thumb_of(self.image(model)?)
    }

    /// The image of the plate.
    fn image<'a>(&self, model: &ImagesModel<'a>) -> Option<&'a PlateImage> {
        match self.index {
            ItemIndex::Image(index) => model.plate.images.get(index),
            ItemIndex::Projection(index) => model.plate.projections.get(index),
            ItemIndex::Missing(_) | ItemIndex::Output(_) | ItemIndex::Withheld(_) => None,
        }
    }

    /// Whether there is a file of it.
    pub fn is_there(&self) -> bool {
        !matches!(self.index, ItemIndex::Missing(_) | ItemIndex::Withheld(_))
    }

    /// How many pixels of the plate's images, a side, one of its pixels stands for.
    pub(crate) fn pixel_scale(&self, model: &ImagesModel<'_>) -> u32 {
        match self.index {
            ItemIndex::Output(index) => model.outputs.get(index).map_or(1, |output| output.pixel_scale),
            _ => 1,
        }
    }

    /// What kind of image it is.
    pub fn kind(&self) -> Kind {
        match self.index {
            _ if self.failed.is_some() => Kind::Failed,
            ItemIndex::Image(_) | ItemIndex::Output(_) => Kind::Image,
            ItemIndex::Projection(_) => Kind::Projection,
            ItemIndex::Missing(_) => Kind::Missing,
            ItemIndex::Withheld(_) => Kind::Failed,
        }
    }

    /// Why it is not there, of a missing image or a result that was withheld.
    pub(crate) fn absent_because(&self, model: &ImagesModel<'_>) -> Option<String> {
        match self.index {
            ItemIndex::Missing(index) => model.plate.missing.get(index).map(ToString::to_string),
            ItemIndex::Withheld(_) => self.failed_because(model).map(str::to_owned),
            _ => None,
        }
    }

    /// Why it failed, of what did.
    pub(crate) fn failed_because<'a>(&self, model: &ImagesModel<'a>) -> Option<&'a str> {
        let entry: &FailedEntry = model.failures.entries.get(self.failed?)?;
        Some(&entry.why)
    }
}

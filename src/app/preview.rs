//! What an image becomes after the first steps of a pipeline, without a run.
//!
//! The images of one result are read, taken through the engine's own steps in the engine's own groups,
//! and let go. Nothing here knows of threads or the window; the image loader calls it.

use std::collections::BTreeSet;

use super::image_loader::ImageSource;
use crate::cancel::{Cancel, Cancelled};
use crate::image::{ImageFormat, ImageMut, ImageRef};
use crate::pipeline::{PipelineStep, Scratch, Step, StepError};
use crate::plan::{Group, Item, groups};
use crate::plate::{Component, ImageKey, Plate};
use crate::quantity::{bytes_text, plural};

/// The most bytes of images that a preview takes.
pub const MOST_BYTES: u64 = 512_000_000;

/// A preview of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// What the last step makes.
    pub key: ImageKey,
    /// The steps.
    pub steps: Vec<Step>,
    /// The images that it is made of, sorted by key.
    pub images: Vec<(ImageKey, ImageSource)>,
}

/// Why there is no preview.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PreviewError {
    /// It is not wanted any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// It cannot be made.
    #[error("{0}")]
    Impossible(String),
}

impl From<StepError> for PreviewError {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Impossible(other.to_string()),
        }
    }
}

/// An image on its way through the steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewImage {
    /// What it is.
    pub key: ImageKey,
    /// Size and type.
    pub format: ImageFormat,
    /// Its pixels. (What the system's allocators give is aligned for all types of samples.)
    pub bytes: Vec<u8>,
}

impl Preview {
    /// What an image of the plate becomes; in words why that cannot be shown.
    pub fn of(plate: &Plate, key: ImageKey, steps: &[PipelineStep]) -> Result<Self, String> {
        for (index, step) in steps.iter().enumerate() {
            step.step.check().map_err(|why| format!("Step {}, {}: {why}.", index + 1, step.step.name()))?;
        }
        let steps: Vec<Step> = steps.iter().map(|step| step.step.clone()).collect();
        let assembled: Vec<Component> = steps.iter().filter_map(Step::assembles).collect();
        let belongs = |other: ImageKey| {
            Component::ALL
                .into_iter()
                .all(|component| assembled.contains(&component) || other.get(component) == key.get(component))
        };
        if plate.missing_by_well.contains_key(&key.well) {
            let missing = plate.missing_of(&BTreeSet::from([key.well]));
            if let Some(missing) = missing.values().flatten().find(|missing| belongs(missing.key)) {
                return Err(format!("The preview needs {}, which is missing: {}.", missing.key, missing.why));
            }
        }
        let images: Vec<(ImageKey, ImageSource)> = plate
            .images_of(key.well)
            .iter()
            .filter(|image| belongs(image.key))
            .map(|image| (image.key, ImageSource::new(plate.path_of(image), image.page)))
            .collect();
        if images.is_empty() {
            return Err("A ready-made projection has no planes to preview.".to_owned());
        }
        let key = assembled.into_iter().fold(key, |key, component| key.with(component, None));
        Ok(Self { key, steps, images })
    }

    /// Whether it shows the same place of the plate as another, after whatever steps.
    pub fn is_of_same_place(&self, other: &Self) -> bool {
        let takes_first_of =
            |one: &Self, other: &Self| other.images.first().is_some_and(|image| one.images.contains(image));
        takes_first_of(self, other) || takes_first_of(other, self)
    }

    /// Reads the images and does the steps.
    pub fn make(
        &self,
        decode: impl Fn(&ImageSource) -> Result<(ImageFormat, Vec<u8>), String>,
        cancel: &Cancel,
    ) -> Result<PreviewImage, PreviewError> {
        let mut images: Vec<PreviewImage> = Vec::with_capacity(self.images.len());
        let mut held_bytes = 0;
        for (place, (key, source)) in self.images.iter().enumerate() {
            cancel.check()?;
            let (format, bytes) = decode(source).map_err(PreviewError::Impossible)?;
            held_bytes += format.bytes();
            // Those to come are taken to be as large; and room for one result.
            let to_come = (self.images.len() - place) as u64;
            let needed = held_bytes.saturating_add(format.bytes().saturating_mul(to_come));
            if needed > MOST_BYTES {
                return Err(PreviewError::Impossible(format!(
                    "The preview would need {} and {} of memory; it takes at most {}. Select an earlier step, \
                     or run the pipeline.",
                    plural(self.images.len(), "image"),
                    bytes_text(needed),
                    bytes_text(MOST_BYTES),
                )));
            }
            images.push(PreviewImage { key: *key, format, bytes });
        }
        let results = apply_steps(&self.steps, images, cancel)?;
        let result = results.into_iter().find(|image| image.key == self.key);
        result.ok_or_else(|| PreviewError::Impossible("The steps make no image of this place.".to_owned()))
    }
}

/// Takes images, sorted by key, through steps as the engine does: the same groups, the same steps.
pub fn apply_steps(
    steps: &[Step],
    images: Vec<PreviewImage>,
    cancel: &Cancel,
) -> Result<Vec<PreviewImage>, PreviewError> {
    let mut scratch = Scratch::default();
    let mut images = images;
    for step in steps {
        let items: Vec<Item> =
            images.iter().map(|image| Item { key: image.key, format: Some(image.format) }).collect();
        let mut waiting: Vec<Option<PreviewImage>> = images.into_iter().map(Some).collect();
        images = Vec::new();
        for group in groups(step, &items) {
            cancel.check()?;
            let inputs = group.inputs.iter().filter_map(|place| waiting[*place].take()).collect();
            images.extend(apply_step(step, group, inputs, &mut scratch, cancel)?);
        }
    }
    Ok(images)
}

/// Does a step to one group.
fn apply_step(
    step: &Step,
    group: Group,
    mut inputs: Vec<PreviewImage>,
    scratch: &mut Scratch,
    cancel: &Cancel,
) -> Result<Vec<PreviewImage>, PreviewError> {
    let Some(format) = group.output? else { return Ok(Vec::new()) };
    if step.works_in_place() {
        for image in &mut inputs {
            let pixels = ImageMut { format, bytes: &mut image.bytes };
            step.run_in_place(pixels, scratch, cancel)?;
        }
        return Ok(inputs);
    }
    let views: Vec<ImageRef<'_>> =
        inputs.iter().map(|image| ImageRef { format: image.format, bytes: &image.bytes }).collect();
    let bytes = usize::try_from(format.bytes())
        .map_err(|_| PreviewError::Impossible("The result is too large for this computer.".to_owned()))?;
    let mut result = PreviewImage { key: group.key, format, bytes: vec![0; bytes] };
    step.run(&views, ImageMut { format, bytes: &mut result.bytes }, scratch, cancel)?;
    Ok(vec![result])
}

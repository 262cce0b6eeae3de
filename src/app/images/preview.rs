//! What an image becomes after the first steps of a pipeline, without a run.
//!
//! The images of one result are read, taken through the engine's own steps in the engine's own groups,
//! and let go. Nothing here knows of threads or the window; the image loader calls it.

use std::collections::{BTreeMap, BTreeSet};

use crate::cancel::{Cancel, Cancelled};
use crate::engine::read_files;
use crate::image::ImageSource;
use crate::image::{ImageFormat, ImageMut, ImageRef};
use crate::pipeline::{
    FileFault, GroupImages, Held, PipelineSpec, PipelineStep, PlacedKey, ResolvedPipeline, Scratch,
    StepError, apply,
};
use crate::plan::{
    CombinationId, CombinationPlan, Forecast, Item, PlannedImage, PlateImages, RunSpec, groups,
};
use crate::plate::{Component, ImageKey, Measured, Plate, PlateImage, SitePosition};
use crate::quantity::{bytes_text, plural};

/// The most bytes of images that a preview takes.
pub const MOST_BYTES: u64 = 512_000_000;

/// A preview of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// What the last step makes.
    pub key: ImageKey,
    /// The steps, on this plate.
    pub pipeline: ResolvedPipeline,
    /// The images that it is made of, sorted by key, and where they lie.
    pub images: Vec<(PlacedKey, ImageSource)>,
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

impl From<FileFault> for PreviewError {
    fn from(fault: FileFault) -> Self {
        match fault {
            FileFault::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Impossible(format!("The preview cannot be made: {other}.")),
        }
    }
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
#[derive(Clone, Debug, PartialEq)]
pub struct PreviewImage {
    /// Its place in the plate; components that a step assembled are `None`.
    pub key: ImageKey,
    /// Where it was recorded, where that is known.
    pub position: Option<SitePosition>,
    /// Size and type.
    pub format: ImageFormat,
    /// Its pixels. (What the system's allocators give is aligned for all types of samples.)
    pub bytes: Vec<u8>,
}

impl Preview {
    /// What an image of the plate becomes; in words why that cannot be shown.
    pub fn of(
        plate: &Plate,
        measured: &Measured,
        key: ImageKey,
        steps: &[PipelineStep],
    ) -> Result<Self, String> {
        for (index, step) in steps.iter().enumerate() {
            step.step.check().map_err(|why| format!("Step {}, {}: {why}.", index + 1, step.step.name()))?;
        }
        let assembled: Vec<Component> = steps.iter().filter_map(|step| step.step.assembles()).collect();
        // A step that works in place does without images that are missing.
        let joined: BTreeSet<Component> = steps.iter().filter_map(|step| step.step.joins()).collect();
        if let Some(missing) = plate.missing_with(key, &joined) {
            return Err(format!("The preview needs {}, which is missing: {}.", missing.key, missing));
        }
        let belongs = |other: ImageKey| {
            Component::ALL
                .into_iter()
                .all(|component| assembled.contains(&component) || other.get(component) == key.get(component))
        };
        let images: Vec<&PlateImage> =
            plate.images_of(key.well).iter().filter(|image| belongs(image.key())).collect();
        if images.is_empty() {
            return Err("A ready-made projection has no planes to preview.".to_owned());
        }
        let keys: Vec<ImageKey> = images.iter().map(|image| image.key()).collect();
        let taken = PlateImages::of_images(plate, measured, &keys);
        let pipeline = taken.resolve(&PipelineSpec::of(steps.to_vec())).map_err(|error| error.to_string())?;
        let positions = taken.positions_of(key.well);
        let placed = |image: &PlateImage| PlacedKey {
            key: image.key(),
            position: positions.and_then(|positions| positions.of(image.key())),
        };
        let images = images.into_iter().map(|image| (placed(image), image.source.clone())).collect();
        let key = steps.iter().fold(key, |key, step| step.step.result_of(key));
        Ok(Self { key, pipeline, images })
    }

    /// Whether it shows the same place of the plate as another, after whatever steps.
    pub(crate) fn is_of_same_place(&self, other: &Self) -> bool {
        let takes_first_of =
            |one: &Self, other: &Self| other.images.first().is_some_and(|image| one.images.contains(image));
        takes_first_of(self, other) || takes_first_of(other, self)
    }

    /// Reads the images and does the steps.
    pub fn make(
        &self,
        decode: impl Fn(&ImageSource, u64) -> Result<(ImageFormat, Vec<u8>), String>,
        cancel: &Cancel,
    ) -> Result<PreviewImage, PreviewError> {
        let too_much = |needed: u64| {
            PreviewError::Impossible(format!(
                "The preview would need {} and {} of memory; the limit is {}. Select an earlier step, or run the pipeline.",
                plural(self.images.len(), "image"),
                bytes_text(needed),
                bytes_text(MOST_BYTES),
            ))
        };
        let mut images: Vec<PreviewImage> = Vec::with_capacity(self.images.len());
        let mut held_bytes = 0;
        for (place, (of, source)) in self.images.iter().enumerate() {
            cancel.check()?;
            let left = MOST_BYTES.saturating_sub(held_bytes);
            let (format, bytes) = decode(source, left).map_err(PreviewError::Impossible)?;
            held_bytes += format.bytes();
            // Those to come are taken to be as large; and room for one result.
            let to_come = (self.images.len() - place) as u64;
            let needed = held_bytes.saturating_add(format.bytes().saturating_mul(to_come));
            if needed > MOST_BYTES {
                return Err(too_much(needed));
            }
            images.push(PreviewImage { key: of.key, position: of.position, format, bytes });
        }
        let forecast = self.forecast(&images);
        if forecast.above_resting_bytes() > MOST_BYTES {
            return Err(too_much(forecast.above_resting_bytes()));
        }
        let mut pipeline = self.pipeline.clone();
        read_files(&mut pipeline, forecast.given_bytes, cancel)?;
        let results = apply_steps(&pipeline, images, cancel)?;
        let result = results.into_iter().find(|image| image.key == self.key);
        result.ok_or_else(|| PreviewError::Impossible("The steps make no image here.".to_owned()))
    }

    /// What the steps need, as of a run that takes one group after the other and keeps nothing.
    fn forecast(&self, images: &[PreviewImage]) -> Forecast {
        let planned = |(image, (_, source)): (&PreviewImage, &(PlacedKey, ImageSource))| PlannedImage {
            key: image.key,
            source: source.clone(),
            position: image.position,
            acquired: None,
            format: Ok(image.format),
            // They have been read.
            decode_scratch_bytes: 0,
            stored_bytes: 0,
            shared: None,
        };
        let combination = CombinationPlan {
            id: CombinationId {
                index: 0,
                well: self.key.well,
                more_wells: Vec::new(),
                values: BTreeMap::new(),
            },
            begins: Vec::new(),
            images: images.iter().zip(&self.images).map(planned).collect(),
            missing: Vec::new(),
        };
        let spec = RunSpec::plain(PipelineSpec::default());
        Forecast::of(&vec![combination].into(), &spec, &self.pipeline).0
    }
}

impl Held for PreviewImage {
    fn view(&self) -> ImageRef<'_> {
        ImageRef { format: self.format, bytes: &self.bytes }
    }

    fn view_mut(&mut self) -> ImageMut<'_> {
        ImageMut { format: self.format, bytes: &mut self.bytes }
    }
}

/// Takes images, sorted by key, through steps as the engine does: the same groups, the same steps.
pub(crate) fn apply_steps(
    pipeline: &ResolvedPipeline,
    mut images: Vec<PreviewImage>,
    cancel: &Cancel,
) -> Result<Vec<PreviewImage>, PreviewError> {
    let mut scratch = Scratch::default();
    for step in pipeline.steps() {
        let item = |image: &PreviewImage| Item {
            key: image.key,
            position: image.position,
            format: Some(image.format),
        };
        let items: Vec<Item> = images.iter().map(item).collect();
        let mut waiting: Vec<Option<PreviewImage>> = images.into_iter().map(Some).collect();
        images = Vec::new();
        for group in groups(step, &items) {
            cancel.check()?;
            if let Some(fault) = group.fault {
                return Err(fault.into());
            }
            let inputs: Vec<_> = group.inputs.iter().filter_map(|place| waiting[*place].take()).collect();
            let members = group.inputs.iter().map(|place| items[*place].placed()).collect();
            let work = GroupImages { members, images: inputs, reserves: group.reserves };
            // That of a workspace says nothing.
            let Some(result) = group.results.first().map(Item::placed) else { continue };
            let reserve = |format| PreviewImage::reserved(result, format);
            let applied = apply(step, work, &mut None, reserve, &mut scratch, cancel)?;
            images.extend(applied.results);
        }
        images.sort_by_key(|image| image.key);
    }
    Ok(images)
}

impl PreviewImage {
    fn reserved(of: PlacedKey, format: ImageFormat) -> Result<Self, PreviewError> {
        // What a step makes of images that fit can still be larger than they are.
        let bytes = Some(format.bytes()).filter(|bytes| *bytes <= MOST_BYTES);
        let Some(bytes) = bytes.and_then(|bytes| usize::try_from(bytes).ok()) else {
            let why = format!("The result has {}, too much for a preview.", bytes_text(format.bytes()));
            return Err(PreviewError::Impossible(why));
        };
        Ok(Self { key: of.key, position: of.position, format, bytes: vec![0; bytes] })
    }
}

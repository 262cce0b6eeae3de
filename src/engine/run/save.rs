//! Saving: the images of a step hashed and, where the step is kept, written beside and renamed.
//!
//! The images of each kept step make a plate of their own, named as [`crate::plan::KeptPlate`] says;
//! its folder has them from the first combination on. In an OME-Zarr plate they are written by `zarr.rs`. What describes them is
//! made by whoever follows the run (`engine/folder`).

mod folders;
mod zarr;

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use folders::make_folders;
use rayon::prelude::*;

use super::activity::Activity;
use super::context::Context;
use super::error::RunError;
use super::saving::Saving;
use crate::disk::Destination;
use crate::events::{EventKind, OutputImage};
use crate::image::{ContentHash, Description, ImageRef, write_tiff};
use crate::plan::{CombinationPlan, Item, KeptStep, KeptSteps, PlannedImage};
use crate::plate::{ImageKey, Recording, SitePosition};

/// Makes the folders of the kept steps.
pub(super) fn prepare(run: &Destination, kept: &KeptSteps<'_>) -> Result<(), RunError> {
    for step in kept.values() {
        let folder = run.join(&step.folder);
        folder.make_folder().map_err(|source| RunError::Io { path: folder.path().to_owned(), source })?;
    }
    Ok(())
}

/// Keeps the image that a label of a kept step is made of, where it is shown below that.
pub(super) fn save_below(
    context: &Context<'_>,
    step: usize,
    key: ImageKey,
    image: ImageRef<'_>,
) -> Result<(), RunError> {
    let store = context.kept.get(&step).and_then(|kept| kept.zarr.as_ref());
    if let Some(store) = store.filter(|store| store.has_labels()) {
        let bytes = zarr::write_below(context.folder, store, key, image)?;
        context.bytes_below.fetch_add(bytes, Ordering::Relaxed);
    }
    Ok(())
}

/// Saves the images of a step, of which so many were planned, and tells of them.
pub(super) fn save(
    context: &Context<'_>,
    combination: &CombinationPlan,
    step: usize,
    images: &[Saving<'_>],
    planned: usize,
) -> Result<(), RunError> {
    let began = context.emitter.clock().secs();
    let id = &combination.id;
    let kept = context.kept.get(&step);
    let sources = kept.map(|_| Sources::of(context, combination, step)).unwrap_or_default();
    if let Some(kept) = kept {
        match &kept.zarr {
            Some(store) => zarr::prepare(context.folder, store, images)?,
            None => make_folders(context.folder, images.iter().map(|saving| kept.path(saving.item.key)))?,
        }
    }
    let one = |saving: &Saving<'_>| -> Result<(OutputImage, u64), RunError> {
        let Saving { item, image, .. } = *saving;
        context.cancel.check()?;
        context.begin(Activity::Saving { step, key: item.key });
        let hash = ContentHash::of_image(image.view());
        let Some(kept) = kept else {
            return Ok((
                OutputImage {
                    step,
                    key: item.key,
                    hash,
                    path: None,
                    bytes: 0,
                    format: None,
                    position: None,
                    plane: None,
                    in_colour: false,
                    acquired: None,
                },
                0,
            ));
        };
        let recording = sources.recording(kept, item);
        let (path, plane, bytes) = match &kept.zarr {
            Some(store) => zarr::write(context.folder, store, saving, image.view())?,
            None => write(context, kept, item, image.view(), &recording)?,
        };
        let in_colour = plane.is_some() && image.format().samples > 1;
        let acquired = recording.acquired().map(Box::new);
        let (format, position) = (Some(image.format()), item.position);
        let output = OutputImage {
            step,
            key: item.key,
            hash,
            path: Some(path),
            bytes,
            format,
            position,
            plane,
            in_colour,
            acquired,
        };
        Ok((output, bytes))
    };
    let results: Vec<Result<(OutputImage, u64), RunError>> =
        context.pool.install(|| images.par_iter().with_max_len(1).map(one).collect());
    // What was written before a cancel or an error is told all the same.
    let mut saved = Vec::with_capacity(results.len());
    let mut fault = None;
    for result in results {
        match result {
            Ok(output) => saved.push(output),
            Err(error) => fault = fault.or(Some(error)),
        }
    }
    context.emitter.emit(EventKind::Saved {
        combination: id.clone(),
        step,
        images: if kept.is_some() { saved.len() } else { 0 },
        bytes: saved.iter().map(|(_, bytes)| bytes).sum::<u64>()
            + context.bytes_below.swap(0, Ordering::Relaxed),
        secs: context.emitter.clock().secs() - began,
        outputs: saved.into_iter().map(|(output, _)| output).collect(),
        of: planned,
    });
    fault.map_or(Ok(()), Err)
}

/// The first source image of each result of a step.
#[derive(Default)]
struct Sources<'a>(HashMap<ImageKey, &'a PlannedImage>);

impl<'a> Sources<'a> {
    fn of(context: &Context<'_>, combination: &'a CombinationPlan, step: usize) -> Self {
        let mut sources = HashMap::new();
        for image in &combination.images {
            sources.entry(context.plan.result_after(step, image.key)).or_insert(image);
        }
        Self(sources)
    }

    /// How a result was recorded, as far as its source or the record of that says and it still holds. A source of which it
    /// cannot be read says nothing; that its pixels could be is what matters.
    fn recording(&self, kept: &KeptStep<'_>, item: &Item) -> Recording {
        let Some(source) = self.0.get(&item.key) else { return Recording::default() };
        let description = source.source.description().ok().flatten();
        let own = description.map(|description| Recording::parse(&description.bytes)).unwrap_or_default();
        let recording = own.completed(source.acquired.as_deref().copied().unwrap_or_default());
        let moved = item.position.zip(source.position).map(|(of_result, of_source)| SitePosition {
            x_um: of_result.x_um - of_source.x_um,
            y_um: of_result.y_um - of_source.y_um,
        });
        recording.of_result(&kept.joined, moved)
    }
}

/// Writes an image. Gives its path in the run's folder, no plane, and the bytes of its file.
fn write(
    context: &Context<'_>,
    kept: &KeptStep<'_>,
    item: &Item,
    image: ImageRef<'_>,
    recording: &Recording,
) -> Result<(String, Option<u32>, u64), RunError> {
    let path = kept.path(item.key);
    let text = kept.description(item.placed(), image.format, recording);
    let pixel_size_um = kept.pixel_size(item.key).map(|size| [size.x_um, size.y_um]);
    let description = Description { text: &text, pixel_size_um };
    let compression = context.plan.spec.compression;
    let bytes = write_tiff(&context.folder.join(&path), image, compression, Some(description))?;
    Ok((path, None, bytes))
}

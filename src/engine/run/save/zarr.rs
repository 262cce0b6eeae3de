//! The images of a kept step as planes of arrays, and the metadata of these arrays, which follow from the plan.
//!
//! An array is there with its first image, so that this opens at once where its path is known. What makes a plate of
//! arrays, and names their wells, is written by whoever follows the run (`engine/kept`), when all images of a well are settled.

use std::collections::BTreeMap;

use super::super::error::RunError;
use super::super::saving::Saving;
use super::folders::make_folders;
use crate::disk::{self, Destination};
use crate::image::{ImageRef, array_metadata, levels, write_plane};
use crate::plan::{ZarrPlace, ZarrStore};
use crate::plate::ImageKey;

/// Name of the metadata of an array or a group.
const METADATA: &str = "zarr.json";

/// Makes the folders of images, and the arrays that are not there yet.
pub(super) fn prepare(
    run: &Destination,
    store: &ZarrStore<'_>,
    images: &[Saving<'_>],
) -> Result<(), RunError> {
    let place = |saving: &Saving<'_>| store.place(saving.item.key, saving.item.format?, saving.over);
    let places: Vec<ZarrPlace> = images.iter().filter_map(place).collect();
    make_arrays(run, &places)
}

fn make_arrays(run: &Destination, places: &[ZarrPlace]) -> Result<(), RunError> {
    let shards = places.iter().flat_map(|place| {
        let levels = 0..levels(place.format).len();
        levels.map(|level| place.shard(level))
    });
    make_folders(run, shards)?;
    let first_of: BTreeMap<&str, &ZarrPlace> =
        places.iter().map(|place| (place.folder.as_str(), place)).collect();
    for place in first_of.into_values() {
        for (index, level) in levels(place.format).into_iter().enumerate() {
            let file = run.join(place.array(index)).join(METADATA);
            if file.path().exists() {
                continue;
            }
            let text = array_metadata(&place.axes, level).to_string();
            disk::write_remakeable(&file, text.as_bytes())
                .map_err(|source| RunError::Io { path: file.path().to_owned(), source })?;
        }
    }
    Ok(())
}

/// Writes an image, whose array is there. Gives the path of this in the run's folder, its plane there, and the bytes of
/// its files.
pub(super) fn write(
    run: &Destination,
    store: &ZarrStore<'_>,
    saving: &Saving<'_>,
    image: ImageRef<'_>,
) -> Result<(String, Option<u32>, u64), RunError> {
    // It has a place by the plan, which has all images.
    let place = store.place(saving.item.key, image.format, saving.over).ok_or(RunError::Fault)?;
    let bytes = write_at(run, &place, image)?;
    Ok((place.array(0), Some(place.plane), bytes))
}

/// Writes the image that a label is made of, below it. Gives the bytes of its files.
pub(super) fn write_below(
    run: &Destination,
    store: &ZarrStore<'_>,
    key: ImageKey,
    image: ImageRef<'_>,
) -> Result<u64, RunError> {
    let place = store.image(key, image.format).ok_or(RunError::Fault)?;
    make_arrays(run, std::slice::from_ref(&place))?;
    write_at(run, &place, image)
}

fn write_at(run: &Destination, place: &ZarrPlace, image: ImageRef<'_>) -> Result<u64, RunError> {
    let levels = 0..levels(image.format).len();
    let shards: Vec<Destination> = levels.map(|level| run.join(place.shard(level))).collect();
    Ok(write_plane(&shards, image, place.reduction)?)
}

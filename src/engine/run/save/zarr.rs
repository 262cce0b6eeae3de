//! The images of a kept step as planes of arrays, and the metadata of these arrays, which follow from the plan.
//!
//! An array is there with its first image, so that this opens at once where its path is known. What makes a plate of
//! arrays, and names their wells, is written by whoever follows the run (`engine/kept`), when all images of a well are settled.

use std::collections::BTreeMap;

use super::super::error::RunError;
use super::folders::make_folders;
use crate::disk::{self, Destination};
use crate::image::{ImageFormat, ImageRef, array_metadata, levels, write_plane};
use crate::plan::{Item, ZarrPlace, ZarrStore};

/// Name of the metadata of an array or a group.
const METADATA: &str = "zarr.json";

/// Makes the folders of images, and the arrays that are not there yet.
pub(super) fn prepare<'a>(
    run: &Destination,
    store: &ZarrStore<'_>,
    images: impl Iterator<Item = &'a Item>,
) -> Result<(), RunError> {
    let places: Vec<(ZarrPlace, ImageFormat)> =
        images.filter_map(|item| Some((store.place(item.key, item.format?)?, item.format?))).collect();
    let shards = places.iter().flat_map(|(place, format)| {
        let levels = 0..levels(*format).len();
        levels.map(|level| place.shard(level))
    });
    make_folders(run, shards)?;
    let fields: BTreeMap<&str, &ZarrPlace> =
        places.iter().map(|(place, _)| (place.field.as_str(), place)).collect();
    for place in fields.into_values() {
        let series = &store.series[place.series];
        for (index, level) in levels(series.format).into_iter().enumerate() {
            let file = run.join(place.array(index)).join(METADATA);
            if file.path().exists() {
                continue;
            }
            let text = array_metadata(&series.axes(), level).to_string();
            disk::write_remakeable(&file, text.as_bytes())
                .map_err(|source| RunError::Io { path: file.path().to_owned(), source })?;
        }
    }
    Ok(())
}

/// Writes an image. Gives the path of its array in the run's folder, its plane there, and the bytes of its files.
pub(super) fn write(
    run: &Destination,
    store: &ZarrStore<'_>,
    item: &Item,
    image: ImageRef<'_>,
) -> Result<(String, Option<u32>, u64), RunError> {
    // It has a place by the plan, which has all images.
    let place = store.place(item.key, image.format).ok_or(RunError::Fault)?;
    let shards: Vec<Destination> =
        (0..levels(image.format).len()).map(|level| run.join(place.shard(level))).collect();
    let bytes = write_plane(&shards, image, store.reduction)?;
    Ok((place.array(0), Some(place.plane), bytes))
}

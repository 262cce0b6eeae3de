//! Where images were recorded, as the images themselves say in some formats.
//!
//! Of each place one image is asked: all channels and planes of a site are recorded in one go. Deliberately absent:
//! what the text of an image means, which is its format's affair.

use std::collections::BTreeSet;

use super::super::geometry::Recorded;
use super::super::{Plate, PlateImage, SitePositions, WellId};
use crate::cancel::{Cancel, Cancelled};
use crate::file_threads::FileThreads;

/// One image of each site and timepoint, well by well.
pub(in crate::plate) fn places(plate: &Plate) -> Vec<Vec<&PlateImage>> {
    let place = |image: &PlateImage| (image.key.well, image.key.timepoint, image.key.site);
    let is_same_place = |a: &PlateImage, b: &PlateImage| place(a) == place(b);
    let stacks = plate.images.chunk_by(is_same_place).filter_map(<[_]>::first);
    let projections = plate.projections.chunk_by(is_same_place).filter_map(<[_]>::first);
    let mut places: Vec<_> = stacks.collect();
    places.extend(projections.filter(|image| plate.images_of(image.key.well).is_empty()));
    places.sort_by_key(|image| image.key);
    places.chunk_by(|a, b| a.key.well == b.key.well).map(<[_]>::to_vec).collect()
}

/// The positions of wells, of which `images` has all places.
pub(in crate::plate) fn positions_of(
    readers: &FileThreads,
    images: &[&PlateImage],
    recorded_in: fn(&[u8]) -> Recorded,
    cancel: &Cancel,
) -> Result<SitePositions, Cancelled> {
    let recorded = readers.try_map(
        images.len(),
        || (),
        |(): &mut (), index| {
            cancel.check()?;
            // What cannot be read says nothing; the image itself is judged when it is decoded.
            let description = images[index].source.description().ok().flatten();
            Ok((images[index].key, description.map(|found| recorded_in(&found.bytes)).unwrap_or_default()))
        },
    )?;
    Ok(SitePositions::of_recorded(recorded))
}

/// The positions of those of some wells of which a plate has none.
pub(in crate::plate) fn further_positions(
    readers: &FileThreads,
    plate: &Plate,
    wells: &BTreeSet<WellId>,
    recorded_in: fn(&[u8]) -> Recorded,
    cancel: &Cancel,
) -> Result<SitePositions, Cancelled> {
    let is_wanted =
        |well: &WellId| wells.contains(well) && plate.site_positions.sites_of(*well).next().is_none();
    // Where the wells that were looked at say nothing, these do not either.
    if plate.site_positions.is_empty() || !wells.iter().any(is_wanted) {
        return Ok(SitePositions::default());
    }
    let places = places(plate);
    let wanted = places.into_iter().flatten().filter(|image| is_wanted(&image.key.well));
    positions_of(readers, &wanted.collect::<Vec<_>>(), recorded_in, cancel)
}

//! Where images were recorded, as the images themselves say in some formats.
//!
//! Of each place one image is asked: all channels and planes of a site are recorded in one go. Deliberately absent:
//! what the text of an image means, which is its format's affair.

use std::collections::BTreeSet;

use super::super::geometry::Recorded;
use super::super::{Plate, PlateImage, SitePositions, WellId};
use crate::cancel::{Cancel, Cancelled};
use crate::file_threads::FileThreads;

/// One image of each site and timepoint, well by well: of projections where a well has nothing else.
pub(in crate::plate) fn places<'a>(plate: &'a Plate, wells: &BTreeSet<WellId>) -> Vec<Vec<&'a PlateImage>> {
    let place = |image: &PlateImage| (image.key().well, image.key().timepoint, image.key().site);
    let is_same_place = |a: &PlateImage, b: &PlateImage| place(a) == place(b);
    let of_well = |well: WellId| -> Vec<&PlateImage> {
        let stacks = plate.images_of(well);
        let images = if stacks.is_empty() { plate.projections_of(well) } else { stacks };
        images.chunk_by(is_same_place).filter_map(<[_]>::first).collect()
    };
    wells.iter().map(|well| of_well(*well)).filter(|places| !places.is_empty()).collect()
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
            Ok((images[index].key(), description.map(|found| recorded_in(&found.bytes)).unwrap_or_default()))
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
    let is_wanted = |well: &&WellId| plate.site_positions.of_well(**well).is_none();
    let wanted: BTreeSet<WellId> = wells.iter().filter(is_wanted).copied().collect();
    // Where the wells that were looked at say nothing, these do not either.
    if plate.site_positions.is_empty() || wanted.is_empty() {
        return Ok(SitePositions::default());
    }
    positions_of(readers, &places(plate, &wanted).concat(), recorded_in, cancel)
}

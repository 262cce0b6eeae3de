//! What MetaXpress writes into the images: pixel sizes, channel names, positions, instrument.
//!
//! Each TIFF carries a description. To open a plate at once only a few are read: of one image of each
//! channel and, for the positions, of one image of each place in all wells as long as these are few. Else the first
//! well and some over the plate are looked at, and where the sites of the others lie is not known until
//! these wells are asked for. A description that cannot be read is no issue, since the plate is usable without; the
//! image itself is judged when it is decoded. Deliberately absent: the words of a description, which
//! `description.rs` reads.

use std::collections::{BTreeMap, BTreeSet};

use super::description::Description;
use super::htd::Htd;
use crate::cancel::{Cancel, Cancelled};
use crate::file_threads::FileThreads;
use crate::plate::draft::Draft;
use crate::plate::geometry::Recorded;
use crate::plate::metadata::places::{places, positions_of};
use crate::plate::{Plate, PlateImage, SitePosition, SitePositions, WellId};

/// The most channels whose first image is looked at.
const MOST_CHANNELS: usize = 48;
/// The most images that are looked at for positions beside those of the first well.
const MOST_PLACES: usize = 256;
/// How many wells are asked before it is taken that none says where its images were recorded: the images of one may be
/// damaged.
const FIRST_WELLS: usize = 3;
/// The most images that are looked at in one well.
const MOST_IN_WELL: usize = 1024;

/// Where an image of this format was recorded, by its description.
pub(super) fn recorded_in(description: &[u8]) -> Recorded {
    Description::parse(description).recorded()
}

/// What an image says of itself, and its size.
struct Described {
    size: (u32, u32),
    description: Description,
}

/// Completes a plate from the descriptions of a few of its images.
pub(super) fn read_into(draft: &mut Draft, htd: Option<&Htd>, cancel: &Cancel) -> Result<(), Cancelled> {
    let plate = &mut draft.plate;
    let readers = FileThreads::new("description reader");
    let channels = of_channels(plate);
    let mut size_um = None;
    for (image, described) in channels.iter().zip(read(&readers, &channels, cancel)?) {
        let (Some(channel), Some(Described { size: (width, height), description })) =
            (image.key().channel, described)
        else {
            continue;
        };
        if let Some(size) = description.pixel_size() {
            plate.pixel_sizes.add(channel, size);
            size_um = size_um.or(Some((f64::from(width) * size.x_um, f64::from(height) * size.y_um)));
        }
        if let Some(name) = description.channel_name() {
            plate.channel_names.entry(channel).or_insert_with(|| name.to_owned());
        }
        plate.objective = plate.objective.take().or_else(|| description.objective().map(str::to_owned));
        plate.microscope = plate.microscope.take().or_else(|| description.microscope().map(str::to_owned));
        let acquired = description.acquired();
        if acquired.is_some() && (plate.acquired.is_none() || acquired < plate.acquired) {
            plate.acquired = acquired;
        }
    }
    let planned = htd.filter(|htd| !htd.is_grid_nominal).zip(size_um).map(|(htd, size)| planned(htd, size));
    plate.site_positions = positions(&readers, plate, &planned.unwrap_or_default(), cancel)?;
    Ok(())
}

/// The first image of each channel in the order of keys, else its first projection.
fn of_channels(plate: &Plate) -> Vec<PlateImage> {
    let mut channels = BTreeSet::new();
    let all = plate.images.iter().chain(&plate.projections);
    let firsts = all.filter(|image| image.key().channel.is_some_and(|channel| channels.insert(channel)));
    firsts.take(MOST_CHANNELS).cloned().collect()
}

/// The positions of the wells that are looked at: as their images say, else as planned.
fn positions(
    readers: &FileThreads,
    plate: &Plate,
    planned: &BTreeMap<u32, SitePosition>,
    cancel: &Cancel,
) -> Result<SitePositions, Cancelled> {
    let mut wells = looked_at(places(plate, &plate.wells()));
    // Where the first wells say nothing, the others would not either.
    let more = wells.split_off(wells.len().min(FIRST_WELLS));
    let mut positions = positions_of(readers, &wells.concat(), recorded_in, cancel)?;
    let are_planned = positions.is_empty();
    if !are_planned {
        positions.replace(positions_of(readers, &more.concat(), recorded_in, cancel)?);
        wells.extend(more);
    }
    if planned.is_empty() {
        return Ok(positions);
    }
    let of_plan = if are_planned { places(plate, &plate.wells()) } else { wells };
    let known: BTreeSet<WellId> = positions.wells().collect();
    for image in of_plan.concat().iter().filter(|image| !known.contains(&image.key().well)) {
        if let Some(position) = image.key().site.and_then(|site| planned.get(&site)) {
            positions.add(image.key(), *position);
        }
    }
    Ok(positions)
}

/// Those that are looked at when a plate is opened, the first well first.
fn looked_at(mut wells: Vec<Vec<&PlateImage>>) -> Vec<Vec<&PlateImage>> {
    let count = |wells: &[Vec<&PlateImage>]| wells.iter().map(Vec::len).sum::<usize>();
    if count(&wells) <= MOST_PLACES {
        return wells;
    }
    for places in &mut wells {
        // In the order of keys the first of a site is of its first timepoint.
        let mut sites = BTreeSet::new();
        places.retain(|image| sites.insert(image.key().site));
    }
    wells.retain(|places| places.len() <= MOST_IN_WELL);
    let largest = wells.iter().map(Vec::len).max().unwrap_or(1);
    let most = (MOST_PLACES / largest).max(1);
    let step = wells.len().div_ceil(most).max(1);
    wells.into_iter().step_by(step).collect()
}

/// The descriptions of images, in order; `None` where one has none.
fn read(
    readers: &FileThreads,
    images: &[PlateImage],
    cancel: &Cancel,
) -> Result<Vec<Option<Described>>, Cancelled> {
    readers.try_map(
        images.len(),
        || (),
        |(): &mut (), index| {
            cancel.check()?;
            let found = images[index].source.description().ok().flatten();
            Ok(found.map(|found| Described {
                size: (found.width, found.height),
                description: Description::parse(&found.bytes),
            }))
        },
    )
}

/// Positions of the sites of a plan, image beside image around the well's centre.
fn planned(htd: &Htd, (width_um, height_um): (f64, f64)) -> BTreeMap<u32, SitePosition> {
    let (columns, rows) = (f64::from(htd.site_grid.0), f64::from(htd.site_grid.1));
    (1..)
        .zip(&htd.sites)
        .map(|(site, (column, row))| {
            let x_um = (f64::from(*column) - (columns - 1.0) / 2.0) * width_um;
            let y_um = (f64::from(*row) - (rows - 1.0) / 2.0) * height_um;
            (site, SitePosition { x_um, y_um })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::ImageSource;
    use crate::plate::ImageKey;

    #[test]
    fn planned_sites_lie_around_the_centre() {
        let htd = Htd { sites: vec![(0, 0), (1, 1)], site_grid: (2, 2), ..Htd::default() };
        let positions = planned(&htd, (100.0, 50.0));
        assert_eq!(positions[&1], SitePosition { x_um: -50.0, y_um: -25.0 });
        assert_eq!(positions[&2], SitePosition { x_um: 50.0, y_um: 25.0 });
    }

    #[test]
    fn few_images_are_looked_at() {
        // Wells, sites, timepoints, and how many wells and images are looked at.
        let table = [
            (2, 9, 3, 2, 54),
            (28, 9, 1, 28, 252),
            (29, 9, 1, 15, 135),
            (96, 1, 1, 96, 96),
            (96, 4, 50, 48, 192),
            (1, 300, 2, 1, 300),
            (3, 300, 1, 1, 300),
            (1, 2000, 1, 0, 0),
            (0, 0, 0, 0, 0),
        ];
        for (wells, sites, timepoints, wells_expected, images_expected) in table {
            let of_well = |well: u32| -> Vec<_> {
                let well = WellId::at(well / 48, well % 48).expect("a well");
                let keys =
                    (1..=timepoints).flat_map(|t| (1..=sites).map(move |s| ImageKey::new(well, s, 1, 1, t)));
                keys.map(|key| PlateImage::new(key, ImageSource::file(""))).collect()
            };
            let all: Vec<Vec<_>> = (0..wells).map(of_well).collect();
            let found = looked_at(all.iter().map(|well| well.iter().collect()).collect());
            let images: usize = found.iter().map(Vec::len).sum();
            assert_eq!(
                (found.len(), images),
                (wells_expected, images_expected),
                "{wells} {sites} {timepoints}"
            );
        }
    }
}

//! Names, sizes and places of a plate as a document has them.
//!
//! Deliberately absent: a channel's differences from image to image, beyond telling of them: it has one name and one
//! size of pixels.

use super::sites::{Site, SiteImage, Sites};
use crate::image::{OmeChannel, OmeDocument, OmeImage, OmePlace, OmePlane, OmeUnit, PlaneOrder};
use crate::limits;
use crate::plate::channels_said::ChannelsSaid;
use crate::plate::draft::Draft;
use crate::plate::geometry::Recorded;
use crate::plate::{ImageKey, PixelSize, SitePosition, SitePositions};

/// Takes from a document what it says beside the images.
pub(super) fn describe(draft: &mut Draft, document: &OmeDocument, sites: &Sites<'_>, shown: &str) {
    let image_of = |site: &Site<'_>| match site.image {
        SiteImage::Described(at) => document.images.get(at),
        SiteImage::Empty | SiteImage::NotDescribed | SiteImage::Taken => None,
    };
    let images: Vec<Option<&OmeImage>> = sites.sites.iter().map(image_of).collect();
    if let Some(plate) = sites.plate {
        let name = plate.name.as_deref().or(Some(plate.id.as_str()).filter(|id| !id.is_empty()));
        if let Some(name) = name {
            draft.plate.name = name.to_owned();
        }
    }
    draft.plate.microscope.clone_from(&document.microscope);
    draft.plate.objective.clone_from(&document.objective);
    let acquired = sites.started.or(document.acquired.as_deref());
    // `2022-12-19T10:18:52.244`: to the second.
    draft.plate.acquired =
        acquired.map(|time| time.get(..19).unwrap_or(time).trim_end_matches('Z').replace('T', " "));
    add_channels(draft, document, &images, shown);
    add_positions(draft, document, sites, &images, shown);
}

fn add_channels(draft: &mut Draft, document: &OmeDocument, images: &[Option<&OmeImage>], shown: &str) {
    let mut said = ChannelsSaid::default();
    for image in images.iter().flatten() {
        let size = pixel_size(image);
        let names = document.channels_of(image);
        let channels = PlaneOrder::of(document, image).channels().min(limits::CHANNEL);
        for (rank, at) in (0..channels).zip(0..) {
            let number = document.result.as_ref().map_or(rank + 1, |result| result.channel(rank));
            // A channel of a result has no name where that of its source has none; others are called by their light.
            let is_result = document.result.is_some();
            let light = |channel: &OmeChannel| Some(format!("{} nm", channel.emission_nm?).into());
            let name = names.get(at).and_then(|channel| match &channel.name {
                None if !is_result => light(channel),
                name => name.clone(),
            });
            said.add(number, name, size, None);
        }
    }
    // Those that a result has of its own come before what its images say.
    let own = document.result.iter().flat_map(|result| &result.pixel_sizes);
    for (number, (x_um, y_um)) in own {
        if let Some(size) = PixelSize::new(*x_um, *y_um).filter(|_| said.has(*number)) {
            draft.plate.pixel_sizes.add(*number, size);
        }
    }
    said.put(draft, shown);
}

/// What is told of one side alone goes for both.
fn pixel_size(image: &OmeImage) -> Option<PixelSize> {
    let (width, height) = (image.pixel_width_um, image.pixel_height_um);
    PixelSize::new(width.or(height)?, height.or(width)?)
}

fn add_positions(
    draft: &mut Draft,
    document: &OmeDocument,
    sites: &Sites<'_>,
    images: &[Option<&OmeImage>],
    shown: &str,
) {
    let mut recorded: Vec<(ImageKey, Recorded)> = Vec::new();
    let mut has_unknown = false;
    for (site, image) in sites.sites.iter().zip(images) {
        let size = image.and_then(pixel_size);
        let mut position = |place: OmePlace| {
            has_unknown |= place.unit == OmeUnit::Unknown;
            let (x_um, y_um) = match place.unit {
                OmeUnit::Um | OmeUnit::Unknown => (place.x, place.y),
                OmeUnit::Pixel => {
                    let size = size?;
                    (place.x * size.x_um, place.y * size.y_um)
                }
            };
            // OME's y grows upward as it is mostly written, the screen's downward. (Adding 0 keeps -0 out.)
            Some(SitePosition { x_um, y_um: 0.0 - y_um })
        };
        let key = |channel: u32, timepoint: u32| {
            let [channel, timepoint] = match &document.result {
                Some(result) => [result.channel(channel), result.timepoint(timepoint)],
                None => [channel, timepoint].map(|index| index.saturating_add(1)),
            };
            ImageKey::new(site.well, site.number, channel, 1, timepoint)
        };
        let planes = image.map(|image| document.recorded_planes_of(image)).unwrap_or_default();
        let first = Recorded {
            offset: site.sample.place.and_then(&mut position),
            stage: planes.first().and_then(|plane| position(plane.place)),
        };
        let origin = OmePlane::default();
        recorded.push((key(origin.channel, origin.timepoint), first));
        for plane in planes.iter().skip(1) {
            let place = position(plane.place);
            // Those of a result count from where its fields do.
            let recorded_there = match document.result {
                Some(_) => Recorded { offset: place, stage: None },
                None => Recorded { offset: first.offset, stage: place },
            };
            recorded.push((key(plane.channel, plane.timepoint), recorded_there));
        }
    }
    recorded.retain(|(key, _)| key.fault().is_none());
    if has_unknown {
        draft.issue(shown, "positions without a unit of length; they were read as micrometres");
    }
    draft.plate.site_positions = SitePositions::of_recorded(recorded);
}

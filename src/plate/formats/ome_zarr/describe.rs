//! Names, colours, sizes and places as the fields of a plate say them.

use std::collections::BTreeMap;

use super::images::Field;
use crate::plate::channels_said::ChannelsSaid;
use crate::plate::draft::Draft;
use crate::plate::geometry::Recorded;
use crate::plate::{ImageKey, ScanIssue, SitePosition, SitePositions, WellId};
use crate::quantity::plural;

/// Takes from the fields what they say beside their images.
pub(super) fn describe(draft: &mut Draft, fields: &[Field]) {
    let mut said = ChannelsSaid::default();
    let mut oddities = Vec::new();
    let (mut guessed, mut in_other_units) = (0, 0);
    for field in fields {
        let Ok(image) = &field.image else { continue };
        draft.plate.ignored += image.others;
        guessed += usize::from(image.lengths.is_guessed);
        in_other_units += usize::from(image.lengths.has_other_unit);
        let path = || field.listed.path.clone();
        oddities.extend(image.oddities.iter().map(|why| ScanIssue { path: path(), why: why.clone() }));
        for (at, number) in (0..image.planes.counts.channels).zip(1..) {
            let channel = image.channels.get(at as usize).cloned().unwrap_or_default();
            let number = image.own.as_ref().map_or(number, |own| own.numbers([0, at, 0])[1]);
            said.add(number, channel.name, image.lengths.pixel_size, channel.colour);
        }
    }
    draft.issues(oddities, ".", |rest| format!("{} about fields", plural(rest, "more remark")));
    if guessed > 0 {
        let fields = plural(guessed, "field");
        draft.issue(".", format!("lengths of {fields} have no unit; they were read as micrometres"));
    }
    if in_other_units > 0 {
        let fields = plural(in_other_units, "field");
        draft.issue(
            ".",
            format!("pixel sizes of {fields} are in a unit that is not a length; they are not known"),
        );
    }
    said.put(draft, ".");
    draft.plate.site_positions = SitePositions::of_recorded(places(fields));
}

/// Where fields lie; nothing of a well that says the same of all its fields.
fn places(fields: &[Field]) -> Vec<(ImageKey, Recorded)> {
    let mut wells: BTreeMap<WellId, Vec<(u32, SitePosition)>> = BTreeMap::new();
    for field in fields {
        let Ok(image) = &field.image else { continue };
        let Some(SitePosition { x_um, y_um }) = image.lengths.place else { continue };
        // From the middle of the first pixel to that of the image.
        let half = |pixels: u64, um: f64| (pixels as f64 - 1.0) / 2.0 * um;
        let size = image.lengths.pixel_size;
        let half_x = size.map_or(0.0, |size| half(image.planes.width, size.x_um));
        let half_y = size.map_or(0.0, |size| half(image.planes.height, size.y_um));
        let place = SitePosition { x_um: x_um + half_x, y_um: y_um + half_y };
        wells.entry(field.listed.well).or_default().push((field.site, place));
    }
    wells.retain(|_, places| places.len() == 1 || places.iter().any(|(_, place)| *place != places[0].1));
    let recorded = |(well, places): (WellId, Vec<(u32, SitePosition)>)| {
        places.into_iter().map(move |(site, place)| {
            (ImageKey::new(well, site, 1, 1, 1), Recorded { offset: None, stage: Some(place) })
        })
    };
    wells.into_iter().flat_map(recorded).filter(|(key, _)| key.fault().is_none()).collect()
}

//! What OME-XML in a TIFF file says of the pages of this very file.

use std::collections::BTreeMap;

use super::document::TiffData;
use super::planes::PlaneOrder;
use super::reader::read;
use crate::image::page_place::PagePlace;
use crate::limits;

/// The places of pages by their numbers; `None` where the text is no OME-XML that tells of pages.
pub(in crate::image) fn places(text: &[u8], file_name: &str) -> Option<BTreeMap<u32, PagePlace>> {
    let head = &text[..text.len().min(1024)];
    if !head.windows(4).any(|part| part == b"<OME" || part == b":OME") {
        return None;
    }
    let text = String::from_utf8_lossy(text);
    let document = read(text.as_bytes(), |_| false);
    // Nothing else can be meant by one image without a word on its pages than all of them in order.
    let whole = [TiffData::default()];
    let is_whole = document.images.len() == 1 && document.data.is_empty();
    let is_here = |data: &TiffData| match data.file.map(|file| document.file(file)) {
        None => true,
        Some(file) if file.uuid.is_some() && file.uuid == document.uuid => true,
        Some(file) => !file.name.is_empty() && file.name.eq_ignore_ascii_case(file_name),
    };
    // Of a file that has another name by now, all that is told is told of itself.
    let mut names = document.data.iter().map(|data| data.file.map(|file| document.file(file).name));
    let first = names.next();
    let is_renamed = !document.data.iter().any(is_here) && names.all(|name| Some(name) == first);
    let mut places = BTreeMap::new();
    let mut image_number = 0;
    let mut left = limits::TIFF_DIRECTORIES;
    for image in &document.images {
        let before = places.len();
        let order = PlaneOrder::of(&document, image);
        let data = if is_whole { &whole } else { document.data_of(image) };
        for data in data.iter().filter(|data| is_renamed || is_here(data)) {
            let all = u32::try_from(order.count()).unwrap_or(u32::MAX);
            // One page where one is named, else all that there are.
            let count = data.count.unwrap_or(if data.page.is_some() { 1 } else { all });
            let count = count.min(all).min(left);
            left -= count;
            let begin = data.page.unwrap_or(0);
            let pages = begin..begin.saturating_add(count);
            let planes = order.first_of(data).into_iter().flat_map(|first| order.planes_from(first));
            for (page, plane) in pages.zip(planes) {
                let place = PagePlace {
                    image: image_number,
                    z: plane.z,
                    channel: plane.channel,
                    timepoint: plane.timepoint,
                };
                places.entry(page).or_insert(place);
            }
        }
        image_number += u32::from(places.len() > before);
    }
    (!places.is_empty()).then_some(places)
}

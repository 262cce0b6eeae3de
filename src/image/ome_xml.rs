//! What OME-XML in a TIFF file says of the pages of this very file.

use crate::limits;
use std::collections::BTreeMap;

use quick_xml::events::{BytesStart, Event};

use super::page_place::PagePlace;

/// One image of several planes.
#[derive(Debug, Default)]
struct Pixels {
    /// The three dimensions beside x and y, the one that changes fastest first.
    order: [u8; 3],
    z: u32,
    /// Samples of all channels: three of one that is in colour.
    samples: u32,
    timepoints: u32,
    /// Channels as they are listed.
    channels: u32,
    data: Vec<Data>,
}

/// Pages of a file that hold planes of an image.
#[derive(Debug, Default)]
struct Data {
    page: Option<u32>,
    count: Option<u32>,
    z: u32,
    sample: u32,
    timepoint: u32,
    /// The file, where one is named.
    file: Option<String>,
    uuid: String,
}

/// The places of pages by their numbers; `None` where the text is no OME-XML that tells of pages.
pub(super) fn places(text: &[u8], file_name: &str) -> Option<BTreeMap<u32, PagePlace>> {
    let head = &text[..text.len().min(1024)];
    if !head.windows(4).any(|part| part == b"<OME" || part == b":OME") {
        return None;
    }
    let (uuid, mut images) = read(text);
    if let [pixels] = &mut images[..]
        && pixels.data.is_empty()
    {
        // Nothing else can be meant than all pages in order.
        pixels.data.push(Data::default());
    }
    let is_here = |data: &Data| match &data.file {
        _ if !data.uuid.is_empty() && data.uuid == uuid => true,
        Some(file) => file.eq_ignore_ascii_case(file_name),
        None => data.uuid.is_empty(),
    };
    let all = || images.iter().flat_map(|pixels| &pixels.data);
    // Of a file that has another name by now, all that is told is told of itself.
    let is_renamed =
        !all().any(is_here) && all().all(|data| data.file == all().next().and_then(|of| of.file.clone()));
    let mut places = BTreeMap::new();
    let mut image = 0;
    let mut left = limits::TIFF_DIRECTORIES;
    for pixels in &images {
        let before = places.len();
        for data in pixels.data.iter().filter(|data| is_renamed || is_here(data)) {
            pixels.place(data, image, &mut places, &mut left);
        }
        image += u32::from(places.len() > before);
    }
    (!places.is_empty()).then_some(places)
}

impl Pixels {
    /// Adds the pages of a piece of data, of which no more than `left` are read in all.
    fn place(&self, data: &Data, image: u32, places: &mut BTreeMap<u32, PagePlace>, left: &mut u32) {
        let channels = match self.channels {
            channels if channels > 0 && self.samples.is_multiple_of(channels) => channels,
            _ => self.samples,
        };
        let samples = self.samples / channels.max(1);
        let sizes = self.order.map(|dimension| match dimension {
            b'Z' => self.z,
            b'C' => channels,
            _ => self.timepoints,
        });
        let mut at = self.order.map(|dimension| match dimension {
            b'Z' => data.z,
            b'C' => data.sample / samples.max(1),
            _ => data.timepoint,
        });
        let all = sizes.iter().fold(1_u32, |all, size| all.saturating_mul(*size));
        // One page where one is named, else all that there are.
        let count = data.count.unwrap_or(if data.page.is_some() { 1 } else { all });
        let first = data.page.unwrap_or(0);
        let count = count.min(all).min(*left);
        *left -= count;
        for page in first..first.saturating_add(count) {
            if at.iter().zip(sizes).any(|(at, size)| *at >= size) {
                return;
            }
            let of = |dimension| {
                self.order.iter().zip(at).find(|(of, _)| **of == dimension).map_or(0, |(_, at)| at)
            };
            let place = PagePlace { image, z: of(b'Z'), channel: of(b'C'), timepoint: of(b'T') };
            places.entry(page).or_insert(place);
            let mut is_at_end = true;
            for (at, size) in at.iter_mut().zip(sizes) {
                *at += 1;
                if *at < size {
                    is_at_end = false;
                    break;
                }
                *at = 0;
            }
            if is_at_end {
                return;
            }
        }
    }
}

/// The identity of the file and its images; as many as could be read.
fn read(text: &[u8]) -> (String, Vec<Pixels>) {
    let (mut uuid, mut images, mut in_uuid) = (String::new(), Vec::<Pixels>::new(), false);
    let text = String::from_utf8_lossy(text);
    let mut reader = quick_xml::Reader::from_str(&text);
    reader.config_mut().check_end_names = false;
    while let Ok(event) = reader.read_event() {
        let element = match &event {
            Event::Start(element) | Event::Empty(element) => element,
            Event::Text(text) if in_uuid => {
                let data = images.last_mut().and_then(|pixels| pixels.data.last_mut());
                if let Some(data) = data {
                    data.uuid = text.trim().to_owned();
                }
                continue;
            }
            Event::Eof => break,
            _ => {
                in_uuid = false;
                continue;
            }
        };
        in_uuid = false;
        let last = images.last_mut();
        match (element.local_name().as_ref(), last) {
            ("OME", _) => uuid = attribute(element, "UUID").unwrap_or_default(),
            ("Pixels", _) => images.push(Pixels {
                order: order(element),
                z: number(element, "SizeZ").unwrap_or(1),
                samples: number(element, "SizeC").unwrap_or(1),
                timepoints: number(element, "SizeT").unwrap_or(1),
                ..Pixels::default()
            }),
            ("Channel", Some(pixels)) => pixels.channels += 1,
            ("TiffData", Some(pixels)) => pixels.data.push(Data {
                page: number(element, "IFD"),
                count: number(element, "PlaneCount"),
                z: number(element, "FirstZ").unwrap_or(0),
                sample: number(element, "FirstC").unwrap_or(0),
                timepoint: number(element, "FirstT").unwrap_or(0),
                ..Data::default()
            }),
            ("UUID", Some(pixels)) => {
                if let Some(data) = pixels.data.last_mut() {
                    data.file = attribute(element, "FileName");
                    in_uuid = matches!(event, Event::Start(_));
                }
            }
            _ => {}
        }
    }
    (uuid, images)
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = element.try_get_attribute(name).ok().flatten()?;
    Some(attribute.value.trim().to_owned())
}

fn number(element: &BytesStart<'_>, name: &str) -> Option<u32> {
    attribute(element, name)?.parse().ok()
}

/// `XYZCT` and its like; where it is none, as most programs write.
fn order(element: &BytesStart<'_>) -> [u8; 3] {
    let order = attribute(element, "DimensionOrder").unwrap_or_default();
    match order.strip_prefix("XY").map(str::as_bytes) {
        Some(&[a, b, c]) if [b'Z', b'C', b'T'].iter().all(|of| [a, b, c].contains(of)) => [a, b, c],
        _ => *b"CZT",
    }
}

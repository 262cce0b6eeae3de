//! The size and type that a channel's images usually have, and the images that are unlike the rest of their channel.
//!
//! An image is odd where more than half of its channel's images have another size or type, all of them the same. Of
//! a channel that has no such majority, as where half of the wells were binned, none is odd.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Measured, listed};
use crate::image::ImageFormat;
use crate::plate::{ImageKey, Plate, ScanIssue, WellId, channel_title};

/// How often each size and type occurs, by channel.
#[derive(Clone, Debug, Default)]
pub(super) struct FormatCounts {
    channels: BTreeMap<Option<u32>, Vec<(ImageFormat, usize)>>,
}

/// The size and type that most images of each channel have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsualFormats {
    channels: BTreeMap<u32, ImageFormat>,
}

impl FormatCounts {
    pub(super) fn add(&mut self, channel: Option<u32>, format: ImageFormat, count: usize) {
        let formats = self.channels.entry(channel).or_default();
        match formats.iter_mut().find(|(known, _)| *known == format) {
            Some((_, known)) => *known += count,
            None => formats.push((format, count)),
        }
    }

    pub(super) fn extend(&mut self, other: &Self) {
        for (channel, format, count) in other.iter() {
            self.add(channel, format, count);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Option<u32>, ImageFormat, usize)> {
        let of = |(channel, formats)| -> _ {
            let (channel, formats): (&Option<u32>, &Vec<(ImageFormat, usize)>) = (channel, formats);
            formats.iter().map(|(format, count)| (*channel, *format, *count))
        };
        self.channels.iter().flat_map(of)
    }

    pub(super) fn usual(&self) -> UsualFormats {
        let usual = |(channel, formats): (&Option<u32>, &Vec<(ImageFormat, usize)>)| {
            let all: usize = formats.iter().map(|(_, count)| count).sum();
            let (format, _) = formats.iter().find(|(_, count)| count * 2 > all)?;
            Some(((*channel)?, *format))
        };
        UsualFormats { channels: self.channels.iter().filter_map(usual).collect() }
    }
}

impl UsualFormats {
    /// That of a channel, where it has one.
    pub fn of(&self, channel: u32) -> Option<ImageFormat> {
        self.channels.get(&channel).copied()
    }

    /// What the others of its channel have, where an image of this format is unlike them.
    pub fn unlike(&self, key: ImageKey, format: ImageFormat) -> Option<ImageFormat> {
        self.channels.get(&key.channel?).copied().filter(|usual| *usual != format)
    }

    /// What is odd about an image of this format, in words that follow its file; `None` where nothing is. The
    /// channel is named by `title`.
    pub(crate) fn oddity(
        &self,
        key: ImageKey,
        format: ImageFormat,
        title: impl Fn(u32) -> String,
    ) -> Option<String> {
        let usual = self.unlike(key, format)?;
        let title = title(key.channel?);
        Some(format!("{format}, unlike most images of {title}, which are {usual}"))
    }
}

impl Measured {
    /// The size and type that most images of each channel have.
    pub fn usual_formats(&self) -> UsualFormats {
        self.formats.usual()
    }
}

/// A sentence for each image of some wells that is unlike the rest of its channel.
pub(super) fn odd_images(measured: &Measured, plate: &Plate, wells: &BTreeSet<WellId>) -> Vec<ScanIssue> {
    // Where every channel has one format there is nothing to look for.
    if measured.formats.channels.values().all(|formats| formats.len() < 2) {
        return Vec::new();
    }
    let usual = measured.usual_formats();
    let images = wells.iter().flat_map(|well| plate.images_of(*well));
    let odd = images.filter_map(|image| {
        let format = measured.format(image.key).ok()?;
        let why = usual.oddity(image.key, format, |channel| channel_title(&plate.channel_names, channel))?;
        Some(ScanIssue { path: image.source.relative(), why })
    });
    listed(odd, "image")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::PixelType;

    #[test]
    fn what_most_images_of_a_channel_are_is_usual() {
        let [small, large] = [20, 40].map(|side| ImageFormat::grey(side, side, PixelType::U16));
        let wide = ImageFormat { pixel: PixelType::U32, ..large };
        // Formats of a channel with their numbers, and the usual one.
        type Row<'a> = (&'a [(ImageFormat, usize)], Option<ImageFormat>);
        let table: [Row<'_>; 5] = [
            (&[(large, 17), (small, 1)], Some(large)),
            (&[(small, 1), (large, 1)], None),
            (&[(large, 9), (small, 9), (wide, 1)], None),
            (&[(large, 4), (small, 1), (wide, 1)], Some(large)),
            (&[(wide, 1)], Some(wide)),
        ];
        let key = ImageKey::new("A01".parse().expect("a well"), 1, 3, 1, 1);
        for (formats, expected) in table {
            let mut counts = FormatCounts::default();
            formats.iter().for_each(|(format, count)| counts.add(Some(3), *format, *count));
            counts.add(Some(4), small, 100);
            let usual = counts.usual();
            assert_eq!(usual.unlike(key, small), expected.filter(|usual| *usual != small), "{formats:?}");
            assert_eq!(usual.unlike(key, expected.unwrap_or(small)), None);
            let words = usual.oddity(key, small, |channel| format!("channel {channel} (DAPI)"));
            assert_eq!(words.is_some(), expected.is_some(), "{formats:?}");
        }
    }
}

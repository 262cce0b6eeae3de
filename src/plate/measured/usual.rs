//! The size and type that a channel's images usually have, and the images that are unlike the rest of their channel.
//!
//! An image is odd where more than half of its channel's images have another size or type, all of them the same. Of
//! a channel that has no such majority, as where half of the wells were binned, none is odd.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::image::ImageFormat;
use crate::plate::ImageKey;

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

    /// Whether each channel has one size and type, so that none is odd.
    pub(super) fn are_uniform(&self) -> bool {
        self.channels.values().all(|formats| formats.len() < 2)
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

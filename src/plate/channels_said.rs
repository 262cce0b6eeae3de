//! What the images of a plate say of its channels, each for itself: a channel has one name, one colour and one size of
//! pixels, and where images differ the first counts and an issue tells.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::draft::Draft;
use super::{PixelSize, ScanIssue};
use crate::image::Rgb;
use crate::quantity::plural;
use crate::shown_text::brief;

/// What was said of channels, by their numbers.
#[derive(Default)]
pub(super) struct ChannelsSaid {
    channels: BTreeMap<u32, Said>,
}

#[derive(Default)]
struct Said {
    name: Option<Arc<str>>,
    other_name: Option<Arc<str>>,
    size: Option<PixelSize>,
    other_size: Option<PixelSize>,
    colour: Option<Rgb>,
}

impl ChannelsSaid {
    /// What an image says of a channel, as far as it does.
    pub(super) fn add(
        &mut self,
        channel: u32,
        name: Option<Arc<str>>,
        size: Option<PixelSize>,
        colour: Option<Rgb>,
    ) {
        let of = self.channels.entry(channel).or_default();
        note(&mut of.name, &mut of.other_name, name, |a, b| a == b);
        note(&mut of.size, &mut of.other_size, size, |a, b| a.is_same(*b));
        of.colour = of.colour.or(colour);
    }

    /// Whether anything was said of a channel, if only that it is there.
    pub(super) fn has(&self, channel: u32) -> bool {
        self.channels.contains_key(&channel)
    }

    /// Puts it into a plate, and tells as issues of `shown` where images differ.
    pub(super) fn put(self, draft: &mut Draft, shown: &str) {
        let mut issues = Vec::new();
        for (number, of) in self.channels {
            if let (Some(name), Some(other)) = (&of.name, &of.other_name) {
                let [name, other] = [name, other].map(|name| brief(name));
                let why = format!(
                    "channel {number} is called “{name}” in some images and “{other}” in others; the first is shown"
                );
                issues.push(ScanIssue { path: shown.to_owned(), why });
            }
            if let (Some(size), Some(other)) = (of.size, of.other_size) {
                let why = format!(
                    "pixels of channel {number} measure {size} in some images and {other} in others; the first \
                     was used for all"
                );
                issues.push(ScanIssue { path: shown.to_owned(), why });
            }
            if let Some(name) = of.name {
                draft.plate.channel_names.insert(number, name.to_string());
            }
            if let Some(colour) = of.colour {
                draft.plate.channel_colours.insert(number, colour);
            }
            if let Some(size) = of.size {
                draft.plate.pixel_sizes.add(number, size);
            }
        }
        draft.issues(issues, shown, |rest| {
            format!("{} that differ from image to image", plural(rest, "more channel"))
        });
    }
}

/// Keeps the first of what is said, and the first that differs from it.
fn note<T>(first: &mut Option<T>, other: &mut Option<T>, said: Option<T>, is_same: impl Fn(&T, &T) -> bool) {
    match (&*first, said) {
        (None, Some(said)) => *first = Some(said),
        (Some(known), Some(said)) if other.is_none() && !is_same(known, &said) => *other = Some(said),
        _ => {}
    }
}

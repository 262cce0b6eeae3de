//! Which images of a combination are read in one go: those that lie in the same chunks of an array, which are then unpacked
//! once. Forecast and engine both follow this.
//!
//! The chunk is unpacked into the scratch that one of its images needs anyway, so that reading them together takes no more
//! memory. Deliberately absent: keeping what was unpacked for another combination, whose memory it would take.

use std::collections::HashMap;

use super::{CombinationPlan, PlannedImage};
use crate::image::{ImageFormat, ImageSource, SharedChunk};

/// The images of a combination, dealt out to be read.
#[derive(Debug)]
pub(crate) struct Readings {
    count: usize,
    /// Places of images and where each reading ends among them; `None` where each image is read by itself.
    grouped: Option<(Vec<usize>, Vec<usize>)>,
}

/// What one reading takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ReadingWork {
    /// Bytes of pixels that are unpacked: of all planes of the chunks, whichever are wanted.
    pub(super) unpacked_bytes: u64,
    /// Bytes of the files.
    pub(super) stored_bytes: u64,
}

/// Chunks, as the images have them that lie in them.
type Chunks = (ImageSource, ImageFormat, SharedChunk);

/// The chunks that an image shares with others, where it does and can be read.
fn chunks_of(image: &PlannedImage) -> Option<Chunks> {
    Some((image.source.with_page(0), image.format.as_ref().ok().copied()?, image.shared?))
}

impl Readings {
    /// Those of images in their order: each reading comes where its first image does.
    pub(crate) fn of(images: &[PlannedImage]) -> Self {
        if images.iter().all(|image| image.shared.is_none()) {
            return Self { count: images.len(), grouped: None };
        }
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut known: HashMap<Chunks, usize> = HashMap::new();
        for (index, image) in images.iter().enumerate() {
            let Some(chunks) = chunks_of(image) else {
                groups.push(vec![index]);
                continue;
            };
            let group = *known.entry(chunks).or_insert(groups.len());
            match groups.get_mut(group) {
                Some(group) => group.push(index),
                None => groups.push(vec![index]),
            }
        }
        let ends = groups.iter().scan(0, |end, group| {
            *end += group.len();
            Some(*end)
        });
        let ends: Vec<usize> = ends.collect();
        Self { count: ends.len(), grouped: Some((groups.concat(), ends)) }
    }

    /// The places of the images of the nth reading; `None` behind the last.
    pub(crate) fn get(&self, nth: usize) -> Option<Vec<usize>> {
        match &self.grouped {
            None => (nth < self.count).then(|| vec![nth]),
            Some((places, ends)) => {
                let end = *ends.get(nth)?;
                let begin = nth.checked_sub(1).map_or(0, |before| ends[before]);
                Some(places[begin..end].to_vec())
            }
        }
    }

    /// What each reading takes of images that can be read.
    pub(super) fn work(&self, images: &[PlannedImage]) -> impl Iterator<Item = ReadingWork> {
        (0..self.count).filter_map(move |nth| {
            let first = match &self.grouped {
                None => nth,
                Some((places, ends)) => places[nth.checked_sub(1).map_or(0, |before| ends[before])],
            };
            let first = &images[first];
            let bytes = first.format.as_ref().ok()?.bytes();
            let planes = first.shared.map_or(1, |shared| shared.planes);
            let unpacked_bytes = bytes.saturating_mul(planes.into());
            Some(ReadingWork { unpacked_bytes, stored_bytes: first.stored_bytes })
        })
    }
}

/// That chunks are unpacked more than once, because images in them are taken one after the other; `None` where none is.
pub(super) fn repeated(combinations: &[CombinationPlan]) -> Option<String> {
    let mut times: HashMap<Chunks, (usize, u32)> = HashMap::new();
    for (at, combination) in combinations.iter().enumerate() {
        for chunks in combination.images.iter().filter_map(chunks_of) {
            let (last, count) = times.entry(chunks).or_insert((usize::MAX, 0));
            *count += u32::from(*last != at);
            *last = at;
        }
    }
    let most = times.values().map(|(_, count)| *count).max().filter(|most| *most > 1)?;
    let planes = times.keys().map(|(_, _, shared)| shared.planes).max()?;
    Some(format!(
        "The chunks of these arrays hold up to {planes} images, which are not all taken together here: each chunk is read and unpacked {most} times."
    ))
}

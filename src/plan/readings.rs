//! Which images of a combination are read in one go: those that lie in the same chunks of an array, which are then unpacked
//! once. Forecast and engine both follow this.
//!
//! The chunk is unpacked into the scratch that one of its images needs anyway, so that reading them together takes no more
//! memory. Deliberately absent: keeping what was unpacked for another combination, whose memory it would take.

use std::collections::HashMap;

use super::PlannedImage;
use crate::image::{ImageFormat, ImageSource, SharedChunk};

/// The images of a combination, dealt out to be read.
#[derive(Debug)]
pub(crate) struct Readings {
    count: usize,
    /// Places of images and where each reading ends among them; `None` where each image is read by itself.
    grouped: Option<(Vec<usize>, Vec<usize>)>,
}

/// Chunks, as the images have them that lie in them.
pub(super) type Chunks = (ImageSource, ImageFormat, SharedChunk);

/// The chunks that an image shares with others, where it does and can be read.
pub(super) fn chunks_of(image: &PlannedImage) -> Option<Chunks> {
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

    /// The places of the images with which a reading begins.
    pub(super) fn firsts(&self) -> impl Iterator<Item = usize> {
        (0..self.count).map(|nth| match &self.grouped {
            None => nth,
            Some((places, ends)) => places[nth.checked_sub(1).map_or(0, |before| ends[before])],
        })
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

    /// Bytes of pixels that each reading unpacks, of images that can be read: of all planes of the chunks, whichever are
    /// wanted.
    pub(super) fn unpacked_bytes(&self, images: &[PlannedImage]) -> impl Iterator<Item = u64> {
        self.firsts().filter_map(|first| {
            let first = &images[first];
            let bytes = first.format.as_ref().ok()?.bytes();
            let planes = first.shared.map_or(1, |shared| shared.planes);
            Some(bytes.saturating_mul(planes.into()))
        })
    }
}

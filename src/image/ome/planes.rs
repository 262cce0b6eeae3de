//! Which planes an image has, and which of them some pages hold.

use super::document::{OmeDocument, OmeImage, OmePlane, TiffData};

/// The planes of an image in their order. It may say that there are more than any file has, so they are never listed
/// but gone through.
#[derive(Debug)]
pub(crate) struct PlaneOrder {
    /// The dimensions, the one that changes fastest first, and how many values each has.
    dimensions: [(u8, u32); 3],
    /// The first sample of each channel, where samples are counted instead of channels.
    first_samples: Option<Vec<u32>>,
}

impl PlaneOrder {
    /// The planes of an image of a document.
    pub(crate) fn of(document: &OmeDocument, image: &OmeImage) -> Self {
        let first_samples = first_samples(document, image);
        let channels = first_samples
            .as_ref()
            .map_or(image.samples, |first| u32::try_from(first.len()).unwrap_or(u32::MAX));
        let dimensions = image.order.map(|dimension| match dimension {
            b'Z' => (dimension, image.z),
            b'C' => (dimension, channels),
            _ => (dimension, image.timepoints),
        });
        // Bio-Formats counts channels in `FirstC`, the schema speaks of samples; beyond the channels only these go.
        let counts_samples = document.data_of(image).iter().any(|data| data.channel >= channels);
        Self { dimensions, first_samples: first_samples.filter(|_| counts_samples) }
    }

    /// Number of planes, as far as numbers go.
    pub(crate) fn count(&self) -> u64 {
        self.dimensions.iter().fold(1, |count: u64, (_, size)| count.saturating_mul(u64::from(*size)))
    }

    /// Number of channels.
    pub(crate) fn channels(&self) -> u32 {
        self.dimensions.iter().find(|(dimension, _)| *dimension == b'C').map_or(1, |(_, size)| *size)
    }

    /// The plane with which some pages begin; `None` where the image has no such plane.
    pub(crate) fn first_of(&self, data: &TiffData) -> Option<OmePlane> {
        let channel = match &self.first_samples {
            Some(first) => {
                let channel = first.partition_point(|first| *first <= data.channel).checked_sub(1)?;
                u32::try_from(channel).ok()?
            }
            None => data.channel,
        };
        let plane = OmePlane { timepoint: data.timepoint, channel, z: data.z };
        self.dimensions.iter().all(|(dimension, size)| plane.at(*dimension) < *size).then_some(plane)
    }

    /// The planes from one on.
    pub(crate) fn planes_from(&self, first: OmePlane) -> impl Iterator<Item = OmePlane> + '_ {
        let mut next = Some(first).filter(|_| self.count() > 0);
        std::iter::from_fn(move || {
            let plane = next?;
            next = self.after(plane);
            Some(plane)
        })
    }

    /// All planes.
    pub(crate) fn planes(&self) -> impl Iterator<Item = OmePlane> + '_ {
        self.planes_from(OmePlane::default())
    }

    fn after(&self, mut plane: OmePlane) -> Option<OmePlane> {
        for (dimension, size) in self.dimensions {
            let value = plane.at_mut(dimension);
            *value = value.saturating_add(1);
            if *value < size {
                return Some(plane);
            }
            *value = 0;
        }
        None
    }
}

impl OmePlane {
    fn at(&self, dimension: u8) -> u32 {
        match dimension {
            b'Z' => self.z,
            b'C' => self.channel,
            _ => self.timepoint,
        }
    }

    fn at_mut(&mut self, dimension: u8) -> &mut u32 {
        match dimension {
            b'Z' => &mut self.z,
            b'C' => &mut self.channel,
            _ => &mut self.timepoint,
        }
    }
}

/// The first sample of each channel; `None` where each sample is a channel of its own.
fn first_samples(document: &OmeDocument, image: &OmeImage) -> Option<Vec<u32>> {
    let channels = document.channels_of(image);
    let count = u32::try_from(channels.len()).ok().filter(|count| *count > 0 && *count < image.samples)?;
    let told = |at: usize| channels[at].samples.unwrap_or(1);
    let sum = (0..channels.len()).fold(0, |sum: u32, at| sum.saturating_add(told(at)));
    let of_each = image.samples / count;
    let samples: Box<dyn Fn(usize) -> u32> = if sum == image.samples {
        Box::new(told)
    } else if image.samples.is_multiple_of(count) {
        Box::new(move |_| of_each)
    } else {
        return None;
    };
    let mut next = 0_u32;
    let first = (0..channels.len()).map(|at| {
        let first = next;
        next = next.saturating_add(samples(at));
        first
    });
    Some(first.collect())
}

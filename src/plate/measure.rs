//! Sizes and types of the images that are used, read from the headers of their files.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use super::{ImageKey, Plate, WellId};
use crate::cancel::{Cancel, Cancelled};
use crate::image::{self, ImageFormat};

/// The measured images of some wells of a plate.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    formats: HashMap<ImageKey, Result<ImageFormat, String>>,
}

impl FromIterator<(ImageKey, Result<ImageFormat, String>)> for Measured {
    fn from_iter<T: IntoIterator<Item = (ImageKey, Result<ImageFormat, String>)>>(formats: T) -> Self {
        Self { formats: formats.into_iter().collect() }
    }
}

impl Measured {
    /// Reads the header of each image of the wells. A file that cannot be read is kept as such.
    pub fn read(plate: &Plate, wells: &BTreeSet<WellId>, cancel: &Cancel) -> Result<Self, Cancelled> {
        let images: Vec<_> = wells.iter().flat_map(|well| plate.images_of(*well)).collect();
        let formats = images
            .par_iter()
            .map(|image| {
                cancel.check()?;
                let format =
                    image::measure(&plate.path_of(image), image.page).map_err(|error| error.to_string());
                Ok((image.key, format))
            })
            .collect::<Result<_, Cancelled>>()?;
        Ok(Self { formats })
    }

    /// Adds what was measured of other wells.
    pub fn extend(&mut self, other: Self) {
        self.formats.extend(other.formats);
    }

    /// Size and type of an image, or why they could not be read.
    pub fn format(&self, key: ImageKey) -> Result<ImageFormat, String> {
        self.formats.get(&key).cloned().unwrap_or_else(|| Err("its header has not been read".to_owned()))
    }

    /// Number of images measured.
    pub fn len(&self) -> usize {
        self.formats.len()
    }

    /// Whether nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.formats.is_empty()
    }

    /// The formats that occur, the most frequent first.
    pub fn formats(&self) -> Vec<(ImageFormat, usize)> {
        let mut counts: HashMap<ImageFormat, usize> = HashMap::new();
        for format in self.formats.values().flatten() {
            *counts.entry(*format).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(format, count)| {
            (std::cmp::Reverse(*count), format.width, format.height, format.pixel)
        });
        counts
    }
}

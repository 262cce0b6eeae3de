//! What was read of images, kept once for all that are alike: a plate has a million images, and mostly one size of them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::image::{DecodeError, ImageHeader};

/// Why size and type of an image are not known.
#[derive(Clone, Debug, thiserror::Error)]
pub enum MeasureError {
    /// Its file could not be read.
    #[error(transparent)]
    Unreadable(Arc<DecodeError>),
    /// Nobody has looked.
    #[error("its header has not been read")]
    NotRead,
}

/// What was read of images, each once.
#[derive(Clone, Debug, Default)]
pub(super) struct DistinctHeaders {
    pub(super) all: Vec<Result<ImageHeader, MeasureError>>,
    numbers: HashMap<ImageHeader, u32>,
}

/// What was read of the images of a well, by number.
#[derive(Clone, Debug)]
pub(super) enum WellHeaders {
    /// So many that are alike.
    Alike(u32, usize),
    /// One number for each.
    Each(Arc<[u32]>),
}

impl DistinctHeaders {
    /// The number of what was read of an image.
    pub(super) fn add(&mut self, header: Result<ImageHeader, MeasureError>) -> u32 {
        let next = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        let number = match &header {
            Ok(header) => *self.numbers.entry(*header).or_insert(next),
            Err(_) => next,
        };
        if number == next {
            self.all.push(header);
        }
        number
    }

    pub(super) fn get(&self, number: u32) -> Result<&ImageHeader, &MeasureError> {
        self.all.get(number as usize).map_or(Err(&MeasureError::NotRead), Result::as_ref)
    }
}

impl WellHeaders {
    pub(super) fn get(&self, nth: usize) -> Option<u32> {
        match self {
            Self::Alike(number, count) => (nth < *count).then_some(*number),
            Self::Each(numbers) => numbers.get(nth).copied(),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Alike(_, count) => *count,
            Self::Each(numbers) => numbers.len(),
        }
    }

    /// The same where numbers have become others.
    pub(super) fn renumbered(self, numbers: &[u32]) -> Self {
        let renumbered = |number: u32| numbers.get(number as usize).copied().unwrap_or(u32::MAX);
        match self {
            Self::Alike(number, count) => Self::Alike(renumbered(number), count),
            Self::Each(each) => Self::Each(each.iter().map(|number| renumbered(*number)).collect()),
        }
    }
}

impl From<Vec<u32>> for WellHeaders {
    fn from(numbers: Vec<u32>) -> Self {
        match numbers.first() {
            Some(first) if numbers.iter().all(|number| number == first) => Self::Alike(*first, numbers.len()),
            _ => Self::Each(numbers.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{ImageFormat, PixelType};

    #[test]
    fn what_is_alike_is_kept_once() {
        let header = |side| ImageHeader {
            format: ImageFormat::grey(side, side, PixelType::U8),
            scratch_bytes: 1,
            stored_bytes: 2,
            more_pages: false,
            shared: None,
        };
        let mut headers = DistinctHeaders::default();
        let numbers: Vec<u32> = [8, 9, 8, 8].map(|side| headers.add(Ok(header(side)))).to_vec();
        assert_eq!((&*numbers, headers.all.len()), (&[0, 1, 0, 0][..], 2));
        let unread = [(); 2].map(|()| headers.add(Err(MeasureError::NotRead)));
        assert_eq!((unread, headers.get(1).ok()), ([2, 3], Some(&header(9))));
        assert!(headers.get(3).is_err() && headers.get(4).is_err());
        for (numbers, is_alike) in [(vec![5, 5, 5], true), (numbers, false), (vec![], false)] {
            let well = WellHeaders::from(numbers.clone());
            assert_eq!(matches!(well, WellHeaders::Alike(..)), is_alike, "{numbers:?}");
            let read: Vec<u32> = (0..).map_while(|nth| well.get(nth)).collect();
            assert_eq!(read, numbers);
            let others = well.renumbered(&[7, 6, 5, 4, 3, 2]);
            assert_eq!(others.get(0), numbers.first().map(|number| 7 - number));
        }
    }
}

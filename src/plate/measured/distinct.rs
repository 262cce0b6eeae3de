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

/// What was read of the images of a well. What files take is of each image its own where they are compressed, and no
/// part of what is kept once.
#[derive(Clone, Debug)]
pub(super) struct WellHeaders {
    numbers: OfImages<u32>,
    scratch_bytes: OfImages<u64>,
    stored_bytes: OfImages<u64>,
}

/// What was read of one image: the number of its header, and what its file takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) number: u32,
    scratch_bytes: u64,
    stored_bytes: u64,
}

/// One value for each image.
#[derive(Clone, Debug)]
enum OfImages<T> {
    /// This many that are the same.
    Alike(T, usize),
    /// One for each.
    Each(Arc<[T]>),
}

impl DistinctHeaders {
    /// Takes in what was read of an image.
    pub(super) fn add(&mut self, header: Result<ImageHeader, MeasureError>) -> Read {
        let [scratch_bytes, stored_bytes] =
            header.as_ref().map_or([0; 2], |header| [header.scratch_bytes, header.stored_bytes]);
        let shared = header.map(|header| ImageHeader { scratch_bytes: 0, stored_bytes: 0, ..header });
        Read { number: self.number(shared), scratch_bytes, stored_bytes }
    }

    /// Takes in the headers of others. Gives what number each has here.
    pub(super) fn extend(&mut self, others: Self) -> Vec<u32> {
        others.all.into_iter().map(|header| self.number(header)).collect()
    }

    fn number(&mut self, header: Result<ImageHeader, MeasureError>) -> u32 {
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

    /// The whole header of an image.
    pub(super) fn get(&self, read: Read) -> Result<ImageHeader, &MeasureError> {
        let Read { number, scratch_bytes, stored_bytes } = read;
        let shared = self.all.get(number as usize).map_or(Err(&MeasureError::NotRead), Result::as_ref);
        shared.map(|header| ImageHeader { scratch_bytes, stored_bytes, ..*header })
    }
}

impl WellHeaders {
    pub(super) fn get(&self, nth: usize) -> Option<Read> {
        let Self { numbers, scratch_bytes, stored_bytes } = self;
        let (scratch_bytes, stored_bytes) = (scratch_bytes.get(nth)?, stored_bytes.get(nth)?);
        Some(Read { number: numbers.get(nth)?, scratch_bytes, stored_bytes })
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The same where numbers have become others.
    pub(super) fn renumbered(self, numbers: &[u32]) -> Self {
        let renumbered = |number: u32| numbers.get(number as usize).copied().unwrap_or(u32::MAX);
        Self { numbers: self.numbers.map(renumbered), ..self }
    }
}

impl From<Vec<Read>> for WellHeaders {
    fn from(all: Vec<Read>) -> Self {
        Self {
            numbers: all.iter().map(|read| read.number).collect(),
            scratch_bytes: all.iter().map(|read| read.scratch_bytes).collect(),
            stored_bytes: all.iter().map(|read| read.stored_bytes).collect(),
        }
    }
}

impl<T: Copy + PartialEq> OfImages<T> {
    fn get(&self, nth: usize) -> Option<T> {
        match self {
            Self::Alike(value, count) => (nth < *count).then_some(*value),
            Self::Each(values) => values.get(nth).copied(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Alike(_, count) => *count,
            Self::Each(values) => values.len(),
        }
    }

    fn map(self, map: impl Fn(T) -> T) -> Self {
        match self {
            Self::Alike(value, count) => Self::Alike(map(value), count),
            Self::Each(values) => Self::Each(values.iter().map(|value| map(*value)).collect()),
        }
    }
}

impl<T: Copy + PartialEq> FromIterator<T> for OfImages<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let values: Vec<T> = values.into_iter().collect();
        match values.first() {
            Some(first) if values.iter().all(|value| value == first) => Self::Alike(*first, values.len()),
            _ => Self::Each(values.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{ImageFormat, PixelType};

    #[test]
    fn what_is_alike_is_kept_once() {
        let header = |side, stored_bytes| ImageHeader {
            format: ImageFormat::grey(side, side, PixelType::U8),
            scratch_bytes: 1,
            stored_bytes,
            more_pages: false,
            shared: None,
        };
        let mut headers = DistinctHeaders::default();
        let read =
            [(8, 2), (9, 2), (8, 2), (8, 3)].map(|(side, stored)| headers.add(Ok(header(side, stored))));
        assert_eq!((read.map(|read| read.number), headers.all.len()), ([0, 1, 0, 0], 2));
        assert_eq!(headers.get(read[3]).ok(), Some(header(8, 3)), "what a file takes is of each its own");
        let unread = [(); 2].map(|()| headers.add(Err(MeasureError::NotRead)));
        assert_eq!(unread.map(|read| read.number), [2, 3]);
        assert!(headers.get(unread[1]).is_err() && headers.get(Read { number: 4, ..read[0] }).is_err());
        for (all, is_alike) in [(vec![read[1]; 3], true), (read.to_vec(), false), (vec![], false)] {
            let well = WellHeaders::from(all.clone());
            assert_eq!(matches!(well.numbers, OfImages::Alike(..)), is_alike, "{all:?}");
            assert_eq!(well.len(), all.len());
            assert_eq!((0..).map_while(|nth| well.get(nth)).collect::<Vec<_>>(), all);
            let others = well.renumbered(&[7, 6, 5, 4]);
            assert_eq!(others.get(0).map(|read| read.number), all.first().map(|read| 7 - read.number));
        }
        let mut further = DistinctHeaders::default();
        further.add(Ok(header(9, 5)));
        further.add(Ok(header(7, 5)));
        assert_eq!(headers.extend(further), [1, 4]);
    }
}

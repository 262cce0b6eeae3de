//! What results of Stepwell say beside OME-Zarr: the microscope's numbers, and what is not there. The form is told where it is
//! written (`plate/companion/zarr.rs`).
//!
//! Deliberately absent: believing it; numbers that no plate has are found where all images of a plate are, and what is no such
//! attribute says nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::metadata::MOST_WELLS;
use super::text::{Word, list};
use crate::limits;
use crate::plate::draft::Draft;
use crate::plate::{Acquired, ImageKey, WellId};
use crate::quantity::plural;
use crate::shown_text::brief;

/// Reasons of a well: there are a few.
const MOST_REASONS: usize = 64;

/// This many wells that are not whole are named.
const MOST_NAMED: usize = 5;

/// What a plate says.
#[derive(Debug, Default, Deserialize)]
pub(super) struct OwnPlate {
    #[serde(default)]
    microscope: Word,
    #[serde(default)]
    objective: Word,
    /// What wells lack of which nothing was saved, by their names.
    #[serde(default)]
    lacking: BTreeMap<String, OwnWell>,
    /// Wells that are not whole.
    #[serde(default, deserialize_with = "list::<MOST_WELLS, _, _>")]
    unfinished: Vec<Word>,
}

/// What a well says.
#[derive(Debug, Default, Deserialize)]
pub(super) struct OwnWell {
    #[serde(default, deserialize_with = "list::<MOST_REASONS, _, _>")]
    absent: Vec<AbsentImages>,
}

#[derive(Debug, Default, Deserialize)]
struct AbsentImages {
    #[serde(default)]
    why: Word,
    /// `s2_w1_z1_t1 s2_w3_z1_t1`
    #[serde(default)]
    images: Word,
}

#[derive(Debug, Default, Deserialize)]
struct SaidOfField {
    site: u32,
    #[serde(default)]
    channels: Word,
    #[serde(default)]
    planes: Word,
    #[serde(default)]
    timepoints: Word,
    saved: Option<Word>,
    #[serde(default)]
    samples: u32,
    #[serde(default)]
    acquired: BTreeMap<String, Acquired>,
}

/// What a field says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "SaidOfField")]
pub(super) struct OwnField {
    pub(super) site: u32,
    /// How many samples a pixel has that lie along the axis of channels; 0 where that has channels.
    pub(super) samples: u32,
    channels: Numbers,
    planes: Numbers,
    timepoints: Numbers,
    /// The planes of its array that were saved; all, where it does not say.
    saved: Option<Numbers>,
    /// How its images were recorded, by the number of the plane.
    acquired: BTreeMap<u32, Acquired>,
}

/// Numbers in their order, as stretches of first and last: a text of a few letters may list billions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Numbers(Vec<(u32, u32)>);

impl Numbers {
    /// Of a list such as `1-4 9`.
    fn of(text: &str) -> Self {
        let stretch = |part: &str| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (first.parse::<u32>().ok()?, last.parse::<u32>().ok()?);
            (first <= last).then_some((first, last))
        };
        Self(text.split_ascii_whitespace().filter_map(stretch).collect())
    }

    /// The number of a rank; counted from 1 where none is told.
    fn at(&self, rank: u32) -> u32 {
        let mut left = rank;
        for (first, last) in &self.0 {
            match left.checked_sub(last - first) {
                None | Some(0) => return first + left,
                Some(more) => left = more - 1,
            }
        }
        rank.saturating_add(1)
    }

    fn has(&self, number: u32) -> bool {
        let at = self.0.partition_point(|(_, last)| *last < number);
        self.0.get(at).is_some_and(|(first, _)| *first <= number)
    }
}

impl From<SaidOfField> for OwnField {
    fn from(said: SaidOfField) -> Self {
        Self {
            site: said.site,
            samples: said.samples,
            channels: Numbers::of(&said.channels.0),
            planes: Numbers::of(&said.planes.0),
            timepoints: Numbers::of(&said.timepoints.0),
            saved: said.saved.map(|saved| Numbers::of(&saved.0)),
            acquired: said
                .acquired
                .into_iter()
                .filter_map(|(at, one)| Some((at.parse().ok()?, one)))
                .collect(),
        }
    }
}

impl OwnField {
    /// The numbers of a timepoint, channel and plane by their ranks.
    pub(super) fn numbers(&self, ranks: [u32; 3]) -> [u32; 3] {
        let [timepoint, channel, plane] = ranks;
        [self.timepoints.at(timepoint), self.channels.at(channel), self.planes.at(plane)]
    }

    /// How a plane of its array was recorded.
    pub(super) fn acquired(&self, plane: u32) -> Option<Acquired> {
        self.acquired.get(&plane).copied()
    }

    /// Whether a plane of its array was saved.
    pub(super) fn has(&self, plane: u32) -> bool {
        self.saved.as_ref().is_none_or(|saved| saved.has(plane))
    }
}

impl OwnPlate {
    /// Puts what it says into a plate.
    pub(super) fn put(self, draft: &mut Draft) {
        let said = |word: Word| Some(word.0).filter(|text| !text.is_empty());
        draft.plate.microscope = said(self.microscope);
        draft.plate.objective = said(self.objective);
        for (well, lack) in self.lacking {
            if let Ok(well) = well.parse() {
                lack.put(draft, well);
            }
        }
        if !self.unfinished.is_empty() {
            let named = self.unfinished.iter().take(MOST_NAMED).map(|well| brief(&well.0));
            let named: Vec<String> = named.collect();
            let more = if self.unfinished.len() > MOST_NAMED { " …" } else { "" };
            let wells = plural(self.unfinished.len(), "well");
            let why = format!(
                "the run that made it ended before {wells} ({}{more}), which are not in it",
                named.join(", ")
            );
            draft.issue(".", why);
        }
    }
}

impl OwnWell {
    /// Puts what it says of a well into a plate.
    pub(super) fn put(self, draft: &mut Draft, well: WellId) {
        for AbsentImages { why, images } in self.absent {
            let why: Arc<str> = why.0.chars().take(limits::NAME_CHARS).collect::<String>().into();
            for token in images.0.split_ascii_whitespace().take(limits::MISSING_LISTED) {
                let mut parts = token.split('_');
                let mut next = |letter: char| parts.next()?.strip_prefix(letter)?.parse::<u32>().ok();
                if let (Some(site), Some(channel), Some(z), Some(timepoint)) =
                    (next('s'), next('w'), next('z'), next('t'))
                {
                    draft.absent.add(ImageKey::new(well, site, channel, z, timepoint), &why, "");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_says_its_numbers_and_what_was_saved() {
        let said = json!({ "version": 1, "site": 12, "channels": "1 3", "planes": "1-3", "timepoints": "7", "saved": "0-1 5" });
        let field: OwnField = serde_json::from_value(said).unwrap();
        assert_eq!(field.site, 12);
        assert_eq!(field.numbers([0, 1, 2]), [7, 3, 3]);
        // More than it says.
        assert_eq!(field.numbers([1, 2, 3]), [2, 3, 4]);
        assert_eq!([0, 1, 2, 5, 6].map(|plane| field.has(plane)), [true, true, false, true, false]);
        let all: OwnField = serde_json::from_value(json!({ "site": 1 })).unwrap();
        assert!(all.has(9) && all.numbers([0, 4, 0]) == [1, 5, 1]);
        let endless =
            json!({ "site": 1, "planes": "5 0-4294967295 0-4294967295", "saved": "7-3 x 0-4294967295" });
        let endless: OwnField = serde_json::from_value(endless).unwrap();
        assert!(endless.has(u32::MAX) && endless.numbers([0, 0, 1])[2] == 0);
        assert_eq!([0, u32::MAX].map(|rank| endless.numbers([0, 0, rank])[2]), [5, u32::MAX - 1]);
        for odd in [json!({}), json!({ "site": -1 }), json!([]), json!("x")] {
            serde_json::from_value::<OwnField>(odd).unwrap_err();
        }
    }
}

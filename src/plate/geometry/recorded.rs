//! Where images say that they were recorded, and what that makes the positions of a well's sites.
//!
//! Some images say how far they lie from their well's centre, some where the stage stood on the plate. The two do not go
//! together, so the positions of a well are all of one kind. Where the stage stood counts from the middle of
//! the well's own sites. Deliberately absent: which bytes of an image say so, which is its format's affair.

use std::collections::BTreeMap;

use super::{SitePosition, SitePositions};
use crate::plate::{ImageKey, WellId};

/// What an image says of its place, as far as it does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Recorded {
    /// From the centre of its well.
    pub(crate) offset: Option<SitePosition>,
    /// From the origin of the stage.
    pub(crate) stage: Option<SitePosition>,
}

impl Recorded {
    /// Whether it says nothing.
    pub(crate) fn is_nothing(&self) -> bool {
        self.offset.is_none() && self.stage.is_none()
    }
}

impl SitePositions {
    /// The positions that images make up. To compare what the stage says, all sites of a well are to be among
    /// them.
    pub(crate) fn of_recorded(images: impl IntoIterator<Item = (ImageKey, Recorded)>) -> Self {
        let mut wells: BTreeMap<WellId, Vec<(ImageKey, Recorded)>> = BTreeMap::new();
        for (key, recorded) in images {
            if key.site.is_some() && !recorded.is_nothing() {
                wells.entry(key.well).or_default().push((key, recorded));
            }
        }
        let mut positions = Self::default();
        for mut images in wells.into_values() {
            images.sort_by_key(|(key, _)| *key);
            for (key, position) in of_one_kind(&images) {
                positions.add(key, position);
            }
        }
        positions
    }
}

/// The positions of a well's images, of the kind that more of them have.
fn of_one_kind(images: &[(ImageKey, Recorded)]) -> Vec<(ImageKey, SitePosition)> {
    let all = |of: fn(&Recorded) -> Option<SitePosition>| -> Vec<_> {
        images.iter().filter_map(|(key, recorded)| Some((*key, of(recorded)?))).collect()
    };
    let (offsets, mut on_stage) = (all(|recorded| recorded.offset), all(|recorded| recorded.stage));
    if offsets.len() >= on_stage.len() {
        return offsets;
    }
    let middle = middle(&on_stage);
    for (_, position) in &mut on_stage {
        position.x_um -= middle.x_um;
        position.y_um -= middle.y_um;
    }
    on_stage
}

/// The middle between the outermost positions.
fn middle(positions: &[(ImageKey, SitePosition)]) -> SitePosition {
    let between = |along: fn(&SitePosition) -> f64| {
        let (low, high) = positions
            .iter()
            .map(|(_, position)| along(position))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), um| (low.min(um), high.max(um)));
        low + (high - low) / 2.0
    };
    SitePosition { x_um: between(|at| at.x_um), y_um: between(|at| at.y_um) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x_um: f64, y_um: f64) -> Option<SitePosition> {
        Some(SitePosition { x_um, y_um })
    }

    #[test]
    fn a_well_has_positions_of_one_kind_from_its_own_middle() {
        /// What the sites of a well say, in order, and where they lie.
        type Case = (Vec<Recorded>, Vec<Option<(f64, f64)>>);
        let offset = |x, y| Recorded { offset: at(x, y), stage: None };
        let stage = |x, y| Recorded { offset: None, stage: at(x, y) };
        let both = |x, y| Recorded { offset: at(x, y), stage: at(x + 13_000.0, y + 9_000.0) };
        let table: Vec<Case> = vec![
            (vec![offset(-5.0, 0.0), offset(5.0, 1.0)], vec![Some((-5.0, 0.0)), Some((5.0, 1.0))]),
            (vec![both(-5.0, 2.0), both(5.0, 2.0)], vec![Some((-5.0, 2.0)), Some((5.0, 2.0))]),
            (
                vec![stage(100.0, 50.0), stage(110.0, 50.0), stage(110.0, 70.0)],
                vec![Some((-5.0, -10.0)), Some((5.0, -10.0)), Some((5.0, 10.0))],
            ),
            // Two kinds are not mixed.
            (vec![both(-5.0, 0.0), stage(13_005.0, 9_000.0)], vec![Some((-5.0, 0.0)), Some((5.0, 0.0))]),
            (vec![offset(-5.0, 0.0), both(5.0, 0.0)], vec![Some((-5.0, 0.0)), Some((5.0, 0.0))]),
            (vec![offset(-5.0, 0.0), stage(13_005.0, 9_000.0)], vec![Some((-5.0, 0.0)), None]),
            (vec![stage(7.0, 7.0), Recorded::default()], vec![Some((0.0, 0.0)), None]),
        ];
        for (sites, expected) in table {
            let images = |well: &str| -> Vec<_> {
                let key = |site| ImageKey::new(well.parse().expect("a well"), site, 1, 1, 1);
                (1..).map(key).zip(sites.iter().copied()).collect()
            };
            let [one, other] = ["B02", "C03"].map(images);
            let positions = SitePositions::of_recorded(one.iter().chain(&other).rev().copied());
            for (key, _) in one.iter().chain(&other) {
                let site = key.site.expect("a site") as usize;
                let found = positions.of(*key).map(|position| (position.x_um, position.y_um));
                assert_eq!(found, expected[site - 1], "{key} of {sites:?}");
            }
        }
    }
}

//! Where the sites of each well lie.
//!
//! Wells need not lie alike: a plan may have other fields in some, and a stage comes to rest where it does.
//! So a position is that of a well's site; where a channel or timepoint was recorded elsewhere, it has one of its own.
//! Deliberately absent: any position taken from another well.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::plate::{ImageKey, WellId};

/// How far apart two positions of one site may lie and still be one, in micrometres: stages come back to a place
/// this well.
const SAME_PLACE_UM: f64 = 1.0;

/// Where a site lies in its well, in micrometres from the well's centre, x to the right and y
/// *down*, as on screen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SitePosition {
    /// To the right.
    pub x_um: f64,
    /// Micrometres down from the well's centre.
    pub y_um: f64,
}

impl SitePosition {
    fn is_same(self, other: Self) -> bool {
        (self.x_um - other.x_um).abs() <= SAME_PLACE_UM && (self.y_um - other.y_um).abs() <= SAME_PLACE_UM
    }
}

/// The positions of a plate's sites, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SitePositions {
    wells: BTreeMap<WellId, WellPositions>,
}

/// The positions of one well's sites, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WellPositions {
    sites: BTreeMap<u32, SitePosition>,
    /// Images of a site that were recorded elsewhere than its first: one for each channel and timepoint.
    #[serde(default, skip_serializing_if = "Others::is_empty")]
    elsewhere: Others,
}

/// Positions by site, channel and timepoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<Elsewhere>", into = "Vec<Elsewhere>")]
struct Others(BTreeMap<(u32, Option<u32>, Option<u32>), SitePosition>);

impl Others {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn list(&self) -> impl Iterator<Item = Elsewhere> + '_ {
        self.0.iter().map(|((site, channel, timepoint), position)| Elsewhere {
            site: *site,
            channel: *channel,
            timepoint: *timepoint,
            position: *position,
        })
    }
}

impl From<Vec<Elsewhere>> for Others {
    fn from(listed: Vec<Elsewhere>) -> Self {
        Self(listed.into_iter().map(|one| ((one.site, one.channel, one.timepoint), one.position)).collect())
    }
}

impl From<Others> for Vec<Elsewhere> {
    fn from(others: Others) -> Self {
        others.list().collect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Elsewhere {
    site: u32,
    channel: Option<u32>,
    timepoint: Option<u32>,
    position: SitePosition,
}

impl WellPositions {
    /// Where an image of the well lies; `None` where that is not known, or where the image is of no single site.
    pub fn of(&self, key: ImageKey) -> Option<SitePosition> {
        let site = key.site?;
        let own = self.elsewhere.0.get(&(site, key.channel, key.timepoint));
        own.or_else(|| self.sites.get(&site)).copied()
    }
}

impl SitePositions {
    /// Takes note of where an image was recorded. The first image of a site says where the site lies; another that
    /// was recorded elsewhere keeps its own position. What is not finite is no position.
    pub fn add(&mut self, key: ImageKey, position: SitePosition) {
        let Some(site) = key.site.filter(|_| position.x_um.is_finite() && position.y_um.is_finite()) else {
            return;
        };
        let well = self.wells.entry(key.well).or_default();
        let of_site = *well.sites.entry(site).or_insert(position);
        if !of_site.is_same(position) {
            well.elsewhere.0.entry((site, key.channel, key.timepoint)).or_insert(position);
        }
    }

    /// Where an image lies; `None` where that is not known, or where the image is of no single site.
    pub fn of(&self, key: ImageKey) -> Option<SitePosition> {
        self.of_well(key.well)?.of(key)
    }

    /// Those of a well; `None` where none is known.
    pub fn of_well(&self, well: WellId) -> Option<&WellPositions> {
        self.wells.get(&well)
    }

    /// The sites of a well with a known position, in order, each where its first image lies.
    pub fn sites_of(&self, well: WellId) -> impl Iterator<Item = (u32, SitePosition)> {
        self.wells.get(&well).into_iter().flat_map(|well| well.sites.iter().map(|(site, at)| (*site, *at)))
    }

    /// The wells with a known position, in order.
    pub fn wells(&self) -> impl Iterator<Item = WellId> {
        self.wells.keys().copied()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.wells.is_empty()
    }

    /// Puts what is known of `other`'s wells in the place of what was known of them.
    pub fn replace(&mut self, other: Self) {
        self.wells.extend(other.wells);
    }

    /// Every known position: of each well's sites, then of those images that lie elsewhere, whose keys have a
    /// channel and a timepoint.
    pub fn iter(&self) -> impl Iterator<Item = (ImageKey, SitePosition)> {
        self.wells.iter().flat_map(|(well, positions)| {
            let key = |site, channel, timepoint| ImageKey {
                well: *well,
                site: Some(site),
                channel,
                z: None,
                timepoint,
            };
            let sites = positions.sites.iter().map(move |(site, at)| (key(*site, None, None), *at));
            let elsewhere = positions.elsewhere.list();
            sites.chain(elsewhere.map(move |own| (key(own.site, own.channel, own.timepoint), own.position)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(well: &str, site: u32, channel: u32, timepoint: u32) -> ImageKey {
        ImageKey::new(well.parse().expect("a well"), site, channel, 1, timepoint)
    }

    fn at(x_um: f64) -> SitePosition {
        SitePosition { x_um, y_um: 0.0 }
    }

    #[test]
    fn a_position_is_of_a_wells_site_and_of_an_image_that_lies_elsewhere() {
        let mut positions = SitePositions::default();
        positions.add(key("A01", 1, 1, 1), at(0.0));
        positions.add(key("A01", 1, 2, 1), at(0.3));
        positions.add(key("A01", 1, 1, 2), at(40.0));
        positions.add(key("A01", 1, 1, 2), at(50.0));
        positions.add(key("A02", 1, 1, 1), at(7.0));
        positions.add(key("A02", 2, 1, 1), SitePosition { x_um: f64::NAN, y_um: 0.0 });
        let table = [
            (key("A01", 1, 1, 1), Some(0.0)),
            (key("A01", 1, 2, 1), Some(0.0)),
            (key("A01", 1, 1, 2), Some(40.0)),
            (key("A01", 1, 3, 9), Some(0.0)),
            (key("A02", 1, 1, 2), Some(7.0)),
            (key("A02", 2, 1, 1), None),
            (key("A03", 1, 1, 1), None),
        ];
        for (key, expected) in table {
            assert_eq!(positions.of(key).map(|at| at.x_um), expected, "{key}");
        }
        assert_eq!(positions.iter().count(), 3);
        let text = ron::to_string(&positions).expect("serializable");
        assert_eq!(ron::from_str::<SitePositions>(&text).expect("read back"), positions);
        let json = serde_json::to_string(&positions).expect("serializable");
        assert_eq!(serde_json::from_str::<SitePositions>(&json).expect("read back"), positions);
    }

    /// In a list that is kept in order each of these would move all others.
    #[test]
    fn positions_are_taken_in_any_order_in_the_same_time() {
        let mut positions = SitePositions::default();
        for timepoint in (0..300_000_u32).rev() {
            positions.add(key("A01", 1, 1, timepoint), at(f64::from(timepoint) * 10.0));
        }
        assert_eq!(positions.of(key("A01", 1, 1, 7)), Some(at(70.0)));
        assert_eq!(positions.iter().count(), 300_000);
    }
}

//! What the source images of a well are, as far as what describes its results needs it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::grid::WellSites;
use crate::plan::combinations::Part;
use crate::plan::{CombinationPlan, Plan};
use crate::plate::{Component, ImageKey, SitePosition, WellId};

/// The source images of a well in short.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WellSources {
    /// The values of the components.
    pub(super) values: BTreeMap<Component, BTreeSet<u32>>,
    /// Where the first image of each site lies, where that is known.
    pub(super) sites: WellSites,
}

impl WellSources {
    /// Those of all wells of a plan that have images.
    pub(crate) fn of_plan(plan: &Plan) -> BTreeMap<WellId, Self> {
        // Wells that are alike have the same.
        let kinds: Vec<Vec<Self>> = plan
            .combinations
            .alike()
            .map(|alike| Self::of(&alike.combinations).into_values().collect())
            .collect();
        let of_part = |part: Part<'_>| {
            part.wells().into_iter().zip(kinds.get(part.kind()).cloned().unwrap_or_default())
        };
        plan.combinations.parts().flat_map(of_part).collect()
    }

    fn of(combinations: &[CombinationPlan]) -> BTreeMap<WellId, Self> {
        let mut wells: BTreeMap<WellId, Self> = BTreeMap::new();
        // The first image of each site says where it lies, in whatever order the images are taken.
        let mut firsts: BTreeMap<(WellId, u32), (ImageKey, SitePosition)> = BTreeMap::new();
        for image in combinations.iter().flat_map(|combination| &combination.images) {
            let well = wells.entry(image.key.well).or_default();
            for component in Component::ALL {
                well.values.entry(component).or_default().extend(image.key.get(component));
            }
            if let (Some(site), Some(position)) = (image.key.site, image.position) {
                let first = firsts.entry((image.key.well, site)).or_insert((image.key, position));
                if image.key < first.0 {
                    *first = (image.key, position);
                }
            }
        }
        for ((well, site), (_, position)) in firsts {
            wells.entry(well).or_default().sites.insert(site, position);
        }
        wells
    }
}

//! What the source images of a well are, as far as what describes its results needs it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::grid::WellSites;
use crate::plan::combinations::Part;
use crate::plan::{CombinationPlan, Plan};
use crate::plate::{Component, ImageKey, SitePosition, WellId};

/// The values of components.
type Values = BTreeMap<Component, BTreeSet<u32>>;

/// The source images of a well in short.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WellSources {
    /// The values of the components.
    pub(super) values: Values,
    /// Where the first image of each site lies, where that is known.
    pub(super) sites: WellSites,
}

impl WellSources {
    /// Those of all wells of a plan that have images.
    pub(crate) fn of_plan(plan: &Plan) -> BTreeMap<WellId, Self> {
        // Wells that are alike have the same values, and lie each where it lies.
        let kinds: Vec<Vec<Values>> = plan
            .combinations
            .alike()
            .map(|alike| values_of(&alike.combinations).into_values().collect())
            .collect();
        let of_part = |part: Part<'_>| {
            let mut sites = sites_of(part);
            let values = kinds.get(part.kind()).cloned().unwrap_or_default();
            let of_well =
                move |(well, values)| (well, Self { values, sites: sites.remove(&well).unwrap_or_default() });
            part.wells().into_iter().zip(values).map(of_well)
        };
        plan.combinations.parts().flat_map(of_part).collect()
    }
}

/// The values that the images of each well have.
fn values_of(combinations: &[CombinationPlan]) -> BTreeMap<WellId, Values> {
    let mut wells: BTreeMap<WellId, Values> = BTreeMap::new();
    for image in combinations.iter().flat_map(|combination| &combination.images) {
        let values = wells.entry(image.key.well).or_default();
        for component in Component::ALL {
            values.entry(component).or_default().extend(image.key.get(component));
        }
    }
    wells
}

/// Where the sites of each well lie: the first image of each says it, in whatever order the images are taken.
fn sites_of(part: Part<'_>) -> BTreeMap<WellId, WellSites> {
    let mut firsts: BTreeMap<(WellId, u32), (ImageKey, SitePosition)> = BTreeMap::new();
    for (key, position) in part.positions() {
        if let Some(site) = key.site {
            let first = firsts.entry((key.well, site)).or_insert((key, position));
            if key < first.0 {
                *first = (key, position);
            }
        }
    }
    let mut sites: BTreeMap<WellId, WellSites> = BTreeMap::new();
    for ((well, site), (_, position)) in firsts {
        sites.entry(well).or_default().insert(site, position);
    }
    sites
}

//! The wells that a run takes of a plate, with their images, and which of them are alike.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use rayon::prelude::*;

use crate::image::{ImageFormat, ImageHeader, SharedChunk};
use crate::pipeline::{ResolvedPipeline, ResolvedStep};
use crate::plan::PlateImages;
use crate::plate::{
    Component, ImageKey, MeasureError, Measured, MissingImage, MissingOfWell, Plate, PlateImage,
    SitePosition, WellId,
};

/// The wells of a plate that are processed, all that a plan knows of their images.
#[derive(Debug)]
pub(in crate::plan) struct ChosenWells {
    plate: Arc<Plate>,
    measured: Arc<Measured>,
    wells: BTreeSet<WellId>,
    missing: BTreeMap<WellId, MissingOfWell>,
    /// Whether a step goes by where images lie. Stages never come to rest twice at the same place, so that otherwise no
    /// two wells would be alike.
    goes_by_positions: bool,
    /// Wells of the same number are alike.
    kinds: BTreeMap<WellId, usize>,
}

/// An image of a well, and what is known of it.
#[derive(Clone, Copy)]
pub(super) struct WellImage<'a> {
    pub(super) image: &'a PlateImage,
    pub(super) position: Option<SitePosition>,
    pub(super) header: Result<ImageHeader, &'a MeasureError>,
}

/// What steps see of an image, but for its well.
#[derive(PartialEq)]
struct Seen {
    components: [Option<u32>; 4],
    position: Option<SitePosition>,
    format: Option<ImageFormat>,
    shared: Option<SharedChunk>,
}

impl WellImage<'_> {
    fn seen(&self, goes_by_positions: bool) -> Seen {
        Seen {
            components: components(self.image.key()),
            position: self.position.filter(|_| goes_by_positions),
            format: self.header.ok().map(|header| header.format),
            shared: self.header.ok().and_then(|header| header.shared),
        }
    }
}

impl Hash for Seen {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let position = self.position.map(|at| [at.x_um.to_bits(), at.y_um.to_bits()]);
        (self.components, position, self.format, self.shared).hash(state);
    }
}

fn components(key: ImageKey) -> [Option<u32>; 4] {
    Component::ALL.map(|component| key.get(component))
}

impl ChosenWells {
    /// The wells with images or without, which have been measured. The pipeline says what is needed together.
    pub(in crate::plan) fn new(
        plate: &Arc<Plate>,
        measured: &Arc<Measured>,
        wells: &BTreeSet<WellId>,
        pipeline: &ResolvedPipeline,
    ) -> Self {
        let mut chosen = Self {
            plate: Arc::clone(plate),
            measured: Arc::clone(measured),
            wells: wells.clone(),
            missing: plate.missing_of(wells, &taken_together(pipeline)),
            goes_by_positions: pipeline.steps().iter().any(ResolvedStep::goes_by_positions),
            kinds: BTreeMap::new(),
        };
        chosen.kinds = chosen.find_kinds();
        chosen
    }

    pub(in crate::plan) fn plate(&self) -> &Plate {
        &self.plate
    }

    /// The wells in their order, those without images, too.
    pub(in crate::plan) fn wells(&self) -> &BTreeSet<WellId> {
        &self.wells
    }

    /// The plate as steps see it.
    pub(in crate::plan) fn images(&self) -> PlateImages<'_> {
        PlateImages::of_wells(&self.plate, &self.measured, &self.wells)
    }

    /// The images of a well in the order of their keys, with what was read of each.
    pub(super) fn files_of(
        &self,
        well: WellId,
    ) -> impl Iterator<Item = (&PlateImage, Result<ImageHeader, &MeasureError>)> {
        self.plate.images_of(well).iter().zip(self.measured.of_well(well))
    }

    /// The same with where they were recorded.
    pub(super) fn of_well(&self, well: WellId) -> impl Iterator<Item = WellImage<'_>> {
        let positions = self.images().positions_of(well);
        self.files_of(well).map(move |(image, header)| WellImage {
            image,
            position: positions.and_then(|all| all.of(image.key())),
            header,
        })
    }

    /// What a well lacks; `None` where that is nothing.
    pub(super) fn missing_of(&self, well: WellId) -> Option<&MissingOfWell> {
        self.missing.get(&well)
    }

    /// Number of the images that a well lacks and that are listed.
    pub(super) fn listed_missing(&self, well: WellId) -> usize {
        self.missing_of(well).map_or(0, |missing| missing.listed.len())
    }

    /// A number that a well shares with those that are like it in all that steps see: whatever a plan works out for one of
    /// them holds for all.
    pub(super) fn kind(&self, well: WellId) -> usize {
        self.kinds.get(&well).copied().unwrap_or(0)
    }

    fn find_kinds(&self) -> BTreeMap<WellId, usize> {
        let wells: Vec<WellId> = self.wells.iter().copied().collect();
        let digests: Vec<u64> = wells.par_iter().map(|well| self.digest(*well)).collect();
        let mut first_of: HashMap<u64, WellId> = HashMap::new();
        let first = |(well, digest): (&WellId, &u64)| *first_of.entry(*digest).or_insert(*well);
        let firsts: Vec<WellId> = wells.iter().zip(&digests).map(first).collect();
        // Digests may be the same by chance: what is not alike then is of a kind of its own.
        let alike =
            |(well, first): (&WellId, &WellId)| if self.are_alike(*well, *first) { *first } else { *well };
        let firsts: Vec<WellId> = wells.par_iter().zip(&firsts).map(alike).collect();
        let mut kinds: BTreeMap<WellId, usize> = BTreeMap::new();
        let mut numbers: HashMap<WellId, usize> = HashMap::new();
        for (well, first) in wells.into_iter().zip(firsts) {
            let next = numbers.len();
            kinds.insert(well, *numbers.entry(first).or_insert(next));
        }
        kinds
    }

    /// The same for wells that are alike.
    fn digest(&self, well: WellId) -> u64 {
        let mut hasher = DefaultHasher::new();
        for image in self.of_well(well) {
            image.seen(self.goes_by_positions).hash(&mut hasher);
        }
        self.listed_missing(well).hash(&mut hasher);
        hasher.finish()
    }

    fn are_alike(&self, one: WellId, other: WellId) -> bool {
        let lack = |well| -> (Vec<_>, Vec<_>) {
            let missing = self.missing_of(well);
            let listed = missing.into_iter().flat_map(|missing| &missing.listed);
            let needed = missing.into_iter().flat_map(|missing| &missing.needed);
            let of_listed = |image: &MissingImage| components(image.key);
            (listed.map(of_listed).collect(), needed.copied().map(components).collect())
        };
        let seen = |well| self.of_well(well).map(|image| image.seen(self.goes_by_positions));
        one == other || seen(one).eq(seen(other)) && lack(one) == lack(other)
    }
}

/// The components of which a result needs all values, after each step that joins one.
fn taken_together(pipeline: &ResolvedPipeline) -> Vec<BTreeSet<Component>> {
    let mut together = BTreeSet::new();
    let mut after_each = Vec::new();
    for component in pipeline.steps().iter().filter_map(|step| step.step().joins()) {
        if together.insert(component) {
            after_each.push(together.clone());
        }
    }
    after_each
}

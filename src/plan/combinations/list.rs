//! The combinations of a plan as a list that is made while it is gone through.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use super::alike::{Alike, FileNeeds, Particulars};
use super::made::{Made, begun, values_of};
use super::wells::ChosenWells;
use crate::image::ImageSource;
use crate::plan::{CombinationId, CombinationPlan, RunSpec};
use crate::plate::{Component, ImageKey, SitePosition, WellId};

/// The combinations of a plan, in their order. Each is made when it is come to; a copy shares what they are made of.
#[derive(Clone)]
pub struct Combinations(Source);

#[derive(Clone)]
enum Source {
    /// Put together by hand, as those of a trial.
    Listed(Arc<[CombinationPlan]>),
    OfPlate(Arc<OfPlate>),
}

/// What makes combinations of the wells of a plate.
struct OfPlate {
    chosen: Arc<ChosenWells>,
    sequential: Vec<Component>,
    parts: Vec<Together>,
    kinds: Vec<Kind>,
}

/// Wells whose images are processed together; each has some.
struct Together {
    wells: Vec<WellId>,
    /// Those that begin with the first combination: the wells themselves, and those without images that stand before them.
    begins: Vec<WellId>,
    /// Those without images that begin with the last combination, because no other follows.
    ends: Vec<WellId>,
    kind: usize,
    /// Number of combinations before these.
    first_index: usize,
}

/// Parts of which the wells are alike, one by one.
struct Kind {
    /// The first of them.
    part: usize,
    combinations: usize,
}

/// Combinations that follow each other and are of the same wells: one part of several, which share no well.
#[derive(Clone, Copy)]
pub(in crate::plan) struct Part<'a> {
    of: &'a Source,
    at: usize,
}

impl Combinations {
    /// Of the wells of a plate: well after well (or so many together as chosen), the first component outermost, values in
    /// numeric order. Only those that exist.
    pub(in crate::plan) fn of_wells(chosen: &Arc<ChosenWells>, spec: &RunSpec) -> Self {
        let wells: Vec<WellId> = chosen.wells().iter().copied().collect();
        let together = wells.chunks(spec.wells_at_once.max(1)).map(<[WellId]>::to_vec);
        Self::of_parts(chosen, &spec.sequential, together)
    }

    fn of_parts(
        chosen: &Arc<ChosenWells>,
        sequential: &[Component],
        together: impl Iterator<Item = Vec<WellId>>,
    ) -> Self {
        let plate = chosen.plate();
        let (mut parts, mut kinds): (Vec<Together>, Vec<Kind>) = (Vec::new(), Vec::new());
        let mut kind_of: HashMap<Vec<usize>, usize> = HashMap::new();
        let (mut begins, mut first_index) = (Vec::new(), 0);
        for mut wells in together {
            begins.extend_from_slice(&wells);
            wells.retain(|well| !plate.images_of(*well).is_empty());
            // Wells without any image begin, and are done, with the next that has some.
            if wells.is_empty() {
                continue;
            }
            let alike = wells.iter().map(|well| chosen.kind(*well)).collect();
            let kind = *kind_of.entry(alike).or_insert_with(|| {
                let images = wells.iter().flat_map(|well| plate.images_of(*well));
                let values: BTreeSet<_> = images.map(|image| values_of(image.key(), sequential)).collect();
                kinds.push(Kind { part: parts.len(), combinations: values.len() });
                kinds.len() - 1
            });
            parts.push(Together {
                wells,
                begins: std::mem::take(&mut begins),
                ends: Vec::new(),
                kind,
                first_index,
            });
            first_index += kinds[kind].combinations;
        }
        if let Some(last) = parts.last_mut() {
            last.ends = begins;
        }
        let (chosen, sequential) = (Arc::clone(chosen), sequential.to_vec());
        Self(Source::OfPlate(Arc::new(OfPlate { chosen, sequential, parts, kinds })))
    }

    /// The same of these of its wells alone. Images of other wells of a combination go, and nothing else changes.
    #[must_use]
    pub(in crate::plan) fn narrowed(&self, wells: &BTreeSet<WellId>) -> Self {
        let of_these = |all: &[WellId]| -> Vec<WellId> {
            all.iter().copied().filter(|well| wells.contains(well)).collect()
        };
        match &self.0 {
            Source::OfPlate(of) => {
                let parts = of.parts.iter().flat_map(|part| [of_these(&part.begins), of_these(&part.ends)]);
                Self::of_parts(&of.chosen, &of.sequential, parts)
            }
            Source::Listed(listed) => {
                let is_of_these = |one: &&CombinationPlan| one.id.wells().any(|well| wells.contains(&well));
                listed.iter().filter(is_of_these).cloned().collect::<Vec<_>>().into()
            }
        }
    }

    /// Goes through them.
    pub fn iter(&self) -> impl Iterator<Item = CombinationPlan> + '_ {
        self.parts().flat_map(Part::combinations)
    }

    /// Where the pixels of all their images are.
    pub(crate) fn sources(&self) -> impl Iterator<Item = ImageSource> + '_ {
        self.parts().flat_map(Part::sources)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Source::Listed(listed) => listed.len(),
            Source::OfPlate(of) => of.parts.iter().map(|part| of.kinds[part.kind].combinations).sum(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All wells, those without images, too.
    pub(in crate::plan) fn wells(&self) -> BTreeSet<WellId> {
        match &self.0 {
            Source::Listed(listed) => {
                let begin = listed.iter().flat_map(|one| &one.begins).map(|begins| begins.well);
                begin.chain(listed.iter().flat_map(|one| one.id.wells())).collect()
            }
            Source::OfPlate(of) => {
                of.parts.iter().flat_map(|part| part.begins.iter().chain(&part.ends)).copied().collect()
            }
        }
    }

    /// Its parts: wells that are processed together and done before the next begin.
    pub(in crate::plan) fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let count = match &self.0 {
            Source::Listed(listed) => usize::from(!listed.is_empty()),
            Source::OfPlate(of) => of.parts.len(),
        };
        (0..count).map(|at| Part { of: &self.0, at })
    }

    /// One part of each kind, in the order of [`Part::kind`]. What is worked out of its combinations holds of all parts of the
    /// kind, but for the wells and the files.
    pub(in crate::plan) fn alike(&self) -> impl Iterator<Item = Alike> + '_ {
        let firsts: Vec<usize> = match &self.0 {
            Source::Listed(listed) => (0..usize::from(!listed.is_empty())).collect(),
            Source::OfPlate(of) => of.kinds.iter().map(|kind| kind.part).collect(),
        };
        firsts.into_iter().map(|at| Part { of: &self.0, at }.alike())
    }
}

impl<'a> Part<'a> {
    /// The number of its kind, which it shares with the parts that are like it.
    pub(in crate::plan) fn kind(self) -> usize {
        match self.of {
            Source::Listed(_) => 0,
            Source::OfPlate(of) => of.parts[self.at].kind,
        }
    }

    fn sources(self) -> Box<dyn Iterator<Item = ImageSource> + 'a> {
        match self.of {
            Source::Listed(listed) => {
                Box::new(listed.iter().flat_map(|one| &one.images).map(|image| image.source.clone()))
            }
            Source::OfPlate(of) => {
                let images = of.parts[self.at].wells.iter().flat_map(move |well| of.chosen.files_of(*well));
                Box::new(images.map(|(image, _)| image.source.clone()))
            }
        }
    }

    /// Where its images lie, as far as that is known. Wells that are alike may lie otherwise.
    pub(in crate::plan) fn positions(self) -> Box<dyn Iterator<Item = (ImageKey, SitePosition)> + 'a> {
        match self.of {
            Source::Listed(listed) => {
                let images = listed.iter().flat_map(|one| &one.images);
                Box::new(images.filter_map(|image| Some((image.key, image.position?))))
            }
            Source::OfPlate(of) => {
                let images = of.parts[self.at].wells.iter().flat_map(move |well| of.chosen.of_well(*well));
                Box::new(images.filter_map(|image| Some((image.image.key(), image.position?))))
            }
        }
    }

    /// The wells of its images, in their order.
    pub(in crate::plan) fn wells(self) -> Vec<WellId> {
        match self.of {
            Source::Listed(listed) => {
                let wells: BTreeSet<WellId> = listed.iter().flat_map(|one| one.id.wells()).collect();
                wells.into_iter().collect()
            }
            Source::OfPlate(of) => of.parts[self.at].wells.clone(),
        }
    }

    /// Its combinations, with the wells that begin with them.
    pub(in crate::plan) fn combinations(self) -> Vec<CombinationPlan> {
        let (of, part) = match self.of {
            Source::Listed(listed) => return listed.to_vec(),
            Source::OfPlate(of) => (of, &of.parts[self.at]),
        };
        let mut combinations = of.made(part).combinations;
        let begins = part.begins.iter().map(|well| begun(&of.chosen, *well, &combinations)).collect();
        if let Some(first) = combinations.first_mut() {
            first.begins = begins;
        }
        if let Some(last) = combinations.last_mut() {
            last.begins.extend(part.ends.iter().map(|well| begun(&of.chosen, *well, &[])));
        }
        combinations
    }

    fn alike(self) -> Alike {
        match self.of {
            Source::Listed(listed) => {
                let places =
                    (0..).zip(listed.iter()).flat_map(|(at, one)| one.images.iter().map(move |_| at));
                Alike::new(Made { combinations: listed.to_vec(), places: places.collect() })
            }
            Source::OfPlate(of) => Alike::new(of.made(&of.parts[self.at])),
        }
    }

    /// What its combinations are called, given those of the part of its kind.
    pub(in crate::plan) fn ids(self, alike: &Alike) -> Vec<CombinationId> {
        let (of, part) = match self.of {
            Source::Listed(listed) => return listed.iter().map(|one| one.id.clone()).collect(),
            Source::OfPlate(of) => (of, &of.parts[self.at]),
        };
        let of_kind = &of.parts[of.kinds[part.kind].part].wells;
        let wells: HashMap<WellId, WellId> =
            of_kind.iter().copied().zip(part.wells.iter().copied()).collect();
        let well = |known: &WellId| wells.get(known).copied().unwrap_or(*known);
        let id = |(nth, one): (usize, &CombinationPlan)| CombinationId {
            index: part.first_index + nth,
            well: well(&one.id.well),
            more_wells: one.id.more_wells.iter().map(well).collect(),
            values: one.id.values.clone(),
        };
        alike.combinations.iter().enumerate().map(id).collect()
    }

    /// In what each combination differs from that of the part of the same kind.
    pub(in crate::plan) fn particulars(self, alike: &Alike) -> Vec<Particulars> {
        let (of, part) = match self.of {
            Source::Listed(listed) => {
                let mut all =
                    alike.particulars(listed.iter().flat_map(|one| &one.images).map(FileNeeds::of_planned));
                for (particulars, one) in all.iter_mut().zip(listed.iter()) {
                    particulars.begins = one.begins.iter().any(|well| well.combinations > 0);
                    particulars.told_missing = one.begins.iter().map(|well| well.missing.len()).sum();
                }
                return all;
            }
            Source::OfPlate(of) => (of, &of.parts[self.at]),
        };
        let images = part.wells.iter().flat_map(|well| of.chosen.files_of(*well));
        let mut all = alike.particulars(images.map(FileNeeds::of));
        let told = |wells: &[WellId]| wells.iter().map(|well| of.chosen.listed_missing(*well)).sum::<usize>();
        if let Some(first) = all.first_mut() {
            first.begins = true;
            first.told_missing += told(&part.begins);
        }
        if let Some(last) = all.last_mut() {
            last.told_missing += told(&part.ends);
        }
        all
    }
}

impl OfPlate {
    fn made(&self, part: &Together) -> Made {
        Made::of(&self.chosen, &part.wells, &self.sequential, part.first_index)
    }
}

impl Default for Combinations {
    /// None.
    fn default() -> Self {
        Vec::new().into()
    }
}

impl From<Vec<CombinationPlan>> for Combinations {
    fn from(listed: Vec<CombinationPlan>) -> Self {
        Self(Source::Listed(listed.into()))
    }
}

impl PartialEq for Combinations {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Combinations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} combinations", self.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::image::{ImageFormat, PixelType};
    use crate::pipeline::steps::{Placement, Stitching};
    use crate::pipeline::{PipelineSpec, PipelineStep, Step};
    use crate::plan::{Forecast, Mode, Plan, Work};
    use crate::plate::{MissingImage, PlateImage, PlateLayout, SitePositions};

    /// A plate of six wells, of which some images are not there and some are of another size.
    fn plan_of(gone: &[usize], odd: &[usize], missing: &[usize], spec: &RunSpec) -> Plan {
        let layout = PlateLayout { wells: 6, sites: 2, planes: 2, timepoints: 2, ..PlateLayout::default() };
        let (mut plate, _) = layout.plate();
        let keys: Vec<ImageKey> = plate.images.iter().map(PlateImage::key).collect();
        let is_in = |places: &[usize], key: ImageKey| places.iter().any(|at| keys[at % keys.len()] == key);
        plate.images.retain(|image| !is_in(gone, image.key()) && !is_in(missing, image.key()));
        let mut absent: Vec<ImageKey> = missing.iter().map(|at| keys[at % keys.len()]).collect();
        absent.sort_unstable();
        absent.dedup();
        for key in absent {
            *plate.missing_by_well.entry(key.well).or_default() += 1;
            plate.missing.push(MissingImage { key, file: None, why: "of this test".into() });
        }
        let format = |key| match is_in(odd, key) {
            true => ImageFormat::grey(64, 32, PixelType::U8),
            false => layout.format(),
        };
        // No stage comes to rest twice at the same place.
        plate.site_positions = SitePositions::default();
        for key in keys.iter().copied() {
            let (site, aside_um) =
                (f64::from(key.site.unwrap_or(1)), f64::from(key.well.row * 3 + key.well.column) * 0.7);
            plate.site_positions.add(key, SitePosition { x_um: site * (20.0 + aside_um), y_um: 0.0 });
        }
        let measured = plate.images.iter().map(|image| (image.key(), Ok(format(image.key())))).collect();
        let wells = plate.wells();
        Plan::new(&Arc::new(plate), &Arc::new(measured), &wells, spec).expect("a plan")
    }

    /// Takes images of other wells out of combinations, and leaves nothing that is empty.
    fn narrowed(all: &Combinations, wells: &BTreeSet<WellId>) -> Vec<CombinationPlan> {
        let mut left: Vec<CombinationPlan> = Vec::new();
        let mut begins = Vec::new();
        for mut one in all.iter() {
            begins.extend(one.begins.drain(..).filter(|begins| wells.contains(&begins.well)));
            one.images.retain(|image| wells.contains(&image.key.well));
            one.missing.retain(|key| wells.contains(&key.well));
            let ids: BTreeSet<WellId> = one.id.wells().filter(|well| wells.contains(well)).collect();
            let mut ids = ids.into_iter();
            let Some(first) = ids.next() else { continue };
            (one.id.index, one.id.well, one.id.more_wells) = (left.len(), first, ids.collect());
            one.begins = std::mem::take(&mut begins);
            left.push(one);
        }
        if let Some(last) = left.last_mut() {
            last.begins.append(&mut begins);
        }
        left
    }

    fn stitching() -> PipelineSpec {
        let step = Step::Stitching(Stitching { placement: Placement::StagePositions });
        PipelineSpec::of(vec![PipelineStep { step, keep_images: true }])
    }

    #[test]
    fn where_wells_lie_tells_them_apart_only_where_a_step_goes_by_it() {
        let kinds = |pipeline| plan_of(&[], &[], &[], &RunSpec::plain(pipeline)).combinations.alike().count();
        assert_eq!((kinds(PipelineSpec::default()), kinds(stitching())), (1, 6));
    }

    proptest! {
        /// Whatever is worked out of wells that are alike is what is worked out of each combination by itself.
        #[test]
        fn alike_wells_are_gone_through_once_and_nothing_is_otherwise(
            gone in prop::collection::vec(0..96_usize, 0..6),
            odd in prop::collection::vec(0..96_usize, 0..4),
            missing in prop::collection::vec(0..96_usize, 0..4),
            sequential in prop::sample::subsequence(vec![Component::Channel, Component::Site, Component::Timepoint], 0..=3),
            wells_at_once in 1..4_usize,
            read_ahead in any::<bool>(),
            is_stitched in any::<bool>(),
            chosen in prop::collection::vec(0..6_usize, 1..6),
        ) {
            let pipeline = if is_stitched { stitching() } else { PipelineSpec::default() };
            let sequential: Vec<Component> =
                sequential.into_iter().filter(|one| !is_stitched || *one != Component::Site).collect();
            let mode = if sequential.is_empty() { Mode::Bulk } else { Mode::Sequential };
            let spec = RunSpec { mode, sequential, wells_at_once, read_ahead, ..RunSpec::plain(pipeline) };
            let plan = plan_of(&gone, &odd, &missing, &spec);
            let all: Vec<CombinationPlan> = plan.combinations.iter().collect();
            prop_assert_eq!(plan.combinations.len(), all.len());
            prop_assert!(all.iter().enumerate().all(|(at, one)| one.id.index == at));
            let listed: Combinations = all.into();
            let known = (plan.forecast, (*plan.course).clone());
            prop_assert_eq!(known, Forecast::of(&listed, &plan.spec, &plan.pipeline));
            prop_assert_eq!(plan.work(), Work::of(&listed, &plan.spec, &plan.pipeline));
            let by_hand = Plan { combinations: listed, ..plan.without_work() };
            prop_assert_eq!(plan.work_of_wells(), by_hand.work_of_wells());
            let all_wells: Vec<WellId> = plan.wells().into_iter().collect();
            let some: BTreeSet<WellId> = chosen.iter().map(|at| all_wells[at % all_wells.len()]).collect();
            let expected = narrowed(&plan.combinations, &some);
            prop_assert_eq!(plan.narrowed(&some).combinations.iter().collect::<Vec<_>>(), expected);
        }
    }
}

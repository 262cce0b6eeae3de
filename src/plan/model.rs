//! The ordered work of one run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::combinations::Alike;
use super::prospect::Prospect;
use super::spec::one_well;
use super::time::combinations_of_trial;
use super::{
    AfterClear, Combinations, Conflict, Forecast, Intermediates, KeptLayout, Mode, PlanCourse, PlanError,
    PlateFacts, RunSpec, StepCounts, WellWork, Work, conflicts, single_valued,
};
use crate::image::Compression;
use crate::pipeline::ResolvedPipeline;
use crate::plate::{Component, ImageKey, Measured, PixelSizes, Plate, PlateIdentity, SaveAs, WellId};

/// The ordered work of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The plate that the plan is for, as records name it.
    pub plate: PlateIdentity,
    /// What its kept images say of it.
    pub facts: PlateFacts,
    /// What the user chose. `sequential` holds only the components that are used.
    pub spec: RunSpec,
    /// The pipeline that was chosen, with what its steps need to know of the plate.
    pub pipeline: ResolvedPipeline,
    /// The work, in order: well after well (or so many at once as chosen), the first sequential
    /// component outermost. A worker is given it piece by piece.
    #[serde(skip)]
    pub combinations: Combinations,
    /// How its kept images are named and placed.
    pub layout: KeptLayout,
    /// What it will need, without resting memory (see [`Forecast::with_resting`]).
    pub forecast: Forecast,
    /// How it comes to that, without resting memory. A worker is not told.
    #[serde(skip)]
    pub course: Arc<PlanCourse>,
    /// What the user should know about the choice, in sentences.
    pub notes: Vec<String>,
}

/// A plan in numbers, for events, records and the window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanSummary {
    /// Name of the plate.
    pub plate: String,
    /// All at once or one at a time.
    pub mode: Mode,
    /// Components taken one value at a time.
    pub sequential: Vec<Component>,
    /// The wells that the run processes.
    pub wells: Vec<WellId>,
    /// Number of combinations.
    pub combinations: usize,
    /// Number of images to preload.
    pub images: usize,
    /// The most images in memory at once.
    pub images_at_once: usize,
    /// The steps with their settings, in words.
    pub steps: Vec<String>,
    /// Groups that each step will work on, over the whole run.
    pub step_groups: Vec<usize>,
    /// Outputs that will be saved, over the whole run.
    pub outputs: usize,
    /// Number of threads.
    pub threads: usize,
    /// Memory after a clear.
    pub after_clear: AfterClear,
    /// Images after their last use.
    pub intermediates: Intermediates,
    /// Wells whose images are processed together.
    #[serde(default = "one_well")]
    pub wells_at_once: usize,
    /// Whether the next combination is read while the present one is worked on.
    #[serde(default)]
    pub read_ahead: bool,
    /// Compression of the images that are kept.
    #[serde(default)]
    pub compression: Compression,
    /// The form in which images are kept.
    #[serde(default)]
    pub save_as: SaveAs,
    /// Size of a pixel of each channel of the plate, where known.
    #[serde(default)]
    pub pixel_sizes: PixelSizes,
    /// Channel number to name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub channel_names: BTreeMap<u32, String>,
}

impl Plan {
    /// Plans a run of the given wells, which must have been measured.
    pub fn new(
        plate: &Arc<Plate>,
        measured: &Arc<Measured>,
        wells: &BTreeSet<WellId>,
        spec: &RunSpec,
    ) -> Result<Self, PlanError> {
        Self::of(&Prospect::new(plate, measured, wells, spec)?, spec)
    }

    /// The plan of one choice among those that share a prospect: of `spec` mode and components alone may be another than the
    /// prospect's.
    pub(super) fn of(prospect: &Prospect, spec: &RunSpec) -> Result<Self, PlanError> {
        let Prospect { chosen, pipeline, facts, remarks, further_sets } = prospect;
        let plate = chosen.plate();
        let mut spec = spec.clone();
        if spec.save_as == SaveAs::OmeZarr {
            // What the form is, whatever is chosen for TIFFs.
            spec.compression = Compression::Zstd;
        }
        let mut notes = Vec::new();
        spec.sequential = match spec.mode {
            Mode::Bulk => {
                conflict_of(&spec)?;
                Vec::new()
            }
            Mode::Sequential => usable_components(plate, &spec, &mut notes)?,
        };
        notes.extend(remarks.iter().cloned());
        let combinations = Combinations::of_wells(chosen, &spec);
        notes.extend(super::repeated::repeated(&combinations));
        let (forecast, course) = Forecast::of_sets(&combinations, &spec, pipeline, *further_sets);
        let layout = KeptLayout::of(chosen, &spec, pipeline, &combinations);
        Ok(Self {
            plate: plate.identity(),
            facts: facts.clone(),
            spec,
            pipeline: pipeline.clone(),
            combinations,
            layout,
            forecast,
            course: Arc::new(course),
            notes,
        })
    }

    /// What there is to do.
    pub fn work(&self) -> Work {
        let mut work = Work::beside(&self.pipeline);
        work += self.course.work();
        work
    }

    /// A plan of the first images in combinations of several sizes, up to this many bytes of pixels, to try how fast they go:
    /// of as many as are forecast to need no more memory than this, beside what a worker has at rest. It has no combinations
    /// where one image alone needs more.
    #[must_use]
    pub fn trial(&self, most_bytes: u64, most_memory_bytes: u64) -> Self {
        let mut bytes = most_bytes;
        loop {
            let combinations: Combinations =
                combinations_of_trial(&self.combinations, &self.spec.pipeline, bytes).into();
            let (forecast, course) = Forecast::of(&combinations, &self.spec, &self.pipeline);
            if !combinations.is_empty() && forecast.above_resting_bytes() <= most_memory_bytes {
                return Self { combinations, forecast, course: Arc::new(course), ..self.without_work() };
            }
            if bytes == 0 {
                return self.without_work();
            }
            bytes /= 2;
        }
    }

    /// The same plan without its combinations, which a worker is given piece by piece.
    #[must_use]
    pub fn without_work(&self) -> Self {
        Self {
            plate: self.plate.clone(),
            facts: self.facts.clone(),
            spec: self.spec.clone(),
            pipeline: self.pipeline.clone(),
            combinations: Combinations::default(),
            layout: self.layout.clone(),
            forecast: self.forecast,
            course: Arc::default(),
            notes: self.notes.clone(),
        }
    }

    /// All its wells, those without images, too.
    pub(crate) fn wells(&self) -> BTreeSet<WellId> {
        self.combinations.wells()
    }

    /// The same plan of these of its wells alone. Images of other wells of a combination go, and nothing else changes.
    #[must_use]
    pub(crate) fn narrowed(&self, wells: &BTreeSet<WellId>) -> Self {
        let combinations = self.combinations.narrowed(wells);
        let (forecast, course) = Forecast::of(&combinations, &self.spec, &self.pipeline);
        Self { combinations, forecast, course: Arc::new(course), ..self.without_work() }
    }

    /// What there is to do in each of its wells, those without images, too.
    pub(crate) fn work_of_wells(&self) -> BTreeMap<WellId, WellWork> {
        let steps = self.pipeline.steps().len();
        let none = WellWork { steps: vec![StepCounts::default(); steps], ..WellWork::default() };
        let mut works: BTreeMap<WellId, WellWork> =
            self.wells().into_iter().map(|well| (well, none.clone())).collect();
        // Of wells that are alike, each has as much to do as the others.
        let of_kind = |alike: Alike| {
            let mut of_wells: BTreeMap<WellId, WellWork> = BTreeMap::new();
            for combination in &alike.combinations {
                for well in combination.id.wells() {
                    of_wells.entry(well).or_insert_with(|| none.clone());
                }
                // Of wells that are processed together the first has what there is to do.
                if let Some(first) = of_wells.get_mut(&combination.id.well) {
                    first.add(combination, &self.pipeline);
                }
            }
            of_wells.into_values().collect::<Vec<_>>()
        };
        let kinds: Vec<Vec<WellWork>> = self.combinations.alike().map(of_kind).collect();
        for part in self.combinations.parts() {
            let of_wells = kinds.get(part.kind()).into_iter().flatten().cloned();
            works.extend(part.wells().into_iter().zip(of_wells));
        }
        works
    }

    /// The plan in numbers.
    pub fn summary(&self) -> PlanSummary {
        let steps = self.pipeline.steps();
        let works = self.work_of_wells();
        let sum = |of: &dyn Fn(&WellWork) -> usize| works.values().map(of).sum::<usize>();
        PlanSummary {
            plate: self.plate.name.clone(),
            mode: self.spec.mode,
            sequential: self.spec.sequential.clone(),
            wells: works.keys().copied().collect(),
            combinations: self.combinations.len(),
            images: sum(&|work| work.images),
            images_at_once: self.forecast.images_at_once,
            steps: steps.iter().map(|step| step.step().to_string()).collect(),
            step_groups: (0..steps.len()).map(|step| sum(&|work| work.steps[step].groups)).collect(),
            outputs: self.saved_steps().map(|step| sum(&|work| work.steps[step].results)).sum(),
            threads: self.spec.threads,
            after_clear: self.spec.after_clear,
            intermediates: self.spec.intermediates,
            wells_at_once: self.spec.wells_at_once,
            read_ahead: self.spec.read_ahead,
            compression: self.spec.compression,
            save_as: self.spec.save_as,
            pixel_sizes: self.facts.pixel_sizes.clone(),
            channel_names: self.facts.channel_names.clone(),
        }
    }

    /// The final result that an image takes part in.
    pub(crate) fn result_of(&self, key: ImageKey) -> ImageKey {
        self.result_after(usize::MAX, key)
    }

    /// What an image takes part in after a step; after the last, where there are not so many.
    pub(crate) fn result_after(&self, step_index: usize, key: ImageKey) -> ImageKey {
        let steps = self.pipeline.steps().iter().take(step_index.saturating_add(1));
        steps.fold(key, |key, step| step.step().result_of(key))
    }

    /// The steps whose images are hashed and, where kept, saved: the kept ones and the last.
    pub fn saved_steps(&self) -> impl Iterator<Item = usize> {
        let steps = self.pipeline.steps();
        (0..steps.len()).filter(|step| steps[*step].keep_images() || step + 1 == steps.len())
    }
}

/// The conflict of a component that was asked for, also where the mode makes no use of it.
fn conflict_of(spec: &RunSpec) -> Result<(), PlanError> {
    let wanted = |conflict: &Conflict| spec.sequential.contains(&conflict.component);
    match conflicts(&spec.pipeline).into_iter().find(wanted) {
        Some(conflict) => Err(PlanError::Conflict(conflict)),
        None => Ok(()),
    }
}

/// The components that will be used one value at a time: those asked for, without repeats and
/// without those that have a single value.
fn usable_components(
    plate: &Plate,
    spec: &RunSpec,
    notes: &mut Vec<String>,
) -> Result<Vec<Component>, PlanError> {
    conflict_of(spec)?;
    let single = single_valued(plate);
    let mut usable = Vec::new();
    for &component in &spec.sequential {
        if usable.contains(&component) {
            notes.push(format!("{} is named twice; once is enough.", component.title()));
        } else if single.contains(&component) {
            notes.push(format!(
                "{} has a single value on this plate: one at a time makes no difference, so it is ignored.",
                component.title()
            ));
        } else {
            usable.push(component);
        }
    }
    Ok(usable)
}

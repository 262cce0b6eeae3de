//! What a run will do, and what it will need, worked out before it begins.
//!
//! A [`Plan`] is the ordered work of one run: wells, combinations, images. It follows from plate,
//! pipeline and mode alone; bulk and sequential are two orders over the same images. The forecast
//! follows from the plan by the rules that the engine follows, because both use the same `schedule`.
//! Nothing here does IO or reads a clock.

mod choices;
mod combinations;
mod forecast;
mod kept;
mod outlook;
mod remedies;
mod resolve;
mod schedule;
mod tables;
mod title;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use choices::{Basis, Choice, Conflict, conflicts, single_valued};
pub use forecast::Forecast;
pub use kept::{KeptPlate, KeptStep, KeptSteps, PlateFacts};
pub use outlook::Outlook;
pub use remedies::{Remedy, RemedyKind};
pub use resolve::PlateImages;
pub use schedule::{Group, Item, StepCounts, execution_order, groups, in_hand, reservations, results};
pub use tables::{TableKind, TableStep};
pub use title::{components_text, run_title};
pub use work::{Pace, Paces, PhaseSecs, SecsRange, Standing, Work};

use crate::image::{Compression, ImageFormat};
use crate::paging;
pub use crate::paging::{AfterClear, Intermediates};
use crate::pipeline::{PipelineSpec, ResolvedPipeline};
use crate::plate::{
    Component, Fingerprint, Format, ImageKey, Measured, MissingImage, Plate, PlateIdentity, WellId,
};

/// How the images of a well are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// All at once.
    Bulk,
    /// One combination at a time.
    Sequential,
}

impl Mode {
    /// The name on the command line and in folder names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bulk => "bulk",
            Self::Sequential => "sequential",
        }
    }

    /// The name on screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Bulk => "All at once",
            Self::Sequential => "One at a time",
        }
    }
}

/// Everything that the user chooses about a run, but for the wells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunSpec {
    /// All at once or one at a time.
    pub mode: Mode,
    /// The components that are taken one value at a time, outermost first; not used in bulk.
    pub sequential: Vec<Component>,
    /// What is done to the images.
    pub pipeline: PipelineSpec,
    /// Memory after a clear.
    pub after_clear: AfterClear,
    /// Images after their last use.
    pub intermediates: Intermediates,
    /// Number of threads that work on images.
    pub threads: usize,
    /// Wells whose images are processed together; at least 1.
    #[serde(default = "one_well")]
    pub wells_at_once: usize,
    /// Whether the next combination is read while the one at hand is worked on.
    #[serde(default)]
    pub read_ahead: bool,
    /// Compression of the images that are kept.
    #[serde(default)]
    pub compression: Compression,
}

fn one_well() -> usize {
    1
}

impl RunSpec {
    /// Whether memory of single images goes back to the system before the combination is cleared.
    pub fn returns_early(&self) -> bool {
        paging::returns_early(self.after_clear, self.intermediates)
    }
}

/// One combination of a run: a well (or several that are processed together) and one value of each
/// sequential component (of none in bulk).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CombinationId {
    /// Its place in the run, from 0.
    pub index: usize,
    /// The well; the first, where several are processed together.
    pub well: WellId,
    /// The other wells that are processed together with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more_wells: Vec<WellId>,
    /// The value of each sequential component; empty in bulk.
    pub values: BTreeMap<Component, u32>,
}

impl CombinationId {
    /// All its wells.
    pub fn wells(&self) -> impl Iterator<Item = WellId> {
        std::iter::once(self.well).chain(self.more_wells.iter().copied())
    }

    /// `A01`, or `A01 and 3 more wells`.
    pub fn wells_text(&self) -> String {
        match self.more_wells.len() {
            0 => self.well.to_string(),
            1 => format!("{} and {}", self.well, self.more_wells[0]),
            more => format!("{} and {more} more wells", self.well),
        }
    }
}

/// `A01 · channel 2 · timepoint 1`, or `A01 · all at once`.
impl fmt::Display for CombinationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.wells_text())?;
        if self.values.is_empty() {
            write!(f, " · all at once")?;
        }
        for (component, value) in &self.values {
            write!(f, " · {component} {value}")?;
        }
        Ok(())
    }
}

/// One image to preload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedImage {
    /// What it is.
    pub key: ImageKey,
    /// Path relative to the plate folder.
    pub path: String,
    /// Zero-based page of the file.
    pub page: u32,
    /// Its size and type, or why its file could not be read.
    pub format: Result<ImageFormat, String>,
    /// Memory that decoding it takes beside its pixels, at most.
    pub decode_scratch_bytes: u64,
    /// Bytes of its pixels in the file.
    pub stored_bytes: u64,
}

/// A well as a run begins it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedWell {
    /// The well.
    pub well: WellId,
    /// How many combinations have images of it.
    pub combinations: usize,
    /// All images that the well should have and does not.
    pub missing: Vec<MissingImage>,
}

/// One combination with its images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CombinationPlan {
    /// Which one.
    pub id: CombinationId,
    /// The wells that begin with it; those before them are then done.
    pub begins: Vec<PlannedWell>,
    /// Its images, sorted by key.
    pub images: Vec<PlannedImage>,
    /// Images that belong to it and are missing, sorted.
    pub missing: Vec<ImageKey>,
}

/// The ordered work of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Absolute path of the plate folder.
    pub plate_root: PathBuf,
    /// Name of the plate.
    pub plate_name: String,
    /// Format of the plate.
    pub plate_format: Format,
    /// What the plate looks like.
    pub plate_fingerprint: Option<Fingerprint>,
    /// What its kept images say of it.
    pub facts: PlateFacts,
    /// What the user chose. `sequential` holds only the components that are used.
    pub spec: RunSpec,
    /// The pipeline that was chosen, with what its steps need to know of the plate.
    pub pipeline: ResolvedPipeline,
    /// The work, in order: well after well (or so many at once as chosen), the first sequential
    /// component outermost.
    pub combinations: Vec<CombinationPlan>,
    /// What it will need, without resting memory (see [`Forecast::with_resting`]).
    pub forecast: Forecast,
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
    /// The wells.
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
    /// Whether the next combination is read while the one at hand is worked on.
    #[serde(default)]
    pub read_ahead: bool,
    /// Compression of the images that are kept.
    #[serde(default)]
    pub compression: Compression,
}

/// Why a plan cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A sequential component is assembled by a step.
    #[error("{}", .0.why)]
    Conflict(Conflict),
    /// The pipeline cannot run.
    #[error("{0}")]
    Pipeline(String),
    /// Wells that the plate does not have images of.
    #[error("no images of well {}: the plate has images of {having}", list(.wells))]
    NoSuchWell {
        /// The wells asked for in vain.
        wells: Vec<WellId>,
        /// The wells that there are, in words.
        having: String,
    },
    /// There is nothing to preload.
    #[error("there are no images to process{0}")]
    NoImages(String),
}

fn list(wells: &[WellId]) -> String {
    wells.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl Plan {
    /// Plans a run of the given wells, which must have been measured.
    pub fn new(
        plate: &Plate,
        measured: &Measured,
        wells: &BTreeSet<WellId>,
        spec: &RunSpec,
    ) -> Result<Self, PlanError> {
        spec.pipeline.check().map_err(PlanError::Pipeline)?;
        let having = plate.wells();
        let unknown: Vec<_> = wells.difference(&having).copied().collect();
        if !unknown.is_empty() {
            const MOST_NAMED: usize = 8;
            let further = having.len().saturating_sub(MOST_NAMED);
            let mut having = list(&having.into_iter().take(MOST_NAMED).collect::<Vec<_>>());
            if further > 0 {
                having.push_str(&format!(" and {further} more"));
            }
            return Err(PlanError::NoSuchWell { wells: unknown, having });
        }
        let mut spec = spec.clone();
        let mut notes = Vec::new();
        spec.sequential = match spec.mode {
            Mode::Bulk => {
                conflict_of(&spec)?;
                Vec::new()
            }
            Mode::Sequential => usable_components(plate, &spec, &mut notes)?,
        };
        let images = PlateImages::of_wells(plate, wells);
        let pipeline = images.resolve(&spec.pipeline)?;
        for remark in pipeline.steps().iter().filter_map(|step| step.step().remark(&images)) {
            if !notes.contains(&remark) {
                notes.push(remark);
            }
        }
        let missing = plate.missing_of(wells);
        let combinations = combinations::of_wells(plate, measured, wells, &spec, missing);
        if combinations.is_empty() {
            let only_projections = if plate.images.is_empty() && !plate.projections.is_empty() {
                ": the plate holds ready-made projections only"
            } else {
                ""
            };
            return Err(PlanError::NoImages(only_projections.to_owned()));
        }
        let forecast = Forecast::of(&combinations, &spec, &pipeline);
        Ok(Self {
            plate_root: plate.root.clone(),
            plate_name: plate.name.clone(),
            plate_format: plate.format,
            plate_fingerprint: plate.fingerprint.clone(),
            facts: PlateFacts::of(plate),
            spec,
            pipeline,
            combinations,
            forecast,
            notes,
        })
    }

    /// The plate.
    pub fn plate(&self) -> PlateIdentity {
        PlateIdentity {
            root: self.plate_root.clone(),
            name: self.plate_name.clone(),
            format: self.plate_format,
            fingerprint: self.plate_fingerprint.clone(),
        }
    }

    /// What there is to do.
    pub fn work(&self) -> Work {
        Work::of(&self.combinations, &self.spec, &self.pipeline)
    }

    /// A plan of the first images, up to so many bytes of pixels, to try how fast they go.
    #[must_use]
    pub fn trial(&self, most_bytes: u64) -> Self {
        let combinations = work::of_trial(&self.combinations, most_bytes);
        let forecast = Forecast::of(&combinations, &self.spec, &self.pipeline);
        Self { combinations, forecast, ..self.without_work() }
    }

    /// The same plan without its combinations, which a worker is given piece by piece.
    #[must_use]
    pub fn without_work(&self) -> Self {
        Self {
            plate_root: self.plate_root.clone(),
            plate_name: self.plate_name.clone(),
            plate_format: self.plate_format,
            plate_fingerprint: self.plate_fingerprint.clone(),
            facts: self.facts.clone(),
            spec: self.spec.clone(),
            pipeline: self.pipeline.clone(),
            combinations: Vec::new(),
            forecast: self.forecast,
            notes: self.notes.clone(),
        }
    }

    /// Number of images to preload.
    pub fn image_count(&self) -> usize {
        self.combinations.iter().map(|combination| combination.images.len()).sum()
    }

    /// The plan in numbers.
    pub fn summary(&self) -> PlanSummary {
        let steps = self.pipeline.steps();
        let mut counts = vec![StepCounts::default(); steps.len()];
        for combination in &self.combinations {
            for (sum, counts) in counts.iter_mut().zip(combination.step_counts(&self.pipeline)) {
                sum.groups += counts.groups;
                sum.results += counts.results;
            }
        }
        PlanSummary {
            plate: self.plate_name.clone(),
            mode: self.spec.mode,
            sequential: self.spec.sequential.clone(),
            wells: self.combinations.iter().flat_map(|one| &one.begins).map(|well| well.well).collect(),
            combinations: self.combinations.len(),
            images: self.image_count(),
            images_at_once: self.forecast.images_at_once,
            steps: steps.iter().map(|step| step.step().to_string()).collect(),
            step_groups: counts.iter().map(|counts| counts.groups).collect(),
            outputs: self.saved_steps().map(|step| counts[step].results).sum(),
            threads: self.spec.threads,
            after_clear: self.spec.after_clear,
            intermediates: self.spec.intermediates,
            wells_at_once: self.spec.wells_at_once,
            read_ahead: self.spec.read_ahead,
            compression: self.spec.compression,
        }
    }

    /// The final result that an image takes part in.
    pub fn result_of(&self, key: ImageKey) -> ImageKey {
        self.pipeline.steps().iter().fold(key, |key, step| step.step().result_of(key))
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

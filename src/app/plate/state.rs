//! The open plate as the window sees it: what is on it, what is selected, what is chosen, and the
//! forecast of each choice. Changed by commands and events only.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::app::pipeline::history::PipelineHistory;
use crate::cancel::Cancel;
use crate::file_threads::FileThreads;
use crate::image::{ImageFormat, channel_colours};
use crate::pipeline::steps::Placement;
use crate::pipeline::{PipelineSpec, PipelineStep, Step};
use crate::plan::{self, Basis, Choice, Conflict, Outlook, PlanError, RunSpec, components_text};
use crate::plate::{Component, Measured, Plate, WellId, header_readers};

/// What is known of a well from the scan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WellFacts {
    /// Images of the stack.
    pub images: usize,
    /// Ready-made projections.
    pub projections: usize,
    /// Images that should be there and are not.
    pub missing: usize,
}

/// What is known of a component over the plate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentFacts {
    /// The component.
    pub component: Component,
    /// The names of its values on screen, in numeric order.
    pub names: Vec<String>,
    /// Whether all images have the same value, so that one at a time gains nothing.
    pub is_single: bool,
}

/// The forecast of every choice.
#[derive(Clone, Debug, Default)]
pub struct ForecastState {
    /// The choices, or why there are none; from the last time it was worked out.
    pub outlook: Option<Result<Outlook, String>>,
    /// Whether what it depends on has changed since.
    pub is_stale: bool,
    /// The computation under way.
    pub(crate) pending: Option<u64>,
}

impl ForecastState {
    /// Whether what is known is of something else than what is chosen now.
    pub fn is_awaited(&self) -> bool {
        self.is_stale || self.pending.is_some() || self.outlook.is_none()
    }
}

/// Everything that a forecast depends on, copied when it begins.
#[derive(Clone, Debug)]
pub struct ForecastRequest {
    /// The plate.
    pub plate: Arc<Plate>,
    /// Sizes of its images.
    pub measured: Arc<Measured>,
    /// The wells.
    pub wells: BTreeSet<WellId>,
    /// What is chosen; mode and components are ignored.
    pub spec: RunSpec,
    /// What is known beside.
    pub basis: Basis,
}

impl ForecastRequest {
    /// Works the choices out; takes milliseconds on a large plate.
    pub fn outlook(&self) -> Result<Outlook, PlanError> {
        Outlook::of(&self.plate, &self.measured, &self.wells, &self.spec, &self.basis)
    }
}

/// What a trial depends on, copied when it begins.
#[derive(Clone, Debug)]
pub struct TrialRequest {
    /// The plate and the sizes of its images, where one is open.
    pub plate: Option<(Arc<Plate>, Arc<Measured>)>,
    /// The wells.
    pub wells: BTreeSet<WellId>,
    /// What a run would do, all at once.
    pub spec: RunSpec,
    /// What a run may use.
    pub budget_bytes: Option<u64>,
}

/// Reading of sizes under way.
#[derive(Clone, Debug)]
pub(crate) struct Measuring {
    /// Tells its answers from those of an earlier one.
    pub(crate) generation: u64,
    /// All its wells.
    pub(crate) wells: BTreeSet<WellId>,
    /// The request to stop.
    pub(crate) cancel: Cancel,
}

/// The open plate.
#[derive(Clone, Debug)]
pub struct PlateState {
    /// What is on disk.
    pub plate: Arc<Plate>,
    /// The wells with images, projections or missing images.
    pub wells: BTreeMap<WellId, WellFacts>,
    /// The components, in the order in which they are shown.
    pub components: Vec<ComponentFacts>,
    /// Sizes of the images measured so far.
    pub measured: Arc<Measured>,
    /// Wells that have been measured.
    pub(crate) measured_wells: BTreeSet<WellId>,
    /// The formats of the measured images, the most frequent first.
    pub formats: Vec<(ImageFormat, usize)>,
    /// The threads that measure: of this plate alone, so that one that does not answer holds up no other.
    pub(crate) header_readers: FileThreads,
    /// The measuring under way.
    pub(crate) measuring: Option<Measuring>,
    /// Whether the last measuring failed; another selection tries again.
    pub(crate) has_failed_measuring: bool,
    /// The wells to process.
    pub selection: BTreeSet<WellId>,
    /// The components to take one value at a time, outermost first.
    pub sequential: Vec<Component>,
    /// Whether the user chose the components; until then the recommended ones are taken.
    pub is_chosen: bool,
    /// What is done to the images.
    pub pipeline: PipelineSpec,
    /// What it was before.
    pub history: PipelineHistory,
    /// The step up to which images are previewed; `None` for the last that can be.
    pub selected_step: Option<usize>,
    /// The file that a pipeline was last saved in or loaded from, and that pipeline.
    pub pipeline_file: Option<(PathBuf, PipelineSpec)>,
    /// The forecast.
    pub forecast: ForecastState,
}

impl PlateState {
    /// A plate that has just been opened, all wells selected.
    pub fn new(plate: Plate) -> Self {
        let mut wells: BTreeMap<WellId, WellFacts> = BTreeMap::new();
        for image in &plate.images {
            wells.entry(image.key.well).or_default().images += 1;
        }
        for projection in &plate.projections {
            wells.entry(projection.key.well).or_default().projections += 1;
        }
        for (well, missing) in &plate.missing_by_well {
            wells.entry(*well).or_default().missing = *missing;
        }
        let single = plan::single_valued(&plate);
        let components = [Component::Channel, Component::Site, Component::Timepoint, Component::Z]
            .into_iter()
            .map(|component| {
                // The values of the stack: those that only projections have cannot be chosen.
                let values: BTreeSet<u32> =
                    plate.images.iter().filter_map(|image| image.key.get(component)).collect();
                ComponentFacts {
                    component,
                    names: values.into_iter().map(|value| plate.value_name(component, value)).collect(),
                    is_single: single.contains(&component),
                }
            })
            .collect();
        let mut state = Self {
            selection: wells.iter().filter(|(_, facts)| facts.images > 0).map(|(well, _)| *well).collect(),
            plate: Arc::new(plate),
            wells,
            components,
            measured: Arc::default(),
            measured_wells: BTreeSet::new(),
            formats: Vec::new(),
            header_readers: header_readers(),
            measuring: None,
            has_failed_measuring: false,
            sequential: Vec::new(),
            is_chosen: false,
            pipeline: PipelineSpec::default(),
            history: PipelineHistory::default(),
            selected_step: None,
            pipeline_file: None,
            forecast: ForecastState { is_stale: true, ..ForecastState::default() },
        };
        state.sequential = state.free_components().into_iter().take(1).collect();
        state
    }

    /// The components that can be taken one value at a time.
    pub fn free_components(&self) -> Vec<Component> {
        let conflicts = self.conflicts();
        self.components
            .iter()
            .filter(|facts| !facts.is_single)
            .map(|facts| facts.component)
            .filter(|component| conflicts.iter().all(|conflict| conflict.component != *component))
            .collect()
    }

    /// The components that a step needs whole.
    pub fn conflicts(&self) -> Vec<Conflict> {
        plan::conflicts(&self.pipeline)
    }

    /// Why a component cannot be taken one value at a time; `None` where it can.
    pub fn reason_against(&self, facts: &ComponentFacts) -> Option<String> {
        if facts.is_single {
            return Some("only one value: nothing to gain".to_owned());
        }
        let conflicts = self.conflicts();
        let conflict = conflicts.iter().find(|conflict| conflict.component == facts.component)?;
        Some(format!("“{}” needs all its values together.", conflict.step))
    }

    /// The step that keeps a component from being taken one value at a time, where it is that and not
    /// the plate.
    pub fn step_against(&self, facts: &ComponentFacts) -> Option<Conflict> {
        let conflicts = self.conflicts();
        conflicts.into_iter().find(|conflict| conflict.component == facts.component && !facts.is_single)
    }

    /// A step with settings that suit this plate.
    pub fn fitted(&self, mut step: Step) -> Step {
        if let Step::Stitching(stitching) = &mut step
            && self.plate.site_positions.is_empty()
        {
            stitching.placement = Placement::USUAL_GRID;
        }
        if let Step::ColourComposite(composite) = &mut step {
            // As in the viewer.
            let channels = self.plate.values(Component::Channel);
            let names =
                channels.iter().map(|channel| self.plate.channel_names.get(channel).map(String::as_str));
            composite.colours = channels.iter().copied().zip(channel_colours(names)).collect();
        }
        step
    }

    /// Whether the sizes of all selected wells are known.
    pub fn is_measured(&self) -> bool {
        self.selection.is_subset(&self.measured_wells)
    }

    /// Whether the sizes of a well are known.
    pub fn is_measured_well(&self, well: WellId) -> bool {
        self.measured_wells.contains(&well)
    }

    /// The wells that still have to be measured.
    pub(crate) fn unmeasured(&self) -> BTreeSet<WellId> {
        self.selection.difference(&self.measured_wells).copied().collect()
    }

    /// Takes in the sizes of some wells, of which none was measured before.
    pub(crate) fn add_measured(&mut self, wells: BTreeSet<WellId>, measured: Measured) {
        for (format, count) in measured.formats() {
            match self.formats.iter_mut().find(|(known, _)| *known == format) {
                Some((_, known)) => *known += count,
                None => self.formats.push((format, count)),
            }
        }
        self.formats.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Arc::make_mut(&mut self.measured).extend(measured);
        self.measured_wells.extend(wells);
        self.measuring.take_if(|measuring| measuring.wells.is_subset(&self.measured_wells));
        self.forecast.is_stale = true;
    }

    /// Stops the measuring under way, if there is any.
    pub(crate) fn stop_measuring(&mut self) {
        if let Some(measuring) = self.measuring.take() {
            measuring.cancel.cancel();
        }
    }

    /// Stops the measuring under way where it has not to do with just the wells that are wanted, so
    /// that it begins again with those.
    pub(crate) fn follow_selection(&mut self) {
        self.has_failed_measuring = false;
        let is_other = |measuring: &Measuring| {
            !measuring.wells.iter().filter(|well| !self.measured_wells.contains(well)).eq(&self.unmeasured())
        };
        if self.measuring.as_ref().is_some_and(is_other) {
            self.stop_measuring();
        }
    }

    /// Images of the selected wells: those whose sizes are known, and all.
    pub fn measured_count(&self) -> (usize, usize) {
        let count = |wells: &mut dyn Iterator<Item = &WellId>| {
            wells.filter_map(|well| self.wells.get(well)).map(|facts| facts.images).sum()
        };
        (count(&mut self.selection.intersection(&self.measured_wells)), count(&mut self.selection.iter()))
    }

    /// The choice that is made now, where its forecast is known.
    pub fn chosen(&self) -> Option<&Choice> {
        let wanted: BTreeSet<Component> = self.sequential.iter().copied().collect();
        self.choices()?.iter().find(|choice| {
            choice.sequential.iter().copied().collect::<BTreeSet<_>>() == wanted && !wanted.is_empty()
        })
    }

    /// All at once, where its forecast is known.
    pub fn bulk(&self) -> Option<&Choice> {
        self.choices()?.iter().find(|choice| choice.sequential.is_empty())
    }

    /// The forecasts that are known.
    pub fn choices(&self) -> Option<&[Choice]> {
        Some(&self.outlook()?.choices)
    }

    /// All that is known before a run.
    pub fn outlook(&self) -> Option<&Outlook> {
        self.forecast.outlook.as_ref()?.as_ref().ok()
    }

    /// What to do where a choice is over budget: `Process channel one at a time: 2.8 GB.`
    pub fn fix(&self) -> Option<String> {
        self.outlook().filter(|_| !self.forecast.is_awaited())?.fix()
    }

    /// The selected well with the most images: memory is per well, so it stands for all.
    pub fn largest_well(&self) -> Option<WellId> {
        self.selection
            .iter()
            .copied()
            .filter(|well| self.wells.get(well).is_some_and(|facts| facts.images > 0))
            .max_by_key(|well| (self.wells[well].images, std::cmp::Reverse(*well)))
    }

    /// `channel and site one at a time`, or that nothing is chosen.
    pub fn choice_text(&self) -> String {
        if self.sequential.is_empty() {
            "nothing chosen".to_owned()
        } else {
            format!("{} one at a time", components_text(&self.sequential).to_ascii_lowercase())
        }
    }

    /// The steps that a preview goes through: up to the selected one, else all that can be previewed.
    pub fn previewed_steps(&self) -> &[PipelineStep] {
        let steps = &self.pipeline.steps;
        let count = match self.selected_step {
            Some(index) => index + 1,
            None => steps.iter().take_while(|step| step.step.check().is_ok()).count(),
        };
        &steps[..count.min(steps.len())]
    }

    /// Components that a changed pipeline no longer leaves free are taken out of the choice.
    pub(crate) fn drop_conflicts(&mut self) {
        let free = self.free_components();
        self.sequential.retain(|component| free.contains(component));
        self.forecast.is_stale = true;
    }
}

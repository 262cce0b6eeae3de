//! A plate that you do not have yet, as the window plans it: what it would contain, what each way of
//! processing it would need, and where to make it.

use std::path::PathBuf;

use super::inputs::ForecastInputs;
use super::messages::ForecastWork;
use super::planned_request::{PlannedKnown, PlannedPlateRequest};
use crate::app::memory::planned_ways::{planned_way, telling_ways};
use crate::app::outbox::Outbox;
use crate::app::plate::state::PlateState;
use crate::cancel::Cancel;
use crate::chart::Chart;
use crate::engine::Trial;
use crate::folders;
use crate::image::PixelType;
use crate::pipeline::PipelineSpec;
use crate::plan::{Basis, Mode, Outlook, RunSpec};
use crate::plate::{Component, PlateLayout};

/// A plate that is planned.
#[derive(Clone, Debug)]
pub struct PlannedPlate {
    /// What it would hold.
    pub layout: PlateLayout,
    /// The folder in which to make it, as it is typed.
    pub folder: String,
    /// Whether the folder is the one that was proposed, which follows the layout.
    is_proposed: bool,
    /// What each way would need, or why that cannot be worked out; of the last layout that was done.
    pub outlook: Option<Result<Outlook, String>>,
    /// The courses of the ways that tell its story, against budget and computer.
    pub chart: Chart,
    /// How fast this machine is with such images, and what it was tried with.
    trial: Option<(TrialKey, Trial)>,
    /// Whether something that it depends on has changed since.
    pub(crate) is_stale: bool,
    /// What is being worked out, and how to stop it.
    pending: Option<(u64, Cancel)>,
}

impl PlannedPlate {
    /// Whether numbers are still to come.
    pub fn is_pending(&self) -> bool {
        self.is_stale || self.pending.is_some()
    }
}

/// What a trial depends on.
#[derive(Clone, Debug, PartialEq)]
struct TrialKey {
    width: u32,
    height: u32,
    planes: u32,
    pixel: PixelType,
    pipeline: PipelineSpec,
    threads: usize,
}

impl TrialKey {
    fn of(layout: &PlateLayout, spec: &RunSpec) -> Self {
        let PlateLayout { width, height, planes, pixel, .. } = *layout;
        Self { width, height, planes, pixel, pipeline: spec.pipeline.clone(), threads: spec.threads }
    }
}

impl PlannedPlate {
    /// Begins to plan: from the open plate, else with the counts of the study.
    pub(super) fn from_plate(plate: Option<&PlateState>) -> Self {
        let layout = plate.and_then(layout_of).unwrap_or_else(PlateLayout::study);
        Self {
            folder: proposed_folder(&layout).display().to_string(),
            is_proposed: true,
            layout,
            outlook: None,
            chart: Chart::default(),
            trial: None,
            is_stale: true,
            pending: None,
        }
    }

    pub(super) fn set_layout(&mut self, layout: PlateLayout) {
        if self.layout != layout {
            if self.is_proposed {
                self.folder = proposed_folder(&layout).display().to_string();
            }
            self.layout = layout;
            self.is_stale = true;
            self.stop();
        }
    }

    pub(super) fn type_folder(&mut self, text: String) {
        self.folder = text;
        self.is_proposed = false;
    }

    /// What is to be made and where; `None` where it cannot be made.
    pub(super) fn to_make(&self) -> Option<(PlateLayout, PathBuf)> {
        let folder = self.folder.trim();
        (!folder.is_empty() && self.layout.check().is_ok()).then(|| (self.layout, PathBuf::from(folder)))
    }

    /// Begins to work the numbers out, where that is due: one at a time, so that a number that is
    /// dragged does not start a crowd of threads, and none beside a run.
    pub(super) fn begin(
        &mut self,
        inputs: &ForecastInputs<'_>,
        basis: impl FnOnce(Option<u64>) -> Basis,
        out: &mut Outbox,
    ) {
        if !self.is_stale || self.pending.is_some() {
            return;
        }
        let Ok(budget_bytes) = inputs.settings.budget_bytes() else { return };
        let (layout, spec) = (self.layout, spec(inputs));
        let tried = TrialKey::of(&layout, &spec);
        let earlier = self.trial.as_ref().filter(|(of, _)| *of == tried).map(|(_, trial)| trial.clone());
        // Beside a run a trial would disturb both.
        let trial = earlier.or_else(|| inputs.is_job_going.then(Trial::default));
        let request = Box::new(PlannedPlateRequest { layout, spec, basis: basis(budget_bytes), trial });
        let (generation, cancel) = (out.next_generation(), Cancel::new());
        self.is_stale = false;
        self.pending = Some((generation, cancel.clone()));
        out.work(ForecastWork::PlanPlate { generation, request, cancel });
    }

    pub(super) fn take_known(&mut self, generation: u64, known: PlannedKnown, inputs: &ForecastInputs<'_>) {
        if self.pending.as_ref().is_none_or(|(of, _)| *of != generation) {
            return;
        }
        if known.is_last {
            self.pending = None;
        }
        // What is of an earlier layout is not shown beside the present one.
        if !self.is_stale {
            self.trial = known
                .trial
                .map(|trial| (TrialKey::of(&self.layout, &spec(inputs)), trial))
                .or_else(|| self.trial.take());
            let choices = known.outlook.as_ref().map_or(&[][..], |outlook| &outlook.choices);
            let pipeline = spec(inputs).pipeline;
            let ways = telling_ways(choices).into_iter();
            self.chart = Chart {
                planned: ways.map(|choice| planned_way(choice, &pipeline, None)).collect(),
                budget_bytes: inputs.settings.budget_bytes().ok().flatten(),
                machine_bytes: inputs.settings.planned_machine().memory_bytes,
                ..Chart::default()
            };
            self.outlook = Some(known.outlook);
        }
    }

    /// Asks what is being worked out to stop; its last answer still comes.
    pub(super) fn stop(&self) {
        if let Some((_, cancel)) = &self.pending {
            cancel.cancel();
        }
    }
}

/// What a run of the planned plate would do.
fn spec(inputs: &ForecastInputs<'_>) -> RunSpec {
    let pipeline = inputs.plate.map(|plate| plate.pipeline.spec.clone()).unwrap_or_default();
    inputs.settings.spec(Mode::Bulk, Vec::new(), pipeline)
}

/// A layout with the counts of a plate; `None` where there is none.
fn layout_of(plate: &PlateState) -> Option<PlateLayout> {
    let (format, _) = plate.formats.first()?;
    let values = |component: Component| {
        let facts = plate.components.iter().find(|facts| facts.component == component);
        facts.map_or(1, |facts| u32::try_from(facts.names.len()).unwrap_or(u32::MAX)).max(1)
    };
    let wells = plate.wells.values().filter(|facts| facts.images > 0).count();
    let layout = PlateLayout {
        wells: u32::try_from(wells).unwrap_or(u32::MAX),
        channels: values(Component::Channel),
        timepoints: values(Component::Timepoint),
        sites: values(Component::Site),
        planes: values(Component::Z),
        width: format.width,
        height: format.height,
        pixel: format.pixel,
    };
    layout.check().is_ok().then_some(layout)
}

/// A folder of its own for each layout, among the plates that were made.
fn proposed_folder(layout: &PlateLayout) -> PathBuf {
    let PlateLayout { wells, channels, timepoints, sites, planes, width, height, pixel } = layout;
    let pixel = pixel.name();
    let name = format!("{wells} wells {channels}c {timepoints}t {sites}s {planes}z {width}x{height} {pixel}");
    folders::made_plates_dir().join(name)
}

//! A plate that is not there yet, as the window plans it: what it would hold, what each way of
//! processing it would need, and where to make it.

use std::path::{Path, PathBuf};

use crate::app::messages::Work;
use crate::app::state::AppState;
use crate::cancel::Cancel;
use crate::demo::DemoSpec;
use crate::engine::Trial;
use crate::folders;
use crate::image::PixelType;
use crate::pipeline::PipelineSpec;
use crate::plan::{Basis, Mode, Outlook, RunSpec};
use crate::plate::Component;
use crate::what_if;

/// A plate that is planned.
#[derive(Clone, Debug)]
pub struct PlannedPlate {
    /// What it would hold.
    pub layout: DemoSpec,
    /// The folder in which to make it, as it is typed.
    pub folder: String,
    /// Whether the folder is the one that was proposed, which follows the layout.
    is_proposed: bool,
    /// What each way would need, or why that cannot be worked out; of the last layout that was done.
    pub outlook: Option<Result<Outlook, String>>,
    /// How fast this machine is with such images, and what it was tried with.
    trial: Option<(Tried, Trial)>,
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
struct Tried {
    width: u32,
    height: u32,
    planes: u32,
    pixel: PixelType,
    pipeline: PipelineSpec,
    threads: usize,
}

impl Tried {
    fn of(layout: &DemoSpec, spec: &RunSpec) -> Self {
        let DemoSpec { width, height, planes, pixel, .. } = *layout;
        Self { width, height, planes, pixel, pipeline: spec.pipeline.clone(), threads: spec.threads }
    }
}

/// Everything that the numbers depend on, copied when the work begins.
#[derive(Clone, Debug)]
pub struct PlannedPlateRequest {
    /// What the plate would hold.
    pub layout: DemoSpec,
    /// What a run would do; mode and components are ignored.
    pub spec: RunSpec,
    /// What is known beside.
    pub basis: Basis,
    /// What an earlier trial of such images has shown.
    pub trial: Option<Trial>,
}

/// What is known of a planned plate.
#[derive(Clone, Debug)]
pub struct PlannedKnown {
    /// What each way would need, or why that cannot be worked out.
    pub outlook: Result<Outlook, String>,
    /// What a trial has shown, where one was made for it.
    pub trial: Option<Trial>,
    /// Whether no more is to come.
    pub is_last: bool,
}

impl PlannedPlateRequest {
    /// Works the numbers out and tells them: at once those that follow from sizes alone, then, after a
    /// trial, those with times.
    pub fn work_out(&self, program: &Path, cancel: &Cancel, tell: &dyn Fn(PlannedKnown) -> bool) {
        let mut basis = self.basis.clone();
        basis.paces = self.trial.as_ref().map(|trial| trial.paces.clone()).unwrap_or_default();
        let outlook = what_if::what_if(&self.layout, &self.spec, &basis);
        let is_last = self.trial.is_some() || outlook.is_err();
        if !tell(PlannedKnown { outlook: outlook.clone(), trial: None, is_last }) || is_last {
            return;
        }
        let budget = self.basis.budget_bytes;
        // Without a trial there are no times, and all else stands.
        let trial = what_if::trial(&self.layout, &self.spec, program, budget, cancel).unwrap_or_default();
        let outlook = outlook.map(|outlook| outlook.at_pace(&trial.paces, budget));
        tell(PlannedKnown { outlook, trial: Some(trial), is_last: true });
    }
}

impl AppState {
    /// Begins to plan: from the open plate, else with the counts of the study.
    pub(crate) fn plan_plate(&mut self) {
        let layout = self.layout_of_plate().unwrap_or_else(DemoSpec::study);
        self.planned_plate = Some(PlannedPlate {
            folder: proposed_folder(&layout).display().to_string(),
            is_proposed: true,
            layout,
            outlook: None,
            trial: None,
            is_stale: true,
            pending: None,
        });
    }

    fn layout_of_plate(&self) -> Option<DemoSpec> {
        let plate = self.plate.as_ref()?;
        let (format, _) = plate.formats.first()?;
        let values = |component: Component| {
            let facts = plate.components.iter().find(|facts| facts.component == component);
            facts.map_or(1, |facts| u32::try_from(facts.names.len()).unwrap_or(u32::MAX)).max(1)
        };
        let wells = plate.wells.values().filter(|facts| facts.images > 0).count();
        let layout = DemoSpec {
            wells: u32::try_from(wells).unwrap_or(u32::MAX),
            channels: values(Component::Channel),
            timepoints: values(Component::Timepoint),
            sites: values(Component::Site),
            planes: values(Component::Z),
            width: format.width,
            height: format.height,
            pixel: format.pixel,
            ..DemoSpec::default()
        };
        layout.check().is_ok().then_some(layout)
    }

    pub(crate) fn set_layout(&mut self, layout: DemoSpec) {
        let Some(planned) = &mut self.planned_plate else { return };
        if planned.layout != layout {
            if planned.is_proposed {
                planned.folder = proposed_folder(&layout).display().to_string();
            }
            planned.layout = layout;
            planned.is_stale = true;
            planned.stop();
        }
    }

    pub(crate) fn type_plate_folder(&mut self, text: String) {
        if let Some(planned) = &mut self.planned_plate {
            planned.folder = text;
            planned.is_proposed = false;
        }
    }

    pub(crate) fn close_planned(&mut self) {
        if let Some(planned) = self.planned_plate.take() {
            planned.stop();
        }
    }

    /// Makes the plate and opens it. A run that is going keeps the dialog open: it says why.
    pub(crate) fn make_plate(&mut self) {
        let Some(planned) = self.planned_plate.as_ref().filter(|_| self.job.is_none()) else { return };
        let folder = planned.folder.trim();
        if folder.is_empty() || planned.layout.check().is_err() {
            return;
        }
        let (layout, folder) = (planned.layout.clone(), PathBuf::from(folder));
        self.close_planned();
        self.write_demo(layout, folder);
    }

    /// Begins to work the numbers out, where that is due: one at a time, so that a number that is
    /// dragged does not start a crowd of threads, and none beside a run.
    pub(crate) fn begin_planned(&mut self) {
        let is_due = |planned: &&PlannedPlate| planned.is_stale && planned.pending.is_none();
        let Some(planned) = self.planned_plate.as_ref().filter(is_due) else { return };
        let Ok(budget_bytes) = self.budget_bytes() else { return };
        let layout = planned.layout.clone();
        let pipeline = self.plate.as_ref().map(|plate| plate.pipeline.clone()).unwrap_or_default();
        let spec = self.spec_of(Mode::Bulk, Vec::new(), pipeline);
        let tried = Tried::of(&layout, &spec);
        let earlier = planned.trial.as_ref().filter(|(of, _)| *of == tried).map(|(_, trial)| trial.clone());
        // Beside a run a trial would disturb both.
        let trial = earlier.or_else(|| self.job.is_some().then(Trial::default));
        let request = Box::new(PlannedPlateRequest { layout, spec, basis: self.basis(budget_bytes), trial });
        let generation = self.next_generation();
        let cancel = Cancel::new();
        if let Some(planned) = &mut self.planned_plate {
            planned.is_stale = false;
            planned.pending = Some((generation, cancel.clone()));
        }
        self.push_work(Work::PlanPlate { generation, request, cancel });
    }

    pub(crate) fn planned_known(&mut self, generation: u64, known: PlannedKnown) {
        let pipeline = self.plate.as_ref().map(|plate| plate.pipeline.clone()).unwrap_or_default();
        let spec = self.spec_of(Mode::Bulk, Vec::new(), pipeline);
        let Some(planned) = &mut self.planned_plate else { return };
        if planned.pending.as_ref().is_none_or(|(of, _)| *of != generation) {
            return;
        }
        if known.is_last {
            planned.pending = None;
        }
        // What is of an earlier layout is not shown beside the present one.
        if !planned.is_stale {
            planned.trial = known
                .trial
                .map(|trial| (Tried::of(&planned.layout, &spec), trial))
                .or_else(|| planned.trial.take());
            planned.outlook = Some(known.outlook);
        }
    }
}

impl PlannedPlate {
    /// Asks what is being worked out to stop; its last answer still comes.
    fn stop(&self) {
        if let Some((_, cancel)) = &self.pending {
            cancel.cancel();
        }
    }
}

/// A folder of its own for each layout, among the plates that were made.
fn proposed_folder(layout: &DemoSpec) -> PathBuf {
    let DemoSpec { wells, channels, timepoints, sites, planes, width, height, pixel, .. } = layout;
    let pixel = pixel.name();
    let name = format!("{wells} wells {channels}c {timepoints}t {sites}s {planes}z {width}x{height} {pixel}");
    folders::made_plates_dir().join(name)
}

//! The open plate as the window sees it: what is on it, what is selected, what is chosen and done to its
//! images. Changed by commands and events only.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::messages::{PlateCommand, PlateEvent, PlateWork};
use crate::app::log::{LogKind, issue_text};
use crate::app::outbox::{Fact, Outbox};
use crate::app::pipeline::state::PipelineState;
use crate::app::settings::state::SettingsState;
use crate::cancel::Cancel;
use crate::file_threads::FileThreads;
use crate::image::ImageFormat;
use crate::pipeline::Step;
use crate::plan::{self, Conflict, Mode, PlateImages, RunSpec, components_text};
use crate::plate::{Component, Measured, Plate, ScanIssue, WellId, distinct, header_readers};
use crate::quantity::count_text;

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

/// Reading of sizes under way.
#[derive(Clone, Debug)]
struct Measuring {
    /// Tells its answers from those of an earlier one.
    generation: u64,
    /// All its wells.
    wells: BTreeSet<WellId>,
    /// The request to stop.
    cancel: Cancel,
}

/// The open plate.
#[derive(Clone, Debug)]
pub struct PlateState {
    /// Tells it from the plates that were open before.
    pub id: u64,
    /// What is on disk.
    pub plate: Arc<Plate>,
    /// The wells with images, projections or missing images.
    pub wells: BTreeMap<WellId, WellFacts>,
    /// The components, in the order in which they are shown.
    pub components: Vec<ComponentFacts>,
    /// The numbers of all channels, those of ready-made projections, too, with their names on screen.
    pub channels: Vec<(u32, String)>,
    /// Sizes of the images measured so far.
    pub measured: Arc<Measured>,
    /// Wells that have been measured.
    measured_wells: BTreeSet<WellId>,
    /// The formats of the measured images, the most frequent first.
    pub formats: Vec<(ImageFormat, usize)>,
    /// What is odd about the images that were measured.
    pub image_issues: Vec<ScanIssue>,
    /// The threads that measure: of this plate alone, so that one that does not answer holds up no other.
    header_readers: FileThreads,
    /// The measuring under way.
    measuring: Option<Measuring>,
    /// Whether the last measuring failed; another selection tries again.
    has_failed_measuring: bool,
    /// The wells to process.
    pub selection: BTreeSet<WellId>,
    /// The components to take one value at a time, outermost first.
    pub sequential: Vec<Component>,
    /// Whether the user chose the components; until then the recommended ones are taken.
    pub is_chosen: bool,
    /// What is done to the images.
    pub pipeline: PipelineState,
}

/// The wells that can be selected.
pub(crate) fn wells_with_images(wells: &BTreeMap<WellId, WellFacts>) -> BTreeSet<WellId> {
    wells.iter().filter(|(_, facts)| facts.images > 0).map(|(well, _)| *well).collect()
}

impl PlateState {
    /// A plate that has just been opened, all wells selected; `id` tells it from those before.
    pub fn new(plate: Plate, id: u64) -> Self {
        let mut wells: BTreeMap<WellId, WellFacts> = BTreeMap::new();
        for well in plate.wells() {
            let facts = wells.entry(well).or_default();
            (facts.images, facts.projections) =
                (plate.images_of(well).len(), plate.projections_of(well).len());
        }
        for (well, missing) in &plate.missing_by_well {
            wells.entry(*well).or_default().missing = *missing;
        }
        let single = plan::single_valued(&plate);
        let components = [Component::Channel, Component::Site, Component::Timepoint, Component::Z]
            .into_iter()
            .map(|component| {
                // The values of the stack: those that only projections have cannot be chosen.
                let values = distinct(plate.images.iter().filter_map(|image| image.key().get(component)));
                ComponentFacts {
                    component,
                    names: values.into_iter().map(|value| plate.value_name(component, value)).collect(),
                    is_single: single.contains(&component),
                }
            })
            .collect();
        let channels = plate.values(Component::Channel).into_iter();
        let channels =
            channels.map(|channel| (channel, plate.value_name(Component::Channel, channel))).collect();
        let mut state = Self {
            id,
            selection: wells.iter().filter(|(_, facts)| facts.images > 0).map(|(well, _)| *well).collect(),
            plate: Arc::new(plate),
            wells,
            components,
            channels,
            measured: Arc::default(),
            measured_wells: BTreeSet::new(),
            formats: Vec::new(),
            image_issues: Vec::new(),
            header_readers: header_readers(),
            measuring: None,
            has_failed_measuring: false,
            sequential: Vec::new(),
            is_chosen: false,
            pipeline: PipelineState::default(),
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
        plan::conflicts(&self.pipeline.spec)
    }

    /// Why a component cannot be taken one value at a time; `None` where it can.
    pub(crate) fn reason_against(&self, facts: &ComponentFacts) -> Option<String> {
        if facts.is_single {
            return Some("only one value: nothing to gain".to_owned());
        }
        let conflicts = self.conflicts();
        let conflict = conflicts.iter().find(|conflict| conflict.component == facts.component)?;
        Some(format!("“{}” needs all its values together.", conflict.step))
    }

    /// The step that keeps a component from being taken one value at a time, where it is that and not
    /// the plate.
    pub(crate) fn step_against(&self, facts: &ComponentFacts) -> Option<Conflict> {
        let conflicts = self.conflicts();
        conflicts.into_iter().find(|conflict| conflict.component == facts.component && !facts.is_single)
    }

    /// A step with settings that suit this plate.
    pub fn fitted(&self, step: Step) -> Step {
        step.fitted(&PlateImages::of_plate(&self.plate))
    }

    /// Whether the sizes of all selected wells are known.
    pub(crate) fn is_measured(&self) -> bool {
        self.selection.is_subset(&self.measured_wells)
    }

    /// Whether the sizes of a well are known.
    pub(crate) fn is_measured_well(&self, well: WellId) -> bool {
        self.measured_wells.contains(&well)
    }

    /// The wells that still have to be measured.
    fn unmeasured(&self) -> BTreeSet<WellId> {
        self.selection.difference(&self.measured_wells).copied().collect()
    }

    /// Takes in the sizes of some wells, of which none was measured before.
    fn add_measured(&mut self, wells: BTreeSet<WellId>, measured: Measured) {
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
    }

    /// Once all selected wells are measured: what is odd about their images, and what of that is new to the log.
    fn find_image_issues(&mut self, out: &mut Outbox) {
        if !self.is_measured() {
            return;
        }
        let found = self.measured.issues(&self.plate, &self.measured_wells);
        for issue in found.iter().filter(|issue| !self.image_issues.contains(issue)) {
            out.log(LogKind::Plate, issue_text(issue));
        }
        self.image_issues = found;
    }

    /// Stops the measuring under way, if there is any.
    pub(crate) fn stop_measuring(&mut self) {
        if let Some(measuring) = self.measuring.take() {
            measuring.cancel.cancel();
        }
    }

    /// Stops the measuring under way where it has not to do with just the wells that are wanted, so
    /// that it begins again with those.
    fn follow_selection(&mut self) {
        self.has_failed_measuring = false;
        let is_other = |measuring: &Measuring| {
            !measuring.wells.iter().filter(|well| !self.measured_wells.contains(well)).eq(&self.unmeasured())
        };
        if self.measuring.as_ref().is_some_and(is_other) {
            self.stop_measuring();
        }
    }

    /// Images of the selected wells: those whose sizes are known, and all.
    pub(crate) fn measured_count(&self) -> (usize, usize) {
        let count = |wells: &mut dyn Iterator<Item = &WellId>| {
            wells.filter_map(|well| self.wells.get(well)).map(|facts| facts.images).sum()
        };
        (count(&mut self.selection.intersection(&self.measured_wells)), count(&mut self.selection.iter()))
    }

    /// The selected well with the most images: memory is per well, so it stands for all.
    pub(crate) fn largest_well(&self) -> Option<WellId> {
        self.selection
            .iter()
            .copied()
            .filter(|well| self.wells.get(well).is_some_and(|facts| facts.images > 0))
            .max_by_key(|well| (self.wells[well].images, std::cmp::Reverse(*well)))
    }

    /// `channel and site one at a time`, or that nothing is chosen.
    pub(crate) fn choice_text(&self) -> String {
        if self.sequential.is_empty() {
            "nothing chosen".to_owned()
        } else {
            format!("{} one at a time", components_text(&self.sequential).to_ascii_lowercase())
        }
    }

    /// The pipeline is another: components that it no longer leaves free are taken out of the choice.
    pub(crate) fn pipeline_changed(&mut self) {
        let free = self.free_components();
        self.sequential.retain(|component| free.contains(component));
    }

    /// Takes what a forecast recommends, unless the user chose.
    pub(crate) fn recommend(&mut self, components: Vec<Component>) {
        if !self.is_chosen {
            self.sequential = components;
        }
    }

    pub(crate) fn handle(&mut self, command: PlateCommand, out: &mut Outbox) {
        match command {
            PlateCommand::Select(wells) => self.select(wells, out),
            PlateCommand::SetSequential { component, is_on } => {
                self.is_chosen = true;
                self.sequential.retain(|chosen| *chosen != component);
                if is_on && self.free_components().contains(&component) {
                    self.sequential.push(component);
                }
            }
            PlateCommand::Choose(components) => {
                self.is_chosen = true;
                self.sequential = components;
            }
        }
    }

    fn select(&mut self, wells: BTreeSet<WellId>, out: &mut Outbox) {
        let wells: BTreeSet<WellId> = wells
            .into_iter()
            .filter(|well| self.wells.get(well).is_some_and(|facts| facts.images > 0))
            .collect();
        if self.selection != wells {
            out.emit(Fact::SelectionChanged { was_empty: self.selection.is_empty() });
            self.selection = wells;
            self.follow_selection();
        }
    }

    pub(crate) fn apply(&mut self, event: PlateEvent, out: &mut Outbox) {
        let is_of = |measuring: &mut Measuring, generation| measuring.generation == generation;
        match event {
            PlateEvent::Measured { generation, wells, measured } => {
                if self.measuring.as_mut().is_some_and(|measuring| is_of(measuring, generation)) {
                    self.add_measured(wells, measured);
                    self.find_image_issues(out);
                    out.emit(Fact::SizesRead);
                }
            }
            PlateEvent::NotMeasured { generation, why } => {
                if self.measuring.take_if(|measuring| is_of(measuring, generation)).is_some() {
                    self.has_failed_measuring = true;
                    out.fail_and_log("The sizes of the images could not be read", why, None);
                }
            }
        }
    }

    /// Begins to read the sizes of the selected wells, where that is due.
    pub(crate) fn begin_measuring(&mut self, out: &mut Outbox) {
        let wells = self.unmeasured();
        if self.measuring.is_some() || self.has_failed_measuring || wells.is_empty() {
            return;
        }
        let (generation, cancel) = (out.next_generation(), Cancel::new());
        self.measuring = Some(Measuring { generation, wells: wells.clone(), cancel: cancel.clone() });
        let (plate, readers) = (Arc::clone(&self.plate), self.header_readers.clone());
        out.work(PlateWork::Measure { generation, plate, wells, readers, cancel });
    }

    /// Why what is chosen cannot be run; `None` where it can.
    pub(crate) fn choice_blocked(&self) -> Option<String> {
        if self.selection.is_empty() {
            Some("select a well first".to_owned())
        } else {
            self.pipeline.spec.check().err().map(|fault| fault.to_string())
        }
    }

    /// What was run stays chosen: a later forecast must not put another choice under “Next”.
    pub(crate) fn choice_is_run(&mut self) {
        self.is_chosen = true;
    }

    /// Why none of its components can be taken one value at a time now; `None` where one can.
    pub(crate) fn sequential_blocked(&self) -> Option<String> {
        if !self.sequential.is_empty() {
            None
        } else if self.free_components().is_empty() {
            Some("no component of this plate can be taken one at a time with this pipeline".to_owned())
        } else {
            Some("choose what to process one at a time first".to_owned())
        }
    }

    /// What a run would do as chosen.
    pub fn spec(&self, settings: &SettingsState, mode: Mode) -> RunSpec {
        let sequential = if mode == Mode::Bulk { Vec::new() } else { self.sequential.clone() };
        settings.spec(mode, sequential, self.pipeline.spec.clone())
    }

    /// Why nothing is known yet of the sizes of its images; `None` where it is.
    pub(crate) fn sizes_awaited(&self) -> Option<String> {
        if self.is_measured() {
            None
        } else if self.has_failed_measuring {
            Some("the sizes of the images could not be read: change the selection to try again".to_owned())
        } else {
            let (done, of) = self.measured_count();
            let (done, of) = (count_text(done), count_text(of));
            Some(format!("the sizes of the images are being read, {done} of {of} so far"))
        }
    }
}

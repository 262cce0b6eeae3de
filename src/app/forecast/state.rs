//! What each choice would need, what this computer can do, and what a plate that does not exist yet would need.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::inputs::ForecastInputs;
use super::messages::{ForecastCommand, ForecastEvent, ForecastRequest, ForecastWork, TrialRequest};
use super::planned_plate::PlannedPlate;
use crate::app::messages::Command;
use crate::app::outbox::{Fact, Outbox};
use crate::app::pipeline::messages::PipelineCommand;
use crate::app::settings::messages::SettingsCommand;
use crate::engine::Trial;
use crate::pipeline::PipelineSpec;
use crate::plan::{Choice, Mode, Outlook, Paces, RemedyKind};
use crate::plate::Component;

/// The forecasts.
#[derive(Debug, Default)]
pub struct ForecastState {
    /// What each choice for the open plate would need, or why that is not known; from the last time that it
    /// was worked out.
    pub choices: Option<Result<Outlook, String>>,
    /// Whether what they depend on has changed since.
    is_stale: bool,
    /// Whether they were worked out, or are being, while not all images were read, of which the rest was taken to be like
    /// those that were.
    is_first: bool,
    /// The computation under way.
    pending: Option<u64>,
    /// What this computer can do, as far as it was tried.
    pub trial: Trial,
    /// The trial under way.
    trying: Option<u64>,
    /// Whether it is to be tried (again).
    is_trial_stale: bool,
    /// The plate that is planned without being there; `None` where none is.
    pub planned: Option<PlannedPlate>,
}

impl ForecastState {
    pub(crate) fn new() -> Self {
        Self { is_trial_stale: true, ..Self::default() }
    }

    /// Whether what is known is of something else than what is chosen now.
    pub(crate) fn is_awaited(&self) -> bool {
        self.is_stale || self.is_first || self.pending.is_some() || self.choices.is_none()
    }

    /// Whether what is known follows from the first images alone and is worked out again once all have been read.
    pub fn is_of_first_images(&self) -> bool {
        self.is_first && self.choices.is_some()
    }

    /// Whether all is known that a run is compared with, times included.
    pub(crate) fn is_settled(&self) -> bool {
        self.trying.is_none() && !self.is_trial_stale && !self.is_awaited()
    }

    /// All that is known before a run.
    pub fn outlook(&self) -> Option<&Outlook> {
        self.choices.as_ref()?.as_ref().ok()
    }

    /// The choice to take these components one value at a time, where its forecast is known.
    pub fn chosen(&self, sequential: &[Component]) -> Option<&Choice> {
        let wanted: BTreeSet<Component> = sequential.iter().copied().collect();
        self.outlook()?.choices.iter().find(|choice| {
            choice.sequential.iter().copied().collect::<BTreeSet<_>>() == wanted && !wanted.is_empty()
        })
    }

    /// All at once, where its forecast is known.
    pub fn bulk(&self) -> Option<&Choice> {
        self.outlook()?.choices.iter().find(|choice| choice.sequential.is_empty())
    }

    /// What to do where a choice is over budget: `Process channel one at a time: 2.8 GB.`
    pub fn fix(&self) -> Option<String> {
        self.outlook().filter(|_| !self.is_awaited())?.fix()
    }

    pub(crate) fn handle(&mut self, command: ForecastCommand, inputs: &ForecastInputs<'_>, out: &mut Outbox) {
        match command {
            ForecastCommand::Apply(remedy) => self.apply_remedy(remedy, inputs, out),
            ForecastCommand::PlanPlate => self.planned = Some(PlannedPlate::from_plate(inputs.plate)),
            ForecastCommand::SetLayout(layout) => {
                if let Some(planned) = &mut self.planned {
                    planned.set_layout(layout);
                }
            }
            ForecastCommand::TypePlateFolder(text) => {
                if let Some(planned) = &mut self.planned {
                    planned.type_folder(text);
                }
            }
            // A run that is going keeps the dialog open: it says why.
            ForecastCommand::MakePlate if inputs.is_job_going => {}
            ForecastCommand::MakePlate => {
                if let Some((layout, folder)) = self.planned.as_ref().and_then(PlannedPlate::to_make) {
                    self.close_planned();
                    out.emit(Fact::PlateWanted(Box::new(layout.into()), folder));
                }
            }
            ForecastCommand::ClosePlanned => self.close_planned(),
        }
    }

    pub(crate) fn apply(&mut self, event: ForecastEvent, inputs: &ForecastInputs<'_>, out: &mut Outbox) {
        match event {
            ForecastEvent::Choices { generation, result } => {
                if self.pending.take_if(|of| *of == generation).is_some() {
                    self.take_choices(result, out);
                }
            }
            ForecastEvent::Tried { generation, trial } => {
                if self.trying.take_if(|of| *of == generation).is_some() && !self.is_trial_stale {
                    self.trial = trial;
                    self.inputs_changed();
                }
            }
            ForecastEvent::PlannedPlate { generation, known } => {
                if let Some(planned) = &mut self.planned {
                    planned.take_known(generation, known, inputs);
                }
            }
        }
    }

    fn take_choices(&mut self, result: Result<Outlook, String>, out: &mut Outbox) {
        if let Ok(outlook) = &result
            // What comes of an earlier pipeline may not be possible with the present one.
            && !self.is_stale
            && let Some(best) = outlook.recommended()
            && best.mode == Mode::Sequential
        {
            out.emit(Fact::Recommended(best.sequential.clone()));
        }
        self.choices = Some(result);
    }

    /// Makes the change in the settings and in the pipeline.
    fn apply_remedy(&self, remedy: RemedyKind, inputs: &ForecastInputs<'_>, out: &mut Outbox) {
        // What would help was worked out for what is chosen now, or it is not known to help.
        let Some(plate) = inputs.plate.filter(|_| !self.is_awaited()) else { return };
        let settings = inputs.settings;
        let pipeline = &plate.pipeline.spec;
        let spec = remedy.applied(&settings.spec(Mode::Bulk, Vec::new(), pipeline.clone()));
        let commands: [Option<Command>; 6] = [
            (spec.pipeline != *pipeline).then(|| PipelineCommand::Replace(spec.pipeline).into()),
            (spec.threads != settings.threads())
                .then(|| SettingsCommand::SetThreads(Some(spec.threads)).into()),
            Some(
                SettingsCommand::SetWellsAtOnce((spec.wells_at_once > 1).then_some(spec.wells_at_once))
                    .into(),
            ),
            Some(SettingsCommand::SetIntermediates(spec.intermediates).into()),
            Some(SettingsCommand::SetAfterClear(spec.after_clear).into()),
            (spec.read_ahead != settings.kept.read_ahead)
                .then(|| SettingsCommand::SetReadAhead(spec.read_ahead).into()),
        ];
        for command in commands.into_iter().flatten() {
            out.emit(Fact::Wanted(command));
        }
    }

    fn close_planned(&mut self) {
        if let Some(planned) = self.planned.take() {
            planned.stop();
        }
    }

    /// Something that the forecasts depend on has changed.
    pub(crate) fn inputs_changed(&mut self) {
        self.plate_changed();
        if let Some(planned) = &mut self.planned {
            planned.is_stale = true;
        }
    }

    /// Something of the open plate that its forecast depends on has changed.
    pub(crate) fn plate_changed(&mut self) {
        self.is_stale = true;
    }

    /// More images of the open plate were read. What follows from the first of them stands until all were.
    pub(crate) fn sizes_read(&mut self) {
        if !self.is_first {
            self.plate_changed();
        }
    }

    /// What a trial has shown is of something else now.
    pub(crate) fn trial_outdated(&mut self) {
        self.is_trial_stale = true;
    }

    /// How fast another plate goes is not known; resting memory is the same.
    pub(crate) fn plate_shown(&mut self) {
        (self.choices, self.pending, self.is_stale, self.is_first) = (None, None, true, false);
        self.trial.paces = Paces::Unknown;
        self.is_trial_stale = true;
    }

    /// Leaves the work that is due: a trial, the choices, the numbers of a planned plate.
    pub(crate) fn begin(&mut self, inputs: &ForecastInputs<'_>, out: &mut Outbox) {
        self.begin_trial(inputs, out);
        self.begin_choices(inputs, out);
        let trial = &self.trial;
        let basis = |budget_bytes| trial.basis(budget_bytes);
        if let Some(planned) = &mut self.planned {
            planned.begin(inputs, basis, out);
        }
    }

    /// Tries with a whole worker process: one at a time, and none beside a run, whose time it would
    /// disturb.
    fn begin_trial(&mut self, inputs: &ForecastInputs<'_>, out: &mut Outbox) {
        if !self.is_trial_stale || self.trying.is_some() || inputs.is_job_going {
            return;
        }
        let (wells, pipeline, plate) = match inputs.plate.filter(|plate| !plate.selection.is_empty()) {
            // Comes again when its images are measured.
            Some(plate) if !plate.is_measured() => return,
            Some(plate) => {
                let images = (Arc::clone(&plate.plate), Arc::clone(&plate.measured));
                (plate.selection.clone(), plate.pipeline.spec.clone(), Some(images))
            }
            None => (BTreeSet::new(), PipelineSpec::default(), None),
        };
        let spec = inputs.settings.spec(Mode::Bulk, Vec::new(), pipeline);
        let budget_bytes = inputs.settings.budget_bytes().ok().flatten();
        let request = Box::new(TrialRequest { plate, wells, spec, budget_bytes });
        let generation = out.next_generation();
        self.is_trial_stale = false;
        self.trying = Some(generation);
        out.work(ForecastWork::Try { generation, request });
    }

    fn begin_choices(&mut self, inputs: &ForecastInputs<'_>, out: &mut Outbox) {
        let Some(plate) = inputs.plate else { return };
        let is_first = !plate.is_measured();
        let is_due = if is_first {
            // Of what is read then is another forecast once all has been.
            self.is_stale && !plate.measured.is_empty()
        } else {
            self.is_stale || self.is_first
        };
        if !is_due || self.pending.is_some() {
            return;
        }
        let Ok(budget_bytes) = inputs.settings.budget_bytes() else { return };
        (self.is_stale, self.is_first) = (false, is_first);
        if plate.selection.is_empty() {
            self.choices = Some(Err("Select a well to see what it needs.".to_owned()));
        } else if let Err(why) = plate.pipeline.spec.check() {
            self.choices = Some(Err(why.to_string()));
        } else {
            let request = Box::new(ForecastRequest {
                plate: Arc::clone(&plate.plate),
                measured: Arc::clone(&plate.measured),
                is_first,
                wells: plate.selection.clone(),
                spec: inputs.settings.spec(Mode::Bulk, Vec::new(), plate.pipeline.spec.clone()),
                basis: self.trial.basis(budget_bytes),
            });
            let generation = out.next_generation();
            self.pending = Some(generation);
            out.work(ForecastWork::Choices { generation, request });
        }
    }
}

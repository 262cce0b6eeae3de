//! Changes of the pipeline: the one place where each is made, remembered for undo, and followed by
//! what depends on it.

use std::path::PathBuf;

use super::history::PipelineHistory;
use crate::app::log::LogKind;
use crate::app::messages::{PipelineFileEvent, Work};
use crate::app::plate::state::PlateState;
use crate::app::state::{AppState, Trouble};
use crate::pipeline::{PipelineSpec, PipelineStep, Step};

/// Something that the user asked for in the pipeline editor.
#[derive(Clone, Debug, PartialEq)]
pub enum PipelineEdit {
    /// Add a step where it belongs.
    Add(Step),
    /// Take a step out.
    Remove(usize),
    /// Move a step to another place.
    Move {
        /// Where it is.
        from: usize,
        /// Where it goes.
        to: usize,
    },
    /// Change the settings of a step.
    Set {
        /// Which.
        index: usize,
        /// What it becomes.
        step: PipelineStep,
        /// The drag or typing that this is a part of: all of one gesture is undone at once.
        gesture: Option<u64>,
    },
    /// Ask for the flat or the dark image of a channel, for the step at a place.
    PickLight {
        /// The step.
        index: usize,
        /// The channel.
        channel: u32,
        /// The dark image, else the flat one.
        is_dark: bool,
    },
    /// Select a step, up to which images are previewed; `None` for none.
    Select(Option<usize>),
    /// Take the last change back.
    Undo,
    /// Do again what was taken back.
    Redo,
    /// Ask for a file and save the pipeline in it.
    Save,
    /// Ask for a file and load the pipeline from it.
    Load,
}

impl PipelineEdit {
    /// The pipeline after it; `None` where it changes nothing.
    fn applied(&self, pipeline: &PipelineSpec) -> Option<PipelineSpec> {
        let mut edited = pipeline.clone();
        let steps = &mut edited.steps;
        match self {
            Self::Add(step) => {
                // What comes last is what was wanted.
                let place = pipeline.place_for(step);
                let keep_images = place == steps.len();
                steps.insert(place, PipelineStep { step: step.clone(), keep_images });
            }
            Self::Remove(index) if *index < steps.len() => {
                steps.remove(*index);
            }
            Self::Move { from, to } if (*from).max(*to) < steps.len() => {
                let step = steps.remove(*from);
                steps.insert(*to, step);
            }
            Self::Set { index, step, .. } => steps.get_mut(*index)?.clone_from(step),
            _ => return None,
        }
        (edited != *pipeline).then_some(edited)
    }

    /// Where the selected step of the pipeline is after it: the same step, wherever it has gone.
    fn selected_after(&self, pipeline: &PipelineSpec, selected: usize) -> Option<usize> {
        match *self {
            Self::Add(ref step) => Some(selected + usize::from(pipeline.place_for(step) <= selected)),
            Self::Remove(index) if index == selected => None,
            Self::Remove(index) => Some(selected - usize::from(index < selected)),
            Self::Move { from, to } if from == selected => Some(to),
            Self::Move { from, to } if from < selected && to >= selected => Some(selected - 1),
            Self::Move { from, to } if from > selected && to <= selected => Some(selected + 1),
            _ => Some(selected),
        }
    }
}

impl PlateState {
    /// Takes another pipeline. Choices that it no longer allows are dropped.
    fn set_pipeline(&mut self, pipeline: PipelineSpec) {
        self.selected_step = self.selected_step.filter(|index| *index < pipeline.steps.len());
        self.pipeline = pipeline;
        self.drop_conflicts();
    }
}

impl AppState {
    /// Replaces the pipeline as a whole, as a preset does.
    pub(crate) fn change_pipeline(&mut self, pipeline: PipelineSpec, gesture: Option<u64>) {
        let Some(plate) = self.plate.as_mut().filter(|plate| plate.pipeline != pipeline) else { return };
        plate.history.changed(plate.pipeline.clone(), &pipeline, gesture);
        plate.set_pipeline(pipeline);
        self.is_trial_stale = true;
    }

    pub(crate) fn edit_pipeline(&mut self, edit: PipelineEdit) {
        let Some(plate) = &mut self.plate else { return };
        match edit {
            PipelineEdit::Select(step) => plate.selected_step = step,
            PipelineEdit::Undo => self.go_in_history(PipelineHistory::undo),
            PipelineEdit::Redo => self.go_in_history(PipelineHistory::redo),
            PipelineEdit::Save => {
                let pipeline = plate.pipeline.clone();
                let never_in = plate.plate.root.clone();
                self.ask_for_pipeline_file(Work::SavePipeline { pipeline, never_in });
            }
            PipelineEdit::Load => self.ask_for_pipeline_file(Work::LoadPipeline),
            PipelineEdit::PickLight { index, channel, is_dark } => {
                // Where the last one lies, the next does; the microscope's own lie in the plate folder.
                let light = plate.pipeline.steps.get(index).and_then(|step| match &step.step {
                    Step::FlatField(step) => step.light(),
                    _ => None,
                });
                let last =
                    light.and_then(|light| light.flats.values().chain(light.darks.values()).next_back());
                let from = last.and_then(|path| path.parent()).unwrap_or(&plate.plate.root).to_owned();
                self.ask_for_pipeline_file(Work::PickLight { index, channel, is_dark, from });
            }
            edit => {
                let Some(pipeline) = edit.applied(&plate.pipeline) else { return };
                let selected =
                    plate.selected_step.and_then(|selected| edit.selected_after(&plate.pipeline, selected));
                let gesture = if let PipelineEdit::Set { gesture, .. } = edit { gesture } else { None };
                self.change_pipeline(pipeline, gesture);
                if let Some(plate) = &mut self.plate {
                    plate.selected_step = selected;
                }
            }
        }
    }

    fn go_in_history(
        &mut self,
        go: impl FnOnce(&mut PipelineHistory, &PipelineSpec) -> Option<PipelineSpec>,
    ) {
        let Some(plate) = &mut self.plate else { return };
        if let Some(pipeline) = go(&mut plate.history, &plate.pipeline) {
            plate.set_pipeline(pipeline);
            self.is_trial_stale = true;
        }
    }

    /// One dialog of the system is open at a time.
    fn ask_for_pipeline_file(&mut self, work: Work) {
        if !self.is_picking {
            self.is_picking = true;
            self.push_work(work);
        }
    }

    pub(crate) fn pipeline_file(&mut self, event: PipelineFileEvent) {
        self.is_picking = false;
        let trouble = |title: &str, sentence: String| Some(Trouble { title: title.to_owned(), sentence });
        match event {
            PipelineFileEvent::Dismissed => {}
            PipelineFileEvent::NoDialog => {
                let why = "The desktop has no file dialog. It needs a desktop portal (xdg-desktop-portal).";
                self.trouble = trouble("No file can be chosen", why.to_owned());
            }
            PipelineFileEvent::Loaded { path, pipeline } => {
                self.log.say(LogKind::Run, format!("The pipeline was loaded from {}.", path.display()));
                self.change_pipeline(pipeline.clone(), None);
                self.name_pipeline(path, pipeline);
            }
            PipelineFileEvent::Saved { path, pipeline } => {
                self.log.say(LogKind::Run, format!("The pipeline was saved as {}.", path.display()));
                self.name_pipeline(path, pipeline);
            }
            PipelineFileEvent::LightPicked { index, channel, is_dark, path } => {
                let Some(plate) = &self.plate else { return };
                let Some(mut step) = plate.pipeline.steps.get(index).cloned() else { return };
                let Step::FlatField(flat_field) = &mut step.step else { return };
                let Some(light) = flat_field.light_mut() else { return };
                let files = if is_dark { &mut light.darks } else { &mut light.flats };
                files.insert(channel, path);
                self.edit_pipeline(PipelineEdit::Set { index, step, gesture: None });
            }
            PipelineFileEvent::Failed(why) => {
                self.log.say(LogKind::Failure, why.clone());
                self.trouble = trouble("The pipeline file could not be used", why);
            }
        }
    }

    fn name_pipeline(&mut self, path: PathBuf, pipeline: PipelineSpec) {
        if let Some(plate) = &mut self.plate {
            plate.pipeline_file = Some((path, pipeline));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::steps::{PercentileNormalize, ZProjection};

    #[test]
    fn the_selection_stays_with_its_step() {
        use PipelineEdit::{Add, Move, Remove};
        let single = Step::PercentileNormalize(PercentileNormalize::default());
        let joining = Step::ZProjection(ZProjection::default());
        // Of single, single, joining, joining the second is selected.
        let table = [
            (Add(single.clone()), Some(1)),
            (Add(joining.clone()), Some(1)),
            (Remove(0), Some(0)),
            (Remove(1), None),
            (Remove(2), Some(1)),
            (Move { from: 1, to: 3 }, Some(3)),
            (Move { from: 0, to: 1 }, Some(0)),
            (Move { from: 3, to: 0 }, Some(2)),
            (Move { from: 2, to: 3 }, Some(1)),
        ];
        let steps = [&single, &single, &joining, &joining]
            .map(|step| PipelineStep { step: step.clone(), keep_images: false });
        let pipeline = PipelineSpec { steps: steps.into() };
        for (edit, expected) in table {
            assert_eq!(edit.selected_after(&pipeline, 1), expected, "{edit:?}");
        }
    }
}

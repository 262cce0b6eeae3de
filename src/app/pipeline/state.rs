//! The pipeline of the open plate: the one place where each change is made, remembered for undo, and told
//! to what depends on it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::history::PipelineHistory;
use super::messages::{PipelineCommand, PipelineEvent, PipelineWork};
use crate::app::log::LogKind;
use crate::app::outbox::{Fact, Outbox};
use crate::app::status::trouble::NextStep;
use crate::pipeline::{PipelineSpec, PipelineStep, Setting, Value};

/// What is done to the images.
#[derive(Clone, Debug, Default)]
pub struct PipelineState {
    /// The steps and their settings.
    pub spec: PipelineSpec,
    /// What it was before.
    pub history: PipelineHistory,
    /// The step up to which images are previewed; `None` for the last that can be.
    pub selected_step: Option<usize>,
    /// The file that a pipeline was last saved in or loaded from, and that pipeline.
    pub file: Option<(PathBuf, PipelineSpec)>,
}

impl PipelineState {
    /// The steps that a preview goes through: up to the selected one, else all that can be previewed.
    pub(crate) fn previewed_steps(&self) -> &[PipelineStep] {
        let steps = &self.spec.steps;
        let count = match self.selected_step {
            Some(index) => index + 1,
            None => steps.iter().take_while(|step| step.step.check().is_ok()).count(),
        };
        &steps[..count.min(steps.len())]
    }

    pub(crate) fn handle(&mut self, command: PipelineCommand, plate_root: &Path, out: &mut Outbox) {
        match command {
            PipelineCommand::Replace(pipeline) => self.change(pipeline, None, out),
            PipelineCommand::Select(step) => self.selected_step = step,
            PipelineCommand::Undo => {
                let earlier = self.history.undo(&self.spec);
                self.go_to(earlier, out);
            }
            PipelineCommand::Redo => {
                let later = self.history.redo(&self.spec);
                self.go_to(later, out);
            }
            PipelineCommand::Save => {
                out.open_dialog(PipelineWork::Save {
                    pipeline: self.spec.clone(),
                    never_in: plate_root.to_owned(),
                });
            }
            PipelineCommand::Load => out.open_dialog(PipelineWork::Load),
            PipelineCommand::PickFile { index, setting, channel } => {
                let Some(step) = self.spec.steps.get(index) else { return };
                let settings = step.step.settings();
                let Some(asked) = settings.iter().find(|one| one.about.name == setting) else { return };
                let what = asked.about.caption;
                // Where the last one lies, the next does; the microscope's own lie in the plate folder.
                let last = settings.iter().filter_map(files_of).flat_map(BTreeMap::values).last();
                let from = last.and_then(|path| path.parent()).unwrap_or(plate_root).to_owned();
                out.open_dialog(PipelineWork::PickFile { index, setting, channel, what, from });
            }
            edit => {
                // Whoever changes a pipeline sees what it makes now.
                let Some(pipeline) = edit.applied(&self.spec).map(PipelineSpec::renewed) else { return };
                let selected =
                    self.selected_step.and_then(|selected| edit.selected_after(&self.spec, selected));
                let gesture = if let PipelineCommand::Set { gesture, .. } = edit { gesture } else { None };
                self.change(pipeline, gesture, out);
                self.selected_step = selected;
            }
        }
    }

    pub(crate) fn apply(&mut self, event: PipelineEvent, out: &mut Outbox) {
        out.dialog_closed();
        match event {
            PipelineEvent::Dismissed => {}
            PipelineEvent::Loaded { path, pipeline } => {
                out.log(LogKind::Run, format!("The pipeline was loaded from {}.", path.display()));
                pipeline.changed_steps().into_iter().for_each(|change| out.log(LogKind::Warning, change));
                self.change(pipeline.clone(), None, out);
                self.file = Some((path, pipeline));
            }
            PipelineEvent::Saved { path, pipeline } => {
                out.log(LogKind::Run, format!("The pipeline was saved as {}.", path.display()));
                let saved = pipeline.clone().renewed();
                if self.spec == pipeline {
                    self.take(saved.clone(), out);
                }
                self.file = Some((path, saved));
            }
            PipelineEvent::FilePicked { index, setting, channel, path } => {
                let mut changed = self.spec.clone();
                let Some(PipelineStep { step, .. }) = changed.steps.get_mut(index) else { return };
                let settings = step.settings();
                let asked = settings.iter().find(|one| one.about.name == setting);
                let Some(mut files) = asked.and_then(files_of).cloned() else { return };
                files.insert(channel, path);
                // The step may be another by now, which has no such setting.
                if step.set(setting, Value::ChannelFiles(files)).is_ok() {
                    self.change(changed, None, out);
                }
            }
            PipelineEvent::Failed(why) => {
                let load = NextStep::new("Load another…", PipelineCommand::Load);
                out.fail_and_log("The pipeline file could not be used", why, Some(load));
            }
        }
    }

    fn change(&mut self, pipeline: PipelineSpec, gesture: Option<u64>, out: &mut Outbox) {
        if self.spec != pipeline {
            self.history.changed(self.spec.clone(), &pipeline, gesture);
            self.take(pipeline, out);
        }
    }

    fn go_to(&mut self, pipeline: Option<PipelineSpec>, out: &mut Outbox) {
        if let Some(pipeline) = pipeline {
            self.take(pipeline, out);
        }
    }

    fn take(&mut self, pipeline: PipelineSpec, out: &mut Outbox) {
        self.selected_step = self.selected_step.filter(|index| *index < pipeline.steps.len());
        self.spec = pipeline;
        out.emit(Fact::PipelineChanged);
    }
}

/// The files that a setting names, by channel.
fn files_of(setting: &Setting) -> Option<&BTreeMap<u32, PathBuf>> {
    match &setting.value {
        Value::ChannelFiles(files) => Some(files),
        _ => None,
    }
}

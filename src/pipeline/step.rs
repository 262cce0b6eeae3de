//! The steps under one name, whichever they are: what is asked of one is handed on to its settings.

use std::fmt;
use std::path::PathBuf;

use super::definition::Definition;
use super::setting::{self, Setting, SettingError, Value};
use super::settings_fault::SettingsFault;
use super::steps::Step;
use super::surroundings::PlateView;
use crate::plate::{Component, ImageKey};

impl Step {
    /// The name on screen.
    pub fn name(&self) -> &'static str {
        self.settings_of().name()
    }

    /// A short name for folders and files: `normalised`, `z-max` …
    pub fn slug(&self) -> &'static str {
        self.settings_of().slug()
    }

    /// The settings in a few words, as shown beside the name: `1 to 99 %`, `maximum`.
    pub(crate) fn settings_text(&self) -> String {
        self.settings_of().settings_text()
    }

    /// What the step does, in one line for a biologist.
    pub fn explanation(&self) -> &'static str {
        self.settings_of().explanation()
    }

    /// What the step does, exactly.
    pub fn definition(&self) -> Definition {
        self.settings_of().definition()
    }

    /// What is wrong with the settings, if anything, and what to do.
    pub fn check(&self) -> Result<(), SettingsFault> {
        self.settings_of().check()
    }

    /// The settings as they are, in the order in which they are shown.
    pub fn settings(&self) -> Vec<Setting> {
        let mut step = self.clone();
        setting::listed(|form| step.settings_of_mut().form(form))
    }

    /// Changes the setting of a name. Whether the value makes sense is for [`Self::check`].
    pub fn set(&mut self, name: &str, value: Value) -> Result<(), SettingError> {
        let step = self.name();
        setting::change(step, name, value, |form| self.settings_of_mut().form(form))
    }

    /// Settings that files of earlier versions have, and that say nothing any more.
    pub(super) fn former_settings(&self) -> &'static [&'static str] {
        self.settings_of().former_settings()
    }

    /// The paths in the settings.
    pub(super) fn paths_mut(&mut self) -> Vec<&mut PathBuf> {
        self.settings_of_mut().paths_mut()
    }

    /// The component of which the step needs all values together; `None` for a step that takes
    /// each image by itself.
    pub(crate) fn assembles(&self) -> Option<Component> {
        self.settings_of().assembles()
    }

    /// The component that results do not have any more, because one image was made of all its values.
    pub(crate) fn joins(&self) -> Option<Component> {
        self.assembles().filter(|_| !self.works_in_place())
    }

    /// How many pixels a side one pixel of the result stands for: 1, but where pixels are binned.
    pub(crate) fn pixel_scale(&self) -> u32 {
        self.settings_of().pixel_scale()
    }

    /// Whether the step measures objects, which go into tables. Such a step takes single images.
    pub fn finds_objects(&self) -> bool {
        self.settings_of().finds_objects()
    }

    /// Whether the values of its results name objects: a mask, or numbers.
    pub(crate) fn makes_labels(&self) -> bool {
        self.settings_of().makes_labels()
    }

    /// What the images of a group have in common.
    pub(crate) fn group_of(&self, image: ImageKey) -> ImageKey {
        self.assembles().map_or(image, |component| image.with(component, None))
    }

    /// The result that an image takes part in.
    pub(crate) fn result_of(&self, image: ImageKey) -> ImageKey {
        if self.works_in_place() { image } else { self.group_of(image) }
    }

    /// The step with settings that suit a plate.
    #[must_use]
    pub fn fitted(mut self, plate: &dyn PlateView) -> Self {
        self.settings_of_mut().fit(plate);
        self
    }

    /// What is to be known of the step on a plate, in a sentence.
    pub(crate) fn remark(&self, plate: &dyn PlateView) -> Option<String> {
        self.settings_of().remark(plate)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.settings_text())
    }
}

/// How many pixels a side of the images that go in one pixel stands for after these steps.
pub(crate) fn pixel_scale<'a>(steps: impl IntoIterator<Item = &'a Step>) -> u32 {
    steps.into_iter().fold(1, |scale, step| scale.saturating_mul(step.pixel_scale()))
}

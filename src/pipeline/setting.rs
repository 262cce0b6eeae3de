//! The settings of a step as data: what each is called, its unit, what it may be, and what it is.
//!
//! A step lists its settings once, in [`StepSettings::form`](super::operation::StepSettings::form), with a
//! reference to each. From this follow both the list that a window draws and the change of one by its name.
//! Deliberately absent: whether values make sense together, which is the step's own check.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use super::UnknownName;
use crate::image::Rgb;
use crate::plate::ShadingImages;

/// What is said of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// The name by which it is changed.
    pub name: &'static str,
    /// What it is, in a few words.
    pub help: &'static str,
    /// What stands before it on screen, beside the name of the step; may be empty.
    pub caption: &'static str,
    /// What stands after a number: ` px`; may be empty.
    pub unit: &'static str,
}

impl About {
    /// Without caption and unit.
    pub const fn new(name: &'static str, help: &'static str) -> Self {
        Self { name, help, caption: "", unit: "" }
    }

    /// With what stands before it.
    #[must_use]
    pub const fn caption(self, caption: &'static str) -> Self {
        Self { caption, ..self }
    }

    /// With what stands after it.
    #[must_use]
    pub const fn unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A whole number.
    Whole(u32),
    /// A number that may have a fraction.
    Number(f64),
    /// Whether something is done.
    Switch(bool),
    /// One of some choices, by its name on screen.
    Choice(&'static str),
    /// A file for each channel that has one, by the number of the channel.
    ChannelFiles(BTreeMap<u32, PathBuf>),
    /// The colour of each channel for which one is set, by the number of the channel.
    ChannelColours(BTreeMap<u32, Rgb>),
}

/// What the value of a setting may be.
#[derive(Clone, Debug, PartialEq)]
pub enum Allowed {
    /// Whole numbers.
    Whole(RangeInclusive<u32>),
    /// Numbers that may have a fraction, both ends included.
    Numbers(RangeInclusive<f64>),
    /// These choices, in the order in which they are offered.
    Choices(Vec<&'static str>),
    /// A file for each channel; of a plate's own those of a kind may be taken.
    Files(PlateFiles),
    /// Whatever the kind of value has.
    Any,
}

/// Which of the images that a microscope kept of its light may be given to a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlateFiles {
    /// How the light falls.
    Flats,
    /// What is there without light.
    Darks,
}

impl PlateFiles {
    /// Those of a plate, by channel.
    pub fn of(self, shading: &ShadingImages) -> &BTreeMap<u32, PathBuf> {
        match self {
            Self::Flats => &shading.flats,
            Self::Darks => &shading.darks,
        }
    }
}

/// A setting of a step as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// What is said of it.
    pub about: About,
    /// What it may be.
    pub allowed: Allowed,
    /// The value that it has now.
    pub value: Value,
    /// The line in which it stands: 0 beside what all steps have, others below.
    pub line: usize,
    /// Whether it matters, as the other settings are.
    pub matters: bool,
}

/// Why a setting could not be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// There is no such setting, or none as the other settings are.
    #[error("{0}")]
    Unknown(UnknownName),
    /// It is of another kind than the value, or no such choice.
    #[error("“{name}” cannot be {value}")]
    OtherKind {
        /// Name of the setting.
        name: String,
        /// The value, as the program writes it.
        value: String,
    },
}

/// The settings of a step as it goes through them, one of which may be changed on the way.
#[derive(Debug, Default)]
pub(crate) struct Form<'a> {
    listed: Vec<Setting>,
    line: usize,
    matters: bool,
    wanted: Option<(&'a str, Value)>,
    change: Option<Result<(), SettingError>>,
}

impl Form<'_> {
    fn new(wanted: Option<(&str, Value)>) -> Form<'_> {
        Form { matters: true, wanted, ..Form::default() }
    }

    /// A whole number.
    pub(crate) fn whole(&mut self, about: About, value: &mut u32, range: RangeInclusive<u32>) {
        self.change(about, |new| match new {
            Value::Whole(new) => {
                *value = *new;
                true
            }
            _ => false,
        });
        self.list(about, Allowed::Whole(range), Value::Whole(*value));
    }

    pub(crate) fn number(&mut self, about: About, value: &mut f64, range: RangeInclusive<f64>) {
        self.change(about, |new| match new {
            Value::Number(new) => {
                *value = *new;
                true
            }
            _ => false,
        });
        self.list(about, Allowed::Numbers(range), Value::Number(*value));
    }

    /// Whether something is done.
    pub(crate) fn switch(&mut self, about: About, value: &mut bool) {
        self.change(about, |new| match new {
            Value::Switch(new) => {
                *value = *new;
                true
            }
            _ => false,
        });
        self.list(about, Allowed::Any, Value::Switch(*value));
    }

    /// One of some choices, each with its name on screen.
    pub(crate) fn choice<T: Copy + PartialEq>(
        &mut self,
        about: About,
        value: &mut T,
        choices: &[(T, &'static str)],
    ) {
        self.change(about, |new| {
            let Value::Choice(name) = new else { return false };
            let Some((choice, _)) = choices.iter().find(|(_, other)| other == name) else { return false };
            *value = *choice;
            true
        });
        let present = choices.iter().find(|(choice, _)| choice == value).map_or("", |(_, name)| name);
        let names = choices.iter().map(|(_, name)| *name).collect();
        self.list(about, Allowed::Choices(names), Value::Choice(present));
    }

    /// A file for each channel, or those `of_plate`. The caption is the word for what it shows: `flat` image.
    pub(crate) fn channel_files(
        &mut self,
        about: About,
        value: &mut BTreeMap<u32, PathBuf>,
        of_plate: PlateFiles,
    ) {
        self.change(about, |new| match new {
            Value::ChannelFiles(new) => {
                value.clone_from(new);
                true
            }
            _ => false,
        });
        self.list(about, Allowed::Files(of_plate), Value::ChannelFiles(value.clone()));
    }

    /// A colour for each channel.
    pub(crate) fn channel_colours(&mut self, about: About, value: &mut BTreeMap<u32, Rgb>) {
        self.change(about, |new| match new {
            Value::ChannelColours(new) => {
                value.clone_from(new);
                true
            }
            _ => false,
        });
        self.list(about, Allowed::Any, Value::ChannelColours(value.clone()));
    }

    /// What follows stands in a line of its own.
    pub(crate) fn next_line(&mut self) {
        self.line += 1;
    }

    /// Whether what follows matters.
    pub(crate) fn matters(&mut self, matters: bool) {
        self.matters = matters;
    }

    fn change(&mut self, about: About, change: impl FnOnce(&Value) -> bool) {
        if let Some((name, value)) = self.wanted.take_if(|(name, _)| *name == about.name) {
            let other = || SettingError::OtherKind { name: name.to_owned(), value: format!("{value:?}") };
            self.change = Some(if change(&value) { Ok(()) } else { Err(other()) });
        }
    }

    fn list(&mut self, about: About, allowed: Allowed, value: Value) {
        let (line, matters) = (self.line, self.matters);
        self.listed.push(Setting { about, allowed, value, line, matters });
    }
}

/// The settings that a step goes through.
pub(super) fn listed(go_through: impl FnOnce(&mut Form<'_>)) -> Vec<Setting> {
    let mut form = Form::new(None);
    go_through(&mut form);
    form.listed
}

/// Changes one of the settings that the step of a name goes through.
pub(super) fn change(
    step: &'static str,
    name: &str,
    value: Value,
    go_through: impl FnOnce(&mut Form<'_>),
) -> Result<(), SettingError> {
    let mut form = Form::new(Some((name, value)));
    go_through(&mut form);
    let Form { listed, change, .. } = form;
    change.unwrap_or_else(|| {
        let known = listed.iter().map(|setting| setting.about.name).collect();
        let of = format!("setting of {step}");
        Err(SettingError::Unknown(UnknownName { of, found: name.to_owned(), known }))
    })
}

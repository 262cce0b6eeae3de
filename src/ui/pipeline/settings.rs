//! The settings of any step, as they stand in its row: drawn from what the step says of them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use egui::{Align, Button, ComboBox, Label, Layout, Ui, vec2};

use crate::image::{Rgb, usual_colour};
use crate::pipeline::{About, Allowed, Setting, Step, Value};
use crate::plate::ShadingImages;
use crate::ui::lists::{choice, list_ui};
use crate::ui::theme;
use crate::ui::widgets;

/// How far settings stand under the name of their step.
pub(super) const INDENT: f32 = 26.0;

/// Width of what stands before the button of a file.
const CAPTION_WIDTH: f32 = 96.0;

/// The settings of a step that stand beside what all steps have, side by side.
pub(super) fn settings_ui(ui: &mut Ui, step: &mut Step) {
    for setting in step.settings().into_iter().filter(|setting| setting.line == 0) {
        setting_ui(ui, setting, step);
    }
}

/// A channel of the plate: its number and its name.
pub(super) type ChannelName = (u32, String);

/// A file that the user wants to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WantedFile {
    /// For which setting.
    pub(super) setting: &'static str,
    /// Of which channel.
    pub(super) channel: u32,
}

/// Settings that have rows of their own. Returns the file that is to be chosen, if any.
pub(super) fn further_settings_ui(
    ui: &mut Ui,
    step: &mut Step,
    channels: &[ChannelName],
    shading: &ShadingImages,
    can_ask: bool,
) -> Option<WantedFile> {
    let settings = step.settings();
    let mut wanted = None;
    let below = settings.iter().position(|setting| setting.line > 0).unwrap_or(settings.len());
    for line in settings[below..].chunk_by(|one, next| one.line == next.line) {
        match line[0].value {
            Value::ChannelFiles(_) => {
                plate_files_ui(ui, line, step, shading);
                wanted = files_ui(ui, line, step, channels, can_ask).or(wanted);
            }
            Value::ChannelColours(_) => {
                ui.horizontal_wrapped(|ui| {
                    ui.add_space(INDENT);
                    for setting in line {
                        colours_ui(ui, setting, step, channels);
                    }
                });
            }
            _ => {
                ui.horizontal(|ui| {
                    ui.add_space(INDENT);
                    for setting in line {
                        setting_ui(ui, setting.clone(), step);
                    }
                });
            }
        }
    }
    wanted
}

/// A setting that is not of each channel.
fn setting_ui(ui: &mut Ui, setting: Setting, step: &mut Step) {
    let Setting { about, allowed, value, matters, .. } = setting;
    if !about.caption.is_empty() && !matches!(value, Value::Switch(_)) {
        ui.label(theme::caption(ui, about.caption));
    }
    let mut edited = value.clone();
    ui.add_enabled_ui(matters, |ui| match (&mut edited, allowed) {
        (Value::Whole(value), Allowed::Whole(range)) => {
            let drag = widgets::number_field(ui, value).range(range).suffix(about.unit);
            ui.add(drag).accessible_name(about.help);
        }
        (Value::Number(value), Allowed::Numbers(range)) => {
            let drag =
                widgets::number_field(ui, value).range(range).suffix(about.unit).speed(0.1).max_decimals(2);
            ui.add(drag).accessible_name(about.help);
        }
        (Value::Choice(name), Allowed::Choices(names)) => choice_ui(ui, name, &names, about.help),
        (Value::Switch(is_on), _) => {
            ui.checkbox(is_on, about.caption).on_hover_text(about.help);
        }
        _ => {}
    });
    if edited != value {
        set(step, about, edited);
    }
}

/// Name and kind are those that the step has told, so that this cannot fail.
fn set(step: &mut Step, about: About, value: Value) {
    drop(step.set(about.name, value));
}

fn choice_ui(ui: &mut Ui, present: &mut &'static str, names: &[&'static str], help: &str) {
    let selected = *present;
    let choose = |ui: &mut Ui| {
        for name in names {
            choice(ui, present, *name, *name);
        }
    };
    list_ui(ui, ComboBox::from_id_salt(help).width(120.0), help, selected, choose);
}

/// The colour of each channel.
fn colours_ui(ui: &mut Ui, setting: &Setting, step: &mut Step, channels: &[ChannelName]) {
    let Value::ChannelColours(colours) = &setting.value else { return };
    let help = setting.about.help;
    for (channel, name) in channels {
        let mut colour: Rgb = colours.get(channel).copied().unwrap_or_else(|| usual_colour(*channel));
        let response = ui.color_edit_button_srgb(&mut colour);
        let response = response.accessible_name(format!("{help} of {name}"));
        if response.on_hover_text(format!("The {} of {name}", help.to_lowercase())).changed() {
            let mut colours = colours.clone();
            colours.insert(*channel, colour);
            set(step, setting.about, Value::ChannelColours(colours));
        }
        ui.label(theme::caption(ui, name));
    }
}

/// What is to be known before the images of the microscope's light are used.
const ABOUT_SHADING: &str = "Fills in the images that the microscope kept of the light of each channel and of its camera \
    without light. They are taken for what they were named by the microscope's settings: the brighter, the more light \
    there was. No file of the plate says whether its images have been corrected by them already: look at some first, so \
    that none is corrected twice.";

/// A button that takes the images which the microscope kept of its light, where it did and they are not all taken yet.
fn plate_files_ui(ui: &mut Ui, settings: &[Setting], step: &mut Step, shading: &ShadingImages) {
    let offered: Vec<_> = settings
        .iter()
        .filter_map(|setting| match (&setting.allowed, &setting.value) {
            (Allowed::Files(of_plate), Value::ChannelFiles(files)) => {
                let mut taken = files.clone();
                taken.extend(of_plate.of(shading).clone());
                (taken != *files).then_some((setting.about, taken))
            }
            _ => None,
        })
        .collect();
    if shading.flats.is_empty() || offered.is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        ui.add_space(INDENT);
        let name = format!("Use the plate's shading images ({})", shading.flats.len());
        if ui.button(name).on_hover_text(ABOUT_SHADING).clicked() {
            for (about, taken) in offered {
                set(step, about, Value::ChannelFiles(taken));
            }
        }
    });
}

/// A button for each kind of image of each channel.
fn files_ui(
    ui: &mut Ui,
    settings: &[Setting],
    step: &mut Step,
    channels: &[ChannelName],
    can_ask: bool,
) -> Option<WantedFile> {
    let mut wanted = None;
    for channel in channels {
        for setting in settings {
            let Value::ChannelFiles(files) = &setting.value else { continue };
            ui.horizontal(|ui| {
                ui.add_space(INDENT);
                match file_ui(ui, setting.about, files, channel, can_ask) {
                    FileClick::None => {}
                    FileClick::Choose => {
                        wanted = Some(WantedFile { setting: setting.about.name, channel: channel.0 });
                    }
                    FileClick::Remove => {
                        let mut files = files.clone();
                        files.remove(&channel.0);
                        set(step, setting.about, Value::ChannelFiles(files));
                    }
                }
            });
        }
    }
    wanted
}

/// What was clicked at a file.
enum FileClick {
    None,
    Choose,
    Remove,
}

/// The file of one channel.
fn file_ui(
    ui: &mut Ui,
    about: About,
    files: &BTreeMap<u32, PathBuf>,
    (channel, name): &ChannelName,
    can_ask: bool,
) -> FileClick {
    let kind = about.caption;
    // All of one width, so that what is chosen stands in a column.
    let size = vec2(CAPTION_WIDTH, ui.spacing().interact_size.y);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(CAPTION_WIDTH);
        ui.add(Label::new(theme::caption(ui, format!("{kind}, {name}"))).truncate());
    });
    let Some(path) = files.get(channel) else {
        let response = ui.add_enabled(can_ask, Button::new("Choose…"));
        let response = response.accessible_name(format!("Choose the {kind} image of {name}"));
        let is_clicked = response.on_hover_text(about.help).clicked();
        return if is_clicked { FileClick::Choose } else { FileClick::None };
    };
    let label = format!("Take away the {kind} image of {name}");
    let remove = Button::new(theme::caption(ui, "✖")).frame(false);
    let is_removed = ui.add(remove).accessible_name(&label).on_hover_text(&label).clicked();
    let text = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let response = ui.add_enabled(can_ask, Button::new(text).truncate());
    let is_clicked = response.on_hover_text(path.display().to_string()).clicked();
    match (is_removed, is_clicked) {
        (true, _) => FileClick::Remove,
        (_, true) => FileClick::Choose,
        _ => FileClick::None,
    }
}

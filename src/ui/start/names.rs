//! How the names of a folder's images are read: patterns to choose from, the pattern itself, and what it makes of each
//! name, live.

use egui::{Align, Button, Color32, ComboBox, FontSelection, Label, Layout, RichText, TextEdit, Ui, vec2};
use egui_extras::{Column, TableBuilder};

use crate::app::{
    Commands, Fit, NamesCommand, NamesState, SavedPattern, SettingsCommand, StartCommand, Tried,
};
use crate::plate::{Component, ImageNames, KNOWN_SHAPES, NamePattern, Reading};
use crate::quantity::{count_text, plural};
use crate::ui::ends::ends;
use crate::ui::lists::{choice_label, list_ui};
use crate::ui::screen_reader::tell_column_edge;
use crate::ui::theme::{self, GAP, SECTION_GAP, Theme};
use crate::ui::widgets;

/// Height of a row of the table, in points.
const ROW: f32 = 20.0;
/// The height from which its parts do not overlap, in points.
pub(super) const LEAST_HEIGHT: f32 = 500.0;

/// The least height of the table.
const LEAST_TABLE: f32 = 160.0;
/// The first width of the column of channels, whose names often differ near their ends alone.
const CHANNEL: f32 = 210.0;
/// Rows of suggestions that are seen without scrolling.
const FITS_SEEN: f32 = 5.0;

/// The whole page.
pub(super) fn names_ui(ui: &mut Ui, names: &NamesState, saved: &[SavedPattern], commands: &mut Commands) {
    ui.label(theme::strong(ui, "Open by file names").text_style(theme::title_style()));
    ui.add(Label::new(theme::caption(ui, names.folder.display().to_string())).truncate());
    ui.add_space(GAP);
    if let Some(why) = &names.error {
        ui.add(Label::new(RichText::new(why).color(Theme::of(ui).over)).wrap());
        ui.add_space(GAP);
        buttons_ui(ui, names, commands);
        return;
    }
    let Some(listed) = &names.names else {
        ui.horizontal(|ui| {
            ui.spinner();
            ui.label(theme::weak(ui, "Reading file names…"));
            if ui.button("Cancel").clicked() {
                commands.push(StartCommand::CancelOpening);
            }
        });
        return;
    };
    if !listed.is_empty() {
        fits_ui(ui, &names.fits, &names.text, commands);
        ui.add_space(SECTION_GAP);
    }
    pattern_ui(ui, names, saved, commands);
    ui.add_space(GAP);
    // The buttons keep their place below the table.
    let buttons = ui.spacing().interact_size.y + 2.0 * (GAP + ui.spacing().item_spacing.y);
    let room = vec2(ui.available_width(), (ui.available_height() - buttons).max(0.0));
    ui.allocate_ui(room, |ui| {
        ui.set_min_size(room);
        if let Some(Tried { reading: Some(reading), .. }) = &names.tried {
            answer_ui(ui, names, listed, reading, commands);
        }
    });
    ui.add_space(GAP);
    ui.horizontal(|ui| buttons_ui(ui, names, commands));
}

/// The patterns that read the names, to choose one of.
fn fits_ui(ui: &mut Ui, fits: &[Fit], text: &str, commands: &mut Commands) {
    widgets::section_heading(ui, "How are the images named?");
    if fits.is_empty() {
        ui.label(theme::caption(ui, "No pattern was found that tells all images apart. Write one below."));
        return;
    }
    let height = ROW * FITS_SEEN * 1.3;
    egui::ScrollArea::vertical().id_salt("fits").max_height(height).auto_shrink([false, true]).show(
        ui,
        |ui| {
            for fit in fits {
                fit_ui(ui, fit, text, commands);
            }
        },
    );
}

fn fit_ui(ui: &mut Ui, fit: &Fit, text: &str, commands: &mut Commands) {
    let what = match fit.counts.unread {
        0 => fit.counts.to_string(),
        unread => format!("{}, {} not read", fit.counts, plural(unread, "name")),
    };
    let title = match &fit.name {
        Some(name) => format!("{name}: {what}"),
        None => what,
    };
    ui.horizontal(|ui| {
        let is_chosen = fit.pattern.text() == text;
        if ui.radio(is_chosen, title).clicked() {
            commands.push(StartCommand::Names(NamesCommand::TypePattern(fit.pattern.text().to_owned())));
        }
        let pattern = |ui: &mut Ui| {
            let pattern = RichText::new(fit.pattern.text()).monospace().size(11.0);
            ui.add(Label::new(pattern.color(Theme::of(ui).text_weak)).truncate());
        };
        ends(ui, Align::Center, pattern, |ui| {
            if let Some(name) = &fit.name {
                let cross = RichText::new("✖").size(10.0).color(Theme::of(ui).text_weak);
                let forget =
                    ui.add(Button::new(cross).frame(false)).accessible_name(format!("Forget {name}"));
                if forget.on_hover_text("Do not keep this pattern any more").clicked() {
                    commands.push(SettingsCommand::ForgetPattern(name.clone()));
                }
            }
        });
    });
}

/// The pattern that is written, what is wrong with it, and the name to keep it under.
fn pattern_ui(ui: &mut Ui, names: &NamesState, saved: &[SavedPattern], commands: &mut Commands) {
    let heading = widgets::section_heading(ui, "Pattern");
    let mut text = names.text.clone();
    let edit = TextEdit::singleline(&mut text)
        .font(FontSelection::Style(egui::TextStyle::Monospace))
        .hint_text("(?P<well>[A-H][0-9]{2})_s(?P<site>[0-9]+)_w(?P<channel>[0-9]+)")
        .desired_width(ui.available_width());
    let response = ui.add(edit).labelled_by(heading.id).accessible_name("Pattern");
    if response.changed() {
        commands.push(StartCommand::Names(NamesCommand::TypePattern(text)));
    }
    if response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) {
        commands.push(StartCommand::OpenByPattern);
    }
    let explained = "A regular expression with named groups: (?P<well>…) around what names the well, and row, column, \
                     site, channel, z or timepoint likewise. It is searched in each path below the folder; what it leaves \
                     out is one value.";
    ui.add(Label::new(theme::caption(ui, explained)).wrap());
    ui.horizontal(|ui| {
        let mut name = names.saved_as.clone();
        let edit = TextEdit::singleline(&mut name).hint_text("a name for this pattern").desired_width(180.0);
        if ui.add(edit).accessible_name("Name of the pattern").changed() {
            commands.push(StartCommand::Names(NamesCommand::TypeName(name.clone())));
        }
        let name = name.trim();
        let saved_as = saved.iter().find(|saved| saved.name == name);
        let is_saved = saved_as.is_some_and(|saved| saved.pattern == names.text.trim());
        let can_save = !name.is_empty() && names.ready().is_some() && !is_saved;
        let title = if saved_as.is_some() && !is_saved { "Replace" } else { "Keep" };
        let keep = ui.add_enabled(can_save, Button::new(title));
        if keep.on_hover_text("Offered again for the next folder whose names it reads").clicked() {
            let pattern = names.text.trim().to_owned();
            commands.push(SettingsCommand::SavePattern(SavedPattern { name: name.to_owned(), pattern }));
        }
        if is_saved {
            ui.label(theme::caption(ui, "Kept"));
        }
    });
    if let Some(fault) = names.tried.as_ref().and_then(|tried| tried.fault.as_ref()) {
        ui.add(Label::new(RichText::new(fault).color(Theme::of(ui).over)).wrap());
    }
}

/// What the pattern makes of the names.
fn answer_ui(
    ui: &mut Ui,
    names: &NamesState,
    listed: &ImageNames,
    reading: &Reading,
    commands: &mut Commands,
) {
    let counts = &reading.counts;
    ui.horizontal(|ui| {
        let read = match counts.unread {
            0 => format!("{}: all {} read", counts, plural(counts.images, "image")),
            unread => {
                format!("{}: {} read, {} not", counts, plural(counts.images, "image"), count_text(unread))
            }
        };
        ui.label(theme::strong(ui, read));
        if counts.unread > 0 {
            let mut is_unread_only = names.is_unread_only;
            if ui.checkbox(&mut is_unread_only, "Only those not read").changed() {
                commands.push(StartCommand::Names(NamesCommand::ShowUnreadOnly(is_unread_only)));
            }
        }
    });
    counted_ui(ui, names, reading, commands);
    for note in &reading.notes {
        ui.add(Label::new(theme::caption(ui, note)).wrap());
    }
    let rows: Option<Vec<usize>> = (names.is_unread_only && counts.unread > 0)
        .then(|| (0..reading.keys.len()).filter(|image| reading.keys[*image].is_none()).collect());
    table_ui(ui, listed, reading, rows.as_deref());
}

/// On which plate wells are counted through, where they are numbers.
fn counted_ui(ui: &mut Ui, names: &NamesState, reading: &Reading, commands: &mut Commands) {
    let Some(shape) = reading.counted_on else { return };
    let Ok(pattern) = NamePattern::new(&names.text) else { return };
    ui.horizontal(|ui| {
        ui.label("Wells are numbered row by row on a plate of");
        let combo = ComboBox::from_id_salt("wells counted");
        let counted = format!("{} wells", shape.wells());
        list_ui(ui, combo, "Wells of the plate", counted, |ui| {
            for known in KNOWN_SHAPES {
                if choice_label(ui, known == shape, format!("{} wells", known.wells())).clicked() {
                    let text = pattern.counted_on_plate_of(known.wells());
                    commands.push(StartCommand::Names(NamesCommand::TypePattern(text)));
                }
            }
        });
    });
}

/// Each name with its well and components; of `rows` where not all are shown.
fn table_ui(ui: &mut Ui, listed: &ImageNames, reading: &Reading, rows: Option<&[usize]>) {
    let theme = Theme::of(ui);
    let height = ui.available_height().max(LEAST_TABLE);
    ui.spacing_mut().item_spacing.x = 10.0;
    TableBuilder::new(ui)
        .id_salt("names")
        .striped(true)
        .cell_layout(Layout::left_to_right(Align::Center))
        .column(Column::remainder().at_least(200.0).clip(true))
        .column(Column::exact(48.0))
        .column(Column::exact(56.0))
        .column(Column::initial(CHANNEL).at_least(60.0).clip(true).resizable(true))
        .columns(Column::exact(64.0), 2)
        .min_scrolled_height(LEAST_TABLE)
        .max_scroll_height(height)
        .auto_shrink(false)
        .header(ROW, |mut header| {
            for title in ["File", "Well", "Site", "Channel", "Z", "Timepoint"] {
                header.col(|ui| {
                    ui.label(theme::caption(ui, title));
                });
            }
        })
        .body(|body| {
            body.rows(ROW, rows.map_or(listed.len(), <[usize]>::len), |mut row| {
                let image = rows.map_or(row.index(), |rows| rows[row.index()]);
                let path = listed.path(image);
                let key = reading.keys.get(image).copied().flatten();
                let colour = if key.is_some() { theme.text } else { theme.over };
                let mut cell = |text: String, colour: Color32| {
                    row.col(|ui| {
                        ui.add(Label::new(RichText::new(text).color(colour)).truncate());
                    });
                };
                cell(path, colour);
                let Some(key) = key else {
                    cell("not read".to_owned(), colour);
                    return;
                };
                cell(key.well.to_string(), colour);
                for component in [Component::Site, Component::Channel, Component::Z, Component::Timepoint] {
                    let value = key.get(component).unwrap_or(1);
                    let name = reading.channel_names.get(&value).filter(|_| component == Component::Channel);
                    cell(name.map_or_else(|| value.to_string(), |name| format!("{value}  {name}")), colour);
                }
            });
        });
    tell_column_edge(ui, "names", 3, "Width of the column of channels");
}

fn buttons_ui(ui: &mut Ui, names: &NamesState, commands: &mut Commands) {
    ui.add_enabled_ui(names.ready().is_some(), |ui| {
        if widgets::primary_button(ui, "Open").clicked() {
            commands.push(StartCommand::OpenByPattern);
        }
    });
    if ui.button("Cancel").on_hover_text("Esc").clicked() {
        commands.push(StartCommand::CancelOpening);
    }
}

//! The folder browser of the window: places, the folders and files of one folder, and what is chosen.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use egui::{
    Align, Align2, Area, Button, Checkbox, EventFilter, Frame, Id, Key, Label, Layout, Margin, Modal, Rect,
    Role, ScrollArea, Sense, Stroke, StrokeKind, TextStyle, Ui, WidgetInfo, pos2, vec2,
};

use super::ends::ends;
use super::screen_reader::selectable_info;
use super::theme::{self, Theme};
use super::widgets;
use crate::app::settings::Settings;
use crate::app::{BrowseCommand, BrowseState, Browsing, Commands, Entry, Place, Wanted};
use crate::quantity::plural;
use crate::shown_text::whole;
use crate::ui::lists::name_container;

/// Height of a row of the list, in points.
const ROW: f32 = 24.0;

/// Width of the column of places, in points.
const PLACES: f32 = 150.0;

/// Letters that are typed within this time, in seconds, belong together.
const TYPED_TOGETHER: f64 = 1.0;

/// What the browser keeps between frames.
#[derive(Debug, Default)]
pub(super) struct BrowseView {
    /// The folder, as it is shown, that has the keys.
    generation: u64,
    /// Letters by which a name is jumped to, and when the last was typed.
    jump: (String, f64),
    /// Where the list is scrolled to, and how much of it is seen.
    seen: [f32; 2],
    /// Whether the entry that is pointed at is to be brought into view.
    is_moved: bool,
}

/// The browser, where it is open; that the desktop is waited for, where it is.
pub(super) fn browse_ui(
    ui: &mut Ui,
    browse: &BrowseState,
    settings: &Settings,
    view: &mut BrowseView,
    commands: &mut Commands,
) {
    if browse.is_waiting {
        waiting_ui(ui);
    }
    let Some(open) = &browse.open else { return };
    let room = ui.ctx().content_rect().size() - vec2(56.0, 56.0);
    let size = vec2(room.x.min(780.0), room.y.min(560.0));
    let frame = Frame::popup(ui.style()).inner_margin(Margin::same(16));
    Modal::new(Id::unique("browse")).frame(frame).show(ui.ctx(), |ui| {
        name_container(ui, &open.question.title);
        ui.set_min_size(size);
        ui.set_max_size(size);
        ui.label(theme::strong(ui, &open.question.title).text_style(theme::title_style()));
        ui.add(Label::new(theme::caption(ui, open.why.sentence())).wrap());
        path_ui(ui, open, commands);
        ui.add_space(4.0);
        let is_new = matches!(open.question.wanted, Wanted::NewFile(_));
        let below = 34.0 + if is_new { 32.0 } else { 0.0 } + if open.error.is_some() { 26.0 } else { 0.0 };
        let height = (ui.available_height() - below).max(3.0 * ROW);
        ui.horizontal_top(|ui| {
            ui.allocate_ui_with_layout(vec2(PLACES, height), Layout::top_down(Align::Min), |ui| {
                ui.set_min_size(vec2(PLACES, height));
                places_ui(ui, &browse.places, &settings.recent, &open.folder, height, commands);
            });
            ui.vertical(|ui| list_ui(ui, open, height, view, commands));
        });
        if let Some(why) = &open.error {
            ui.add(Label::new(theme::weak(ui, whole(why)).color(Theme::of(ui).over)).truncate());
        }
        if is_new {
            name_ui(ui, open, commands);
        }
        ui.with_layout(Layout::bottom_up(Align::Min), |ui| match &open.replacing {
            Some(path) => replace_ui(ui, path, commands),
            None => answers_ui(ui, open, commands),
        });
    });
    let types = ui.memory(egui::Memory::focused).is_some_and(|id| id != list_id());
    if !types && ui.input(|input| input.key_pressed(Key::Escape)) {
        let is_asked = open.replacing.is_some();
        commands.push(if is_asked { BrowseCommand::Replace(false) } else { BrowseCommand::Cancel });
    }
}

fn waiting_ui(ui: &Ui) {
    let area = Area::new(Id::unique("waiting for the desktop")).anchor(Align2::CENTER_BOTTOM, [0.0, -60.0]);
    area.order(egui::Order::Foreground).show(ui.ctx(), |ui| {
        Frame::popup(ui.style()).inner_margin(Margin::symmetric(14, 8)).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label("Waiting for the file dialog of the desktop…");
            });
        });
    });
}

/// The list has the keys of the browser, unless a field has them.
fn list_id() -> Id {
    Id::unique("browse list")
}

fn path_ui(ui: &mut Ui, open: &Browsing, commands: &mut Commands) {
    ui.horizontal(|ui| {
        let has_around = open.folder.parent().is_some();
        let up = ui.add_enabled(has_around, Button::new("Up"));
        if up.on_hover_text("The folder around (Backspace)").clicked() {
            commands.push(BrowseCommand::Up);
        }
        let mut typed = open.typed_path.clone().unwrap_or_else(|| open.folder.to_string_lossy().into_owned());
        let path = |ui: &mut Ui| {
            let field = widgets::path_edit(ui, &mut typed, "a path", "Path");
            let is_entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            (field.changed(), is_entered)
        };
        let ((is_changed, is_entered), go) =
            ends(ui, Align::Center, path, |ui| ui.add_enabled(open.typed_path.is_some(), Button::new("Go")));
        if is_changed {
            commands.push(BrowseCommand::TypePath(typed));
        }
        if is_entered || go.clicked() {
            commands.push(BrowseCommand::TakePath);
        }
    });
}

fn places_ui(
    ui: &mut Ui,
    places: &[Place],
    recent: &[PathBuf],
    present: &Path,
    height: f32,
    commands: &mut Commands,
) {
    let scroll = ScrollArea::vertical().id_salt("places").max_height(height).auto_shrink(false);
    scroll.show(ui, |ui| {
        ui.with_layout(Layout::top_down_justified(Align::Min), |ui| {
            theme::quiet_selection(ui);
            ui.spacing_mut().item_spacing.y = 2.0;
            let mut place = |ui: &mut Ui, name: &str, folder: &Path| {
                let button = Button::selectable(folder == present, whole(name)).truncate();
                let button = ui.add(button);
                if button.on_hover_text(whole(&folder.display().to_string())).clicked() {
                    commands.push(BrowseCommand::Go(folder.to_owned()));
                }
            };
            for known in places {
                place(ui, &known.name, &known.folder);
            }
            let mut around: Vec<&Path> = Vec::new();
            for folder in recent.iter().filter_map(|plate| plate.parent()) {
                if !around.contains(&folder) && places.iter().all(|known| known.folder != folder) {
                    around.push(folder);
                }
            }
            if !around.is_empty() {
                ui.add_space(theme::GAP);
                ui.label(theme::caption(ui, "Plates lay in"));
                for folder in around {
                    let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy();
                    place(ui, &name, folder);
                }
            }
        })
    });
}

fn list_ui(ui: &mut Ui, open: &Browsing, height: f32, view: &mut BrowseView, commands: &mut Commands) {
    let theme = Theme::of(ui);
    let size = vec2(ui.available_width(), height);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let list = ui.interact(rect, list_id(), Sense::focusable_noninteractive());
    list.widget_info(|| WidgetInfo::labeled(Role::ListBox, true, "Folders and files"));
    ui.painter().rect(rect, theme::SMALL_RADIUS, theme.surface, theme.line_stroke(), StrokeKind::Inside);
    if view.generation != open.generation {
        (view.generation, view.jump, view.seen[0]) = (open.generation, (String::new(), 0.0), 0.0);
        view.is_moved = true;
        list.request_focus();
    }
    let entries = &open.listing.entries;
    let place = open.selected.as_ref().and_then(|name| entries.iter().position(|entry| entry.name == *name));
    let mut moved_to = place.filter(|_| view.is_moved);
    if list.has_focus() {
        let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(list.id, filter));
        if let Some(to) = keys(ui, open, place, view, commands) {
            commands.push(BrowseCommand::Select(Some(entries[to].name.clone())));
            moved_to = Some(to);
        }
    }
    let inside = rect.shrink(2.0);
    ui.scope_builder(egui::UiBuilder::new().max_rect(inside), |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut scroll = ScrollArea::vertical().id_salt(("list", open.generation)).auto_shrink(false);
        if let Some(to) = moved_to {
            let top = to as f32 * ROW;
            let offset = view.seen[0].clamp((top + ROW - view.seen[1]).min(top).max(0.0), top);
            scroll = scroll.vertical_scroll_offset(offset);
            view.is_moved = false;
        }
        let shown = scroll.show_rows(ui, ROW, entries.len(), |ui, rows| {
            for (place, entry) in entries.iter().enumerate().take(rows.end).skip(rows.start) {
                row_ui(
                    ui,
                    open,
                    entry,
                    moved_to.map_or(open.selected.as_ref() == Some(&entry.name), |to| to == place),
                    commands,
                );
            }
        });
        view.seen = [shown.state.clamped_offset().y, shown.inner_rect.height()];
    });
    if entries.is_empty() {
        let text = match (open.listing.is_whole, &open.error) {
            (false, _) => "Reading…".to_owned(),
            (true, Some(_)) => String::new(),
            (true, None) if open.listing.other_files > 0 => {
                format!("No folders here, but {}.", plural(open.listing.other_files, "file"))
            }
            (true, None) => "Nothing here.".to_owned(),
        };
        let font = TextStyle::Body.resolve(ui.style());
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, text, font, theme.text_weak);
    }
}

/// The place in the list to which the keys lead, where they do.
fn keys(
    ui: &Ui,
    open: &Browsing,
    place: Option<usize>,
    view: &mut BrowseView,
    commands: &mut Commands,
) -> Option<usize> {
    let entries = &open.listing.entries;
    let last = entries.len().checked_sub(1);
    let page = (view.seen[1] / ROW).max(1.0) as usize;
    let pressed = |key| ui.input(|input| input.key_pressed(key));
    if pressed(Key::Backspace) {
        commands.push(BrowseCommand::Up);
        return None;
    }
    if pressed(Key::Enter) {
        // With nothing pointed at it is the folder itself that is meant.
        commands.push(if place.is_some() { BrowseCommand::Open } else { BrowseCommand::Choose });
        return None;
    }
    let last = last?;
    let to = |forward: usize, back: usize| match place {
        Some(place) => (place + forward).saturating_sub(back).min(last),
        None if forward > 0 => 0,
        None => last,
    };
    for (key, place) in [
        (Key::ArrowDown, to(1, 0)),
        (Key::ArrowUp, to(0, 1)),
        (Key::PageDown, to(page, 0)),
        (Key::PageUp, to(0, page)),
        (Key::Home, 0),
        (Key::End, last),
    ] {
        if pressed(key) {
            return Some(place);
        }
    }
    let (now, typed) = ui.input(|input| {
        let text = |event: &egui::Event| match event {
            egui::Event::Text(text) => Some(text.clone()),
            _ => None,
        };
        (input.time, input.events.iter().filter_map(text).collect::<String>())
    });
    if typed.is_empty() {
        return None;
    }
    if now - view.jump.1 > TYPED_TOGETHER {
        view.jump.0.clear();
    }
    view.jump.0.push_str(&typed.to_lowercase());
    view.jump.1 = now;
    let begins = |name: &OsStr| name.to_string_lossy().to_lowercase().starts_with(&view.jump.0);
    entries.iter().position(|entry| begins(&entry.name))
}

fn row_ui(ui: &mut Ui, open: &Browsing, entry: &Entry, is_selected: bool, commands: &mut Commands) {
    let theme = Theme::of(ui);
    // The list has the focus, not each row.
    let (rect, row) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::CLICK);
    let name = entry.name.to_string_lossy();
    let name = whole(&name);
    let is_plate = open.plates.contains(&entry.name);
    let what = match (entry.is_folder, is_plate) {
        (true, true) => "Plate",
        (true, false) => "Folder",
        (false, _) => "File",
    };
    selectable_info(&row, Role::ListBoxOption, is_selected, &format!("{what} {name}"));
    if is_selected || row.hovered() {
        ui.painter().rect_filled(rect, 2.0, if is_selected { theme.card_hovered } else { theme.card });
    }
    let middle = rect.center().y;
    icon_ui(ui, entry.is_folder, pos2(rect.left() + 14.0, middle));
    let (font, small) = (TextStyle::Body.resolve(ui.style()), TextStyle::Small.resolve(ui.style()));
    let room = rect.width() - 28.0 - if is_plate { 60.0 } else { 8.0 };
    widgets::paint_elided(ui, pos2(rect.left() + 28.0, middle), room, &name, font, theme.text);
    if is_plate {
        let at = pos2(rect.right() - 12.0, middle);
        ui.painter().text(at, Align2::RIGHT_CENTER, "plate", small, theme.bulk);
    }
    if row.double_clicked() {
        commands.push(BrowseCommand::Select(Some(entry.name.clone())));
        commands.push(BrowseCommand::Open);
    } else if row.clicked() {
        commands.push(BrowseCommand::Select(Some(entry.name.clone())));
        ui.memory_mut(|memory| memory.request_focus(list_id()));
    }
}

/// A folder or a sheet, in few lines.
fn icon_ui(ui: &Ui, is_folder: bool, middle: egui::Pos2) {
    let theme = Theme::of(ui);
    if is_folder {
        let body = Rect::from_center_size(middle + vec2(0.0, 1.0), vec2(13.0, 9.0));
        let flap = Rect::from_min_size(body.min - vec2(0.0, 2.0), vec2(6.0, 4.0));
        ui.painter().rect_filled(flap, 1.0, theme.text_weak);
        ui.painter().rect_filled(body, 1.0, theme.text_weak);
    } else {
        let sheet = Rect::from_center_size(middle, vec2(9.0, 12.0));
        ui.painter().rect_stroke(sheet, 1.0, Stroke::new(1.0, theme.text_weak), StrokeKind::Inside);
    }
}

fn name_ui(ui: &mut Ui, open: &Browsing, commands: &mut Commands) {
    ui.horizontal(|ui| {
        ui.label("Name");
        let mut name = open.name.clone();
        let field = widgets::path_edit(ui, &mut name, "name of the file", "Name of the file");
        if field.changed() {
            commands.push(BrowseCommand::TypeName(name));
        }
        if field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
            commands.push(BrowseCommand::Choose);
        }
    });
}

/// What there is, and the ways out.
fn answers_ui(ui: &mut Ui, open: &Browsing, commands: &mut Commands) {
    let mut hidden = open.hidden;
    let listed = |ui: &mut Ui| {
        let hidden = ui.add(Checkbox::new(&mut hidden, "Hidden"));
        ui.add(Label::new(theme::caption(ui, amount_text(open))).truncate());
        hidden.changed()
    };
    let (is_changed, ()) = ends(ui, Align::Center, listed, |ui| {
        if ui.button("Cancel").clicked() {
            commands.push(BrowseCommand::Cancel);
        }
        let chosen = open.chosen();
        let text = match &open.question.wanted {
            Wanted::NewFile(_) => "Save",
            Wanted::File => "Open",
            Wanted::Folder if open.entry().is_some_and(|entry| entry.is_folder) => {
                "Choose the selected folder"
            }
            Wanted::Folder => "Choose this folder",
        };
        let choose = ui.add_enabled_ui(chosen.is_some(), |ui| widgets::primary_button(ui, text)).inner;
        let choose = match &chosen {
            Some(path) => choose.on_hover_text(whole(&path.display().to_string())),
            None => choose,
        };
        if choose.clicked() {
            commands.push(BrowseCommand::Choose);
        }
    });
    if is_changed {
        commands.push(BrowseCommand::ShowHidden(hidden));
    }
}

/// `12 folders, 3 files; 96 other files`.
fn amount_text(open: &Browsing) -> String {
    let listing = &open.listing;
    let folders = listing.entries.iter().filter(|entry| entry.is_folder).count();
    let files = listing.entries.len() - folders;
    let mut text = plural(folders, "folder");
    if files > 0 {
        text = format!("{text}, {}", plural(files, "file"));
    }
    if listing.other_files > 0 {
        text = format!("{text}; {}", plural(listing.other_files, "other file"));
    }
    match (listing.is_whole, listing.is_cut) {
        (false, _) => format!("{text} so far…"),
        (true, true) => format!("{text}, and more: type the path"),
        (true, false) => text,
    }
}

fn replace_ui(ui: &mut Ui, path: &Path, commands: &mut Commands) {
    let question = |ui: &mut Ui| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let text = format!("“{}” is there already. Replace it?", whole(&name));
        ui.add(Label::new(theme::strong(ui, text).color(Theme::of(ui).warning)).truncate());
    };
    ends(ui, Align::Center, question, |ui| {
        if ui.button("Keep it").clicked() {
            commands.push(BrowseCommand::Replace(false));
        }
        if widgets::primary_button(ui, "Replace").clicked() {
            commands.push(BrowseCommand::Replace(true));
        }
    });
}

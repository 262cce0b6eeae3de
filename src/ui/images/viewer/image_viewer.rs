//! One image, large: zoom, pan, exact pixel values, contrast, the same place at each step, and what the
//! pipeline would make of it.
//!
//! What is drawn of the image itself is the [`canvas`](super::canvas)'s part; here are the way from
//! image to image, captions and contrast. Deliberately absent: editing of any kind.

use egui::text_selection::LabelSelectionState;
use egui::{Align, Event, Key, KeyboardShortcut, Layout, Modifiers, Rect, Ui, UiBuilder, pos2, vec2};

use super::canvas::{ViewChange, canvas_id};
use super::header::{header_ui, stages_ui};
use super::open::Open;
use super::pane_pixels::NoPixelSize;
use super::panes::Pane;
use super::stack::{self, stacks_ui};
use super::state::Viewer;
use crate::app::images::load_state::LoadState;
use crate::app::images::view_order::Blend;
use crate::app::{Commands, ViewUse};
use crate::plate::Component;
use crate::ui::images::image_list::{ImageList, ImagesModel, Item, Stage};
use crate::ui::images::lookup::{difference_ui, table_menu_ui};
use crate::ui::images::thumbnails::Thumbnails;
use crate::ui::theme::{self, GAP};

/// Width of the contrast panel beside the image.
const SIDE_WIDTH: f32 = 216.0;

/// Saves a picture of the view.
const SAVE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::S);

/// What the viewer asks of the panel around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ViewerAction {
    Stay,
    /// Back to the grid, at this place of the list.
    Back(usize),
}

/// Draws the open image.
pub(crate) fn viewer_ui(
    ui: &mut Ui,
    model: &ImagesModel<'_>,
    list: &ImageList,
    viewer: &mut Viewer,
    thumbnails: &mut Thumbnails,
    commands: &mut Commands,
) -> ViewerAction {
    commands.extend(viewer.shutter.develop(ui));
    viewer.follow(model, list);
    let mut back = keys(ui, model, list, viewer);
    viewer.play(ui, model, list, thumbnails);
    let Some(open) = &viewer.open else { return ViewerAction::Back(0) };
    let (item, position) = (open.item, open.position);
    let panes = viewer.panes(ui, model, list, thumbnails, item);
    let Some(pane) = panes.first() else { return ViewerAction::Stay };
    let shown = &pane.shown;
    let image = if let LoadState::Ready(image) = &shown.whole { Some(image.clone()) } else { None };
    let contrast = image.as_ref().map(|image| viewer.contrast.of(thumbnails, shown, image));
    let in_use = |open: &Open| viewer.composite.in_use(open, &viewer.preview).is_some();
    let is_composite = viewer.open.as_ref().is_some_and(in_use);

    let full = ui.available_rect_before_wrap();
    back |= header_ui(ui, model, list, viewer, pane, commands);
    stages_ui(ui, model, list, viewer);
    ui.add_space(4.0);
    let below = Rect::from_min_max(pos2(full.left(), ui.cursor().top()), full.max);
    let side_width = if below.width() > 2.5 * SIDE_WIDTH { SIDE_WIDTH } else { 0.0 };
    let has_stacks = viewer.open.as_ref().is_some_and(|open| !open.stacks.is_empty());
    let foot = 24.0 + if has_stacks { stack::HEIGHT + 4.0 } else { 0.0 };
    let canvas = Rect::from_min_max(
        below.min,
        pos2(
            below.right() - side_width - if side_width > 0.0 { GAP * 1.5 } else { 0.0 },
            below.bottom() - foot,
        ),
    );
    if canvas.width() < 16.0 || canvas.height() < 16.0 {
        return if back { ViewerAction::Back(position) } else { ViewerAction::Stay };
    }

    let limit = thumbnails.loader().whole_limit_bytes();
    let wanted = viewer.wanted(model, list, image.as_deref(), limit);
    let pointed = viewer.panes_ui(ui, canvas, thumbnails, &panes, wanted);
    viewer.shutter.expose(ui, canvas, || picture_name(model, item, &panes, is_composite));
    let mut foot_rect =
        Rect::from_min_max(pos2(canvas.left(), canvas.bottom() + 4.0), pos2(canvas.right(), below.bottom()));
    if has_stacks {
        let row = Rect::from_min_size(foot_rect.min, vec2(foot_rect.width(), stack::HEIGHT));
        foot_rect.min.y = row.bottom() + 4.0;
        ui.scope_builder(UiBuilder::new().max_rect(row), |ui| stack_row_ui(ui, model, list, viewer));
    }
    ui.scope_builder(UiBuilder::new().max_rect(foot_rect).layout(Layout::left_to_right(Align::Center)), |ui| {
        match pointed {
            Some(text) => ui.label(text),
            None => ui.label(theme::caption(ui, "Scroll to zoom, drag to move, left and right arrow for the next image, Esc for all images")),
        };
    });
    if side_width > 0.0 {
        let no_bar = no_bar(&panes);
        let side = Rect::from_min_max(pos2(below.right() - side_width, below.top()), below.max);
        ui.scope_builder(UiBuilder::new().max_rect(side).layout(Layout::top_down(Align::Min)), |ui| {
            if pane.blend == Blend::Difference {
                // Until its picture is there, the number is of an earlier one.
                let is_there = matches!(pane.layers, LoadState::Ready(_)) && viewer.canvas.is_settled();
                difference_ui(ui, &pane.name, viewer.canvas.largest_difference().filter(|_| is_there));
                viewer.canvas.scale_bar_switch_ui(ui, no_bar);
                return;
            }
            channels_ui(ui, model, list, viewer, thumbnails);
            if let Some((image, contrast)) = image.as_ref().zip(contrast) {
                viewer.contrast.side_ui(ui, thumbnails, shown, image, contrast);
                // A composite has the colours of its channels, and a colour image its own.
                if !is_composite && image.format.samples < 3 {
                    table_ui(ui, thumbnails, shown.group.channel);
                }
                viewer.canvas.scale_bar_switch_ui(ui, no_bar);
            }
        });
    }
    ui.advance_cursor_after_rect(full);
    if back { ViewerAction::Back(position) } else { ViewerAction::Stay }
}

/// Why there is no scale bar, where no image that is shown can have one.
fn no_bar(panes: &[Pane]) -> Option<&'static str> {
    let has_one = panes.iter().any(|pane| pane.pixels.size.is_ok());
    let why = || panes.iter().find_map(|pane| pane.pixels.size.err());
    if has_one { None } else { why().map(NoPixelSize::why) }
}

/// Arrow keys and Esc, unless they are for something else: a menu that is open, or what has the focus,
/// such as a text or the plate map.
fn keys(ui: &Ui, model: &ImagesModel<'_>, list: &ImageList, viewer: &mut Viewer) -> bool {
    let is_menu_open = egui::Popup::is_any_open(ui.ctx());
    let was_menu_open = std::mem::replace(&mut viewer.was_menu_open, is_menu_open);
    let is_elsewhere =
        ui.memory(egui::Memory::focused).is_some_and(|focused| ![0, 1].map(canvas_id).contains(&focused));
    if is_elsewhere || is_menu_open || was_menu_open {
        return false;
    }
    // Ctrl+C comes as the wish to copy; that of a text that is marked is for it.
    let is_text_marked = || ui.ctx().with_plugin(|texts: &mut LabelSelectionState| texts.has_selection());
    if ui.input(|input| input.events.contains(&Event::Copy)) && is_text_marked() != Some(true) {
        viewer.shutter.press(ViewUse::Copy);
    }
    if ui.input_mut(|input| input.consume_shortcut(&SAVE)) {
        viewer.shutter.press(ViewUse::Save);
    }
    viewer.canvas.change = view_change(ui).or(viewer.canvas.change);
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if pressed(Key::ArrowRight) {
        viewer.go(model, list, 1);
    }
    if pressed(Key::ArrowLeft) {
        viewer.go(model, list, -1);
    }
    let through_stacks = [
        (Key::PageUp, Component::Z, 1),
        (Key::PageDown, Component::Z, -1),
        (Key::Period, Component::Timepoint, 1),
        (Key::Comma, Component::Timepoint, -1),
    ];
    for (key, component, by) in through_stacks {
        if pressed(key) {
            viewer.step(model, list, component, by);
        }
    }
    pressed(Key::Escape)
}

/// What the keys ask of the view: + and − another size, 0 and 1 all of the image and its own pixels, arrows with Alt another part.
fn view_change(ui: &Ui) -> Option<ViewChange> {
    const ZOOM: f64 = 1.25;
    const ALONG: f32 = 0.1;
    let (plain, alt) = (Modifiers::NONE, Modifiers::ALT);
    [
        (plain, Key::Plus, ViewChange::Zoom(ZOOM)),
        (plain, Key::Equals, ViewChange::Zoom(ZOOM)),
        (plain, Key::Minus, ViewChange::Zoom(1.0 / ZOOM)),
        (plain, Key::Num0, ViewChange::Fit),
        (plain, Key::Num1, ViewChange::OneToOne),
        (alt, Key::ArrowLeft, ViewChange::Along(vec2(-ALONG, 0.0))),
        (alt, Key::ArrowRight, ViewChange::Along(vec2(ALONG, 0.0))),
        (alt, Key::ArrowUp, ViewChange::Along(vec2(0.0, -ALONG))),
        (alt, Key::ArrowDown, ViewChange::Along(vec2(0.0, ALONG))),
    ]
    .into_iter()
    .find_map(|(modifiers, key, change)| {
        ui.input_mut(|input| input.consume_key(modifiers, key)).then_some(change)
    })
}

/// `Neurites-07 B02_s2_w1_z1_t1 Source − Z projection`, of what a file name may hold.
fn picture_name(model: &ImagesModel<'_>, item: Item, panes: &[Pane], is_composite: bool) -> String {
    let mut name = format!("{} {}", model.plate.name, item.key);
    match panes {
        [one] if one.blend == Blend::Difference || item.stage != Stage::Source => {
            name.push_str(&format!(" {}", one.name));
        }
        [a, b] => name.push_str(&format!(" {} beside {}", a.name, b.name)),
        _ => {}
    }
    if is_composite {
        name.push_str(" all channels");
    }
    let may_be = |letter: char| letter.is_alphanumeric() || " -_−()".contains(letter);
    name.chars().filter(|letter| may_be(*letter)).collect()
}

/// The sliders through the stacks that the open image is of.
fn stack_row_ui(ui: &mut Ui, model: &ImagesModel<'_>, list: &ImageList, viewer: &mut Viewer) {
    let Some(open) = &viewer.open else { return };
    let stacks = open.stacks(model, &viewer.preview);
    if let Some(item) = stacks_ui(ui, &stacks, &mut viewer.player) {
        viewer.show_within_stack(model, list, item);
    }
}

/// The lookup table of a channel.
fn table_ui(ui: &mut Ui, thumbnails: &mut Thumbnails, channel: Option<u32>) {
    ui.label(theme::caption(ui, "Lookup table"));
    let (table, tint) = (thumbnails.table(channel), thumbnails.tint(channel));
    if let Some(table) = table_menu_ui(ui, "Lookup table", Some(table), tint) {
        thumbnails.choose_table(channel, table);
    }
}

/// The channels of a composite.
fn channels_ui(
    ui: &mut Ui,
    model: &ImagesModel<'_>,
    list: &ImageList,
    viewer: &mut Viewer,
    thumbnails: &mut Thumbnails,
) {
    let Some(open) = &viewer.open else { return };
    if viewer.composite.in_use(open, &viewer.preview).is_none() {
        return;
    }
    if let Some(item) = viewer.composite.channels_ui(ui, model, thumbnails, &open.channels, open.item) {
        viewer.show_within_stack(model, list, item);
    }
}

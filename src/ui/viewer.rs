//! One image, large: zoom, pan, exact pixel values, contrast, and the same place at each step.
//!
//! What is drawn of the image itself is the [`canvas`](super::canvas)'s part; here are the way from
//! image to image, captions and contrast. Deliberately absent: editing of any kind.

use egui::{Align, Key, Layout, Modifiers, Rect, Ui, UiBuilder, pos2};

use super::canvas::{Canvas, Subject, canvas_id, canvas_ui};
use super::contrast::{ContrastChange, Handle, contrast_ui};
use super::image_list::{ImageList, ImagesModel, Item, Place, Stage};
use super::theme::{self, GAP};
use super::thumbnails::{ContrastGroup, Thumbnails};
use crate::app::image_loader::{ImageSource, Loaded, WholeImage};
use crate::image::Contrast;
use crate::plate::{Component, ImageKey};

/// Width of the contrast panel beside the image.
const SIDE_WIDTH: f32 = 216.0;

/// What the viewer remembers.
#[derive(Default)]
pub struct Viewer {
    open: Option<Open>,
    canvas: Canvas,
    /// A contrast for this image alone.
    own_contrast: Option<(ImageSource, Contrast)>,
    /// Whether each image has its own contrast instead of its channel's.
    contrast_per_image: bool,
    dragged: Option<Handle>,
}

struct Open {
    item: Item,
    /// Place in the filtered list from which the arrow keys go on.
    position: usize,
    /// The last key with all components, so that going from a projection back finds its plane.
    full_key: ImageKey,
    /// The same place at each stage that has it; worked out when the item changes.
    companions: Vec<Item>,
    list_version: u64,
}

/// What the viewer asks of the panel around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewerAction {
    /// Stay.
    Stay,
    /// Back to the grid, at this place of the list.
    Back(usize),
}

impl Viewer {
    /// Whether an image is open.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Opens an item of the list.
    pub fn open(&mut self, model: &ImagesModel<'_>, list: &ImageList, position: usize) {
        if let Some(item) = list.items.get(position) {
            self.show(model, list, *item, position);
            self.canvas.wants_focus = true;
        }
    }

    /// Opens the image of a key, as when another panel names it; where the list does not have it,
    /// the arrow keys begin at the start of the list.
    pub fn open_key(&mut self, model: &ImagesModel<'_>, list: &ImageList, key: ImageKey) {
        if let Some(position) = list.items.iter().position(|item| item.key == key) {
            self.open(model, list, position);
        } else if let Some(item) = list.counterpart(model, key, Stage::Source) {
            self.show(model, list, item, 0);
            self.canvas.wants_focus = true;
        }
    }

    /// Closes the image; zoom and contrast are kept for the next.
    pub fn close(&mut self) {
        self.open = None;
        self.canvas.let_picture_go();
    }

    fn show(&mut self, model: &ImagesModel<'_>, list: &ImageList, item: Item, position: usize) {
        let full_key = match &self.open {
            Some(open) if item.key.z.is_none() && agree(open.full_key, item.key) => open.full_key,
            _ => item.key,
        };
        let companion = |stage: Stage| {
            if stage == item.stage { Some(item) } else { list.counterpart(model, full_key, stage) }
        };
        let companions = list.stages.iter().filter_map(|(stage, _)| companion(*stage)).collect();
        self.open = Some(Open { item, position, full_key, companions, list_version: list.version });
    }

    /// Goes to the next (1) or previous (-1) image of the list, at the stage that is looked at.
    fn go(&mut self, model: &ImagesModel<'_>, list: &ImageList, by: isize) {
        let Some(open) = &self.open else { return };
        let (stage, place, mut position) = (open.item.stage, open.item.place, open.position);
        while let Some(next) = position.checked_add_signed(by).filter(|next| *next < list.items.len()) {
            position = next;
            let item = list.items[position];
            let at_stage = if item.stage == stage || matches!(item.place, Place::Missing(_)) {
                Some(item)
            } else {
                list.counterpart(model, item.key, stage)
            };
            // All planes of a stack have the same projection: the next different image counts.
            if let Some(item) = at_stage.filter(|item| item.place != place) {
                self.show(model, list, item, position);
                return;
            }
        }
    }

    /// The list or the model behind it has changed: what was open is looked up again.
    fn follow(&mut self, model: &ImagesModel<'_>, list: &ImageList) {
        let Some(open) = &self.open else { return };
        if open.list_version == list.version {
            return;
        }
        let (item, full_key) = (open.item, open.full_key);
        let found = list.items.iter().position(|other| other.key == item.key && other.stage == item.stage);
        if let Some(position) = found {
            self.show(model, list, list.items[position], position);
        } else if let Some(other) = list.counterpart(model, full_key, item.stage) {
            let position = list.items.iter().position(|other| agree(other.key, full_key)).unwrap_or(0);
            self.show(model, list, other, position);
        } else {
            self.close();
        }
    }
}

fn agree(a: ImageKey, b: ImageKey) -> bool {
    a.well == b.well
        && Component::ALL
            .into_iter()
            .all(|component| a.get(component).zip(b.get(component)).is_none_or(|(a, b)| a == b))
}

/// Draws the open image.
pub fn viewer_ui(
    ui: &mut Ui,
    model: &ImagesModel<'_>,
    list: &ImageList,
    viewer: &mut Viewer,
    thumbnails: &mut Thumbnails,
) -> ViewerAction {
    viewer.follow(model, list);
    let mut back = keys(ui, model, list, viewer);
    let Some(open) = &viewer.open else { return ViewerAction::Back(0) };
    let (item, position) = (open.item, open.position);
    let source = item.source(model);
    let whole = match &source {
        Some(source) => thumbnails.loader().whole(source),
        None => Loaded::Failed(item.missing_because(model).unwrap_or("the image is missing").into()),
    };
    let image = if let Loaded::Ready(image) = &whole { Some(image.clone()) } else { None };
    let group = ContrastGroup { step: item.stage.step(), channel: item.key.channel };
    let contrast = match (&source, &image) {
        (Some(source), Some(image)) => Some(viewer.contrast(thumbnails, group, source, image)),
        _ => None,
    };

    let full = ui.available_rect_before_wrap();
    back |= header_ui(ui, model, list, viewer, item, image.as_deref());
    stages_ui(ui, model, list, viewer);
    ui.add_space(4.0);
    let below = Rect::from_min_max(pos2(full.left(), ui.cursor().top()), full.max);
    let side_width = if below.width() > 2.5 * SIDE_WIDTH { SIDE_WIDTH } else { 0.0 };
    let foot = 24.0;
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
    let wanted = wanted(model, list, viewer, image.as_deref(), limit);
    let caption = list.caption(&item, true);
    let subject = Subject {
        caption: &caption,
        source: source.as_ref(),
        whole: &whole,
        contrast,
        group,
        pixel_size_um: model.plate.pixel_size_um,
    };
    let hovered = canvas_ui(ui, canvas, &mut viewer.canvas, thumbnails, &subject, wanted);
    let foot_rect =
        Rect::from_min_max(pos2(canvas.left(), canvas.bottom() + 4.0), pos2(canvas.right(), below.bottom()));
    ui.scope_builder(UiBuilder::new().max_rect(foot_rect).layout(Layout::left_to_right(Align::Center)), |ui| {
        let text = match (&hovered, &image) {
            (Some((x, y)), Some(image)) => image.values_at(*x, *y).map(|values| {
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                format!("x {x} · y {y} · value {}", values.join(", "))
            }),
            _ => None,
        };
        match text {
            Some(text) => ui.label(text),
            None => ui.label(theme::caption(ui, "Scroll to zoom, drag to move, left and right arrow for the next image, Esc for all images")),
        };
    });
    if let (true, Some(image), Some(contrast)) = (side_width > 0.0, &image, contrast) {
        let side = Rect::from_min_max(pos2(below.right() - side_width, below.top()), below.max);
        ui.scope_builder(UiBuilder::new().max_rect(side).layout(Layout::top_down(Align::Min)), |ui| {
            side_ui(ui, viewer, thumbnails, group, source.as_ref(), image, contrast);
        });
    }
    ui.advance_cursor_after_rect(full);
    if back { ViewerAction::Back(position) } else { ViewerAction::Stay }
}

/// Arrow keys and Esc, unless they are for something else: a menu that is open, or what has the focus,
/// such as a text or the plate map.
fn keys(ui: &Ui, model: &ImagesModel<'_>, list: &ImageList, viewer: &mut Viewer) -> bool {
    let is_elsewhere = ui.memory(egui::Memory::focused).is_some_and(|focused| focused != canvas_id());
    if is_elsewhere || egui::Popup::is_any_open(ui.ctx()) {
        return false;
    }
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if pressed(Key::ArrowRight) {
        viewer.go(model, list, 1);
    }
    if pressed(Key::ArrowLeft) {
        viewer.go(model, list, -1);
    }
    pressed(Key::Escape)
}

fn header_ui(
    ui: &mut Ui,
    model: &ImagesModel<'_>,
    list: &ImageList,
    viewer: &mut Viewer,
    item: Item,
    image: Option<&WholeImage>,
) -> bool {
    let mut back = false;
    let position = viewer.open.as_ref().map_or(0, |open| open.position);
    ui.horizontal(|ui| {
        back = ui.button("Back").on_hover_text("All images (Esc)").clicked();
        ui.label(theme::strong(ui, list.caption(&item, true)));
        if let Some(channel) = item.key.channel {
            let name = model.plate.value_name(Component::Channel, channel);
            if model.plate.channel_names.contains_key(&channel) {
                ui.label(theme::weak(ui, name));
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let next = ui.add_enabled(position + 1 < list.items.len(), egui::Button::new("Next"));
            if next.on_hover_text("Right arrow").clicked() {
                viewer.go(model, list, 1);
            }
            if ui
                .add_enabled(position > 0, egui::Button::new("Previous"))
                .on_hover_text("Left arrow")
                .clicked()
            {
                viewer.go(model, list, -1);
            }
            ui.label(theme::caption(ui, format!("{} of {}", position + 1, list.items.len())));
        });
    });
    ui.horizontal(|ui| {
        let mut parts = Vec::new();
        if let Some(image) = image {
            parts.push(image.format.to_string());
        }
        if let Some(um) = model.plate.pixel_size_um {
            parts.push(format!("{um} µm a pixel"));
        }
        if let Some(source) = item.source(model) {
            parts.push(source.file_name());
        }
        let label = ui.add(egui::Label::new(theme::caption(ui, parts.join(" · "))).truncate());
        if let Some(source) = item.source(model) {
            label.on_hover_text(source.path.display().to_string());
        }
    });
    back
}

/// The same place at each stage, to switch between them with zoom and contrast kept.
fn stages_ui(ui: &mut Ui, model: &ImagesModel<'_>, list: &ImageList, viewer: &mut Viewer) {
    let Some(open) = &viewer.open else { return };
    if list.stages.len() <= 1 {
        return;
    }
    let mut chosen = None;
    ui.horizontal_wrapped(|ui| {
        for (stage, name) in &list.stages {
            let companion = open.companions.iter().find(|item| item.stage == *stage);
            let button = egui::Button::selectable(open.item.stage == *stage, name.as_str());
            let response = ui.add_enabled(companion.is_some(), button);
            let response = response.on_disabled_hover_text("No run has saved this image at this step");
            if let (true, Some(item)) = (response.clicked(), companion) {
                chosen = Some(*item);
            }
        }
    });
    if let Some(item) = chosen {
        let position = open.position;
        viewer.show(model, list, item, position);
    }
}

/// The whole images that are wanted: this one, and its neighbours where memory allows.
fn wanted(
    model: &ImagesModel<'_>,
    list: &ImageList,
    viewer: &Viewer,
    image: Option<&WholeImage>,
    limit_bytes: usize,
) -> Vec<ImageSource> {
    let Some(open) = &viewer.open else { return Vec::new() };
    let mut wanted: Vec<ImageSource> = open.item.source(model).into_iter().collect();
    if let Some(image) = image {
        let companions = open.companions.iter().copied();
        let stage = open.item.stage;
        let neighbours = [open.position.checked_add(1), open.position.checked_sub(1)].into_iter().flatten();
        let neighbours =
            neighbours.filter_map(|position| list.items.get(position).copied()).filter_map(|item| {
                if item.stage == stage { Some(item) } else { list.counterpart(model, item.key, stage) }
            });
        wanted.extend(neighbours.chain(companions).filter_map(|item| item.source(model)));
        // What is fetched ahead must fit the cache with room to spare, or it would push out what
        // is looked at.
        let fitting = limit_bytes as u64 / 2 / image.format.bytes().max(1);
        wanted.truncate(usize::try_from(fitting).unwrap_or(usize::MAX).max(1));
    }
    wanted
}

/// Contrast and colour, beside the image.
fn side_ui(
    ui: &mut Ui,
    viewer: &mut Viewer,
    thumbnails: &mut Thumbnails,
    group: ContrastGroup,
    source: Option<&ImageSource>,
    image: &WholeImage,
    contrast: Contrast,
) {
    super::widgets::section_heading(ui, "Contrast");
    let colour_image = image.format.samples >= 3;
    let own = viewer.contrast_per_image || colour_image;
    let chosen = if own {
        viewer.own_contrast.as_ref().is_some_and(|(of, _)| Some(of) == source)
    } else {
        thumbnails.has_chosen_contrast(group)
    };
    let pixel = image.format.pixel;
    let change = contrast_ui(ui, &image.histogram, pixel, contrast, chosen, &mut viewer.dragged);
    if !colour_image {
        let mut shared = !viewer.contrast_per_image;
        let hint = "All images of this channel on the plate are shown with one contrast, so that their brightness can be compared";
        if ui.checkbox(&mut shared, "Same for the channel").on_hover_text(hint).changed() {
            viewer.contrast_per_image = !shared;
            viewer.own_contrast = None;
        }
        ui.checkbox(&mut thumbnails.colour_channels, "Colour channels");
    }
    let Some(change) = change else { return };
    let contrast = match change {
        ContrastChange::To(contrast) => Some(contrast),
        ContrastChange::Auto => Some(image.auto_contrast),
        ContrastChange::Reset => None,
    };
    if own {
        viewer.own_contrast = source.cloned().zip(contrast);
    } else {
        thumbnails.choose_contrast(group, contrast);
    }
}

impl Viewer {
    fn contrast(
        &self,
        thumbnails: &mut Thumbnails,
        group: ContrastGroup,
        source: &ImageSource,
        image: &WholeImage,
    ) -> Contrast {
        if self.contrast_per_image || image.format.samples >= 3 {
            let own = self.own_contrast.as_ref().filter(|(of, _)| of == source);
            return own.map_or(image.auto_contrast, |(_, contrast)| *contrast);
        }
        thumbnails.estimate_contrast(group, source, image.auto_contrast);
        thumbnails.contrast(group).unwrap_or(image.auto_contrast)
    }
}

//! What the viewer remembers, and its way from image to image.

use super::beside::Beside;
use super::canvas::Canvas;
use super::composite::CompositeSwitch;
use super::image_contrast::ImageContrast;
use super::open::Open;
use super::preview::PreviewSwitch;
use super::shutter::Shutter;
use super::stack::{Player, Stack};
use crate::plate::{Component, ImageKey};
use crate::ui::images::image_list::{ImageList, ImagesModel, Item, Stage};

/// What the viewer remembers.
#[derive(Default)]
pub(crate) struct Viewer {
    pub(crate) open: Option<Open>,
    pub(crate) canvas: Canvas,
    pub(crate) canvas_beside: Canvas,
    pub(crate) beside: Beside,
    pub(crate) contrast: ImageContrast,
    pub(crate) preview: PreviewSwitch,
    pub(crate) composite: CompositeSwitch,
    pub(crate) player: Player,
    pub(crate) shutter: Shutter,
    /// Whether a menu was open when the last frame ended: the Esc that closes it is not for the viewer.
    pub(super) was_menu_open: bool,
}

impl Viewer {
    /// Whether an image is open.
    pub(crate) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Opens an item of the list.
    pub(crate) fn open(&mut self, model: &ImagesModel<'_>, list: &ImageList, position: usize) {
        if let Some(item) = list.items.get(position) {
            self.show(model, list, *item, position);
            self.canvas.wants_focus = true;
        }
    }

    /// Opens the image of a key, as when another panel names it; where the list does not have it,
    /// the arrow keys begin at the start of the list.
    pub(crate) fn open_key(&mut self, model: &ImagesModel<'_>, list: &ImageList, key: ImageKey) {
        if let Some(position) = list.items.iter().position(|item| item.key == key) {
            self.open(model, list, position);
        } else if let Some(item) = list.counterpart(model, key, Stage::Source) {
            self.show(model, list, item, 0);
            self.canvas.wants_focus = true;
        }
    }

    /// Closes the image; zoom and contrast are kept for the next.
    pub(crate) fn close(&mut self) {
        self.open = None;
        self.player.stop();
        self.shutter = Shutter::default();
        self.canvas.release_picture();
        self.canvas_beside.release_picture();
    }

    /// Shows an image; `position` is where the arrow keys go on.
    pub(crate) fn show(&mut self, model: &ImagesModel<'_>, list: &ImageList, item: Item, position: usize) {
        let full_key = match &self.open {
            Some(open) if item.key.z.is_none() && agree(open.full_key, item.key) => open.full_key,
            _ => item.key,
        };
        let companion = |stage: Stage| {
            if stage == item.stage { Some(item) } else { list.counterpart(model, full_key, stage) }
        };
        let companions = list.stages.iter().filter_map(|(stage, _)| companion(*stage)).collect();
        let stacks = Stack::of(model, list, item);
        let channels = list.siblings(model, item, Component::Channel);
        let list_version = list.version;
        self.open = Some(Open { item, position, full_key, companions, stacks, channels, list_version });
    }

    /// Shows another image of the same stack, which the filters may hide.
    pub(crate) fn show_within_stack(&mut self, model: &ImagesModel<'_>, list: &ImageList, item: Item) {
        let found = list.items.binary_search_by_key(&(item.key, item.stage), |item| (item.key, item.stage));
        let position = self.open.as_ref().map_or(0, |open| open.position);
        self.show(model, list, item, found.unwrap_or(position));
    }

    /// Goes to the plane or timepoint before (-1) or after (1) the open one.
    pub(super) fn step(
        &mut self,
        model: &ImagesModel<'_>,
        list: &ImageList,
        component: Component,
        by: isize,
    ) {
        let stacks = self.open.iter().flat_map(|open| &open.stacks);
        let beside = stacks.filter(|stack| stack.component == component).find_map(|stack| stack.beside(by));
        if let Some(item) = beside {
            self.show_within_stack(model, list, item);
        }
    }

    /// Goes to the next (1) or previous (-1) image of the list, at the stage that is looked at.
    pub(crate) fn go(&mut self, model: &ImagesModel<'_>, list: &ImageList, by: isize) {
        let Some(open) = &self.open else { return };
        let (stage, index, mut position) = (open.item.stage, open.item.index, open.position);
        while let Some(next) = position.checked_add_signed(by).filter(|next| *next < list.items.len()) {
            position = next;
            let item = list.items[position];
            let at_stage = if item.stage == stage || !item.is_there() {
                Some(item)
            } else {
                list.counterpart(model, item.key, stage)
            };
            // All planes of a stack have the same projection: the next different image counts.
            if let Some(item) = at_stage.filter(|item| item.index != index) {
                self.show(model, list, item, position);
                return;
            }
        }
    }

    /// The list or the model behind it has changed: what was open is looked up again.
    pub(super) fn follow(&mut self, model: &ImagesModel<'_>, list: &ImageList) {
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

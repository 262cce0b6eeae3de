//! What the viewer fetches: the images of its picture, and those that are likely to be next.

use super::composite::CompositeSwitch;
use super::state::Viewer;
use crate::app::images::load_state::LoadState;
use crate::app::images::whole_image::WholeImage;
use crate::image::ImageSource;
use crate::ui::images::image_list::{ImageList, ImagesModel, Item};
use crate::ui::images::thumbnails::Thumbnails;

impl Viewer {
    /// Goes on where a stack is played.
    pub(crate) fn play(
        &mut self,
        ui: &egui::Ui,
        model: &ImagesModel<'_>,
        list: &ImageList,
        thumbnails: &mut Thumbnails,
    ) {
        let Self { open: Some(open), preview, composite, player, canvas, .. } = self else { return };
        let stacks = open.stacks(model, preview);
        let composite = composite.in_use(open, preview);
        let is_there = |item: Item| {
            let mut sources = sources(composite, model, list, item);
            sources.all(|source| !matches!(thumbnails.loader().whole(&source), LoadState::Waiting))
        };
        if let Some(item) = player.next(ui, &stacks, is_there, canvas.is_settled()) {
            self.show_within_stack(model, list, item);
        }
    }

    /// The whole images that are wanted: those of the picture, and its neighbours where memory allows.
    pub(crate) fn wanted(
        &self,
        model: &ImagesModel<'_>,
        list: &ImageList,
        image: Option<&WholeImage>,
        limit_bytes: usize,
    ) -> Vec<ImageSource> {
        let Some(open) = &self.open else { return Vec::new() };
        let composite = self.composite.in_use(open, &self.preview);
        let sources = |item: Item| sources(composite, model, list, item);
        let mut wanted: Vec<ImageSource> = open.item.source(model).into_iter().collect();
        add_new(&mut wanted, sources(open.item));
        let is_composite = composite.is_some();
        let beside = self.beside.in_use(model, open, &self.preview, is_composite);
        add_new(&mut wanted, beside.and_then(|other| other.item(open)).into_iter().flat_map(sources));
        let Some(image) = image else { return wanted };
        let picture = wanted.len();
        let companions = open.companions.iter().copied();
        let stage = open.item.stage;
        let neighbours = [open.position.checked_add(1), open.position.checked_sub(1)].into_iter().flatten();
        let neighbours =
            neighbours.filter_map(|position| list.items.get(position).copied()).filter_map(|item| {
                if item.stage == stage { Some(item) } else { list.counterpart(model, item.key, stage) }
            });
        let stacks = open.stacks(model, &self.preview);
        let beside = stacks.iter().flat_map(|stack| [stack.beside(1), stack.beside(-1)]).flatten();
        let ahead = self.player.ahead(&stacks);
        let others = ahead.chain(neighbours).chain(beside).chain(companions);
        add_new(&mut wanted, others.flat_map(sources));
        // What is fetched ahead must fit the cache with room to spare, or it would push out what
        // is looked at.
        let fitting = limit_bytes as u64 / 2 / image.format.bytes().max(1);
        wanted.truncate(usize::try_from(fitting).unwrap_or(usize::MAX).max(picture));
        wanted
    }
}

/// The files of an item's picture: its own, or in a composite those of all channels that are on.
fn sources(
    composite: Option<&CompositeSwitch>,
    model: &ImagesModel<'_>,
    list: &ImageList,
    item: Item,
) -> impl Iterator<Item = ImageSource> {
    let parts = composite.map_or_else(|| vec![item], |composite| composite.parts(model, list, item));
    parts.into_iter().filter_map(|part| part.source(model))
}

/// Adds what does not exist yet.
fn add_new(wanted: &mut Vec<ImageSource>, more: impl Iterator<Item = ImageSource>) {
    for source in more {
        if !wanted.contains(&source) {
            wanted.push(source);
        }
    }
}

//! The sliders under the viewer's image, through its z planes and its timepoints, with play buttons.
//!
//! What is played goes by the clock of the window and waits for images that have not arrived yet; while
//! nothing is played, nothing here asks for a frame.

use std::time::Duration;

use egui::{Button, Role, Slider, Ui, WidgetInfo, vec2};

use crate::plate::Component;
use crate::ui::images::image_list::{ImageList, ImagesModel, Item};
use crate::ui::theme;

/// Time from one image to the next while playing.
const SECS_PER_IMAGE: f64 = 1.0 / 8.0;
/// This many images are fetched ahead while playing.
const AHEAD: usize = 8;
/// Height of the row of sliders.
pub(crate) const HEIGHT: f32 = 30.0;

/// The images that differ from the open one in one component alone, in the order of its values.
pub(crate) struct Stack {
    /// z or timepoint.
    pub(crate) component: Component,
    items: Vec<Item>,
    /// Place of the open image.
    at: usize,
}

impl Stack {
    /// The stacks of several images that an image is of.
    pub(crate) fn of(model: &ImagesModel<'_>, list: &ImageList, item: Item) -> Vec<Self> {
        let stack = |component: Component| {
            let items = list.siblings(model, item, component);
            let at = items.iter().position(|other| other.key == item.key)?;
            (items.len() > 1).then_some(Self { component, items, at })
        };
        [Component::Z, Component::Timepoint].into_iter().filter_map(stack).collect()
    }

    /// The image before (-1) or after (1) the open one, if there is one.
    pub(crate) fn beside(&self, by: isize) -> Option<Item> {
        self.items.get(self.at.checked_add_signed(by)?).copied()
    }

    /// The images after the open one; after the last comes the first.
    fn following(&self) -> impl Iterator<Item = Item> {
        self.items.iter().cycle().skip(self.at + 1).take(self.items.len() - 1).copied()
    }

    fn value_text(&self) -> String {
        let value = self.items.get(self.at).and_then(|item| item.key.get(self.component));
        format!("{}{}", self.component.letter(), value.unwrap_or_default())
    }
}

/// What is played.
#[derive(Default)]
pub(crate) struct Player {
    playing: Option<Playing>,
}

struct Playing {
    component: Component,
    /// When the next image is due, by the clock of the window.
    due_secs: f64,
}

impl Player {
    /// Plays nothing any more.
    pub(crate) fn stop(&mut self) {
        self.playing = None;
    }

    /// The next image, once it is due and there. `is_seen`: whether the open one is on the screen.
    pub(crate) fn next(
        &mut self,
        ui: &Ui,
        stacks: &[&Stack],
        is_there: impl FnOnce(Item) -> bool,
        is_seen: bool,
    ) -> Option<Item> {
        let Some(next) = self.following(stacks).next() else {
            self.stop();
            return None;
        };
        let playing = self.playing.as_mut()?;
        let now = ui.input(|input| input.time);
        let mut shown = None;
        if now >= playing.due_secs {
            if !is_seen || !is_there(next) {
                // The loader wakes the window when it has come.
                return None;
            }
            // Time that was spent waiting is not made up for.
            playing.due_secs = (playing.due_secs + SECS_PER_IMAGE).max(now);
            shown = Some(next);
        }
        ui.request_repaint_after(Duration::from_secs_f64((playing.due_secs - now).max(0.0)));
        shown
    }

    /// The images that will be played next; none while nothing is played.
    pub(crate) fn ahead(&self, stacks: &[&Stack]) -> impl Iterator<Item = Item> {
        self.following(stacks).take(AHEAD)
    }

    fn following(&self, stacks: &[&Stack]) -> impl Iterator<Item = Item> {
        let component = self.playing.as_ref().map(|playing| playing.component);
        stacks
            .iter()
            .filter(move |stack| Some(stack.component) == component)
            .flat_map(|stack| stack.following())
    }

    fn play_button_ui(&mut self, ui: &mut Ui, component: Component) {
        let is_playing = self.playing.as_ref().is_some_and(|playing| playing.component == component);
        let (sign, verb) = if is_playing { ("⏸", "Pause") } else { ("▶", "Play") };
        let what = if component == Component::Z { "the z planes" } else { "the timepoints" };
        let response = ui.add_sized(vec2(28.0, 24.0), Button::new(sign));
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{verb} {what}")));
        if response.on_hover_text(format!("{verb} {what}")).clicked() {
            let now = ui.input(|input| input.time);
            self.playing = (!is_playing).then_some(Playing { component, due_secs: now });
            ui.request_repaint();
        }
    }
}

/// A slider and a play button for each stack; returns the image that the user went to.
pub(crate) fn stacks_ui(ui: &mut Ui, stacks: &[&Stack], player: &mut Player) -> Option<Item> {
    let mut chosen = None;
    let width = ui.available_width() / stacks.len().max(1) as f32;
    ui.horizontal(|ui| {
        for stack in stacks {
            ui.allocate_ui(vec2(width - ui.spacing().item_spacing.x, HEIGHT), |ui| {
                ui.horizontal(|ui| chosen = slider_ui(ui, stack, player).or(chosen));
            });
        }
    });
    chosen
}

fn slider_ui(ui: &mut Ui, stack: &Stack, player: &mut Player) -> Option<Item> {
    player.play_button_ui(ui, stack.component);
    // As wide for each value, so that the slider stays in its place.
    ui.add_sized(vec2(36.0, HEIGHT), egui::Label::new(stack.value_text()));
    let mut at = stack.at;
    let last = stack.items.len() - 1;
    let count = theme::caption(ui, format!("{} of {}", at + 1, last + 1));
    ui.spacing_mut().slider_width = (ui.available_width() - 64.0).max(32.0);
    let response = ui.add(Slider::new(&mut at, 0..=last).show_value(false));
    let (name, keys) = match stack.component {
        Component::Z => ("Z plane", "Page up and Page down"),
        _ => ("Timepoint", "Comma and full stop"),
    };
    let value = stack.items.get(at).and_then(|item| item.key.get(stack.component)).unwrap_or_default();
    response.widget_info(|| WidgetInfo::slider(true, f64::from(value), name));
    response.on_hover_text(format!("{name} ({keys})"));
    ui.label(count);
    if at == stack.at { None } else { stack.items.get(at).copied() }
}

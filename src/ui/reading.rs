//! Texts that scroll, by keys as well: a stop of the Tab key, at which arrows, Page Up, Page Down, Home and End go through the text.

use egui::style::ScrollAnimation;
use egui::{EventFilter, Id, Key, Modifiers, Rect, Response, Role, Sense, Ui, UiBuilder, WidgetInfo, vec2};

/// Points of a step by an arrow key.
const STEP: f32 = 40.0;

/// A text that is being drawn.
pub(crate) struct Reading {
    panel: Response,
    /// How far the keys go down in it, in points.
    down: f32,
}

/// Which keys a text takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Its own, where it has the focus.
    Own,
    /// Also Page Up and Page Down while something else of its dialog has the focus: the dialog is there for it.
    OfDialog,
}

impl Reading {
    /// Before the text is drawn, so high or, where that is infinite, in what is left of a panel; `name` is what it is.
    pub(crate) fn begin(ui: &Ui, name: &str, height: f32, takes: Takes) -> Self {
        let room = ui.available_rect_before_wrap();
        let size = vec2(room.width(), if height.is_finite() { height } else { room.height() });
        let rect = Rect::from_min_size(room.min, size);
        let panel = ui.interact(rect, Id::unique(("text", name)), Sense::focusable_noninteractive());
        panel.widget_info(|| WidgetInfo::labeled(Role::ScrollView, true, name));
        let page = (panel.interact_rect.height() - STEP).max(STEP);
        let down = if panel.has_focus() {
            let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(panel.id, filter));
            own_keys(ui, page)
        } else if takes == Takes::OfDialog && is_in_focus(ui) {
            page_keys(ui, page)
        } else {
            0.0
        };
        Self { panel, down }
    }

    /// Draws what scrolls, as a part of the text.
    pub(crate) fn show<R>(&self, ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
        ui.scope_builder(UiBuilder::new().accessibility_parent(self.panel.id), add).inner
    }

    /// Scrolls as the keys say; from within what scrolls.
    pub(crate) fn scroll(&self, ui: &Ui) {
        if self.down != 0.0 {
            ui.scroll_with_delta_animation(vec2(0.0, -self.down), ScrollAnimation::none());
        }
    }
}

/// Whether what has the focus, if anything has, lies in the same window or dialog.
fn is_in_focus(ui: &Ui) -> bool {
    let Some(focused) = ui.memory(egui::Memory::focused) else { return true };
    ui.ctx().read_response(focused).is_some_and(|response| response.layer_id == ui.layer_id())
}

fn own_keys(ui: &Ui, page: f32) -> f32 {
    // Beyond all texts: the toolkit stops at the end.
    const ALL: f32 = 1e7;
    let keys = [(Key::ArrowDown, STEP), (Key::ArrowUp, -STEP), (Key::End, ALL), (Key::Home, -ALL)];
    page_keys(ui, page) + taken(ui, &keys)
}

fn page_keys(ui: &Ui, page: f32) -> f32 {
    taken(ui, &[(Key::PageDown, page), (Key::PageUp, -page)])
}

fn taken(ui: &Ui, keys: &[(Key, f32)]) -> f32 {
    let pressed = |key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
    keys.iter().map(|(key, down)| pressed(*key) as f32 * down).sum()
}

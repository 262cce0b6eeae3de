//! Which control has the focus of the keyboard: always seen, and never lost by a key.
//!
//! The toolkit lets go of the focus where Enter ends the typing in a field, where Escape is pressed, and where the control that had it
//! is gone, as in a list or a dialog that closes. Then it goes back to the last control that had it and is still there.

use egui::accesskit::{Action, ActionRequest, TreeId};
use egui::{Context, Event, Id, Key, Rect, Stroke, StrokeKind, Ui};

use super::theme::Theme;

/// How many controls are remembered.
const MOST: usize = 16;

/// Frames after which a control that is gone is known to be.
const PATIENCE: u8 = 2;

/// What is remembered of the focus.
#[derive(Debug, Default)]
pub(super) struct FocusView {
    /// The controls that had it, the last one last.
    past: Vec<Id>,
    /// The control to which its panel is to scroll.
    scroll_to: Option<Id>,
    /// Frames since it was lost by a key.
    lost: Option<u8>,
}

impl FocusView {
    /// Before anything is drawn.
    pub(super) fn begin(&mut self, ui: &Ui) {
        if let Some(id) = self.scroll_to.take() {
            // As a screen reader asks for it: this way every panel does it.
            let (target_node, target_tree) = (id.accesskit_id(), TreeId::ROOT);
            let request =
                ActionRequest { action: Action::ScrollIntoView, target_tree, target_node, data: None };
            ui.input_mut(|input| input.events.push(Event::AccessKitActionRequest(request)));
        }
    }

    /// After all is drawn.
    pub(super) fn end(&mut self, context: &Context) {
        let Some(focused) = context.memory(|memory| memory.focused()) else {
            self.give_back(context);
            return;
        };
        self.lost = None;
        let is_new = self.past.last() != Some(&focused);
        if is_new {
            self.past.retain(|id| *id != focused);
            self.past.push(focused);
            let superfluous = self.past.len().saturating_sub(MOST);
            self.past.drain(..superfluous);
        }
        // What is not drawn any more is not told of as such.
        let is_drawn = context.viewport(|viewport| viewport.this_pass.widgets.contains(focused));
        let Some(response) = context.read_response(focused).filter(|_| is_drawn) else { return };
        if is_new && !is_seen(response.rect, response.interact_rect) {
            self.scroll_to = Some(focused);
            context.request_repaint();
        }
        let theme = Theme::of_ctx(context);
        let ring = Stroke::new(2.0, theme.bulk);
        let painter =
            context.layer_painter(response.layer_id).with_clip_rect(response.interact_rect.expand(3.0));
        painter.rect_stroke(response.rect.expand(1.0), 4.0, ring, StrokeKind::Outside);
    }

    fn give_back(&mut self, context: &Context) {
        let (is_by_pointer, is_by_key) = context.input(|input| {
            let keys = [Key::Enter, Key::Escape, Key::Space];
            (input.pointer.any_pressed(), keys.iter().any(|key| input.key_pressed(*key)))
        });
        if is_by_pointer {
            // Whoever points elsewhere wants it nowhere.
            self.past.clear();
            self.lost = None;
            return;
        }
        if is_by_key {
            self.lost = Some(0);
        }
        let Some(frames) = &mut self.lost else { return };
        *frames += 1;
        context.request_repaint();
        if *frames <= PATIENCE {
            return;
        }
        self.lost = None;
        // A control under a dialog waits for the dialog.
        let is_there = |id: &Id| {
            let is_drawn = context.viewport(|viewport| viewport.this_pass.widgets.contains(*id));
            let response = context.read_response(*id).filter(|_| is_drawn);
            response.is_some_and(|response| {
                response.enabled() && context.memory(|memory| memory.allows_interaction(response.layer_id))
            })
        };
        while let Some(id) = self.past.pop() {
            if is_there(&id) {
                context.memory_mut(|memory| memory.request_focus(id));
                return;
            }
        }
    }
}

/// Whether a control is seen in its whole height.
fn is_seen(whole: Rect, seen: Rect) -> bool {
    whole.height() <= seen.height() + 1.0
}

//! Which control has the focus of the keyboard: always seen, and never lost by a key.
//!
//! The toolkit lets go of the focus where Enter ends the typing in a field, where Escape is pressed, and where the control that had it
//! is gone, as in a list or a dialog that closes. Then it goes back to the last control that had it and is still there.

use egui::accesskit::Action;
use egui::{Context, Id, Key, LayerId, Order, Popup, Rect, Stroke, StrokeKind, Ui};

use super::screen_reader::request;
use super::theme::Theme;

/// How many controls are remembered.
const MOST: usize = 16;

/// Frames after which a control that is gone is known to be.
const PATIENCE: u8 = 2;

/// The frame in which no control has a ring.
const WITHOUT_RING: &str = "without ring of the focus";

/// What is remembered of the focus.
#[derive(Debug, Default)]
pub(super) struct FocusView {
    /// The controls that had it, the last one last.
    past: Vec<Id>,
    /// The control to which its panel is to scroll.
    scroll_to: Option<Id>,
    /// Whether a control had it in the last frame.
    has_focus: bool,
    /// Frames since it was lost.
    lost: Option<u8>,
}

impl FocusView {
    /// Before anything is drawn.
    pub(super) fn begin(&mut self, ui: &Ui) {
        if let Some(id) = self.scroll_to.take() {
            // As a screen reader asks for it: this way every panel does it.
            request(ui.ctx(), id, Action::ScrollIntoView);
        }
    }

    /// After all is drawn.
    pub(super) fn end(&mut self, context: &Context) {
        let Some(focused) = context.memory(egui::Memory::focused) else {
            self.give_back(context);
            return;
        };
        (self.lost, self.has_focus) = (None, true);
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
        let is_pressed =
            context.input(|input| input.key_pressed(Key::Enter) || input.key_pressed(Key::Space));
        if is_pressed && is_in_list(context, response.layer_id) {
            // The toolkit closes a list for the pointer alone.
            Popup::close_all(context);
        }
        if is_new && !is_seen(response.rect, response.interact_rect) {
            self.scroll_to = Some(focused);
            context.request_repaint();
        }
        if context.data(|data| data.get_temp(Id::unique(WITHOUT_RING))) == Some(context.cumulative_pass_nr())
        {
            return;
        }
        let theme = Theme::of_ctx(context);
        let ring = Stroke::new(2.0, theme.bulk);
        let painter =
            context.layer_painter(response.layer_id).with_clip_rect(response.interact_rect.expand(3.0));
        painter.rect_stroke(response.rect.expand(1.0), 4.0, ring, StrokeKind::Outside);
    }

    fn give_back(&mut self, context: &Context) {
        if context.input(|input| input.pointer.any_pressed()) {
            // Whoever points elsewhere wants it nowhere.
            self.past.clear();
            (self.lost, self.has_focus) = (None, false);
            return;
        }
        if std::mem::take(&mut self.has_focus) {
            self.lost = Some(0);
        }
        let Some(frames) = &mut self.lost else { return };
        *frames += 1;
        context.request_repaint();
        if *frames <= PATIENCE {
            return;
        }
        self.lost = None;
        self.past.retain(|id| context.viewport(|viewport| viewport.this_pass.widgets.contains(*id)));
        // A control under a dialog waits for the end of the dialog.
        let is_reached = |id: &&Id| {
            let response = context.read_response(**id);
            response.is_some_and(|response| {
                response.enabled() && context.memory(|memory| memory.allows_interaction(response.layer_id))
            })
        };
        if let Some(id) = self.past.iter().rfind(is_reached) {
            context.memory_mut(|memory| memory.request_focus(*id));
        }
    }
}

/// In this frame no control has a ring.
pub(crate) fn without_ring(context: &Context) {
    let now = context.cumulative_pass_nr();
    context.data_mut(|data| data.insert_temp(Id::unique(WITHOUT_RING), now));
}

/// Whether what lies on a layer is a choice of a list or an item of a menu, and no field for text.
fn is_in_list(context: &Context, layer: LayerId) -> bool {
    layer.order == Order::Foreground && Popup::is_any_open(context) && !context.text_edit_focused()
}

/// Of a tall control, a picture or a list, it is enough to see so much, in points.
const ENOUGH: f32 = 100.0;

/// Whether enough of a control is seen.
fn is_seen(whole: Rect, seen: Rect) -> bool {
    whole.height().min(ENOUGH) <= seen.height() + 1.0
}

//! The panels around the pages. They are drawn in the order in which the eye goes through them, which is that of the Tab key; and
//! their edges have names and are moved by the arrow keys. The toolkit wants a panel at the right or at the bottom before what is
//! beside it, names all edges alike, and moves them for the pointer and for a screen reader alone.

use egui::accesskit::Action;
use egui::{EventFilter, Id, IdSalt, Key, Modifiers, Panel, PanelState, Rect, Ui, UiBuilder, Vec2};

use super::screen_reader::request;

/// A panel that is drawn after what it leaves room for.
#[derive(Clone, Copy)]
pub(super) struct LaterPanel {
    name: &'static str,
    /// The room of it and of what is drawn before it.
    all: Rect,
}

impl LaterPanel {
    /// One in what is left of `ui`.
    pub(super) fn new(ui: &Ui, name: &'static str) -> Self {
        Self { name, all: ui.available_rect_before_wrap() }
    }

    fn scope(self) -> Id {
        Id::unique(("later panel", self.name))
    }

    /// How large it is, once it was drawn; `at_first` until then.
    fn size(self, ui: &Ui, at_first: Vec2) -> Vec2 {
        let known = PanelState::load(ui.ctx(), self.scope().with_salt(IdSalt::new(self.name)));
        if known.is_none() {
            ui.ctx().request_discard("a panel is drawn for the first time");
        }
        known.map_or(at_first, |known| known.size())
    }

    /// What is above it, where it is at the bottom.
    pub(super) fn above(self, ui: &Ui, height: f32) -> Rect {
        let height = self.size(ui, Vec2::splat(height)).y;
        self.all.with_max_y((self.all.bottom() - height).max(self.all.top()))
    }

    /// What is at the left of it, where it is at the right.
    pub(super) fn beside(self, ui: &Ui, width: f32) -> Rect {
        let width = self.size(ui, Vec2::splat(width)).x;
        self.all.with_max_x((self.all.right() - width).max(self.all.left()))
    }

    /// Draws it; the panel has the same name.
    pub(super) fn show(self, ui: &mut Ui, panel: Panel, add: impl FnOnce(&mut Ui)) {
        let builder = UiBuilder::new().scope_id(self.scope()).max_rect(self.all);
        ui.scope_builder(builder, |ui| panel.show(ui, add));
    }

    /// Its edge, where it is at the right.
    pub(super) fn edge(self, name: &'static str) -> PanelEdge {
        PanelEdge { id: edge_id(self.scope(), self.name), keys: [Key::ArrowLeft, Key::ArrowRight], name }
    }
}

/// The edge of a panel, by which it is made wider. Its keys are taken before the panel is drawn, and it is named after that.
#[derive(Clone, Copy)]
pub(super) struct PanelEdge {
    id: Id,
    /// The arrow that makes the panel wider, and the one that makes it narrower.
    keys: [Key; 2],
    name: &'static str,
}

impl PanelEdge {
    /// That of a panel at the left of `ui`.
    pub(super) fn of_left(ui: &Ui, panel: &str, name: &'static str) -> Self {
        Self { id: edge_id(ui.scope_id(), panel), keys: [Key::ArrowRight, Key::ArrowLeft], name }
    }

    /// Takes the arrow keys, where the edge has the focus.
    pub(super) fn take_keys(self, ui: &Ui) {
        if ui.memory(egui::Memory::focused) != Some(self.id) {
            return;
        }
        let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(self.id, filter));
        for (key, action) in self.keys.into_iter().zip([Action::Increment, Action::Decrement]) {
            if ui.input_mut(|input| input.consume_key(Modifiers::NONE, key)) {
                request(ui.ctx(), self.id, action);
            }
        }
    }

    /// Names it.
    pub(super) fn tell(self, ui: &Ui) {
        ui.ctx().accesskit_node_builder(self.id, |node| node.set_label(self.name));
    }
}

/// The toolkit's identity of the edge of a panel.
fn edge_id(scope: Id, panel: &str) -> Id {
    scope.with_salt(IdSalt::new(panel)).with("__resize")
}

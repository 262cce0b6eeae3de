//! What the pipeline editor remembers.

use egui::{Id, Ui};

/// What the editor remembers.
#[derive(Default)]
pub(crate) struct EditorView {
    /// The row that is to take the keyboard's focus when it is drawn next.
    pub(super) focus_next: Option<usize>,
    /// What is dragged or typed in, and a number that tells this time from others.
    gesture: (Option<Id>, u64),
}

impl EditorView {
    /// Names the drag or the typing under way: it lasts as long as the same widget is held or has the
    /// focus.
    pub(super) fn gesture(&mut self, ui: &Ui) -> Option<u64> {
        let held = ui.ctx().dragged_id().or_else(|| ui.memory(egui::Memory::focused));
        if self.gesture.0 != held {
            self.gesture = (held, self.gesture.1 + 1);
        }
        held.map(|_| self.gesture.1)
    }
}

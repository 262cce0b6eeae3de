//! A row with something at its right end.
//!
//! It is drawn from left to right: the Tab key and a screen reader go through the window in the order in which it is drawn, and a
//! layout from right to left would have them go backwards.

use egui::{Align, Layout, Rect, Ui, UiBuilder, pos2, vec2};

/// What is at the right end of a row, first to last from left to right.
pub(crate) fn at_end<R>(ui: &mut Ui, right: impl FnOnce(&mut Ui) -> R) -> R {
    ends(ui, Align::Center, |_| (), right).1
}

/// What is at the right end of a row, and what is in the room that it leaves; `align` is how they lie in the height of the row.
pub(crate) fn ends<L, R>(
    ui: &mut Ui,
    align: Align,
    left: impl FnOnce(&mut Ui) -> L,
    right: impl FnOnce(&mut Ui) -> R,
) -> (L, R) {
    if ui.layout().is_horizontal() {
        return ends_of_row(ui, align, left, right);
    }
    let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
    let layout = Layout::left_to_right(align);
    ui.allocate_ui_with_layout(size, layout, |ui| ends_of_row(ui, align, left, right)).inner
}

fn ends_of_row<L, R>(
    ui: &mut Ui,
    align: Align,
    left: impl FnOnce(&mut Ui) -> L,
    right: impl FnOnce(&mut Ui) -> R,
) -> (L, R) {
    let layout = Layout::left_to_right(align);
    // How wide the right part is, is known once it was drawn.
    let id = ui.next_auto_id().with("width of the right end");
    let known: Option<f32> = ui.data(|data| data.get_temp(id));
    let all = ui.available_rect_before_wrap();
    let start = known.map_or(all.left(), |width| (all.right() - width).max(all.left()));
    let gap = ui.spacing().item_spacing.x;
    // Until then both have all of it, so that no word breaks and makes the row higher than it will be.
    let end = known.map_or(all.right(), |_| (start - gap).max(all.left()));
    let before = Rect::from_min_max(all.min, pos2(end, all.bottom()));
    let at_left = ui.scope_builder(UiBuilder::new().max_rect(before).layout(layout), left);
    let after = Rect::from_min_max(pos2(start, all.top()), all.max);
    let at_right = ui.scope_builder(UiBuilder::new().max_rect(after).layout(layout), right);
    let width = at_right.response.rect.width();
    if known.is_none_or(|known| (known - width).abs() > 0.1) {
        ui.data_mut(|data| data.insert_temp(id, width));
        match known {
            None => ui.ctx().request_discard("the right end of a row is drawn for the first time"),
            Some(_) => ui.ctx().request_repaint(),
        }
    }
    (at_left.inner, at_right.inner)
}

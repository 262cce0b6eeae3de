//! The chart by keys: a moment is chosen in it, drawn as the pointer's is, and told to a screen reader.

use egui::{Event, Key, Rect, Response, Role, Ui, UiBuilder};

use super::view::ChartView;
use crate::chart::{Chart, ChartOptions, Picture};
use crate::ui::screen_reader::{bounds, speak_of};

/// Steps of the arrows, and of Page Up and Page Down, as a share of what is seen.
const STEP: f64 = 0.01;
const LARGE_STEP: f64 = 0.1;

/// Takes the keys, where the chart has the focus: arrows choose a moment, with Ctrl one at which images are read or cleared, Page
/// Up and Page Down take larger steps, Home and End go to the first moment and the last. T asks for the table.
pub(super) fn choose_moment(
    ui: &Ui,
    chart: &Chart,
    view: &mut ChartView,
    options: ChartOptions,
    response: &Response,
    picture: &Picture,
) {
    view.asks_for_table = false;
    if !response.has_focus() {
        return;
    }
    let last = chart.last_x(options.axis);
    let [from, to] = picture.x;
    let (span, seen_to) = (to - from, to.min(last));
    for event in ui.input(|input| input.events.clone()) {
        let Event::Key { key, pressed: true, modifiers, .. } = event else { continue };
        if modifiers.alt || modifiers.shift {
            continue;
        }
        let chosen = view.chosen_x(options.axis);
        // The first press only shows where one is: at an end of what is seen.
        let by = |step: f64| match chosen {
            Some(x) => x + step * span,
            None if step > 0.0 => from,
            None => seen_to,
        };
        let beside = |is_after: bool| {
            // An event at the edge of what is seen counts as seen.
            let start = chosen.unwrap_or(if is_after { from - span * 1e-9 } else { to + span * 1e-9 });
            chart.event_beside(start, is_after, options).or(chosen)
        };
        let next = match (key, modifiers.command) {
            (Key::ArrowLeft, true) => beside(false),
            (Key::ArrowRight, true) => beside(true),
            (_, true) => None,
            (Key::ArrowLeft, false) => Some(by(-STEP)),
            (Key::ArrowRight, false) => Some(by(STEP)),
            (Key::PageDown, false) => Some(by(-LARGE_STEP)),
            (Key::PageUp, false) => Some(by(LARGE_STEP)),
            (Key::Home, false) => Some(0.0),
            (Key::End, false) => Some(last),
            (Key::T, false) => {
                view.asks_for_table = true;
                None
            }
            _ => None,
        };
        if let Some(x) = next {
            let x = x.clamp(0.0, last);
            view.chosen = Some((options.axis, x));
            if !(from..=to).contains(&x) {
                let [_, whole_to] = chart.whole_x(options.axis);
                let begin = (x - span / 2.0).clamp(0.0, (whole_to - span).max(0.0));
                view.range = Some([begin, begin + span]);
            }
        }
    }
}

/// Tells a screen reader what is read at a moment: as the chart's value, and as a part of it that is another for each moment, so
/// that going there is told on every system.
pub(super) fn tell_moment(
    ui: &mut Ui,
    chart: &Chart,
    options: ChartOptions,
    response: &Response,
    moment: Option<(f64, f32)>,
) {
    // Always there, so that the identities of what follows do not depend on who asks for nodes.
    let mut moment_ui = ui.new_child(UiBuilder::new().accessibility_parent(response.id));
    let Some((x, pixel)) = moment.filter(|_| ui.ctx().has_accesskit_node(response.id)) else { return };
    let text = chart.moment_text(x, options);
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(text.as_str()));
    let line = Rect::from_x_y_ranges(pixel..=pixel + 1.0, response.rect.y_range());
    let id = response.id.with(("moment", x.to_bits()));
    let builder = UiBuilder::new().scope_id(id).max_rect(line).accessibility_role(Role::Label);
    let _ = moment_ui.new_child(builder);
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_value(text);
        node.set_bounds(bounds(line));
    });
    speak_of(ui.ctx(), response.id, id);
}

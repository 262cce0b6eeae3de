//! The runs of the session, and what each combination gave back.

use std::ops::Range;

use egui::{Align2, Rect, Role, ScrollArea, Sense, Shape, Stroke, TextStyle, Ui, WidgetInfo, pos2, vec2};

use crate::app::{
    CombinationStage, CombinationState, Commands, MemoryState, PlateState, RunState, RunsCommand, RunsState,
};
use crate::chart::Ink;
use crate::events::Outcome;
use crate::plan::{CombinationId, Mode};
use crate::quantity::{bytes_text, plural, secs_text};
use crate::ui::reading::{Reading, Takes};
use crate::ui::theme::{self, RADIUS, Theme};
use crate::ui::widgets;

/// Height of a row in the lists.
const ROW: f32 = 27.0;
/// Height of the list of clears before it scrolls by itself.
const CLEARS: f32 = 240.0;

/// The sections with runs and clears; nothing before the first run.
pub(crate) fn runs_ui(
    ui: &mut Ui,
    runs: &RunsState,
    memory: &MemoryState,
    plate: &PlateState,
    commands: &mut Commands,
) {
    if runs.list.is_empty() {
        return;
    }
    widgets::section_heading(ui, "Runs");
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for run in runs.list.iter().rev() {
            if run_ui(ui, runs, memory, run) {
                commands.push(RunsCommand::ShowRun { id: run.id, is_shown: !run.is_shown });
            }
        }
    });
    let live = runs.list.iter().rev().find(|run| run.is_live && !run.is_waiting());
    let Some(run) = live.or_else(|| runs.last_run(Mode::Sequential)).or_else(|| runs.list.last()) else {
        return;
    };
    ui.add_space(theme::SECTION_GAP);
    widgets::section_heading(ui, "Clears");
    clears_ui(ui, run, plate);
}

/// One run; true when it is clicked.
fn run_ui(ui: &mut Ui, runs: &RunsState, memory: &MemoryState, run: &RunState) -> bool {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let result = result_text(run);
    let title = runs.name_of(run);
    let name =
        format!("{title}, {result}, {}", if run.is_shown { "in the chart" } else { "not in the chart" });
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, run.is_shown, &name));
    let painter = ui.painter();
    if response.hovered() {
        painter.rect_filled(rect, RADIUS, theme.card);
    }
    // The shade that its line has in the chart.
    let (line, text) = match memory.ink_of(run) {
        Some(Ink::Run { mode, nth }) if run.is_shown => (theme.run(mode, nth), theme.text),
        _ if run.is_shown => (theme.mode(run.mode()), theme.text),
        _ => (theme.line, theme.text_weak),
    };
    let sample = [pos2(rect.left() + 4.0, rect.center().y), pos2(rect.left() + 24.0, rect.center().y)];
    let stroke = Stroke::new(2.0, line);
    match run.mode() {
        Mode::Bulk => painter.extend(Shape::dashed_line(&sample, stroke, 5.0, 3.0)),
        Mode::Sequential => {
            painter.line_segment(sample, stroke);
        }
    }
    let body = TextStyle::Body.resolve(ui.style());
    let colour = if run.outcome() == Some(Outcome::Failed) { theme.over } else { theme.text_weak };
    let small = TextStyle::Small.resolve(ui.style());
    let right =
        painter.text(rect.right_center() - vec2(4.0, 0.0), Align2::RIGHT_CENTER, result, small, colour);
    let room = right.left() - rect.left() - 38.0;
    widgets::paint_elided(ui, pos2(rect.left() + 32.0, rect.center().y), room, &title, body, text);
    painter.hline(rect.x_range(), rect.bottom() - 0.5, theme.line_stroke());
    let text = if run.is_shown { "Take out of the chart" } else { "Show in the chart" };
    let clicked = response.clicked();
    response.on_hover_text(text);
    clicked
}

/// How long it took, or how it is.
fn result_text(run: &RunState) -> String {
    match run.outcome() {
        None if run.is_waiting() => "waiting".to_owned(),
        None => "running".to_owned(),
        Some(Outcome::Completed) => secs_text(run.record.summary.wall_secs),
        Some(Outcome::Cancelled) => "cancelled".to_owned(),
        Some(Outcome::Failed) => "failed".to_owned(),
    }
}

fn clears_ui(ui: &mut Ui, run: &RunState, plate: &PlateState) {
    let is_long = run.combinations.len() as f32 * ROW > CLEARS;
    let scroll = ScrollArea::vertical().id_salt("clears").max_height(CLEARS).auto_shrink([false, !is_long]);
    ui.spacing_mut().item_spacing.y = 0.0;
    let height = (run.combinations.len() as f32 * ROW).min(CLEARS);
    let reading = Reading::begin(ui, "List of clears", height, Takes::Own);
    let rows = |ui: &mut Ui, rows: Range<usize>| {
        reading.scroll(ui);
        for combination in &run.combinations[rows] {
            clear_ui(ui, run, combination, plate);
        }
    };
    reading.show(ui, |ui| scroll.show_rows(ui, ROW, run.combinations.len(), rows));
}

fn clear_ui(ui: &mut Ui, run: &RunState, combination: &CombinationState, plate: &PlateState) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let title = combination_name(run, combination, plate);
    let images = plural(combination.images, "image");
    let (result, text) = match combination.stage {
        CombinationStage::Waiting if run.is_live => ("waiting".to_owned(), theme.text_weak),
        CombinationStage::Running if run.is_live => ("running".to_owned(), theme.sequential),
        CombinationStage::Waiting | CombinationStage::Running => ("not done".to_owned(), theme.text_weak),
        CombinationStage::Cleared { rss_before: Some(before), rss_after: Some(after) } => {
            (format!("{} → {}", bytes_text(before), bytes_text(after)), theme.text)
        }
        CombinationStage::Cleared { .. } => ("cleared".to_owned(), theme.text),
    };
    let name = format!("{title}, {images}, {result}");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    let painter = ui.painter();
    let body = TextStyle::Body.resolve(ui.style());
    let small = TextStyle::Small.resolve(ui.style());
    let right =
        painter.text(rect.right_center() - vec2(4.0, 0.0), Align2::RIGHT_CENTER, result, small.clone(), text);
    let room = right.left() - rect.left() - 12.0;
    let end =
        widgets::paint_elided(ui, pos2(rect.left() + 4.0, rect.center().y), room, &title, body, theme.text);
    let count = Rect::from_min_max(pos2(end + 8.0, rect.top()), pos2(right.left() - 8.0, rect.bottom()));
    if count.width() > 50.0 {
        let clipped = painter.with_clip_rect(count);
        clipped.text(count.left_center(), Align2::LEFT_CENTER, images, small, theme.text_weak);
    }
    painter.hline(rect.x_range(), rect.bottom() - 0.5, theme.line_stroke());
}

/// `DAPI`, `E07 · DAPI` where the run has several wells, `E07` all at once.
pub(crate) fn combination_name(run: &RunState, combination: &CombinationState, plate: &PlateState) -> String {
    id_name(run, &combination.id, plate)
}

/// The same from the combination's identity alone.
pub(crate) fn id_name(run: &RunState, id: &CombinationId, plate: &PlateState) -> String {
    let mut parts = Vec::new();
    if run.record.plan.wells.len() > 1 || id.values.is_empty() {
        parts.push(id.wells_text());
    }
    // In the order in which the components are nested.
    for component in &run.record.plan.sequential {
        if let Some(value) = id.values.get(component) {
            parts.push(plate.plate.value_name(*component, *value));
        }
    }
    parts.join(" · ")
}

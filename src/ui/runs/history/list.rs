//! The list of runs: one row for each, sorted by a column, several selected at once.

use std::collections::HashSet;
use std::path::PathBuf;

use egui::accesskit::Node;
use egui::{Id, Modifiers, Sense, Ui, UiBuilder};
use egui_extras::{Column, TableBuilder};

use super::row::{ListAsked, ListInputs, MARK, MARKS, RunColumn, RunRow, is_shown};
use crate::app::{Commands, HistoryCommand, RunsState};
use crate::record::{Past, RunLabel};
use crate::ui::grid_keys::{Entered, GridCursor};
use crate::ui::screen_reader::{self, Place};
use crate::ui::theme;
use crate::ui::widgets::heading_button;

const ROW: f32 = 24.0;

/// Sorts runs by a column.
fn sort(runs: &mut [&Past], by: RunColumn, is_descending: bool) {
    match by {
        // Each name is made once, and not for each comparison.
        RunColumn::Name => runs.sort_by_cached_key(|run| run.title().to_lowercase()),
        RunColumn::Plate => runs.sort_by_key(|run| run.run().map(|run| &run.head.plate.name)),
        RunColumn::Wells => runs.sort_by_key(|run| run.run().map(|run| run.head.plan.wells.len())),
        RunColumn::Began => runs.sort_by_key(|run| run.started_unix_secs()),
        RunColumn::AtOnce => runs.sort_by_key(|run| run.images_at_once()),
        RunColumn::Peak => runs.sort_by_key(|run| run.peak_rss_bytes()),
        RunColumn::Time => {
            runs.sort_by(|a, b| a.secs().unwrap_or(0.0).total_cmp(&b.secs().unwrap_or(0.0)));
        }
    }
    if is_descending {
        runs.reverse();
    }
}

/// How the list is sorted; as the history is where no column was chosen.
#[derive(Debug, Default)]
pub(super) struct ListView {
    by: Option<(RunColumn, bool)>,
    /// The row from which shift selects.
    anchor: Option<PathBuf>,
    /// The cell that the keys are at.
    cursor: GridCursor,
}

/// The list of these runs.
pub(super) fn list_ui(
    ui: &mut Ui,
    inputs: ListInputs<'_>,
    runs: &[&Past],
    view: &mut ListView,
    commands: &mut Commands,
) {
    let history = &inputs.runs.history;
    let mut runs = runs.to_vec();
    if let Some((by, is_descending)) = view.by {
        sort(&mut runs, by, is_descending);
    }
    let selected: HashSet<&PathBuf> = history.selected.iter().collect();
    // Where all runs are of one plate, its name would only take room.
    let has_plates = history.is_all_plates;
    let columns: Vec<RunColumn> =
        RunColumn::ALL.into_iter().filter(|column| has_plates || *column != RunColumn::Plate).collect();
    let size = Place { row: runs.len(), column: MARKS + columns.len() };
    let grid = ui.interact(ui.available_rect_before_wrap(), grid_id(), Sense::focusable_noninteractive());
    screen_reader::grid_info(&grid, size, "Runs. Arrow keys move, Enter selects a run or turns a mark over");
    ui.ctx().accesskit_node_builder(grid.id, Node::set_multiselectable);
    let keyed = view.cursor.take_keys(ui, &grid, size);
    let mut sort_by = None;
    let mut asked = ListAsked { entered: keyed.entered, ..ListAsked::default() };
    let modifiers = ui.input(|input| input.modifiers);
    ui.scope_builder(UiBuilder::new().accessibility_parent(grid.id), |ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        theme::quiet_selection(ui);
        // The table has the focus, not each cell.
        let mut table = TableBuilder::new(ui)
            .id_salt(("runs on disk", has_plates))
            .sense(Sense::CLICK)
            .cell_layout(egui::Layout::left_to_right(egui::Align::Center))
            .column(Column::exact(MARK * MARKS as f32))
            .column(Column::remainder().at_least(70.0).clip(true));
        if has_plates {
            table = table.column(Column::initial(90.0).at_least(60.0).clip(true));
        }
        if let Some(row) = view.cursor.row().filter(|_| keyed.has_moved) {
            table = table.scroll_to_row(row, None);
        }
        table
            .column(Column::auto().at_least(44.0))
            .column(Column::auto().at_least(112.0))
            .columns(Column::auto().at_least(54.0), 3)
            .auto_shrink(false)
            .header(ROW, |mut header| {
                header.col(|ui| {
                    ui.label(theme::caption(ui, "Chart"));
                });
                for (nth, column) in columns.iter().enumerate() {
                    header.col(|ui| {
                        let (name, explanation) = column.heading();
                        let sorted =
                            view.by.filter(|(by, _)| by == column).map(|(_, is_descending)| is_descending);
                        let heading = heading_button(ui, name, MARKS + nth, sorted);
                        if heading.on_hover_text(explanation).clicked() {
                            sort_by = Some(*column);
                        }
                    });
                }
            })
            .body(|body| {
                body.rows(ROW, runs.len(), |mut row| {
                    let Some(run) = runs.get(row.index()) else { return };
                    let is_selected = selected.contains(&run.folder().to_owned());
                    row.set_selected(is_selected);
                    let drawn = RunRow { inputs, run, index: row.index(), is_selected, grid: &grid };
                    drawn.show(&mut row, &columns, &view.cursor, &mut asked);
                });
            });
    });
    if let Some(column) = sort_by {
        view.by = match view.by {
            Some((by, false)) if by == column => Some((column, true)),
            // A third click is back to pinned ones first, then the newest.
            Some((by, true)) if by == column => None,
            _ => Some((column, false)),
        };
    }
    if let Some(place) = asked.gone_to {
        view.cursor.go_to(&grid, place);
    }
    if let Some((first, last)) = keyed.went_over {
        let rows = runs.get(first..=last).unwrap_or_default();
        commands.push(HistoryCommand::Select(rows.iter().map(|run| run.folder().to_owned()).collect()));
    }
    let clicked = asked.clicked.map(|row| (row, modifiers));
    let entered = asked.entered.filter(|entered| entered.place.column >= MARKS);
    let chosen = clicked.or(entered.map(|Entered { place, modifiers }| (place.row, modifiers)));
    if let Some((run, modifiers)) = chosen.and_then(|(row, modifiers)| Some((*runs.get(row)?, modifiers))) {
        let selected =
            selected_by(&history.selected, &runs, view.anchor.as_ref(), &run.folder().to_owned(), modifiers);
        if !modifiers.shift {
            view.anchor = Some(run.folder().to_owned());
        }
        commands.push(HistoryCommand::Select(selected));
    }
    // A mark is turned over by the pointer or by a key.
    let mark = asked.entered.map(|entered| entered.place).filter(|place| place.column < MARKS);
    if let Some((run, column)) =
        mark.or(asked.mark).and_then(|place| Some((*runs.get(place.row)?, place.column)))
    {
        commands.push(turned(inputs.runs, run, column));
    }
}

/// The grid that takes the keys of the list.
fn grid_id() -> Id {
    Id::unique("runs on disk")
}

/// The command that turns a mark of a run over: whether it is in the chart, or whether it is pinned.
fn turned(runs: &RunsState, run: &Past, column: usize) -> HistoryCommand {
    let folder = run.folder().to_owned();
    if column == 0 {
        HistoryCommand::Show { folder, is_shown: !is_shown(runs, run) }
    } else {
        let label = RunLabel { is_pinned: !run.label().is_pinned, ..run.label().clone() };
        HistoryCommand::Label { folder, label }
    }
}

/// A click selects one, with the command key one more or less, with shift all from the last clicked.
fn selected_by(
    selected: &[PathBuf],
    runs: &[&Past],
    anchor: Option<&PathBuf>,
    folder: &PathBuf,
    modifiers: Modifiers,
) -> Vec<PathBuf> {
    if modifiers.command {
        let mut selected = selected.to_vec();
        if let Some(place) = selected.iter().position(|known| known == folder) {
            selected.remove(place);
        } else {
            selected.push(folder.clone());
        }
        return selected;
    }
    let place = |wanted: &PathBuf| runs.iter().position(|run| run.folder() == wanted);
    if modifiers.shift
        && let (Some(from), Some(to)) = (anchor.and_then(place), place(folder))
    {
        let (from, to) = (from.min(to), from.max(to));
        return runs[from..=to].iter().map(|run| run.folder().to_owned()).collect();
    }
    vec![folder.clone()]
}

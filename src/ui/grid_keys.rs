//! A table as a grid: one stop of the Tab key, whose keys go from cell to cell.

use egui::{Event, EventFilter, Key, Modifiers, Response, Stroke, StrokeKind, Ui};

use super::screen_reader::{Place, speak_of};
use super::theme::Theme;

/// Rows of a step by Page Up and Page Down.
const PAGE: usize = 10;

/// The cell of a table that its keys are at.
#[derive(Debug, Default)]
pub(crate) struct GridCursor {
    at: Option<Place>,
    /// The row from which Shift selects.
    anchor: Option<usize>,
}

/// What the keys did to a table.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Keyed {
    /// Whether they went to another cell.
    pub(crate) has_moved: bool,
    /// The cell that was entered.
    pub(crate) entered: Option<Entered>,
    /// The rows, first to last, over which the keys went with Shift.
    pub(crate) went_over: Option<(usize, usize)>,
}

/// A cell that was entered, by a key or by a screen reader.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entered {
    pub(crate) place: Place,
    pub(crate) modifiers: Modifiers,
}

impl GridCursor {
    /// Takes the keys where the grid has the focus: arrows go from cell to cell, Home and End to the first and the last row, Page Up
    /// and Page Down over several; Enter and Space enter a cell. `size` is how many rows and columns there are.
    pub(crate) fn take_keys(&mut self, ui: &Ui, grid: &Response, size: Place) -> Keyed {
        let mut keyed = Keyed::default();
        let (Some(last_row), Some(last_column)) = (size.row.checked_sub(1), size.column.checked_sub(1))
        else {
            return keyed;
        };
        if !grid.has_focus() {
            return keyed;
        }
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(grid.id, filter));
        keyed.has_moved = self.at.is_none();
        let mut at = self.at.unwrap_or_default();
        at = Place { row: at.row.min(last_row), column: at.column.min(last_column) };
        for event in ui.input(|input| input.events.clone()) {
            let Event::Key { key, pressed: true, modifiers, .. } = event else { continue };
            let to = match key {
                Key::ArrowUp => Place { row: at.row.saturating_sub(1), ..at },
                Key::ArrowDown => Place { row: (at.row + 1).min(last_row), ..at },
                Key::ArrowLeft => Place { column: at.column.saturating_sub(1), ..at },
                Key::ArrowRight => Place { column: (at.column + 1).min(last_column), ..at },
                Key::PageUp => Place { row: at.row.saturating_sub(PAGE), ..at },
                Key::PageDown => Place { row: (at.row + PAGE).min(last_row), ..at },
                Key::Home => Place { row: 0, ..at },
                Key::End => Place { row: last_row, ..at },
                Key::Enter | Key::Space => {
                    self.anchor = Some(at.row);
                    keyed.entered = Some(Entered { place: at, modifiers });
                    at
                }
                _ => at,
            };
            if modifiers.shift && to.row != at.row {
                let anchor = *self.anchor.get_or_insert(at.row);
                keyed.went_over = Some((anchor.min(to.row), anchor.max(to.row)));
            } else if to != at {
                self.anchor = None;
            }
            keyed.has_moved |= to != at;
            at = to;
        }
        self.at = Some(at);
        keyed
    }

    /// Goes to a cell, as a screen reader asks for it.
    pub(crate) fn go_to(&mut self, grid: &Response, place: Place) {
        (self.at, self.anchor) = (Some(place), None);
        grid.request_focus();
    }

    /// The row that is to be brought into view.
    pub(crate) fn row(&self) -> Option<usize> {
        self.at.map(|at| at.row)
    }

    /// Whether the keys are at a cell.
    pub(crate) fn is_at(&self, grid: &Response, place: Place) -> bool {
        grid.has_focus() && self.at == Some(place)
    }

    /// Marks the cell that is being drawn, where the keys are at it, and has a screen reader speak of it.
    pub(crate) fn mark(&self, ui: &Ui, grid: &Response, place: Place, cell: egui::Id) {
        if self.is_at(grid, place) {
            let stroke = Stroke::new(1.5, Theme::of(ui).text);
            ui.painter().rect_stroke(ui.max_rect(), 3.0, stroke, StrokeKind::Inside);
            speak_of(ui.ctx(), grid.id, cell);
        }
    }
}

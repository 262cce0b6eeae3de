//! A row of the list of runs.

use egui::{Id, Label, Modifiers, Response, RichText, Role, Sense, Ui, WidgetInfo};
use egui_extras::TableRow;
use jiff::tz::TimeZone;

use crate::app::{RunsState, left_text};
use crate::events::Outcome;
use crate::quantity::{bytes_text, count_text, plural, secs_text};
use crate::record::{Past, PastRun, PastWatched};
use crate::shown_text::{brief, whole};
use crate::ui::grid_keys::{Entered, GridCursor};
use crate::ui::screen_reader::{CellAsked, Place, asked_of, row_info, table_cell};
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::tick;

/// A column by which runs are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunColumn {
    Name,
    Plate,
    Wells,
    Began,
    AtOnce,
    Peak,
    Time,
}

impl RunColumn {
    pub(super) const ALL: [Self; 7] =
        [Self::Name, Self::Plate, Self::Wells, Self::Began, Self::AtOnce, Self::Peak, Self::Time];

    pub(super) fn heading(self) -> (&'static str, &'static str) {
        match self {
            Self::Name => ("Run", "How it took the images, or the name that you gave it"),
            Self::Plate => ("Plate", "The plate"),
            Self::Wells => ("Wells", "How many wells"),
            Self::Began => ("Began", "When it began, in local time"),
            Self::AtOnce => ("At once", "The most images in memory at once"),
            Self::Peak => ("Peak", "The most memory of the process"),
            Self::Time => ("Time", "How long it took"),
        }
    }
}

/// Cells of a row before those with words: whether the run is in the chart, and whether it is pinned.
pub(super) const MARKS: usize = 2;

/// Width of such a cell, in points.
pub(super) const MARK: f32 = 22.0;

/// What the rows are made of.
#[derive(Clone, Copy)]
pub(super) struct ListInputs<'a> {
    /// All that is known of runs.
    pub(super) runs: &'a RunsState,
    /// Where times of the day are told for; `None` for UTC.
    pub(super) time_zone: Option<&'a TimeZone>,
}

/// What was asked of the list.
#[derive(Debug, Default)]
pub(super) struct ListAsked {
    /// The row that was clicked on.
    pub(super) clicked: Option<usize>,
    /// The mark that was clicked on.
    pub(super) mark: Option<Place>,
    /// The cell that was entered.
    pub(super) entered: Option<Entered>,
    /// The cell that a screen reader goes to.
    pub(super) gone_to: Option<Place>,
}

/// Whether a run is in the chart.
pub(super) fn is_shown(runs: &RunsState, run: &Past) -> bool {
    let is_watched_shown = || runs.watched_in(run.folder()).is_some_and(|watched| watched.is_shown);
    runs.run_in(run.folder()).is_some_and(|run| run.is_shown) || is_watched_shown()
}

/// A row of the list while it is drawn.
pub(super) struct RunRow<'a> {
    pub(super) inputs: ListInputs<'a>,
    pub(super) run: &'a Past,
    pub(super) index: usize,
    pub(super) is_selected: bool,
    pub(super) grid: &'a Response,
}

impl RunRow<'_> {
    pub(super) fn show(
        &self,
        row: &mut TableRow<'_, '_>,
        columns: &[RunColumn],
        cursor: &GridCursor,
        asked: &mut ListAsked,
    ) {
        let name = self.run.title();
        let about = format!("{name}, {}", self.run.run_name());
        let mut row_id = None;
        let cell = |ui: &mut Ui, id: Id, column: usize, name: String, add: &mut dyn FnMut(&mut Ui)| {
            let place = Place { row: self.index, column };
            let cell = table_cell(ui, id, place, self.is_selected, name, add);
            ui.ctx().accesskit_node_builder(cell, |node| node.set_description(about.as_str()));
            cursor.mark(ui, self.grid, place, cell);
            asked_of(ui.ctx(), cell).map(|asked| (place, asked))
        };
        let mut reader = None;
        row.col(|ui| {
            let id = *row_id.get_or_insert(ui.unique_id());
            ui.spacing_mut().item_spacing.x = 0.0;
            for column in 0..MARKS {
                let size = egui::vec2(MARK, ui.available_height());
                ui.allocate_ui(size, |ui| {
                    ui.set_min_size(size);
                    let (name, mark) = self.mark_name(column);
                    let mut is_clicked = false;
                    let one =
                        cell(ui, id, column, name, &mut |ui| is_clicked = self.mark_ui(ui, column, &mark));
                    reader = one.or(reader);
                    if is_clicked {
                        asked.mark = Some(Place { row: self.index, column });
                    }
                });
            }
        });
        for (nth, column) in columns.iter().enumerate() {
            row.col(|ui| {
                let id = *row_id.get_or_insert(ui.unique_id());
                let (text, hover) = self.cell_text(*column);
                let name = match column {
                    RunColumn::Name if self.run.label().note.is_empty() => text.clone(),
                    RunColumn::Name => format!("{text}, {}", whole(&self.run.label().note)),
                    _ => format!("{} {text}", column.heading().0),
                };
                let one = cell(ui, id, MARKS + nth, name, &mut |ui| {
                    self.text_ui(ui, *column, &text, hover.as_deref());
                });
                reader = one.or(reader);
            });
        }
        let response = row.response();
        row_info(&response, self.index, self.is_selected, &about);
        if asked_of(&response.ctx, response.id) == Some(CellAsked::Focus) {
            reader = Some((Place { row: self.index, column: MARKS }, CellAsked::Focus));
        }
        if let Some((place, how)) = reader {
            asked.gone_to = Some(place);
            if how == CellAsked::Click {
                asked.entered = Some(Entered { place, modifiers: Modifiers::NONE });
            }
        }
        if response.clicked() && asked.mark.is_none() {
            asked.clicked = Some(self.index);
        }
    }

    /// What a mark says, and what it is called as a control.
    fn mark_name(&self, column: usize) -> (String, String) {
        let (name, run) = (self.run.title(), brief(self.run.run_name()));
        let (is_on, on, off) = match column {
            0 => (is_shown(self.inputs.runs, self.run), "In the chart", "Not in the chart"),
            _ => (self.run.label().is_pinned, "Pinned", "Not pinned"),
        };
        let control =
            if column == 0 { format!("{name}, {run} in the chart") } else { format!("Pin {name}, {run}") };
        ((if is_on { on } else { off }).to_owned(), control)
    }

    /// Whether a mark was clicked on.
    fn mark_ui(&self, ui: &mut Ui, column: usize, name: &str) -> bool {
        if column == 0 {
            let is_on = is_shown(self.inputs.runs, self.run);
            return tick(ui, is_on, name).on_hover_text("Show in the chart").clicked();
        }
        let theme = Theme::of(ui);
        let is_pinned = self.run.label().is_pinned;
        let (star, colour) = if is_pinned { ("★", theme.warning) } else { ("☆", theme.text_weak) };
        let star = egui::Button::new(RichText::new(star).color(colour)).frame(false).sense(Sense::CLICK);
        let pin = ui.add(star);
        pin.widget_info(|| WidgetInfo::selected(Role::Button, true, is_pinned, name));
        pin.on_hover_text("Keep at the top of the list").clicked()
    }

    fn text_ui(&self, ui: &mut Ui, column: RunColumn, text: &str, hover: Option<&str>) {
        let theme = Theme::of(ui);
        let text = whole(text);
        let shown = match column {
            RunColumn::Name => RichText::new(text).color(theme.run(self.run.mode(), 0)),
            _ => RichText::new(text),
        };
        let label = ui.add(Label::new(shown).selectable(false).truncate());
        if let Some(hover) = hover {
            label.on_hover_text(whole(hover));
        }
        let note = &self.run.label().note;
        if column == RunColumn::Name && !note.is_empty() {
            let caption = theme::caption(ui, whole(note));
            ui.add(Label::new(caption).selectable(false).truncate()).on_hover_text(whole(note));
        }
    }

    /// What stands in a column, and what more there is to say of it.
    fn cell_text(&self, column: RunColumn) -> (String, Option<String>) {
        let run = self.run;
        let (plate, wells, time) = match run {
            Past::Run(run) => run_cells(run),
            Past::Watched(watched) => watched_cells(watched),
        };
        match column {
            RunColumn::Name => (run.title(), None),
            RunColumn::Plate => plate,
            RunColumn::Wells => wells,
            RunColumn::Began => {
                let began = |secs| began_text(secs, self.inputs.time_zone.cloned());
                (run.started_unix_secs().map_or_else(unknown, began), Some(run.run_name().to_owned()))
            }
            RunColumn::AtOnce => {
                let images = run.images_at_once().map(|images| usize::try_from(images).unwrap_or(usize::MAX));
                (images.map_or_else(unknown, count_text), None)
            }
            RunColumn::Peak => (run.peak_rss_bytes().map_or_else(unknown, bytes_text), None),
            RunColumn::Time => time,
        }
    }
}

fn unknown() -> String {
    "unknown".to_owned()
}

/// A text of a cell, and what the pointer tells over it.
type CellText = (String, Option<String>);

/// Plate, wells and time of a run.
fn run_cells(run: &PastRun) -> (CellText, CellText, CellText) {
    let head = &run.head;
    let wells = match &run.wells {
        Some(wells) if wells.done < wells.wanted => {
            format!("{} of {}", count_text(wells.done), count_text(wells.wanted))
        }
        _ => count_text(head.plan.wells.len()),
    };
    let (time, why) = match head.outcome {
        Outcome::Completed if head.summary.failed.is_empty() => (secs_text(head.summary.wall_secs), None),
        Outcome::Completed => {
            let failed = plural(head.summary.failed_count(), "image");
            (format!("{} ⚠", secs_text(head.summary.wall_secs)), Some(format!("{failed} failed")))
        }
        Outcome::Cancelled => ("cancelled".to_owned(), head.why.clone()),
        Outcome::Failed => ("failed".to_owned(), head.why.clone()),
    };
    let plate = (head.plate.name.clone(), Some(head.plate.root.display().to_string()));
    (plate, (wells, left_text(run)), (time, why))
}

/// The same of a watched program, which has neither plate nor wells.
fn watched_cells(watched: &PastWatched) -> (CellText, CellText, CellText) {
    let head = &watched.head;
    let program = ("a program".to_owned(), Some(head.program.join(" ")));
    let none = ("–".to_owned(), None);
    let secs = head.secs.map_or_else(unknown, secs_text);
    let ended_well = head.end.exit_code().unwrap_or(0) == 0;
    let time = if ended_well { secs } else { format!("{secs} ⚠") };
    (program, none, (time, (!ended_well).then(|| head.end.text())))
}

/// `2026-11-26 15:01`, in a time zone; in UTC where none is known.
fn began_text(unix_secs: u64, zone: Option<TimeZone>) -> String {
    let when = i64::try_from(unix_secs).ok().and_then(|secs| jiff::Timestamp::from_second(secs).ok());
    when.map_or_else(
        || "unknown".to_owned(),
        |when| when.to_zoned(zone.unwrap_or(TimeZone::UTC)).strftime("%Y-%m-%d %H:%M").to_string(),
    )
}

//! The list of runs: one row for each, sorted by a column, several selected at once.

use std::collections::HashSet;
use std::path::PathBuf;

use egui::{Label, Modifiers, RichText, Role, Sense, Ui, WidgetInfo};
use egui_extras::{Column, TableBuilder, TableRow};
use jiff::tz::TimeZone;

use crate::app::{Commands, HistoryCommand, RunsState, left_text};
use crate::events::Outcome;
use crate::quantity::{bytes_text, count_text, plural, secs_text};
use crate::record::{Past, PastRun, PastWatched, RunLabel};
use crate::shown_text::{brief, whole};
use crate::ui::screen_reader::selectable_info;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::heading_button;

const ROW: f32 = 24.0;

/// A column by which runs are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RunColumn {
    Name,
    Plate,
    Wells,
    Began,
    AtOnce,
    Peak,
    Time,
}

impl RunColumn {
    const ALL: [Self; 7] =
        [Self::Name, Self::Plate, Self::Wells, Self::Began, Self::AtOnce, Self::Peak, Self::Time];

    fn heading(self) -> (&'static str, &'static str) {
        match self {
            Self::Name => ("Run", "How it was processed, or the name that you gave it"),
            Self::Plate => ("Plate", "The plate"),
            Self::Wells => ("Wells", "How many wells"),
            Self::Began => ("Began", "When it started, in local time"),
            Self::AtOnce => ("At once", "The most images in memory at once"),
            Self::Peak => ("Peak", "The most memory of the process"),
            Self::Time => ("Time", "How long it took"),
        }
    }

    fn sort(self, runs: &mut [&Past], is_descending: bool) {
        match self {
            // Each name is made once, and not for each comparison.
            Self::Name => runs.sort_by_cached_key(|run| run.title().to_lowercase()),
            Self::Plate => runs.sort_by_key(|run| run.run().map(|run| &run.head.plate.name)),
            Self::Wells => runs.sort_by_key(|run| run.run().map(|run| run.head.plan.wells.len())),
            Self::Began => runs.sort_by_key(|run| run.started_unix_secs()),
            Self::AtOnce => runs.sort_by_key(|run| run.images_at_once()),
            Self::Peak => runs.sort_by_key(|run| run.peak_rss_bytes()),
            Self::Time => {
                runs.sort_by(|a, b| a.secs().unwrap_or(0.0).total_cmp(&b.secs().unwrap_or(0.0)));
            }
        }
        if is_descending {
            runs.reverse();
        }
    }
}

/// How the list is sorted; as the history is where no column was chosen.
#[derive(Debug, Default)]
pub(super) struct ListView {
    by: Option<(RunColumn, bool)>,
    /// The row from which shift selects.
    anchor: Option<PathBuf>,
}

/// What the rows are made of.
#[derive(Clone, Copy)]
pub(super) struct ListInputs<'a> {
    /// All that is known of runs.
    pub(super) runs: &'a RunsState,
    /// Where times of the day are told for; `None` for UTC.
    pub(super) time_zone: Option<&'a TimeZone>,
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
        by.sort(&mut runs, is_descending);
    }
    let selected: HashSet<&PathBuf> = history.selected.iter().collect();
    // Where all runs are of one plate, its name would only take room.
    let has_plates = history.is_all_plates;
    let mut sort_by = None;
    let mut clicked = None;
    ui.spacing_mut().item_spacing.x = 10.0;
    theme::quiet_selection(ui);
    let modifiers = ui.input(|input| input.modifiers);
    let mut table = TableBuilder::new(ui)
        .id_salt(("runs on disk", has_plates))
        .sense(Sense::click())
        .cell_layout(egui::Layout::left_to_right(egui::Align::Center))
        .column(Column::exact(44.0))
        .column(Column::remainder().at_least(110.0).clip(true));
    if has_plates {
        table = table.column(Column::initial(90.0).at_least(60.0).clip(true));
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
            for column in
                RunColumn::ALL.into_iter().filter(|column| has_plates || *column != RunColumn::Plate)
            {
                header.col(|ui| {
                    let (name, explanation) = column.heading();
                    let sorted =
                        view.by.filter(|(by, _)| *by == column).map(|(_, is_descending)| is_descending);
                    if heading_button(ui, name, sorted).on_hover_text(explanation).clicked() {
                        sort_by = Some(column);
                    }
                });
            }
        })
        .body(|body| {
            body.rows(ROW, runs.len(), |mut row| {
                let Some(run) = runs.get(row.index()) else { return };
                let is_selected = selected.contains(&run.folder().to_owned());
                row.set_selected(is_selected);
                row_ui(&mut row, inputs, run, has_plates, commands);
                let response = row.response();
                let about = format!("{}, {}", run.title(), run.run_name());
                selectable_info(&response, Role::Row, is_selected, &about);
                if response.clicked() {
                    clicked = Some(run.folder().to_owned());
                }
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
    if let Some(folder) = clicked {
        let selected = selected_by(&history.selected, &runs, view.anchor.as_ref(), &folder, modifiers);
        if !modifiers.shift {
            view.anchor = Some(folder);
        }
        commands.push(HistoryCommand::Select(selected));
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

fn row_ui(
    row: &mut TableRow<'_, '_>,
    inputs: ListInputs<'_>,
    run: &Past,
    has_plates: bool,
    commands: &mut Commands,
) {
    let name = run.title();
    row.col(|ui| show_and_pin_ui(ui, inputs.runs, run, &name, commands));
    row.col(|ui| {
        let theme = Theme::of(ui);
        let text = RichText::new(&name).color(theme.run(run.mode(), 0));
        ui.add(Label::new(text).selectable(false).truncate());
        let note = &run.label().note;
        if !note.is_empty() {
            let text = theme::caption(ui, whole(note));
            ui.add(Label::new(text).selectable(false).truncate()).on_hover_text(whole(note));
        }
    });
    let (plate, wells, [time, why]) = match run {
        Past::Run(run) => run_cells(run),
        Past::Watched(watched) => watched_cells(watched),
    };
    if has_plates {
        cell(row, plate);
    }
    cell(row, wells);
    let began =
        run.started_unix_secs().map_or_else(unknown, |secs| began_text(secs, inputs.time_zone.cloned()));
    cell(row, [Some(began), Some(run.run_name().to_owned())]);
    let at_once = run.images_at_once().map(|images| usize::try_from(images).unwrap_or(usize::MAX));
    cell(row, [Some(at_once.map_or_else(unknown, count_text)), None]);
    cell(row, [Some(run.peak_rss_bytes().map_or_else(unknown, bytes_text)), None]);
    cell(row, [time, why]);
}

fn unknown() -> String {
    "unknown".to_owned()
}

/// Whether a run is in the chart, and whether it is kept at the top.
fn show_and_pin_ui(ui: &mut Ui, runs: &RunsState, run: &Past, name: &str, commands: &mut Commands) {
    ui.spacing_mut().item_spacing.x = 2.0;
    // An empty box is to be seen on a dark ground, too.
    ui.visuals_mut().widgets.inactive.bg_stroke.color = Theme::of(ui).text_weak;
    let folder = || run.folder().to_owned();
    let is_watched_shown = || runs.watched_in(run.folder()).is_some_and(|watched| watched.is_shown);
    let mut is_shown = runs.run_in(run.folder()).is_some_and(|run| run.is_shown) || is_watched_shown();
    let show = ui.checkbox(&mut is_shown, "");
    let about = format!("{name}, {} in the chart", brief(run.run_name()));
    show.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_shown, &about));
    if show.on_hover_text("Show in the chart").changed() {
        commands.push(HistoryCommand::Show { folder: folder(), is_shown });
    }
    let theme = Theme::of(ui);
    let is_pinned = run.label().is_pinned;
    let (star, colour) = if is_pinned { ("★", theme.warning) } else { ("☆", theme.text_weak) };
    let pin = ui.add(egui::Button::new(RichText::new(star).color(colour)).frame(false));
    let about = format!("Pin {name}, {}", brief(run.run_name()));
    pin.widget_info(|| WidgetInfo::selected(Role::Button, true, is_pinned, &about));
    if pin.on_hover_text("Keep at the top of the list").clicked() {
        let label = RunLabel { is_pinned: !is_pinned, ..run.label().clone() };
        commands.push(HistoryCommand::Label { folder: folder(), label });
    }
}

/// A text of a cell, and what the pointer tells over it.
type CellText = [Option<String>; 2];

fn cell(row: &mut TableRow<'_, '_>, [text, hover]: CellText) {
    row.col(|ui| {
        let text = text.unwrap_or_default();
        let label = ui.add(Label::new(whole(&text)).selectable(false).truncate());
        if let Some(hover) = hover {
            label.on_hover_text(whole(&hover));
        }
    });
}

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
    let plate = [Some(head.plate.name.clone()), Some(head.plate.root.display().to_string())];
    (plate, [Some(wells), left_text(run)], [Some(time), why])
}

/// The same of a watched program, which has neither plate nor wells.
fn watched_cells(watched: &PastWatched) -> (CellText, CellText, CellText) {
    let head = &watched.head;
    let program = [Some("a program".to_owned()), Some(head.program.join(" "))];
    let none = [Some("–".to_owned()), None];
    let secs = head.secs.map_or_else(unknown, secs_text);
    let ended_well = head.end.exit_code().unwrap_or(0) == 0;
    let time = if ended_well { secs } else { format!("{secs} ⚠") };
    (program, none, [Some(time), (!ended_well).then(|| head.end.text())])
}

/// `2026-11-26 15:01`, in a time zone; in UTC where none is known.
fn began_text(unix_secs: u64, zone: Option<TimeZone>) -> String {
    let when = i64::try_from(unix_secs).ok().and_then(|secs| jiff::Timestamp::from_second(secs).ok());
    when.map_or_else(
        || "unknown".to_owned(),
        |when| when.to_zoned(zone.unwrap_or(TimeZone::UTC)).strftime("%Y-%m-%d %H:%M").to_string(),
    )
}

//! Under the chart: what each combination of a run needed, as a table that can be sorted. The row that
//! is selected is marked in the chart.

use egui::{ComboBox, Id, Label, RichText, Sense, Ui, UiBuilder};
use egui_extras::{Column, TableBuilder};

use crate::app::{Commands, Marked, MemoryCommand, MemoryState, PlateState, RunState, RunsState};
use crate::events::CombinationRow;
use crate::plan::Mode;
use crate::quantity::{bytes_text, count_text, secs_text};
use crate::record::RunId;
use crate::ui::grid_keys::GridCursor;
use crate::ui::lists::{choice_label, list_ui};
use crate::ui::runs::session::id_name;
use crate::ui::screen_reader::{self, CellAsked, Place, asked_of, row_info, table_cell};
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::heading_button;

const ROW: f32 = 22.0;
/// Height at which it scrolls.
const MOST_HEIGHT: f32 = 180.0;

/// The columns in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum CombinationColumn {
    #[default]
    Order,
    Images,
    Bytes,
    Preload,
    Steps,
    Save,
    Before,
    Peak,
    After,
}

impl CombinationColumn {
    const ALL: [Self; 9] = [
        Self::Order,
        Self::Images,
        Self::Bytes,
        Self::Preload,
        Self::Steps,
        Self::Save,
        Self::Before,
        Self::Peak,
        Self::After,
    ];

    /// Its heading, and what it is in a sentence.
    fn heading(self) -> (&'static str, &'static str) {
        match self {
            Self::Order => ("Combination", "In the order in which they were worked on"),
            Self::Images => ("Images", "Images that were read"),
            Self::Bytes => ("Pixels", "Pixel bytes of these images"),
            Self::Preload => ("Read", "Time that the run waited for the images"),
            Self::Steps => ("Steps", "Time in steps"),
            Self::Save => ("Save", "Time in which results were saved"),
            Self::Before => ("Before", "Memory of the process before the images were read"),
            Self::Peak => {
                ("At most", "The most memory of the process, by samples and the system's high-water mark")
            }
            Self::After => ("After clear", "Memory of the process after the images were cleared"),
        }
    }

    /// Room for its heading with an arrow and for its values, in points; the names take what is left.
    fn width(self) -> f32 {
        match self {
            Self::Order => 0.0,
            Self::Images => 56.0,
            Self::Preload | Self::Steps | Self::Save => 54.0,
            Self::Bytes | Self::Before => 62.0,
            Self::Peak => 64.0,
            Self::After => 78.0,
        }
    }

    fn key(self, row: &CombinationRow) -> f64 {
        let bytes = |bytes: Option<u64>| bytes.map_or(-1.0, |bytes| bytes as f64);
        match self {
            Self::Order => row.id.index as f64,
            Self::Images => row.images as f64,
            Self::Bytes => row.bytes as f64,
            Self::Preload => row.preload_secs,
            Self::Steps => row.step_secs,
            Self::Save => row.save_secs,
            Self::Before => bytes(row.rss_before_preload),
            Self::Peak => bytes(row.rss_peak),
            Self::After => bytes(row.cleared.and_then(|cleared| cleared.rss_after)),
        }
    }

    fn text(self, row: &CombinationRow) -> String {
        let bytes = |bytes: Option<u64>| bytes.map_or_else(|| "unknown".to_owned(), bytes_text);
        match self {
            Self::Order => (row.id.index + 1).to_string(),
            Self::Images => count_text(row.images),
            Self::Bytes => bytes_text(row.bytes),
            Self::Preload => secs_text(row.preload_secs),
            Self::Steps => secs_text(row.step_secs),
            Self::Save => secs_text(row.save_secs),
            Self::Before => bytes(row.rss_before_preload),
            Self::Peak => bytes(row.rss_peak),
            Self::After => match row.cleared {
                Some(cleared) => bytes(cleared.rss_after),
                None => "not cleared".to_owned(),
            },
        }
    }
}

/// How the table is looked at, and its rows, kept from frame to frame.
#[derive(Debug, Default)]
pub(crate) struct CombinationsView {
    by: CombinationColumn,
    is_descending: bool,
    /// The run that the user chose.
    chosen: Option<RunId>,
    /// Of which run, with how many events, sorted how.
    key: Option<(RunId, usize, CombinationColumn, bool)>,
    rows: Vec<CombinationRow>,
    /// How many rows there will be.
    expected: usize,
    /// The cell that the keys are at.
    cursor: GridCursor,
    takes_focus: bool,
}

impl CombinationsView {
    /// Room for the table: for all of its rows where they are few, so that the chart has the rest.
    pub(crate) fn height(&self) -> f32 {
        const GAP: f32 = 6.0;
        let rows = (self.expected + 1) as f32 * (ROW + GAP);
        (rows + 2.0 * GAP).clamp(4.0 * ROW, MOST_HEIGHT)
    }
}

/// The runs in the chart that have begun.
fn started(runs: &RunsState) -> Vec<&RunState> {
    runs.shown().filter(|run| !run.is_waiting()).collect()
}

impl CombinationsView {
    /// The run whose combinations are listed: the one chosen as long as it is shown, or else the last
    /// one at a time.
    fn listed<'a>(&self, shown: &[&'a RunState]) -> Option<&'a RunState> {
        let chosen = shown.iter().find(|run| Some(run.id) == self.chosen);
        let usual = || shown.iter().rev().find(|run| run.mode() == Mode::Sequential);
        chosen.or_else(usual).or(shown.last()).copied()
    }

    fn refresh(&mut self, run: &RunState) {
        let key = Some((run.id, run.record.events.len(), self.by, self.is_descending));
        if self.key == key {
            return;
        }
        self.key = key;
        self.rows = run.record.combinations();
        self.expected = self.rows.len().max(run.combinations.len());
        let by = self.by;
        self.rows.sort_by(|a, b| by.key(a).total_cmp(&by.key(b)));
        if self.is_descending {
            self.rows.reverse();
        }
    }
}

/// The table of one of the runs in the chart; which, can be chosen where there are several.
pub(crate) fn combinations_ui(
    ui: &mut Ui,
    memory: &MemoryState,
    runs: &RunsState,
    plate: &PlateState,
    view: &mut CombinationsView,
    commands: &mut Commands,
) {
    let Some(run) = view.listed(&started(runs)) else {
        view.takes_focus = false;
        ui.label(theme::caption(ui, "Show a run in the chart to see each of its combinations."));
        return;
    };
    view.refresh(run);
    table_ui(ui, memory, plate, run, view, commands);
}

/// The choice of the run, for the row above the table.
pub(crate) fn choice_ui(ui: &mut Ui, memory: &MemoryState, runs: &RunsState, view: &mut CombinationsView) {
    let shown = started(runs);
    if shown.len() < 2 {
        return;
    }
    let present = view.listed(&shown);
    let title = |run: &RunState| {
        let charted = memory.chart.runs.iter().find(|charted| charted.id == run.id);
        charted.map_or_else(|| run.title(), |charted| charted.title.clone())
    };
    let text = present.map_or_else(String::new, title);
    let present = present.map(|run| run.id);
    // A name may be long: it is cut, and whole in the list.
    let combo = ComboBox::from_id_salt("combinations of").width(200.0).truncate();
    list_ui(ui, combo, "Run whose combinations are listed", text, |ui| {
        for run in &shown {
            if choice_label(ui, Some(run.id) == present, title(run)).clicked() {
                view.chosen = Some(run.id);
            }
        }
    });
}

/// The grid that takes the keys of the table.
fn grid_id() -> Id {
    Id::unique("combinations of a run")
}

fn table_ui(
    ui: &mut Ui,
    memory: &MemoryState,
    plate: &PlateState,
    run: &RunState,
    view: &mut CombinationsView,
    commands: &mut Commands,
) {
    let marked = memory.marked.filter(|marked| marked.run == run.id).map(|marked| marked.combination);
    let grid = ui.interact(ui.available_rect_before_wrap(), grid_id(), Sense::focusable_noninteractive());
    let size = Place { row: view.rows.len(), column: CombinationColumn::ALL.len() };
    let name = format!("Each combination of {}. Arrow keys move, Enter marks one in the chart", run.title());
    screen_reader::grid_info(&grid, size, &name);
    if std::mem::take(&mut view.takes_focus) {
        grid.request_focus();
    }
    let keyed = view.cursor.take_keys(ui, &grid, size);
    let mut gone_to = None;
    let (by, is_descending) = (view.by, view.is_descending);
    let mut sort_by = None;
    let mut chosen = keyed.entered.map(|entered| entered.place.row);
    let builder = UiBuilder::new().accessibility_parent(grid.id);
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        theme::quiet_selection(ui);
        // The table has the focus, not each cell.
        let mut table = TableBuilder::new(ui)
            .id_salt("combinations")
            .sense(Sense::CLICK)
            .striped(false)
            .cell_layout(egui::Layout::right_to_left(egui::Align::Center))
            .column(Column::remainder().at_least(90.0).clip(true))
            .auto_shrink(false);
        if let Some(row) = view.cursor.row().filter(|_| keyed.has_moved) {
            table = table.scroll_to_row(row, None);
        }
        for column in &CombinationColumn::ALL[1..] {
            // Cells that fill from the right reach over those at their left, unless they are clipped: a click
            // would be the neighbour's.
            table = table.column(Column::exact(column.width()).clip(true));
        }
        let table = table.header(ROW, |mut header| {
            for (nth, column) in CombinationColumn::ALL.into_iter().enumerate() {
                header.col(|ui| {
                    // The names of combinations begin at the left, numbers end at the right.
                    let layout = match column {
                        CombinationColumn::Order => egui::Layout::left_to_right(egui::Align::Center),
                        _ => *ui.layout(),
                    };
                    ui.with_layout(layout, |ui| {
                        let (name, explanation) = column.heading();
                        let sorted = (by == column).then_some(is_descending);
                        if heading_button(ui, name, nth, sorted).on_hover_text(explanation).clicked() {
                            sort_by = Some(column);
                        }
                    });
                });
            }
        });
        table.body(|body| {
            body.rows(ROW, view.rows.len(), |mut line| {
                let index = line.index();
                let Some(row) = view.rows.get(index) else { return };
                let is_marked = marked == Some(row.id.index);
                line.set_selected(is_marked);
                let name = format!("{}  {}", row.id.index + 1, id_name(run, &row.id, plate));
                let mut row_id = None;
                for (nth, column) in CombinationColumn::ALL.into_iter().enumerate() {
                    line.col(|ui| {
                        let row_id = *row_id.get_or_insert(ui.unique_id());
                        let cell = CombinationCell { row, column, place: Place { row: index, column: nth } };
                        let id = cell.show(ui, row_id, is_marked, &name);
                        view.cursor.mark(ui, &grid, cell.place, id);
                        if let Some(asked) = asked_of(ui.ctx(), id) {
                            gone_to = Some(cell.place);
                            chosen = (asked == CellAsked::Click).then_some(index).or(chosen);
                        }
                    });
                }
                let response = line.response();
                row_info(&response, index, is_marked, &name);
                if asked_of(&response.ctx, response.id) == Some(CellAsked::Focus) {
                    gone_to = Some(Place { row: index, column: 0 });
                }
                if response.clicked() {
                    chosen = Some(index);
                }
            });
        });
    });
    if let Some(place) = gone_to {
        view.cursor.go_to(&grid, place);
    }
    if let Some(row) = chosen.and_then(|row| view.rows.get(row)) {
        let combination = row.id.index;
        let of = Marked { run: run.id, combination, from_secs: row.from_secs, to_secs: row.to_secs };
        commands.push(MemoryCommand::Mark((marked != Some(combination)).then_some(of)));
    }
    if let Some(column) = sort_by {
        view.is_descending = view.by == column && !view.is_descending;
        view.by = column;
    }
}

/// One cell of the table.
struct CombinationCell<'a> {
    row: &'a CombinationRow,
    column: CombinationColumn,
    place: Place,
}

impl CombinationCell<'_> {
    /// Shows it, with a name that tells its column; its identity.
    fn show(&self, ui: &mut Ui, row_id: Id, is_marked: bool, row_name: &str) -> Id {
        if self.column == CombinationColumn::Order {
            return table_cell(ui, row_id, self.place, is_marked, row_name.to_owned(), |ui| {
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    ui.add(Label::new(row_name).selectable(false).truncate());
                });
            });
        }
        let text = self.column.text(self.row);
        let name = format!("{} {text}", self.column.heading().0);
        let id = table_cell(ui, row_id, self.place, is_marked, name, |ui| {
            let quiet = Theme::of(ui).text_weak;
            let label = if text == "not cleared" || text == "unknown" {
                RichText::new(text).color(quiet)
            } else {
                RichText::new(text)
            };
            ui.add(Label::new(label).selectable(false));
        });
        ui.ctx().accesskit_node_builder(id, |node| node.set_description(row_name));
        id
    }
}

impl CombinationsView {
    /// Goes to the table, with the next frame that shows it.
    pub(super) fn take_focus(&mut self) {
        self.takes_focus = true;
    }
}

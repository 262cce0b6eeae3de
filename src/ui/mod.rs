//! What is drawn: one file per panel. Panels read the state and push commands; they change nothing
//! themselves but how they look, which is in [`View`].

mod browse;
mod cluster;
mod ends;
mod focus;
mod forecast;
mod grid_keys;
mod header;
mod help;
mod hint;
pub mod images;
mod keys;
mod lists;
mod log;
pub mod memory;
mod panels;
mod pipeline;
mod plate;
mod reading;
mod runs;
mod screen_reader;
mod settings;
mod start;
mod status;
pub mod theme;
mod watch;
pub(crate) mod widgets;
pub mod window;

use egui::{CentralPanel, Frame, Margin, Panel, ScrollArea, Ui, UiBuilder};

use crate::app::settings::Hint;
use crate::app::{AppState, Commands, HelpCommand, MemoryCommand, PlateState, StatusCommand, Tab, Topic};
use crate::plate::ImageKey;
use images::thumbnails::Thumbnails;
use panels::{LaterPanel, PanelEdge};
use theme::{PANEL_MARGIN, SECTION_GAP, Theme};

/// How things look, apart from what they show: what is scrolled, dragged, cached.
pub struct View {
    side: Side,
    plate_map: plate::map::PlateMapView,
    editor: pipeline::EditorView,
    browse: browse::BrowseView,
    help: help::HelpView,
    focus: focus::FocusView,
    log: log::LogView,
    memory: memory::view::MemoryView,
    history: runs::history::HistoryView,
    /// Of a plate that is planned.
    planned_chart: memory::chart::ChartView,
    images: images::panel::ImagesView,
    watch: watch::WatchView,
    thumbnails: Thumbnails,
}

impl View {
    /// Opens the image of a key in the viewer, the next time that the images are shown.
    pub fn open_image(&mut self, key: ImageKey) {
        self.images.open(key);
    }

    /// What it keeps of images.
    pub fn thumbnails(&mut self) -> &mut Thumbnails {
        &mut self.thumbnails
    }

    /// A view that shows images through these thumbnails.
    pub fn new(thumbnails: Thumbnails) -> Self {
        Self {
            side: Side::default(),
            plate_map: plate::map::PlateMapView::default(),
            editor: pipeline::EditorView::default(),
            browse: browse::BrowseView::default(),
            help: help::HelpView::default(),
            focus: focus::FocusView::default(),
            log: log::LogView::default(),
            memory: memory::view::MemoryView::default(),
            history: runs::history::HistoryView::default(),
            planned_chart: memory::chart::ChartView::default(),
            images: images::panel::ImagesView::default(),
            watch: watch::WatchView::default(),
            thumbnails,
        }
    }
}

/// Draws the window.
pub fn draw(ui: &mut Ui, state: &AppState, view: &mut View, commands: &mut Commands) {
    view.focus.begin(ui);
    screen_reader::name_window(ui.ctx());
    keys::take_input(ui, state, &view.help, commands);
    view.thumbnails.begin_frame();
    match &state.plate {
        Some(plate) if !state.is_start() => {
            view.thumbnails.set_plate(&plate.plate, plate.id);
            plate_ui(ui, state, plate, view, commands);
        }
        plate => {
            let (start, settings) = (&state.start, &state.settings.kept);
            let page = start::StartPage { start, settings, plate: plate.as_ref() };
            start::start_ui(ui, &page, &mut view.thumbnails, commands);
        }
    }
    forecast::planned_ui(ui, state, &mut view.planned_chart, commands);
    cluster::dialog_ui(ui, &state.cluster, commands);
    watch::dialog_ui(ui, &state.watch, &mut view.watch, commands);
    settings::dialog_ui(ui, &state.settings, commands);
    memory::study::study_ui(ui, state, commands);
    help::help_ui(ui.ctx(), state, &mut view.help, commands);
    browse::browse_ui(ui, &state.browse, &state.settings.kept, &mut view.browse, commands);
    view.thumbnails.end_frame();
    view.focus.end(ui.ctx());
}

/// Width of the window in points from which both sides have room beside the pages.
const WIDE: f32 = 1180.0;

/// Width in points in which the steps of a pipeline and the options are whole.
const SIDE: f32 = 296.0;

/// Width in points under which one of all that is shown takes the whole window, as with large text on a small screen.
const NARROW: f32 = 760.0;

/// Height of the line at the bottom, and width of the side at the right, in points, before they were drawn.
const FOOT: f32 = 40.0;
const RIGHT: f32 = 284.0;

/// What is shown where the window is too narrow for all: beside the pages one side, or one of the three alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Side {
    #[default]
    Choices,
    Forecast,
    Pages,
}

impl Side {
    const ALL: [Self; 3] = [Self::Choices, Self::Forecast, Self::Pages];

    fn name(self) -> &'static str {
        match self {
            Self::Choices => "Plate and steps",
            Self::Forecast => "Forecast",
            Self::Pages => "Pages",
        }
    }
}

fn plate_ui(ui: &mut Ui, state: &AppState, plate: &PlateState, view: &mut View, commands: &mut Commands) {
    let theme = Theme::of(ui);
    let frame = Frame::NONE.fill(theme.panel);
    // The scroll bar lies in the margin and not over the buttons at the right edge.
    let side = frame.inner_margin(Margin { left: PANEL_MARGIN, right: 0, top: 10, bottom: 10 });
    let bar = frame.inner_margin(Margin::symmetric(16, 8));
    Panel::top("header").frame(bar).show(ui, |ui| header::header_ui(ui, state, plate, commands));
    let foot = LaterPanel::new(ui, "status");
    let builder = UiBuilder::new().max_rect(foot.above(ui, FOOT));
    ui.scope_builder(builder, |ui| middle_ui(ui, side, state, plate, view, commands));
    foot.show(ui, Panel::bottom("status").frame(bar), |ui| status::status_ui(ui, state, plate, commands));
}

/// What is between the header and the line at the bottom: the pages, and beside them as much as there is room for.
fn middle_ui(
    ui: &mut Ui,
    frame: Frame,
    state: &AppState,
    plate: &PlateState,
    view: &mut View,
    commands: &mut Commands,
) {
    let centre = Frame::NONE.fill(Theme::of(ui).surface).inner_margin(Margin::symmetric(18, 6));
    let width = ui.content_rect().width();
    if width < NARROW {
        let page = frame.inner_margin(Margin { left: PANEL_MARGIN, right: 0, top: 4, bottom: 4 });
        CentralPanel::default().frame(page).show(ui, |ui| one_ui(ui, state, plate, view, commands));
        return;
    }
    let edge = PanelEdge::of_left(ui, "left side", "Width of the left side");
    edge.take_keys(ui);
    let left = Panel::left("left side").frame(frame);
    if width < WIDE {
        left.default_size(276.0)
            .size_range(240.0..=(width * 0.32).max(SIDE))
            .show(ui, |ui| side_ui(ui, state, plate, view, commands));
        edge.tell(ui);
        CentralPanel::default().frame(centre).show(ui, |ui| centre_ui(ui, state, plate, view, commands));
        return;
    }
    // The sides give way, so that the chart keeps its room.
    let range = 240.0..=(width * 0.27).clamp(240.0, 460.0);
    left.default_size(300.0).size_range(range).show(ui, |ui| choices_ui(ui, state, plate, view, commands));
    edge.tell(ui);
    let later = LaterPanel::new(ui, "right side");
    let edge = later.edge("Width of the right side");
    edge.take_keys(ui);
    let builder = UiBuilder::new().max_rect(later.beside(ui, RIGHT));
    ui.scope_builder(builder, |ui| {
        CentralPanel::default().frame(centre).show(ui, |ui| centre_ui(ui, state, plate, view, commands));
    });
    let range = 230.0..=(width * 0.245).clamp(230.0, 420.0);
    let right = Panel::right("right side").frame(frame).default_size(RIGHT).size_range(range);
    later.show(ui, right, |ui| prospects_ui(ui, state, plate, commands));
    edge.tell(ui);
}

/// One side at a time.
fn side_ui(ui: &mut Ui, state: &AppState, plate: &PlateState, view: &mut View, commands: &mut Commands) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 16.0;
        for of in [Side::Choices, Side::Forecast] {
            let is_open = (view.side == Side::Forecast) == (of == Side::Forecast);
            if widgets::tab(ui, of.name(), is_open).clicked() {
                view.side = of;
            }
        }
    });
    ui.add_space(4.0);
    match view.side {
        Side::Choices | Side::Pages => choices_ui(ui, state, plate, view, commands),
        Side::Forecast => prospects_ui(ui, state, plate, commands),
    }
}

/// One of the sides or the pages, over the whole width.
fn one_ui(ui: &mut Ui, state: &AppState, plate: &PlateState, view: &mut View, commands: &mut Commands) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 16.0;
        for of in Side::ALL {
            if widgets::tab(ui, of.name(), view.side == of).clicked() {
                view.side = of;
            }
        }
    });
    match view.side {
        Side::Choices => choices_ui(ui, state, plate, view, commands),
        Side::Forecast => prospects_ui(ui, state, plate, commands),
        Side::Pages => {
            let margin = Margin { right: PANEL_MARGIN, ..Margin::ZERO };
            Frame::NONE.inner_margin(margin).show(ui, |ui| centre_ui(ui, state, plate, view, commands));
        }
    }
}

/// What is processed and how: plate, components, pipeline, options.
fn choices_ui(ui: &mut Ui, state: &AppState, plate: &PlateState, view: &mut View, commands: &mut Commands) {
    let margin = Margin { right: PANEL_MARGIN, ..Margin::ZERO };
    ScrollArea::vertical().id_salt("choices").auto_shrink(false).content_margin(margin).show(ui, |ui| {
        plate::map::plate_map_ui(
            ui,
            plate,
            state.well_stages(),
            &mut view.plate_map,
            &mut view.thumbnails,
            commands,
        );
        ui.add_space(SECTION_GAP);
        plate::components::components_ui(ui, plate, commands);
        ui.add_space(SECTION_GAP);
        pipeline::pipeline_ui(ui, plate, !state.is_dialog_open(), &mut view.editor, commands);
        ui.add_space(SECTION_GAP);
        settings::options_ui(ui, &state.settings, commands);
    });
}

/// What it would need, and the runs of the session.
fn prospects_ui(ui: &mut Ui, state: &AppState, plate: &PlateState, commands: &mut Commands) {
    let margin = Margin { right: PANEL_MARGIN, ..Margin::ZERO };
    ScrollArea::vertical().id_salt("forecast").auto_shrink(false).content_margin(margin).show(ui, |ui| {
        if let Some(followed) = &state.cluster.followed {
            cluster::follow::followed_ui(ui, followed, commands);
            ui.add_space(SECTION_GAP);
        }
        forecast::forecast_ui(ui, &state.forecast, &state.settings, plate, commands);
        ui.add_space(SECTION_GAP);
        runs::session::runs_ui(ui, &state.runs, &state.memory, plate, commands);
    });
}

fn centre_ui(ui: &mut Ui, state: &AppState, plate: &PlateState, view: &mut View, commands: &mut Commands) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 16.0;
        for tab in Tab::ALL {
            if widgets::tab(ui, tab.name(), state.status.tab == tab).clicked() {
                commands.push(StatusCommand::ShowTab(tab));
            }
        }
    });
    // The line under the tabs belongs to them: no gap between.
    ui.add_space(-ui.spacing().item_spacing.y - 1.0);
    widgets::rule(ui);
    ui.add_space(4.0);
    if let Some(trouble) = &state.status.trouble {
        memory::verdict::trouble_ui(ui, trouble, commands);
    }
    match state.status.tab {
        Tab::Memory => memory_ui(ui, state, plate, view, commands),
        Tab::Images => {
            if !view.images.is_viewing() {
                hint::hint_ui(ui, Hint::Images, &state.settings, commands);
            }
            images_ui(ui, state, plate, view, commands);
        }
        Tab::Runs => runs::history::history_ui(ui, state, &mut view.history, commands),
        Tab::Log => log::log_ui(ui, &state.log, &mut view.log, commands),
    }
}

/// The least height of the chart with its options, in points.
const LEAST_CHART: f32 = 220.0;
/// The same where the options stand in several rows.
const LEAST_NARROW_CHART: f32 = 340.0;
/// The width from which they do not, in points.
const OPTIONS: f32 = 620.0;

/// The page scrolls where the window is too low for all of it.
fn memory_ui(ui: &mut Ui, state: &AppState, plate: &PlateState, view: &mut View, commands: &mut Commands) {
    ScrollArea::vertical().id_salt("memory").auto_shrink(false).show_viewport(ui, |ui, seen| {
        let top = ui.cursor().top();
        memory::verdict::verdict_ui(ui, state, plate, commands);
        if state.memory.chart.is_empty() {
            return;
        }
        if state.runs.job.is_none() && !state.memory.chart.runs.is_empty() {
            hint::hint_ui(ui, Hint::Moment, &state.settings, commands);
        }
        let left = seen.height() - (ui.cursor().top() - top);
        chart_and_images_ui(ui, left, state, plate, view, commands);
    });
}

/// The chart in what is left of the height of the page, and what stands under it.
fn chart_and_images_ui(
    ui: &mut Ui,
    left: f32,
    state: &AppState,
    plate: &PlateState,
    view: &mut View,
    commands: &mut Commands,
) {
    // Room for the images under the chart is kept from the first run on, so that the chart stays in its
    // place when they appear.
    let has_runs = !state.memory.chart.runs.is_empty();
    let gap = ui.spacing().item_spacing.y;
    let under = if has_runs { memory::under_chart::height(&view.memory) + gap } else { 0.0 };
    let least = if ui.available_width() < OPTIONS { LEAST_NARROW_CHART } else { LEAST_CHART };
    let room = (left - under).max(least);
    let size = egui::vec2(ui.available_width(), room);
    let pointed = ui
        .allocate_ui(size, |ui| {
            ui.set_min_size(size);
            memory::chart::memory_chart_ui(ui, &state.memory.chart, &mut view.memory.chart)
        })
        .inner;
    if let Some(readings) = pointed.clicked {
        commands.push(MemoryCommand::ShowMoment(memory::in_memory::moment_of(
            &state.memory,
            &state.runs,
            &readings,
        )));
    }
    if let Some(kind) = pointed.export {
        commands.push(MemoryCommand::Export { kind, options: view.memory.chart.options });
    }
    if pointed.is_unclear {
        commands.push(HelpCommand::Explain(Topic::Chart));
    }
    if let Some(text) = pointed.copied {
        commands.push(StatusCommand::Copy(text));
    }
    if !has_runs {
        return;
    }
    let model = memory::view::MemoryModel { memory: &state.memory, runs: &state.runs, plate };
    let View { memory: page, images, thumbnails, .. } = view;
    if let Some(key) = memory::under_chart::under_chart_ui(ui, model, page, thumbnails, commands) {
        images.open(key);
    }
}

fn images_ui(ui: &mut Ui, state: &AppState, plate: &PlateState, view: &mut View, commands: &mut Commands) {
    let model = images::panel::ImagesModel {
        plate: &plate.plate,
        measured: &plate.measured,
        plate_id: plate.id,
        selected: &plate.selection,
        outputs: &state.images.outputs,
        outputs_version: state.images.outputs_version,
        failures: &state.images.failures,
        wells: &plate.wells,
        well_stages: state.well_stages(),
        previewed: plate.pipeline.previewed_steps(),
        runs: &state.runs.list,
    };
    images::panel::images_ui(ui, &model, &mut view.images, &mut view.thumbnails, commands);
}

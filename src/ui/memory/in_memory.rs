//! The images of the combination that was in memory at the moment that the user clicked in the chart.

use egui::{
    Align2, Rect, Response, Role, ScrollArea, Sense, Stroke, StrokeKind, TextStyle, Ui, Vec2, WidgetInfo,
    pos2, vec2,
};

use super::chart::ChartView;
use super::view::MemoryModel;
use crate::app::{
    CombinationState, Commands, LifeOf, MemoryCommand, MemoryState, Moment, PlateState, RunState, RunsState,
    StatusCommand, Tab,
};
use crate::chart::{ChartRun, Ink, Life, Reading};
use crate::plan::Mode;
use crate::plate::{Component, ImageKey, PlateImage};
use crate::quantity::{plural, secs_text};
use crate::ui::empty::{Next, empty_ui};
use crate::ui::images::thumbnails::{ContrastGroup, Lane, Processed, ThumbnailView, Thumbnails};
use crate::ui::runs::session::combination_name;
use crate::ui::theme::{self, SMALL_RADIUS, Theme};
use crate::ui::widgets;

/// Side of a tile, in points.
const TILE: f32 = 72.0;
/// Side of its picture in pixels, as in the images panel.
const PICTURE: u32 = 128;
/// Height that the section takes, in points.
pub(crate) const HEIGHT: f32 = 136.0;

/// The moment that the user clicked: of the run one at a time where both were running.
pub(crate) fn moment_of(memory: &MemoryState, runs: &RunsState, readings: &[Reading]) -> Option<Moment> {
    let mut found: Vec<(&RunState, f64)> = readings
        .iter()
        .filter_map(|reading| {
            let id = memory.chart.runs.get(reading.run)?.id;
            let run = runs.list.iter().find(|run| run.id == id)?;
            Some((run, reading.at_secs))
        })
        .collect();
    found.sort_by_key(|(run, _)| run.mode() == Mode::Bulk);
    found.first().map(|(run, at_secs)| Moment { run: run.id, at_secs: *at_secs })
}

/// An image whose life the user asked for.
struct Pinned {
    of: LifeOf,
    life: (Ink, Life),
    /// Whether this is the first frame that shows it.
    is_new: bool,
}

/// The section under the chart; an image that is to be opened in the viewer. The chart, which is drawn
/// before, shows the life of the image that is pointed at from the next frame on.
pub(crate) fn in_memory_ui(
    ui: &mut Ui,
    model: MemoryModel<'_>,
    chart: &mut ChartView,
    thumbnails: &mut Thumbnails,
    commands: &mut Commands,
) -> Option<ImageKey> {
    let MemoryModel { memory, runs, .. } = model;
    let is_new = chart.life_of != memory.life;
    if is_new {
        // What was asked for is seen, wherever the chart was before.
        (chart.life_of, chart.range) = (memory.life, None);
    }
    let pinned =
        memory.life.and_then(|of| Some(Pinned { of, life: memory.life_in_chart(of, runs)?, is_new }));
    let strip = strip_ui(ui, model, thumbnails, pinned.as_ref(), commands);
    let pointed = strip.life.or(pinned.map(|pinned| pinned.life)).or_else(|| memory.mark_in_chart(runs));
    if chart.life != pointed {
        chart.life = pointed;
        ui.request_repaint();
    }
    if strip.clicked.is_some() {
        commands.push(StatusCommand::ShowTab(Tab::Images));
    }
    strip.clicked
}

/// The moment of the most memory: of the run one at a time where the chart has both ways.
fn fullest(memory: &MemoryState) -> Option<Next> {
    // Of a watched program no images are known.
    let has_images = |run: &&ChartRun| run.mode.is_some() && run.peak(run.main_measure()).is_some();
    let runs = memory.chart.runs.iter().filter(has_images);
    let run = runs.min_by_key(|run| run.mode == Some(Mode::Bulk))?;
    let at_secs = run.peak(run.main_measure())?.at_secs;
    let moment = Moment { run: run.id, at_secs };
    Some(Next::new("Show the fullest moment", MemoryCommand::ShowMoment(Some(moment))))
}

/// What the user does with the images in the row.
#[derive(Default)]
struct Strip {
    /// The life of the one pointed at.
    life: Option<(Ink, Life)>,
    /// The one that the user clicked.
    clicked: Option<ImageKey>,
}

/// The images in a row.
fn strip_ui(
    ui: &mut Ui,
    model: MemoryModel<'_>,
    thumbnails: &mut Thumbnails,
    pinned: Option<&Pinned>,
    commands: &mut Commands,
) -> Strip {
    let MemoryModel { memory, runs, plate } = model;
    let found = memory.moment.and_then(|moment| {
        let run = runs.list.iter().find(|run| run.id == moment.run)?;
        Some((moment, run))
    });
    let Some((moment, run)) = found else {
        let text = "Click a moment in the chart to see the images that were in memory then.";
        empty_ui(ui, text, fullest(memory), commands);
        return Strip::default();
    };
    let pinned = pinned.filter(|pinned| pinned.of.run == run.id);
    let combination = match pinned {
        // With reading ahead two combinations may be in memory.
        Some(pinned) => run.combinations.get(pinned.of.combination),
        None => run.combination_at(moment.at_secs),
    };
    let Some(combination) = combination else {
        let text = "No image was in memory then: the last ones had been cleared.";
        empty_ui(ui, text, fullest(memory), commands);
        return Strip::default();
    };
    let images = images_of(plate, combination);
    let charted = memory.chart.runs.iter().find(|charted| charted.id == run.id);
    let phase = charted.and_then(|charted| charted.phase_at(moment.at_secs));
    let heading = format!(
        "In memory at {} · {} · {}{} · {}",
        secs_text(moment.at_secs),
        run.mode().title().to_lowercase(),
        combination_name(run, combination, plate),
        phase.map(|phase| format!(" · {phase}")).unwrap_or_default(),
        plural(images.len(), "image")
    );
    match pinned {
        Some(pinned) => pinned_ui(ui, plate, run, pinned),
        None => {
            widgets::section_heading(ui, &heading);
        }
    }
    let of_combination = |first: &PlateImage| {
        let of = LifeOf { run: run.id, combination: combination.id.index, key: first.key(), step: None };
        memory.life_in_chart(of, runs)
    };
    let (ink, life) = images.first().and_then(|first| of_combination(first)).unzip();
    let row = vec2(TILE, TILE + 16.0);
    let (mut is_pointed, mut clicked) = (false, None);
    ScrollArea::horizontal().id_salt("in memory").auto_shrink([false, true]).show_viewport(ui, |ui, seen| {
        let pitch = TILE + 6.0;
        ui.set_width(pitch * images.len() as f32);
        ui.set_height(row.y);
        let place_of = |pinned: &Pinned| images.iter().position(|image| pinned.is_source(image.key()));
        if let Some(place) = pinned.filter(|pinned| pinned.is_new).and_then(place_of) {
            let left = ui.min_rect().left() + place as f32 * pitch;
            let tile = Rect::from_min_size(pos2(left, ui.min_rect().top()), row);
            ui.scroll_to_rect(tile, Some(egui::Align::Center));
        }
        let first = (seen.left() / pitch).floor().max(0.0) as usize;
        let last = ((seen.right() / pitch).ceil().max(0.0) as usize).min(images.len());
        for (place, image) in images.iter().enumerate().take(last).skip(first) {
            let left = ui.min_rect().left() + place as f32 * pitch;
            let rect = Rect::from_min_size(pos2(left, ui.min_rect().top()), row);
            let is_pinned = pinned.is_some_and(|pinned| pinned.is_source(image.key()));
            let response = tile_ui(ui, plate, image, rect, thumbnails, life.as_ref(), is_pinned);
            if response.clicked() {
                clicked = Some(image.key());
            }
            is_pointed |= response.hovered() || response.has_focus();
        }
    });
    // All images of a combination live as long.
    Strip { life: if is_pointed { ink.zip(life) } else { None }, clicked }
}

/// The image whose life the chart shows, and the life in words.
fn pinned_ui(ui: &mut Ui, plate: &PlateState, run: &RunState, pinned: &Pinned) {
    let Pinned { of, life: (_, life), .. } = pinned;
    let step = of.step.and_then(|step| run.record.spec.pipeline.steps.get(step));
    let mut name = format!("{} {}", of.key.well, values_text(plate, of.key));
    if let Some(step) = step {
        name.push_str(&format!(", {}", step.step));
    }
    ui.horizontal(|ui| {
        widgets::section_heading(ui, &name);
        let words = format!("{}: {}", run.title(), life.words());
        ui.add(egui::Label::new(theme::caption(ui, &words)).truncate()).on_hover_text(&words);
    });
}

fn images_of<'a>(plate: &'a PlateState, combination: &CombinationState) -> Vec<&'a PlateImage> {
    let values = &combination.id.values;
    let is_of = |image: &&PlateImage| {
        values.iter().all(|(component, value)| image.key().get(*component) == Some(*value))
    };
    combination.id.wells().flat_map(|well| plate.plate.images_of(well)).filter(is_of).collect()
}

impl Pinned {
    /// Whether it is the source image of a key.
    fn is_source(&self, key: ImageKey) -> bool {
        self.of.step.is_none() && self.of.key == key
    }
}

/// `s2 DAPI z2`: without components of which the plate has but one value, or that a step assembled.
fn values_text(plate: &PlateState, key: ImageKey) -> String {
    let is_single = |component: Component| {
        plate.components.iter().any(|facts| facts.component == component && facts.is_single)
    };
    let parts: Vec<String> = [Component::Timepoint, Component::Site, Component::Channel, Component::Z]
        .into_iter()
        .filter(|component| !is_single(*component))
        .filter_map(|component| Some(plate.plate.value_name(component, key.get(component)?)))
        .collect();
    parts.join(" ")
}

/// `s2 DAPI z2 t1`: with all components.
fn all_values_text(plate: &PlateState, key: ImageKey) -> String {
    let of = |component| Some(plate.plate.value_name(component, key.get(component)?));
    let order = [Component::Site, Component::Channel, Component::Z, Component::Timepoint];
    order.into_iter().filter_map(of).collect::<Vec<_>>().join(" ")
}

/// One image, with what its life was on hover.
fn tile_ui(
    ui: &mut Ui,
    plate: &PlateState,
    image: &PlateImage,
    rect: Rect,
    thumbnails: &mut Thumbnails,
    life: Option<&Life>,
    is_pinned: bool,
) -> Response {
    let theme = Theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with(image.key()), Sense::click());
    let name = format!("{} {}", image.key().well, all_values_text(plate, image.key()));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let picture = Rect::from_min_size(rect.min, Vec2::splat(TILE));
    let source = image.source.clone();
    let group = ContrastGroup { processed: Processed::Source, channel: image.key().channel };
    ui.painter().rect_filled(picture, SMALL_RADIUS, theme.empty);
    let ready_made = || plate.plate.thumb_of(image);
    let shown = thumbnails.view_with(ui.ctx(), Lane::Chart, &source, ready_made, group, PICTURE);
    if let ThumbnailView::Ready { texture, uv, size } = shown {
        let scale = TILE / size.x.max(size.y).max(1.0);
        let place = Rect::from_center_size(picture.center(), size * scale);
        ui.painter().image(texture, place, uv, egui::Color32::WHITE);
    }
    let outline = match (is_pinned, response.hovered()) {
        (true, _) => Stroke::new(2.0, theme.text),
        (_, true) => Stroke::new(1.5, theme.text_weak),
        _ => Stroke::NONE,
    };
    ui.painter().rect_stroke(picture, SMALL_RADIUS, outline, StrokeKind::Inside);
    let font = TextStyle::Small.resolve(ui.style());
    let below = pos2(picture.center().x, picture.bottom() + 2.0);
    ui.painter().text(below, Align2::CENTER_TOP, values_text(plate, image.key()), font, theme.text_weak);
    let life = life.map_or_else(String::new, |life| format!("\n{}", life.words()));
    response.on_hover_text(format!("{name}: open in the viewer{life}"))
}

//! One well in the overview of the plate: its picture, or those of its sites where they lie.
//!
//! A well is one thing to click, and the arrow keys go from well to well; what is opened is the image under the
//! pointer. Where there is room, each site has a name of its own for screen readers.

use egui::{
    CornerRadius, Id, Pos2, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::image_list::{ImageList, ImagesModel};
use super::overview_wells::{WellCell, WellPicture};
use super::quads::Quads;
use super::thumbnails::Thumbnails;
use super::tile::{TileLook, TileShape, paint_tile};
use crate::app::WellStage;
use crate::plate::{Component, SitePosition, WellId};
use crate::quantity::plural;
use crate::ui::plate::well_state::{missing_corner, stage_mark, well_words};
use crate::ui::screen_reader::{self, Place};
use crate::ui::theme::{self, SMALL_RADIUS, Theme};

/// From this side on a well has room for the mark of a run beside its picture, and a site for a name.
const ROOM_FOR_MARKS: f32 = 24.0;
/// The smallest side of a picture that fills its well, in pixels: that of the plate map's pictures.
const WELL_PICTURE: u32 = 64;
/// The smallest side of the picture of a site, in pixels: a plate may have some ten thousand of them in sight.
const SITE_PICTURE: u32 = 16;

/// A well that is drawn.
pub(crate) struct WellSubject<'a> {
    pub(crate) well: WellId,
    /// Its place on the screen.
    pub(crate) rect: Rect,
    /// Its images; `None` of an empty well.
    pub(crate) cell: Option<&'a WellCell>,
    /// The list that its images are of.
    pub(crate) list: &'a ImageList,
    pub(crate) id: Id,
}

impl<'a> WellSubject<'a> {
    /// The image at a point of the screen.
    pub(crate) fn picture_at(&self, point: Pos2) -> Option<&'a WellPicture> {
        let cell = self.cell?;
        // Around one image there may be a margin, which is part of it.
        if cell.is_whole() {
            cell.pictures.first()
        } else {
            cell.at((point - self.rect.min) / self.rect.size())
        }
    }

    /// Where an image is on the screen.
    fn place(&self, picture: &WellPicture) -> Rect {
        let corner = |at: Pos2| self.rect.min + at.to_vec2() * self.rect.size();
        Rect::from_min_max(corner(picture.place.min), corner(picture.place.max))
    }

    fn caption(&self, picture: &WellPicture) -> String {
        self.list.caption(&picture.item, true)
    }

    /// What the well shows, in words.
    fn name(&self, look: Option<&TileLook>) -> String {
        let Some(cell) = self.cell else { return format!("{}, empty", self.well) };
        let state = look.and_then(|look| look.state);
        match (cell.pictures.as_slice(), state) {
            ([], _) => format!("{}, no such image", self.well),
            ([one], Some(state)) => format!("{}, {state}", self.caption(one)),
            ([one], None) => self.caption(one),
            ([first, ..], _) => {
                let mut item = first.item;
                item.key = item.key.with(Component::Site, None);
                let caption = self.list.caption(&item, true);
                let absent = cell.pictures.iter().filter(|picture| !picture.item.is_there()).count();
                let absent = if absent > 0 { format!(", {absent} not there") } else { String::new() };
                let grid = if cell.is_grid { ", in a plain grid" } else { "" };
                format!("{caption}, {}{absent}{grid}", plural(cell.pictures.len(), "site"))
            }
        }
    }
}

/// Draws a well; the response is that of the pointer, where it has to do with this one. Small pictures go into `quads`.
pub(crate) fn well_ui(
    ui: &Ui,
    model: &ImagesModel<'_>,
    subject: &WellSubject<'_>,
    thumbnails: &mut Thumbnails,
    quads: &mut Quads,
    response: Option<&Response>,
) {
    let theme = Theme::of(ui);
    let painter = ui.painter();
    let WellSubject { well, rect, cell, .. } = *subject;
    let pointed = response.and_then(Response::hover_pos).and_then(|at| subject.picture_at(at));
    let pictures = cell.map_or(&[][..], |cell| cell.pictures.as_slice());
    // Of the image that is spoken of: the only one, or that under the pointer.
    let mut look = None;
    if let ([one], true) = (pictures, cell.is_some_and(WellCell::is_whole)) {
        let shape = TileShape { rect, radius: SMALL_RADIUS, smallest_side: WELL_PICTURE };
        let quads = (rect.width() < ROOM_FOR_MARKS).then_some(quads);
        look = Some(paint_tile(ui, model, thumbnails, &one.item, one.source.as_ref(), shape, quads));
    } else if !pictures.is_empty() {
        let are_small = |picture: &WellPicture| subject.place(picture).width() < ROOM_FOR_MARKS;
        match pictures.iter().any(are_small) {
            true => quads.fill(rect, theme.card),
            false => drop(painter.rect_filled(rect, SMALL_RADIUS, theme.card)),
        }
        for picture in pictures {
            let painted = site_ui(ui, model, subject, thumbnails, quads, picture);
            if pictures.len() == 1 || pointed.is_some_and(|pointed| pointed.item == picture.item) {
                look = Some(painted);
            }
        }
    } else if cell.is_some() {
        // Images, but not this one: a bar, as in a table's empty cell.
        painter.rect_filled(rect, SMALL_RADIUS, theme.card);
        let half = vec2(rect.width() * 0.2, 0.0);
        let stroke = Stroke::new(1.5, theme.text_weak);
        painter.line_segment([rect.center() - half, rect.center() + half], stroke);
    } else {
        painter.rect_stroke(rect, SMALL_RADIUS, Stroke::new(1.0, theme.line), StrokeKind::Inside);
    }
    let facts = model.wells.get(&well).copied();
    let stage = model.well_stages.get(&well);
    // Words are made where they are wanted only: there may be 1,536 wells.
    if let Some(response) = response.filter(|response| response.id == subject.id) {
        let place = Place { row: well.row.into(), column: well.column.into() };
        screen_reader::cell_info(response, place, &subject.name(look.as_ref()));
        let words = facts.map(|facts| well_words(facts, stage));
        ui.ctx().accesskit_node_builder(subject.id, |node| node.set_description(words.unwrap_or_default()));
    }
    let has_cross = pictures.len() == 1 && look.as_ref().is_some_and(|look| look.has_cross);
    if rect.width() >= ROOM_FOR_MARKS {
        // What is done needs no mark over its picture; a cross is not said twice.
        if let Some(stage) = stage.filter(|stage| **stage != WellStage::Done && !has_cross) {
            let side = (rect.width() * 0.5).min(26.0);
            let corner = Rect::from_min_size(pos2(rect.right() - side, rect.top()), Vec2::splat(side));
            painter.extend(stage_mark(theme, corner, stage));
        }
        if facts.is_some_and(|facts| facts.missing > 0) {
            painter.add(missing_corner(theme, rect));
        }
    }
    let Some(response) = response.filter(|response| response.hovered()) else { return };
    let (outline, radius) = match pointed {
        Some(picture) if pictures.len() > 1 => (subject.place(picture), CornerRadius::ZERO),
        _ => (rect, SMALL_RADIUS),
    };
    painter.rect_stroke(outline, radius, Stroke::new(1.5, theme.text), StrokeKind::Inside);
    response.clone().on_hover_ui_at_pointer(|ui| {
        ui.label(theme::strong(ui, well.to_string()));
        if let Some(picture) = pointed {
            ui.label(subject.caption(picture));
            if let Some(look) = look {
                ui.label(theme::caption(ui, look.hover(picture.source.as_ref())));
            }
            if let Some(SitePosition { x_um, y_um }) = picture.position {
                let at = format!("At x {x_um:.0} µm, y {y_um:.0} µm (right and down from the well's centre)");
                ui.label(theme::caption(ui, at));
            }
        } else if cell.is_some() && pictures.is_empty() {
            let why = "This well has no such image: choose another channel, site, plane or step.";
            ui.label(theme::caption(ui, why));
        }
        ui.label(theme::caption(ui, well_words(facts.unwrap_or_default(), stage)));
    });
}

/// Draws one of several images of a well; where there is room it has a name.
fn site_ui(
    ui: &Ui,
    model: &ImagesModel<'_>,
    subject: &WellSubject<'_>,
    thumbnails: &mut Thumbnails,
    quads: &mut Quads,
    picture: &WellPicture,
) -> TileLook {
    let rect = subject.place(picture);
    let shape = TileShape { rect, radius: CornerRadius::ZERO, smallest_side: SITE_PICTURE };
    let quads = (rect.width() < ROOM_FOR_MARKS).then_some(quads);
    let look = paint_tile(ui, model, thumbnails, &picture.item, picture.source.as_ref(), shape, quads);
    if rect.width() >= ROOM_FOR_MARKS {
        let sees = rect.intersect(ui.clip_rect());
        let node = ui.interact(sees, subject.id.with(picture.item.key.site), Sense::hover());
        node.widget_info(|| {
            let caption = subject.caption(picture);
            let name = look.state.map_or(caption.clone(), |state| format!("{caption}, {state}"));
            WidgetInfo::labeled(Role::Image, true, name)
        });
    }
    look
}

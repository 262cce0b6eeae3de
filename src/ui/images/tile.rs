//! The picture of one image in a small square, or what is known where there is none: the same in the
//! grid and in the overview of the plate.
//!
//! States differ in shape and words, not in colour alone: what is missing is hatched in a dashed
//! outline, what failed has a cross in a full one.

use egui::epaint::RectShape;
use egui::{
    Align2, Color32, CornerRadius, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, TextStyle, Ui, Vec2, pos2,
    vec2,
};

use super::image_item::{ImagesModel, Item, ItemIndex, Kind};
use super::quads::Quads;
use super::thumbnails::{ContrastGroup, Lane, ThumbnailView, Thumbnails, thumbnail_side};
use crate::image::ImageSource;
use crate::ui::plate::well_state::cross;
use crate::ui::theme::{self, SMALL_RADIUS, Theme};

/// Below this side there is no room for words.
const ROOM_FOR_WORDS: f32 = 56.0;

/// Where a tile is, and how finely its picture is drawn.
#[derive(Clone, Copy)]
pub(crate) struct TileShape {
    pub(crate) rect: Rect,
    /// Of its corners.
    pub(crate) radius: CornerRadius,
    /// The smallest side of the picture in pixels, however small the tile.
    pub(crate) smallest_side: u32,
}

/// What a tile shows.
pub(crate) struct TileLook {
    /// What is said of it beside what it is; `None` of a picture that is there or on its way.
    pub(crate) state: Option<&'static str>,
    /// Whether it has the cross of what failed.
    pub(crate) has_cross: bool,
    /// Why; `None` where there is nothing to explain.
    pub(crate) why: Option<String>,
}

impl TileLook {
    /// The text on hover: the reason, else the name of the file.
    pub(crate) fn hover(self, source: Option<&ImageSource>) -> String {
        self.why.or_else(|| source.map(ImageSource::shown_name)).unwrap_or_default()
    }
}

/// Paints an item; `source` is its file. Of many small ones the pictures go into `quads`, which are painted in one go, below
/// all marks.
pub(crate) fn paint_tile(
    ui: &Ui,
    model: &ImagesModel<'_>,
    thumbnails: &mut Thumbnails,
    item: &Item,
    source: Option<&ImageSource>,
    shape: TileShape,
    quads: Option<&mut Quads>,
) -> TileLook {
    let TileShape { rect, radius, smallest_side } = shape;
    let theme = Theme::of(ui);
    let painter = ui.painter();
    let Some(source) = source else {
        let why = item.absent_because(model).unwrap_or_default();
        if matches!(item.index, ItemIndex::Withheld(_)) {
            paint_fault(ui, rect, "withheld");
            let why = Some(format!("Withheld by the run: {why}"));
            return TileLook { state: Some("withheld"), has_cross: true, why };
        }
        paint_hatch(painter, rect, theme.warning.gamma_multiply(0.45));
        paint_dashes(painter, rect, theme.warning);
        words(ui, rect.center(), rect, "missing", theme.warning);
        let why = Some(format!("Missing: {why}"));
        return TileLook { state: Some("missing"), has_cross: false, why };
    };
    let group = ContrastGroup { processed: item.stage.processed(), channel: item.key.channel };
    let side = thumbnail_side(rect.size().max_elem() * ui.ctx().pixels_per_point(), smallest_side);
    let ready_made = || item.ready_made(model);
    let failed = item.failed_because(model).filter(|_| item.kind() == Kind::Failed);
    match thumbnails.view_with(ui.ctx(), Lane::Grid, source, ready_made, group, side) {
        ThumbnailView::Ready { texture, uv, size } => {
            let scale = (rect.width() / size.x).min(rect.height() / size.y);
            let place = Rect::from_center_size(rect.center(), size * scale);
            if let Some(quads) = quads {
                if size.x != size.y || rect.width() != rect.height() {
                    quads.fill(rect, theme::IMAGE_GROUND);
                }
                quads.picture(place, texture, uv);
            } else {
                painter.rect_filled(rect, radius, theme::IMAGE_GROUND);
                let image = RectShape::filled(place, radius, Color32::WHITE).with_texture(texture, uv);
                painter.add(image);
            }
        }
        ThumbnailView::Waiting => {
            if let Some(quads) = quads {
                quads.fill(rect, theme.card);
            } else {
                painter.rect_filled(rect, radius, theme.card);
                words(ui, rect.center(), rect, "reading…", theme.text_weak);
            }
        }
        ThumbnailView::Failed(why) => {
            paint_fault(ui, rect, "cannot be read");
            let why = Some(format!("{why}\n{}", source.path().display()));
            return TileLook { state: Some("cannot be read"), has_cross: true, why };
        }
    }
    if let Some(why) = failed {
        paint_failed_badge(ui, rect);
        let why = Some(format!("Failed in a run: {why}\n{}", source.shown_name()));
        return TileLook { state: Some("failed"), has_cross: true, why };
    }
    TileLook { state: None, has_cross: false, why: None }
}

/// A full outline with a cross and, where there is room, words under it.
fn paint_fault(ui: &Ui, rect: Rect, text: &str) {
    let theme = Theme::of(ui);
    let painter = ui.painter();
    painter.rect(rect, SMALL_RADIUS, theme.card, Stroke::new(1.0, theme.over), StrokeKind::Inside);
    let has_words = words(ui, rect.center() + vec2(0.0, 10.0), rect, text, theme.over);
    let up = if has_words { vec2(0.0, -10.0) } else { Vec2::ZERO };
    painter.extend(cross(theme, rect.center() + up, (rect.width() * 0.2).min(7.0)));
}

/// The mark of an image that is there and failed all the same: on a ground of its own, because pictures
/// are bright and dark.
fn paint_failed_badge(ui: &Ui, rect: Rect) {
    let theme = Theme::of(ui);
    let painter = ui.painter();
    painter.rect_stroke(rect, SMALL_RADIUS, Stroke::new(1.0, theme.over), StrokeKind::Inside);
    let height = 18.0_f32.min(rect.height() * 0.6);
    let width = if rect.width() >= ROOM_FOR_WORDS { 56.0_f32.min(rect.width()) } else { height };
    let badge = Rect::from_min_size(rect.min, vec2(width, height));
    painter.rect_filled(badge, SMALL_RADIUS, theme.panel);
    let centre = pos2(badge.left() + height / 2.0, badge.center().y);
    painter.extend(cross(theme, centre, height * 0.24));
    if rect.width() >= ROOM_FOR_WORDS {
        let font = TextStyle::Small.resolve(ui.style());
        let place = pos2(badge.left() + height, badge.center().y);
        painter.text(place, Align2::LEFT_CENTER, "failed", font, theme.over);
    }
}

/// Words in the middle of a tile that has room for them; returns whether it has.
fn words(ui: &Ui, at: Pos2, rect: Rect, text: &str, colour: Color32) -> bool {
    if rect.width() < ROOM_FOR_WORDS {
        return false;
    }
    let font = TextStyle::Small.resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, colour);
    let is_fitting = galley.size().x <= rect.width() - 6.0;
    if is_fitting {
        ui.painter().galley(at - galley.size() / 2.0, galley, colour);
    }
    is_fitting
}

/// A dashed outline.
pub(crate) fn paint_dashes(painter: &Painter, rect: Rect, colour: Color32) {
    let inner = rect.shrink(0.5);
    let corners =
        [inner.left_top(), inner.right_top(), inner.right_bottom(), inner.left_bottom(), inner.left_top()];
    let dash = (rect.width() / 8.0).clamp(2.0, 4.0);
    painter.extend(Shape::dashed_line(&corners, Stroke::new(1.0, colour), dash, dash));
}

/// Slanted lines.
fn paint_hatch(painter: &Painter, rect: Rect, colour: Color32) {
    let inner = rect.shrink(1.5);
    let painter = painter.with_clip_rect(inner.intersect(painter.clip_rect()));
    let (side, pitch) = (inner.size().max_elem(), (inner.width() / 5.0).clamp(4.0, 12.0));
    let mut offset = pitch;
    // Words stand on a ground without lines.
    let is_wordy = rect.width() >= ROOM_FOR_WORDS;
    while offset < 2.0 * side {
        let (from, to) = ((offset - side).max(0.0), offset.min(side));
        let point = |x: f32| inner.left_top() + vec2(x, offset - x);
        painter.line_segment([point(from), point(to)], Stroke::new(1.0, colour));
        offset += pitch;
    }
    if is_wordy {
        let ground = Rect::from_center_size(rect.center(), vec2(54.0, 18.0));
        painter.rect_filled(ground, SMALL_RADIUS, Theme::of_ctx(painter.ctx()).surface);
    }
}

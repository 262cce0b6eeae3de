//! What the wells of the plate map look like, and all of them as one picture.
//!
//! States differ in shape as well as colour: an empty well is an outline, one with images is
//! filled, a corner is cut where images are missing, a dot runs, a tick is done, a cross failed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use egui::epaint::{RectShape, Tessellator};
use egui::{Color32, Mesh, Rect, Shape, Stroke, StrokeKind, TextureId, Ui};

use super::geometry::Geometry;
use super::well_state::{missing_corner, stage_mark};
use crate::app::{PlateState, WellFacts, WellStage};
use crate::plate::WellId;
use crate::ui::theme::Theme;

/// Below this side a well has no room for a mark.
const ROOM_FOR_MARK: f32 = 9.0;

/// All wells, painted once and shown in each frame until something on them changes.
#[derive(Debug, Default)]
pub(crate) struct MapPicture {
    of: Option<Subject>,
    mesh: Arc<Mesh>,
}

/// What the picture depends on.
#[derive(Debug, PartialEq)]
struct Subject {
    plate_id: u64,
    selection: BTreeSet<WellId>,
    stages: BTreeMap<WellId, WellStage>,
    geometry: Geometry,
    pixels_per_point: f32,
    theme: Theme,
}

impl MapPicture {
    /// Shows the wells, without pictures of their images.
    pub(crate) fn show(
        &mut self,
        ui: &Ui,
        plate: &PlateState,
        stages: &BTreeMap<WellId, WellStage>,
        geometry: &Geometry,
    ) {
        let theme = Theme::of(ui);
        let pixels_per_point = ui.ctx().pixels_per_point();
        let is_of_this = |of: &Subject| {
            (of.plate_id, of.geometry, of.pixels_per_point, &of.theme)
                == (plate.id, *geometry, pixels_per_point, theme)
                && of.selection == plate.selection
                && of.stages == *stages
        };
        if !self.of.as_ref().is_some_and(is_of_this) {
            let options = ui.ctx().tessellation_options(|options| *options);
            // There is no text in it, which alone would need to know of the fonts.
            let mut tessellator = Tessellator::new(pixels_per_point, options, [1, 1], Vec::new());
            let mut mesh = Mesh::default();
            for shape in well_shapes(theme, plate, stages, geometry, |_| None) {
                tessellator.tessellate_shape(shape, &mut mesh);
            }
            self.mesh = Arc::new(mesh);
            self.of = Some(Subject {
                plate_id: plate.id,
                selection: plate.selection.clone(),
                stages: stages.clone(),
                geometry: *geometry,
                pixels_per_point,
                theme: *theme,
            });
        }
        ui.painter().add(Shape::mesh(Arc::clone(&self.mesh)));
    }
}

/// All wells, with pictures of their images where there are some.
pub(super) fn well_shapes(
    theme: &Theme,
    plate: &PlateState,
    stages: &BTreeMap<WellId, WellStage>,
    geometry: &Geometry,
    mut picture_of: impl FnMut(WellId) -> Option<(TextureId, Rect)>,
) -> Vec<Shape> {
    let mut shapes = Vec::new();
    let shape = geometry.shape;
    let all = (0..shape.rows).flat_map(|row| (0..shape.columns).map(move |column| WellId { row, column }));
    for well in all.filter(|well| !plate.wells.contains_key(well)) {
        let rect = geometry.rect(well);
        let outline = Stroke::new(1.0, theme.line);
        shapes.push(Shape::rect_stroke(rect, radius(rect), outline, StrokeKind::Inside));
    }
    for (well, facts) in &plate.wells {
        let rect = geometry.rect(*well);
        let is_selected = plate.selection.contains(well);
        push_well(&mut shapes, theme, rect, *facts, is_selected, stages.get(well), picture_of(*well));
    }
    shapes
}

fn radius(rect: Rect) -> f32 {
    (rect.width() * 0.2).clamp(0.5, 4.0)
}

fn push_well(
    shapes: &mut Vec<Shape>,
    theme: &Theme,
    rect: Rect,
    facts: WellFacts,
    is_selected: bool,
    stage: Option<&WellStage>,
    picture: Option<(TextureId, Rect)>,
) {
    let has_images = facts.images > 0;
    let filled = theme.empty.lerp_to_gamma(theme.text_weak, 0.45);
    let fill = match (has_images, is_selected) {
        (true, true) => theme.surface.lerp_to_gamma(theme.bulk, 0.42),
        (true, false) => filled,
        (false, _) => Color32::TRANSPARENT,
    };
    shapes.push(Shape::rect_filled(rect, radius(rect), fill));
    if let Some((texture, uv)) = picture {
        let light = if is_selected { Color32::WHITE } else { Color32::from_gray(130) };
        shapes.push(RectShape::filled(rect, radius(rect), light).with_texture(texture, uv).into());
    }
    let outline = match is_selected {
        true => Stroke::new(if rect.width() < ROOM_FOR_MARK { 1.0 } else { 1.5 }, theme.bulk),
        false => Stroke::new(1.0, filled),
    };
    shapes.push(Shape::rect_stroke(rect, radius(rect), outline, StrokeKind::Inside));
    if facts.missing > 0 {
        shapes.push(missing_corner(theme, rect));
    }
    if !has_images && facts.projections > 0 {
        let outline = Stroke::new(1.0, theme.text_weak);
        shapes.push(Shape::circle_stroke(rect.center(), rect.width() * 0.2, outline));
    }
    let Some(stage) = stage else { return };
    if rect.width() < ROOM_FOR_MARK {
        let colour = match stage {
            WellStage::Running => theme.sequential,
            WellStage::Done => theme.fits,
            WellStage::Failed { .. } => theme.over,
        };
        shapes.push(Shape::rect_filled(rect.shrink(1.0), 0.0, colour));
        return;
    }
    shapes.extend(stage_mark(theme, rect, stage));
}

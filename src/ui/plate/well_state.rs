//! The state of a well in words and marks, and the image that stands for a stack: the same on the
//! plate map and in the overview of the plate.

use egui::epaint::CircleShape;
use egui::{Pos2, Rect, Shape, Stroke, vec2};

use crate::app::{WellFacts, WellStage};
use crate::plate::{Component, ImageKey, Plate, PlateImage};
use crate::quantity::plural;
use crate::ui::theme::Theme;

/// `54 images, 1 image missing, done`.
pub(crate) fn well_words(facts: WellFacts, stage: Option<&WellStage>) -> String {
    let mut parts = Vec::new();
    match facts {
        WellFacts { images: 0, projections: 0, missing: 0 } => parts.push("no images".to_owned()),
        _ => parts.push(plural(facts.images, "image")),
    }
    if facts.projections > 0 {
        parts.push(format!("{} kept apart", plural(facts.projections, "ready-made projection")));
    }
    if facts.missing > 0 {
        parts.push(format!("{} missing", plural(facts.missing, "image")));
    }
    match stage {
        Some(WellStage::Running) => parts.push("being processed".to_owned()),
        Some(WellStage::Done) => parts.push("done".to_owned()),
        Some(WellStage::Failed { images }) => parts.push(format!("{} failed", plural(*images, "image"))),
        None => {}
    }
    parts.join(", ")
}

/// The mark in the middle of a well that was or is processed: a dot runs, a tick is done, a cross
/// failed.
pub(crate) fn stage_mark(theme: &Theme, rect: Rect, stage: &WellStage) -> Vec<Shape> {
    let centre = rect.center();
    let reach = (rect.width() * 0.24).min(6.0);
    let at = |x: f32, y: f32| centre + vec2(x, y) * reach;
    let stroke = |colour| Stroke::new((reach * 0.45).max(1.5), colour);
    // A mark lies on a ground of its own, because pictures are bright and dark.
    let ground = Shape::circle_filled(centre, reach * 1.7, theme.panel);
    match stage {
        WellStage::Running => {
            let (fill, stroke) = (theme.sequential, Stroke::new(1.0, theme.panel));
            vec![CircleShape { center: centre, radius: reach, fill, stroke }.into()]
        }
        WellStage::Done => {
            let tick = vec![at(-1.0, 0.05), at(-0.25, 0.8), at(1.1, -0.8)];
            vec![ground, Shape::line(tick, stroke(theme.fits))]
        }
        WellStage::Failed { .. } => [ground].into_iter().chain(cross(theme, centre, reach)).collect(),
    }
}

/// The cross of what failed.
pub(crate) fn cross(theme: &Theme, centre: Pos2, reach: f32) -> [Shape; 2] {
    let at = |x: f32, y: f32| centre + vec2(x, y) * reach;
    let stroke = Stroke::new((reach * 0.45).max(1.5), theme.over);
    let line = |from, to| Shape::line_segment([from, to], stroke);
    [line(at(-0.9, -0.9), at(0.9, 0.9)), line(at(0.9, -0.9), at(-0.9, 0.9))]
}

/// The cut corner of a well that misses images.
pub(crate) fn missing_corner(theme: &Theme, rect: Rect) -> Shape {
    let side = (rect.width() * 0.42).clamp(3.0, 14.0);
    let corner = rect.right_bottom();
    let triangle = vec![corner, corner - vec2(side, 0.0), corner - vec2(0.0, side)];
    Shape::convex_polygon(triangle, theme.warning, Stroke::NONE)
}

/// The plane in the middle of the stack that a key is of, of those that are there.
pub(crate) fn middle_plane(plate: &Plate, key: ImageKey) -> Option<&PlateImage> {
    let images = plate.images_of(key.well);
    let of_stack = |image: &PlateImage| image.key().with(Component::Z, key.z) == key;
    let start = images.partition_point(|image| image.key() < key.with(Component::Z, None));
    let count = images[start..].iter().take_while(|image| of_stack(image)).count();
    images.get(start..start + count)?.get(count / 2)
}

//! Where the wells of a plate lie on the screen, and the names of its rows and columns.

use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Vec2, pos2, vec2};

use crate::plate::{PlateShape, WellId, row_letters};

/// Room for row letters, in points.
pub(crate) const GUTTER: f32 = 22.0;
/// Room for column numbers, in points.
pub(crate) const TOP: f32 = 16.0;

/// Where wells lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Geometry {
    /// The upper left corner of the first well.
    pub(crate) origin: Pos2,
    /// From a well to the next, in points.
    pub(crate) pitch: f32,
    /// Rows and columns.
    pub(crate) shape: PlateShape,
}

impl Geometry {
    /// The place of a well.
    pub(crate) fn rect(&self, well: WellId) -> Rect {
        let gap = if self.pitch < 8.0 {
            0.5
        } else if self.pitch < 48.0 {
            1.0
        } else {
            2.0
        };
        let corner = self.origin + vec2(f32::from(well.column), f32::from(well.row)) * self.pitch;
        Rect::from_min_size(corner, Vec2::splat(self.pitch)).shrink(gap)
    }

    /// The well at a place.
    pub(crate) fn well_at(&self, at: Pos2) -> Option<WellId> {
        let place = (at - self.origin) / self.pitch;
        if place.x < 0.0 || place.y < 0.0 {
            return None;
        }
        let well = WellId::at(place.y as u32, place.x as u32)?;
        self.shape.contains(well).then_some(well)
    }

    /// The numbers of the columns, `y` being the middle of their line.
    pub(crate) fn column_names(&self, painter: &Painter, y: f32, colour: impl Fn(u16) -> Color32) {
        for column in (0..self.shape.columns).step_by(self.step(15.0)) {
            let x = self.origin.x + (f32::from(column) + 0.5) * self.pitch;
            let number = (column + 1).to_string();
            painter.text(pos2(x, y), Align2::CENTER_CENTER, number, font(), colour(column));
        }
    }

    /// The letters of the rows, `x` being the middle of their line.
    pub(crate) fn row_names(&self, painter: &Painter, x: f32, colour: impl Fn(u16) -> Color32) {
        for row in (0..self.shape.rows).step_by(self.step(11.0)) {
            let y = self.origin.y + (f32::from(row) + 0.5) * self.pitch;
            painter.text(pos2(x, y), Align2::CENTER_CENTER, row_letters(row), font(), colour(row));
        }
    }

    /// One name for this many wells, where a name needs so much room.
    fn step(&self, room: f32) -> usize {
        (room / self.pitch).ceil().max(1.0) as usize
    }
}

fn font() -> FontId {
    FontId::proportional(10.0)
}

/// The well beside another, as arrow keys go.
pub(crate) fn moved(shape: PlateShape, well: WellId, rows: i32, columns: i32) -> WellId {
    let step = |at: u16, by: i32, count: u16| {
        let last = i32::from(count.max(1)) - 1;
        u16::try_from((i32::from(at) + by).clamp(0, last)).unwrap_or(at)
    };
    WellId { row: step(well.row, rows, shape.rows), column: step(well.column, columns, shape.columns) }
}

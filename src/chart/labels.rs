//! Where the labels of a chart go, such that none covers another and few cover a line.
//!
//! Pure geometry in pixels from the top left of the plot; used by every renderer, each of which
//! brings the sizes that its own fonts give.

/// A rectangle in pixels, y downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Box2 {
    /// Left edge, in pixels from the left of the plot.
    pub left: f32,
    /// Top edge, in pixels from the top of the plot.
    pub top: f32,
    /// Extent to the right, in pixels.
    pub width: f32,
    /// Extent downwards, in pixels.
    pub height: f32,
}

impl Box2 {
    /// Whether two rectangles share an area.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.left < other.left + other.width
            && other.left < self.left + self.width
            && self.top < other.top + other.height
            && other.top < self.top + self.height
    }

    /// Its point that is nearest to another.
    pub fn nearest_to(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let clamped = |at: f32, from: f32, extent: f32| at.max(from).min(from + extent);
        [clamped(x, self.left, self.width), clamped(y, self.top, self.height)]
    }

    /// Whether it lies wholly within an area of this size at the origin.
    pub fn is_within(&self, size: [f32; 2]) -> bool {
        self.left >= 0.0
            && self.top >= 0.0
            && self.left + self.width <= size[0]
            && self.top + self.height <= size[1]
    }
}

/// Where a label would like to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wish {
    /// Beside a point, such as a peak.
    Point {
        /// The point as x and y, in pixels.
        at: [f32; 2],
    },
    /// On a horizontal line, at its right end.
    Line {
        /// Height of the line.
        y: f32,
    },
}

/// What the lines of a chart cover, column by column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Covered {
    lines: Vec<CoveredLine>,
}

/// What one line covers.
#[derive(Clone, Debug, PartialEq)]
struct CoveredLine {
    /// How bad it is to cover it.
    weight: f32,
    /// The lowest and highest y of each column of [`COLUMN`] pixels.
    columns: Vec<Option<(f32, f32)>>,
}

/// Width of a column of [`Covered`] in pixels: finer than the space between two letters.
const COLUMN: f32 = 4.0;

/// Space between a label and what it labels.
const GAP: f32 = 5.0;

impl Covered {
    /// Adds a line through these points, sorted by x, in a plot of this width; the weight says how
    /// bad it is to cover it.
    pub fn add_line(&mut self, points: impl IntoIterator<Item = [f32; 2]>, width: f32, weight: f32) {
        let columns = (width.clamp(0.0, 20_000.0) / COLUMN).ceil() as usize;
        let mut line = vec![None; columns];
        let mut see = |column: usize, y: f32| {
            if let Some(range) = line.get_mut(column) {
                *range = Some(range.map_or((y, y), |(low, high): (f32, f32)| (low.min(y), high.max(y))));
            }
        };
        let mut before: Option<[f32; 2]> = None;
        for point in points {
            let from = before.unwrap_or(point);
            let clamped = |x: f32| (x / COLUMN).clamp(0.0, columns as f32) as usize;
            for column in clamped(from[0])..=clamped(point[0]) {
                let y_at = |x: f32| {
                    let x = x.clamp(from[0], point[0].max(from[0]));
                    let part = if point[0] > from[0] { (x - from[0]) / (point[0] - from[0]) } else { 1.0 };
                    from[1] + part * (point[1] - from[1])
                };
                see(column, y_at(column as f32 * COLUMN));
                see(column, y_at((column + 1) as f32 * COLUMN));
            }
            before = Some(point);
        }
        self.lines.push(CoveredLine { weight, columns: line });
    }

    /// How bad it is to cover a rectangle: columns of lines under it, times their weights.
    fn under(&self, area: &Box2) -> f32 {
        let from = (area.left / COLUMN).max(0.0) as usize;
        let to = ((area.left + area.width) / COLUMN).max(0.0) as usize;
        // Letters leave room above and below in their line of text.
        let (top, bottom) = (area.top + area.height * 0.15, area.top + area.height * 0.85);
        let crossed =
            |range: &&Option<(f32, f32)>| range.is_some_and(|(low, high)| high >= top && low <= bottom);
        let of_line = |line: &CoveredLine| {
            line.weight * line.columns.iter().take(to + 1).skip(from).filter(crossed).count() as f32
        };
        self.lines.iter().map(of_line).sum()
    }
}

/// Places labels, the most important first, in a plot of this size: each at the best free place near
/// where it would like to be, or nowhere when there is none. Placed labels never overlap.
pub fn place_labels(wishes: &[(Wish, [f32; 2])], plot: [f32; 2], covered: &Covered) -> Vec<Option<Box2>> {
    let mut placed: Vec<Option<Box2>> = Vec::with_capacity(wishes.len());
    for (wish, size) in wishes {
        let mut best: Option<(f32, Box2)> = None;
        for (bother, left, top) in candidates(*wish, *size, plot) {
            let area = Box2 { left, top, width: size[0], height: size[1] };
            let worst = best.map_or(f32::INFINITY, |(cost, _)| cost);
            if bother >= worst || !area.is_within(plot) {
                continue;
            }
            // A little air, so that two labels do not read as one.
            let airy = Box2 { left: left - 3.0, top: top - 1.0, width: size[0] + 6.0, height: size[1] + 2.0 };
            if placed.iter().flatten().any(|other| airy.overlaps(other)) {
                continue;
            }
            let cost = bother + 4.0 * covered.under(&area);
            if cost < worst {
                best = Some((cost, area));
            }
        }
        placed.push(best.map(|(_, area)| area));
    }
    placed
}

/// Places to try: how much each is a bother (in pixels away from the best), its left and top.
fn candidates(wish: Wish, [width, height]: [f32; 2], plot: [f32; 2]) -> Vec<(f32, f32, f32)> {
    let mut places = Vec::new();
    match wish {
        Wish::Point { at: [x, y] } => {
            let sides = [
                (x - width / 2.0, y - height - GAP - 2.0, 0.0),
                (x + GAP + 2.0, y - height / 2.0, 2.0),
                (x - width - GAP - 2.0, y - height / 2.0, 2.0),
                (x + GAP, y - height - GAP, 1.0),
                (x - width - GAP, y - height - GAP, 1.0),
                (x + GAP, y + GAP, 4.0),
                (x - width - GAP, y + GAP, 4.0),
                (x - width / 2.0, y + GAP + 2.0, 6.0),
            ];
            let room = (plot[0] - width).max(0.0);
            for away in [0.0, 8.0, 16.0, 26.0, 38.0, 52.0, 70.0, 100.0, 140.0, 190.0] {
                for (left, top, bother) in sides {
                    let left = left.clamp(0.0, room);
                    places.push((bother + 2.0 * away, left, top - away));
                    places.push((bother + 2.2 * away, left, top + away));
                }
            }
        }
        Wish::Line { y } => {
            let right = plot[0] - width - GAP;
            let shifts = (0..).map(|nth| nth as f32 * 24.0).take_while(|shift| *shift <= right.max(0.0));
            for shift in shifts.take(64) {
                for (top, bother) in [(y - height - 2.0, 0.0), (y + 2.0, 10.0)] {
                    places.push((bother + shift * 0.5, right - shift, top));
                }
            }
        }
    }
    places
}

//! Where the images of a well's sites lie in the square that stands for the well, when the whole plate is shown.
//!
//! All wells are drawn to one scale. Where positions are from the centre of each well, all wells show the same part
//! around it, so that a site that lies elsewhere is seen elsewhere. Some plates have only places on the stage: those
//! of different wells are further apart than wells are, and each well shows the part that its own sites cover.
//! Pure arithmetic.

use egui::{Rect, Vec2, pos2, vec2};

use crate::plate::{PlateShape, SitePosition};

/// What the columns of a plate are apart from the first to one after the last, in micrometres; the same for the
/// formats of all numbers of wells, or less.
const PLATE_WIDTH_UM: f64 = 108_000.0;

/// The place of one image in its well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spot {
    /// The middle of the image.
    pub(crate) at: SitePosition,
    /// Width and height in micrometres.
    pub(crate) size_um: [f64; 2],
}

/// What of each well is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PlateFrame {
    side_um: f64,
    /// The middle of what is seen, where that is the same of all wells.
    middle: Option<[f64; 2]>,
}

/// The smallest and the largest of what some images cover along x and along y.
#[derive(Clone, Copy, Debug)]
struct Extent {
    from: [f64; 2],
    to: [f64; 2],
}

impl Extent {
    fn of<'a>(spots: impl IntoIterator<Item = &'a Spot>) -> Option<Self> {
        let of_spot = |Spot { at, size_um }: &Spot| {
            let [half_width, half_height] = size_um.map(|um| um / 2.0);
            Self {
                from: [at.x_um - half_width, at.y_um - half_height],
                to: [at.x_um + half_width, at.y_um + half_height],
            }
        };
        let both = |one: Self, other: Self| Self {
            from: [0, 1].map(|axis| one.from[axis].min(other.from[axis])),
            to: [0, 1].map(|axis| one.to[axis].max(other.to[axis])),
        };
        spots.into_iter().map(of_spot).reduce(both)
    }

    fn side(&self) -> f64 {
        (self.to[0] - self.from[0]).max(self.to[1] - self.from[1])
    }

    fn middle(&self) -> [f64; 2] {
        [0, 1].map(|axis| (self.from[axis] + self.to[axis]) / 2.0)
    }
}

impl PlateFrame {
    /// For the images of some wells, each well by itself; `None` where there are none.
    pub(crate) fn of<'a>(wells: impl Iterator<Item = &'a [Spot]> + Clone, shape: PlateShape) -> Option<Self> {
        let all = Extent::of(wells.clone().flatten())?;
        let apart_um = PLATE_WIDTH_UM / f64::from(shape.columns.max(1));
        if all.side() <= apart_um {
            return Some(Self { side_um: all.side(), middle: Some(all.middle()) });
        }
        let largest = wells.filter_map(Extent::of).map(|extent| extent.side()).reduce(f64::max)?;
        Some(Self { side_um: largest, middle: None })
    }

    /// The places of a well's images in a square of side 1.
    pub(crate) fn places(&self, spots: &[Spot]) -> Vec<Rect> {
        let own = Extent::of(spots).map_or([0.0; 2], |extent| extent.middle());
        let middle = self.middle.unwrap_or(own);
        let side_um = if self.side_um > 0.0 { self.side_um } else { 1.0 };
        let place = |Spot { at, size_um }: &Spot| {
            let within = |um: f64, axis: usize| (0.5 + (um - middle[axis]) / side_um) as f32;
            let centre = pos2(within(at.x_um, 0), within(at.y_um, 1));
            let [width, height] = size_um.map(|um| (um / side_um) as f32);
            Rect::from_center_size(centre, vec2(width, height))
        };
        spots.iter().map(place).collect()
    }
}

/// A plain grid of this many images in a square of side 1, row by row.
pub(crate) fn plain_grid(count: usize) -> Vec<Rect> {
    let columns = (1..=count).find(|side| side * side >= count).unwrap_or(1);
    let side = 1.0 / columns as f32;
    let cell = |index: usize| {
        let corner = vec2((index % columns) as f32, (index / columns) as f32) * side;
        Rect::from_min_size(corner.to_pos2(), Vec2::splat(side))
    };
    (0..count).map(cell).collect()
}

/// Width and height of images whose size is not known, from how near their sites are to each other: as large as fits
/// between them.
pub(crate) fn size_between(wells: &[&[SitePosition]]) -> [f64; 2] {
    /// Nearer than this, two sites are in one line.
    const SAME_LINE_UM: f64 = 2.0;
    let nearest = |axis: fn(&SitePosition) -> f64| {
        let of_well = |sites: &&[SitePosition]| {
            let mut along: Vec<f64> = sites.iter().map(axis).collect();
            along.sort_by(f64::total_cmp);
            let apart = along.windows(2).map(|pair| pair[1] - pair[0]);
            apart.filter(|um| *um > SAME_LINE_UM).reduce(f64::min)
        };
        wells.iter().filter_map(of_well).reduce(f64::min)
    };
    let (x_um, y_um) = (nearest(|at| at.x_um), nearest(|at| at.y_um));
    let known = x_um.or(y_um).unwrap_or(1.0);
    [x_um.unwrap_or(known), y_um.unwrap_or(known)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(x_um: f64, y_um: f64) -> Spot {
        Spot { at: SitePosition { x_um, y_um }, size_um: [100.0, 50.0] }
    }

    fn rect(x: f32, y: f32, width: f32, height: f32) -> Rect {
        Rect::from_min_size(pos2(x, y), vec2(width, height))
    }

    fn placed(wells: &[Vec<Spot>], shape: PlateShape) -> Vec<Vec<Rect>> {
        let frame = PlateFrame::of(wells.iter().map(Vec::as_slice), shape).expect("images");
        wells.iter().map(|spots| frame.places(spots)).collect()
    }

    #[test]
    fn sites_lie_where_they_were_recorded() {
        let shape = PlateShape { rows: 8, columns: 12 };
        // One beside the other, one below the other, and one alone off the centre.
        let wells = [
            vec![spot(-50.0, 0.0), spot(50.0, 0.0)],
            vec![spot(-50.0, 0.0), spot(-50.0, 50.0)],
            vec![spot(50.0, 100.0)],
        ];
        // All is seen from 100 to the left to 100 to the right, and from 25 above to 125 below.
        let expected = [
            vec![rect(0.0, 0.125, 0.5, 0.25), rect(0.5, 0.125, 0.5, 0.25)],
            vec![rect(0.0, 0.125, 0.5, 0.25), rect(0.0, 0.375, 0.5, 0.25)],
            vec![rect(0.5, 0.625, 0.5, 0.25)],
        ];
        assert_eq!(placed(&wells, shape), expected);
    }

    #[test]
    fn places_on_the_stage_are_those_of_each_well() {
        let shape = PlateShape { rows: 8, columns: 12 };
        let wells = [
            vec![spot(14_000.0, 11_000.0), spot(14_100.0, 11_000.0)],
            vec![spot(23_000.0, 11_000.0), spot(23_000.0, 11_100.0)],
        ];
        let expected = [
            vec![rect(0.0, 0.375, 0.5, 0.25), rect(0.5, 0.375, 0.5, 0.25)],
            vec![rect(0.25, 0.125, 0.5, 0.25), rect(0.25, 0.625, 0.5, 0.25)],
        ];
        assert_eq!(placed(&wells, shape), expected);
        assert_eq!(PlateFrame::of(std::iter::empty(), shape), None);
    }

    #[test]
    fn without_positions_images_stand_in_a_grid() {
        assert_eq!(plain_grid(0), []);
        assert_eq!(plain_grid(1), [rect(0.0, 0.0, 1.0, 1.0)]);
        let three = [rect(0.0, 0.0, 0.5, 0.5), rect(0.5, 0.0, 0.5, 0.5), rect(0.0, 0.5, 0.5, 0.5)];
        assert_eq!(plain_grid(3), three);
    }

    #[test]
    fn images_of_unknown_size_are_as_large_as_their_sites_are_apart() {
        let at = |x_um: f64, y_um: f64| SitePosition { x_um, y_um };
        let table: [(&[&[SitePosition]], [f64; 2]); 4] = [
            (&[&[at(0.0, 0.0), at(650.0, 0.5), at(0.0, 400.5)]], [650.0, 400.0]),
            (&[&[at(0.0, 0.0), at(650.0, 0.5)], &[at(900.0, 90.0)]], [650.0, 650.0]),
            (&[&[at(3.0, 4.0)]], [1.0, 1.0]),
            (&[], [1.0, 1.0]),
        ];
        for (wells, expected) in table {
            assert_eq!(size_between(wells), expected, "{wells:?}");
        }
    }
}

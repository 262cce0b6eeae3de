//! How large a pixel is and where a field lies, by the transformations of its array and of all its arrays.

use super::axes::{Axes, Role};
use super::metadata::{Dataset, Multiscale, Transformation};
use crate::plate::{PixelSize, SitePosition};

/// A scale that says nothing where it has no unit.
const NOTHING: f64 = 1.0;

/// Lengths of a field, as far as they are said.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Lengths {
    pub(super) pixel_size: Option<PixelSize>,
    /// The middle of the first pixel.
    pub(super) place: Option<SitePosition>,
    /// Whether lengths without a unit were taken for micrometres.
    pub(super) is_guessed: bool,
    /// Whether they are in a unit that is no length.
    pub(super) has_other_unit: bool,
}

/// What an axis is stretched by and moved to.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Along {
    scale: Option<f64>,
    translation: Option<f64>,
}

/// How fine an array is along x, by its own transformations.
pub(super) fn fineness(dataset: &Dataset, axes: &Axes) -> Option<f64> {
    let x = axes.at(Role::X)?;
    Along::NOTHING.then(&dataset.transformations, x).scale
}

pub(super) fn lengths(image: &Multiscale, dataset: &Dataset, axes: &Axes) -> Lengths {
    let mut lengths = Lengths::default();
    let along = |role| {
        let axis = axes.at(role)?;
        let along = Along::NOTHING.then(&dataset.transformations, axis).then(&image.transformations, axis);
        Some((along, axes.unit(axis)))
    };
    let (Some((x, x_unit)), Some((y, y_unit))) = (along(Role::X), along(Role::Y)) else { return lengths };
    let says_nothing = [(x, x_unit), (y, y_unit)].iter().all(|(along, unit)| {
        unit.is_empty()
            && along.scale.is_none_or(|scale| scale == NOTHING)
            && along.translation.is_none_or(|at| at == 0.0)
    });
    if says_nothing {
        return lengths;
    }
    let (Some(x_um), Some(y_um)) = (um(x_unit), um(y_unit)) else {
        lengths.has_other_unit = true;
        return lengths;
    };
    lengths.is_guessed = x_unit.is_empty() || y_unit.is_empty();
    lengths.pixel_size = x.scale.zip(y.scale).and_then(|(x, y)| PixelSize::new(x * x_um, y * y_um));
    let place = x.translation.zip(y.translation);
    lengths.place = place.map(|(x, y)| SitePosition { x_um: x * x_um, y_um: y * y_um });
    lengths
}

impl Along {
    const NOTHING: Self = Self { scale: None, translation: None };

    /// With more transformations, one after the other.
    fn then(mut self, all: &[Transformation], axis: usize) -> Self {
        for one in all {
            self = self.then(&one.transformations, axis);
            let number = |numbers: &[Option<f64>]| {
                numbers.get(axis).copied().flatten().filter(|number| number.is_finite())
            };
            if let Some(scale) = number(&one.scale) {
                self.scale = Some(self.scale.unwrap_or(1.0) * scale);
                self.translation = self.translation.map(|at| at * scale);
            }
            if let Some(translation) = number(&one.translation) {
                self.translation = Some(self.translation.unwrap_or(0.0) + translation);
            }
        }
        self
    }
}

/// Micrometres of a unit of length; none given is taken for that. `None` of what is no length.
fn um(unit: &str) -> Option<f64> {
    Some(match unit.trim() {
        "" | "micrometer" | "micrometre" | "micron" | "um" | "µm" | "μm" => 1.0,
        "meter" | "metre" | "m" => 1e6,
        "decimeter" | "decimetre" | "dm" => 1e5,
        "centimeter" | "centimetre" | "cm" => 1e4,
        "millimeter" | "millimetre" | "mm" => 1e3,
        "nanometer" | "nanometre" | "nm" => 1e-3,
        "angstrom" | "Å" => 1e-4,
        "picometer" | "picometre" | "pm" => 1e-6,
        "inch" => 25_400.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(unit: &Value, of_array: &Value, of_all: &Value) -> Lengths {
        let axes = json!([{ "name": "c" }, { "name": "y", "unit": unit }, { "name": "x", "unit": unit }]);
        let image = json!({ "axes": axes, "coordinateTransformations": of_all,
            "datasets": [{ "path": "0", "coordinateTransformations": of_array }] });
        let image: Multiscale = serde_json::from_value(image).unwrap();
        lengths(&image, &image.datasets[0], &Axes::of(&image, 3).unwrap())
    }

    #[test]
    fn sizes_and_places_follow_from_all_transformations() {
        let scale = |y: f64, x: f64| json!({ "type": "scale", "scale": [1, y, x] });
        let translation = |y: f64, x: f64| json!({ "type": "translation", "translation": [0, y, x] });
        let um = json!("micrometer");
        /// Unit, transformations of the array and of all; pixel size; place; guessed or another unit.
        type Case = (Value, Value, Value, Option<(f64, f64)>, Option<(f64, f64)>, (bool, bool));
        let table: Vec<Case> = vec![
            (um.clone(), json!([scale(0.5, 0.25)]), json!([]), Some((0.25, 0.5)), None, (false, false)),
            (um.clone(), json!([scale(1.0, 1.0)]), json!(null), Some((1.0, 1.0)), None, (false, false)),
            (
                json!("nanometer"),
                json!([scale(500.0, 500.0)]),
                json!([]),
                Some((0.5, 0.5)),
                None,
                (false, false),
            ),
            (json!("meter"), json!([scale(5e-7, 5e-7)]), json!([]), Some((0.5, 0.5)), None, (false, false)),
            (
                um.clone(),
                json!([scale(2.0, 2.0), translation(30.0, 40.0)]),
                json!([scale(0.5, 0.5), translation(1.0, 2.0)]),
                Some((1.0, 1.0)),
                Some((22.0, 16.0)),
                (false, false),
            ),
            (
                um.clone(),
                json!([{ "type": "sequence", "transformations": [scale(0.5, 0.5), translation(3.0, 4.0)] }]),
                json!([{ "type": "identity" }]),
                Some((0.5, 0.5)),
                Some((4.0, 3.0)),
                (false, false),
            ),
            (json!(null), json!([scale(1.0, 1.0)]), json!([]), None, None, (false, false)),
            (
                json!(null),
                json!([scale(1.0, 1.0), translation(0.0, 0.0)]),
                json!([]),
                None,
                None,
                (false, false),
            ),
            (json!(null), json!([scale(0.65, 0.65)]), json!([]), Some((0.65, 0.65)), None, (true, false)),
            (json!("pixel"), json!([scale(0.65, 0.65)]), json!([]), None, None, (false, true)),
            (um.clone(), json!([scale(0.0, -1.0)]), json!([]), None, None, (false, false)),
            (
                um.clone(),
                json!([{ "type": "scale", "scale": [null, null, null] }]),
                json!([]),
                None,
                None,
                (false, false),
            ),
            (
                um.clone(),
                json!([{ "type": "scale", "path": "scales" }]),
                json!([]),
                None,
                None,
                (false, false),
            ),
            (um, json!([]), json!([]), None, None, (false, false)),
        ];
        for (unit, of_array, of_all, size, place, (is_guessed, has_other_unit)) in table {
            let found = read(&unit, &of_array, &of_all);
            let near = |found: Option<(f64, f64)>, expected: Option<(f64, f64)>| match (found, expected) {
                (Some((x, y)), Some((other_x, other_y))) => (x - other_x).abs() + (y - other_y).abs() < 1e-9,
                (found, expected) => found == expected,
            };
            assert!(near(found.pixel_size.map(|size| (size.x_um, size.y_um)), size), "{of_array}: {found:?}");
            assert!(near(found.place.map(|at| (at.x_um, at.y_um)), place), "{of_array}: {found:?}");
            assert_eq!((found.is_guessed, found.has_other_unit), (is_guessed, has_other_unit), "{of_array}");
        }
    }
}

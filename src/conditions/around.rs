//! The plate that a layout is for, as far as reading a layout asks for it.

use crate::plate::{Plate, PlateShape};

/// The plate that a layout is for.
#[derive(Clone, Copy, Debug, Default)]
pub struct ForPlate<'a> {
    /// Its name, by which its rows are found where a layout has several plates; `None` where it has none yet.
    pub name: Option<&'a str>,
    /// Its rows and columns, by which wells are known that are only counted; `None` where they are not known.
    pub shape: Option<PlateShape>,
}

impl<'a> From<&'a Plate> for ForPlate<'a> {
    fn from(plate: &'a Plate) -> Self {
        Self { name: Some(&plate.name), shape: Some(plate.shape) }
    }
}

//! How a mean becomes a whole number.

use serde::{Deserialize, Serialize};

use super::sample::{Sample, is_float};
use crate::pipeline::setting::{About, Form};

/// How a mean becomes a value of an image's type, where that is a type of whole numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rounding {
    /// To the nearest, halves to the even one: `numpy.rint`. On average nothing is lost.
    #[default]
    Nearest,
    /// What stands behind the point is cut off, as NumPy turns floats into whole numbers and OpenHCS makes its images:
    /// on average half a grey level is lost.
    TowardsZero,
}

impl Rounding {
    /// Whether it is what is usual, which files need not say.
    pub(super) fn is_nearest(&self) -> bool {
        *self == Self::Nearest
    }

    /// A mean as a sample: of floats as it is, held at the limits of other types.
    #[inline]
    pub(super) fn of<T: Sample>(self, mean: f64) -> T {
        T::from_f64(if is_float::<T>() || self == Self::TowardsZero { mean } else { mean.round_ties_even() })
    }

    /// `, cut off`, where it is not what is usual.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Nearest => "",
            Self::TowardsZero => ", cut off",
        }
    }

    /// The setting, in the form of a step.
    pub(super) fn form(&mut self, form: &mut Form<'_>) {
        let choices =
            [(Self::Nearest, "rounded to the nearest"), (Self::TowardsZero, "cut off, as OpenHCS does")];
        form.choice(About::new("rounding", "Rounding of means").caption("means"), self, &choices);
    }
}

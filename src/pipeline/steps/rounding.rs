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
    /// Decimals are dropped, as NumPy turns floats into whole numbers and OpenHCS makes its images: on average half a
    /// grey level is lost.
    TowardsZero,
}

/// The part of a mean that sums may lose.
const LOST: f64 = 1e-12;

impl Rounding {
    /// Whether it is what is usual, which files need not say.
    pub(super) fn is_nearest(&self) -> bool {
        *self == Self::Nearest
    }

    /// A mean as a sample: of floats as it is, held at the limits of other types.
    #[inline]
    pub(super) fn of<T: Sample>(self, mean: f64) -> T {
        if is_float::<T>() {
            return T::from_f64(mean);
        }
        let nearest = mean.round_ties_even();
        // What a sum has lost in its last places would cost a grey level.
        let is_whole = (mean - nearest).abs() <= LOST * mean.abs();
        T::from_f64(if self == Self::Nearest || is_whole { nearest } else { mean })
    }

    /// Whether a step with this setting rounds otherwise than by the first definitions, which cut off.
    pub(super) fn is_new_since(self, definitions: u32) -> bool {
        definitions < 2 && self.is_nearest()
    }

    /// `, decimals dropped`, where it is not what is usual.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Nearest => "",
            Self::TowardsZero => ", decimals dropped",
        }
    }

    /// The setting, in the form of a step.
    pub(super) fn form(&mut self, form: &mut Form<'_>) {
        let choices = [
            (Self::Nearest, "rounded to the nearest"),
            (Self::TowardsZero, "decimals dropped, as in OpenHCS"),
        ];
        form.choice(About::new("rounding", "Rounding of means").caption("means"), self, &choices);
    }
}

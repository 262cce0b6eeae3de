//! How a mean becomes a whole number.

use serde::{Deserialize, Serialize};

use super::sample::{Sample, WHOLE, is_float};
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
    #[inline(always)]
    pub(super) fn of<T: Sample>(self, mean: f64) -> T {
        if is_float::<T>() {
            return T::from_f64(mean);
        }
        let nearest = nearest::<T>(mean);
        if self == Self::Nearest {
            return T::from_whole(nearest);
        }
        // What a sum has lost in its last places would cost a grey level.
        let is_whole = (mean - nearest).abs() <= LOST * mean.abs();
        T::from_f64(if is_whole { nearest } else { mean })
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

/// To the nearest, halves to the even one, of what becomes a sample of a type.
#[inline(always)]
fn nearest<T: Sample>(mean: f64) -> f64 {
    // As the processor does it to many samples at once, where the function for it is called for each. What is larger is
    // beyond types of up to 4 bytes, and held at their limits.
    if size_of::<T>() <= 4 { mean + WHOLE - WHOLE } else { mean.round_ties_even() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_rounding_are_one() {
        for mean in
            [0.5, 1.5, -0.5, -2.5, 2.499_999_999, 65_534.5, -128.5, 4_294_967_294.5, 0.0, 1e-300, 7.0, 1e11]
        {
            assert_eq!(nearest::<u32>(mean), mean.round_ties_even(), "{mean}");
            assert_eq!(nearest::<u64>(mean), mean.round_ties_even(), "{mean}");
        }
        assert_eq!(Rounding::Nearest.of::<u8>(1e300), 255);
        assert_eq!(Rounding::Nearest.of::<i16>(f64::NEG_INFINITY), i16::MIN);
        assert_eq!((Rounding::Nearest.of::<u8>(f64::NAN), Rounding::Nearest.of::<f32>(0.25)), (0, 0.25));
        assert_eq!(
            (Rounding::TowardsZero.of::<u8>(2.9), Rounding::TowardsZero.of::<u8>(2.999_999_999_999_9)),
            (2, 3)
        );
    }
}

//! What steps ask of a sample, whatever its type.

use std::cmp::Ordering;

use bytemuck::Pod;

use crate::image::PixelType;

/// A sample of one of the [`PixelType`]s.
pub(super) trait Sample: Pod + PartialOrd + Send + Sync {
    /// The type.
    const TYPE: PixelType;
    /// As a 64-bit float (64-bit integers are rounded to the nearest).
    fn to_f64(self) -> f64;
    /// From a 64-bit float, truncated towards zero; what lies outside of the type is held at its
    /// limit, and what is no number becomes 0 for integers.
    fn from_f64(value: f64) -> Self;
    /// As a whole number, for exact sums of 64-bit integers; floats are never summed so.
    fn to_i128(self) -> i128;
    /// A whole number held at the limits of the type, and whether it had to be.
    fn hold(total: i128) -> (Self, bool);
    /// Its place among all values of its type in rising order; for types of up to 16 bits.
    fn index(self) -> usize;
    /// The value at a place.
    fn from_index(index: usize) -> Self;
    /// Rising order of values.
    fn order(a: &Self, b: &Self) -> Ordering;
    /// Whether it is no number.
    fn is_nan(self) -> bool;
    /// The larger; what is no number wins, as in `numpy.maximum`.
    fn larger(self, other: Self) -> Self;
    /// The smaller; what is no number wins, as in `numpy.minimum`.
    fn smaller(self, other: Self) -> Self;
    /// How far it is from here to a sample that is not smaller, as `numpy.percentile` subtracts:
    /// floats in their own type. (Integers exactly; NumPy lets signed ones wrap around.)
    fn distance_to(self, larger: Self) -> f64;
}

macro_rules! integer {
    ($type:ty, $pixel:ident) => {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_possible_wrap,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            clippy::cast_lossless
        )] // one definition for all integer types; the casts hold at the limits of the type
        impl Sample for $type {
            const TYPE: PixelType = PixelType::$pixel;

            #[inline]
            fn to_f64(self) -> f64 {
                self as f64
            }

            #[inline]
            fn from_f64(value: f64) -> Self {
                value as Self
            }

            #[inline]
            fn to_i128(self) -> i128 {
                self as i128
            }

            fn hold(total: i128) -> (Self, bool) {
                let held = total.clamp(Self::MIN as i128, Self::MAX as i128);
                (held as Self, held != total)
            }

            #[inline]
            fn index(self) -> usize {
                self.wrapping_sub(Self::MIN) as usize & (usize::MAX >> (usize::BITS - Self::BITS))
            }

            #[inline]
            fn from_index(index: usize) -> Self {
                Self::MIN.wrapping_add(index as Self)
            }

            #[inline]
            fn order(a: &Self, b: &Self) -> Ordering {
                a.cmp(b)
            }

            #[inline]
            fn is_nan(self) -> bool {
                false
            }

            #[inline]
            fn larger(self, other: Self) -> Self {
                self.max(other)
            }

            #[inline]
            fn smaller(self, other: Self) -> Self {
                self.min(other)
            }

            #[inline]
            fn distance_to(self, larger: Self) -> f64 {
                larger.abs_diff(self) as f64
            }
        }
    };
}

macro_rules! float {
    ($type:ty, $pixel:ident) => {
        #[allow(clippy::cast_possible_truncation, clippy::cast_lossless)] // narrowing is the definition
        impl Sample for $type {
            const TYPE: PixelType = PixelType::$pixel;

            #[inline]
            fn to_f64(self) -> f64 {
                self as f64
            }

            #[inline]
            fn from_f64(value: f64) -> Self {
                value as Self
            }

            fn to_i128(self) -> i128 {
                self as i128
            }

            #[allow(clippy::cast_precision_loss)]
            fn hold(total: i128) -> (Self, bool) {
                (total as Self, false)
            }

            fn index(self) -> usize {
                0 // floats have more values than a histogram has places
            }

            fn from_index(_: usize) -> Self {
                0.0
            }

            #[inline]
            fn order(a: &Self, b: &Self) -> Ordering {
                a.total_cmp(b)
            }

            #[inline]
            fn is_nan(self) -> bool {
                self.is_nan()
            }

            #[inline]
            fn larger(self, other: Self) -> Self {
                if self >= other || self.is_nan() { self } else { other }
            }

            #[inline]
            fn smaller(self, other: Self) -> Self {
                if self <= other || self.is_nan() { self } else { other }
            }

            #[inline]
            fn distance_to(self, larger: Self) -> f64 {
                (larger - self) as f64
            }
        }
    };
}

integer!(u8, U8);
integer!(u16, U16);
integer!(u32, U32);
integer!(u64, U64);
integer!(i8, I8);
integer!(i16, I16);
integer!(i32, I32);
integer!(i64, I64);
float!(f32, F32);
float!(f64, F64);

/// Calls a macro with the Rust type of a [`PixelType`].
macro_rules! for_each_type {
    ($pixel:expr, $call:ident) => {
        match $pixel {
            $crate::image::PixelType::U8 => $call!(u8),
            $crate::image::PixelType::U16 => $call!(u16),
            $crate::image::PixelType::U32 => $call!(u32),
            $crate::image::PixelType::U64 => $call!(u64),
            $crate::image::PixelType::I8 => $call!(i8),
            $crate::image::PixelType::I16 => $call!(i16),
            $crate::image::PixelType::I32 => $call!(i32),
            $crate::image::PixelType::I64 => $call!(i64),
            $crate::image::PixelType::F32 => $call!(f32),
            $crate::image::PixelType::F64 => $call!(f64),
        }
    };
}
pub(super) use for_each_type;

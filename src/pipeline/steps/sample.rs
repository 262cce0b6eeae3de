//! What steps ask of a sample, whatever its type.

use bytemuck::Pod;

use super::networks::{Key, Ranking};
use crate::image::PixelType;

/// A sample of one of the [`PixelType`]s.
pub(super) trait Sample: Pod + PartialOrd + Send + Sync {
    const TYPE: PixelType;
    /// Whether microscopes record it or steps often make it: for these types code is compiled for wide vectors, too.
    #[cfg_attr(target_arch = "aarch64", allow(dead_code))] // which has one kind of vectors
    const IS_COMMON: bool = matches!(Self::TYPE, PixelType::U8 | PixelType::U16 | PixelType::F32);
    /// Whether it is an integer of up to 16 bits, of which sums of thousands fit into 32.
    const IS_SHORT: bool =
        matches!(Self::TYPE, PixelType::U8 | PixelType::U16 | PixelType::I8 | PixelType::I16);
    /// An unsigned number of its size.
    type Key: Key;
    /// The floats in which it is smoothed: of 32 bits where these have all of its values.
    type Float: Sample;
    /// How its bits rank.
    const RANKING: Ranking<Self::Key>;
    /// As a 64-bit float (64-bit integers are rounded to the nearest).
    fn to_f64(self) -> f64;
    /// As a 32-bit float, rounded once to the nearest.
    fn to_f32(self) -> f32;
    /// As a whole number; exact for integers of up to 16 bits.
    fn to_i32(self) -> i32;
    /// The sum of two as a 64-bit float; exact for integers of up to 32 bits.
    #[inline(always)]
    fn pair_to_f64(self, other: Self) -> f64 {
        // Whole numbers are added many at once, and then one conversion does for two.
        if const { Self::IS_SHORT } {
            f64::from(self.to_i32() + other.to_i32())
        } else {
            self.to_f64() + other.to_f64()
        }
    }
    /// From a 64-bit float, truncated towards zero; what lies outside of the type is held at its
    /// limit, and what is no number becomes 0 for integers.
    fn from_f64(value: f64) -> Self;
    /// From a whole number, in the same way but for many samples at once where they have up to 4 bytes.
    fn from_whole(whole: f64) -> Self;
    /// Whether it is a finite number.
    fn is_number(self) -> bool;
    /// As a whole number, for exact sums of 64-bit integers; floats are never summed so.
    fn to_i128(self) -> i128;
    /// A whole number held at the limits of the type, and whether it had to be.
    fn saturate(total: i128) -> (Self, bool);
    /// Its rank among all values of its type in rising order, as a number of 64 bits. Floats that are no numbers come
    /// before or after all others.
    #[inline(always)]
    fn key(self) -> u64 {
        Self::RANKING.rank(bytemuck::cast(self)).into()
    }
    /// The value of such a number.
    fn from_key(key: u64) -> Self;
    /// The keys of the lowest and the highest of those samples that `counts` says count; where there are
    /// none, the lowest is above the highest.
    fn extremes(samples: &[Self], counts: impl Fn(Self) -> bool) -> [u64; 2];
    /// The larger; what is no finite number gives way to what is one.
    fn larger(self, other: Self) -> Self;
    /// The smaller; what is no finite number gives way to what is one.
    fn smaller(self, other: Self) -> Self;
    /// How far it is from here to a sample that is not smaller, as `numpy.percentile` subtracts:
    /// floats in their own type. (Integers exactly; NumPy lets signed ones wrap around.)
    fn distance_to(self, larger: Self) -> f64;
    /// What is left when a sample that is not larger is taken away, and whether that was too much for
    /// the type and was held at its limit.
    fn minus(self, smaller: Self) -> (Self, bool);
}

/// Beside so large a number a 64-bit float has no halves: added and taken away again, it rounds to the nearest, halves to
/// the even one.
pub(super) const WHOLE: f64 = 1.5 * (1_u64 << 52) as f64;

/// The whole number at or below a number that is not negative and below 2^51. The function for it is called for one number
/// at a time, where this is done to many at once.
#[inline(always)]
pub(super) fn whole_below(number: f64) -> f64 {
    let nearest = number + WHOLE - WHOLE;
    if nearest > number { nearest - 1.0 } else { nearest }
}

macro_rules! integer {
    ($type:ty, $pixel:ident, $key:ty, $float:ty) => {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_possible_wrap,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            clippy::cast_lossless
        )] // one definition for all integer types; the casts hold at the limits of the type
        impl Sample for $type {
            const TYPE: PixelType = PixelType::$pixel;
            type Key = $key;
            type Float = $float;
            // The lowest of a signed type is its sign alone.
            const RANKING: Ranking<$key> = Ranking { sign: Self::MIN as $key, turned: 0 };

            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }

            #[inline(always)]
            fn to_f32(self) -> f32 {
                self as f32
            }

            #[inline(always)]
            fn to_i32(self) -> i32 {
                self as i32
            }

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as Self
            }

            #[inline(always)]
            fn from_whole(whole: f64) -> Self {
                if size_of::<Self>() > 4 {
                    return Self::from_f64(whole);
                }
                let held = if whole > Self::MAX as f64 { Self::MAX as f64 } else { whole };
                let held = if held < Self::MIN as f64 { Self::MIN as f64 } else { held };
                let held = if held.is_nan() { 0.0 } else { held };
                // The last bits are then those of the whole number. A cast is made for one sample at a time.
                (held + WHOLE).to_bits() as Self
            }

            #[inline(always)]
            fn is_number(self) -> bool {
                true
            }

            #[inline(always)]
            fn to_i128(self) -> i128 {
                self as i128
            }

            fn saturate(total: i128) -> (Self, bool) {
                let held = total.clamp(Self::MIN as i128, Self::MAX as i128);
                (held as Self, held != total)
            }

            #[inline(always)]
            fn from_key(key: u64) -> Self {
                Self::MIN.wrapping_add(key as Self)
            }

            #[inline(always)]
            fn extremes(samples: &[Self], counts: impl Fn(Self) -> bool) -> [u64; 2] {
                let wider = |(low, high): (Self, Self), sample: &Self| {
                    let counts = counts(*sample);
                    let as_low = if counts { *sample } else { Self::MAX };
                    let as_high = if counts { *sample } else { Self::MIN };
                    (low.min(as_low), high.max(as_high))
                };
                let (low, high) = samples.iter().fold((Self::MAX, Self::MIN), wider);
                [low.key(), high.key()]
            }

            #[inline(always)]
            fn larger(self, other: Self) -> Self {
                self.max(other)
            }

            #[inline(always)]
            fn smaller(self, other: Self) -> Self {
                self.min(other)
            }

            #[inline(always)]
            fn distance_to(self, larger: Self) -> f64 {
                larger.abs_diff(self) as f64
            }

            #[inline(always)]
            fn minus(self, smaller: Self) -> (Self, bool) {
                (self.saturating_sub(smaller), self.checked_sub(smaller).is_none())
            }
        }
    };
}

macro_rules! float {
    ($type:ident, $bits:ident, $pixel:ident, $key:ident) => {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_possible_wrap,
            clippy::cast_sign_loss,
            clippy::cast_lossless
        )] // narrowing is the definition; bits are only seen as another type
        impl Sample for $type {
            const TYPE: PixelType = PixelType::$pixel;
            type Key = $key;
            type Float = Self;
            // Of negative ones all bits are turned over.
            const RANKING: Ranking<$key> = Ranking { sign: $bits::MIN as $key, turned: $bits::MAX as $key };

            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }

            #[inline(always)]
            fn to_f32(self) -> f32 {
                self as f32
            }

            #[inline(always)]
            fn to_i32(self) -> i32 {
                self as i32
            }

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as Self
            }

            #[inline(always)]
            fn from_whole(whole: f64) -> Self {
                Self::from_f64(whole)
            }

            #[inline(always)]
            fn is_number(self) -> bool {
                self.is_finite()
            }

            fn to_i128(self) -> i128 {
                self as i128
            }

            #[allow(clippy::cast_precision_loss)]
            fn saturate(total: i128) -> (Self, bool) {
                (total as Self, false)
            }

            #[inline(always)]
            fn from_key(key: u64) -> Self {
                Self::from_bits(Self::RANKING.bits(key as $key))
            }

            #[inline(always)]
            fn extremes(samples: &[Self], counts: impl Fn(Self) -> bool) -> [u64; 2] {
                // As integers, which the processor compares many at once.
                let wider = |(low, high): ($key, $key), sample: &Self| {
                    let counts = counts(*sample);
                    let rank = Self::RANKING.rank(sample.to_bits());
                    let as_low = if counts { rank } else { $key::MAX };
                    let as_high = if counts { rank } else { $key::MIN };
                    (low.min(as_low), high.max(as_high))
                };
                let (low, high) = samples.iter().fold(($key::MAX, $key::MIN), wider);
                [low.into(), high.into()]
            }

            #[inline(always)]
            fn larger(self, other: Self) -> Self {
                if (self >= other && self.is_finite()) || !other.is_finite() { self } else { other }
            }

            #[inline(always)]
            fn smaller(self, other: Self) -> Self {
                if (self <= other && self.is_finite()) || !other.is_finite() { self } else { other }
            }

            #[inline(always)]
            fn distance_to(self, larger: Self) -> f64 {
                (larger - self) as f64
            }

            #[inline(always)]
            fn minus(self, smaller: Self) -> (Self, bool) {
                (self - smaller, false)
            }
        }
    };
}

integer!(u8, U8, u8, f32);
integer!(u16, U16, u16, f32);
integer!(u32, U32, u32, f64);
integer!(u64, U64, u64, f64);
integer!(i8, I8, u8, f32);
integer!(i16, I16, u16, f32);
integer!(i32, I32, u32, f64);
integer!(i64, I64, u64, f64);
float!(f32, i32, F32, u32);
float!(f64, i64, F64, u64);

/// Whether a sample made of an exact value was held at a limit of its type: truncation takes away less
/// than 1. Floats have no limit to be held at.
#[inline(always)]
pub(super) fn was_clamped<T: Sample>(sample: T, exact: f64) -> bool {
    !is_float::<T>() && (exact - sample.to_f64()).abs() >= 1.0
}

/// Whether samples of a type may be no numbers.
#[inline(always)]
pub(super) fn is_float<T: Sample>() -> bool {
    matches!(T::TYPE, PixelType::F32 | PixelType::F64)
}

/// How many samples are not finite numbers.
pub(super) fn not_numbers<T: Sample>(samples: &[T]) -> u64 {
    if is_float::<T>() { samples.iter().filter(|sample| !sample.is_number()).count() as u64 } else { 0 }
}

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

//! From bytes to a height in the plot: from 0 evenly, or in powers of ten over a first even part, in which zero and what is
//! small stay readable.

/// How bytes become heights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// From 0 to this many bytes.
    Linear {
        /// At the top.
        top_bytes: f64,
    },
    /// Even from 0 to a power of ten, and from there in powers of ten.
    Logarithmic {
        /// Where the even part ends, which is as high as each power of ten above it.
        even_bytes: f64,
        /// At the top.
        top_bytes: f64,
    },
}

/// Where the even part of a logarithmic axis ends, unless all of it is of small images.
const EVEN_BYTES: f64 = 1e6;

impl Scale {
    /// In powers of ten up to this many bytes.
    pub(super) fn logarithmic(top_bytes: f64) -> Self {
        let top_bytes = top_bytes.max(100.0);
        let even_bytes = EVEN_BYTES.min(10_f64.powf((top_bytes.log10() - 2.0).floor()));
        Self::Logarithmic { even_bytes, top_bytes }
    }

    /// Where the axis ends, in bytes.
    pub fn top_bytes(self) -> f64 {
        match self {
            Self::Linear { top_bytes } | Self::Logarithmic { top_bytes, .. } => top_bytes,
        }
    }

    /// The height of this many bytes: 0 at the bottom, 1 at the top.
    pub fn height(self, bytes: f64) -> f64 {
        match self {
            Self::Linear { top_bytes } => bytes / top_bytes,
            Self::Logarithmic { even_bytes, top_bytes } => {
                let powers = (top_bytes / even_bytes).log10() + 1.0;
                let height =
                    if bytes <= even_bytes { bytes / even_bytes } else { 1.0 + (bytes / even_bytes).log10() };
                height / powers
            }
        }
    }

    /// The marks of a logarithmic axis: 0 and the powers of ten; `None` of an even one, which has other marks.
    pub(super) fn powers(self) -> Option<Vec<f64>> {
        let Self::Logarithmic { even_bytes, top_bytes } = self else { return None };
        let powers = std::iter::successors(Some(even_bytes), |power| Some(power * 10.0));
        let powers = powers.take_while(|power| *power <= top_bytes * 1.000_001).take(20);
        Some(std::iter::once(0.0).chain(powers).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_and_what_is_small_stay_readable_beside_what_is_ten_thousand_times_larger() {
        let scale = Scale::logarithmic(1e11);
        let heights = [0.0, 5e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11].map(|bytes| scale.height(bytes));
        let expected = [0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0].map(|power| power / 6.0);
        for (height, expected) in heights.iter().zip(expected) {
            assert!((height - expected).abs() < 1e-9, "{heights:?}");
        }
        assert_eq!(scale.powers().map(|powers| powers.len()), Some(7));
        // Of images of a few kB the even part is smaller.
        assert_eq!(Scale::logarithmic(5e5), Scale::Logarithmic { even_bytes: 1e3, top_bytes: 5e5 });
        assert_eq!(Scale::Linear { top_bytes: 200.0 }.height(50.0), 0.25);
    }
}

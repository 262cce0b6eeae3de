//! The size of a pixel, which belongs to a channel: channels may have cameras and binnings of their own.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Sizes that differ by a smaller part are one size, written with different care.
const SAME_SIZE: f64 = 1e-6;

/// Width and height of a pixel in micrometres, both above 0 and finite.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PixelSize {
    /// Along a row.
    pub x_um: f64,
    /// Along a column.
    pub y_um: f64,
}

impl PixelSize {
    /// Of a width and a height; `None` where either is no size.
    pub fn new(x_um: f64, y_um: f64) -> Option<Self> {
        let is_size = |um: f64| um.is_finite() && um > 0.0;
        (is_size(x_um) && is_size(y_um)).then_some(Self { x_um, y_um })
    }

    /// Of a pixel as wide as high; `None` where that is no size.
    pub fn square(um: f64) -> Option<Self> {
        Self::new(um, um)
    }

    /// Of the pixels of an image that was binned or scaled so that each stands for `times` in a row.
    #[must_use]
    pub fn scaled(self, times: f64) -> Self {
        Self { x_um: self.x_um * times, y_um: self.y_um * times }
    }

    /// In square micrometres.
    pub fn area_um2(self) -> f64 {
        self.x_um * self.y_um
    }

    /// The one length of both sides; `None` where they differ.
    pub fn side_um(self) -> Option<f64> {
        is_same(self.x_um, self.y_um).then_some(self.x_um)
    }

    /// Whether both are one size, written with different care.
    pub(crate) fn is_same(self, other: Self) -> bool {
        is_same(self.x_um, other.x_um) && is_same(self.y_um, other.y_um)
    }
}

/// `0.65 µm`, or `0.65 × 0.325 µm` where width and height differ.
impl fmt::Display for PixelSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.side_um() {
            Some(um) => write!(f, "{} µm", shown(um)),
            None => write!(f, "{} × {} µm", shown(self.x_um), shown(self.y_um)),
        }
    }
}

/// As many decimals as tell something: sums and products of lengths have more, which are noise.
fn shown(um: f64) -> f64 {
    let scale = 10_f64.powi(5 - um.log10().floor() as i32);
    if scale.is_finite() && scale > 0.0 { (um * scale).round() / scale } else { um }
}

fn is_same(one_um: f64, other_um: f64) -> bool {
    (one_um - other_um).abs() <= SAME_SIZE * one_um.abs().max(other_um.abs())
}

/// The pixel sizes of a plate's channels, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PixelSizes {
    channels: BTreeMap<u32, PixelSize>,
}

impl PixelSizes {
    /// Keeps those of some channels.
    pub(in crate::plate) fn retain(&mut self, is_kept: impl Fn(u32) -> bool) {
        self.channels.retain(|channel, _| is_kept(*channel));
    }

    /// One size for several channels.
    pub fn alike(channels: impl IntoIterator<Item = u32>, size: PixelSize) -> Self {
        Self { channels: channels.into_iter().map(|channel| (channel, size)).collect() }
    }

    /// Sets the size of a channel, unless it is known already.
    pub fn add(&mut self, channel: u32, size: PixelSize) {
        self.channels.entry(channel).or_insert(size);
    }

    /// The size in an image of a channel; for one of all channels together (`None`) the size of all, where they
    /// have one.
    pub fn of(&self, channel: Option<u32>) -> Option<PixelSize> {
        match channel {
            Some(channel) => self.channels.get(&channel).copied(),
            None => self.common(),
        }
    }

    /// The size of all channels that have a known one; `None` where they differ or none is known.
    pub fn common(&self) -> Option<PixelSize> {
        let mut sizes = self.channels.values().copied();
        let first = sizes.next()?;
        sizes.all(|size| size.is_same(first)).then_some(first)
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.channels.is_empty()
    }

    /// The channels with a known size, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, PixelSize)> {
        self.channels.iter().map(|(channel, size)| (*channel, *size))
    }

    /// Those of images each of whose pixels stands for `times` in a row of these.
    #[must_use]
    pub fn scaled(&self, times: f64) -> Self {
        Self { channels: self.iter().map(|(channel, size)| (channel, size.scaled(times))).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_have_sizes_of_their_own() {
        let [one, two] = [0.65, 1.3].map(|um| PixelSize::square(um).expect("a size"));
        let mut sizes = PixelSizes::default();
        assert_eq!((sizes.of(Some(1)), sizes.of(None)), (None, None));
        sizes.add(1, one);
        sizes.add(3, PixelSize::square(0.65 + 1e-9).expect("a size"));
        assert_eq!((sizes.of(Some(1)), sizes.of(Some(2)), sizes.of(None)), (Some(one), None, Some(one)));
        sizes.add(2, two);
        sizes.add(1, two);
        assert_eq!((sizes.of(Some(1)), sizes.of(Some(2)), sizes.common()), (Some(one), Some(two), None));
        let oblong = PixelSize::new(0.5, 0.25).expect("a size");
        assert_eq!((oblong.side_um(), oblong.area_um2(), one.side_um()), (None, 0.125, Some(0.65)));
        let third = PixelSize::new(0.1 * 3.0, 1.0 / 3.0).expect("a size");
        let shown = [one, one.scaled(3.0), oblong, third].map(|size| size.to_string());
        assert_eq!(shown, ["0.65 µm", "1.95 µm", "0.5 × 0.25 µm", "0.3 × 0.333333 µm"]);
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!((PixelSize::square(bad), PixelSize::new(1.0, bad)), (None, None), "{bad}");
        }
    }
}

//! The contrast that images of a channel share: the one that the user chose, else an estimate from the first of them.
//!
//! Deliberately absent: looking at pixels, which whoever has them does.

use crate::image::{Contrast, ImageSource};

/// Number of images from which the contrast of a channel is estimated; after these it stays.
const ESTIMATED_FROM: usize = 12;

/// How far images that share a contrast have been processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Processed {
    /// As they are on the plate.
    Source,
    /// By a run, up to the step of this index.
    Step(usize),
    /// As a preview.
    Preview,
    /// As the small pictures that the microscope wrote.
    ReadyMade,
}

/// The images that share a contrast: those of one channel at one step of the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContrastGroup {
    /// How far they have been processed.
    pub processed: Processed,
    /// The channel, `None` where a step assembled it.
    pub channel: Option<u32>,
}

/// The contrast of a group.
#[derive(Debug, Default)]
pub(super) struct GroupContrast {
    pub(super) chosen: Option<Contrast>,
    estimate: Option<Contrast>,
    estimated_from: Vec<(ImageSource, Contrast)>,
    /// Whether these are estimates of smaller forms of images, which give way to those of whole ones: their values lie
    /// closer together.
    is_of_smaller: bool,
}

impl GroupContrast {
    /// The chosen one, else the estimate, if any image was loaded.
    pub(super) fn shown(&self) -> Option<Contrast> {
        self.chosen.or(self.estimate)
    }

    /// Lets an image count for the estimate. Only the first few count, and the estimate is made after the first,
    /// fourth and last of them, so that it settles at once.
    pub(super) fn estimate(&mut self, source: &ImageSource, auto: Contrast, is_of_smaller: bool) {
        let from = &mut self.estimated_from;
        if self.is_of_smaller && !is_of_smaller {
            from.clear();
        } else if is_of_smaller && !self.is_of_smaller && !from.is_empty() {
            return;
        }
        self.is_of_smaller = is_of_smaller;
        if from.len() >= ESTIMATED_FROM || from.iter().any(|(known, _)| known == source) {
            return;
        }
        from.push((source.clone(), auto));
        if [1, 4, ESTIMATED_FROM].contains(&from.len()) {
            self.estimate = Some(typical_contrast(from.iter().map(|(_, contrast)| *contrast)));
        }
    }

    /// Estimates again; what was chosen stays.
    pub(super) fn forget_estimate(&mut self) {
        *self = Self { chosen: self.chosen, ..Self::default() };
    }
}

/// A contrast for all of several images: the median of what is dark, and the upper quartile of what
/// is bright. The brightest alone would leave all but the plane in focus in the dark.
fn typical_contrast(contrasts: impl Iterator<Item = Contrast>) -> Contrast {
    let (mut lows, mut highs): (Vec<f64>, Vec<f64>) =
        contrasts.map(|contrast| (contrast.low, contrast.high)).unzip();
    lows.sort_by(f64::total_cmp);
    highs.sort_by(f64::total_cmp);
    let low = lows.get(lows.len() / 2).copied().unwrap_or_default();
    let high = highs.get(highs.len() * 3 / 4).copied().unwrap_or_default();
    Contrast { low, high: high.max(low) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_of_whole_images_take_the_place_of_those_of_smaller_forms() {
        let contrast = |high| Contrast { low: 0.0, high };
        let image = |name: &str| ImageSource::file(format!("/plate/{name}"));
        let mut group = GroupContrast::default();
        assert_eq!(group.shown(), None);
        // Image, its own contrast, whether of a smaller form; what is shown then.
        let table = [
            ("a", 100.0, true, 100.0),
            ("b", 120.0, true, 100.0),
            ("a", 200.0, false, 200.0),
            ("c", 110.0, true, 200.0),
            ("b", 240.0, false, 200.0),
        ];
        for (name, high, is_of_smaller, shown) in table {
            group.estimate(&image(name), contrast(high), is_of_smaller);
            assert_eq!(group.shown(), Some(contrast(shown)), "{name} {high}");
        }
        group.chosen = Some(contrast(7.0));
        group.forget_estimate();
        assert_eq!(group.shown(), Some(contrast(7.0)));
    }
}

//! Colour composite: one RGB image of all channels, the light of each in its colour.
//!
//! Of each channel's image x, with a black limit l and a full limit h, the share
//! `s = clip((x - l) / (h - l), 0, 1)` is taken. Red, green and blue of the result are
//! `sum(s * colour)` over the channels in the order of their numbers, with the colour's parts from 0 to
//! 255, all in 64-bit floats; then `floor(clip(sum, 0, 255) + 0.5)` in 8 bits. That sums are held at 255
//! is the definition, as light that is too bright on a screen, and is not counted.
//!
//! The limits are two percentiles of each image, those of `numpy.percentile` (linear interpolation, to the
//! bit, as for percentile normalisation), or two values for all images alike. Where both percentiles are equal, what is
//! above them has the full colour, all else none, and a note names the image. What is no finite number takes no part in
//! percentiles; what is not a number has no light.
//!
//! A channel has the colour that is set for its number; one of which none is set has that of
//! [`CHANNEL_COLOURS`](crate::image::CHANNEL_COLOURS) at its number, from 1 and again from the first after the last. Images that are
//! in colour already are refused: they are of no channel. A composite is of the channels that are recorded
//! at its place (of a channel that has one plane everywhere, the others lack nothing); one of which an image
//! is missing is withheld.

use std::collections::BTreeMap;

use fearless_simd::Simd;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::percentiles::{self, percentiles};
use super::sample::{Sample, for_each_type, not_numbers, whole_below};
use super::wide::{Wide, wide};
use crate::cancel::Cancel;
use crate::image::{ImageFormat, ImageMut, Rgb, channel_colours, usual_colour};
use crate::pipeline::definition::Definition;
use crate::pipeline::operation::{NewImage, Operation, PlacedKey, StepSettings};
use crate::pipeline::setting::{About, Form};
use crate::pipeline::settings_fault::SettingsFault;
use crate::pipeline::surroundings::{PlateView, Surroundings};
use crate::pipeline::unresolved::Unresolved;
use crate::pipeline::{Input, NoteKind, Scratch, ScratchBytes, StepError, StepNote};
use crate::plate::{Component, PixelSizes};

/// What of an image is black, and what is its full colour.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Limits {
    /// Two percentiles (0 to 100) of each image.
    Percentiles {
        /// Black, as is all below it.
        #[serde(default = "usual::low_percentile")]
        low: f64,
        /// The full colour, as is all above it.
        #[serde(default = "usual::high_percentile")]
        high: f64,
    },
    /// Two values, the same for all images.
    Values {
        /// Black, as is all below it.
        #[serde(default = "usual::low_value")]
        low: f64,
        /// The full colour, as is all above it.
        #[serde(default = "usual::high_value")]
        high: f64,
    },
}

/// The limits to begin with.
mod usual {
    pub(super) const fn low_percentile() -> f64 {
        1.0
    }

    pub(super) const fn high_percentile() -> f64 {
        99.5
    }

    pub(super) const fn low_value() -> f64 {
        0.0
    }

    /// With [`low_value`] what percentile normalisation makes of 16-bit images.
    pub(super) const fn high_value() -> f64 {
        65_535.0
    }
}

/// Settings of a colour composite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ColourComposite {
    /// What is black and what is full.
    pub limits: Limits,
    /// The colour of a channel, by its number.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub colours: BTreeMap<u32, Rgb>,
}

impl Default for ColourComposite {
    fn default() -> Self {
        Self { limits: Limits::USUAL_PERCENTILES, colours: BTreeMap::new() }
    }
}

/// Images of which a composite has nothing to stretch.
const EQUAL_LIMITS: NoteKind = NoteKind {
    one: "image has equal percentiles: what is above them has the full colour, all else none",
    many: "images have equal percentiles: what is above them has the full colour, all else none",
};

/// Pixels that one thread colours at once.
const SHARE_PIXELS: usize = 16 * 1024;

/// Pixels of which the sums are made together; so few that these stay in the nearest cache.
const BLOCK_PIXELS: usize = 512;

/// Red, green and blue.
const PARTS: usize = 3;

impl Limits {
    /// What percentiles are to begin with.
    pub(crate) const USUAL_PERCENTILES: Self =
        Self::Percentiles { low: usual::low_percentile(), high: usual::high_percentile() };
    /// What values are to begin with: what percentile normalisation makes of 16-bit images.
    pub(crate) const USUAL_VALUES: Self = Self::Values { low: usual::low_value(), high: usual::high_value() };
    /// The values that make sense.
    pub(crate) const VALUES: std::ops::RangeInclusive<f64> = -1e20..=1e20;

    fn of<T: Sample>(
        self,
        samples: &[T],
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<[f64; 2], StepError> {
        match self {
            Self::Values { low, high } => Ok([low, high]),
            // Nothing of an image without any number is seen, whatever the limits.
            Self::Percentiles { low, high } => Ok(percentiles(samples, [low, high], scratch, cancel)?
                .map_or([0.0; 2], |percentiles| percentiles.values)),
        }
    }
}

impl ColourComposite {
    pub(crate) const NAME: &str = "Colour composite";

    /// The colour of a channel.
    pub fn colour_of(&self, channel: u32) -> Rgb {
        self.colours.get(&channel).copied().unwrap_or_else(|| usual_colour(channel))
    }

    fn compose<T: Sample>(
        &self,
        inputs: &[Input<'_>],
        output: &mut [u8],
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let mut note = StepNote::default();
        let mut channels = Vec::with_capacity(inputs.len());
        for Input { key, image, .. } in inputs {
            let samples: &[T] = bytemuck::cast_slice(image.bytes);
            let limits = self.limits.of(samples, scratch, cancel)?;
            note += StepNote::of(NoteKind::NOT_FINITE, *key, not_numbers(samples));
            let has_numbers = not_numbers(samples) < samples.len() as u64;
            note += StepNote::of(EQUAL_LIMITS, *key, u64::from(has_numbers && limits[0] >= limits[1]));
            let colour = self.colour_of(key.channel.unwrap_or(1)).map(f64::from);
            channels.push(CompositeChannel { samples, limits, colour });
        }
        let share = |(nth, share): (usize, &mut [u8])| -> Result<(), StepError> {
            cancel.check()?;
            let pixels = share.as_chunks_mut::<PARTS>().0;
            wide(Pixels { channels: &channels, start: nth * SHARE_PIXELS, pixels });
            Ok(())
        };
        output.par_chunks_mut(SHARE_PIXELS * PARTS).enumerate().try_for_each(share)?;
        Ok(note)
    }
}

/// One channel of a composite.
struct CompositeChannel<'a, T> {
    samples: &'a [T],
    limits: [f64; 2],
    colour: [f64; PARTS],
}

impl<T: Sample> CompositeChannel<'_, T> {
    /// Adds the light of its samples to as many pixels.
    #[inline(always)]
    fn add_to(&self, [red, green, blue]: &mut [[f64; BLOCK_PIXELS]; PARTS], samples: &[T]) {
        let [low, high] = self.limits;
        let range = high - low;
        let sums = red.iter_mut().zip(green).zip(blue);
        for (((red, green), blue), sample) in sums.zip(samples) {
            let above = sample.to_f64() - low;
            // Written so that what is no number gives no light. Between equal limits there is nothing: what is above
            // them has the full colour.
            let share = if above > 0.0 && range > 0.0 {
                (above / range).min(1.0)
            } else {
                f64::from(u8::from(above > 0.0))
            };
            let [of_red, of_green, of_blue] = self.colour;
            *red += share * of_red;
            *green += share * of_green;
            *blue += share * of_blue;
        }
    }
}

/// Some pixels of a composite.
struct Pixels<'a, T> {
    channels: &'a [CompositeChannel<'a, T>],
    /// The first pixel.
    start: usize,
    pixels: &'a mut [[u8; PARTS]],
}

impl<T: Sample> Wide for Pixels<'_, T> {
    type Output = ();
    const IS_COMMON: bool = T::IS_COMMON;

    #[inline(always)]
    fn run<S: Simd>(self, _vectors: S) {
        let Self { channels, mut start, pixels } = self;
        for pixels in pixels.chunks_mut(BLOCK_PIXELS) {
            let mut sums = [[0.0; BLOCK_PIXELS]; PARTS];
            for channel in channels {
                channel.add_to(&mut sums, &channel.samples[start..][..pixels.len()]);
            }
            let mut parts = [[0; BLOCK_PIXELS]; PARTS];
            for (parts, sums) in parts.iter_mut().zip(&sums) {
                parts.iter_mut().zip(sums).for_each(|(part, sum)| *part = rounded(*sum));
            }
            let [red, green, blue] = parts;
            for (((pixel, red), green), blue) in pixels.iter_mut().zip(red).zip(green).zip(blue) {
                *pixel = [red, green, blue];
            }
            start += pixels.len();
        }
    }
}

/// Held at 255 and rounded, halves up; it is not negative.
#[inline(always)]
fn rounded(sum: f64) -> u8 {
    u8::from_whole(whole_below(if sum < 255.0 { sum } else { 255.0 } + 0.5))
}

impl StepSettings for ColourComposite {
    type Operation = Self;

    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn slug(&self) -> &'static str {
        "composite"
    }

    /// `1 to 99.5 %`, `0 to 65535`.
    fn settings_text(&self) -> String {
        match self.limits {
            Limits::Percentiles { low, high } => format!("{low} to {high} %"),
            Limits::Values { low, high } => format!("{low} to {high}"),
        }
    }

    fn explanation(&self) -> &'static str {
        "Makes one picture of all channels, each in its colour, to look at and to \
         show, so all channels are in memory together."
    }

    fn definition(&self) -> Definition {
        Definition {
            does: "Each channel adds the share clip((x − low) / (high − low), 0, 1) times its colour. The sum of \
                   all channels is limited to 255 and rounded (halves up).",
            source: "The formula in NumPy, with `numpy.percentile` for limits by percentiles, exactly.",
            types: "All grey types. Colour images fail, by name. The result is RGB with 8 bits.",
            constant: "Both percentiles are equal. Pixels above them get the full colour, all others none, and a \
                       note names the image.",
            sizes: "Any size. Channels with different sizes or types fail, by name.",
            not_numbers: "They take no part in the percentiles and are counted in a note. A pixel that is not a \
                          number gets no light, and an infinite one gets the full colour.",
        }
    }

    fn check(&self) -> Result<(), SettingsFault> {
        // Written so that what is no number fails.
        match self.limits {
            Limits::Percentiles { low, high } if 0.0 <= low && low < high && high <= 100.0 => Ok(()),
            Limits::Percentiles { low, high } => Err(SettingsFault::Percentiles { low, high }),
            Limits::Values { low, high }
                if low < high && [low, high].iter().all(|value| Limits::VALUES.contains(value)) =>
            {
                Ok(())
            }
            Limits::Values { low, high } => Err(SettingsFault::Values { low, high }),
        }
    }

    fn assembles(&self) -> Option<Component> {
        Some(Component::Channel)
    }

    fn needs_grey(&self) -> bool {
        true
    }

    fn makes_colour(&self) -> bool {
        true
    }

    fn changed_since(&self, definitions: u32) -> Option<&'static str> {
        (definitions < 2).then_some(
            "where both percentiles of an image are equal, what is above them has the full colour, and what is \
             not a number no longer blanks a channel",
        )
    }

    fn form(&mut self, form: &mut Form<'_>) {
        let (percentiles, values) = match self.limits {
            percentiles @ Limits::Percentiles { .. } => (percentiles, Limits::USUAL_VALUES),
            values @ Limits::Values { .. } => (Limits::USUAL_PERCENTILES, values),
        };
        let choices = [(percentiles, "percentiles"), (values, "fixed values")];
        form.choice(About::new("limits", "Limits of the colours"), &mut self.limits, &choices);
        form.next_line();
        let (low, high, range, unit) = match &mut self.limits {
            Limits::Percentiles { low, high } => (low, high, 0.0..=100.0, " %"),
            Limits::Values { low, high } => (low, high, Limits::VALUES, ""),
        };
        form.number(About::new("low", "Black limit").caption("black at").unit(unit), low, range.clone());
        form.number(About::new("high", "Full limit").caption("full colour at").unit(unit), high, range);
        form.next_line();
        form.channel_colours(About::new("colours", "Colour"), &mut self.colours);
    }

    /// The colours of the viewer.
    fn fit(&mut self, plate: &dyn PlateView) {
        let channels = plate.values(Component::Channel);
        let names = channels.iter().map(|channel| plate.channel_name(*channel));
        let colours = channels.iter().copied().zip(channel_colours(names));
        let own = |channel, colour| plate.channel_colour(channel).unwrap_or(colour);
        self.colours = colours.map(|(channel, colour)| (channel, own(channel, colour))).collect();
    }

    fn remark(&self, plate: &dyn PlateView) -> Option<String> {
        let mut sizes = PixelSizes::default();
        for channel in plate.values(Component::Channel) {
            if let Some(size) = plate.pixel_size(channel) {
                sizes.add(channel, size);
            }
        }
        (!sizes.is_empty() && sizes.common().is_none()).then(|| {
            format!(
                "{} puts the channels on each other pixel by pixel, but the channels of this plate have different \
                 pixel sizes, so they do not fit on each other. Remove that step.",
                Self::NAME
            )
        })
    }

    fn resolve(&self, _around: &Surroundings<'_>) -> Result<Self, Unresolved> {
        Ok(self.clone())
    }
}

impl Operation for ColourComposite {
    /// What finding percentiles needs. Sums lie on the threads' stacks.
    fn scratch_bytes(&self, input: ImageFormat) -> ScratchBytes {
        match self.limits {
            Limits::Percentiles { .. } => percentiles::scratch_bytes(input.pixel),
            Limits::Values { .. } => ScratchBytes::default(),
        }
    }
}

impl NewImage for ColourComposite {
    fn output_format(&self, inputs: &[(PlacedKey, ImageFormat)]) -> Result<ImageFormat, StepError> {
        let image = inputs[0].1;
        Ok(ImageFormat::rgb(image.width, image.height))
    }

    fn run(
        &self,
        inputs: &[Input<'_>],
        output: ImageMut<'_>,
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let image = inputs[0].image.format;
        StepError::check_alike(Self::NAME, inputs.iter().map(|input| (input.key, input.image.format)))?;
        macro_rules! compose {
            ($type:ty) => {
                self.compose::<$type>(inputs, output.bytes, scratch, cancel)
            };
        }
        for_each_type!(image.pixel, compose)
    }
}

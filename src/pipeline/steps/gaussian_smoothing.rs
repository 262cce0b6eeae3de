//! Gaussian smoothing: each pixel becomes a weighted mean of those around it.
//!
//! The image is turned into floats and smoothed as by
//! `scipy.ndimage.gaussian_filter(x.astype(float32), sigma, mode='nearest', truncate=4.0)`, with `float64` for whole
//! numbers of 32 and 64 bits and 64-bit floats, so that no grey level is lost below 2^53: the image
//! continues with its last pixels, and the Gaussian ends at four standard deviations. The result is
//! rounded to the image's type as [`Rounding`] says and held at its limits, which is counted (a mean is within the
//! limits, but for the last places of whole numbers of 64 bits). Each colour is smoothed by itself.
//!
//! What is no finite number takes no part and is counted: a pixel becomes the weighted mean of the numbers that the
//! Gaussian reaches from there (its weights divided by their sum over these), and is not a number only where there is
//! none.
//!
//! A sigma in micrometres is divided by the width of the channel's pixels across and by their height down, as the
//! plan works it out once for all.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::gaussian::{Finish, Gaussian, Plane};
use super::rounding::Rounding;
use super::sample::{Sample, for_each_type, not_numbers, was_clamped};
use crate::cancel::Cancel;
use crate::image::{ImageFormat, ImageMut};
use crate::pipeline::definition::Definition;
use crate::pipeline::operation::{InPlace, Operation, PlacedKey, StepSettings};
use crate::pipeline::setting::{About, Form};
use crate::pipeline::settings_fault::SettingsFault;
use crate::pipeline::surroundings::Surroundings;
use crate::pipeline::unresolved::Unresolved;
use crate::pipeline::{NoteKind, Scratch, StepError, StepNote};
use crate::plate::{ImageKey, PixelSizes};

/// The standard deviation of a Gaussian.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Sigma {
    /// In pixels of the image that is smoothed.
    Pixels(f64),
    /// In micrometres, for plates whose files tell the size of a pixel.
    Micrometres(f64),
}

/// Settings of Gaussian smoothing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct GaussianSmoothing {
    /// How wide the Gaussian is.
    pub sigma: Sigma,
    /// How means become whole numbers.
    #[serde(skip_serializing_if = "Rounding::is_nearest")]
    pub rounding: Rounding,
}

/// The settings as files have them.
#[derive(Deserialize)]
#[serde(rename = "GaussianSmoothing", default, deny_unknown_fields)]
struct Stored {
    sigma: Sigma,
    rounding: Rounding,
    /// What a plan had worked out, in files of earlier versions.
    #[serde(rename = "planned_px")]
    _planned_px: IgnoredAny,
}

/// The smoothing of a plate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Smoothing {
    width: Width,
    rounding: Rounding,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Width {
    /// A sigma in pixels.
    Pixels(f64),
    /// A sigma in micrometres, and how large the pixels are.
    Micrometres(f64, PixelSizes),
}

impl Default for GaussianSmoothing {
    /// Takes away noise from pixel to pixel.
    fn default() -> Self {
        Self::of(Sigma::USUAL_PIXELS)
    }
}

impl Default for Stored {
    fn default() -> Self {
        Self { sigma: Sigma::USUAL_PIXELS, rounding: Rounding::Nearest, _planned_px: IgnoredAny }
    }
}

impl From<Stored> for GaussianSmoothing {
    fn from(stored: Stored) -> Self {
        Self { sigma: stored.sigma, rounding: stored.rounding }
    }
}

impl Sigma {
    /// The sigmas in pixels that make sense, whatever unit they are given in.
    pub(crate) const PIXELS: std::ops::RangeInclusive<f64> = 0.3..=100.0;
    /// The sigmas in micrometres that make sense for some size of a pixel.
    pub(crate) const MICROMETRES: std::ops::RangeInclusive<f64> = 0.01..=1000.0;
    /// What a sigma in pixels is to begin with.
    pub(crate) const USUAL_PIXELS: Self = Self::Pixels(1.0);
    /// What a sigma in micrometres is to begin with.
    pub(crate) const USUAL_MICROMETRES: Self = Self::Micrometres(0.5);
}

impl GaussianSmoothing {
    pub(crate) const NAME: &str = "Gaussian smoothing";

    /// Of this width.
    pub fn of(sigma: Sigma) -> Self {
        Self { sigma, rounding: Rounding::Nearest }
    }
}

impl StepSettings for GaussianSmoothing {
    type Operation = Smoothing;

    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn slug(&self) -> &'static str {
        "smoothed"
    }

    /// `sigma 1 px`, `sigma 0.5 µm`.
    fn settings_text(&self) -> String {
        match self.sigma {
            Sigma::Pixels(pixels) => format!("sigma {pixels} px{}", self.rounding.text()),
            Sigma::Micrometres(micrometres) => format!("sigma {micrometres} µm{}", self.rounding.text()),
        }
    }

    fn explanation(&self) -> &'static str {
        "Smooths each image, so that there is less noise: details narrower than sigma blur."
    }

    fn definition(&self) -> Definition {
        Definition {
            does: "The mean of the pixels around x, weighted by a Gaussian that ends at four standard deviations, \
                   rounded. The pixels at the border are repeated beyond it.",
            source: "`scipy.ndimage.gaussian_filter(x.astype(float), sigma, mode='nearest', truncate=4.0)`, \
                     exactly. Pixels of 64 bits agree apart from the last digits of a 64-bit float, which cannot \
                     hold whole numbers above 2^53 exactly.",
            types: "All. Pixels of 8 and 16 bits and 32-bit floats are computed in 32-bit floats, all others in \
                    64-bit floats.",
            constant: "It stays as it is.",
            sizes: "Any size.",
            not_numbers: "They are left out and counted in a note. The result is the mean of the numbers around \
                          x, and is not a number only if there are none.",
        }
    }

    fn check(&self) -> Result<(), SettingsFault> {
        let (sigma, allowed, unit) = match self.sigma {
            Sigma::Pixels(pixels) => (pixels, Sigma::PIXELS, "pixels"),
            Sigma::Micrometres(micrometres) => (micrometres, Sigma::MICROMETRES, "micrometres"),
        };
        // What is no number is in no range.
        if allowed.contains(&sigma) {
            return Ok(());
        }
        Err(SettingsFault::GaussianSigma { sigma, unit, allowed })
    }

    fn changed_since(&self, definitions: u32) -> Option<&'static str> {
        self.rounding.is_new_since(definitions).then_some(
            "means are rounded to the nearest; before, their decimals were dropped, and what is not a number no \
             longer spreads",
        )
    }

    fn form(&mut self, form: &mut Form<'_>) {
        let about = About::new("sigma", "Sigma").caption("sigma");
        match &mut self.sigma {
            Sigma::Pixels(pixels) => form.number(about, pixels, Sigma::PIXELS),
            Sigma::Micrometres(micrometres) => form.number(about, micrometres, Sigma::MICROMETRES),
        }
        let (pixels, micrometres) = match self.sigma {
            pixels @ Sigma::Pixels(_) => (pixels, Sigma::USUAL_MICROMETRES),
            micrometres @ Sigma::Micrometres(_) => (Sigma::USUAL_PIXELS, micrometres),
        };
        let units = [(pixels, "pixels"), (micrometres, "micrometres")];
        form.choice(About::new("unit", "Unit of sigma"), &mut self.sigma, &units);
        form.next_line();
        self.rounding.form(form);
    }

    fn former_settings(&self) -> &'static [&'static str] {
        &["planned_px"]
    }

    fn resolve(&self, around: &Surroundings<'_>) -> Result<Smoothing, Unresolved> {
        let width = match self.sigma {
            Sigma::Pixels(pixels) => Width::Pixels(pixels),
            Sigma::Micrometres(micrometres) => {
                let sizes = around.pixel_sizes().map_err(Unresolved::Sigma)?;
                check_micrometres(micrometres, &sizes, around)?;
                Width::Micrometres(micrometres, sizes)
            }
        };
        Ok(Smoothing { width, rounding: self.rounding })
    }
}

impl Operation for Smoothing {}

impl InPlace for Smoothing {
    fn accepts(&self, inputs: &[(PlacedKey, ImageFormat)]) -> Result<(), StepError> {
        inputs.iter().try_for_each(|(image, _)| self.sigmas_px(image.key).map(|_| ()))
    }

    /// The image as it was.
    fn workspace_format(&self, input: ImageFormat) -> Option<ImageFormat> {
        Some(input)
    }

    fn run(
        &self,
        keys: &[ImageKey],
        images: &mut [ImageMut<'_>],
        workspace: &mut [u8],
        _scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let mut note = StepNote::default();
        for (key, ImageMut { format, bytes }) in keys.iter().zip(images) {
            let pixel = usize::from(format.samples);
            let plane = Plane { row: format.width as usize * pixel, pixel };
            macro_rules! smooth {
                ($type:ty) => {{
                    let image: &mut [$type] = bytemuck::cast_slice_mut(bytes);
                    self.smooth(*key, plane, image, workspace, cancel)?
                }};
            }
            note += for_each_type!(format.pixel, smooth);
        }
        Ok(note)
    }
}

impl Smoothing {
    /// Smooths one image. The workspace has the size of the image.
    fn smooth<T: Sample>(
        &self,
        key: ImageKey,
        plane: Plane,
        image: &mut [T],
        workspace: &mut [u8],
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let [across_px, down_px] = self.sigmas_px(key)?;
        let gaussian = Gaussian::new(across_px, down_px);
        let before: &mut [T] = &mut bytemuck::cast_slice_mut(workspace)[..image.len()];
        before.copy_from_slice(image);
        let no_numbers = not_numbers(before);
        let to_samples = ToSamples(self.rounding);
        let saturated = gaussian.smooth(plane, before, no_numbers > 0, image, &to_samples, cancel)?;
        let mut note = StepNote::of(NoteKind::NOT_FINITE, key, no_numbers);
        note += StepNote::of(NoteKind::SATURATED, key, saturated);
        Ok(note)
    }

    /// Sigma in the pixels of an image, across and down.
    fn sigmas_px(&self, key: ImageKey) -> Result<[f64; 2], StepError> {
        match &self.width {
            Width::Pixels(sigma_px) => Ok([*sigma_px; 2]),
            Width::Micrometres(sigma_um, sizes) => {
                let unknown = StepError::PixelSizeUnknown { step: GaussianSmoothing::NAME, key };
                let size = sizes.of(key.channel).ok_or(unknown)?;
                Ok([sigma_um / size.x_um, sigma_um / size.y_um])
            }
        }
    }
}

/// Whether a sigma makes sense in the pixels of all channels.
fn check_micrometres(
    micrometres: f64,
    sizes: &PixelSizes,
    around: &Surroundings<'_>,
) -> Result<(), Unresolved> {
    let range = Sigma::PIXELS;
    let sides = || sizes.iter().flat_map(|(channel, size)| [(channel, size.x_um), (channel, size.y_um)]);
    let is_wrong = |(_, side_um): &(u32, f64)| !range.contains(&(micrometres / side_um));
    let Some((channel, side_um)) = sides().find(is_wrong) else { return Ok(()) };
    let largest = sides().map(|(_, side_um)| side_um).fold(0.0, f64::max);
    let smallest = sides().map(|(_, side_um)| side_um).fold(f64::INFINITY, f64::min);
    Err(Unresolved::SigmaOutOfRange {
        micrometres,
        pixels: micrometres / side_um,
        channel: around.channel_title(channel),
        least_um: range.start() * largest,
        most_um: range.end() * smallest,
    })
}

/// Rounds means to samples, and counts those that were held at a limit of their type.
struct ToSamples(Rounding);

impl<T: Sample> Finish<T> for ToSamples {
    #[inline(always)]
    fn finish(&self, smoothed: &[T::Float], to: &mut [T]) -> u64 {
        let mut saturated = 0;
        for (sample, float) in to.iter_mut().zip(smoothed) {
            let exact = float.to_f64();
            *sample = self.0.of(exact);
            saturated += u64::from(was_clamped(*sample, exact));
        }
        saturated
    }
}

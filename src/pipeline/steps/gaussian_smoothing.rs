//! Gaussian smoothing: each pixel becomes a weighted mean of those around it.
//!
//! The image is turned into 32-bit floats and smoothed as by
//! `scipy.ndimage.gaussian_filter(x.astype(float32), sigma, mode='nearest', truncate=4.0)`: the image
//! goes on with its last pixels, and the Gaussian ends at four standard deviations. The result is
//! truncated towards zero to the image's type and held at its limits, which is counted (a mean is within
//! the limits, but 32-bit floats round integers of 32 and 64 bits, at times to beyond them). Each colour
//! is smoothed by itself.
//!
//! What is no finite 32-bit float spreads, as it does in SciPy: all pixels that the Gaussian reaches from
//! there are no finite numbers either. So a fault of an image is seen, not smoothed away.
//!
//! A sigma in micrometres is divided by the width of the channel's pixels across and by their height down, as the
//! plan works it out once for all.

use rayon::prelude::*;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::gaussian::{Gaussian, Plane};
use super::sample::{Sample, for_each_type, was_clamped};
use crate::cancel::{Cancel, Cancelled};
use crate::image::{ImageFormat, ImageMut, PixelType};
use crate::pipeline::operation::{InPlace, Operation, PlacedKey, StepSettings};
use crate::pipeline::setting::{About, Form};
use crate::pipeline::settings_fault::SettingsFault;
use crate::pipeline::surroundings::Surroundings;
use crate::pipeline::unresolved::Unresolved;
use crate::pipeline::{Scratch, StepError, StepNote};
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
}

/// The settings as files have them.
#[derive(Deserialize)]
#[serde(rename = "GaussianSmoothing", default, deny_unknown_fields)]
struct Stored {
    sigma: Sigma,
    /// What a plan had worked out, in files of earlier versions.
    #[serde(rename = "planned_px")]
    _planned_px: IgnoredAny,
}

/// The smoothing of a plate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Smoothing {
    /// A sigma in pixels.
    Pixels(f64),
    /// A sigma in micrometres, and how large the pixels are.
    Micrometres(f64, PixelSizes),
}

impl Default for GaussianSmoothing {
    /// Takes away noise from pixel to pixel.
    fn default() -> Self {
        Self { sigma: Sigma::USUAL_PIXELS }
    }
}

impl Default for Stored {
    fn default() -> Self {
        Self { sigma: GaussianSmoothing::default().sigma, _planned_px: IgnoredAny }
    }
}

impl From<Stored> for GaussianSmoothing {
    fn from(stored: Stored) -> Self {
        Self { sigma: stored.sigma }
    }
}

/// Samples that one thread converts at once.
const SHARE_SAMPLES: usize = 64 * 1024;

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
            Sigma::Pixels(pixels) => format!("sigma {pixels} px"),
            Sigma::Micrometres(micrometres) => format!("sigma {micrometres} µm"),
        }
    }

    fn explanation(&self) -> &'static str {
        "Smooths each image, so that there is less noise: details narrower than sigma blur."
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
    }

    fn former_settings(&self) -> &'static [&'static str] {
        &["planned_px"]
    }

    fn resolve(&self, around: &Surroundings<'_>) -> Result<Smoothing, Unresolved> {
        match self.sigma {
            Sigma::Pixels(pixels) => Ok(Smoothing::Pixels(pixels)),
            Sigma::Micrometres(micrometres) => {
                let sizes = around.pixel_sizes().map_err(Unresolved::Sigma)?;
                check_micrometres(micrometres, &sizes, around)?;
                Ok(Smoothing::Micrometres(micrometres, sizes))
            }
        }
    }
}

impl Operation for Smoothing {}

impl InPlace for Smoothing {
    fn accepts(&self, inputs: &[(PlacedKey, ImageFormat)]) -> Result<(), StepError> {
        inputs.iter().try_for_each(|(image, _)| self.sigmas_px(image.key).map(|_| ()))
    }

    /// The image in 32-bit floats and its double for smoothing, one below the other.
    fn workspace_format(&self, input: ImageFormat) -> Option<ImageFormat> {
        Some(ImageFormat { height: 2 * input.height, pixel: PixelType::F32, ..input })
    }

    fn run(
        &self,
        keys: &[ImageKey],
        images: &mut [ImageMut<'_>],
        workspace: &mut [u8],
        _scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let workspace: &mut [f32] = bytemuck::cast_slice_mut(workspace);
        let mut saturated_samples = 0;
        for (key, ImageMut { format, bytes }) in keys.iter().zip(images) {
            let [across_px, down_px] = self.sigmas_px(*key)?;
            let gaussian = Gaussian::new(across_px, down_px);
            let pixel = usize::from(format.samples);
            let plane = Plane { row: format.width as usize * pixel, pixel };
            let (floats, rest) = workspace.split_at_mut(format.sample_count());
            let double = &mut rest[..format.sample_count()];
            macro_rules! smooth {
                ($type:ty) => {{
                    let image: &mut [$type] = bytemuck::cast_slice_mut(bytes);
                    to_floats(image, floats, cancel)?;
                    gaussian.smooth(plane, floats, double, cancel)?;
                    from_floats(floats, image, cancel)?
                }};
            }
            saturated_samples += for_each_type!(format.pixel, smooth);
        }
        Ok(StepNote::saturated(saturated_samples))
    }
}

impl Smoothing {
    /// Sigma in the pixels of an image, across and down.
    fn sigmas_px(&self, key: ImageKey) -> Result<[f64; 2], StepError> {
        match self {
            Self::Pixels(sigma_px) => Ok([*sigma_px; 2]),
            Self::Micrometres(sigma_um, sizes) => {
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

fn to_floats<T: Sample>(image: &[T], floats: &mut [f32], cancel: &Cancel) -> Result<(), Cancelled> {
    let shares = floats.par_chunks_mut(SHARE_SAMPLES).zip(image.par_chunks(SHARE_SAMPLES));
    shares.try_for_each(|(floats, image)| {
        cancel.check()?;
        floats.iter_mut().zip(image).for_each(|(float, sample)| *float = sample.to_f32());
        Ok(())
    })
}

/// Returns how many samples were held at a limit of the type.
fn from_floats<T: Sample>(floats: &[f32], image: &mut [T], cancel: &Cancel) -> Result<u64, Cancelled> {
    let shares = image.par_chunks_mut(SHARE_SAMPLES).zip(floats.par_chunks(SHARE_SAMPLES));
    let convert = |(image, floats): (&mut [T], &[f32])| -> Result<u64, Cancelled> {
        cancel.check()?;
        let mut saturated = 0;
        for (sample, float) in image.iter_mut().zip(floats) {
            let exact = f64::from(*float);
            *sample = T::from_f64(exact);
            saturated += u64::from(was_clamped(*sample, exact));
        }
        Ok(saturated)
    };
    shares.map(convert).try_reduce(|| 0, |a, b| Ok(a + b))
}

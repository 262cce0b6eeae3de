//! Flat-field correction: the uneven illumination is divided out, as the sites of a well show it, or as
//! given images do, one image at a time (see `given_light.rs`).
//!
//! Without these the field is found from the images of all sites of one well, channel, plane and timepoint that are
//! there (of the first 4,096, where there are more):
//!
//! 1. the median over the sites of each pixel (of an even number, the mean of the middle two), in
//!    64-bit floats, of the samples that are finite numbers; where no site has one, the mean of all others;
//! 2. `scipy.ndimage.median_filter(field, size=3, mode='nearest')`: a hot pixel, which is bright at every site, is no
//!    light; and where there is more than 4 times the median of the field it is held there: a cluster or a line of such
//!    pixels is none either;
//! 3. smoothed as by `scipy.ndimage.gaussian_filter(field, sigma, mode='nearest', truncate=4.0)`:
//!    down, then across;
//! 4. divided by its mean, and where it is then less than 0.1 held there, so that no pixel becomes
//!    more than ten times as bright: light that falls to less is none that can be corrected for. How many pixels of
//!    the images were held so is a note.
//!
//! After 1, between the directions of 3 and after it the field is rounded to 32-bit floats, as SciPy
//! does with an image of these: it takes half the memory.
//!
//! The result is `x / field` in 64-bit floats for each site, rounded to the image's type as [`Rounding`] says
//! and held at its limits, which is counted. A sample that is no finite number stays what it is. Where the median of the
//! field is no finite number above zero, most of it is black: there is no light to correct for, images stay as they are,
//! and a note names them. The field of each colour is found by itself; the mean is that of all.
//!
//! The median leaves out what is bright at less than half of the sites, so it takes several to tell
//! cells from light.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::estimated_light;
use super::given_light::{GivenLight, LightFiles};
use super::rounding::Rounding;
use crate::cancel::Cancel;
use crate::image::{ImageFormat, ImageMut, PixelType};
use crate::pipeline::definition::Definition;
use crate::pipeline::files::{FileFault, FileReading, MeasureFile, SizesOfChannels};
use crate::pipeline::operation::{InPlace, Operation, PlacedKey, StepSettings};
use crate::pipeline::setting::{About, Form, PlateFiles};
use crate::pipeline::settings_fault::SettingsFault;
use crate::pipeline::surroundings::{PlateView, Surroundings};
use crate::pipeline::unresolved::Unresolved;
use crate::pipeline::{Scratch, StepError, StepNote};
use crate::plate::{Component, ImageKey};

/// Settings of flat-field correction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FlatField {
    /// Standard deviation of the Gaussian that smooths the field, in pixels. Wider than a cell, so that
    /// no cell is taken for light. Of no use where images are given.
    pub sigma_px: f64,
    /// How corrected values become whole numbers.
    #[serde(skip_serializing_if = "Rounding::is_nearest")]
    pub rounding: Rounding,
    /// Where the light is known from.
    #[serde(skip_serializing_if = "LightSource::is_estimated")]
    pub source: LightSource,
}

/// Where the light is known from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum LightSource {
    /// From what all sites of a well have in common.
    #[default]
    Estimated,
    /// From flat and dark images.
    Given(GivenLight),
}

impl LightSource {
    fn is_estimated(&self) -> bool {
        *self == Self::Estimated
    }
}

impl Default for FlatField {
    fn default() -> Self {
        Self::estimated(50.0)
    }
}

/// The light of a plate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct EvenLight {
    source: Light,
    rounding: Rounding,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Light {
    /// To be found in what the sites have in common.
    Estimated {
        sigma_px: f64,
    },
    Given(LightFiles),
}

/// The most channels that a remark names.
const MOST_NAMED: usize = 8;

impl FlatField {
    pub(crate) const NAME: &str = "Flat-field correction";

    /// The least and the largest sigma that make sense.
    pub(crate) const SIGMAS_PX: std::ops::RangeInclusive<f64> = 1.0..=1000.0;

    /// From what the sites have in common.
    pub fn estimated(sigma_px: f64) -> Self {
        Self { sigma_px, rounding: Rounding::Nearest, source: LightSource::Estimated }
    }

    /// From given images.
    pub fn given(light: GivenLight) -> Self {
        Self { source: LightSource::Given(light), ..Self::default() }
    }

    /// The given images, where there are any.
    pub fn light(&self) -> Option<&GivenLight> {
        match &self.source {
            LightSource::Estimated => None,
            LightSource::Given(light) => Some(light),
        }
    }
}

impl EvenLight {
    fn files(&self) -> Option<&LightFiles> {
        match &self.source {
            Light::Estimated { .. } => None,
            Light::Given(light) => Some(light),
        }
    }

    fn correct_by(
        &self,
        light: &LightFiles,
        keys: &[ImageKey],
        images: &mut [ImageMut<'_>],
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let step = FlatField::NAME;
        let mut note = StepNote::default();
        for (key, image) in keys.iter().zip(images) {
            let format = image.format;
            let light = light.of(channel_of(*key)).ok_or(StepError::LightNotRead { step })?;
            if [light.width, light.height] != [format.width, format.height] || format.samples != 1 {
                return Err(StepError::LightDiffers {
                    step,
                    light_width: light.width,
                    light_height: light.height,
                    image: format,
                });
            }
            note += light.correct(*key, image, self.rounding, cancel)?;
        }
        Ok(note)
    }
}

/// An image of no channel is one of the first, as plates of kept images have it.
fn channel_of(key: ImageKey) -> u32 {
    key.channel.unwrap_or(1)
}

impl StepSettings for FlatField {
    type Operation = EvenLight;

    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn slug(&self) -> &'static str {
        "flat-field"
    }

    /// `smoothed over 50 pixels`, `given flat and dark images`.
    fn settings_text(&self) -> String {
        match &self.source {
            LightSource::Estimated => {
                format!("smoothed over {} pixels{}", self.sigma_px, self.rounding.text())
            }
            LightSource::Given(light) => {
                let dark = if light.darks.is_empty() { "" } else { " and dark" };
                format!("given flat{dark} images{}", self.rounding.text())
            }
        }
    }

    fn explanation(&self) -> &'static str {
        match self.source {
            LightSource::Estimated => {
                "Evens out the illumination: the light that all sites of a well have in \
                 common is found and divided out, so all sites are in memory together."
            }
            LightSource::Given(_) => {
                "Evens out the illumination: each image less the dark image is divided by the \
                 light that the flat image of its channel shows."
            }
        }
    }

    fn definition(&self) -> Definition {
        Definition {
            does: "Estimated: the median of each pixel over the sites of a well (one channel, plane and \
                   timepoint), without hot pixels (a median of 3 × 3, limited to 4 times its median), smoothed by \
                   a Gaussian and divided by its mean. Then x becomes x / field, rounded. Given: (x − dark) × \
                   mean(flat − dark) / (flat − dark), rounded.",
            source: "The same in NumPy and SciPy (`nanmedian`, `median_filter`, `gaussian_filter`, mode \
                     `nearest`), exactly. The field is in 32-bit floats.",
            types: "All. Values beyond the limits of the type are limited. Given images are for grey images of \
                    the same size.",
            constant: "It stays as it is. Without any light (a field whose median is 0 or less), images stay as \
                       they are, and a note names them.",
            sizes: "Any size. An estimated correction is at most 10 ×, and one by given images at most 100 ×. A \
                    note says how many pixels were limited by this.",
            not_numbers: "They take no part in medians and means and are counted in a note. In an image they stay \
                          as they are. If no site, or a given image, has a number at a pixel, the light there is the mean.",
        }
    }

    fn check(&self) -> Result<(), SettingsFault> {
        if let LightSource::Given(light) = &self.source {
            if light.flats.is_empty() {
                return Err(SettingsFault::NoFlats);
            }
            // Not used then, but a setting that is no number never equals itself.
            if self.sigma_px.is_finite() {
                return Ok(());
            }
        }
        // What is no number is in no range.
        if Self::SIGMAS_PX.contains(&self.sigma_px) {
            return Ok(());
        }
        Err(SettingsFault::LightSigma { sigma_px: self.sigma_px, allowed: Self::SIGMAS_PX })
    }

    fn assembles(&self) -> Option<Component> {
        (self.source == LightSource::Estimated).then_some(Component::Site)
    }

    /// A flat image is of a channel.
    fn needs_grey(&self) -> bool {
        self.light().is_some()
    }

    fn changed_since(&self, definitions: u32) -> Option<&'static str> {
        let is_rounded = self.rounding.is_nearest();
        let given =
            is_rounded.then_some("values are rounded to the nearest; before, their decimals were dropped");
        let estimated = "values are rounded to the nearest (unless decimals are dropped by the setting), hot \
                         pixels are not light, and a pixel becomes at most 10 times as bright, before it was 100 times";
        let change = if self.light().is_some() { given } else { Some(estimated) };
        change.filter(|_| definitions < 2)
    }

    fn form(&mut self, form: &mut Form<'_>) {
        let was_given = self.light().is_some();
        let mut is_given = was_given;
        let choices = [(false, "from the sites"), (true, "given images")];
        form.choice(About::new("source", "Source of the illumination"), &mut is_given, &choices);
        match (was_given, is_given) {
            (false, true) => self.source = LightSource::Given(GivenLight::default()),
            (true, false) => self.source = LightSource::Estimated,
            _ => {}
        }
        form.next_line();
        match &mut self.source {
            LightSource::Estimated => {
                let about = About::new("sigma_px", "Sigma of the smoothed illumination");
                form.number(about.caption("smoothed over").unit(" px"), &mut self.sigma_px, Self::SIGMAS_PX);
            }
            LightSource::Given(light) => {
                let flat = About::new("flats", "An image of even light").caption("flat");
                form.channel_files(flat, &mut light.flats, PlateFiles::Flats);
                let dark =
                    About::new("darks", "An image without light; without one dark is 0").caption("dark");
                form.channel_files(dark, &mut light.darks, PlateFiles::Darks);
            }
        }
        form.next_line();
        self.rounding.form(form);
    }

    fn paths_mut(&mut self) -> Vec<&mut PathBuf> {
        match &mut self.source {
            LightSource::Estimated => Vec::new(),
            LightSource::Given(light) => light.paths_mut().collect(),
        }
    }

    fn remark(&self, plate: &dyn PlateView) -> Option<String> {
        if let Some(light) = self.light() {
            let unused = light.beside(&plate.values(Component::Channel));
            return (!unused.is_empty()).then(|| {
                let (named, more) = (unused.iter().take(MOST_NAMED), unused.len().saturating_sub(MOST_NAMED));
                let named: Vec<String> = named.map(ToString::to_string).collect();
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!(
                    "{} is given images of channels that are not processed ({}{more}): these are not read.",
                    Self::NAME,
                    named.join(", ")
                )
            });
        }
        plate.is_single(Component::Site).then(|| {
            format!(
                "{} finds the light in what the sites of a well have in common, but this plate has one site: \
                 everything in an image would count as light and be divided out. Remove that step.",
                Self::NAME
            )
        })
    }

    fn resolve(&self, around: &Surroundings<'_>) -> Result<EvenLight, Unresolved> {
        let rounding = self.rounding;
        let Some(light) = self.light() else {
            return Ok(EvenLight { source: Light::Estimated { sigma_px: self.sigma_px }, rounding });
        };
        let channels = around.plate.values(Component::Channel);
        if let Some(&channel) = channels.iter().find(|channel| !light.flats.contains_key(channel)) {
            let unnamed = || format!("{}{channel}", Component::Channel.letter());
            let name = around.plate.channel_name(channel).map_or_else(unnamed, str::to_owned);
            return Err(Unresolved::NoFlat { channel, name });
        }
        let files = LightFiles::new(light.of_channels(&channels));
        Ok(EvenLight { source: Light::Given(files), rounding })
    }
}

impl Operation for EvenLight {
    fn standing_bytes(&self, input: ImageFormat) -> u64 {
        self.files().map_or(0, |light| light.standing_bytes(input))
    }

    fn reading_bytes(&self, input: ImageFormat) -> u64 {
        self.files().map_or(0, |light| light.reading_bytes(input))
    }

    fn has_files(&self) -> bool {
        self.files().is_some()
    }

    fn check_files(&self, uses: &SizesOfChannels, measure: &MeasureFile<'_>) -> Result<(), FileFault> {
        self.files().map_or(Ok(()), |light| light.check(uses, measure))
    }

    fn read_files(&mut self, reading: &mut FileReading<'_>) -> Result<(), FileFault> {
        match &mut self.source {
            Light::Estimated { .. } => Ok(()),
            Light::Given(light) => light.read(reading),
        }
    }
}

impl InPlace for EvenLight {
    fn accepts(&self, inputs: &[(PlacedKey, ImageFormat)]) -> Result<(), StepError> {
        let (step, image) = (FlatField::NAME, inputs[0].1);
        let Some(given) = self.files() else { return Ok(()) };
        for channel in inputs.iter().map(|(image, _)| channel_of(image.key)) {
            if !given.has(channel) {
                return Err(StepError::NoFlat { step, channel: format!("{} {channel}", Component::Channel) });
            }
            if let Some(light) = given.of(channel)
                && [light.width, light.height] != [image.width, image.height]
            {
                let (light_width, light_height) = (light.width, light.height);
                return Err(StepError::LightDiffers { step, light_width, light_height, image });
            }
        }
        Ok(())
    }

    /// The field and its double for smoothing, one below the other.
    fn workspace_format(&self, input: ImageFormat) -> Option<ImageFormat> {
        let field = ImageFormat { height: 2 * input.height, pixel: PixelType::F32, ..input };
        self.files().is_none().then_some(field)
    }

    fn run(
        &self,
        keys: &[ImageKey],
        sites: &mut [ImageMut<'_>],
        workspace: &mut [u8],
        _scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<StepNote, StepError> {
        let sigma_px = match &self.source {
            Light::Estimated { sigma_px } => *sigma_px,
            Light::Given(light) => return self.correct_by(light, keys, sites, cancel),
        };
        let formats = keys.iter().copied().zip(sites.iter().map(|site| site.format));
        StepError::check_alike(FlatField::NAME, formats)?;
        estimated_light::even(sigma_px, self.rounding, keys, sites, workspace, cancel)
    }
}

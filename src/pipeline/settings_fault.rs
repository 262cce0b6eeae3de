//! What is wrong with a pipeline as the user made it, before there is a plate: which setting of which step makes no
//! sense, and what to choose instead.

use std::fmt;
use std::ops::RangeInclusive;

/// A step by its place in a pipeline: `step 2 (Crop)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberedStep {
    /// Its place, counted from 1.
    pub number: usize,
    /// Name of the step.
    pub name: &'static str,
}

impl fmt::Display for NumberedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {} ({})", self.number, self.name)
    }
}

/// What is wrong with a pipeline, whatever the plate.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PipelineFault {
    /// There is nothing to do.
    #[error("the pipeline has no steps: add one")]
    NoSteps,
    /// The settings of one of its steps make no sense.
    #[error("{step}: {source}")]
    Settings {
        /// The step with these settings.
        step: NumberedStep,
        /// What is wrong with them.
        source: SettingsFault,
    },
    /// A step that takes grey images only comes after one that makes them coloured.
    #[error(
        "{grey} needs grey images, and {colours} makes them coloured: put it before that step, or remove it"
    )]
    ColoursBeforeGrey {
        /// The step that needs grey images.
        grey: NumberedStep,
        /// The earlier step that makes colours.
        colours: NumberedStep,
    },
}

/// Why the settings of a step make no sense. Each message says what to choose.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SettingsFault {
    /// The rectangle of a crop.
    #[error(
        "a rectangle of {width} × {height} pixels from {x}, {y} has no pixels or is too large: choose 1 or more"
    )]
    Rectangle {
        /// Pixels across.
        width: u32,
        /// Number of pixels down.
        height: u32,
        /// The first pixel across.
        x: u32,
        /// The first pixel down.
        y: u32,
    },
    /// There is no flat image where the light is said to be given.
    #[error("there is no flat image: choose one for each channel, or estimate the light from the sites")]
    NoFlats,
    /// How far the estimated light is smoothed.
    #[error("smoothing over {sigma_px} pixels makes no sense: choose {} to {}, wider than a cell", allowed.start(), allowed.end())]
    LightSigma {
        /// The sigma that was chosen, in pixels.
        sigma_px: f64,
        /// The sigmas that make sense, in pixels.
        allowed: RangeInclusive<f64>,
    },
    /// The radius of the background that is subtracted.
    #[error("a radius of {radius_px} pixels makes no sense: choose {} to {}, more than half the width of what should stay", allowed.start(), allowed.end())]
    BackgroundRadius {
        /// The radius that was chosen, in pixels.
        radius_px: u32,
        /// The radii that make sense, in pixels.
        allowed: RangeInclusive<u32>,
    },
    /// The sigma of a Gaussian.
    #[error("a sigma of {sigma} {unit} makes no sense: choose {} to {}", allowed.start(), allowed.end())]
    GaussianSigma {
        /// The sigma that was chosen.
        sigma: f64,
        /// `pixels` or `micrometres`.
        unit: &'static str,
        /// The sigmas that make sense, in this unit.
        allowed: RangeInclusive<f64>,
    },
    /// The radius of a median filter.
    #[error("a radius of {radius_px} pixels makes no sense: choose {} to {}", allowed.start(), allowed.end())]
    MedianRadius {
        /// The radius that was chosen, in pixels.
        radius_px: u32,
        /// The radii that make sense, in pixels.
        allowed: RangeInclusive<u32>,
    },
    /// The percentiles between which grey levels are stretched.
    #[error(
        "{low} to {high} is not a range of percentiles: both must be between 0 and 100, the low one below the high one"
    )]
    Percentiles {
        /// The low percentile, in percent.
        low: f64,
        /// The high percentile, in percent.
        high: f64,
    },
    /// The grey levels that become black and full colour.
    #[error("{low} to {high} is not a range of values: the first is black and must be below the second")]
    Values {
        /// The grey level that becomes black.
        low: f64,
        /// The grey level that becomes full colour.
        high: f64,
    },
    /// The number of columns of a grid of sites.
    #[error("a grid of {columns} columns is not possible: choose 1 to 1,000")]
    GridColumns {
        /// The number that was chosen.
        columns: u32,
    },
    /// The overlap of neighbours in a grid of sites.
    #[error("an overlap of {overlap_percent} % is not possible: choose 0 to 90")]
    GridOverlap {
        /// The overlap that was chosen, in percent.
        overlap_percent: f64,
    },
    /// How many pixels a side become one.
    #[error("binning by {factor} makes no sense: choose {} to {}", allowed.start(), allowed.end())]
    BinFactor {
        /// The factor that was chosen.
        factor: u32,
        /// The factors that make sense.
        allowed: RangeInclusive<u32>,
    },
    /// The grey level that parts bright from dark.
    #[error("a threshold of {level} makes no sense: choose a grey level")]
    Level {
        /// The level that was chosen, which is no finite number.
        level: f64,
    },
    /// The area that an object must have to be counted.
    #[error("a smallest area of {area_px} px makes no sense: choose {} to {}", allowed.start(), allowed.end())]
    SmallestArea {
        /// The area that was chosen, in pixels.
        area_px: u32,
        /// The areas that make sense, in pixels.
        allowed: RangeInclusive<u32>,
    },
    /// The distance that parts touching nuclei.
    #[error("a distance between nuclei of {distance_px} px makes no sense: choose {} to {}", allowed.start(), allowed.end())]
    NucleiDistance {
        /// The distance that was chosen, in pixels.
        distance_px: u32,
        /// The distances that make sense, in pixels.
        allowed: RangeInclusive<u32>,
    },
}

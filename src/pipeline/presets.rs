//! Pipelines that are ready made. To add one: one entry of [`PRESETS`].

use super::steps::{
    FlatField, GaussianSmoothing, NucleiCount, PercentileNormalize, Sigma, Stitching, ZProjection,
};
use super::{KeepImages, PipelineSpec, PipelineStep, Step};

/// A pipeline with a name.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// The name on screen.
    pub name: &'static str,
    /// What it does, in one line for a biologist.
    pub explanation: &'static str,
    /// Makes the pipeline, with the preset's settings.
    pub make: fn() -> PipelineSpec,
}

/// All presets, in the order in which they are offered.
pub const PRESETS: [Preset; 3] = [
    Preset {
        name: "The study's pipeline",
        explanation: "Percentile normalisation of each image, then the brightest of all planes.",
        make: PipelineSpec::default,
    },
    Preset {
        name: "Stitched overview",
        explanation: "Even light over the sites, the brightest of all planes, and one image of all sites.",
        make: stitched_overview,
    },
    Preset {
        name: "Nuclei count",
        explanation: "The brightest of all planes, smoothed; bright objects counted and measured, in every channel.",
        make: nuclei_count,
    },
];

impl Default for PipelineSpec {
    /// Percentile normalisation, then z maximum: the study's pipeline.
    fn default() -> Self {
        keeping_last([
            Step::PercentileNormalize(PercentileNormalize::default()),
            Step::ZProjection(ZProjection::default()),
        ])
    }
}

/// The steps, of which the last is kept.
fn keeping_last(steps: impl IntoIterator<Item = Step>) -> PipelineSpec {
    let steps = steps.into_iter().map(|step| PipelineStep { step, keep_images: false });
    PipelineSpec::of(steps.collect()).keeping(KeepImages::Last)
}

fn stitched_overview() -> PipelineSpec {
    keeping_last([
        Step::FlatField(FlatField::default()),
        Step::ZProjection(ZProjection::default()),
        Step::Stitching(Stitching::default()),
    ])
}

/// A pipeline does the same to all images: there is no choice of a channel, and the table says which is
/// which.
fn nuclei_count() -> PipelineSpec {
    keeping_last([
        Step::ZProjection(ZProjection::default()),
        Step::GaussianSmoothing(GaussianSmoothing::of(Sigma::Pixels(1.0))),
        Step::NucleiCount(NucleiCount::default()),
    ])
}

//! Pipelines that are ready made. To add one: one entry of [`PRESETS`].

use super::steps::{FlatField, Stitching, ZProjection};
use super::{KeepImages, PipelineSpec, PipelineStep, Step};

/// A pipeline with a name.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// The name on screen.
    pub name: &'static str,
    /// What it does, in one line for a biologist.
    pub explanation: &'static str,
    /// Its steps.
    pub make: fn() -> PipelineSpec,
}

/// All presets, in the order in which they are offered.
pub const PRESETS: [Preset; 2] = [
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
];

fn stitched_overview() -> PipelineSpec {
    let steps = [
        Step::FlatField(FlatField::default()),
        Step::ZProjection(ZProjection::default()),
        Step::Stitching(Stitching::default()),
    ];
    let steps = steps.map(|step| PipelineStep { step, keep_images: false });
    PipelineSpec { steps: steps.into() }.keeping(KeepImages::Last)
}

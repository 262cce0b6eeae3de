//! Pipelines that are ready made. To add one: one entry of [`PRESETS`].

use super::PipelineSpec;

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
pub const PRESETS: [Preset; 1] = [Preset {
    name: "The study's pipeline",
    explanation: "Percentile normalisation of each image, then the brightest of all planes.",
    make: PipelineSpec::default,
}];

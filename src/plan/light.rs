//! Which images the flat and dark images of a pipeline are for, known before any file is looked at.

use std::collections::{BTreeMap, BTreeSet};

use super::schedule::{groups, results};
use super::{Plan, PlanError};
use crate::pipeline::steps::GivenLight;
use crate::pipeline::{PipelineSpec, Step};
use crate::plate::{Component, Plate, WellId};

/// Each channel that is to be processed has a flat image, where flat images are given.
pub(super) fn check_flats(
    plate: &Plate,
    wells: &BTreeSet<WellId>,
    pipeline: &PipelineSpec,
) -> Result<(), PlanError> {
    for (index, step) in pipeline.steps.iter().enumerate() {
        let Some(light) = light_of(&step.step) else { continue };
        let images = wells.iter().flat_map(|well| plate.images_of(*well));
        let channels: BTreeSet<u32> = images.filter_map(|image| image.key.channel).collect();
        if let Some(channel) = channels.into_iter().find(|channel| !light.flats.contains_key(channel)) {
            return Err(PlanError::Pipeline(format!(
                "step {} ({}): channel {channel} ({}) has no flat image: choose one in the settings of the step, or have the light estimated from the sites",
                index + 1,
                step.step.name(),
                plate.value_name(Component::Channel, channel)
            )));
        }
    }
    Ok(())
}

/// The given images of a step, where it has any.
fn light_of(step: &Step) -> Option<&GivenLight> {
    if let Step::FlatField(step) = step { step.light() } else { None }
}

/// Channels, each with a size (width, height) of images.
pub type SizesOfChannels = BTreeSet<(u32, [u32; 2])>;

impl Plan {
    /// The given light with the channels and the sizes of the images that it is for, as
    /// its step finds them.
    pub fn given_light(&self) -> Vec<(&GivenLight, SizesOfChannels)> {
        let steps = &self.spec.pipeline.steps;
        let mut uses: BTreeMap<usize, SizesOfChannels> = BTreeMap::new();
        let lights =
            || steps.iter().enumerate().filter_map(|(place, one)| Some((place, light_of(&one.step)?)));
        let Some((last, _)) = lights().next_back() else { return Vec::new() };
        for combination in &self.combinations {
            let mut items = combination.items();
            for (place, step) in steps.iter().enumerate().take(last + 1) {
                if light_of(&step.step).is_some() {
                    let of =
                        items.iter().filter_map(|item| Some((item.key.channel.unwrap_or(1), item.format?)));
                    let of = of.map(|(channel, format)| (channel, [format.width, format.height]));
                    uses.entry(place).or_default().extend(of);
                }
                items = results(&groups(&step.step, &items));
            }
        }
        lights().map(|(place, light)| (light, uses.remove(&place).unwrap_or_default())).collect()
    }
}

//! What the steps of a plan that were given files are to do with them.

use super::Plan;
use super::schedule::{groups, results};
use crate::pipeline::{ResolvedStep, SizesOfChannels};

impl Plan {
    /// The steps that were given files, each with the channels and the sizes of the images that it takes.
    pub(crate) fn file_uses(&self) -> Vec<(&ResolvedStep, SizesOfChannels)> {
        let steps = self.pipeline.steps();
        let Some(last) = steps.iter().rposition(ResolvedStep::has_files) else { return Vec::new() };
        let mut uses = vec![SizesOfChannels::new(); last + 1];
        for combination in self.combinations.alike().flat_map(|part| part.combinations) {
            let mut items = combination.items();
            for (step, uses) in steps.iter().zip(&mut uses) {
                if step.has_files() {
                    let of =
                        items.iter().filter_map(|item| Some((item.key.channel.unwrap_or(1), item.format?)));
                    uses.extend(of.map(|(channel, format)| (channel, [format.width, format.height])));
                }
                items = results(&groups(step, &items));
            }
        }
        steps.iter().zip(uses).filter(|(step, _)| step.has_files()).collect()
    }
}

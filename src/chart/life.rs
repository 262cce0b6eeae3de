//! The life of an image in a run: when its memory was filled, which steps used it, when it went.
//!
//! Events tell of combinations and not of single images, so times are those of the phases: an image is
//! born within its preload or step, and goes within the step that used it last, or with the clear.

use super::{Band, ChartRun, Phase};
use crate::pipeline::PipelineSpec;
use crate::plan::{CombinationId, Intermediates};
use crate::quantity::secs_text;

/// The life of the images that a combination had at one stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Life {
    /// The phase in which they came: `preload`, or the name of the step that made them.
    pub born_in: String,
    /// When the first of them came.
    pub from_secs: f64,
    /// The steps that used them: name, from, to.
    pub uses: Vec<(String, f64, f64)>,
    /// The phase in which they went: the step that used them last, or `clear`; `None` while they live.
    pub gone_in: Option<String>,
    /// When the last of them was gone, or how far the run has come.
    pub to_secs: f64,
}

impl Life {
    /// `In memory from 0.02 s (preload), used in Z projection, gone at 0.31 s (Z projection).`
    pub fn words(&self) -> String {
        let uses: Vec<_> = self.uses.iter().map(|(name, ..)| name.as_str()).collect();
        let used = if uses.is_empty() { String::new() } else { format!(", used in {}", uses.join(", ")) };
        let gone = match &self.gone_in {
            Some(phase) => format!(", gone at {} ({phase})", secs_text(self.to_secs)),
            None => ", and still there".to_owned(),
        };
        format!("In memory from {} ({}){used}{gone}.", secs_text(self.from_secs), self.born_in)
    }
}

impl ChartRun {
    /// The life of the images of a combination at a stage: of the source images (`None`), or of the
    /// results of a step. `None` where the run has not come to it.
    pub fn life_of(
        &self,
        combination: &CombinationId,
        stage: Option<usize>,
        pipeline: &PipelineSpec,
        intermediates: Intermediates,
    ) -> Option<Life> {
        let text = self.combination_text(combination);
        let bands = || self.bands().iter().filter(|band| band.combination == text);
        let in_phase = |phase: Phase| bands().find(|band| band.phase == phase);
        let in_step = |step: usize| in_phase(Phase::Step(step));
        let born = match stage {
            None => in_phase(Phase::Preload)?,
            Some(step) => in_step(step)?,
        };
        // What a step that works in place makes lies in the memory of its input, which thereby is no
        // more what it was.
        let next = stage.map_or(0, |step| step + 1);
        let user = (next < pipeline.steps.len()).then(|| in_step(next)).flatten();
        let uses: Vec<_> =
            user.iter().map(|band| (band.name.clone(), band.from_secs, band.to_secs)).collect();
        let is_replaced = pipeline.steps.get(next).is_some_and(|step| step.step.works_in_place());
        let goes_with_use = is_replaced || intermediates == Intermediates::Free;
        let clear = in_phase(Phase::Clear);
        let gone: Option<&Band> = match user {
            Some(user) if goes_with_use => Some(user),
            _ => clear,
        };
        let is_over = |band: &&Band| clear.is_some() || band.to_secs < self.end_secs();
        let gone = gone.filter(is_over);
        Some(Life {
            born_in: born.name.clone(),
            from_secs: born.from_secs,
            uses,
            gone_in: gone.map(|band| band.name.clone()),
            to_secs: gone.map_or(self.end_secs(), |band| band.to_secs),
        })
    }
}

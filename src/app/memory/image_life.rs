//! Which run held an image in memory, and its life there as the chart shows it.

use std::path::Path;

use crate::app::runs::run::{CombinationStage, CombinationState, RunState};
use crate::plan::Mode;
use crate::plate::ImageKey;
use crate::record::RunId;

/// An image that a run held in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LifeOf {
    /// The run that held the image.
    pub run: RunId,
    /// Its combination, as an index.
    pub combination: usize,
    /// The image; components that a step assembled are `None`.
    pub key: ImageKey,
    /// Zero-based index of the step that made it; `None` for a source image.
    pub step: Option<usize>,
}

impl RunState {
    /// The combination with which the source image or result of a key was in memory, as an index;
    /// `None` where the run has no such combination, or has not come to it.
    pub(crate) fn holder_of(&self, key: ImageKey) -> Option<usize> {
        let is_of = |combination: &CombinationState| {
            let mut values = combination.id.values.iter();
            combination.id.wells().any(|well| well == key.well)
                && values.all(|(component, value)| key.get(*component) == Some(*value))
        };
        let place = self.combinations.iter().position(is_of)?;
        (self.combinations[place].stage != CombinationStage::Waiting).then_some(place)
    }

    /// Why it never held a source image of a key; `None` where it did.
    fn why_not_held(&self, key: ImageKey) -> Option<&'static str> {
        let wells = &self.record.plan.wells;
        if !wells.contains(&key.well) {
            Some("no run of this session has processed this well")
        } else if self.holder_of(key).is_none() {
            Some("the run has not reached this image")
        } else {
            None
        }
    }
}

impl LifeOf {
    /// The run that held a source image of a plate: one that the chart shows before another, one at a time
    /// before all at once, the newest before earlier ones.
    ///
    /// # Errors
    /// Why there is none, in a few words.
    pub fn source(runs: &[RunState], plate_root: &Path, key: ImageKey) -> Result<Self, &'static str> {
        let is_of_plate =
            |run: &&RunState| run.record.machine.is_some() && run.record.plate.root == plate_root;
        let started = || runs.iter().filter(is_of_plate);
        let held = started().filter_map(|run| Some((run, run.holder_of(key)?)));
        let best = held.max_by_key(|(run, _)| {
            (run.is_shown, run.mode() == Mode::Sequential, run.record.started_unix_secs, run.id)
        });
        match best {
            Some((run, combination)) => Ok(Self { run: run.id, combination, key, step: None }),
            None => Err(started()
                .rev()
                .find_map(|run| run.why_not_held(key))
                .unwrap_or("nothing has been run yet")),
        }
    }

    /// The run that made a result.
    ///
    /// # Errors
    /// Why there is none, in a few words.
    pub fn result(runs: &[RunState], run: RunId, key: ImageKey, step: usize) -> Result<Self, &'static str> {
        let holder = runs.iter().find(|known| known.id == run).and_then(|run| run.holder_of(key));
        let combination = holder.ok_or("the run that made it is no longer in this session")?;
        Ok(Self { run, combination, key, step: Some(step) })
    }
}

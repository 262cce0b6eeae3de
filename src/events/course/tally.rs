//! The work of a run by kind: how much there is, how much is done, and what that took.

use crate::plan::PlanSummary;

/// Work of one kind: images to read, groups of a step, outputs to save, all that the plan has. What is
/// withheld is done with when its turn comes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Units {
    /// How many there are.
    pub of: usize,
    /// How many are done, of pieces that are over.
    pub done: usize,
    /// Those of the piece in hand that are done; they count in seconds only when it ends.
    pub in_hand: usize,
    /// What the pieces that are over took.
    pub secs: f64,
}

impl Units {
    fn new(of: usize) -> Self {
        Self { of, ..Self::default() }
    }

    fn finish(&mut self, units: usize, secs: f64) {
        self.done += units;
        self.in_hand = 0;
        self.secs += secs;
    }

    /// Seconds of one unit, where that has been seen; `elapsed` is of the piece in hand.
    pub(crate) fn unit_secs(&self, elapsed: f64) -> Option<f64> {
        let seen = self.done + self.in_hand;
        let secs = self.secs + if self.in_hand > 0 { elapsed } else { 0.0 };
        (seen > 0).then(|| secs / seen as f64)
    }

    /// How many are left.
    pub(crate) fn left(&self) -> usize {
        self.of.saturating_sub(self.done + self.in_hand)
    }
}

/// All kinds of work of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    /// Images to read.
    pub preload: Units,
    /// Groups of each step.
    pub steps: Vec<Units>,
    /// Outputs to save.
    pub save: Units,
    /// The name of each step; empty before it has started for the first time.
    pub step_names: Vec<String>,
    /// Units of the phase at hand in its combination: images to read, or groups.
    at_hand: usize,
}

impl Tally {
    pub(super) fn of(plan: &PlanSummary) -> Self {
        Self {
            preload: Units::new(plan.images),
            steps: plan.step_groups.iter().map(|groups| Units::new(*groups)).collect(),
            save: Units::new(plan.outputs),
            step_names: vec![String::new(); plan.step_groups.len()],
            at_hand: 0,
        }
    }

    pub(super) fn reading(&mut self, done: usize, of: usize) {
        self.at_hand = of;
        self.preload.in_hand = done;
    }

    /// This many could be read. Returns how many are done with, those that could not included.
    pub(super) fn read(&mut self, images: usize, secs: f64) -> usize {
        let images = images.max(self.at_hand);
        self.preload.finish(images, secs);
        images
    }

    pub(super) fn step_begins(&mut self, step: usize, name: &str, groups: usize) {
        self.at_hand = groups;
        if let Some(known) = self.step_names.get_mut(step) {
            name.clone_into(known);
        }
    }

    pub(super) fn stepping(&mut self, step: usize, done: usize) {
        if let Some(units) = self.steps.get_mut(step) {
            units.in_hand = done;
        }
    }

    pub(super) fn step_done(&mut self, step: usize, secs: f64) {
        if let Some(units) = self.steps.get_mut(step) {
            units.finish(self.at_hand, secs);
        }
    }

    pub(super) fn saved(&mut self, outputs: usize, secs: f64) {
        self.save.finish(outputs, secs);
    }
}

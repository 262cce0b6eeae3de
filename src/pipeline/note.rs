//! What steps have to say about what they have done, beside the images.

use std::ops::AddAssign;

/// What a step has to say about a group that it has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepNote {
    /// Samples whose true value was outside of the image's type and was held at its limit.
    pub saturated_samples: u64,
}

impl AddAssign for StepNote {
    fn add_assign(&mut self, other: Self) {
        self.saturated_samples += other.saturated_samples;
    }
}

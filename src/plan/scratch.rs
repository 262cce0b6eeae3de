//! What the threads of a run hold beside the images. The engine gives the first piece of work that is in
//! hand the first scratch, the second the second, and so on, and each buffer of a scratch keeps what it has
//! grown to as long as the run lasts: so the nth grows by those steps alone that have n in hand at once.

use crate::pipeline::ScratchBytes;

/// The most that is needed, by how many pieces of work are in hand at once, less one.
#[derive(Debug, Default)]
pub(super) struct ScratchNeeds {
    reading: Vec<u64>,
    steps: Vec<ScratchBytes>,
    /// Of all that are saved at once.
    saving: u64,
}

impl ScratchNeeds {
    /// This many images are read at once, each with so much at most.
    pub(super) fn read(&mut self, in_hand: usize, bytes: u64) {
        if let Some(most) = at(&mut self.reading, in_hand) {
            *most = (*most).max(bytes);
        }
    }

    /// This many groups are worked on at once, each with so much at most.
    pub(super) fn step(&mut self, in_hand: usize, bytes: ScratchBytes) {
        if let Some(most) = at(&mut self.steps, in_hand) {
            *most = most.larger(bytes);
        }
    }

    /// This many images are saved at once, each with so much at most. Nothing of it is kept.
    pub(super) fn save(&mut self, in_hand: usize, bytes: u64) {
        self.saving = self.saving.max(in_hand as u64 * bytes);
    }

    /// What is kept in buffers when each has grown as far as it does.
    pub(super) fn kept_bytes(&self) -> u64 {
        let reading = self.reading.iter().rev().scan(0, |most: &mut u64, bytes| {
            *most = (*most).max(*bytes);
            Some(*most)
        });
        let steps = self.steps.iter().rev().scan(ScratchBytes::default(), |most, bytes| {
            *most = most.larger(*bytes);
            Some(most.total())
        });
        reading.sum::<u64>() + steps.sum::<u64>()
    }

    pub(super) fn total_bytes(&self) -> u64 {
        self.kept_bytes() + self.saving
    }
}

/// The entry for so many in hand; `None` where there are none.
fn at<T: Clone + Default>(entries: &mut Vec<T>, in_hand: usize) -> Option<&mut T> {
    if entries.len() < in_hand {
        entries.resize(in_hand, T::default());
    }
    entries.get_mut(in_hand.checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_buffer_of_each_scratch_keeps_the_most_that_it_was_used_for() {
        let pixels = |pixels| ScratchBytes { pixels, ..ScratchBytes::default() };
        let values = |values| ScratchBytes { values, ..ScratchBytes::default() };
        // Reads and steps as (in hand, bytes), what is kept, and with 3 saved at once of 7 each.
        type Case = (&'static [(usize, u64)], Vec<(usize, ScratchBytes)>, u64);
        let table: [Case; 7] = [
            (&[], vec![], 0),
            (&[(0, 9)], vec![(0, pixels(9))], 0),
            (&[(4, 10)], vec![], 40),
            // The first two may have read the large ones, the other two have not.
            (&[(4, 10), (2, 100)], vec![], 220),
            (&[(4, 10), (2, 5)], vec![], 40),
            // One buffer of each kind in the first, one alone in the others.
            (&[], vec![(8, values(1)), (1, pixels(1000))], 1008),
            (&[(2, 10)], vec![(2, pixels(100)), (2, values(20)), (1, pixels(101))], 20 + 240 + 1),
        ];
        for (reads, steps, kept) in table {
            let mut needs = ScratchNeeds::default();
            reads.iter().for_each(|(in_hand, bytes)| needs.read(*in_hand, *bytes));
            steps.iter().for_each(|(in_hand, bytes)| needs.step(*in_hand, *bytes));
            assert_eq!(needs.kept_bytes(), kept, "{reads:?} {steps:?}");
            needs.save(3, 7);
            needs.save(1, 20);
            assert_eq!(needs.total_bytes(), kept + 21);
        }
    }
}

//! What the pipeline was before, to go back and forth. Pure.

use crate::pipeline::PipelineSpec;

/// The most changes that can be taken back; older ones are forgotten.
const MOST_CHANGES: usize = 200;

/// Earlier and taken-back states of a pipeline; the present one is its owner's.
#[derive(Clone, Debug, Default)]
pub struct PipelineHistory {
    /// Oldest first.
    past: Vec<PipelineSpec>,
    /// What was taken back, the next to do again last.
    future: Vec<PipelineSpec>,
    /// The gesture that made the last change, as long as more of it may follow.
    gesture: Option<u64>,
}

impl PipelineHistory {
    /// Takes note of a change. Changes of one gesture (such as one drag of a number) are one change;
    /// `None` is a gesture of its own.
    pub fn changed(&mut self, from: PipelineSpec, to: &PipelineSpec, gesture: Option<u64>) {
        let is_more_of_it = gesture.is_some() && self.gesture == gesture && !self.past.is_empty();
        if !is_more_of_it {
            self.past.push(from);
            let surplus = self.past.len().saturating_sub(MOST_CHANGES);
            self.past.drain(..surplus);
        }
        self.gesture = gesture;
        self.future.clear();
        // A gesture that ends where it began has changed nothing.
        if is_more_of_it && self.past.last() == Some(to) {
            self.past.pop();
            self.gesture = None;
        }
    }

    /// What the pipeline was before the last change.
    pub(crate) fn undo(&mut self, present: &PipelineSpec) -> Option<PipelineSpec> {
        let earlier = self.past.pop()?;
        self.future.push(present.clone());
        self.gesture = None;
        Some(earlier)
    }

    /// What the pipeline was before the last [`undo`](Self::undo).
    pub(crate) fn redo(&mut self, present: &PipelineSpec) -> Option<PipelineSpec> {
        let later = self.future.pop()?;
        self.past.push(present.clone());
        self.gesture = None;
        Some(later)
    }

    /// Whether there is a change to take back.
    pub(crate) fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is a change to do again.
    pub(crate) fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::steps::PercentileNormalize;
    use crate::pipeline::{PipelineStep, Step};

    /// A pipeline that is told by a number.
    fn numbered(number: u32) -> PipelineSpec {
        let settings =
            PercentileNormalize { low_percentile: f64::from(number), ..PercentileNormalize::default() };
        let step = Step::PercentileNormalize(settings);
        PipelineSpec::of(vec![PipelineStep { step, keep_images: true }])
    }

    enum Act {
        /// To this pipeline, by this gesture.
        Change(u32, Option<u64>),
        Undo,
        Redo,
    }

    #[test]
    fn changes_are_taken_back_and_done_again() {
        use Act::{Change, Redo, Undo};
        // What is done, then the pipeline, and whether one can go back and forth.
        let table: [(&str, &[Act], u32, bool, bool); 11] = [
            ("nothing", &[], 0, false, false),
            ("nothing to take back", &[Undo, Redo], 0, false, false),
            ("one change", &[Change(1, None)], 1, true, false),
            ("taken back", &[Change(1, None), Undo], 0, false, true),
            ("done again", &[Change(1, None), Change(2, None), Undo, Undo, Redo], 1, true, true),
            ("a change ends the future", &[Change(1, None), Undo, Change(2, None), Redo], 2, true, false),
            ("one drag is one change", &[Change(1, Some(7)), Change(2, Some(7)), Undo], 0, false, true),
            ("two drags are two", &[Change(1, Some(7)), Change(2, Some(8)), Undo], 1, true, true),
            ("a drag back changes nothing", &[Change(1, Some(7)), Change(0, Some(7))], 0, false, false),
            (
                "what comes between ends a drag",
                &[Change(1, Some(7)), Change(2, None), Change(3, Some(7)), Undo],
                2,
                true,
                true,
            ),
            ("so does going back", &[Change(1, Some(7)), Undo, Change(2, Some(7)), Undo], 0, false, true),
        ];
        for (what, acts, expected, can_undo, can_redo) in table {
            let (mut history, mut present) = (PipelineHistory::default(), numbered(0));
            for act in acts {
                let next = match act {
                    Change(number, gesture) => {
                        let next = numbered(*number);
                        history.changed(present.clone(), &next, *gesture);
                        Some(next)
                    }
                    Undo => history.undo(&present),
                    Redo => history.redo(&present),
                };
                present = next.unwrap_or(present);
            }
            assert_eq!(present, numbered(expected), "{what}");
            assert_eq!((history.can_undo(), history.can_redo()), (can_undo, can_redo), "{what}");
        }
    }

    #[test]
    fn the_oldest_changes_are_forgotten() {
        let mut history = PipelineHistory::default();
        for number in 0..300 {
            history.changed(numbered(number), &numbered(number + 1), None);
        }
        let mut present = numbered(300);
        while let Some(earlier) = history.undo(&present) {
            present = earlier;
        }
        assert_eq!(present, numbered(100));
    }
}

//! How far a run is, how long it will take and what it does now, worked out from its events alone:
//! for the window's status line and the command line's.
//!
//! The time left counts all phases (preload, each step, save). What a unit of a phase takes is
//! measured as soon as the phase has been seen, and until then guessed from the phases before it.

use crate::events::{Course, Event, Now};

/// The progress of one run.
#[derive(Clone, Debug, Default)]
pub struct RunProgress {
    course: Course,
    fraction: f64,
}

impl RunProgress {
    /// Takes an event into account.
    pub fn apply(&mut self, event: &Event) {
        self.course.apply(event);
        self.advance();
    }

    /// The fraction never falls: an estimate that gets worse makes the bar wait, not go back.
    fn advance(&mut self) {
        let (is_over, at_secs) = (*self.course.now() == Now::Ended, self.course.at_secs());
        let fraction = match self.eta_secs() {
            _ if is_over => 1.0,
            Some(left) if at_secs + left > 0.0 => at_secs / (at_secs + left),
            _ => 0.0,
        };
        self.fraction = self.fraction.max(fraction.min(if is_over { 1.0 } else { 0.995 }));
    }

    /// What has happened in it so far.
    pub fn course(&self) -> &Course {
        &self.course
    }

    /// How much of the time is over, 0 to 1.
    pub fn fraction(&self) -> f64 {
        self.fraction
    }

    /// Seconds that the run will still take; `None` until something has been seen.
    pub fn eta_secs(&self) -> Option<f64> {
        if *self.course.now() == Now::Ended {
            return Some(0.0);
        }
        let (tally, elapsed) = (self.course.tally(), self.course.now_secs());
        let image_secs = tally.preload.unit_secs(elapsed)?;
        let mut left = tally.preload.left() as f64 * image_secs;
        // A phase not seen yet is taken to cost as much as reading what goes into it.
        for step in &tally.steps {
            let guess = image_secs * tally.preload.of as f64 / step.of.max(1) as f64;
            left += step.left() as f64 * step.unit_secs(elapsed).unwrap_or(guess);
        }
        left += tally.save.left() as f64 * tally.save.unit_secs(elapsed).unwrap_or(2.0 * image_secs);
        Some(left)
    }

    /// Outputs saved so far.
    pub fn saved(&self) -> usize {
        self.course.tally().save.done
    }

    /// Outputs that will be saved.
    pub fn outputs(&self) -> usize {
        self.course.tally().save.of
    }

    /// What the run does now: `One at a time · A01 · FITC · Z projection`.
    pub fn sentence(&self) -> String {
        let Some(plan) = self.course.plan() else { return "Starting".to_owned() };
        let step_names = &self.course.tally().step_names;
        let (combination, doing) = match self.course.now() {
            Now::Starting => (None, "starting"),
            Now::Preloading(combination) => (Some(combination), "reading images"),
            Now::Step(combination, step) => {
                (Some(combination), step_names.get(*step).map_or("step", String::as_str))
            }
            Now::Saving(combination) => (Some(combination), "saving"),
            Now::Between(combination) => (Some(combination), "next"),
            Now::Ended => (None, "done"),
        };
        let mut text = plan.mode.title().to_owned();
        if let Some(combination) = combination {
            text.push_str(&format!(" · {}", combination.wells_text()));
            for value in combination.value_words(&plan.channel_names) {
                text.push_str(&format!(" · {value}"));
            }
        }
        text.push_str(&format!(" · {doing}"));
        text
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::events::{EventKind, Outcome, RunSummary};
    use crate::image::Compression;
    use crate::plan::{CombinationId, PlanSummary};
    use crate::plan::{Forecast, Mode};
    use crate::plate::{Component, WellId};

    fn event(at_secs: f64, kind: EventKind) -> Event {
        Event { run: "r".to_owned(), at_secs, kind }
    }

    fn combination(index: usize, channel: u32) -> CombinationId {
        CombinationId {
            index,
            well: WellId { row: 0, column: 0 },
            more_wells: Vec::new(),
            values: BTreeMap::from([(Component::Channel, channel)]),
        }
    }

    /// Two combinations of ten images, one step of two groups, one output each: 1 s to read, 1 s to
    /// work, 2 s to save.
    pub(crate) fn events() -> Vec<Event> {
        let plan = PlanSummary {
            plate: "plate".to_owned(),
            mode: Mode::Sequential,
            sequential: vec![Component::Channel],
            wells: vec![WellId { row: 0, column: 0 }],
            combinations: 2,
            images: 20,
            images_at_once: 10,
            steps: vec!["Z projection (maximum)".to_owned()],
            step_groups: vec![4],
            outputs: 2,
            threads: 1,
            after_clear: crate::plan::AfterClear::Return,
            intermediates: crate::plan::Intermediates::Free,
            wells_at_once: 1,
            read_ahead: false,
            pixel_sizes: crate::plate::PixelSizes::default(),
            channel_names: BTreeMap::from([(1, "DAPI".to_owned())]),
            compression: Compression::None,
            save_as: crate::plate::SaveAs::Tiff,
        };
        let mut events = vec![event(
            0.0,
            EventKind::Started {
                plan: Box::new(plan),
                forecast: Forecast::default(),
                machine: Box::default(),
                baseline_rss: None,
                baseline_anonymous: None,
            },
        )];
        for index in 0..2 {
            let id = combination(index, index as u32 + 1);
            let start = index as f64 * 4.0;
            let done = |done| EventKind::Preloading { combination: id.clone(), done, of: 10 };
            events.extend([
                event(start, done(0)),
                event(start + 0.5, done(5)),
                event(
                    start + 1.0,
                    EventKind::Preloaded {
                        combination: id.clone(),
                        images: 10,
                        bytes: 10,
                        secs: 1.0,
                        rss_before: None,
                        rss_after: None,
                    },
                ),
                event(
                    start + 1.0,
                    EventKind::StepStarted {
                        combination: id.clone(),
                        step: 0,
                        name: "Z projection".to_owned(),
                        groups: 2,
                    },
                ),
                event(
                    start + 2.0,
                    EventKind::StepDone {
                        combination: id.clone(),
                        step: 0,
                        images_in: 10,
                        images_out: 10,
                        secs: 1.0,
                    },
                ),
                event(
                    start + 4.0,
                    EventKind::Saved {
                        combination: id,
                        step: 0,
                        images: 1,
                        bytes: 1,
                        secs: 2.0,
                        outputs: Vec::new(),
                        of: 1,
                    },
                ),
            ]);
        }
        events.push(event(
            8.0,
            EventKind::Ended {
                outcome: Outcome::Completed,
                why: None,
                summary: Box::new(RunSummary::default()),
            },
        ));
        events
    }

    #[test]
    fn time_left_counts_saving_and_the_bar_never_goes_back() {
        let mut progress = RunProgress::default();
        let mut before = 0.0;
        for event in events() {
            progress.apply(&event);
            assert!(progress.fraction() >= before, "{event:?}");
            before = progress.fraction();
        }
        assert_eq!(progress.fraction(), 1.0);
        assert_eq!(progress.eta_secs(), Some(0.0));

        // After the first combination every phase has been seen, and four seconds remain.
        let mut progress = RunProgress::default();
        for event in &events()[..7] {
            progress.apply(event);
        }
        let left = progress.eta_secs().expect("an estimate");
        assert!((left - 4.0).abs() < 1e-9, "{left}");
        assert!((progress.fraction() - 0.5).abs() < 1e-9, "{}", progress.fraction());
        assert_eq!((progress.saved(), progress.outputs()), (1, 2));
    }

    #[test]
    fn what_happens_is_said_in_words() {
        let mut progress = RunProgress::default();
        assert_eq!(progress.sentence(), "Starting");
        let table = [
            (1, "One at a time · starting"),
            (3, "One at a time · A01 · DAPI · reading images"),
            (5, "One at a time · A01 · DAPI · Z projection"),
            (6, "One at a time · A01 · DAPI · saving"),
            (14, "One at a time · done"),
        ];
        let events = events();
        let mut applied = 0;
        for (count, sentence) in table {
            for event in &events[applied..count] {
                progress.apply(event);
            }
            applied = count;
            assert_eq!(progress.sentence(), sentence);
        }
    }
}

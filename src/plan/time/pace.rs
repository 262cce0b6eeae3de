//! How long this machine takes for some work. What costs something once, for each combination, for each image and for
//! each byte is distinguished, because choices differ in how many combinations they make of the same images by a factor of
//! thousands. Deliberately absent: a guess of what other programs will do.

use serde::{Deserialize, Serialize};

use super::work::Work;
use crate::limits;

/// How long a machine takes for a plate and a pipeline, as a run has shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    /// Processors of the machine: more threads than these wait for each other; 0 where that is not known.
    pub processors: usize,
    /// Seconds that the first combination costs beyond what each does.
    pub once: f64,
    /// Seconds for each combination beside its images: of beginning, of each phase, of its clear.
    pub combination: f64,
    /// Seconds for each image beside its bytes.
    pub image: f64,
    /// Seconds for each byte of reading that the busiest processor handles.
    pub preload: f64,
    /// The same of the steps.
    pub steps: f64,
    /// The same of saving.
    pub save: f64,
}

/// Seconds that the phases of a run or of a combination took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PhaseSecs {
    /// Seconds of reading images into memory.
    pub preload: f64,
    /// Seconds of all steps together.
    pub steps: f64,
    /// Seconds of writing outputs.
    pub save: f64,
    /// The whole of it.
    pub wall: f64,
}

impl PhaseSecs {
    /// What was none of the phases.
    fn beside(self) -> f64 {
        (self.wall - self.preload - self.steps - self.save).max(0.0)
    }

    /// Whether a run can have taken so long.
    pub(crate) fn is_possible(&self) -> bool {
        let all = [self.preload, self.steps, self.save, self.wall];
        all.iter().all(|secs| (0.0..=limits::RUN_SECS).contains(secs))
    }
}

impl Pace {
    /// The pace that combinations have shown on so many processors, in the order in which they were made; `None` of none
    /// that did anything.
    pub fn shown(combinations: &[(Work, PhaseSecs)], processors: usize) -> Option<Self> {
        let (first, later) = combinations.split_first()?;
        let tried = if later.is_empty() { combinations } else { later };
        if tried.iter().all(|(work, _)| work.preload == 0) {
            return None;
        }
        let line = |amount: &dyn Fn(&Busiest) -> u64, secs: fn(&PhaseSecs) -> f64| {
            let amount = |work: &Work| amount(&Busiest::of(work, processors));
            Line::through(tried.iter().map(|(work, took)| (amount(work), secs(took))))
        };
        let preload = line(&|busiest| busiest.preload, |secs| secs.preload);
        let steps = line(&|busiest| busiest.steps, |secs| secs.steps);
        let save = line(&|busiest| busiest.save, |secs| secs.save);
        let beside = Line::through(tried.iter().map(|(work, took)| (work.images, took.beside())));
        let pace = Self {
            processors,
            once: 0.0,
            combination: preload.at_none + steps.at_none + save.at_none + beside.at_none,
            image: beside.each,
            preload: preload.each,
            steps: steps.each,
            save: save.each,
        };
        // Phases may overlap, and medians leave out what happens now and then: in all it is what was measured.
        let took: f64 = tried.iter().map(|(_, secs)| secs.wall).sum();
        let pace = pace.scaled(took / tried.iter().map(|(work, _)| pace.secs(work)).sum::<f64>())?;
        let once = if later.is_empty() { 0.0 } else { (first.1.wall - pace.secs(&first.0)).max(0.0) };
        Some(Self { once, ..pace })
    }

    /// The same, where a run of some work took so many seconds in all.
    pub(crate) fn where_took(self, work: &Work, secs: f64) -> Option<Self> {
        self.scaled(secs / self.secs(work))
    }

    fn scaled(self, factor: f64) -> Option<Self> {
        let scaled = Self {
            processors: self.processors,
            once: self.once * factor,
            combination: self.combination * factor,
            image: self.image * factor,
            preload: self.preload * factor,
            steps: self.steps * factor,
            save: self.save * factor,
        };
        let all = [scaled.once, scaled.combination, scaled.image, scaled.preload, scaled.steps, scaled.save];
        (factor > 0.0 && all.iter().all(|secs| secs.is_finite())).then_some(scaled)
    }

    fn secs(&self, work: &Work) -> f64 {
        let busiest = Busiest::of(work, self.processors);
        let amounts = [work.combinations, work.images, busiest.preload, busiest.steps, busiest.save];
        let paces = [self.combination, self.image, self.preload, self.steps, self.save];
        self.once + amounts.iter().zip(paces).map(|(amount, pace)| *amount as f64 * pace).sum::<f64>()
    }
}

/// Bytes that the busiest processor handles in the phases of some work.
struct Busiest {
    preload: u64,
    steps: u64,
    save: u64,
}

impl Busiest {
    /// Those of the busiest thread, or as many as each processor has, where there are fewer of these than threads.
    fn of(work: &Work, processors: usize) -> Self {
        let busiest = |turn: u64, all: u64| turn.max(all.checked_div(processors as u64).unwrap_or(0));
        Self {
            preload: busiest(work.preload, work.preload_bytes),
            steps: busiest(work.steps, work.step_bytes),
            save: busiest(work.save, work.save_bytes),
        }
    }
}

/// Seconds by an amount: so many for none, and so many for each.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Line {
    at_none: f64,
    each: f64,
}

impl Line {
    /// Through what amounts took: the median of each amount, and the line that misses these by the least part of
    /// themselves (a combination of a millisecond counts as much as one of a second), with nothing below zero.
    fn through(points: impl Iterator<Item = (u64, f64)>) -> Self {
        let mut points: Vec<(u64, f64)> = points.filter(|(amount, _)| *amount > 0).collect();
        points.sort_by(|(a, a_secs), (b, b_secs)| a.cmp(b).then(a_secs.total_cmp(b_secs)));
        let medians: Vec<(f64, f64)> = points
            .chunk_by(|(a, _), (b, _)| a == b)
            .map(|alike| (alike[0].0 as f64, alike[alike.len() / 2].1.max(LEAST_SECS)))
            .collect();
        // With x = amount / secs and y = 1 / secs of each, least squares of at_none * y + each * x - 1.
        let sum =
            |of: fn(f64, f64) -> f64| medians.iter().map(|(amount, secs)| of(*amount, *secs)).sum::<f64>();
        let (yy, xy, xx) = (
            sum(|_, secs| 1.0 / (secs * secs)),
            sum(|amount, secs| amount / (secs * secs)),
            sum(|amount, secs| amount * amount / (secs * secs)),
        );
        let (y, x) = (sum(|_, secs| 1.0 / secs), sum(|amount, secs| amount / secs));
        let determinant = yy * xx - xy * xy;
        let line = Self { at_none: (y * xx - x * xy) / determinant, each: (x * yy - y * xy) / determinant };
        match (medians.len(), line) {
            (0, _) => Self::default(),
            (2.., Self { at_none, each }) if at_none >= 0.0 && each >= 0.0 => line,
            // The larger, the faster: chance has it, and there is nothing but a moment for each.
            (2.., Self { each, .. }) if each < 0.0 => Self { at_none: y / yy, each: 0.0 },
            _ => Self { at_none: 0.0, each: x / xx },
        }
    }
}

/// Less is not distinguished from nothing.
const LEAST_SECS: f64 = 1e-7;

/// What is known of the pace.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Paces {
    /// Neither a trial nor an earlier run has shown it.
    #[default]
    Unknown,
    /// A short trial on a few images of the plate.
    Trial {
        /// The pace that it has shown.
        pace: Pace,
        /// The share of the processors' time that other programs took meanwhile, 0 to 1; `None` where the system does
        /// not tell.
        others_share: Option<f64>,
    },
    /// Whole runs of the same plate, pipeline and threads on this machine.
    Runs(Vec<Pace>),
}

/// How far from its expected time a run may be that was tried on a few images only: their files
/// may come from a slow disk or from memory, and the machine may have other work.
const TRIAL_RANGE: [f64; 2] = [0.6, 1.8];
/// The same beyond the fastest and the slowest of earlier runs.
const RUNS_RANGE: [f64; 2] = [0.85, 1.25];

/// By which a run may be late whatever it does: processes start and sleep by moments of the system.
const MOMENT_SECS: f64 = 0.01;

/// Where other programs take more of the processors than this, a trial shows the pace of a busy machine.
const BUSY_SHARE: f64 = 0.2;

/// Seconds that a run is expected to take.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecsRange {
    /// The fewest seconds that are expected.
    pub low: f64,
    /// The most seconds that are expected.
    pub high: f64,
}

impl SecsRange {
    /// What the ends stand around.
    pub fn middle(self) -> f64 {
        (self.low * self.high).sqrt()
    }
}

impl Paces {
    /// Seconds for some work, where a pace is known.
    pub fn expected(&self, work: &Work) -> Option<SecsRange> {
        let SecsRange { low, high } = self.range(work)?;
        Some(SecsRange { low, high: high + MOMENT_SECS })
    }

    /// Seconds for a part of the work of a run, in the middle of what is expected.
    pub(in crate::plan) fn middle(&self, work: &Work) -> Option<f64> {
        self.range(work).map(SecsRange::middle)
    }

    fn range(&self, work: &Work) -> Option<SecsRange> {
        let (paces, [faster, slower]) = match self {
            Self::Unknown => return None,
            Self::Trial { pace, .. } => (std::slice::from_ref(pace), TRIAL_RANGE),
            Self::Runs(paces) => (paces.as_slice(), RUNS_RANGE),
        };
        let secs = || paces.iter().map(|pace| pace.secs(work));
        let (low, high) = (secs().reduce(f64::min)?, secs().reduce(f64::max)?);
        Some(SecsRange { low: low * faster, high: high * slower })
    }

    /// What is to be known of the times that follow from it: that they are those of a busy machine.
    pub fn note(&self) -> Option<String> {
        let Self::Trial { others_share: Some(share), .. } = self else { return None };
        (*share > BUSY_SHARE).then(|| {
            format!(
                "These times are for a busy computer: during the trial, other programs used {:.0} % of its \
                 processors. Without them a run is faster.",
                share * 100.0
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Combinations of this many images each, of 100 bytes, on two threads.
    fn work(images: u64, combinations: u64) -> Work {
        let turn_bytes = images.div_ceil(2) * 100 * combinations;
        Work {
            preload: turn_bytes,
            steps: 2 * turn_bytes,
            save: turn_bytes / 3,
            images: images * combinations,
            combinations,
            ..Work::default()
        }
    }

    /// What work takes where a combination takes 1 ms for each phase and 2 ms beside, an image 0.1 ms beside, and each
    /// turn byte 10 µs to read.
    fn took(work: Work) -> PhaseSecs {
        let (combinations, images) = (work.combinations as f64, work.images as f64);
        let preload = 1e-3 * combinations + 1e-5 * work.preload as f64;
        let steps = 1e-3 * combinations + 2e-6 * work.steps as f64;
        let save = 1e-3 * combinations + 3e-5 * work.save as f64;
        PhaseSecs { preload, steps, save, wall: preload + steps + save + 2e-3 * combinations + 1e-4 * images }
    }

    fn near(a: f64, b: f64, part: f64) -> bool {
        (a - b).abs() <= part * b.abs()
    }

    #[test]
    fn what_each_costs_is_told_apart() {
        let sizes = [6_u64, 6, 6, 24, 96, 384, 6, 6, 24, 96];
        let mut shown: Vec<(Work, PhaseSecs)> =
            sizes.into_iter().map(|images| (work(images, 1), took(work(images, 1)))).collect();
        // The first takes a second more, and one of the others was held up.
        shown[0].1.wall += 1.0;
        let pace = Pace::shown(&shown, 2).unwrap();
        for (found, expected) in [
            (pace.once, 1.0),
            (pace.combination, 5e-3),
            (pace.image, 1e-4),
            (pace.preload, 1e-5),
            (pace.steps, 2e-6),
            (pace.save, 3e-5),
        ] {
            assert!(near(found, expected, 1e-6), "{pace:?}");
        }
        // A thousand small combinations, and one of all their images.
        for whole in [work(6, 1000), work(6000, 1)] {
            assert!(near(pace.secs(&whole), 1.0 + took(whole).wall, 1e-6), "{whole:?}");
        }

        // Held up in one of several alike, the others count; in all it is what was measured.
        let mut held_up = shown.clone();
        held_up[1].1.preload += 0.3;
        held_up[1].1.wall += 0.3;
        let pace = Pace::shown(&held_up, 2).unwrap();
        let all = held_up[1..].iter().fold(Work::default(), |all, (work, _)| Work {
            preload: all.preload + work.preload,
            steps: all.steps + work.steps,
            save: all.save + work.save,
            images: all.images + work.images,
            combinations: all.combinations + 1,
            ..all
        });
        let wall: f64 = held_up[1..].iter().map(|(_, secs)| secs.wall).sum();
        assert!(near(pace.secs(&all) - pace.once, wall, 1e-9), "{pace:?}");
        assert!(near(pace.combination / pace.image, 50.0, 1e-6), "{pace:?}");
    }

    #[test]
    fn more_threads_than_processors_wait_for_each_other() {
        // Eight threads, so that up to eight images are one turn; each takes 1 ms of one of two processors.
        let dealt = |images: u64| Work {
            preload: images.div_ceil(8) * 100,
            preload_bytes: images * 100,
            images,
            combinations: 1,
            ..Work::default()
        };
        let took = |images: u64| {
            let secs = 5e-4 * images.max(2) as f64;
            PhaseSecs { preload: secs, wall: secs, ..PhaseSecs::default() }
        };
        let shown: Vec<(Work, PhaseSecs)> =
            [2, 2, 4, 16, 64].map(|images| (dealt(images), took(images))).to_vec();
        let secs = |processors| Pace::shown(&shown, processors).unwrap().secs(&dealt(1000));
        assert!(near(secs(2), 0.5, 1e-3), "{} s", secs(2));
        // Taken for a turn of eight, one of two tells too much of what each combination costs.
        assert!(secs(8) < 0.45, "{} s", secs(8));
    }

    #[test]
    fn what_cannot_be_told_apart_is_not_made_up() {
        // Sizes of combinations, and what is known of a pace.
        let table: [(&[u64], bool); 4] = [(&[], false), (&[0], false), (&[6], true), (&[6, 6, 6], true)];
        for (sizes, is_known) in table {
            let shown: Vec<(Work, PhaseSecs)> =
                sizes.iter().map(|images| (work(*images, 1), took(work(*images, 1)))).collect();
            let pace = Pace::shown(&shown, 2);
            assert_eq!(pace.is_some(), is_known, "{sizes:?}");
            if let Some(pace) = pace {
                assert!(pace.combination == 0.0 && near(pace.secs(&work(6, 1)), took(work(6, 1)).wall, 1e-9));
            }
        }
        // Where larger ones were faster by chance, nothing is below zero.
        let chance = [(6, 0.5), (6, 0.5), (24, 0.4), (96, 0.3)].map(|(images, secs)| {
            (work(images, 1), PhaseSecs { preload: secs, steps: 0.0, save: 0.0, wall: secs })
        });
        let pace = Pace::shown(&chance, 2).unwrap();
        assert_eq!((pace.preload, pace.image), (0.0, 0.0));
        assert!(near(pace.combination, 0.4, 0.1), "{pace:?}");
        assert_eq!(Pace::default().where_took(&work(6, 1), 1.0), None);
        assert_eq!(pace.where_took(&work(6, 1), 0.0), None);
    }

    #[test]
    fn the_pace_of_a_busy_machine_is_told_as_that() {
        let trial = |others_share| Paces::Trial { pace: Pace::default(), others_share };
        for (paces, note) in [
            (Paces::Unknown, None),
            (Paces::Runs(vec![Pace::default()]), None),
            (trial(None), None),
            (trial(Some(0.1)), None),
            (trial(Some(0.456)), Some("other programs used 46 % of its processors")),
        ] {
            assert_eq!(paces.note().is_some(), note.is_some(), "{paces:?}");
            assert!(note.is_none_or(|note| paces.note().is_some_and(|said| said.contains(note))));
        }
    }
}

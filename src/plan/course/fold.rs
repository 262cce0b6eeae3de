//! The walks of a plan one behind the other: memory at each moment, the forecast, which is the fullest of them, and the
//! work in all.

use super::line::Course;
use super::part::{CoursePart, Gathered};
use super::walk::{CoursePhase, Fill, Walk};
use crate::paging::AfterClear;
use crate::pipeline::ResolvedPipeline;
use crate::plan::scratch::ScratchNeeds;
use crate::plan::{CombinationId, CombinationPlan, Forecast, RunSpec, Work};

/// What the allocator and the threads' stacks take beside the images when work begins, measured
/// as the growth of a worker on one tiny combination.
const WORKING_BYTES: u64 = 1_000_000;

/// What an image or result takes beside its pixels while its combination is in hand (its key, its
/// place in lists, the event that tells of it), measured on 27,000 images of 16 x 16.
const BOOKKEEPING_BYTES: u64 = 512;

/// What is remembered of an image whose objects go into tables, until its well is done.
const TABLE_IMAGE_BYTES: u64 = 256;

/// What an image of the plan takes in the worker beside its path, and what a combination takes.
const PLANNED_IMAGE_BYTES: u64 = 192;
const PLANNED_COMBINATION_BYTES: u64 = 1024;

impl Forecast {
    /// The forecast of a run and the course of its memory, of which it is the fullest moment.
    pub(crate) fn of(
        combinations: &[CombinationPlan],
        spec: &RunSpec,
        pipeline: &ResolvedPipeline,
    ) -> (Self, Course) {
        let mut plans = combinations.iter().map(plan_bytes).collect::<Vec<_>>();
        let mut scratch = ScratchNeeds::default();
        let (mut standing, mut reading, mut bookkeeping) = (0, 0, 0);
        // Images in tables since the wells at hand began.
        let (mut in_tables, mut most_in_tables) = (0, 0);
        let mut fold = Fold::new(spec);
        let mut next = combinations.first().map(|first| Walk::of(first, spec, pipeline, &mut scratch));
        for (combination_index, combination) in combinations.iter().enumerate() {
            let Some(here) = next.take() else { break };
            next = combinations
                .get(combination_index + 1)
                .map(|next| Walk::of(next, spec, pipeline, &mut scratch));
            in_tables = if combination.begins.is_empty() { in_tables } else { 0 } + here.in_tables;
            most_in_tables = most_in_tables.max(in_tables);
            let ahead = next.as_ref().filter(|_| spec.read_ahead);
            let accounted = here.accounted + ahead.map_or(0, |next| next.accounted);
            bookkeeping = bookkeeping.max(accounted * BOOKKEEPING_BYTES);
            standing = standing.max(here.standing_bytes);
            reading = reading.max(here.reading_bytes);
            fold.add(&combination.id, &here, next.as_ref());
        }
        let (parts, mut forecast) = fold.finish();
        forecast.buffer_bytes = scratch.kept_bytes();
        forecast.scratch_bytes = scratch.total_bytes() + bookkeeping + WORKING_BYTES;
        forecast.scratch_bytes += standing + most_in_tables * TABLE_IMAGE_BYTES;
        // The worker has the one at hand, the next, and with reading ahead the one after that.
        plans.extend([0, 0]);
        forecast.plan_bytes = plans.windows(3).map(|three| three.iter().sum()).max().unwrap_or(0);
        // Of small images, what is given may be the most that there ever is.
        forecast.given_bytes = reading;
        forecast.scratch_bytes += reading.saturating_sub(forecast.above_resting_bytes());
        let beside_bytes = forecast.scratch_bytes + forecast.plan_bytes;
        (forecast, Course { parts, beside_bytes, resting_bytes: None })
    }
}

fn plan_bytes(combination: &CombinationPlan) -> u64 {
    let paths: u64 = combination.images.iter().map(|image| image.source.file_name().len() as u64).sum();
    let missing: usize = combination.begins.iter().map(|well| well.missing.len()).sum();
    let images = (combination.images.len() + combination.missing.len() + missing) as u64;
    paths + images * PLANNED_IMAGE_BYTES + PLANNED_COMBINATION_BYTES
}

/// Walks while they are put together.
struct Fold<'a> {
    spec: &'a RunSpec,
    gathered: Gathered,
    combinations: usize,
    /// Units of work and work that are done.
    done: (u64, Work),
    /// Memory that is kept: of each of the two rooms that take turns when images are read ahead.
    kept: [u64; 2],
    /// How full memory was last: counted, and in whole pages.
    now: (u64, u64),
    fullest: Forecast,
}

impl<'a> Fold<'a> {
    fn new(spec: &'a RunSpec) -> Self {
        Self {
            spec,
            gathered: Gathered::default(),
            combinations: 0,
            done: (0, Work::default()),
            kept: [0; 2],
            now: (0, 0),
            fullest: Forecast::default(),
        }
    }

    /// Adds a combination; the next is needed where its images are read ahead.
    fn add(&mut self, id: &CombinationId, here: &Walk, next: Option<&Walk>) {
        let ahead = next.filter(|_| self.spec.read_ahead);
        let (images_ahead, counted_ahead, mapped_ahead) =
            ahead.map_or((0, 0, 0), |next| (next.images, next.loaded, next.mapped_loaded));
        let fullest = &mut self.fullest;
        fullest.images_at_once = fullest.images_at_once.max(here.images + images_ahead);
        fullest.input_bytes = fullest.input_bytes.max(here.loaded + counted_ahead);
        let is_kept = self.spec.after_clear == AfterClear::Keep;
        let room = if self.spec.read_ahead { self.combinations % 2 } else { 0 };
        let (kept_here, kept_beside) = if is_kept { (self.kept[room], self.kept[1 - room]) } else { (0, 0) };
        // What is kept from before is there, used or not.
        let in_room = |bytes: u64| bytes.max(kept_here);
        let beside = mapped_ahead.max(kept_beside);
        for walked in &here.phases {
            let (counted, mapped) = match walked.phase {
                CoursePhase::Preload => (
                    preload(self.now.0, here.loaded, 0, counted_ahead),
                    preload(self.now.1, in_room(here.mapped_loaded), kept_beside, beside),
                ),
                CoursePhase::Clear if is_kept => (
                    walked.counted.map(|bytes| bytes + counted_ahead),
                    walked.mapped.map(|_| here.mapped_total.max(kept_here) + beside),
                ),
                _ => (
                    walked.counted.map(|bytes| bytes + counted_ahead),
                    walked.mapped.map(|bytes| in_room(bytes) + beside),
                ),
            };
            self.now = (counted.after, mapped.after);
            self.fullest.counted_bytes = self.fullest.counted_bytes.max(counted.most);
            self.fullest.mapped_bytes = self.fullest.mapped_bytes.max(mapped.most);
            self.done.0 += walked.units;
            self.done.1 += walked.work;
            self.gathered.add(CoursePart::of_phase(id, walked, (counted, mapped), self.done));
        }
        self.kept[room] = self.kept[room].max(here.mapped_total);
        self.combinations += 1;
    }

    /// The parts, and of the forecast what follows from them: images at once, counted bytes and those in whole pages.
    fn finish(self) -> (Vec<CoursePart>, Forecast) {
        (self.gathered.into_parts(), self.fullest)
    }
}

/// Reading, from what is there to all that is read; room for the next combination is taken before the first step.
fn preload(begins: u64, loaded: u64, beside: u64, beside_then: u64) -> Fill {
    let after = loaded + beside;
    Fill { begins, least: begins.min(after), most: begins.max(loaded + beside_then), after }
}

impl Work {
    /// The work of some combinations.
    pub fn of<'a>(
        combinations: impl IntoIterator<Item = &'a CombinationPlan>,
        spec: &RunSpec,
        pipeline: &ResolvedPipeline,
    ) -> Self {
        let mut work = Self::beside(pipeline);
        for combination in combinations {
            let walk = Walk::of(combination, spec, pipeline, &mut ScratchNeeds::default());
            walk.phases.iter().for_each(|phase| work += phase.work);
        }
        work
    }
}

//! The walks of a plan one behind the other: memory at each moment, the forecast, which is the fullest of them, and the
//! work in all.

use super::line::PlanCourse;
use super::part::{CoursePart, Gathered};
use super::walk::{CoursePhase, Fill, Walk};
use crate::paging::AfterClear;
use crate::pipeline::ResolvedPipeline;
use crate::plan::combinations::Particulars;
use crate::plan::schedule::in_hand;
use crate::plan::scratch::ScratchNeeds;
use crate::plan::{CombinationId, Combinations, Forecast, RunSpec, Work};
use crate::plate::WellId;

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
        combinations: &Combinations,
        spec: &RunSpec,
        pipeline: &ResolvedPipeline,
    ) -> (Self, PlanCourse) {
        Self::of_sets(combinations, spec, pipeline, 0)
    }

    /// The same where the first wells that are processed together stand for so many more sets, which follow them.
    pub(in crate::plan) fn of_sets(
        combinations: &Combinations,
        spec: &RunSpec,
        pipeline: &ResolvedPipeline,
        further_sets: u64,
    ) -> (Self, PlanCourse) {
        let mut scratch = ScratchNeeds::default();
        // Wells that are alike need the same, so that those of a kind are gone through once.
        let mut kinds = Vec::new();
        for mut alike in combinations.alike() {
            let walks: Vec<Walk> =
                alike.combinations.iter().map(|one| Walk::of(one, spec, pipeline, &mut scratch)).collect();
            // What is known of their images is in the walks; wells may all be of kinds of their own.
            for one in &mut alike.combinations {
                (one.images, one.missing) = (Vec::new(), Vec::new());
            }
            kinds.push((alike, walks));
        }
        let mut fold = Fold::new(spec);
        let mut parts = combinations.parts().peekable();
        let mut further = further_sets;
        while let Some(part) = parts.next() {
            let Some((alike, walks)) = kinds.get(part.kind()) else { continue };
            let one = |((mut id, walk), own): ((CombinationId, _), Particulars)| {
                if further_sets > 0 {
                    // Of a plate that is not there, wells that stand for others have no names.
                    (id.well, id.more_wells) = (WellId { row: 0, column: 0 }, Vec::new());
                }
                Walked { id, walk, own }
            };
            let set: Vec<Walked<'_>> =
                part.ids(alike).into_iter().zip(walks).zip(part.particulars(alike)).map(one).collect();
            for walked in &set {
                scratch.read(in_hand(walked.walk.readings, spec.threads), walked.own.scratch_bytes);
            }
            let follows = parts.peek().and_then(|next| kinds.get(next.kind())?.1.first());
            fold.add_sets(&set, std::mem::take(&mut further), follows);
        }
        fold.finish(&scratch)
    }
}

/// The walk through a combination, which may be that through another one that it is like.
struct Walked<'a> {
    id: CombinationId,
    walk: &'a Walk,
    own: Particulars,
}

impl Walked<'_> {
    /// Memory of the plan of the combination.
    fn plan_bytes(&self) -> u64 {
        let images = (self.walk.planned + self.own.told_missing) as u64;
        self.own.name_bytes + images * PLANNED_IMAGE_BYTES + PLANNED_COMBINATION_BYTES
    }
}

/// Walks while they are put together.
struct Fold<'a> {
    spec: &'a RunSpec,
    gathered: Gathered,
    combinations: usize,
    /// Those of them that are of sets for which others stand.
    further: usize,
    /// Units of work and work that are done.
    done: (u64, Work),
    /// Memory that is kept: of each of the two rooms that take turns when images are read ahead.
    kept: [u64; 2],
    /// How full memory was last: counted, and in whole pages.
    now: (u64, u64),
    fullest: Forecast,
    /// The most beside the images: of keeping account, of steps, of the files that they are given.
    bookkeeping: u64,
    standing: u64,
    reading: u64,
    /// Images in tables since the present wells began, and the most of them.
    in_tables: (u64, u64),
    /// The plan of the present combination and of the one before it.
    plan: [u64; 2],
}

impl<'a> Fold<'a> {
    fn new(spec: &'a RunSpec) -> Self {
        Self {
            spec,
            gathered: Gathered::default(),
            combinations: 0,
            further: 0,
            done: (0, Work::default()),
            kept: [0; 2],
            now: (0, 0),
            fullest: Forecast::default(),
            bookkeeping: 0,
            standing: 0,
            reading: 0,
            in_tables: (0, 0),
            plan: [0; 2],
        }
    }

    /// Adds the combinations of a set of wells, and so many more sets that are like it; `follows` is the first walk after these.
    fn add_sets(&mut self, set: &[Walked<'_>], further: u64, follows: Option<&Walk>) {
        let first = set.first().map(|walked| walked.walk);
        // The first fill what is kept, and the last has no other of them after it; those between are alike.
        let alike = further.saturating_sub(2);
        for _ in alike..further {
            self.add_set(set, first);
            self.further += set.len();
        }
        if alike > 0 {
            let gathered = std::mem::take(&mut self.gathered);
            let done = std::mem::take(&mut self.done);
            self.add_set(set, first);
            let parts = std::mem::replace(&mut self.gathered, gathered).into_parts();
            self.gathered.repeat(&parts, alike, done, set.len());
            self.done = self.gathered.done();
            let alike = usize::try_from(alike).unwrap_or(usize::MAX);
            self.further = self.further.saturating_add(alike.saturating_mul(set.len()));
        }
        self.add_set(set, follows);
    }

    fn add_set(&mut self, set: &[Walked<'_>], follows: Option<&Walk>) {
        for (nth, walked) in set.iter().enumerate() {
            self.add(walked, set.get(nth + 1).map(|next| next.walk).or(follows));
        }
    }

    /// Adds a combination; the next is needed where its images are read ahead.
    fn add(&mut self, walked: &Walked<'_>, next: Option<&Walk>) {
        let Walked { id, walk: here, own } = walked;
        let ahead = next.filter(|_| self.spec.read_ahead);
        self.add_beside(walked, ahead);
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
            if walked.phase == CoursePhase::Preload {
                self.done.1 += Work { read_bytes: own.stored_bytes, ..Work::default() };
            }
            self.gathered
                .add(CoursePart::of_phase(id, walked, (counted, mapped), self.done).later(self.further));
        }
        self.kept[room] = self.kept[room].max(here.mapped_total);
        self.combinations += 1;
    }

    /// Adds what a combination takes beside the images.
    fn add_beside(&mut self, walked: &Walked<'_>, ahead: Option<&Walk>) {
        let Walked { walk, own, .. } = walked;
        let begun = if own.begins { 0 } else { self.in_tables.0 } + walk.in_tables;
        self.in_tables = (begun, self.in_tables.1.max(begun));
        let accounted = walk.accounted + ahead.map_or(0, |next| next.accounted);
        self.bookkeeping = self.bookkeeping.max(accounted * BOOKKEEPING_BYTES);
        self.standing = self.standing.max(walk.standing_bytes);
        self.reading = self.reading.max(walk.reading_bytes);
        // The worker has the present one, the next, and with reading ahead the one after that.
        let plan = walked.plan_bytes();
        let three = self.plan.iter().sum::<u64>() + plan;
        self.fullest.plan_bytes = self.fullest.plan_bytes.max(three);
        self.plan = [self.plan[1], plan];
    }

    fn finish(self, scratch: &ScratchNeeds) -> (Forecast, PlanCourse) {
        let mut forecast = self.fullest;
        forecast.buffer_bytes = scratch.kept_bytes();
        forecast.scratch_bytes = scratch.total_bytes() + self.bookkeeping + WORKING_BYTES;
        forecast.scratch_bytes += self.standing + self.in_tables.1 * TABLE_IMAGE_BYTES;
        // Of small images, what is given may be the most that there ever is.
        forecast.given_bytes = self.reading;
        forecast.scratch_bytes += self.reading.saturating_sub(forecast.above_resting_bytes());
        let beside_bytes = forecast.scratch_bytes + forecast.plan_bytes;
        (forecast, PlanCourse { parts: self.gathered.into_parts(), beside_bytes, resting_bytes: None })
    }
}

/// Reading, from what is there to all that is read; room for the next combination is taken before the first step.
fn preload(begins: u64, loaded: u64, beside: u64, beside_then: u64) -> Fill {
    let after = loaded + beside;
    Fill { begins, least: begins.min(after), most: begins.max(loaded + beside_then), after }
}

impl Work {
    /// The work of some combinations.
    pub fn of(combinations: &Combinations, spec: &RunSpec, pipeline: &ResolvedPipeline) -> Self {
        let mut work = Self::beside(pipeline);
        work += Forecast::of(combinations, spec, pipeline).1.work();
        work
    }
}

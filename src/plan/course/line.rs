//! The course of a run as a line over the share of its work or over its time, and what it says of a moment.

use serde::{Deserialize, Serialize};

use super::part::{CoursePart, Gathered};
use super::walk::{CoursePhase, Fill};
use crate::paging::MEMORY_PAGE_BYTES;
use crate::plan::{Paces, Work};

/// The course of a run before it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanCourse {
    /// In order.
    pub parts: Vec<CoursePart>,
    /// Beside images and resting memory, as long as there is work: of the threads, of keeping account, of the plan. Which
    /// group fills a buffer first is a race, so all count from the beginning.
    pub beside_bytes: u64,
    /// Resting memory of the worker, where known.
    pub resting_bytes: Option<u64>,
}

/// A point of a course. Where several moments fall together, memory goes from its least to its most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoursePoint {
    /// Index of its part; `None` of rest, before all work.
    pub part: Option<usize>,
    /// Whether the part is over.
    pub is_after: bool,
    /// Share of the run's work that is done, 0 to 1.
    pub share: f64,
    /// The phase; of several that of the most.
    pub phase: Option<CoursePhase>,
    /// Pixel bytes: the least and the most.
    pub counted_bytes: [u64; 2],
    /// Resident memory of the worker likewise; `None` where its resting memory is not known.
    pub rss_bytes: Option<[u64; 2]>,
}

/// A moment at which memory passes a limit for the first time.
#[derive(Clone, Debug, PartialEq)]
pub struct Passing {
    /// Share of the work that is done by then.
    pub share: f64,
    /// Index of the part.
    pub part: usize,
    /// Of the images that are read then, the first that does not fit, counted from 1.
    pub image: Option<usize>,
}

/// Code of the program that runs for the first time while a run goes on: it is mapped from the program's file, and counts as
/// resident. How much of it that is, is the linker's and the page cache's doing, as the system maps what surrounds it, too, so
/// no plan knows it. Over all plans of the sweep of forecasts resident memory was above its course by 1.9 MB at most, while
/// anonymous memory, which is all else, was below its course after each clear.
const CODE_BYTES: u64 = 2_500_000;

/// What the system's own counts of anonymous memory and of files, of which resident memory is the sum, may be off: each
/// processor of the computer keeps so many pages to itself before it tells of them, as far as the kernel does not add these up.
fn counter_bytes(processors: usize) -> u64 {
    let processors = processors as u64;
    let pages = processors.saturating_mul(processors.saturating_mul(2).max(32));
    pages.saturating_mul(2 * MEMORY_PAGE_BYTES)
}

/// What resident memory may be above its course without fault, on a computer of this many processors.
pub fn allowed_bytes(processors: usize) -> u64 {
    CODE_BYTES.saturating_add(counter_bytes(processors))
}

impl PlanCourse {
    /// The same for a worker that rests at this.
    #[must_use]
    pub fn with_resting(mut self, resting_bytes: Option<u64>) -> Self {
        self.resting_bytes = resting_bytes;
        self
    }

    /// The same in so many parts at most.
    #[must_use]
    pub(crate) fn coarsened(&self, most: usize) -> Self {
        Self { parts: Gathered::coarsened(&self.parts, most), ..*self }
    }

    /// Whether nothing is expected.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Units of work in all.
    pub fn units(&self) -> u64 {
        self.parts.last().map_or(0, |last| last.units)
    }

    /// How many phases of the run are over with each part.
    pub fn phases_over(&self) -> Vec<usize> {
        let over = self.parts.iter().scan(0_usize, |over, part| {
            *over = over.saturating_add(part.phases);
            Some(*over)
        });
        over.collect()
    }

    /// The parts that these phases are in, the first and the last, counted from 0; `over` are [`Self::phases_over`].
    pub fn parts_of(&self, over: &[usize], [first, last]: [u32; 2]) -> &[CoursePart] {
        let part = |phase: u32| over.partition_point(|over| *over <= phase as usize);
        self.parts.get(part(first)..part(last).saturating_add(1)).unwrap_or_default()
    }

    /// The most resident memory that is expected in these parts; `None` where resting memory is not known.
    pub fn most_rss(&self, parts: &[CoursePart]) -> Option<u64> {
        parts.iter().filter_map(|part| self.rss(part)).map(|fill| fill.most).max()
    }

    /// All work of the combinations.
    pub fn work(&self) -> Work {
        self.parts.last().map_or_else(Work::default, |last| last.work)
    }

    /// The share of the work that is done when a part begins and when it is over.
    pub fn shares(&self, part: usize) -> [f64; 2] {
        let all = self.units().max(1) as f64;
        let done = |index: Option<usize>| {
            index.and_then(|index| self.parts.get(index)).map_or(0.0, |one| one.units as f64 / all)
        };
        [done(part.checked_sub(1)), done(Some(part))]
    }

    /// Seconds from the beginning to the end of each part; `None` where no pace is known.
    pub fn ends_secs(&self, paces: &Paces) -> Option<Vec<f64>> {
        self.parts.iter().map(|one| paces.middle(&one.work)).collect()
    }

    /// Resident memory of the worker in a part; `None` where its resting memory is not known.
    pub fn rss(&self, part: &CoursePart) -> Option<Fill> {
        let beside = self.resting_bytes?.saturating_add(self.beside_bytes);
        Some(part.mapped.map(|bytes| bytes.saturating_add(beside)))
    }

    /// What is compared with a limit: resident memory, or what is known of it.
    fn needed(&self, part: &CoursePart) -> Fill {
        let beside = self.resting_bytes.unwrap_or(0).saturating_add(self.beside_bytes);
        part.mapped.map(|bytes| bytes.saturating_add(beside))
    }

    /// The line: two points for each part, and rest before them.
    pub fn points(&self) -> Vec<CoursePoint> {
        let rest = CoursePoint {
            part: None,
            is_after: true,
            share: 0.0,
            phase: None,
            counted_bytes: [0; 2],
            rss_bytes: self.resting_bytes.map(|bytes| [bytes; 2]),
        };
        let of_part = |(index, part): (usize, &CoursePart)| {
            let shares = self.shares(index);
            let is_one = part.phases == 1;
            let counted = Self::ends(part.counted, part.phase());
            let rss = self.rss(part).map(|fill| Self::ends(fill, part.phase()));
            [0, 1].map(|end| CoursePoint {
                part: Some(index),
                is_after: end == 1,
                share: shares[end],
                phase: Some(if is_one || end == 0 { part.fullest } else { part.emptiest }),
                counted_bytes: counted[end],
                rss_bytes: rss.map(|rss| rss[end]),
            })
        };
        let of_all = self.parts.iter().enumerate().flat_map(of_part);
        if self.is_empty() { Vec::new() } else { std::iter::once(rest).chain(of_all).collect() }
    }

    /// The part at a share of the work.
    pub fn at(&self, share: f64) -> Option<usize> {
        let units = share * self.units() as f64;
        let place = self.parts.partition_point(|part| (part.units as f64) < units);
        (!self.is_empty()).then(|| place.min(self.parts.len() - 1))
    }

    /// When memory passes a limit for the first time; `None` where it never does.
    pub fn passes(&self, limit_bytes: u64) -> Option<Passing> {
        let part = self.parts.iter().position(|one| self.needed(one).most > limit_bytes)?;
        let one = &self.parts[part];
        let [from, to] = self.shares(part);
        let fill = self.needed(one);
        let is_reading = one.phase() == Some(CoursePhase::Preload) && fill.after > limit_bytes;
        // Images are read one after the other, so memory rises evenly.
        let within = match fill.after.saturating_sub(fill.begins) {
            rise if is_reading && rise > 0 => {
                (limit_bytes.saturating_sub(fill.begins) as f64 / rise as f64).clamp(0.0, 1.0)
            }
            _ => 0.0,
        };
        let image = is_reading.then(|| ((within * one.images as f64) as usize + 1).min(one.images.max(1)));
        Some(Passing { share: from + within * (to - from), part, image })
    }

    /// The least and the most at both ends of a part: one phase is a straight line, whose fullest moment is at its end where
    /// it rises and else at its beginning; of several, neither end is told from the other.
    pub(crate) fn ends(fill: Fill, phase: Option<CoursePhase>) -> [[u64; 2]; 2] {
        let Fill { begins, least, most, after } = fill;
        match phase {
            None => [[least, most]; 2],
            Some(CoursePhase::Preload) => [[begins; 2], [after; 2]],
            Some(_) if after > begins => [[begins; 2], [most; 2]],
            Some(_) => [[most; 2], [after; 2]],
        }
    }
}

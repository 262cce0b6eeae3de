//! The course of a plan as parts, each a phase or several that fall together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::walk::{CoursePhase, Fill, WalkedPhase};
use crate::plan::planned::wells_text;
use crate::plan::{CombinationId, Work};
use crate::plate::{Component, WellId};

/// The most parts of a course: each is drawn as two points at most.
pub(super) const MOST_PARTS: usize = 999;

/// A combination as a course names it: it is repeated in each of many parts, and so has no list of wells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedCombination {
    /// Its place in the run, from 0.
    pub index: usize,
    /// The well; the first, where several are processed together.
    pub well: WellId,
    /// How many more are processed together with it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub further_wells: usize,
    /// The value of each sequential component; empty in bulk.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<Component, u32>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl From<&CombinationId> for NamedCombination {
    fn from(id: &CombinationId) -> Self {
        let CombinationId { index, well, more_wells, values } = id;
        Self { index: *index, well: *well, further_wells: more_wells.len(), values: values.clone() }
    }
}

impl NamedCombination {
    /// `A01`, or `A01 and 3 more wells`.
    pub(crate) fn wells_text(&self) -> String {
        wells_text(self.well, self.further_wells)
    }
}

/// What is expected of a phase, or of several that follow each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoursePart {
    /// The combination; the first of several.
    pub combination: NamedCombination,
    /// Index of the last combination that it has a phase of.
    pub last: usize,
    /// Phases that fall together in it.
    pub phases: usize,
    /// The phase in which counted bytes are at their most, and that in which they are at their least.
    pub fullest: CoursePhase,
    /// See [`Self::fullest`].
    pub emptiest: CoursePhase,
    /// The most images that are read, taken or saved in a phase.
    pub images: usize,
    /// Units of work of the run that are done when it is over: images read, groups worked on, results saved.
    pub units: u64,
    /// What is done of the run when it is over, by which its time is told.
    pub work: Work,
    /// Pixel bytes that the store holds.
    pub counted: Fill,
    /// Memory of the images in whole pages.
    pub mapped: Fill,
}

impl CoursePart {
    /// The phase of a combination, when so many units and so much work are done in all.
    pub(super) fn of_phase(
        combination: &CombinationId,
        walked: &WalkedPhase,
        (counted, mapped): (Fill, Fill),
        (units, work): (u64, Work),
    ) -> Self {
        Self {
            combination: combination.into(),
            last: combination.index,
            phases: 1,
            fullest: walked.phase,
            emptiest: walked.phase,
            images: walked.images,
            units,
            work,
            counted,
            mapped,
        }
    }

    /// The phase; `None` where several fall together.
    pub fn phase(&self) -> Option<CoursePhase> {
        (self.phases == 1).then_some(self.fullest)
    }

    /// The same of combinations that come so many later.
    pub(super) fn later(mut self, combinations: usize) -> Self {
        self.combination.index = self.combination.index.saturating_add(combinations);
        self.last = self.last.saturating_add(combinations);
        self
    }

    /// Takes in the one that follows.
    fn take_in(&mut self, next: &Self) {
        if next.counted.most > self.counted.most {
            self.fullest = next.fullest;
        }
        if next.counted.least < self.counted.least {
            self.emptiest = next.emptiest;
        }
        self.last = next.last;
        self.phases += next.phases;
        self.images = self.images.max(next.images);
        self.units = next.units;
        self.work = next.work;
        self.counted = self.counted.and(next.counted);
        self.mapped = self.mapped.and(next.mapped);
    }
}

/// Parts while they are gathered: as many phases in each as keep their number bounded.
#[derive(Debug)]
pub(super) struct Gathered {
    parts: Vec<CoursePart>,
    /// Phases that fall together.
    each: usize,
}

impl Default for Gathered {
    fn default() -> Self {
        Self { parts: Vec::new(), each: 1 }
    }
}

impl Gathered {
    pub(super) fn add(&mut self, next: CoursePart) {
        if let Some(last) = self.parts.last_mut()
            && last.phases < self.each
        {
            last.take_in(&next);
            return;
        }
        if self.parts.len() >= MOST_PARTS {
            self.each *= 2;
            let all = std::mem::take(&mut self.parts);
            all.into_iter().chain([next]).for_each(|part| self.add(part));
        } else {
            self.parts.push(next);
        }
    }

    /// Adds the same parts again and again, so many times in all. Each tells units and work since the first of them began, of
    /// which so much was done before; this many combinations are in them.
    pub(super) fn repeat(
        &mut self,
        parts: &[CoursePart],
        times: u64,
        (mut units, mut work): (u64, Work),
        combinations: usize,
    ) {
        // What is repeated often is seen less finely, and then need not be put together finely.
        let most = (4 * MOST_PARTS as u64).div_ceil(times.max(1)).max(8);
        let parts = Self::coarsened(parts, usize::try_from(most).unwrap_or(MOST_PARTS));
        let Some(last) = parts.last() else { return };
        let mut before = 0_usize;
        for _ in 0..times {
            for part in &parts {
                let mut part = part.clone();
                part.units = part.units.saturating_add(units);
                let mut done = work;
                done += part.work;
                part.work = done;
                self.add(part.later(before));
            }
            units = units.saturating_add(last.units);
            work += last.work;
            before = before.saturating_add(combinations);
        }
    }

    /// The same in so many parts at most.
    pub(super) fn coarsened(parts: &[CoursePart], most: usize) -> Vec<CoursePart> {
        let each = parts.len().div_ceil(most.max(1)).max(1);
        let joined = parts.chunks(each).filter_map(|chunk| {
            let (first, later) = chunk.split_first()?;
            let mut first = first.clone();
            later.iter().for_each(|part| first.take_in(part));
            Some(first)
        });
        joined.collect()
    }

    /// Units of work and work that are done with all that was added.
    pub(super) fn done(&self) -> (u64, Work) {
        self.parts.last().map_or_else(Default::default, |last| (last.units, last.work))
    }

    pub(super) fn into_parts(self) -> Vec<CoursePart> {
        self.parts
    }
}

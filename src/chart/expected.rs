//! What is expected of a way of processing: its course, with the words for what happens in it.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::plan::{CoursePart, CoursePhase, Mode, Passing, PlanCourse};
use crate::plate::{Component, value_words};
use crate::quantity::{bytes_text, count_text, plural};
use crate::record::RunRecord;

/// The course that is expected of a run, with the words for what happens in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expected {
    /// Memory over the work.
    pub course: Arc<PlanCourse>,
    /// Seconds from the beginning to the end of each part of it; `None` where no pace is known.
    pub ends_secs: Option<Arc<[f64]>>,
    /// Names of the steps.
    pub steps: Vec<String>,
    /// Channel number to name.
    pub channel_names: BTreeMap<u32, String>,
}

/// A way of processing that is not run, or not yet.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedWay {
    /// All at once or one at a time.
    pub mode: Mode,
    /// Its name on screen.
    pub title: String,
    /// The components that it takes one value at a time, outermost first.
    pub sequential: Vec<Component>,
    /// What is expected of it.
    pub expected: Expected,
}

impl Hash for Expected {
    /// All that a picture is drawn of, as another course may come to lie at the same place in memory.
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.course.resting_bytes, self.course.beside_bytes, self.course.parts.len()).hash(state);
        for part in &self.course.parts {
            (part.units, part.counted, part.mapped).hash(state);
        }
        for secs in self.ends_secs.iter().flat_map(|ends| ends.iter()) {
            secs.to_bits().hash(state);
        }
    }
}

impl Expected {
    /// Of a run, as its record has it; `None` where that has none.
    pub(crate) fn of_record(record: &RunRecord) -> Option<Self> {
        let steps = record.spec.pipeline.steps.iter().map(|step| step.step.name().to_owned()).collect();
        let expected = Self {
            course: Arc::new(record.expected_course.clone()),
            ends_secs: None,
            steps,
            channel_names: record.plan.channel_names.clone(),
        };
        (!record.expected_course.is_empty()).then_some(expected)
    }

    /// Seconds from the beginning to when a share of the work is done.
    pub(super) fn secs_at(&self, share: f64) -> Option<f64> {
        let ends = self.ends_secs.as_ref()?;
        let part = self.course.at(share)?;
        let [from, to] = self.course.shares(part);
        let begin = part.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0.0);
        let end = *ends.get(part)?;
        let within = if to > from { ((share - from) / (to - from)).clamp(0.0, 1.0) } else { 1.0 };
        Some(begin + within * (end - begin))
    }

    /// The share of the work that is done after so many seconds.
    pub(super) fn share_at(&self, secs: f64) -> Option<f64> {
        let ends = self.ends_secs.as_ref()?;
        let part = ends.partition_point(|end| *end < secs).min(ends.len().checked_sub(1)?);
        let begin = part.checked_sub(1).map_or(0.0, |before| ends[before]);
        let within =
            if ends[part] > begin { ((secs - begin) / (ends[part] - begin)).clamp(0.0, 1.0) } else { 1.0 };
        let [from, to] = self.course.shares(part);
        Some(from + within * (to - from))
    }

    /// `FITC`, `A01 · FITC` where there are several wells, `A01` of all at once in several wells; empty of the only one.
    fn combination_text(&self, part: &CoursePart) -> String {
        let wells = |part: Option<&CoursePart>| part.map(|part| part.combination.well);
        let has_several = wells(self.course.parts.first()) != wells(self.course.parts.last());
        let well = has_several.then(|| part.combination.wells_text());
        let values = part.combination.values.iter();
        let values = values.map(|(component, value)| value_words(&self.channel_names, *component, *value));
        well.into_iter().chain(values).collect::<Vec<_>>().join(" · ")
    }

    /// What happens in a part when so much of it is done: `preload · 14 of 27 images of FITC`.
    pub(super) fn doing(&self, part: usize, within: f64) -> String {
        let Some(part) = self.course.parts.get(part) else { return String::new() };
        let name = self.combination_text(part);
        let of = if name.is_empty() { String::new() } else { format!(" of {name}") };
        let images = plural(part.images, "image");
        let step = |index: usize| self.steps.get(index).map_or("step", String::as_str);
        match part.phase() {
            Some(CoursePhase::Preload) => {
                // One that is read to the last pixel but for rounding is read.
                let read = (within * part.images as f64 - 1e-6).ceil().max(0.0) as usize;
                format!("preload · {} of {images}{of}", count_text(read.min(part.images)))
            }
            Some(CoursePhase::Step(index)) => format!("{} · {images}{of}", step(index)),
            Some(CoursePhase::Save(_)) => format!("save · {images}{of}"),
            Some(CoursePhase::Clear) => format!("clear{of}"),
            None => {
                let count = part.last.saturating_sub(part.combination.index) + 1;
                let from =
                    if count > 1 { format!(", {} from {name} on", plural(count, "combination")) } else { of };
                format!("up to {images}{from}")
            }
        }
    }

    /// The most memory: resident, or counted where resting memory is not known.
    pub(crate) fn peak_bytes(&self) -> u64 {
        let course = &self.course;
        let most = |part: &CoursePart| course.rss(part).map_or(part.counted.most, |fill| fill.most);
        course.parts.iter().map(most).max().unwrap_or(0)
    }

    /// Where a way does not fit, in words: `does not fit from image 23 of 54 on, at 17 % of the work`.
    pub(crate) fn passing_text(&self, passing: &Passing) -> String {
        let percent = format!("at {:.0} % of the work", passing.share * 100.0);
        let Some(part) = self.course.parts.get(passing.part) else {
            return format!("does not fit, {percent}");
        };
        let name = self.combination_text(part);
        let of = if name.is_empty() { String::new() } else { format!(" of {name}") };
        let step = |index: usize| self.steps.get(index).map_or("step", String::as_str);
        let from = match (part.phase(), passing.image) {
            (Some(CoursePhase::Preload), Some(image)) => {
                format!("image {} of {}{of}", count_text(image), count_text(part.images))
            }
            (Some(CoursePhase::Step(index)), _) => format!("{}{of}", step(index)),
            _ if name.is_empty() => "the beginning".to_owned(),
            _ => name,
        };
        format!("does not fit from {from} on, {percent}")
    }

    /// Where it passes a budget, in words; `None` where it fits.
    pub(crate) fn misfit(&self, budget_bytes: Option<u64>) -> Option<(Passing, String)> {
        let passing = self.course.passes(budget_bytes?)?;
        let text = self.passing_text(&passing);
        Some((passing, text))
    }
}

impl PlannedWay {
    /// `All at once: expected at most 57.0 MB. It does not fit from image 23 of 54 on, at 17 % of the work.`
    pub(crate) fn peak_text(&self, budget_bytes: Option<u64>) -> String {
        let peak = self.expected.peak_bytes();
        let misfit = self.expected.misfit(budget_bytes);
        let misfit = misfit.map_or_else(String::new, |(_, text)| format!(" It {text}."));
        format!("{}: expected at most {}.{misfit}", self.title, bytes_text(peak))
    }
}

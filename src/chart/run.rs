//! One run as the memory chart knows it: its course and its memory over time.
//!
//! Never reads a clock; never panics on events that come late, twice or not at all.

use super::Expected;
use super::series::{Measure, Series};
use super::watched::WatchedStory;
use crate::events::{Band, Course, Event, Marker, Outcome, Timeline};
use crate::plan::{CombinationId, Forecast, Mode, PlanSummary, way_title};
use crate::plate::Component;
use crate::quantity::bytes_text;
use crate::record::{RunId, RunRecord};
use crate::watch::{Moment, WatchedRecord, WatchedSample};

/// The most memory that a run had.
#[derive(Clone, Debug, PartialEq)]
pub struct Peak {
    /// Seconds since the worker was ready.
    pub at_secs: f64,
    /// Memory at that moment, in bytes.
    pub bytes: u64,
    /// What was happening: `Z projection · FITC`; empty where unknown.
    pub doing: String,
}

impl Peak {
    /// `17.7 MB · Z projection · FITC`.
    pub fn text(&self) -> String {
        if self.doing.is_empty() {
            bytes_text(self.bytes)
        } else {
            format!("{} · {}", bytes_text(self.bytes), self.doing)
        }
    }
}

/// A run in the memory chart.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartRun {
    /// Which run it is.
    pub id: RunId,
    /// All at once or one at a time; `None` of a watched program.
    pub mode: Option<Mode>,
    /// Its name on screen: `All at once`, `Channel, one at a time`, `python3 script.py`.
    pub title: String,
    /// The components that it takes one value at a time, outermost first.
    pub sequential: Vec<Component>,
    /// Memory over time.
    pub series: Series,
    /// What was expected of it; `None` where that is not known.
    pub expected: Option<Expected>,
    story: Story,
    version: u64,
}

/// What happened in it.
#[derive(Clone, Debug, PartialEq)]
enum Story {
    Run(Box<Course>),
    Watched(WatchedStory),
}

impl ChartRun {
    /// A run of which nothing has happened yet.
    pub fn new(id: RunId, mode: Mode) -> Self {
        Self::with(id, Some(mode), mode.title().to_owned(), Story::Run(Box::new(Course::with_history())))
    }

    fn with(id: RunId, mode: Option<Mode>, title: String, story: Story) -> Self {
        Self {
            id,
            mode,
            title,
            sequential: Vec::new(),
            series: Series::default(),
            expected: None,
            story,
            version: 0,
        }
    }

    /// A program that was watched, or is from now on.
    pub fn of_watched(id: RunId, record: &WatchedRecord, is_live: bool) -> Self {
        let mut story = WatchedStory::of_record(record);
        story.end = story.end.filter(|_| !is_live);
        let mut chart = Self::with(id, None, record.title(), Story::Watched(story));
        record.samples.iter().for_each(|sample| chart.series.push(sample));
        chart.version = (record.moments.len() + record.samples.len()) as u64;
        chart
    }

    /// The memory of a watched program was looked at.
    pub(crate) fn watched_sample(&mut self, sample: &WatchedSample) {
        self.series.push(sample);
        self.tell_watched(|story| story.sample(sample));
    }

    /// A watched program said something.
    pub(crate) fn watched_moment(&mut self, moment: &Moment) {
        self.tell_watched(|story| story.moment(moment));
    }

    fn tell_watched(&mut self, tell: impl FnOnce(&mut WatchedStory)) {
        if let Story::Watched(story) = &mut self.story {
            tell(story);
            self.version += 1;
        }
    }

    /// A run that is over.
    pub fn of_record(id: RunId, record: &RunRecord) -> Self {
        let mut chart = Self::new(id, record.plan.mode);
        chart.begin(&record.plan);
        record.samples.iter().for_each(|sample| chart.series.push(sample));
        chart.story = Story::Run(Box::new(record.course()));
        chart.expected = Expected::of_record(record);
        chart.version = (record.events.len() + record.samples.len()) as u64;
        chart
    }

    /// A run that is to begin or goes on, of which so much has happened: its record, which knows no end yet, tells of none.
    pub(crate) fn of_live(id: RunId, record: &RunRecord, course: &Course) -> Self {
        let mut chart = Self::new(id, record.plan.mode);
        chart.begin(&record.plan);
        record.samples.iter().for_each(|sample| chart.series.push(sample));
        chart.story = Story::Run(Box::new(course.clone()));
        chart.expected = Expected::of_record(record);
        chart.version = (record.events.len() + record.samples.len()) as u64;
        chart
    }

    /// Takes an event into account.
    pub fn apply(&mut self, event: &Event) {
        let Story::Run(course) = &mut self.story else { return };
        let is_begun = course.plan().is_some();
        course.apply(event);
        if let Some(sample) = event.sample() {
            self.series.push(&sample);
        }
        if let (Some(plan), false) = (course.plan(), is_begun) {
            let plan = plan.clone();
            self.begin(&plan);
        }
        self.version += 1;
    }

    /// Changes whenever what is drawn may change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Preloads, clears and marks, in order.
    pub fn markers(&self) -> &[Marker] {
        match &self.story {
            Story::Run(_) => self.timeline().map_or(&[], |timeline| &timeline.markers),
            Story::Watched(story) => &story.markers,
        }
    }

    /// What happened when, in order.
    pub fn bands(&self) -> &[Band] {
        match &self.story {
            Story::Run(_) => self.timeline().map_or(&[], |timeline| &timeline.bands),
            Story::Watched(story) => &story.bands,
        }
    }

    /// Resting memory of the worker; `None` of a watched program, of which nobody knows when it is at rest.
    pub fn baseline_rss_bytes(&self) -> Option<u64> {
        self.course()?.summary.baseline_rss_bytes
    }

    /// What was expected; `None` until it has started.
    pub fn forecast(&self) -> Option<Forecast> {
        self.course()?.forecast()
    }

    /// How it ended; `None` while it runs.
    pub fn outcome(&self) -> Option<Outcome> {
        match &self.story {
            Story::Run(course) => course.outcome(),
            Story::Watched(story) => story.outcome(),
        }
    }

    /// What stands where its line breaks off; `None` where it did not, or has not ended.
    pub(super) fn broken_off(&self) -> Option<String> {
        match &self.story {
            Story::Run(course) => match course.outcome()? {
                Outcome::Failed => Some("failed".to_owned()),
                Outcome::Cancelled => Some("cancelled".to_owned()),
                Outcome::Completed => None,
            },
            Story::Watched(story) => story.broken_off(),
        }
    }

    /// The time of the last event.
    pub(crate) fn end_secs(&self) -> f64 {
        match &self.story {
            Story::Run(course) => course.at_secs(),
            Story::Watched(story) => story.end_secs,
        }
    }

    /// What a run does, as far as it has come; `None` of a watched program.
    fn course(&self) -> Option<&Course> {
        match &self.story {
            Story::Run(course) => Some(course),
            Story::Watched(_) => None,
        }
    }

    fn timeline(&self) -> Option<&Timeline> {
        self.course()?.timeline()
    }

    fn peak_of(&self, measure: Measure) -> Option<(f64, u64)> {
        match (&self.story, measure) {
            (Story::Watched(story), _) => story.peak_of(measure),
            (Story::Run(_), Measure::Rss) => self.timeline()?.peak_rss,
            (Story::Run(_), Measure::Counted) => self.timeline()?.peak_counted,
            (Story::Run(_), Measure::Largest) => None,
        }
    }

    /// What its second line shows.
    pub(crate) fn second_measure(&self) -> Measure {
        match self.story {
            Story::Run(_) => Measure::Counted,
            Story::Watched(_) => Measure::Largest,
        }
    }

    /// Whether it is a watched program that never had more memory than its largest process.
    pub(crate) fn is_one_process(&self) -> bool {
        let bytes = |measure| self.peak_of(measure).map(|(_, bytes)| bytes);
        self.mode.is_none() && bytes(Measure::Rss) == bytes(Measure::Largest)
    }

    /// The measures of which runs have a second line.
    pub(crate) fn second_measures(runs: &[Self]) -> Vec<Measure> {
        let has = |measure: &Measure| {
            let with_second = runs.iter().filter(|run| run.has_rss() && !run.is_one_process());
            with_second.into_iter().any(|run| run.second_measure() == *measure)
        };
        [Measure::Counted, Measure::Largest].into_iter().filter(has).collect()
    }

    /// Whether the system told the resident memory at any time.
    pub(crate) fn has_rss(&self) -> bool {
        self.peak_of(Measure::Rss).is_some()
    }

    /// What its main line shows: RSS, or counted where the system did not tell.
    pub fn main_measure(&self) -> Measure {
        let is_counted = self.course().is_some() && !self.has_rss() && !self.series.samples().is_empty();
        if is_counted { Measure::Counted } else { Measure::Rss }
    }

    /// The forecast of a measure.
    pub(crate) fn forecast_bytes(&self, measure: Measure) -> Option<u64> {
        let forecast = self.forecast()?;
        match measure {
            Measure::Rss => forecast.rss_bytes,
            Measure::Counted => Some(forecast.counted_bytes),
            Measure::Largest => None,
        }
    }

    /// The most memory so far.
    pub fn peak(&self, measure: Measure) -> Option<Peak> {
        let (at_secs, bytes) = self.peak_of(measure)?;
        Some(Peak { at_secs, bytes, doing: self.doing_at(at_secs) })
    }

    /// The most memory among the samples from one time to another.
    pub fn peak_between(&self, measure: Measure, from_secs: f64, to_secs: f64) -> Option<Peak> {
        let sample = self.series.highest(measure, from_secs, to_secs)?;
        let bytes = measure.of(sample)?;
        Some(Peak { at_secs: sample.at_secs, bytes, doing: self.doing_at(sample.at_secs) })
    }

    /// What was happening at a time: `Z projection · FITC`; empty where nothing was.
    pub fn doing_at(&self, at_secs: f64) -> String {
        match &self.story {
            Story::Run(_) => self.timeline().map_or_else(String::new, |timeline| timeline.doing_at(at_secs)),
            Story::Watched(story) => {
                story.band_at(at_secs).map_or_else(String::new, |band| band.name.clone())
            }
        }
    }

    /// The phase at a time: `Z projection`; `None` where nothing was happening.
    pub(crate) fn phase_at(&self, at_secs: f64) -> Option<&str> {
        let band = match &self.story {
            Story::Run(_) => self.timeline()?.band_at(at_secs),
            Story::Watched(story) => story.band_at(at_secs),
        };
        band.map(|band| band.name.as_str())
    }

    /// The share of the run's work that was done at a time; of a watched program, whose work is not known, the share of its
    /// time.
    pub fn share_at(&self, at_secs: f64) -> f64 {
        match &self.story {
            Story::Run(_) => self.timeline().map_or(0.0, |timeline| timeline.share_at(at_secs)),
            Story::Watched(story) if story.end_secs > 0.0 => (at_secs / story.end_secs).clamp(0.0, 1.0),
            Story::Watched(_) => 0.0,
        }
    }

    /// The time at which a share of the work was done; the end of the run where it never was more.
    pub fn secs_at_share(&self, share: f64) -> f64 {
        match &self.story {
            Story::Run(_) => self
                .timeline()
                .and_then(|timeline| timeline.secs_at_share(share))
                .unwrap_or_else(|| self.end_secs()),
            Story::Watched(story) => story.end_secs * share,
        }
    }

    pub(super) fn combination_text(&self, combination: &CombinationId) -> String {
        self.timeline().map_or_else(String::new, |timeline| timeline.combination_text(combination))
    }

    fn begin(&mut self, plan: &PlanSummary) {
        self.mode = Some(plan.mode);
        self.title = way_title(plan.mode, &plan.sequential);
        if plan.mode == Mode::Sequential {
            self.sequential.clone_from(&plan.sequential);
        }
    }
}

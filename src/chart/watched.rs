//! A watched program as the memory chart knows it: what it said becomes marks and bands, as what happens in a run does.

use super::{Band, Marker, MarkerKind, Measure, Phase};
use crate::events::Outcome;
use crate::quantity::plural;
use crate::watch::{Moment, MomentKind, WatchedEnd, WatchedRecord, WatchedSample};

/// What is known of a watched program over time, but for its memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct WatchedStory {
    /// Preloads, clears and marks, in order.
    pub(super) markers: Vec<Marker>,
    /// Steps, in order.
    pub(super) bands: Vec<Band>,
    /// Time and bytes of the peaks of the sum and of the largest process.
    peaks: [Option<(f64, u64)>; 2],
    /// The time of the last that is known.
    pub(super) end_secs: f64,
    /// How it ended; `None` while it is watched.
    pub(super) end: Option<WatchedEnd>,
    /// Names of steps in the order in which they came: each has a shade.
    steps: Vec<String>,
    is_in_step: bool,
}

impl WatchedStory {
    /// That of a program that is watched no more.
    pub(super) fn of_record(record: &WatchedRecord) -> Self {
        let mut story = Self::default();
        record.samples.iter().for_each(|sample| story.sample(sample));
        record.moments.iter().for_each(|moment| story.moment(moment));
        story.ended(record.secs.unwrap_or(0.0), record.end);
        story
    }

    pub(super) fn sample(&mut self, sample: &WatchedSample) {
        self.passes(sample.at_secs);
        for (peak, bytes) in self.peaks.iter_mut().zip([sample.rss, sample.largest]) {
            if let Some(bytes) = bytes.filter(|bytes| peak.is_none_or(|(_, most)| *bytes > most)) {
                *peak = Some((sample.at_secs, bytes));
            }
        }
    }

    pub(super) fn moment(&mut self, moment: &Moment) {
        self.passes(moment.at_secs);
        let mut mark = |kind, combination| {
            self.markers.push(Marker { kind, at_secs: moment.at_secs, combination });
        };
        match &moment.kind {
            MomentKind::Preloaded { images, combination } => {
                mark(MarkerKind::Preload, images_text(*images, combination.as_deref()));
            }
            MomentKind::Cleared { images, combination } => {
                mark(MarkerKind::Clear, images_text(*images, combination.as_deref()));
            }
            MomentKind::Mark => mark(MarkerKind::Mark, moment.said.clone()),
            MomentKind::StepStarted { name } => self.step_started(name, moment.at_secs),
            MomentKind::StepDone { name, secs } => {
                if let Some(secs) = secs.filter(|_| !self.is_in(name)) {
                    self.step_took(name, secs, moment.at_secs);
                }
                self.is_in_step = false;
            }
            // It is told under the chart, and is no other memory than that which is drawn.
            MomentKind::Memory { .. } => {}
        }
    }

    pub(super) fn ended(&mut self, at_secs: f64, end: WatchedEnd) {
        self.passes(at_secs);
        self.end = Some(end);
    }

    fn step_started(&mut self, name: &str, at_secs: f64) {
        let known = self.steps.iter().position(|step| step == name);
        let step = known.unwrap_or_else(|| {
            self.steps.push(name.to_owned());
            self.steps.len() - 1
        });
        self.bands.push(Band {
            phase: Phase::Step(step),
            name: name.to_owned(),
            combination: String::new(),
            from_secs: at_secs,
            to_secs: at_secs,
        });
        self.is_in_step = true;
    }

    fn is_in(&self, name: &str) -> bool {
        self.is_in_step && self.bands.last().is_some_and(|band| band.name == name)
    }

    /// A step is over of which only the end is told, with the time that it took. Bands follow each other, so it begins at the end of
    /// the one before it at the earliest.
    fn step_took(&mut self, name: &str, secs: f64, at_secs: f64) {
        self.is_in_step = false;
        let before = self.bands.last().map_or(0.0, |band| band.to_secs);
        self.step_started(name, (at_secs - secs).max(before).min(at_secs));
        self.passes(at_secs);
    }

    /// Time has come so far: the step at hand goes on.
    fn passes(&mut self, at_secs: f64) {
        self.end_secs = self.end_secs.max(at_secs);
        if let Some(band) = self.bands.last_mut().filter(|_| self.is_in_step) {
            band.to_secs = band.to_secs.max(at_secs);
        }
    }

    pub(super) fn peak_of(&self, measure: Measure) -> Option<(f64, u64)> {
        match measure {
            Measure::Rss => self.peaks[0],
            Measure::Largest => self.peaks[1],
            Measure::Counted => None,
        }
    }

    pub(super) fn band_at(&self, at_secs: f64) -> Option<&Band> {
        let begun = self.bands.partition_point(|band| band.from_secs <= at_secs);
        self.bands.get(begun.checked_sub(1)?).filter(|band| at_secs <= band.to_secs)
    }

    /// How it ended, as that of a run: one that is watched no more is as good as done.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        Some(match self.end? {
            WatchedEnd::Exited { code: 0 } | WatchedEnd::StillRunning | WatchedEnd::Unknown => {
                Outcome::Completed
            }
            WatchedEnd::Exited { .. } | WatchedEnd::Killed { .. } => Outcome::Failed,
        })
    }

    /// What stands where its line breaks off; `None` where it ended well.
    pub(super) fn broken_off(&self) -> Option<String> {
        Some(match self.end? {
            WatchedEnd::Exited { code } if code != 0 => format!("exit code {code}"),
            WatchedEnd::Killed { for_memory: true, .. } => "out of memory".to_owned(),
            WatchedEnd::Killed { signal, .. } => format!("signal {signal}"),
            _ => return None,
        })
    }
}

/// `54 images of ('1',)`.
fn images_text(images: Option<u64>, combination: Option<&str>) -> String {
    let images = images.map(|images| plural(usize::try_from(images).unwrap_or(usize::MAX), "image"));
    match (images, combination) {
        (Some(images), Some(combination)) => format!("{images} of {combination}"),
        (Some(images), None) => images,
        (None, combination) => combination.unwrap_or_default().to_owned(),
    }
}

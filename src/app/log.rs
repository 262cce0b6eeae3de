//! The log: every event as a line in words. Memory samples are left to the chart.

use std::collections::{BTreeMap, VecDeque};

use crate::engine::{CacheState, JobEvent};
use crate::events::{Event, EventKind, Outcome};
use crate::plan::Mode;
use crate::plate::Plate;
use crate::quantity::{bytes_text, count_text, plural, secs_text};

/// The most lines that are kept; the oldest go first.
const MOST_LINES: usize = 200_000;

/// What a line is about; lines are filtered by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogKind {
    /// The plate: what is missing or odd.
    Plate,
    /// The course of a run.
    Run,
    /// Preloads and clears.
    Memory,
    /// Something the user should know.
    Warning,
    /// An image or a run that failed.
    Failure,
}

impl LogKind {
    /// All kinds, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Plate, Self::Run, Self::Memory, Self::Warning, Self::Failure];

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plate => "Plate",
            Self::Run => "Run",
            Self::Memory => "Memory",
            Self::Warning => "Warnings",
            Self::Failure => "Failures",
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    /// Seconds since the worker was ready; `None` outside of a run.
    pub at_secs: Option<f64>,
    /// The run's mode; `None` outside of a run.
    pub mode: Option<Mode>,
    /// What it is about.
    pub kind: LogKind,
    /// What happened.
    pub text: String,
}

impl LogLine {
    /// The line as it is copied.
    pub fn to_text(&self) -> String {
        let time = self.at_secs.map_or_else(String::new, |secs| format!("{secs:.3} s"));
        let mode = self.mode.map_or("", Mode::title);
        format!("{time}\t{mode}\t{}\t{}", self.kind.name(), self.text)
    }
}

/// Which lines of the log are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// Only lines that hold this text, in any case.
    pub text: String,
    /// Only lines of this kind.
    pub kind: Option<LogKind>,
}

/// What the user asks of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogCommand {
    /// Change which lines are shown.
    Filter(LogFilter),
}

/// The log page.
#[derive(Clone, Debug, Default)]
pub struct LogState {
    /// All lines.
    pub lines: Log,
    /// Which of them are shown.
    pub filter: LogFilter,
}

impl LogState {
    pub(super) fn handle(&mut self, command: LogCommand) {
        match command {
            LogCommand::Filter(filter) => self.filter = filter,
        }
    }

    /// Another plate is shown: the log is of it.
    pub(super) fn plate_shown(&mut self, plate: &Plate) {
        self.lines = Log::default();
        self.lines.add_plate(plate);
    }
}

/// The lines, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Log {
    lines: VecDeque<LogLine>,
    dropped: usize,
    /// Names of the steps as their beginnings told them.
    step_names: BTreeMap<usize, String>,
}

impl Log {
    /// Adds a line.
    pub fn push(&mut self, line: LogLine) {
        if self.lines.len() == MOST_LINES {
            self.lines.pop_front();
            self.dropped += 1;
        }
        self.lines.push_back(line);
    }

    /// Adds a line outside of a run.
    pub fn say(&mut self, kind: LogKind, text: impl Into<String>) {
        self.push(LogLine { at_secs: None, mode: None, kind, text: text.into() });
    }

    /// The lines that are kept.
    pub fn lines(&self) -> &VecDeque<LogLine> {
        &self.lines
    }

    /// Number of lines ever added, so that a view of the lines can tell what is new.
    pub fn added(&self) -> usize {
        self.dropped + self.lines.len()
    }

    /// Number of lines that were dropped.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// Lists what is missing or odd about a plate.
    pub fn add_plate(&mut self, plate: &Plate) {
        let images = plural(plate.images.len(), "image");
        let format = plate.format.name();
        self.say(
            LogKind::Plate,
            format!("Opened {} ({format}, {images}) from {}", plate.name, plate.root.display()),
        );
        for issue in &plate.issues {
            self.say(LogKind::Plate, format!("{}: {}", issue.path, issue.why));
        }
        for missing in &plate.missing {
            self.say(LogKind::Plate, format!("{} is missing: {}", missing.key, missing.why));
        }
    }

    /// Adds the line of an event, where it has one.
    pub fn add(&mut self, event: &JobEvent) {
        match event {
            JobEvent::Files { state, done, of } if done == of => {
                let bytes = bytes_text(*of);
                self.say(
                    LogKind::Run,
                    match state {
                        CacheState::Warm => {
                            format!("Read {bytes} once, so that both runs find the files alike")
                        }
                        CacheState::Cold => {
                            format!("Took {bytes} out of the page cache, so that files are read from disk")
                        }
                    },
                );
            }
            JobEvent::Files { .. } => {}
            JobEvent::Refused { mode, why, .. } => self.push(LogLine {
                at_secs: None,
                mode: Some(*mode),
                kind: LogKind::Warning,
                text: format!("Not run: {why}"),
            }),
            JobEvent::Run { mode, event } => {
                if let EventKind::StepStarted { step, name, .. } = &event.kind {
                    self.step_names.insert(*step, name.clone());
                }
                if let Some((kind, text)) = self.words(event) {
                    self.push(LogLine { at_secs: Some(event.at_secs), mode: Some(*mode), kind, text });
                }
            }
        }
    }
}

/// `17.6 MB`, or that the system does not tell.
fn rss_text(rss: Option<u64>) -> String {
    rss.map_or_else(|| "unknown".to_owned(), bytes_text)
}

impl Log {
    /// An event in words; `None` for samples and for progress within a phase.
    fn words(&self, event: &Event) -> Option<(LogKind, String)> {
        Some(match &event.kind {
            EventKind::Started { plan, forecast, baseline_rss, .. } => {
                let expected = forecast.rss_bytes.unwrap_or(forecast.counted_bytes);
                (
                    LogKind::Run,
                    format!(
                        "Began: {} in {}, on {}; resting {}, expecting at most {}",
                        plural(plan.images, "image"),
                        plural(plan.combinations, "combination"),
                        plural(plan.threads, "thread"),
                        rss_text(*baseline_rss),
                        bytes_text(expected),
                    ),
                )
            }
            EventKind::WellStarted { well, combinations } => {
                (LogKind::Run, format!("Well {well}: {}", plural(*combinations, "combination")))
            }
            EventKind::Preloading { .. } | EventKind::Stepping { .. } | EventKind::Sample(_) => return None,
            EventKind::ReadingAhead { combination, images } => {
                (LogKind::Memory, format!("Reading {combination} ahead: {}", plural(*images, "image")))
            }
            EventKind::Preloaded { combination, images, bytes, secs, rss_after, .. } => (
                LogKind::Memory,
                format!(
                    "Preloaded {combination}: {}, {} in {}; memory {}",
                    plural(*images, "image"),
                    bytes_text(*bytes),
                    secs_text(*secs),
                    rss_text(*rss_after),
                ),
            ),
            EventKind::StepStarted { .. } => return None,
            EventKind::StepDone { combination, step, images_in, images_out, secs } => (
                LogKind::Run,
                format!(
                    "{} of {combination}: {} in, {} out, {}",
                    self.step_names.get(step).map_or("Step", String::as_str),
                    count_text(*images_in),
                    count_text(*images_out),
                    secs_text(*secs),
                ),
            ),
            EventKind::Saved { combination, images, bytes, secs, outputs, .. } => (
                LogKind::Run,
                if *images == 0 {
                    format!("{} of {combination} checked, not kept", plural(outputs.len(), "result"))
                } else {
                    format!(
                        "Saved {} of {combination}: {} in {}",
                        plural(*images, "image"),
                        bytes_text(*bytes),
                        secs_text(*secs),
                    )
                },
            ),
            EventKind::Cleared { combination, images, rss_before, rss_after, .. } => (
                LogKind::Memory,
                format!(
                    "Cleared {combination}: {}, memory {} to {}",
                    plural(*images, "image"),
                    rss_text(*rss_before),
                    rss_text(*rss_after),
                ),
            ),
            EventKind::TableSaved(table) => {
                let rows = usize::try_from(table.rows).unwrap_or(usize::MAX);
                (LogKind::Run, format!("Saved {}: {}", table.path, plural(rows, "row")))
            }
            EventKind::ImageFailed(failed) => {
                (LogKind::Failure, format!("{}: {} ({})", failed.key, failed.why, failed.path.display()))
            }
            EventKind::Warning { why } => (LogKind::Warning, why.clone()),
            EventKind::WellDone { well, failed: 0 } => (LogKind::Run, format!("Well {well} done")),
            EventKind::WellDone { well, failed } => {
                (LogKind::Failure, format!("Well {well} done, {} failed", plural(*failed, "image")))
            }
            EventKind::Ended { outcome, why, summary } => {
                let why = why.as_deref().unwrap_or("no reason is known");
                match outcome {
                    Outcome::Completed => (
                        LogKind::Run,
                        format!(
                            "Completed in {}: peak memory {}, {} saved",
                            secs_text(summary.wall_secs),
                            rss_text(summary.peak_rss_bytes),
                            plural(summary.saved, "image"),
                        ),
                    ),
                    Outcome::Cancelled => {
                        (LogKind::Warning, format!("Cancelled after {}", secs_text(event.at_secs)))
                    }
                    Outcome::Failed => (LogKind::Failure, format!("Failed: {why}")),
                }
            }
        })
    }
}

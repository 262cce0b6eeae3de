//! The log: every event as a line in words. Memory samples are left to the chart.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::path::PathBuf;

use crate::engine::{CacheState, JobEvent};
use crate::events::EventWords;
pub use crate::events::LogKind;
use crate::plan::Mode;
use crate::plate::{Plate, ScanIssue};
use crate::quantity::{bytes_text, decimal_text, plural};
use crate::shown_text::one_line;

/// The most lines that are kept; the oldest go first.
const MOST_LINES: usize = 200_000;

/// What the lines of what is odd about a plate begin with, by which they are found.
pub(crate) const ISSUE: &str = "Note: ";

/// The line of something odd about a plate, with its file.
pub(crate) fn issue_text(issue: &ScanIssue) -> String {
    format!("{ISSUE}{}: {}", issue.path, issue.why)
}

/// Something that happened, as one line of the log page.
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
    pub(crate) fn to_text(&self) -> String {
        let time = self.at_secs.map_or_else(String::new, |secs| format!("{} s", decimal_text(secs, 3)));
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
    /// The lines that are kept, oldest first.
    pub lines: Log,
    /// Which of them are shown.
    pub filter: LogFilter,
    /// The file in which the program's log is, where there is one.
    pub file: Option<PathBuf>,
}

impl LogState {
    pub(super) fn handle(&mut self, command: LogCommand) {
        match command {
            LogCommand::Filter(filter) => self.filter = filter,
        }
    }

    /// Another plate is shown: the log is of it.
    pub(super) fn plate_shown(&mut self, plate: &Plate) {
        self.lines = self.lines.cleared();
        self.lines.add_plate(plate);
    }
}

/// The lines, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Log {
    lines: VecDeque<LogLine>,
    dropped: usize,
    words: EventWords,
}

impl Log {
    /// Adds a line at the end; the oldest goes where there are too many.
    pub fn push(&mut self, mut line: LogLine) {
        // Names in it come from files.
        if let Cow::Owned(text) = one_line(&line.text) {
            line.text = text;
        }
        if self.lines.len() == MOST_LINES {
            self.lines.pop_front();
            self.dropped += 1;
        }
        self.lines.push_back(line);
    }

    /// Adds a line outside of a run.
    pub fn push_text(&mut self, kind: LogKind, text: impl Into<String>) {
        self.push(LogLine { at_secs: None, mode: None, kind, text: text.into() });
    }

    /// The lines that are kept.
    pub fn lines(&self) -> &VecDeque<LogLine> {
        &self.lines
    }

    /// An empty log that goes on counting.
    #[must_use]
    pub(crate) fn cleared(&self) -> Self {
        Self { dropped: self.added(), ..Self::default() }
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
    pub(crate) fn add_plate(&mut self, plate: &Plate) {
        let images = plural(plate.images.len(), "image");
        let format = plate.format.name();
        self.push_text(
            LogKind::Plate,
            format!("Opened {} ({format}, {images}) from {}", plate.name, plate.root.display()),
        );
        for issue in &plate.issues {
            self.push_text(LogKind::Plate, issue_text(issue));
        }
        for missing in &plate.missing {
            self.push_text(LogKind::Plate, format!("{} is missing: {missing}", missing.key));
        }
    }

    /// Adds the line of an event, where it has one.
    pub fn add(&mut self, event: &JobEvent) {
        match event {
            JobEvent::Files { state, done, of } if done == of => {
                let bytes = bytes_text(*of);
                self.push_text(
                    LogKind::Run,
                    match state {
                        CacheState::Warm => {
                            format!("Read {bytes} once, so that both runs find the files in the page cache")
                        }
                        CacheState::Cold => {
                            format!(
                                "Removed {bytes} from the page cache, so that files are read from the disk"
                            )
                        }
                    },
                );
            }
            JobEvent::Files { .. } | JobEvent::Looking { .. } | JobEvent::Begun { .. } => {}
            JobEvent::Refused { mode, why, .. } => self.push(LogLine {
                at_secs: None,
                mode: Some(*mode),
                kind: LogKind::Warning,
                text: format!("Not run: {why}"),
            }),
            JobEvent::Run { mode, event } => {
                if let Some((kind, text)) = self.words.of(event) {
                    self.push(LogLine { at_secs: Some(event.at_secs), mode: Some(*mode), kind, text });
                }
            }
        }
    }
}

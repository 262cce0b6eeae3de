//! Progress on standard error: a bar in a terminal, a plain line now and then elsewhere.

use std::io::{IsTerminal, stderr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::output::print_stderr;
use crate::engine::{Job, JobEvent, JobProgress};
use crate::events::EventKind;
use crate::plan::Mode;
use crate::quantity::{bytes_text, secs_text};
use crate::shown_text::one_line;

/// Time between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(2);

/// Steps of the bar; events give fractions.
const BAR_STEPS: u64 = 1000;

/// A bar or lines.
struct Line {
    bar: Option<ProgressBar>,
    said: Instant,
}

impl Line {
    fn new() -> Self {
        let bar = stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(BAR_STEPS);
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {msg}") {
                bar.set_style(style.progress_chars("█▌ "));
            }
            bar
        });
        Self { bar, said: Instant::now() }
    }

    fn show(&mut self, fraction: f64, sentence: impl FnOnce() -> String) {
        match &self.bar {
            Some(bar) => {
                bar.set_position((fraction.clamp(0.0, 1.0) * BAR_STEPS as f64) as u64);
                bar.set_message(one_line(&sentence()).into_owned());
            }
            None if self.said.elapsed() >= LINE_EVERY => {
                self.said = Instant::now();
                print_stderr(&format!("{:3.0} %  {}", fraction * 100.0, sentence()));
            }
            None => {}
        }
    }

    /// A line that stays.
    fn note(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(one_line(line)),
            None => print_stderr(line),
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Progress of a job.
pub(super) struct Reporter(Mutex<(Line, JobProgress)>);

impl Reporter {
    pub(super) fn new(job: &Job) -> Self {
        Self(Mutex::new((Line::new(), JobProgress::new(job.plans.len(), job.rounds))))
    }

    pub(super) fn apply(&self, event: &JobEvent) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (line, progress) = &mut *state;
        progress.apply(event);
        match event {
            JobEvent::Refused { why, .. } => line.note(why),
            JobEvent::Run { event, mode } => match &event.kind {
                EventKind::Warning { why } => line.note(why),
                EventKind::Ended { summary, .. } => {
                    line.note(&ended_text(*mode, summary.peak_rss_bytes, summary.wall_secs));
                }
                _ => {}
            },
            JobEvent::Files { .. } | JobEvent::Looking { .. } | JobEvent::Begun { .. } => {}
        }
        let fraction = progress.fraction();
        line.show(fraction, || match progress.eta_secs() {
            Some(eta) => format!("{} · about {} left", progress.sentence(), secs_text(eta)),
            None => progress.sentence(),
        });
    }

    pub(super) fn finish(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.finish();
    }
}

fn ended_text(mode: Mode, peak_rss_bytes: Option<u64>, secs: f64) -> String {
    let peak = peak_rss_bytes.map_or_else(|| "unknown memory".to_owned(), bytes_text);
    format!("{}: {peak} at its peak, {}", mode.title(), secs_text(secs))
}

/// Progress of something that is counted.
pub(super) struct Counter {
    what: &'static str,
    line: Mutex<Line>,
    began: Instant,
}

impl Counter {
    pub(super) fn new(what: &'static str) -> Self {
        Self { what, line: Mutex::new(Line::new()), began: Instant::now() }
    }

    pub(super) fn show(&self, done: u64, of: u64) {
        let fraction = if of == 0 { 1.0 } else { done as f64 / of as f64 };
        let elapsed = self.began.elapsed().as_secs_f64();
        self.line.lock().unwrap_or_else(PoisonError::into_inner).show(fraction, || {
            let left = if fraction > 0.0 { elapsed / fraction - elapsed } else { 0.0 };
            format!("{}: {done} of {of} · about {} left", self.what, secs_text(left))
        });
    }

    pub(super) fn finish(&self) {
        self.line.lock().unwrap_or_else(PoisonError::into_inner).finish();
    }
}

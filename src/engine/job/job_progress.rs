//! The progress of a job of one or two runs, from its events alone.

use super::event::JobEvent;
use super::files::CacheState;
use super::progress::RunProgress;
use crate::events::Course;
use crate::plan::Mode;

/// The progress of a job of one or two runs.
#[derive(Clone, Debug)]
pub struct JobProgress {
    runs: usize,
    begun: usize,
    secs_before: f64,
    /// The files that are being prepared, and how far that is.
    files: Option<(CacheState, f64)>,
    current: RunProgress,
    current_mode: Option<Mode>,
    /// Name of the run that is going; a repeat has the mode of another run but not its name.
    current_run: String,
    fraction: f64,
}

impl JobProgress {
    /// A job of so many runs that has not begun.
    pub fn new(runs: usize) -> Self {
        Self {
            runs,
            begun: 0,
            secs_before: 0.0,
            files: None,
            current: RunProgress::default(),
            current_mode: None,
            current_run: String::new(),
            fraction: 0.0,
        }
    }

    /// Takes an event into account.
    pub fn apply(&mut self, event: &JobEvent) {
        match event {
            JobEvent::Files { state, done, of } => {
                self.files = Some((*state, if *of == 0 { 1.0 } else { *done as f64 / *of as f64 }));
                return;
            }
            JobEvent::Refused { .. } => self.runs -= self.runs / 2,
            JobEvent::Run { mode, event } => {
                self.files = None;
                if self.current_mode.is_none() || self.current_run != event.run {
                    self.secs_before += self.current.course().at_secs();
                    self.current = RunProgress::default();
                    self.current_mode = Some(*mode);
                    self.current_run.clone_from(&event.run);
                    self.begun += 1;
                }
                self.current.apply(event);
            }
        }
        let spent = self.secs_before + self.current.course().at_secs();
        if let Some(left) = self.eta_secs().filter(|left| spent + left > 0.0) {
            self.fraction = self.fraction.max(spent / (spent + left));
        }
    }

    /// How much of the time is over, 0 to 1.
    pub fn fraction(&self) -> f64 {
        self.fraction
    }

    /// Seconds that the job will still take; a run that has not begun is taken to last as long as
    /// the one that is going.
    pub fn eta_secs(&self) -> Option<f64> {
        let left = self.current.eta_secs()?;
        let waiting = self.runs.saturating_sub(self.begun) as f64;
        Some(left + waiting * (self.current.course().at_secs() + left))
    }

    /// What the job does now, in words.
    pub fn sentence(&self) -> String {
        match self.files {
            Some((CacheState::Warm, part)) => {
                format!("Reading the files once, so that both runs find them alike · {:.0} %", part * 100.0)
            }
            Some((CacheState::Cold, part)) => {
                format!("Taking the files out of the page cache · {:.0} %", part * 100.0)
            }
            None => self.current.sentence(),
        }
    }

    /// How much is saved and how long it will take: `3 of 6 saved · about 1 s left`.
    pub(crate) fn amount(&self) -> String {
        let mut parts = Vec::new();
        if self.runs > 1 && self.begun > 0 {
            parts.push(format!("run {} of {}", self.begun, self.runs));
        }
        if self.current.outputs() > 0 {
            parts.push(format!("{} of {} saved", self.current.saved(), self.current.outputs()));
        }
        if let Some(left) = self.eta_secs() {
            parts.push(format!("about {} left", left_text(left)));
        }
        parts.join(" · ")
    }

    /// What has happened so far in the run that is going.
    pub fn course(&self) -> &Course {
        self.current.course()
    }

    /// The mode of the run that is going.
    pub fn mode(&self) -> Option<Mode> {
        self.current_mode
    }
}

/// Whole seconds: a time that is guessed has no tenths.
fn left_text(secs: f64) -> String {
    crate::quantity::secs_text(secs.ceil().max(1.0)).replace(".0 s", " s")
}

#[cfg(test)]
mod tests {
    use super::super::progress::tests::events;
    use super::*;
    use crate::plan::Forecast;

    #[test]
    fn a_job_counts_the_run_that_waits() {
        let mut job = JobProgress::new(2);
        job.apply(&JobEvent::Files { state: CacheState::Warm, done: 1, of: 4 });
        assert!(job.sentence().ends_with("25 %"), "{}", job.sentence());
        for event in &events()[..7] {
            job.apply(&JobEvent::Run { mode: Mode::Bulk, event: event.clone() });
        }
        // Four seconds of this run and eight of the other.
        assert_eq!(job.amount(), "run 1 of 2 · 1 of 2 saved · about 12 s left");
        job.apply(&JobEvent::Refused {
            mode: Mode::Sequential,
            forecast: Forecast::default(),
            why: String::new(),
        });
        assert_eq!(job.amount(), "1 of 2 saved · about 4 s left");
    }
}

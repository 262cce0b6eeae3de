//! The progress of a job of one or two runs, from its events alone. How often they are repeated is not always known
//! beforehand: then it is said as what it is, a guess from the rounds before.

use std::collections::HashMap;

use super::event::JobEvent;
use super::files::CacheState;
use super::progress::RunProgress;
use super::rounds::Rounds;
use crate::events::{Course, EventKind};
use crate::plan::Mode;

/// The progress of a job of one or two runs, which may be repeated.
#[derive(Clone, Debug)]
pub struct JobProgress {
    /// Runs of each round.
    ways: usize,
    rounds: Rounds,
    begun: usize,
    secs_before: f64,
    /// Runs that are over, and the seconds of each way in all.
    ended: usize,
    secs_of: HashMap<Mode, f64>,
    /// What is done before a run begins and how far that is, in words.
    before: Option<String>,
    current: RunProgress,
    current_mode: Option<Mode>,
    /// Name of the run that is going; a repeat has the mode of another run but not its name.
    current_run: String,
    fraction: f64,
}

impl JobProgress {
    /// A job that has not begun: so many runs in each round.
    pub fn new(ways: usize, rounds: Rounds) -> Self {
        Self {
            ways,
            // Of one way alone there is no time to compare.
            rounds: if ways < 2 { Rounds::Exactly(rounds.at_least()) } else { rounds },
            begun: 0,
            secs_before: 0.0,
            ended: 0,
            secs_of: HashMap::new(),
            before: None,
            current: RunProgress::default(),
            current_mode: None,
            current_run: String::new(),
            fraction: 0.0,
        }
    }

    /// Takes an event into account.
    pub fn apply(&mut self, event: &JobEvent) {
        match event {
            JobEvent::Looking { done, of } => {
                self.before = Some(format!("Checking what is done · {done} of {of} wells"));
                return;
            }
            JobEvent::Files { state, done, of } => {
                let percent = if *of == 0 { 100.0 } else { 100.0 * *done as f64 / *of as f64 };
                let does = match state {
                    CacheState::Warm => {
                        "Reading the files once, so that both runs find them in the page cache"
                    }
                    CacheState::Cold => "Removing the files from the page cache",
                };
                self.before = Some(format!("{does} · {percent:.0} %"));
                return;
            }
            JobEvent::Begun { .. } => return,
            JobEvent::Refused { .. } => {
                self.ways = self.ways.saturating_sub(1);
                self.rounds = Rounds::Exactly(self.rounds.at_least());
            }
            JobEvent::Run { mode, event } => {
                self.before = None;
                if self.current_mode.is_none() || self.current_run != event.run {
                    self.secs_before += self.current.course().at_secs();
                    self.current = RunProgress::default();
                    self.current_mode = Some(*mode);
                    self.current_run.clone_from(&event.run);
                    self.begun += 1;
                }
                self.current.apply(event);
                if let EventKind::Ended { summary, .. } = &event.kind {
                    self.ended += 1;
                    *self.secs_of.entry(*mode).or_default() += summary.wall_secs;
                }
            }
        }
        let spent = self.secs_before + self.current.course().at_secs();
        if let Some(left) = self.eta_secs().filter(|left| spent + left > 0.0) {
            self.fraction = self.fraction.max(spent / (spent + left));
        }
    }

    /// The round that is going, from 1.
    pub fn round(&self) -> usize {
        self.begun.div_ceil(self.ways.max(1)).max(1)
    }

    /// How many rounds there will be, as far as can be told by now: before the first is over, as if each way took as
    /// long as the run that is going.
    fn rounds_in_all(&self) -> usize {
        let done = self.ended / self.ways.max(1);
        let rounds = match self.current.eta_secs() {
            Some(left) if done == 0 => self.rounds.in_all(1, [self.current.course().at_secs() + left]),
            _ => self.rounds.in_all(done, self.secs_of.values().copied()),
        };
        rounds.max(self.round())
    }

    /// How much of the time is over, 0 to 1.
    pub fn fraction(&self) -> f64 {
        self.fraction
    }

    /// Seconds that the job will still take; a run that has not begun is taken to last as long as
    /// the one that is going.
    pub fn eta_secs(&self) -> Option<f64> {
        let left = self.current.eta_secs()?;
        let waiting = (self.ways * self.rounds_in_all()).saturating_sub(self.begun) as f64;
        Some(left + waiting * (self.current.course().at_secs() + left))
    }

    /// What the job does now, in words.
    pub fn sentence(&self) -> String {
        self.before.clone().unwrap_or_else(|| self.current.sentence())
    }

    /// How much is saved and how long it will take: `3 of 6 saved · about 1 s left`.
    pub(crate) fn amount(&self) -> String {
        let mut parts = Vec::new();
        let rounds = self.rounds_in_all();
        if self.begun > 0 {
            match self.rounds {
                Rounds::UntilTimed if rounds > 1 => {
                    parts.push(format!("round {} of about {rounds}", self.round()));
                }
                _ if self.ways * rounds > 1 => {
                    parts.push(format!("run {} of {}", self.begun, self.ways * rounds));
                }
                _ => {}
            }
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
        let mut job = JobProgress::new(2, Rounds::Exactly(1));
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

    /// Runs of eight seconds each, but said to have taken as long as this.
    fn run(job: &mut JobProgress, mode: Mode, name: &str, wall_secs: f64) {
        for mut event in events() {
            event.run = name.to_owned();
            if let EventKind::Ended { summary, .. } = &mut event.kind {
                summary.wall_secs = wall_secs;
            }
            job.apply(&JobEvent::Run { mode, event });
        }
    }

    #[test]
    fn rounds_whose_number_is_not_known_are_guessed_from_those_before() {
        let mut job = JobProgress::new(2, Rounds::UntilTimed);
        for event in &events()[..7] {
            job.apply(&JobEvent::Run { mode: Mode::Bulk, event: event.clone() });
        }
        // A run of eight seconds is long enough.
        assert_eq!(job.amount(), "run 1 of 2 · 1 of 2 saved · about 12 s left");

        let mut job = JobProgress::new(2, Rounds::UntilTimed);
        let mut before = 0.0;
        for (round, in_all) in
            [(1, "round 1 of about 3"), (2, "round 2 of about 3"), (3, "round 3 of about 3")]
        {
            run(&mut job, Mode::Bulk, &format!("bulk {round}"), 0.9);
            run(&mut job, Mode::Sequential, &format!("one {round}"), 0.8);
            assert_eq!(job.round(), round);
            assert!(job.amount().starts_with(in_all), "{}", job.amount());
            assert!(job.fraction() >= before);
            before = job.fraction();
        }
        assert_eq!((job.eta_secs(), job.fraction()), (Some(0.0), 1.0));

        // Of one way alone there is no time to compare.
        let mut job = JobProgress::new(2, Rounds::UntilTimed);
        let (mode, forecast, why) = (Mode::Bulk, Forecast::default(), String::new());
        job.apply(&JobEvent::Refused { mode, forecast, why });
        run(&mut job, Mode::Sequential, "one", 0.1);
        assert_eq!(job.eta_secs(), Some(0.0));
    }
}

//! What the phases of a run share: the events that leave it, its failures, and what it works with.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::RunRequest;
use super::save::KeptSteps;
use super::tables::Tables;
use super::threads::ScratchPool;
use crate::cancel::{Cancel, Cancelled};
use crate::events::{Event, EventKind, FailedImage, RunSummary, Sample};
use crate::image::EncodeError;
use crate::memory::{Probe, Store, StoreError};
use crate::pipeline::StepError;
use crate::pipeline::steps::LightFault;
use crate::plan::Plan;
use crate::plate::{ImageKey, WellId};

/// Least time between two events of progress.
const PROGRESS_EVERY: Duration = Duration::from_millis(50);

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a result could not be saved: {0}")]
    Save(#[from] EncodeError),
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Light(LightFault),
    #[error(transparent)]
    Step(StepError),
    #[error("Stepwell has a fault: the run met something that it was not made for")]
    Fault,
    /// What a panic said, and where it was.
    #[error("Stepwell has a fault: {0}")]
    Panicked(String),
    #[error("the threads could not be started: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// Cancelled reading is a cancelled run.
impl From<LightFault> for RunError {
    fn from(fault: LightFault) -> Self {
        match fault {
            LightFault::Cancelled(cancelled) => Self::Cancelled(cancelled),
            fault => Self::Light(fault),
        }
    }
}

/// A cancelled step is a cancelled run.
impl From<StepError> for RunError {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            error => Self::Step(error),
        }
    }
}

/// Sends events with the time, and keeps the summary of what it sent.
pub(super) struct Teller<'a> {
    run: &'a str,
    sink: &'a (dyn Fn(Event) + Sync),
    /// When the worker was ready: times count from there.
    began: OnceLock<Instant>,
    summary: Mutex<RunSummary>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(request: &'a RunRequest, sink: &'a (dyn Fn(Event) + Sync)) -> Self {
        let summary = Mutex::new(RunSummary::of(&request.plan, request.cached_share));
        Self { run: &request.run, sink, began: OnceLock::new(), summary }
    }

    /// Starts the clock: the worker is ready.
    pub(super) fn begin(&self) {
        self.began.get_or_init(Instant::now);
    }

    pub(super) fn tell(&self, kind: EventKind) {
        // Under the lock, so that events leave in the order of their times.
        let mut summary = locked(&self.summary);
        let event = Event { run: self.run.to_owned(), at_secs: self.elapsed_secs(), kind };
        summary.apply(&event);
        (self.sink)(event);
    }

    pub(super) fn elapsed_secs(&self) -> f64 {
        self.began.get().map_or(0.0, |began| began.elapsed().as_secs_f64())
    }

    /// The summary of what was told so far.
    pub(super) fn summary(&self) -> RunSummary {
        locked(&self.summary).clone()
    }

    /// How many images of a well failed so far.
    pub(super) fn failed_of(&self, well: WellId) -> usize {
        locked(&self.summary).failed.iter().filter(|failed| failed.key.well == well).count()
    }
}

/// What a thread began last: what is at hand when memory meets the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// An image is read.
    Reading(ImageKey),
    /// A step makes a result.
    Step { step: usize, key: ImageKey },
    /// A result of a step is saved.
    Saving { step: usize, key: ImageKey },
}

impl Doing {
    /// `while A01_s1_w1_z1_t1 was read`.
    pub(super) fn words(self, plan: &Plan) -> String {
        let name = |step: usize| plan.spec.pipeline.steps.get(step).map_or("a step", |step| step.step.name());
        match self {
            Self::Reading(key) => format!("while {key} was read"),
            Self::Step { step, key } => format!("in step {}, “{}”, at {key}", step + 1, name(step)),
            Self::Saving { step, key } => {
                format!("while {key} of step {}, “{}”, was saved", step + 1, name(step))
            }
        }
    }
}

/// What the phases of a combination work with.
pub(super) struct Context<'a> {
    pub(super) plan: &'a Plan,
    pub(super) folder: &'a Path,
    /// The steps whose images are kept.
    pub(super) kept: &'a KeptSteps<'a>,
    /// The tables of the steps that find objects.
    pub(super) tables: &'a Tables,
    pub(super) teller: &'a Teller<'a>,
    pub(super) cancel: &'a Cancel,
    pub(super) probe: &'a Probe,
    pub(super) pool: &'a rayon::ThreadPool,
    pub(super) scratch: &'a ScratchPool,
    /// What was begun last, on any thread; `None` before the first image.
    pub(super) doing: &'a Mutex<Option<Doing>>,
}

impl Context<'_> {
    pub(super) fn rss(&self) -> Option<u64> {
        self.probe.resident().map(|resident| resident.rss_bytes)
    }

    /// Takes note of what a thread begins. Called for each image, which is seldom enough for a lock.
    pub(super) fn begin(&self, doing: Doing) {
        *locked(self.doing) = Some(doing);
    }

    /// Tells how full the store is, at a moment that the sampler must not miss.
    pub(super) fn sample(&self, store: &Store) {
        self.teller.tell(EventKind::Sample(Sample { rss: self.rss(), counted: store.counted_bytes() }));
    }

    /// Tells of an image or result that could not be had.
    pub(super) fn fail(&self, key: ImageKey, path: PathBuf, why: String) {
        self.teller.tell(EventKind::ImageFailed(FailedImage { key, path, why }));
    }

    /// Tells of a source image that could not be had, with the result that is withheld because of it.
    pub(super) fn fail_source(&self, key: ImageKey, path: PathBuf, why: &str) {
        self.fail(key, path, format!("{why}; the result {} is withheld", self.plan.result_of(key)));
    }
}

/// Tells progress, but not more often than it is of use.
pub(super) struct Progress {
    done: AtomicUsize,
    told: Mutex<Instant>,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self { done: AtomicUsize::new(0), told: Mutex::new(Instant::now()) }
    }

    pub(super) fn one_done(&self, tell: impl FnOnce(usize)) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Ok(mut told) = self.told.try_lock()
            && told.elapsed() >= PROGRESS_EVERY
        {
            *told = Instant::now();
            tell(done);
        }
    }
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

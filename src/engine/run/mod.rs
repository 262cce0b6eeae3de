//! One run in this process: its wells and combinations, one after the other, and their events.
//!
//! Bulk and sequential are two orders over this one executor; it does not know which it does.

mod activity;
mod clock;
mod combination;
mod combinations;
mod context;
mod emitter;
mod error;
mod faults;
mod given_files;
mod load;
mod panics;
mod rest;
mod sampler;
mod save;
mod saving;
mod stepping;
mod tables;
mod threads;
mod throttle;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, OnceLock, PoisonError};

use activity::Activity;
use combinations::{Combinations, Run};
use context::Context;
use emitter::Emitter;
use error::RunError;
pub(crate) use given_files::check_files;
pub use given_files::read_files;
pub(super) use panics::{install_panic_hook, panic_text};
use rest::{Threads, resting_memory};
use sampler::Sampler;
use tables::Tables;
use threads::ScratchSlots;

use super::folder::Begun;
use super::lock::locked;
use super::request::{RunOrder, RunRequest};
use crate::cancel::Cancel;
use crate::events::{Event, EventKind, Outcome, RunSummary};
use crate::machine::Machine;
use crate::memory::{Probe, Store};
use crate::plate::destination;
use crate::quantity::bytes_text;
use crate::record::RECORD_FILE;
use crate::record::folder::stretch_file;

/// Does a run in this process and blocks until it is over. The sink gets each event in order; the
/// last is `Ended`, exactly once, whatever happens.
pub fn run(request: &RunRequest, sink: &(dyn Fn(Event) + Sync), cancel: &Cancel) -> RunSummary {
    let begun = match Begun::begin(request, cancel) {
        Ok(begun) => begun,
        Err(error) => {
            let (outcome, summary) = (Outcome::Failed, RunSummary::of(&request.plan, request.cached_share));
            let (why, told) = (Some(format!("{error}.")), Box::new(summary.clone()));
            let kind = EventKind::Ended { outcome, why, summary: told };
            sink(Event { run: request.run.clone(), at_secs: 0.0, kind });
            return summary;
        }
    };
    let mut combinations = begun.combinations();
    let order = begun.order();
    let keeping = Mutex::new((begun.keep(), None));
    let keep = |event: Event| {
        let kept = {
            let (keeping, ended) = &mut *locked(&keeping);
            if matches!(event.kind, EventKind::Ended { .. }) {
                *ended = Some(event);
                return;
            }
            keeping.follow(&event)
        };
        let (run, at_secs) = (event.run.clone(), event.at_secs);
        if event.kind.is_for_others() {
            sink(event);
        }
        if let Err(why) = kept {
            sink(Event { run, at_secs, kind: EventKind::Warning { why } });
        }
    };
    let end = run_order(&order, &mut || combinations.next(), &keep, &|_| (), cancel);
    drop(combinations);
    let (keeping, ended) = keeping.into_inner().unwrap_or_else(PoisonError::into_inner);
    let Some(mut ended) = ended else { return end.summary };
    let not_kept = keeping.end(&mut ended);
    let (run, at_secs) = (ended.run.clone(), ended.at_secs);
    let (record, told) = begun.finish(ended);
    not_kept.into_iter().for_each(|why| {
        sink(Event { run: run.clone(), at_secs, kind: EventKind::Warning { why } });
    });
    told.into_iter().for_each(sink);
    record.summary
}

/// The end of a run, as it was told.
pub(super) struct RunEnd {
    pub(super) summary: RunSummary,
    /// Whether a panic, which is a fault of our own, ended it.
    pub(super) has_panicked: bool,
}

/// Does a run of which the combinations come one by one. `unheard` is told the events of its warm-up; that of a worker does
/// with them what the sink does but for telling anybody.
pub(super) fn run_order(
    order: &RunOrder,
    combinations: &mut Combinations<'_>,
    sink: &(dyn Fn(Event) + Sync),
    unheard: &(dyn Fn(Event) + Sync),
    cancel: &Cancel,
) -> RunEnd {
    let request = &order.request;
    let emitter = Emitter::new(request, sink);
    let over_budget = OnceLock::new();
    // A fault of our own must not leave whoever waits for the end without one.
    let result = catch_unwind(AssertUnwindSafe(|| {
        run_plan(order, combinations, &emitter, unheard, cancel, &over_budget)
    }))
    .unwrap_or_else(|panic| Err(RunError::Panicked(panic_text(&*panic))));
    let has_panicked = matches!(result, Err(RunError::Panicked(_)));
    let (outcome, why) = match result {
        Ok(()) => (Outcome::Completed, None),
        Err(RunError::Cancelled(_)) => match over_budget.get() {
            Some(met) => (Outcome::Failed, Some(met.words(request))),
            None => (Outcome::Cancelled, Some("It was cancelled; what was saved is kept.".to_owned())),
        },
        Err(error) => (Outcome::Failed, Some(format!("{error}. What was saved is kept."))),
    };
    let mut summary = emitter.summary();
    summary.stopped_at_budget = over_budget.get().is_some() && outcome == Outcome::Failed;
    summary.record = Some(request.folder.join(RECORD_FILE));
    emitter.emit(EventKind::Ended { outcome, why, summary: Box::new(summary.clone()) });
    RunEnd { summary, has_panicked }
}

/// Ends the threads beside a run when the run is over, however that came.
struct EndsThreads<'a> {
    sampler: &'a Sampler,
    /// Ends reading ahead, of which nothing is of use any more.
    stop: &'a Cancel,
}

impl Drop for EndsThreads<'_> {
    fn drop(&mut self) {
        self.sampler.end();
        self.stop.cancel();
    }
}

/// The moment at which memory met the budget.
#[derive(Debug)]
struct BudgetMet {
    rss_bytes: u64,
    /// What was started last.
    activity: Option<Activity>,
}

impl BudgetMet {
    fn words(&self, request: &RunRequest) -> String {
        let activity =
            self.activity.map(|activity| format!(", {}", activity.words(&request.plan))).unwrap_or_default();
        format!(
            "Memory reached {}, over the budget of {}{activity}, so the run was stopped. What was saved is \
             kept. Process more components one at a time, or raise the budget.",
            bytes_text(self.rss_bytes),
            bytes_text(request.budget_bytes.unwrap_or(0))
        )
    }
}

/// So many threads, or half as many, and so on, where the system does not let this user have them: memory is forecast for all.
fn fewer_threads(name: &'static str, threads: usize) -> Result<rayon::ThreadPool, RunError> {
    let mut wanted = threads;
    loop {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(wanted)
            .thread_name(move |number| format!("{name} {number}"))
            .build();
        match pool {
            Err(error) if wanted > 1 => {
                wanted /= 2;
                log::warn!("{name}: {error}; tried with {wanted}");
            }
            pool => return Ok(pool?),
        }
    }
}

fn run_plan(
    order: &RunOrder,
    combinations: &mut Combinations<'_>,
    emitter: &Emitter<'_>,
    unheard: &(dyn Fn(Event) + Sync),
    cancel: &Cancel,
    over_budget: &OnceLock<BudgetMet>,
) -> Result<(), RunError> {
    let request = &order.request;
    let plan = &request.plan;
    plan.spec.check()?;
    let io = |source| RunError::Io { path: request.folder.clone(), source };
    let folder = destination(&request.folder, [&plan.plate.root])?.while_it_has(stretch_file(&order.stretch));
    folder.make_folder().map_err(io)?;
    let kept = order.kept.steps();
    save::prepare(&folder, &kept)?;
    let tables = Tables::begin(&folder, plan)?;
    let threads = plan.spec.threads;
    let pool = |name| fewer_threads(name, threads);
    let ahead = plan.spec.read_ahead.then(|| pool("reading")).transpose()?;
    let pool = pool("images")?;
    let (reading, stepping) = (ScratchSlots::new(threads), ScratchSlots::new(threads));
    let probe = Probe::new();
    let mut store = Store::new(plan.spec.after_clear, plan.spec.intermediates);
    // The sampler makes this request when memory meets the budget.
    let stop = cancel.within();
    // Read before resting memory is measured, so that the code and memory that this touches do not
    // count as the run's.
    let machine = Machine::read();
    if let Some(ahead) = &ahead {
        ahead.broadcast(|_| ());
    }
    let threads = Threads { pool: &pool, ahead: ahead.as_ref() };
    let resting = resting_memory(&folder, order, &threads, &probe, unheard, cancel);
    emitter.begin();
    emitter.emit(EventKind::Started {
        plan: Box::new(order.summary.clone()),
        forecast: plan.forecast.with_resting(resting.map(|resting| resting.rss_bytes)),
        machine: Box::new(machine),
        baseline_rss: resting.map(|resting| resting.rss_bytes),
        baseline_anonymous: resting.and_then(|resting| resting.anonymous_bytes),
    });
    // Without its work, of which this would be a copy.
    let mut plan = plan.without_work();
    if order.summary.combinations > 0 {
        read_files(&mut plan.pipeline, plan.forecast.given_bytes, &stop)?;
    }
    let counted = store.count();
    let sampler = Sampler::default();
    let activity = Mutex::new(None);
    let context = Context {
        plan: &plan,
        folder: &folder,
        kept: &kept,
        tables: &tables,
        emitter,
        cancel: &stop,
        probe: &probe,
        pool: &pool,
        reading: &reading,
        stepping: &stepping,
        bytes_below: &AtomicU64::new(0),
        activity: &activity,
        sampler: &sampler,
    };
    let result = std::thread::scope(|scope| {
        let _ends_threads = EndsThreads { sampler: &sampler, stop: &stop };
        let look = || {
            let sample = sampler.look(&probe, &counted);
            emitter.emit(EventKind::Sample(sample));
            emitter.clock().see();
            if let (Some(rss), Some(budget)) = (sample.rss, request.budget_bytes)
                && rss > budget
            {
                // The first moment counts: memory may grow until all threads have stopped.
                over_budget.get_or_init(|| BudgetMet { rss_bytes: rss, activity: *locked(&activity) });
                stop.cancel();
            }
            sample
        };
        let looking = std::thread::Builder::new()
            .name("memory sampler".to_owned())
            .spawn_scoped(scope, {
                let sampler = &sampler;
                move || sampler.run(look)
            })
            .map_err(io)?;
        let run = Run { scope, context: &context, ahead: ahead.as_ref() };
        let result = run.combinations(&mut store, combinations);
        sampler.end();
        emitter.clock().unwatched();
        // Here and not with the scope, which would not say what a panic said.
        looking.join().map_err(|panic| RunError::Panicked(panic_text(&*panic)))?;
        result
    });
    // Also of a run that was stopped: what was done is kept.
    let saved = tables.end_wells(emitter);
    result.and(saved)
}

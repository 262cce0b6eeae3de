//! One run in this process: wells, combinations, and the events of both.
//!
//! Bulk and sequential are two orders over this one executor; it does not know which it does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::combination::Phases;
use super::context::{Context, RunError, Teller, step_folder};
use super::event::{Event, EventKind, Outcome, Sample};
use super::rest::resting_memory;
use super::summary::RunSummary;
use super::threads::ScratchPool;
use crate::cancel::Cancel;
use crate::machine::Machine;
use crate::memory::{Probe, Store};
use crate::plan::{Plan, WellPlan};
use crate::quantity::bytes_text;
use crate::record::RECORD_FILE;

/// Time between two memory samples: a little over 100 a second.
const SAMPLE_EVERY: Duration = Duration::from_millis(8);

/// A plan and where its results go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRequest {
    /// What to do.
    pub plan: Plan,
    /// Name of the run.
    pub run: String,
    /// The run's own folder. Made if it is not there.
    pub folder: PathBuf,
    /// The resident memory at which the run stops; `None` for no limit.
    pub budget_bytes: Option<u64>,
}

/// Does a run in this process and blocks until it is over. The sink gets each event in order; the
/// last is `Ended`, exactly once, whatever happens.
pub fn run(request: &RunRequest, sink: &(dyn Fn(Event) + Sync), cancel: &Cancel) -> RunSummary {
    let teller = Teller::new(&request.run, &request.plan, sink);
    let over_budget = AtomicU64::new(0);
    // A fault of our own must not leave whoever waits for the end without one.
    let result = catch_unwind(AssertUnwindSafe(|| run_plan(request, &teller, cancel, &over_budget)))
        .unwrap_or(Err(RunError::Fault));
    let over_budget = over_budget.load(Ordering::Relaxed);
    let (outcome, why) = match result {
        Ok(()) => (Outcome::Completed, None),
        Err(RunError::Cancelled(_)) if over_budget > 0 => {
            (Outcome::Failed, Some(over_budget_text(over_budget, request.budget_bytes)))
        }
        Err(RunError::Cancelled(_)) => {
            (Outcome::Cancelled, Some("It was cancelled; what was saved is kept.".to_owned()))
        }
        Err(error) => (Outcome::Failed, Some(format!("{error}. What was saved is kept."))),
    };
    let mut summary = teller.summary();
    summary.wall_secs = teller.elapsed_secs();
    summary.stopped_at_budget = over_budget > 0 && outcome == Outcome::Failed;
    summary.record = Some(request.folder.join(RECORD_FILE));
    teller.tell(EventKind::Ended { outcome, why, summary: Box::new(summary.clone()) });
    summary
}

/// Sets a flag at the end of a block, however that is left.
struct SetWhenDropped<'a>(&'a AtomicBool);

impl Drop for SetWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn over_budget_text(rss_bytes: u64, budget_bytes: Option<u64>) -> String {
    format!(
        "Memory reached {}, the budget of {}, so the run was stopped. What was saved is kept. \
         Process more components one at a time, or raise the budget.",
        bytes_text(rss_bytes),
        bytes_text(budget_bytes.unwrap_or(0))
    )
}

fn run_plan(
    request: &RunRequest,
    teller: &Teller<'_>,
    cancel: &Cancel,
    over_budget: &AtomicU64,
) -> Result<(), RunError> {
    let plan = &request.plan;
    let io = |source| RunError::Io { path: request.folder.clone(), source };
    for step in plan.saved_steps().filter(|step| plan.spec.pipeline.steps[*step].keep_images) {
        std::fs::create_dir_all(request.folder.join(step_folder(plan, step))).map_err(io)?;
    }
    std::fs::create_dir_all(&request.folder).map_err(io)?;
    let threads = plan.spec.threads.max(1);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("images {number}"))
        .build()?;
    let scratch = ScratchPool::new();
    let probe = Probe::new();
    let mut store = Store::new(plan.spec.after_clear, plan.spec.intermediates);
    // The sampler makes this request when memory meets the budget.
    let stop = cancel.within();
    // Worked out before resting memory is measured, so that the code and memory that this touches
    // do not count as the run's.
    let (summary, machine) = (plan.summary(), Machine::read());
    let resting = resting_memory(&request.folder, plan, &pool, &probe);
    teller.begin();
    teller.tell(EventKind::Started {
        plan: summary,
        forecast: plan.forecast.with_resting_of_worker(resting.map(|resting| resting.rss_bytes)),
        machine,
        baseline_rss: resting.map(|resting| resting.rss_bytes),
        baseline_anonymous: resting.and_then(|resting| resting.anonymous_bytes),
    });
    let counted = store.count();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _ends_sampler = SetWhenDropped(&done);
        let sampler = || {
            while !done.load(Ordering::Relaxed) {
                let rss = probe.resident().map(|resident| resident.rss_bytes);
                teller.tell(EventKind::Sample(Sample { rss, counted: counted() }));
                if let (Some(rss), Some(budget)) = (rss, request.budget_bytes)
                    && rss > budget
                {
                    over_budget.store(rss, Ordering::Relaxed);
                    stop.cancel();
                }
                std::thread::sleep(SAMPLE_EVERY);
            }
        };
        std::thread::Builder::new()
            .name("memory sampler".to_owned())
            .spawn_scoped(scope, sampler)
            .map_err(io)?;
        let context = Context {
            plan,
            folder: &request.folder,
            teller,
            cancel: &stop,
            probe: &probe,
            pool: &pool,
            scratch: &scratch,
        };
        plan.wells.iter().try_for_each(|well| run_well(&context, &mut store, well))
    })
}

fn run_well(context: &Context<'_>, store: &mut Store, well: &WellPlan) -> Result<(), RunError> {
    context.cancel.check()?;
    let failed_before = context.teller.failed_so_far();
    context.teller.tell(EventKind::WellStarted { well: well.well, combinations: well.combinations.len() });
    for missing in &well.missing {
        // A missing image counts as a failure, because the result that needs it is withheld.
        let why = format!("{} is missing ({})", missing.key, missing.why);
        context.fail_source(missing.key, context.plan.plate_root.clone(), &why);
    }
    for combination in &well.combinations {
        Phases::run(context, store, combination)?;
    }
    let failed = context.teller.failed_so_far() - failed_before;
    context.teller.tell(EventKind::WellDone { well: well.well, failed });
    Ok(())
}

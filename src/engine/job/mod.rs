//! What a user asks for: one run, or a comparison of two. One worker after the other.

mod error;
mod event;
mod files;
mod job_progress;
mod progress;
mod request;
mod results;
mod resumed;
mod rounds;
mod run_log;
mod trial;

pub use error::JobError;
pub use event::JobEvent;
pub use files::CacheState;
use files::{cached_share, cool, files_of, warm};
pub use job_progress::JobProgress;
pub use progress::RunProgress;
pub use request::{Job, JobRequest, RunInto};
use results::{has_room, prepare_into, prepare_results, run_folder};
pub use rounds::Rounds;
use run_log::EventLog;
pub use trial::{Trial, can_try, measure};

use super::folder::Begun;
use super::request::RunRequest;
use super::run::check_files;
use super::worker::work_in_worker;
use crate::cancel::Cancel;
use crate::compare::{Comparison, FilesState};
use crate::events::Outcome;
use crate::machine::keep_awake;
use crate::plan::{Mode, Plan, UNKNOWN_RESTING_BYTES};
use crate::quantity::bytes_text;
use crate::record::{Compared, Refused, RunRecord};

/// What came of a job.
#[derive(Clone, Debug, Default)]
pub struct JobResult {
    /// The records of the runs that were made, in order; without their lists where none was asked to be compared
    /// ([`RunRecord::with_lists`]).
    pub records: Vec<RunRecord>,
    /// The comparison, where one was asked for; of a job that was cancelled, that of its whole rounds, if there is one.
    pub comparison: Option<Comparison>,
}

/// Does a job, one worker after the other; blocks.
pub fn run_job(job: &Job, sink: &(dyn Fn(JobEvent) + Sync), cancel: &Cancel) -> Result<JobResult, JobError> {
    if !job.cache.is_possible() {
        return Err(JobError::Cold);
    }
    let _awake = keep_awake("A run is in progress");
    // All plans of a job have one pipeline and the same images.
    if let Some(plan) = job.plans.first() {
        check_files(plan)?;
    }
    let refusals: Vec<Option<Refused>> = job.plans.iter().map(|plan| refusal(job, plan)).collect();
    let written = job.plans.iter().zip(&refusals).filter(|(_, refusal)| refusal.is_none());
    let written_bytes: u64 = written.map(|(plan, _)| plan.work().written_bytes).sum();
    let most_bytes = written_bytes.saturating_mul(job.rounds.at_least() as u64);
    let results = match &job.into {
        Some(into) => prepare_into(&into.folder, &job.plans, most_bytes)?,
        None => prepare_results(&job.results, &job.plans, most_bytes)?,
    };
    let refused: Vec<Refused> = refusals.iter().flatten().cloned().collect();
    if let Some(refused) = refused.first().filter(|_| !job.compare) {
        return Err(JobError::OverBudget(refused.why.clone()));
    }
    for Refused { mode, forecast, why } in refused.iter().cloned() {
        sink(JobEvent::Refused { mode, forecast, why });
    }
    if let (true, CacheState::Warm, Some(plan)) = (job.compare, job.cache, job.plans.first())
        && refusals.iter().all(Option::is_none)
    {
        let on_progress = |done, of| sink(JobEvent::Files { state: CacheState::Warm, done, of });
        warm(&files_of(plan), &on_progress, cancel);
    }
    let mut rounds: Vec<Vec<RunRecord>> = Vec::new();
    let mut name: Option<String> = None;
    let both_run = job.compare && refused.is_empty();
    while goes_on(job, &rounds, both_run, cancel) && has_room(job, &results, rounds.len(), written_bytes) {
        let round = rounds.len();
        let mut order: Vec<usize> =
            (0..job.plans.len()).filter(|plan_index| refusals[*plan_index].is_none()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        let mut records = Vec::new();
        for plan_index in order {
            if cancel.is_cancelled() {
                break;
            }
            let plan = &job.plans[plan_index];
            let cached_share = prepare_files(job, plan, sink, cancel);
            let (run, folder) = match &job.into {
                Some(into) => (into.run_name(), results.path().to_owned()),
                None => run_folder(&results, plan)?,
            };
            let name = name.get_or_insert_with(|| run.clone()).clone();
            let compared = job.compare.then(|| Compared { name, round, refused: refused.clone() });
            let budget_bytes = job.budget_bytes;
            let (plan, merges) = (plan.clone(), job.into.as_ref().is_none_or(|into| into.merges));
            let again = job.into.as_ref().map(|into| into.again.clone()).unwrap_or_default();
            let conditions = job.conditions.clone();
            let request = RunRequest {
                plan,
                run,
                folder,
                budget_bytes,
                cached_share,
                compared,
                merges,
                again,
                conditions,
            };
            let begun = Begun::begin(&request, cancel).map_err(JobError::from)?;
            let log = EventLog::begin(&request.run, &request.folder);
            let plan = &request.plan;
            sink(JobEvent::Begun { mode: plan.spec.mode, folder: request.folder.clone() });
            let forward = |event| {
                log.add(&event);
                sink(JobEvent::Run { mode: plan.spec.mode, event });
            };
            let record = work_in_worker(&job.program, begun, &forward, cancel);
            // A plan of which a part was done before shows no pace of its own.
            if job.into.is_none() {
                trial::remember(&results, plan, &record);
            }
            records.push(if job.compare { record.with_lists()? } else { record });
        }
        rounds.push(records);
    }
    let is_whole = |round: &&Vec<RunRecord>| {
        !cancel.is_cancelled() || both_run && round.len() == job.plans.len() && are_completed(round)
    };
    let has_rounds = !cancel.is_cancelled() || rounds.iter().any(|round| is_whole(&round));
    let comparison = (job.compare && has_rounds).then(|| {
        let of_records: Vec<Vec<&RunRecord>> =
            rounds.iter().filter(is_whole).map(|round| round.iter().collect()).collect();
        let sequential = job.plans.iter().find(|plan| plan.spec.mode == Mode::Sequential);
        let components = sequential.map(|plan| plan.spec.sequential.clone()).unwrap_or_default();
        let mut comparison = Comparison::of_rounds(&of_records, &refused, components, job.budget_bytes);
        if let Some(outputs) = &mut comparison.outputs {
            outputs.measure(&of_records.concat());
            outputs.files = FilesState::Written;
        }
        comparison
    });
    Ok(JobResult { records: rounds.into_iter().flatten().collect(), comparison })
}

/// Whether another round is made: as many as were asked for; and for the time alone only of what runs both ways to
/// its end.
fn goes_on(job: &Job, rounds: &[Vec<RunRecord>], both_run: bool, cancel: &Cancel) -> bool {
    let done = rounds.len();
    if done < job.rounds.at_least() {
        return true;
    }
    let secs_of = |mode: Mode| -> f64 {
        let of_mode = rounds.iter().flatten().filter(|record| record.plan.mode == mode);
        of_mode.map(|record| record.summary.wall_secs).sum()
    };
    let secs_of_each = job.plans.iter().map(|plan| secs_of(plan.spec.mode));
    let are_whole = both_run && rounds.iter().all(|round| are_completed(round));
    are_whole && !cancel.is_cancelled() && job.rounds.in_all(done, secs_of_each) > done
}

fn are_completed(round: &[RunRecord]) -> bool {
    round.iter().all(|record| record.outcome == Outcome::Completed)
}

/// The refusal of a plan that does not fit the budget.
fn refusal(job: &Job, plan: &Plan) -> Option<Refused> {
    let forecast = plan.forecast.with_resting(job.resting_rss_bytes);
    let needed = forecast.needed_bytes();
    let budget = job.budget_bytes?;
    (needed > budget).then(|| Refused {
        mode: plan.spec.mode,
        forecast,
        why: format!(
            "{} needs {}{}, which is over the budget of {}. {}",
            plan.spec.mode.title(),
            over_text(needed, budget),
            match forecast.rss_bytes {
                Some(_) => String::new(),
                None => format!(
                    " with the {} that are allowed for Stepwell itself, as that could not be measured",
                    bytes_text(UNKNOWN_RESTING_BYTES)
                ),
            },
            bytes_text(budget),
            job.fix.as_deref().unwrap_or("Raise the budget, or process more components one at a time.")
        ),
    })
}

/// A size that is over another, told so that this can be seen.
fn over_text(needed: u64, budget: u64) -> String {
    let text = bytes_text(needed);
    if text == bytes_text(budget) { format!("a little more than {text}") } else { text }
}

/// Prepares the files of a plan before its run, and says what share of them is in the page cache.
fn prepare_files(job: &Job, plan: &Plan, sink: &(dyn Fn(JobEvent) + Sync), cancel: &Cancel) -> Option<f64> {
    if job.cache == CacheState::Cold {
        cool(
            &files_of(plan),
            &|done, of| sink(JobEvent::Files { state: CacheState::Cold, done, of }),
            cancel,
        );
    }
    cached_share(plan, cancel)
}

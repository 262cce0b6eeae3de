//! What is done outside for a job: it is planned, its worker is started, and its events are passed on.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::history::HistoryWork;
use super::messages::{RunsEvent, RunsWork};
use crate::app::messages::AppEvent;
use crate::app::threads::{Outlet, Threads};
use crate::cancel::Cancel;
use crate::engine::{self, JobEvent, JobRequest, JobResult};
use crate::record::RunRecord;

impl RunsWork {
    /// Begins it; the answer that says why not where no thread can be started.
    pub(crate) fn start(self, threads: &Threads) -> Option<AppEvent> {
        match self {
            Self::Run { generation, request, cancel } => {
                let (program, results) = (threads.program.clone(), threads.results.clone());
                threads.spawn(
                    "engine",
                    move |outlet| {
                        let result = run(outlet, generation, *request, program, results, &cancel);
                        outlet.send(RunsEvent::JobDone { generation, result: result.map(Box::new) });
                    },
                    move |why| Some(RunsEvent::JobDone { generation, result: Err(why) }),
                )
            }
        }
    }
}

impl HistoryWork {
    /// Begins it; the answer that says why not where no thread can be started.
    pub(crate) fn start(self, threads: &Threads) -> Option<AppEvent> {
        let (dialogs, results) = (Arc::clone(&threads.dialogs), threads.results.clone());
        let undone = self.clone();
        threads.spawn(
            "history",
            move |outlet| self.execute(&*dialogs, &results, &|event| outlet.send(event)),
            move |why| Some(undone.clone().failed(why)),
        )
    }
}

fn run(
    outlet: &Outlet,
    generation: u64,
    request: JobRequest,
    program: PathBuf,
    results: PathBuf,
    cancel: &Cancel,
) -> Result<JobResult, String> {
    let sink = |event: JobEvent| {
        if outlet.is_busy() && is_skippable(&event) {
            return;
        }
        if !outlet.send(RunsEvent::Job { generation, event: Box::new(event) }) {
            cancel.cancel();
        }
    };
    let (request, found) = request.resumed(&sink, cancel).map_err(|error| error.to_string())?;
    let mut told: Vec<String> =
        found.iter().flat_map(|found| &found.unsound).map(|one| one.why.clone()).collect();
    let job = request.prepare(program, results).map_err(|error| error.to_string());
    if let (Some(found), Ok(job)) = (&found, &job) {
        told.extend(job.plans.iter().flat_map(|plan| found.changes(plan, cancel)));
    }
    outlet.send(RunsEvent::Looked { generation, told });
    let job = job?;
    // The engine names the runs; until its first event the window shows them without a name.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    let runs = job
        .plans
        .iter()
        .map(|plan| {
            let combinations =
                plan.combinations.iter().map(|combination| (combination.id, combination.images.len()));
            (RunRecord::begin("", plan, now), combinations.collect())
        })
        .collect();
    let notes = job.plans.iter().flat_map(|plan| plan.notes.clone()).collect();
    outlet.send(RunsEvent::Planned { generation, runs, notes });
    let mut result = engine::run_job(&job, &sink, cancel).map_err(|error| error.to_string())?;
    if !job.compare {
        result.records = result.records.into_iter().map(whole).collect();
    }
    Ok(result)
}

/// A record with its lists, as far as these can be read again.
fn whole(record: RunRecord) -> RunRecord {
    record.clone().with_lists().unwrap_or_else(|error| {
        log::warn!("The results of the run cannot be shown: {error}");
        record
    })
}

/// Samples and progress within a phase may be thinned; everything else is always told.
fn is_skippable(event: &JobEvent) -> bool {
    match event {
        JobEvent::Files { .. } | JobEvent::Looking { .. } => true,
        JobEvent::Refused { .. } | JobEvent::Begun { .. } => false,
        JobEvent::Run { event, .. } => event.kind.may_be_thinned(),
    }
}

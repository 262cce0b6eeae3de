//! How the events of a job change the runs.

use std::path::Path;

use super::messages::RunsEvent;
use super::run::{JobState, RunState};
use super::state::RunsState;
use crate::app::log::LogKind;
use crate::app::outbox::{Fact, Outbox};
use crate::app::settings::messages::SettingsWork;
use crate::app::status::messages::{StatusCommand, Tab};
use crate::app::status::trouble::NextStep;
use crate::compare::standing_run;
use crate::engine::{JobEvent, JobResult};
use crate::events::{EventKind, Outcome};
use crate::plan::CombinationId;
use crate::plate::WellId;
use crate::record::{RunId, RunRecord};

/// The most runs of a session that stay in memory; all are on disk.
pub(crate) const MOST_RUNS: usize = 12;

impl RunsState {
    pub(crate) fn apply(&mut self, event: RunsEvent, out: &mut Outbox) {
        match event {
            RunsEvent::Looked { generation, told } => self.looked(generation, &told, out),
            RunsEvent::Planned { generation, runs, notes } => self.planned(generation, runs, notes, out),
            RunsEvent::Job { generation, event } => self.job_event(generation, event, out),
            RunsEvent::JobDone { generation, result } => self.job_done(generation, result, out),
        }
    }

    /// What is not as it was is told in the log, and shown until the user has seen it.
    fn looked(&self, generation: u64, told: &[String], out: &mut Outbox) {
        if told.is_empty() || self.job.as_ref().is_none_or(|job| job.generation != generation) {
            return;
        }
        for why in told {
            out.log(LogKind::Warning, why.clone());
        }
        out.warn("Something has changed since the run began", told.join(" "));
    }

    fn planned(
        &mut self,
        generation: u64,
        runs: Vec<(RunRecord, Vec<(CombinationId, usize)>)>,
        notes: Vec<String>,
        out: &mut Outbox,
    ) {
        let Some(job) = self.job.as_mut().filter(|job| job.generation == generation) else { return };
        for note in notes {
            out.log(LogKind::Warning, note);
        }
        for run in &mut self.list {
            run.is_shown = false;
        }
        for watched in &mut self.watched {
            watched.is_shown = false;
        }
        for (record, combinations) in runs {
            let id = RunId::new(out.next_generation());
            job.runs.push((record.plan.mode, id));
            self.list.push(RunState::new(id, record, combinations));
        }
        let surplus = self.list.len().saturating_sub(MOST_RUNS);
        self.list.drain(..surplus);
        out.emit(Fact::RunsPlanned);
    }

    fn job_event(&mut self, generation: u64, event: Box<JobEvent>, out: &mut Outbox) {
        let Some(job) = self.job.as_mut().filter(|job| job.generation == generation) else { return };
        job.apply(&event, &mut self.well_stages);
        let id_of = |mode| job.runs.iter().find(|(of, _)| *of == mode).map(|(_, id)| *id);
        let id = match &*event {
            JobEvent::Run { mode, event } => {
                let mut id = id_of(*mode);
                match self.list.iter_mut().find(|run| Some(run.id) == id) {
                    Some(run) if run.is_of(event) => run.apply(event),
                    // A later round is made for its time: which run stands for its mode is known at the end.
                    _ => id = None,
                }
                if let EventKind::Ended { outcome: Outcome::Failed, why, .. } = &event.kind {
                    let title = format!("{} did not finish", mode.title());
                    let why = why.clone().unwrap_or_else(|| "The reason is not known.".to_owned());
                    let show_log = NextStep::new("Show the log", StatusCommand::ShowTab(Tab::Log));
                    out.fail(&title, why, Some(show_log));
                }
                id
            }
            JobEvent::Refused { mode, .. } => {
                // A refused run has nothing to show.
                let id = id_of(*mode);
                self.list.retain(|run| Some(run.id) != id);
                None
            }
            JobEvent::Begun { mode, folder } => {
                let id = id_of(*mode);
                if let Some(run) = self.list.iter_mut().find(|run| Some(run.id) == id) {
                    run.place.get_or_insert_with(|| folder.clone());
                }
                None
            }
            JobEvent::Files { .. } | JobEvent::Looking { .. } => None,
        };
        out.emit(Fact::JobHappened { event, run: id });
    }

    fn job_done(&mut self, generation: u64, result: Result<Box<JobResult>, String>, out: &mut Outbox) {
        let Some(job) = self.job.take_if(|job| job.generation == generation) else { return };
        out.work(SettingsWork::ReadMachine);
        let mut comparison = None;
        match result {
            Ok(result) => {
                self.finish(&job, &result.records, out);
                comparison = result.comparison;
            }
            Err(why) if job.is_cancelling() => out.log(LogKind::Run, format!("Nothing was run: {why}.")),
            Err(why) => out.fail_and_log("Nothing was run", why, None),
        }
        // A run that never began has nothing to show.
        self.list.retain(|run| !run.is_live || run.record.machine.is_some());
        for run in &mut self.list {
            run.is_live = false;
        }
        out.emit(Fact::JobEnded(comparison.map(Box::new)));
    }

    /// What is known of a run from before it went on.
    fn earlier_in(&self, folder: &Path, now: RunId) -> Option<RunId> {
        let is_earlier = |run: &&RunState| run.id != now && run.folder().as_deref() == Some(folder);
        self.list.iter().find(is_earlier).map(|run| run.id)
    }

    /// Takes the records of a job's runs as they were written; of several rounds, those of the runs that stand for
    /// their modes, which the chart shows then, too.
    fn finish(&mut self, job: &JobState, records: &[RunRecord], out: &mut Outbox) {
        let runs = &job.runs;
        for (mode, id) in runs {
            let of_mode = records.iter().filter(|record| record.plan.mode == *mode);
            let Some(run) = self.list.iter_mut().find(|run| run.id == *id) else { continue };
            let Some(record) = standing_run(of_mode) else { continue };
            run.finish(record.clone());
            if record.is_in_stretches() {
                let stage = |well: &WellId| Some((*well, run.course.well(*well)?));
                self.well_stages.extend(record.plan.wells.iter().filter_map(stage));
            }
            let folder = run.folder().filter(|_| job.goes_on);
            if let Some(earlier) = folder.and_then(|folder| self.earlier_in(&folder, *id)) {
                out.emit(Fact::RunDeleted(earlier));
            }
            out.emit(Fact::OutputsWanted(*id));
        }
        // What the chart has followed is not all that is to be shown.
        if records.len() > runs.len() || records.iter().any(RunRecord::is_in_stretches) {
            let shown: Vec<RunId> = self.shown().map(|run| run.id).collect();
            for is_shown in [false, true] {
                let of_job = shown.iter().filter(|id| runs.iter().any(|(_, run)| run == *id));
                of_job.for_each(|id| out.emit(Fact::RunShown { id: *id, is_shown }));
            }
        }
    }
}

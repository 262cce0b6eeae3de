//! How wells are grouped into jobs, and what memory and time each asks for.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::model::{ClusterJob, Engine};
use crate::memory::Budget;
use crate::plan::{Basis, Plan, PlanError, RunSpec, SecsRange};
use crate::plate::{Measured, Plate, WellId};

/// How long a job lasts, so that starting it is not most of what it does, and little is lost with it.
const JOB_SECS: f64 = 300.0;

/// The forecast of time is made where the workflow is written: disks that many jobs share are slower.
const SLOWER: f64 = 4.0;

/// The least time to ask for: a job begins with listing the plate.
const LEAST_MINUTES: u64 = 10;

/// The time to ask for where no pace is known.
const UNKNOWN_MINUTES: u64 = 240;

/// Slurm takes arrays of up to 1,000 tasks where nobody has set it up for more (`MaxArraySize`).
const MOST_ARRAY_TASKS: usize = 1000;

/// What the process beside the worker takes: by itself, for each image of the plate, which it lists, and for each that it
/// plans, of which it keeps account when it puts the run together (1,000 bytes of a result, of which there is one for each image
/// at most). Measured, and half as much again.
const HOST_BYTES: u64 = 55_000_000;
const HOST_LISTED_BYTES: u64 = 100;
const HOST_PLANNED_BYTES: u64 = 1_500;

/// What memory is asked for in, so that numbers are easy to read.
const MEMORY_STEP_MB: u64 = 50;

/// What a job's own process takes beside its worker, with these wells of a plate.
pub(super) fn host_bytes<'a>(plate: &Plate, wells: impl IntoIterator<Item = &'a WellId>) -> u64 {
    let listed = plate.images.len() + plate.projections.len();
    let planned: usize = wells.into_iter().map(|well| plate.images_of(*well).len()).sum();
    HOST_BYTES + HOST_LISTED_BYTES * listed as u64 + HOST_PLANNED_BYTES * planned as u64
}

/// Memory to ask for, in MB, where a worker needs so much: what a run may use by default of what it is given holds the
/// worker and the process beside it.
pub(super) fn memory_mb(needed_bytes: u64, host_bytes: u64) -> u64 {
    let bytes = Budget::whole_for(needed_bytes.saturating_add(host_bytes));
    bytes.div_ceil(MEMORY_STEP_MB * 1_000_000) * MEMORY_STEP_MB
}

/// Time to ask for, in minutes.
pub(super) fn minutes(expected: Option<SecsRange>) -> u64 {
    let of_secs = |secs: f64| ((secs * SLOWER / 60.0).ceil() as u64).max(LEAST_MINUTES);
    expected.map_or(UNKNOWN_MINUTES, |secs| of_secs(secs.high))
}

/// How many wells a job has where the user did not say: as many as take minutes, and one where no pace is known.
pub(super) fn wells_per_job(wells: usize, expected: Option<SecsRange>, engine: Engine) -> usize {
    let in_time = match expected.map(|secs| secs.middle() / wells.max(1) as f64) {
        Some(of_one) if of_one > 0.0 => (JOB_SECS / of_one) as usize,
        _ => 1,
    };
    in_time.clamp(1, wells.max(1)).max(least_wells_per_job(wells, engine))
}

/// How many wells a job has at least, so that there are no more jobs than the engine takes.
pub(super) fn least_wells_per_job(wells: usize, engine: Engine) -> usize {
    match engine {
        Engine::Snakemake => 1,
        Engine::Slurm => wells.div_ceil(MOST_ARRAY_TASKS).max(1),
    }
}

/// The jobs, as even as can be, with what each needs.
pub(super) fn jobs(
    plate: &Arc<Plate>,
    measured: &Arc<Measured>,
    wells: &BTreeSet<WellId>,
    spec: &RunSpec,
    basis: &Basis,
    wells_per_job: usize,
) -> Result<Vec<ClusterJob>, PlanError> {
    let wells: Vec<WellId> = wells.iter().copied().collect();
    let count = wells.len().div_ceil(wells_per_job.max(1)).max(1);
    even(&wells, count)
        .map(|wells| {
            let plan = Plan::new(plate, measured, &wells.iter().copied().collect(), spec)?;
            let needed = plan.forecast.with_resting(basis.resting_rss_bytes).needed_bytes();
            Ok(ClusterJob {
                name: name(wells),
                wells: wells.to_vec(),
                memory_mb: memory_mb(needed, host_bytes(plate, wells)),
                minutes: minutes(basis.paces.expected(&plan.work())),
            })
        })
        .collect()
}

/// Some things in so many runs of them, of which none has more than one more than another.
fn even<T>(all: &[T], count: usize) -> impl Iterator<Item = &[T]> {
    (0..count).map(move |index| &all[index * all.len() / count..(index + 1) * all.len() / count])
}

fn name(wells: &[WellId]) -> String {
    match wells {
        [] => String::new(),
        [one] => one.to_string(),
        [first, .., last] => format!("{first}-{last}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(low: f64, high: f64) -> Option<SecsRange> {
        Some(SecsRange { low, high })
    }

    #[test]
    fn memory_holds_worker_and_host_within_the_budgets_share() {
        // Needed and host in bytes, and what is asked for in MB.
        let table = [
            (0, 0, 0),
            (1, 0, 50),
            (40_000_000, 0, 50),
            (40_000_001, 0, 100),
            (300_000_000, 100_000_000, 500),
            (8_000_000_000, 100_000_000, 10_150),
        ];
        for (needed, host, expected) in table {
            assert_eq!(memory_mb(needed, host), expected, "{needed} {host}");
            let budget = expected * 1_000_000 / 100 * 80;
            assert!(budget >= needed + host, "{needed} {host}");
        }
    }

    #[test]
    fn jobs_last_minutes() {
        // Wells, seconds of all of them, engine, and how many a job has.
        let table = [
            (12, secs(12.0, 12.0), Engine::Snakemake, 12),
            (384, secs(384.0, 384.0), Engine::Snakemake, 300),
            (384, secs(38_400.0, 38_400.0), Engine::Snakemake, 3),
            (384, secs(500_000.0, 500_000.0), Engine::Snakemake, 1),
            (384, None, Engine::Snakemake, 1),
            (384, secs(0.0, 0.0), Engine::Snakemake, 1),
            (1536, None, Engine::Slurm, 2),
            (1536, secs(15_360.0, 15_360.0), Engine::Slurm, 30),
            (0, None, Engine::Slurm, 1),
        ];
        for (wells, secs, engine, expected) in table {
            assert_eq!(wells_per_job(wells, secs, engine), expected, "{wells} {secs:?}");
        }
        for (secs, expected) in [(None, 240), (secs(1.0, 2.0), 10), (secs(100.0, 300.0), 20)] {
            assert_eq!(minutes(secs), expected, "{secs:?}");
        }
    }

    #[test]
    fn wells_are_dealt_out_evenly() {
        let of = |all: usize, count: usize| {
            let all: Vec<usize> = (0..all).collect();
            even(&all, count).map(<[usize]>::len).collect::<Vec<_>>()
        };
        assert_eq!(of(12, 5), [2, 2, 3, 2, 3]);
        assert_eq!(of(3, 3), [1, 1, 1]);
        assert_eq!(of(7, 1), [7]);
    }
}

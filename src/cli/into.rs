//! `stepwell run --into`, `stepwell resume` and `stepwell merge`: a run as a folder whose wells are done one by one.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::args::{MergeArgs, ResumeArgs, RunArgs};
use super::failure::{Exit, Failure};
use super::open::{open, open_named};
use super::output::{print, print_json, print_stderr};
use super::prepare::{Prepared, Trying, Wells, budget, run_spec};
use super::progress::Counter;
use super::run::{Repeated, check_mode, describe_run, do_run, job};
use crate::cancel::Cancel;
use crate::engine::{CacheState, GoingOn, Job, RunInto, merge_run};
use crate::machine::Machine;
use crate::memory::Budget;
use crate::plan::{Plan, RunSpec};
use crate::plate::{Measured, Plate, SaveAs, WellId, destination, still_plates};
use crate::record::folder::{REQUEST_FILE, RunFolder, undone_text};

/// Work that is asked for in the folder of a run.
struct Going {
    plate: Arc<Plate>,
    wanted: BTreeSet<WellId>,
    spec: RunSpec,
    computer: (Machine, Budget),
    into: RunInto,
    once: Repeated,
    json: bool,
}

/// Runs wells into a folder.
pub(super) fn run(args: &RunArgs, folder: &Path, cancel: &Cancel) -> Result<Exit, Failure> {
    let mode = check_mode(args.mode, &args.process)?;
    let into = RunInto { folder: folder.to_owned(), merges: !args.into.no_merge };
    let computer = budget(&args.process.computer)?;
    let keep = args.results.keep_images.map(Into::into);
    let spec = RunSpec { mode, ..run_spec(&args.process, &computer.0, keep)? };
    let plate = Arc::new(open(&args.plate, args.process.names.pattern.as_ref(), cancel)?);
    let wells = if args.wells.is_empty() { Wells::All } else { Wells::These(&args.wells) };
    let (wanted, json) = (wells.of(&plate), args.process.json);
    let once = Repeated { times: 1, cache: args.results.cache.into() };
    run_into(&Going { plate, wanted, spec, computer, into, once, json }, cancel)
}

/// Does what is missing of the wells that are wanted.
fn run_into(going: &Going, cancel: &Cancel) -> Result<Exit, Failure> {
    let Going { plate, wanted, spec, computer, into, once, json } = going;
    let place = destination(&into.folder, [&plate.root])?;
    let is_new = !place.path().join(REQUEST_FILE).exists();
    let mut found = None;
    if !is_new {
        let counter = Counter::new("Wells that are done, looked at");
        let looked = GoingOn::look(&place, Some(wanted), &|done, of| counter.show(done, of), cancel);
        counter.finish();
        let looked = looked?;
        looked.unsound.iter().for_each(|one| print_stderr(&one.why));
        found = Some(looked);
    }
    let wells = found.as_ref().map_or_else(|| wanted.clone(), |found| found.wells.clone());
    let (plate, spec) = (Arc::clone(plate), spec.clone());
    let prepared = Prepared::of(plate, wells, spec.clone(), computer.clone(), None, Trying::Rest, cancel)?;
    let mut job = job(&prepared, &[spec.mode], None, Some(into.clone()), *once)?;
    if let (Some(found), [plan]) = (found, job.plans.as_slice()) {
        // Whether another is asked for is told when the work begins.
        found.changes(plan, cancel).iter().for_each(|change| print_stderr(change));
    }
    if is_new && spec.save_as == SaveAs::OmeZarr {
        lay_out(&prepared, &mut job, cancel)?;
    }
    do_run(&job, *json, cancel)
}

/// Arrays have one shape in all wells, so that whoever begins looks at all of the plate.
fn lay_out(prepared: &Prepared, job: &mut Job, cancel: &Cancel) -> Result<(), Failure> {
    let (plate, all) = (&prepared.plate, prepared.plate.wells());
    if prepared.wells == all {
        return Ok(());
    }
    let measured =
        Measured::read(plate, &all, cancel).map_err(|_| Failure::new(Exit::Stopped, "Cancelled."))?;
    for plan in &mut job.plans {
        plan.layout = Plan::new(plate, &measured, &all, &plan.spec)?.layout;
    }
    Ok(())
}

pub(super) fn resume(args: &ResumeArgs, cancel: &Cancel) -> Result<Exit, Failure> {
    let folder = read(&args.run)?;
    let request = &folder.request;
    let plate = open_named(&request.plate, cancel).map_err(|failure| Failure {
        why: format!(
            "{} Where the plate was moved, stepwell run PLATE --into {} with the options of the run goes on with it.",
            failure.why,
            args.run.display()
        ),
        ..failure
    })?;
    let (wanted, computer) = (folder.wanted(), budget(&args.computer)?);
    let spec = RunSpec { threads: args.computer.threads(&computer.0), ..request.spec.clone() };
    let into = RunInto { folder: folder.path().to_owned(), merges: true };
    let once = Repeated { times: 1, cache: CacheState::Warm };
    let plate = Arc::new(plate);
    run_into(&Going { plate, wanted, spec, computer, into, once, json: args.json }, cancel)
}

pub(super) fn merge(args: &MergeArgs, cancel: &Cancel) -> Result<Exit, Failure> {
    let folder = read(&args.run)?;
    let place = destination(folder.path(), still_plates([&folder.request.plate.root]))?;
    let merged = merge_run(&place, &folder, cancel)?;
    let is_whole = merged.undone.is_empty() && merged.record.summary.failed.is_empty();
    merged.notes.iter().for_each(|note| print_stderr(note));
    if args.json {
        print_json(&serde_json::json!({
            "record": merged.record.summary.record,
            "wells": merged.record.plan.wells.len(),
            "undone": merged.undone,
            "summary": merged.record.summary,
        }));
    } else {
        describe_run(&merged.record);
        if !merged.undone.is_empty() {
            print(&format!("{} stepwell resume does what is missing.", undone_text(&merged.undone)));
        }
    }
    Ok(if is_whole { Exit::Done } else { Exit::SomeFailed })
}

/// The folder of a run, which is there.
fn read(path: &Path) -> Result<RunFolder, Failure> {
    RunFolder::read(path).map_err(|error| Failure::new(Exit::CannotOpen, format!("{error}.")))
}

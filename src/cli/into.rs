//! `stepwell run --into`, `stepwell resume` and `stepwell merge`: a run as a folder whose wells are done one by one.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::args::{MergeArgs, ResumeArgs, RunArgs};
use super::conditions::conditions;
use super::failure::{Exit, Failure};
use super::open::{open, open_named};
use super::output::{print, print_json, print_stderr};
use super::prepare::{Prepared, Trying, Wells, budget, run_spec};
use super::progress::Counter;
use super::run::{Repeated, check_mode, describe_run, do_run, job};
use crate::cancel::Cancel;
use crate::conditions::{Conditions, ForPlate, read as read_layout};
use crate::engine::{
    CacheState, GoingOn, Job, RunInto, WorkError, keep_conditions, kept_conditions, merge_run,
};
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
    /// What the wells hold by a layout; `None` for what the run or the plate has of it.
    conditions: Option<Arc<Conditions>>,
    computer: (Machine, Budget),
    into: RunInto,
    /// Whether wells of which anything failed are done again.
    failed: bool,
    once: Repeated,
    json: bool,
}

/// Runs wells into a folder.
pub(super) fn run(args: &RunArgs, folder: &Path, cancel: &Cancel) -> Result<Exit, Failure> {
    let mode = check_mode(args.mode, &args.process)?;
    let into = RunInto { folder: folder.to_owned(), merges: !args.into.no_merge, again: Vec::new() };
    let computer = budget(&args.process.computer)?;
    let keep = args.results.keep_images.map(Into::into);
    let spec = RunSpec { mode, ..run_spec(&args.process, &computer.0, keep)? };
    let plate = Arc::new(open(&args.plate, args.process.names.pattern.as_ref(), cancel)?);
    // What the run was given before holds for all that goes on with it.
    let kept = kept_conditions(folder).ok().flatten().filter(|_| args.process.holding.layout.is_none());
    let conditions = match kept {
        Some(kept) => Some(Arc::new(kept)),
        None => conditions(args.process.holding.layout.as_deref(), &plate)?,
    };
    let wanted = Wells::Chosen(&args.wells).of(&plate, conditions.as_deref())?;
    let json = args.process.json;
    let once = Repeated { times: 1, cache: args.results.cache.into() };
    run_into(&Going { plate, wanted, spec, conditions, computer, into, failed: false, once, json }, cancel)
}

/// Does what is missing of the wells that are wanted.
fn run_into(going: &Going, cancel: &Cancel) -> Result<Exit, Failure> {
    let Going { plate, wanted, spec, conditions, computer, into, failed, once, json } = going;
    let place = destination(&into.folder, [&plate.root])?;
    let is_new = !place.path().join(REQUEST_FILE).exists();
    let (mut into, mut found) = (into.clone(), None);
    if !is_new {
        let counter = Counter::new("Finished wells checked");
        let progress = |done, of| counter.show(done, of);
        let looked = GoingOn::look(place.path(), wanted, *failed, &progress, cancel);
        counter.finish();
        let looked = looked?;
        looked.unsound.iter().for_each(|one| print_stderr(&one.why));
        into.again.clone_from(&looked.unsound);
        found = Some(looked);
    }
    let wells = found.as_ref().map_or_else(|| wanted.clone(), |found| found.wells.clone());
    let (plate, spec) = (Arc::clone(plate), spec.clone());
    let prepared = Prepared::of(plate, wells, spec.clone(), computer.clone(), None, Trying::Rest, cancel)?;
    let prepared = Prepared { conditions: conditions.clone(), ..prepared };
    let mut job = job(&prepared, &[spec.mode], None, Some(into), *once)?;
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
    let measured = Arc::new(measured);
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
            "{} If the plate was moved, continue the run with stepwell run PLATE --into {} and the options of the run.",
            failure.why,
            args.run.display()
        ),
        ..failure
    })?;
    let (stretches, unread) = folder.stretches();
    unread.iter().for_each(|why| print_stderr(why));
    if stretches.is_empty() {
        return Err(WorkError::Nothing { folder: folder.path().to_owned() }.into());
    }
    let (there, gone): (BTreeSet<WellId>, BTreeSet<WellId>) =
        folder.wanted().into_iter().partition(|well| plate.wells().contains(well));
    let gone: BTreeSet<WellId> = gone.difference(&folder.done()).copied().collect();
    if !gone.is_empty() {
        print_stderr(&format!("{} The plate no longer has images of them.", undone_text(&gone)));
    }
    let computer = budget(&args.computer)?;
    let spec = RunSpec { threads: args.computer.threads(&computer.0), ..request.spec.clone() };
    let into = RunInto { folder: folder.path().to_owned(), merges: true, again: Vec::new() };
    let once = Repeated { times: 1, cache: CacheState::Warm };
    let (plate, failed, json) = (Arc::new(plate), args.failed, args.json);
    let conditions = None;
    let going = Going { plate, wanted: there, spec, conditions, computer, into, failed, once, json };
    let exit = run_into(&going, cancel)?;
    let is_whole = gone.is_empty() && unread.is_empty();
    if exit == Exit::SomeFailed && !args.failed {
        print_stderr("stepwell resume --failed processes wells with failed images again.");
    }
    Ok(if exit == Exit::Done && !is_whole { Exit::SomeFailed } else { exit })
}

pub(super) fn merge(args: &MergeArgs, cancel: &Cancel) -> Result<Exit, Failure> {
    let folder = read(&args.run)?;
    let place = destination(folder.path(), still_plates([&folder.request.plate.root]))?;
    if let Some(layout) = &args.layout {
        let (plate, shape) = (&folder.request.plate, folder.request.facts.shape);
        let conditions = read_layout(layout, ForPlate { name: Some(&plate.name), shape })?;
        conditions.notes().iter().for_each(|note| print_stderr(note));
        conditions.notes_over(&folder.wanted()).iter().for_each(|note| print_stderr(note));
        if let Some(note) = keep_conditions(&place, &conditions)? {
            print_stderr(&note);
        }
    }
    let merged = merge_run(&place, &folder, cancel)?;
    let is_whole =
        merged.undone.is_empty() && merged.notes.is_empty() && merged.record.summary.failed.is_empty();
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
            let undone = undone_text(&merged.undone);
            let is_told = merged.record.why.as_ref().is_some_and(|why| why.contains(&undone));
            let undone = if is_told { String::new() } else { undone + " " };
            print(&format!("{undone}stepwell resume processes what is missing."));
        }
    }
    Ok(if is_whole { Exit::Done } else { Exit::SomeFailed })
}

/// The folder of a run, which is there.
fn read(path: &Path) -> Result<RunFolder, Failure> {
    RunFolder::read(path).map_err(|error| Failure::new(Exit::CannotOpen, format!("{error}.")))
}

//! `stepwell run` and `stepwell compare`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{CompareArgs, ProcessArgs, ResultArgs, RunArgs};
use super::choices::ModeArg;
use super::conditions::choices;
use super::failure::{Exit, Failure};
use super::output::{print, print_json, print_json_line, print_stderr, print_table};
use super::prepare::{Prepared, Trying, Wells, beyond_note};
use super::progress::Reporter;
use crate::cancel::Cancel;
use crate::chart::{Chart, ChartOptions};
use crate::compare::{Comparison, ModeResult, Spread, TimeFinding};
use crate::engine::{CacheState, Job, JobEvent, JobRequest, JobResult, Rounds, RunInto, run_job};
use crate::events::{Outcome, RunSummary};
use crate::export;
use crate::folders;
use crate::machine::Machine;
use crate::plan::Mode;
use crate::plate::destination;
use crate::quantity::{bytes_text, count_text};
use crate::record::{CHART_FILE, RunRecord};

/// Failed images that are named in words; the record has all.
const MOST_SHOWN: usize = 20;

/// The job of some modes; what should be known of it is told.
pub(super) fn job(
    prepared: &Prepared,
    modes: &[Mode],
    out: Option<&PathBuf>,
    into: Option<RunInto>,
    Repeated { times, cache }: Repeated,
) -> Result<Job, Failure> {
    let computer = Machine::read();
    let request = JobRequest {
        plate: Arc::clone(&prepared.plate),
        measured: Arc::clone(&prepared.measured),
        wells: prepared.wells.clone(),
        specs: modes.iter().map(|mode| prepared.spec_of(*mode)).collect(),
        rounds: Rounds::Exactly(times),
        cache,
        budget_bytes: prepared.budget.held_to(&computer).bytes,
        resting_rss_bytes: prepared.trial.resting_rss_bytes,
        fix: prepared.outlook()?.fix(),
        into,
        conditions: prepared.conditions.clone(),
    };
    let results = out.cloned().unwrap_or_else(folders::results_dir);
    let job = request.prepare(prepared.program.clone(), results)?;
    for note in job.plans.iter().flat_map(|plan| &plan.notes) {
        print_stderr(note);
    }
    if let Some(note) = beyond_note(&computer, prepared.budget) {
        print_stderr(&format!("{note} The run may use what is available."));
    }
    Ok(job)
}

/// What a run or a comparison begins with; no image is read for it.
fn prepare(
    plate: &Path,
    process: &ProcessArgs,
    wells: &Wells<'_>,
    results: &ResultArgs,
    cancel: &Cancel,
) -> Result<Prepared, Failure> {
    let keep = results.keep_images.map(Into::into);
    Prepared::new(plate, process, wells, keep, results.out.as_ref(), Trying::Rest, cancel)
}

/// The mode, where components were named for it; that they are not used is told.
pub(super) fn check_mode(mode: ModeArg, process: &ProcessArgs) -> Result<Mode, Failure> {
    let mode: Mode = mode.into();
    if mode == Mode::Sequential && process.sequential.is_empty() {
        return Err(Failure::usage(
            "Say which components to process one at a time, as in --mode sequential --sequential channel",
        ));
    }
    if mode == Mode::Bulk && !process.sequential.is_empty() {
        print_stderr("All at once processes no component one at a time: --sequential is ignored.");
    }
    Ok(mode)
}

pub(super) fn run(args: &RunArgs, cancel: &Cancel) -> Result<Exit, Failure> {
    let mode = check_mode(args.mode, &args.process)?;
    let wells = Wells::Chosen(&args.wells);
    let once = Repeated { times: 1, cache: args.results.cache.into() };
    let json = args.process.json;
    let prepared = prepare(&args.plate, &args.process, &wells, &args.results, cancel)?;
    do_run(&job(&prepared, &[mode], args.results.out.as_ref(), None, once)?, json, cancel)
}

/// Makes the one run of a job, and tells what came of it.
pub(super) fn do_run(job: &Job, json: bool, cancel: &Cancel) -> Result<Exit, Failure> {
    let reporter = Reporter::new(job);
    let result = run_job(
        job,
        &|event| {
            if let (true, JobEvent::Run { event, .. }) = (json, &event) {
                print_json_line(&event.to_json());
            }
            reporter.apply(&event);
        },
        cancel,
    )?;
    reporter.finish();
    let Some(record) = result.records.first() else {
        return Err(Failure::new(Exit::Stopped, "Cancelled before it began."));
    };
    if !json {
        describe_run(record);
    }
    Ok(exit_of(record))
}

pub(super) fn compare(args: &CompareArgs, cancel: &Cancel) -> Result<Exit, Failure> {
    if args.process.sequential.is_empty() {
        return Err(Failure::usage(
            "Say which components to process one at a time, as in --sequential channel",
        ));
    }
    let chosen = choices(&args.wells)?;
    let wells = if args.wells.is_empty() { Wells::Largest } else { Wells::Chosen(&chosen) };
    let prepared = prepare(&args.plate, &args.process, &wells, &args.results, cancel)?;
    let how = Repeated { times: usize::from(args.repeat), cache: args.results.cache.into() };
    compare_prepared(&prepared, args.results.out.as_ref(), how, args.process.json, cancel)
}

/// How often to compare, and how the runs find the files.
#[derive(Clone, Copy)]
pub(super) struct Repeated {
    pub(super) times: usize,
    pub(super) cache: CacheState,
}

/// Compares, and prints the comparison.
pub(super) fn compare_prepared(
    prepared: &Prepared,
    out: Option<&PathBuf>,
    how: Repeated,
    json: bool,
    cancel: &Cancel,
) -> Result<Exit, Failure> {
    let job = job(prepared, &[Mode::Bulk, Mode::Sequential], out, None, how)?;
    let reporter = Reporter::new(&job);
    let result = run_job(&job, &|event| reporter.apply(&event), cancel)?;
    reporter.finish();
    let Some(comparison) = result.comparison.as_ref().filter(|_| !cancel.is_cancelled()) else {
        return Err(Failure::new(Exit::Stopped, "Cancelled; what was saved is kept."));
    };
    if result.records.is_empty() {
        // Neither mode fits; the sentences have been said.
        if json {
            print_json(comparison);
        }
        return Ok(Exit::OverBudget);
    }
    let chart = write_chart(&job, &result, comparison);
    if json {
        print_json(comparison);
    } else {
        describe_comparison(prepared, comparison, &result);
        match chart {
            Ok(path) => print(&format!("Chart:    {}", path.display())),
            Err(why) => print_stderr(&format!("The chart could not be written: {why}")),
        }
    }
    let worst = result.records.iter().map(exit_of).max_by_key(|exit| *exit as u8).unwrap_or(Exit::Done);
    let differ = comparison.outputs.as_ref().is_some_and(|outputs| !outputs.different.is_empty());
    Ok(if worst == Exit::Done && differ { Exit::SomeFailed } else { worst })
}

pub(super) fn exit_of(record: &RunRecord) -> Exit {
    match record.outcome {
        Outcome::Completed if record.summary.failed.is_empty() => Exit::Done,
        Outcome::Completed => Exit::SomeFailed,
        Outcome::Failed if record.summary.stopped_at_budget => Exit::OverBudget,
        Outcome::Cancelled | Outcome::Failed => Exit::Stopped,
    }
}

fn write_chart(job: &Job, result: &JobResult, comparison: &Comparison) -> Result<PathBuf, String> {
    let chart = Chart::of_comparison(&result.records);
    let record = result.records.last().ok_or("no run was made")?;
    let title = record.plate.name.clone();
    let svg = export::chart_svg(&chart, ChartOptions::default(), &title, &comparison.verdict().sentence);
    let folder = record.summary.record.as_deref().and_then(Path::parent).unwrap_or(&job.results);
    let folder = destination(folder, [&record.plate.root]).map_err(|refused| refused.to_string())?;
    let picture = folder.join(CHART_FILE);
    export::write_png(&picture, &svg).map_err(|error| error.to_string())?;
    Ok(picture.path().to_owned())
}

fn or_unknown(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "unknown".to_owned(), bytes_text)
}

fn summary_row(name: &str, summary: &RunSummary) -> Vec<String> {
    vec![
        name.to_owned(),
        count_text(summary.images_at_once),
        count_text(summary.combinations),
        or_unknown(summary.peak_rss_bytes),
        or_unknown(summary.forecast_rss_bytes),
        bytes_text(summary.peak_counted_bytes),
        or_unknown(summary.baseline_rss_bytes),
        summary.time_text(),
    ]
}

const SUMMARY_HEAD: [&str; 8] =
    ["", "Images at once", "Combinations", "Peak memory", "Forecast", "Pixels", "At rest", "Time"];

pub(super) fn describe_run(record: &RunRecord) {
    print_table(&SUMMARY_HEAD, &[summary_row(record.plan.mode.title(), &record.summary)]);
    if let Some(share) = record.summary.cached_share {
        print(&cached_text(share, share));
    }
    describe_failures(&record.summary);
    if let Some(why) = &record.why {
        print_stderr(why);
    }
    if let Some(folder) = record.summary.record.as_deref().and_then(Path::parent) {
        print(&format!("Results:  {}", folder.display()));
    }
}

fn describe_comparison(prepared: &Prepared, comparison: &Comparison, result: &JobResult) {
    let wells: Vec<String> = prepared.wells.iter().take(12).map(ToString::to_string).collect();
    let more = if prepared.wells.len() > wells.len() { " …" } else { "" };
    print(&format!("{} · well {}{more}", prepared.plate.name, wells.join(", ")));
    print("");
    let mut rows = Vec::new();
    for (mode, side) in [(Mode::Bulk, &comparison.bulk), (Mode::Sequential, &comparison.sequential)] {
        match side {
            ModeResult::Ran(summary) => {
                rows.push(summary_row(mode.title(), summary));
            }
            ModeResult::Refused { forecast_counted_bytes, forecast_rss_bytes, .. } => rows.push(vec![
                format!("{} (not run)", mode.title()),
                String::new(),
                String::new(),
                String::new(),
                or_unknown(*forecast_rss_bytes),
                bytes_text(*forecast_counted_bytes),
            ]),
        }
    }
    print_table(&SUMMARY_HEAD, &rows);
    print("");
    let verdict = comparison.verdict();
    print(&verdict.sentence);
    if let (Some(saving), Some(cost)) = (&verdict.saving, &verdict.cost) {
        print(&format!("Peak memory: {saving}, {cost}."));
        if let Some(ratio) = comparison.peak_ratio.filter(|ratio| (0.01..0.95).contains(ratio)) {
            print(&format!("Of the images alone (above rest): {:.1} × less.", 1.0 / ratio));
        }
    }
    if let Some(time) = &verdict.time {
        let is_short = comparison.time_finding() == Some(TimeFinding::TooShort);
        print(&format!("{time}{}", if is_short { " Repeat it: --repeat 5." } else { "" }));
    }
    let shares = result.records.iter().filter_map(|record| record.summary.cached_share);
    if let Some(Spread { least, most, .. }) = Spread::of(shares) {
        print(&cached_text(least, most));
    }
    if let Some(outputs) = &comparison.outputs {
        for different in outputs.different.iter().take(MOST_SHOWN) {
            print(&format!("Different: {different} (step {}): {}", different.step + 1, different.why_text()));
        }
    }
    for record in &result.records {
        if let Some(why) = &record.why {
            print_stderr(&format!("{}: {why}", record.plan.mode.title()));
        }
    }
    if let Some(record) = result.records.last() {
        describe_failures(&record.summary);
    }
    print("");
    for record in &result.records {
        if let Some(folder) = record.summary.record.as_deref().and_then(Path::parent) {
            print(&format!("Results:  {}", folder.display()));
        }
    }
}

/// `Files: 100 % in the page cache before each run.`
fn cached_text(least: f64, most: f64) -> String {
    let [least, most] = [least, most].map(|share| (share * 100.0).round());
    let share = if least == most { format!("{least} %") } else { format!("{least} to {most} %") };
    format!("Files: {share} in the page cache before each run.")
}

fn describe_failures(summary: &RunSummary) {
    for failed in summary.failed.iter().take(MOST_SHOWN) {
        print(&format!("Failed: {}", failed.why));
    }
    let further = summary.failed_count() - summary.failed.len().min(MOST_SHOWN);
    if further > 0 {
        print(&format!("… and {} more: see the record", count_text(further)));
    }
}

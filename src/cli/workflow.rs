//! `stepwell workflow`: the files with which a cluster processes a plate well by well.

use serde_json::{Value, json};

use super::args::WorkflowArgs;
use super::failure::{Exit, Failure};
use super::output::{print, print_json, print_stderr};
use super::prepare::{Prepared, Trying, Wells};
use super::run::check_mode;
use crate::cancel::Cancel;
use crate::plan::Basis;
use crate::quantity::{bytes_text, count_text, plural};
use crate::workflow::{Workflow, WorkflowError, WorkflowRequest};

impl From<WorkflowError> for Failure {
    fn from(error: WorkflowError) -> Self {
        match error {
            WorkflowError::Plan(error) => error.into(),
            WorkflowError::OverBudget { .. } => Self::new(Exit::OverBudget, format!("{error}.")),
            // It may begin with a path, which stays as it is.
            error => Self::usage(format!("{error}.")),
        }
    }
}

pub(super) fn workflow(args: &WorkflowArgs, cancel: &Cancel) -> Result<Exit, Failure> {
    let workflow = prepare(args, cancel)?;
    workflow.write(&args.out)?;
    let folder = std::path::absolute(&args.out).unwrap_or_else(|_| args.out.clone());
    for note in &workflow.notes {
        print_stderr(note);
    }
    let command = workflow.command(&folder.to_string_lossy());
    if args.process.json {
        print_json(&document(&workflow, &folder.to_string_lossy(), &command));
    } else {
        print(&format!(
            "{} for {}, {} each: up to {} and {} min at the first attempt",
            plural(workflow.jobs.len(), "job"),
            plural(workflow.jobs.iter().map(|job| job.wells.len()).sum(), "well"),
            plural(workflow.threads, "thread"),
            bytes_text(workflow.most_memory_mb() * 1_000_000),
            count_text(usize::try_from(workflow.most_minutes()).unwrap_or(usize::MAX)),
        ));
        print(&format!("Start:    {command}"));
        print(&format!("Results:  {}", folder.join(&workflow.into).display()));
    }
    Ok(Exit::Done)
}

fn prepare(args: &WorkflowArgs, cancel: &Cancel) -> Result<Workflow, Failure> {
    let mode = check_mode(args.mode, &args.process)?;
    let wells = Wells::Chosen(&args.wells);
    let keep = args.keep_images.map(Into::into);
    let prepared = Prepared::new(&args.plate, &args.process, &wells, keep, None, Trying::Pace, cancel)?;
    let spec = prepared.spec_of(mode);
    // A cluster has other memory than this computer: there is no limit but one that was given.
    let has_limit =
        !args.process.computer.budget.trim().is_empty() || args.process.computer.pretend_memory.is_some();
    let budget_bytes = prepared.budget.bytes.filter(|_| has_limit);
    let request = WorkflowRequest {
        plate: prepared.plate,
        measured: prepared.measured,
        wells: prepared.wells,
        spec,
        threads: args.process.computer.threads.map(usize::from),
        basis: Basis { budget_bytes, ..prepared.trial.basis(None) },
        engine: args.engine.into(),
        wells_per_job: args.wells_per_job.map(usize::from),
        into: args.into.clone(),
        into_there: args.into_there.clone(),
        plate_there: args.plate_there.clone(),
        container: args.container.clone(),
        // What a plate says of itself its jobs find there, too.
        conditions: prepared.conditions.filter(|found| !found.is_of_plate()),
    };
    Ok(request.prepare()?)
}

fn document(workflow: &Workflow, folder: &str, command: &str) -> Value {
    let jobs: Vec<Value> = workflow
        .jobs
        .iter()
        .map(|job| {
            json!({"name": job.name, "wells": job.wells, "memory_mb": job.memory_mb, "minutes": job.minutes})
        })
        .collect();
    json!({
        "folder": folder,
        "engine": workflow.engine.name(),
        "command": command,
        "plate": workflow.plate,
        "into": workflow.into,
        "threads": workflow.threads,
        "jobs": jobs,
        "merge": {"memory_mb": workflow.merge_memory_mb, "minutes": workflow.merge_minutes},
        "notes": workflow.notes,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use clap::Parser;

    use super::*;
    use crate::cli::args::{Args, ComputerArgs, ProcessArgs, Subcommand};
    use crate::cli::prepare::run_spec;
    use crate::image::Compression;
    use crate::machine::Machine;
    use crate::pipeline::PipelineSpec;
    use crate::plan::{AfterClear, Intermediates, Mode, RunSpec};
    use crate::plate::{Component, NamePattern, PlateLayout, SaveAs, WellId};
    use crate::workflow::Engine;

    #[test]
    fn the_options_of_a_job_mean_what_was_chosen() {
        let plain = RunSpec::plain(PipelineSpec::default());
        let by_channel = RunSpec {
            mode: Mode::Sequential,
            sequential: vec![Component::Timepoint, Component::Channel],
            ..plain.clone()
        };
        let table = [
            plain.clone(),
            by_channel.clone(),
            RunSpec { after_clear: AfterClear::Keep, ..by_channel.clone() },
            RunSpec { intermediates: Intermediates::Hold, wells_at_once: 3, ..plain.clone() },
            RunSpec { read_ahead: true, compression: Compression::Lzw, ..plain.clone() },
            RunSpec { save_as: SaveAs::OmeTiff, compression: Compression::Deflate, ..plain.clone() },
            RunSpec { save_as: SaveAs::OmeZarr, ..plain.clone() },
        ];
        let pattern = NamePattern::new(r"-(?P<well>[A-H]\d\d)").unwrap();
        let layout = PlateLayout { timepoints: 2, channels: 2, wells: 4, ..PlateLayout::study() };
        for (spec, pattern) in
            table.into_iter().flat_map(|spec| [(spec.clone(), None), (spec, Some(&pattern))])
        {
            let (mut plate, measured) = layout.plate();
            plate.pattern = pattern.cloned();
            let request = WorkflowRequest {
                wells: plate.wells(),
                plate: Arc::new(plate),
                measured: Arc::new(measured),
                spec: spec.clone(),
                threads: None,
                basis: Basis::default(),
                engine: Engine::Snakemake,
                wells_per_job: None,
                into: None,
                into_there: None,
                plate_there: None,
                container: None,
                conditions: pattern.map(|_| Arc::default()),
            };
            let workflow = request.prepare().unwrap();
            let words = ["stepwell", "run", "plate"].map(str::to_owned).into_iter().chain(workflow.options);
            let words: Vec<String> = words.collect();
            let args = Args::try_parse_from(&words).unwrap_or_else(|error| panic!("{words:?}: {error}"));
            let Some(Subcommand::Run(args)) = args.command else { panic!("{words:?}") };
            assert_eq!(
                args.process.names.pattern.as_ref().map(NamePattern::text),
                pattern.map(NamePattern::text)
            );
            let layout = pattern.map(|_| std::path::Path::new("conditions.csv"));
            assert_eq!(args.process.holding.layout.as_deref(), layout);
            assert_eq!(args.process.pipeline.as_deref(), Some(std::path::Path::new("pipeline.ron")));
            let computer = ComputerArgs { threads: Some(1), ..args.process.computer };
            let process = ProcessArgs { pipeline: None, computer, ..args.process };
            let read = run_spec(&process, &Machine::default(), None).unwrap();
            assert_eq!(RunSpec { mode: check_mode(args.mode, &process).unwrap(), ..read }, spec, "{words:?}");
            let wells: BTreeSet<WellId> = workflow.jobs.iter().flat_map(|job| job.wells.clone()).collect();
            assert_eq!(wells.len(), 4);
        }
    }
}

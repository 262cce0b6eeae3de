//! `stepwell plan`: what each way of processing would need. Also what `run` and `compare` prepare.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::{PlanArgs, ProcessArgs};
use super::output::{print, print_json, print_table, say};
use super::{Exit, Failure, open};
use crate::cancel::Cancel;
use crate::engine::measure_resting;
use crate::machine::Machine;
use crate::memory::Budget;
use crate::pipeline::{KeepImages, PipelineSpec};
use crate::plan::{Choice, Mode, Plan, PlanError, RunSpec, choices, conflicts};
use crate::plate::{Measured, Plate, WellId};
use crate::quantity::{bytes_text, count_text};

/// A plate that is open and measured, with everything that the user chose.
pub(super) struct Prepared {
    pub(super) plate: Plate,
    pub(super) measured: Measured,
    pub(super) wells: BTreeSet<WellId>,
    /// The choice; its mode is `Sequential` where components were named, else `Bulk`.
    pub(super) spec: RunSpec,
    pub(super) budget: Budget,
    pub(super) program: PathBuf,
    pub(super) resting_rss_bytes: Option<u64>,
}

/// Which wells a command is about.
pub(super) enum Wells<'a> {
    All,
    /// The one with the most images.
    Largest,
    These(&'a [WellId]),
}

impl Prepared {
    pub(super) fn new(
        args: &ProcessArgs,
        wells: &Wells<'_>,
        keep: Option<KeepImages>,
        cancel: &Cancel,
    ) -> Result<Self, Failure> {
        let machine = Machine::read();
        let budget = Budget::parse(&args.budget, &machine).map_err(Failure::usage)?;
        let pipeline = match &args.pipeline {
            Some(path) => read_pipeline(path)?,
            None => PipelineSpec::default(),
        };
        let spec = RunSpec {
            mode: if args.sequential.is_empty() { Mode::Bulk } else { Mode::Sequential },
            sequential: args.sequential.clone(),
            pipeline: match keep {
                Some(keep) => pipeline.keeping(keep),
                None => pipeline,
            },
            after_clear: args.after_clear.into(),
            intermediates: args.intermediates.into(),
            threads: args.threads.map_or(machine.cores, usize::from),
            wells_at_once: usize::from(args.wells_at_once),
            read_ahead: args.read_ahead,
        };
        let plate = open(&args.plate, cancel)?;
        let wells = match wells {
            Wells::All => plate.wells(),
            Wells::Largest => largest_well(&plate).into_iter().collect(),
            Wells::These(wells) => wells.iter().copied().collect(),
        };
        let measured = Measured::read(&plate, &wells, cancel)
            .map_err(|_| Failure { exit: Exit::Stopped, why: "Cancelled.".to_owned() })?;
        let program = std::env::current_exe()
            .map_err(|error| Failure::usage(format!("Stepwell cannot find its own program file: {error}")))?;
        let mut prepared = Self { plate, measured, wells, spec, budget, program, resting_rss_bytes: None };
        let plan = prepared.plan(Mode::Bulk)?;
        prepared.resting_rss_bytes = measure_resting(&prepared.program, &plan);
        Ok(prepared)
    }

    pub(super) fn plan(&self, mode: Mode) -> Result<Plan, PlanError> {
        Plan::new(&self.plate, &self.measured, &self.wells, &RunSpec { mode, ..self.spec.clone() })
    }

    pub(super) fn choices(&self) -> Result<Vec<Choice>, PlanError> {
        choices(
            &self.plate,
            &self.measured,
            &self.wells,
            &self.spec,
            self.resting_rss_bytes,
            self.budget.bytes,
        )
    }
}

fn largest_well(plate: &Plate) -> Option<WellId> {
    plate.wells().into_iter().rev().max_by_key(|well| plate.images_of(*well).len())
}

fn read_pipeline(path: &Path) -> Result<PipelineSpec, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!("The pipeline file {} cannot be read: {error}", path.display()))
    })?;
    ron::from_str(&text)
        .map_err(|error| Failure::usage(format!("{} is not a pipeline file: {error}", path.display())))
}

/// The sentence that fixes a run that is over budget.
pub(super) fn fix(choices: &[Choice]) -> Option<String> {
    let Some(best) = choices.iter().find(|choice| choice.recommended) else {
        let least = choices.iter().min_by_key(|choice| choice.peak_bytes())?;
        let name = if least.mode == Mode::Bulk {
            "all at once".to_owned()
        } else {
            format!("{} one at a time", least.title())
        };
        return Some(format!("No choice fits; the least is {} ({name}).", bytes_text(least.peak_bytes())));
    };
    (best.mode == Mode::Sequential).then(|| {
        let names: Vec<_> = best.sequential.iter().map(|component| component.name()).collect();
        format!("Process {} one at a time: {}.", names.join(" and "), bytes_text(best.peak_bytes()))
    })
}

pub(super) fn plan(args: &PlanArgs, cancel: &Cancel) -> Result<Exit, Failure> {
    let wells = if args.wells.is_empty() { Wells::All } else { Wells::These(&args.wells) };
    let prepared = Prepared::new(&args.process, &wells, None, cancel)?;
    // A choice that was named and is impossible is an error here as it is in a run.
    let notes = prepared.plan(prepared.spec.mode)?.notes;
    let choices = prepared.choices()?;
    let conflicts = conflicts(&prepared.spec.pipeline);
    if args.process.json {
        let conflicts: Vec<_> = conflicts
            .iter()
            .map(|conflict| json!({"component": conflict.component, "step": conflict.step, "why": conflict.why}))
            .collect();
        print_json(&json!({
            "budget_bytes": prepared.budget.bytes,
            "choices": choices,
            "conflicts": conflicts,
            "notes": notes,
        }));
        return Ok(Exit::Done);
    }
    for note in &notes {
        say(note);
    }
    print(&format!("{}: budget {}", prepared.plate.name, prepared.budget));
    let rows: Vec<Vec<String>> = choices
        .iter()
        .map(|choice| {
            vec![
                choice.title(),
                count_text(choice.combinations),
                count_text(choice.images_at_once),
                bytes_text(choice.peak_counted_bytes),
                choice.peak_rss_bytes.map_or_else(|| "unknown".to_owned(), bytes_text),
                match (choice.recommended, choice.fits) {
                    (true, _) => "recommended",
                    (false, true) => "fits",
                    (false, false) => "too much",
                }
                .to_owned(),
            ]
        })
        .collect();
    print_table(&["One at a time", "Combinations", "Images at once", "Pixels", "Peak memory", ""], &rows);
    for conflict in &conflicts {
        print(&format!("{}.", conflict.why));
    }
    if let Some(best) = choices.iter().find(|choice| choice.recommended) {
        print(&format!("{}: {}", best.title(), best.why));
    }
    Ok(Exit::Done)
}

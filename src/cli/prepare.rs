//! What `plan`, `run` and `compare` do first: open, measure, and try what the machine can do.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{ComputerArgs, ProcessArgs};
use super::conditions::conditions;
use super::failure::{Exit, Failure};
use super::open::open;
use crate::cancel::Cancel;
use crate::conditions::{Conditions, WellChoice, chosen_wells};
use crate::engine::{Trial, check_files, measure};
use crate::folders;
use crate::image::Compression;
use crate::machine::{Machine, own_program};
use crate::memory::Budget;
use crate::pipeline::{KeepImages, PipelineSpec, file};
use crate::plan::{Mode, Outlook, Plan, PlanError, RunSpec};
use crate::plate::{Measured, Plate, SaveAs, WellId};
use crate::quantity::{bytes_text, parse_bytes};

/// A plate that is open and measured, with everything that the user chose.
pub(super) struct Prepared {
    pub(super) plate: Arc<Plate>,
    pub(super) measured: Arc<Measured>,
    pub(super) wells: BTreeSet<WellId>,
    /// What the wells hold by a layout or as the plate says, as far as it is known.
    pub(super) conditions: Option<Arc<Conditions>>,
    /// The choice; its mode is `Sequential` where components were named, else `Bulk`.
    pub(super) spec: RunSpec,
    pub(super) budget: Budget,
    pub(super) machine: Machine,
    pub(super) program: PathBuf,
    pub(super) trial: Trial,
}

/// Which wells a command is about.
pub(super) enum Wells<'a> {
    /// The one with the most images.
    Largest,
    /// All, where none is chosen.
    Chosen(&'a [WellChoice]),
}

impl Wells<'_> {
    pub(super) fn of(
        &self,
        plate: &Plate,
        conditions: Option<&Conditions>,
    ) -> Result<BTreeSet<WellId>, Failure> {
        Ok(match self {
            Self::Largest => largest_well(plate).into_iter().collect(),
            Self::Chosen(choices) => chosen_wells(choices, &plate.wells(), conditions)?,
        })
    }
}

/// What is tried before a forecast.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trying {
    /// How fast the machine takes a few images of the plate.
    Pace,
    /// The memory of a worker at rest only: what is over budget is refused before an image is read.
    Rest,
}

impl Prepared {
    pub(super) fn new(
        plate: &Path,
        args: &ProcessArgs,
        wells: &Wells<'_>,
        keep: Option<KeepImages>,
        results: Option<&PathBuf>,
        trying: Trying,
        cancel: &Cancel,
    ) -> Result<Self, Failure> {
        let (machine, budget) = budget(&args.computer)?;
        let spec = run_spec(args, &machine, keep)?;
        let plate = Arc::new(open(plate, args.names.pattern.as_ref(), cancel)?);
        let conditions = conditions(args.holding.layout.as_deref(), &plate)?;
        let wells = wells.of(&plate, conditions.as_deref())?;
        let prepared = Self::of(plate, wells, spec, (machine, budget), results, trying, cancel)?;
        Ok(Self { conditions, ..prepared })
    }

    /// Of a plate that is open, without what its wells hold.
    pub(super) fn of(
        plate: Arc<Plate>,
        wells: BTreeSet<WellId>,
        spec: RunSpec,
        (machine, budget): (Machine, Budget),
        results: Option<&PathBuf>,
        trying: Trying,
        cancel: &Cancel,
    ) -> Result<Self, Failure> {
        let measured =
            Measured::read(&plate, &wells, cancel).map_err(|_| Failure::new(Exit::Stopped, "Cancelled."))?;
        let program = program()?;
        let (measured, trial) = (Arc::new(measured), Trial::default());
        let conditions = None;
        let mut prepared = Self { plate, measured, wells, conditions, spec, budget, machine, program, trial };
        let mut plan = prepared.plan(Mode::Bulk)?;
        check_files(&plan).map_err(|fault| Failure::usage(fault.to_string()))?;
        if trying == Trying::Rest {
            plan = plan.without_work();
        }
        let results = results.cloned().unwrap_or_else(folders::results_dir);
        prepared.trial = measure(&prepared.program, &plan, Some(&results), prepared.budget.bytes, cancel);
        Ok(prepared)
    }

    pub(super) fn plan(&self, mode: Mode) -> Result<Plan, PlanError> {
        Plan::new(&self.plate, &self.measured, &self.wells, &self.spec_of(mode))
    }

    /// What was chosen, in a mode.
    pub(super) fn spec_of(&self, mode: Mode) -> RunSpec {
        RunSpec { mode, ..self.spec.clone() }
    }

    pub(super) fn outlook(&self) -> Result<Outlook, PlanError> {
        Outlook::of(
            &self.plate,
            &self.measured,
            &self.wells,
            &self.spec,
            &self.trial.basis(self.budget.bytes),
        )
    }
}

/// The computer, or what it is to be taken for, and what a run may use of it.
pub(super) fn budget(args: &ComputerArgs) -> Result<(Machine, Budget), Failure> {
    let mut machine = Machine::read();
    if let Some(memory) = &args.pretend_memory {
        let bytes = parse_bytes(memory, machine.memory_bytes)?;
        machine = machine.pretending(bytes);
    }
    let budget = Budget::parse(&args.budget, &machine)?;
    Ok((machine, budget))
}

/// What to know of a budget that this computer, as it is or is taken for, cannot keep.
pub(super) fn beyond_note(machine: &Machine, budget: Budget) -> Option<String> {
    let (available, budget) = (machine.available_bytes?, budget.bytes?);
    (budget > available).then(|| {
        let [budget, available] = [budget, available].map(bytes_text);
        format!("The budget of {budget} is more than the available {available}.")
    })
}

/// Stepwell itself, which becomes the worker.
pub(super) fn program() -> Result<PathBuf, Failure> {
    own_program()
        .map_err(|error| Failure::usage(format!("Stepwell cannot find its own program file: {error}")))
}

/// What was chosen, but for the wells; its mode is `Sequential` where components were named.
pub(super) fn run_spec(
    args: &ProcessArgs,
    machine: &Machine,
    keep: Option<KeepImages>,
) -> Result<RunSpec, Failure> {
    let pipeline = match &args.pipeline {
        Some(path) => file::read(path).map_err(|error| Failure::usage(error.to_string()))?,
        None => PipelineSpec::default(),
    };
    let save_as: SaveAs = args.save_as.into();
    let compression: Option<Compression> = args.compression.map(Into::into);
    if save_as == SaveAs::OmeZarr && compression.is_some_and(|chosen| chosen != Compression::Zstd) {
        let why =
            "OME-Zarr is always compressed with zstd: leave --compression out, or save as tiff or ome-tiff.";
        return Err(Failure::usage(why));
    }
    let compression = compression.unwrap_or_default();
    Ok(RunSpec {
        mode: if args.sequential.is_empty() { Mode::Bulk } else { Mode::Sequential },
        sequential: args.sequential.clone(),
        pipeline: match keep {
            Some(keep) => pipeline.keeping(keep),
            None => pipeline,
        },
        after_clear: args.after_clear.into(),
        intermediates: args.intermediates.into(),
        threads: args.computer.threads(machine),
        wells_at_once: usize::from(args.wells_at_once),
        read_ahead: args.read_ahead,
        compression,
        save_as,
    })
}

fn largest_well(plate: &Plate) -> Option<WellId> {
    plate.wells().into_iter().rev().max_by_key(|well| plate.images_of(*well).len())
}

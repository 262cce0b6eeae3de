//! Forecasts for a plate that is not there yet: its counts and sizes are enough, because memory follows
//! from them. Time is tried on a few images that the demo generator makes.

use std::path::Path;

use crate::cancel::Cancel;
use crate::demo::{self, DemoSpec};
use crate::engine::{Trial, measure};
use crate::plan::{Basis, Mode, Outlook, Plan, RunSpec, Standing};
use crate::plate::{Measured, Plate};
use crate::quantity::count_text;

/// So many images of wells that are processed together can be planned: what takes seconds.
const MOST_IMAGES: u64 = 500_000;

/// Pixels of the images made for a trial.
const TRIAL_BYTES: u64 = 24_000_000;

/// The wells that stand for all: as many as are processed together.
fn standing(spec: &DemoSpec, run: &RunSpec) -> DemoSpec {
    let together = u32::try_from(run.wells_at_once).unwrap_or(u32::MAX).clamp(1, spec.wells.max(1));
    DemoSpec { wells: together, ..spec.clone() }
}

fn plate_of(spec: &DemoSpec, run: &RunSpec) -> Result<(Plate, Measured), String> {
    spec.check().map_err(|error| error.to_string())?;
    let standing = standing(spec, run);
    if standing.image_count() > MOST_IMAGES {
        return Err(format!(
            "{} images in a well (or wells processed together) are more than can be planned: at most {}",
            count_text(usize::try_from(standing.image_count()).unwrap_or(usize::MAX)),
            count_text(MOST_IMAGES as usize)
        ));
    }
    Ok(demo::imagined(&standing))
}

/// The forecast of each way to process a plate of the spec. Of `run`, mode and components are ignored;
/// of `basis`, which wells stand for how many.
pub fn what_if(spec: &DemoSpec, run: &RunSpec, basis: &Basis) -> Result<Outlook, String> {
    let (plate, measured) = plate_of(spec, run)?;
    let wells = plate.wells();
    let standing = Standing { wells: standing(spec, run).wells.into(), of: spec.wells.into() };
    let basis = Basis { standing, ..basis.clone() };
    Outlook::of(&plate, &measured, &wells, run, &basis).map_err(|error| error.to_string())
}

/// A plate of few images of the same kind: two stacks at least, whole where that is not too much, so
/// that what assembles them has its usual work.
fn few(spec: &DemoSpec) -> DemoSpec {
    let images = u32::try_from(TRIAL_BYTES / spec.format().bytes().max(1)).unwrap_or(u32::MAX).max(2);
    let planes = spec.planes.min(images / 2).max(1);
    DemoSpec {
        wells: 1,
        channels: 1,
        timepoints: 1,
        sites: (images / planes).min(200),
        planes,
        ..spec.clone()
    }
}

/// Makes a few images of such a plate in a folder for temporary files, and tries them.
pub fn trial(
    spec: &DemoSpec,
    run: &RunSpec,
    program: &Path,
    budget_bytes: Option<u64>,
    cancel: &Cancel,
) -> Result<Trial, String> {
    spec.check().map_err(|error| error.to_string())?;
    let few = few(spec);
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let root = demo::write(&few, &folder.path().join("plate"), cancel, &|_, _| ())
        .map_err(|error| error.to_string())?;
    let (mut plate, measured) = demo::imagined(&few);
    plate.root = root;
    let bulk = RunSpec { mode: Mode::Bulk, sequential: Vec::new(), ..run.clone() };
    let plan = Plan::new(&plate, &measured, &plate.wells(), &bulk).map_err(|error| error.to_string())?;
    Ok(measure(program, &plan, None, budget_bytes, cancel))
}

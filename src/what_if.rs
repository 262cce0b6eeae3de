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

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use crossbeam_channel::{bounded, unbounded};

    use super::*;
    use crate::image::Compression;
    use crate::pipeline::PipelineSpec;
    use crate::plan::{AfterClear, Intermediates};
    use crate::plate::header_readers;

    /// Far longer than any of it takes: what has not come by then never comes.
    const NEVER: Duration = Duration::from_secs(30);

    #[test]
    fn a_forecast_is_worked_out_while_no_header_can_be_read() {
        let spec = DemoSpec { channels: 2, timepoints: 4, sites: 9, planes: 3, ..DemoSpec::default() };
        let (plate, measured) = demo::imagined(&spec);
        let wells = plate.wells();
        let run = RunSpec {
            mode: Mode::Bulk,
            sequential: Vec::new(),
            pipeline: PipelineSpec::default(),
            after_clear: AfterClear::Return,
            intermediates: Intermediates::Free,
            threads: 1,
            wells_at_once: 1,
            read_ahead: false,
            compression: Compression::None,
        };
        let readers = header_readers();
        let (entered, has_entered) = unbounded();
        let (release, is_released) = bounded::<()>(0);
        let (answer, answered) = bounded(1);
        let held_up = |_: &Path, _| {
            entered.send(()).map_err(|error| error.to_string())?;
            let released = is_released.recv();
            Err(format!("{released:?}"))
        };
        thread::scope(|scope| {
            let read = || Measured::read_by(&readers, &plate, &wells, &Cancel::new(), held_up);
            let forecast = || answer.send(Outlook::of(&plate, &measured, &wells, &run, &Basis::default()));
            scope.spawn(read);
            let all_wait = (0..readers.count()).all(|_| has_entered.recv_timeout(NEVER).is_ok());
            scope.spawn(forecast);
            let outlook = answered.recv_timeout(NEVER);
            // Before anything is asserted, so that the threads end also where it is wrong.
            drop(release);
            assert!(all_wait, "not every reader was held up");
            let choices = outlook.expect("the forecast waits for the readers").expect("a forecast").choices;
            // Bulk, and every set of timepoint, channel and site; the usual pipeline assembles z.
            assert_eq!(choices.len(), 8);
        });
    }
}

//! Forecasts for a plate that does not exist yet: its layout is enough, because memory follows from it. Time
//! is tried on a few images, which the caller draws.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cancel::Cancel;
use crate::disk;
use crate::engine::{Trial, can_try, measure};
use crate::plan::{Basis, Mode, Outlook, Plan, PlanError, RunSpec};
use crate::plate::{LayoutError, Plate, PlateLayout};
use crate::quantity::count_text;

/// This many images of wells that are processed together can be planned: what takes seconds.
const MOST_IMAGES: u64 = 500_000;

/// Pixels of the images made for a trial.
const TRIAL_BYTES: u64 = 24_000_000;

/// Why nothing is known of a plate that does not exist yet.
#[derive(Debug, thiserror::Error)]
pub enum WhatIfError {
    /// There can be no such plate.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// It has more images than can be planned.
    #[error(
        "{} images in a well (or wells processed together) are more than can be planned: at most {}",
        count_text(usize::try_from(*.0).unwrap_or(usize::MAX)), count_text(MOST_IMAGES as usize)
    )]
    TooManyImages(u64),
    /// The run cannot be planned.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// There is no folder for the images of a trial.
    #[error("no folder for temporary files could be made: {0}")]
    NoFolder(#[source] io::Error),
    /// The images of a trial could not be drawn.
    #[error(transparent)]
    NotDrawn(Box<dyn std::error::Error + Send + Sync>),
}

/// The wells that stand for all: as many as are processed together, and those that are left for the last set; and how many
/// more sets the first stands for.
fn standing(layout: &PlateLayout, run: &RunSpec) -> (PlateLayout, u64) {
    let together = u32::try_from(run.wells_at_once).unwrap_or(u32::MAX).clamp(1, layout.wells.max(1));
    let (sets, left) = (layout.wells / together, layout.wells % together);
    (PlateLayout { wells: together + left, ..*layout }, u64::from(sets.saturating_sub(1)))
}

/// The forecast of each way to process a plate of the layout. Of `run`, mode and components are ignored;
/// of `basis`, for how many more sets of wells the first stands.
pub fn what_if(layout: &PlateLayout, run: &RunSpec, basis: &Basis) -> Result<Outlook, WhatIfError> {
    layout.check()?;
    let (standing, further_sets) = standing(layout, run);
    if standing.image_count() > MOST_IMAGES {
        return Err(WhatIfError::TooManyImages(standing.image_count()));
    }
    let (plate, measured) = standing.plate();
    let (plate, measured) = (Arc::new(plate), Arc::new(measured));
    let wells = plate.wells();
    let basis = Basis { further_sets, ..basis.clone() };
    Ok(Outlook::of(&plate, &measured, &wells, run, &basis)?)
}

/// A plate of few images of the same kind: two stacks at least, whole where that is not too much, so
/// that what assembles them has its usual work.
fn few(layout: &PlateLayout) -> PlateLayout {
    let images = u32::try_from(TRIAL_BYTES / layout.format().bytes().max(1)).unwrap_or(u32::MAX).max(2);
    let planes = layout.planes.min(images / 2).max(1);
    let sites = (images / planes).min(200);
    PlateLayout { wells: 1, channels: 1, timepoints: 1, sites, planes, ..*layout }
}

/// Has a few images of such a plate drawn in a folder for temporary files, and tries them; without images where
/// these are too large to be tried. `draw` writes the plate of a layout into a new folder and returns where it is.
pub fn trial<E: std::error::Error + Send + Sync + 'static>(
    layout: &PlateLayout,
    run: &RunSpec,
    program: &Path,
    budget_bytes: Option<u64>,
    cancel: &Cancel,
    draw: impl FnOnce(&PlateLayout, &Path) -> Result<PathBuf, E>,
) -> Result<Trial, WhatIfError> {
    layout.check()?;
    let few = few(layout);
    let (mut plate, measured) = few.plate();
    let measured = Arc::new(measured);
    let bulk = RunSpec { mode: Mode::Bulk, sequential: Vec::new(), ..run.clone() };
    let plan = |plate: Plate| {
        let wells = plate.wells();
        Plan::new(&Arc::new(plate), &measured, &wells, &bulk)
    };
    let not_drawn = plan(plate.clone())?;
    if !can_try(&not_drawn, budget_bytes) {
        return Ok(measure(program, &not_drawn.without_work(), None, budget_bytes, cancel));
    }
    let folder = disk::temporary_folder(None).map_err(WhatIfError::NoFolder)?;
    plate.root =
        draw(&few, &folder.path().join("plate")).map_err(|error| WhatIfError::NotDrawn(error.into()))?;
    Ok(measure(program, &plan(plate)?, None, budget_bytes, cancel))
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use crossbeam_channel::{bounded, unbounded};

    use super::*;
    use crate::image::{DecodeError, ImageSource};
    use crate::paging::AfterClear;
    use crate::pipeline::PipelineSpec;
    use crate::plan::{Choice, CoursePart};
    use crate::plate::{Measured, header_readers};

    /// Far longer than any of it takes: what has not come by then never comes.
    const NEVER: Duration = Duration::from_secs(30);

    fn run() -> RunSpec {
        RunSpec::plain(PipelineSpec::default())
    }

    #[test]
    fn images_that_are_too_large_to_be_tried_are_not_drawn() {
        let none = Path::new("no such program");
        for (side, budget, expected) in [(8192, Some(100_000_000), false), (512, Some(100_000_000), true)] {
            let layout = PlateLayout { width: side, height: side, ..PlateLayout::default() };
            let mut is_drawn = false;
            let draw = |_: &PlateLayout, folder: &Path| {
                is_drawn = true;
                Ok::<_, io::Error>(folder.to_owned())
            };
            let tried = trial(&layout, &run(), none, budget, &Cancel::new(), draw).unwrap();
            assert_eq!((is_drawn, tried), (expected, Trial::default()), "{side}");
        }
    }

    /// All of a choice but the names of wells and sentences.
    fn told(choice: &Choice) -> impl PartialEq + std::fmt::Debug + use<> {
        let parts = choice.course.parts.iter().map(|part| {
            let of = (part.combination.index, part.combination.values.clone(), part.last);
            (of, part.phases, part.fullest, part.images, (part.units, part.work), part.counted, part.mapped)
        });
        let memory = (choice.images_at_once, choice.peak_counted_bytes, choice.needed_bytes);
        (choice.sequential.clone(), choice.combinations, choice.work, memory, parts.collect::<Vec<_>>())
    }

    #[test]
    fn some_wells_stand_for_all_of_a_plate_to_the_last_byte() {
        for (wells, wells_at_once) in (1..=9).flat_map(|wells| [1, 2, 4].map(|together| (wells, together))) {
            for (read_ahead, after_clear) in
                [(false, AfterClear::Return), (true, AfterClear::Return), (true, AfterClear::Keep)]
            {
                let layout = PlateLayout { wells, sites: 1, planes: 2, ..PlateLayout::default() };
                let run = RunSpec { wells_at_once, read_ahead, after_clear, ..run() };
                let standing = what_if(&layout, &run, &Basis::default()).unwrap();
                let (plate, measured) = layout.plate();
                let all = plate.wells();
                let all = Outlook::of(&Arc::new(plate), &Arc::new(measured), &all, &run, &Basis::default());
                let [standing, all] =
                    [standing, all.unwrap()].map(|of| of.choices.iter().map(told).collect::<Vec<_>>());
                assert_eq!(
                    standing, all,
                    "{wells} wells, {wells_at_once} at once, {read_ahead}, {after_clear:?}"
                );
            }
        }
    }

    /// There the course is seen less finely.
    #[test]
    fn some_wells_stand_for_all_of_a_large_plate() {
        let layout = PlateLayout { wells: 384, sites: 1, planes: 2, ..PlateLayout::default() };
        let standing = what_if(&layout, &run(), &Basis::default()).unwrap();
        let (plate, measured) = layout.plate();
        let all = plate.wells();
        let all = Outlook::of(&Arc::new(plate), &Arc::new(measured), &all, &run(), &Basis::default());
        let ends = |choice: &Choice| {
            let course = &choice.course;
            let most = |of: fn(&CoursePart) -> u64| course.parts.iter().map(of).max();
            let peaks = (most(|part| part.counted.most), most(|part| part.mapped.most));
            let end = course.parts.last().map(|last| (last.last, last.units, last.work, last.counted));
            (choice.sequential.clone(), choice.combinations, choice.work, peaks, end)
        };
        let [standing, all] =
            [standing, all.unwrap()].map(|of| of.choices.iter().map(ends).collect::<Vec<_>>());
        assert_eq!(standing, all);
    }

    #[test]
    fn a_forecast_is_worked_out_while_no_header_can_be_read() {
        let layout =
            PlateLayout { channels: 2, timepoints: 4, sites: 9, planes: 3, ..PlateLayout::default() };
        let (plate, measured) = layout.plate();
        let (plate, measured) = (Arc::new(plate), Arc::new(measured));
        let wells = plate.wells();
        let run = run();
        let readers = header_readers();
        let (entered, has_entered) = unbounded();
        let (release, is_released) = bounded::<()>(0);
        let (answer, answered) = bounded(1);
        let held_up = |source: &ImageSource| {
            // Whether anybody counts it or the end has come: the answer is that nothing was read.
            let _ = (entered.send(()), is_released.recv());
            Err(DecodeError::NoImage { path: source.path() })
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

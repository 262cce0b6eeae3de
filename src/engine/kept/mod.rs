//! What is said of the images that a run has kept, once it is over; of the wells of an OME-Zarr plate, once each is done.
//!
//! Said of each kept step is what was saved and what was not, from what the run told: so it is true of a run that was
//! cancelled, that failed or of which the process was killed, too. It goes through the plan well after well, and never has
//! the whole of it in memory. The HTD is written again: while a run goes on, it opens nothing by itself. Deliberately absent:
//! what each file says by itself, which is written with it.

mod load_data;
mod saved;
mod zarr;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use load_data::LoadData;
use saved::Saved;
use zarr::ZarrPlate;

use super::request::RunRequest;
use crate::disk::{self, Destination};
use crate::events::{EventKind, Outcome, OutputImage};
use crate::plan::{ExpectedWells, KeptPlate, KeptStep, KeptSteps, Plan};
use crate::plate::{Companion, DescribedWell, WellId, destination};

/// What describes the kept steps of a run, while it goes on and when it is over.
pub(super) struct Describing<'a> {
    request: &'a RunRequest,
    steps: KeptSteps<'a>,
    /// The OME-Zarr plates by the index of their step.
    zarr: BTreeMap<usize, ZarrPlate<'a>>,
    /// The wells that have begun.
    open: BTreeSet<WellId>,
    /// The first output of these.
    first_output: usize,
}

impl<'a> Describing<'a> {
    pub(super) fn begin(request: &'a RunRequest, plate: &'a KeptPlate) -> Self {
        let steps = plate.steps(&request.plan);
        let zarr = steps.iter().filter(|(_, step)| step.zarr.is_some());
        let zarr = zarr.map(|(index, _)| (*index, ZarrPlate::of(&request.plan, *index))).collect();
        Self { request, steps, zarr, open: BTreeSet::new(), first_output: 0 }
    }

    /// Takes in what happens, given all outputs that were told.
    ///
    /// # Errors
    /// In a sentence, what could not be written and why; then it is not tried again for the step.
    pub(super) fn follow(&mut self, event: &EventKind, outputs: &[OutputImage]) -> Result<(), String> {
        match event {
            EventKind::WellStarted { well, .. } => {
                if self.open.is_empty() {
                    self.first_output = outputs.len();
                }
                self.open.insert(*well);
                Ok(())
            }
            EventKind::WellDone { well, .. } => {
                self.open.remove(well);
                let outputs = outputs.get(self.first_output..).unwrap_or_default();
                self.zarr_well(*well, outputs)
            }
            _ => Ok(()),
        }
    }

    /// Describes a well in the OME-Zarr plates.
    fn zarr_well(&mut self, well: WellId, outputs: &[OutputImage]) -> Result<(), String> {
        if self.zarr.is_empty() {
            return Ok(());
        }
        let run = self.run()?;
        for (index, step) in &self.steps {
            let (Some(store), Some(plate)) = (&step.zarr, self.zarr.get_mut(index)) else { continue };
            let saved = Saved::of(step, *index, outputs);
            if let Err(why) = plate.well(&run, step, store, well, &saved) {
                self.zarr.remove(index);
                return Err(undescribed(&run.join(&step.folder), &why));
            }
        }
        Ok(())
    }

    fn run(&self) -> Result<Destination, String> {
        destination(&self.request.folder, [&self.request.plan.plate.root]).map_err(|why| why.to_string())
    }

    /// Describes the kept steps of a run that is over, given what it saved.
    ///
    /// # Errors
    /// In a sentence, what could not be written and why. The images are what they are all the same.
    pub(super) fn end(mut self, outputs: &[OutputImage], outcome: Outcome) -> Result<(), String> {
        if outputs.iter().all(|output| output.path.is_none()) {
            return Ok(());
        }
        let run = self.run()?;
        for (step_index, step) in &self.steps {
            let mut saved = Saved::of(step, *step_index, outputs);
            if saved.is_empty() {
                continue;
            }
            let folder = run.join(&step.folder);
            let wrong = |why: io::Error| undescribed(&folder, &why);
            if let Some(store) = &step.zarr {
                if let Some(plate) = self.zarr.remove(step_index) {
                    let described = step.described("", &saved.values);
                    let name = step.folder.rsplit('/').next().unwrap_or_default();
                    plate.finish(&run, store, &described, name).map_err(wrong)?;
                }
                continue;
            }
            let result =
                KeptResult { plan: &self.request.plan, step_index: *step_index, step, folder: &folder };
            result.write(&mut saved, outcome).map_err(wrong)?;
            if let Some(htd) = step.htd_path().map(|path| run.join(path)) {
                let text = step.htd_of(&saved.values, saved.len()).text();
                disk::write(&htd, text.as_bytes()).map_err(wrong)?;
            }
        }
        Ok(())
    }
}

fn undescribed(folder: &Destination, why: &io::Error) -> String {
    format!("The images in {} could not be described: {why}.", folder.path().display())
}

/// A kept step of a run that is over.
struct KeptResult<'a> {
    plan: &'a Plan,
    step_index: usize,
    step: &'a KeptStep<'a>,
    folder: &'a Destination,
}

impl KeptResult<'_> {
    /// Writes the companion, and what CellProfiler takes.
    fn write(&self, saved: &mut Saved<'_>, outcome: Outcome) -> io::Result<()> {
        let name = self.step.naming.companion_name();
        let described = self.step.described(&name, &saved.values);
        let mut companion = Companion::begin(&self.folder.join(&name), &described)?;
        let mut load_data = LoadData::begin(self.folder, &described)?;
        for (well, expected) in ExpectedWells::of(self.plan, self.step_index) {
            let (images, absent) = saved.parted(&expected, outcome);
            saved.values.formats.extend(images.iter().map(|image| image.format));
            let further = expected.further;
            load_data.well(well, &images)?;
            companion.well(&DescribedWell { well, images: &images, absent: &absent, further })?;
        }
        load_data.finish()?;
        companion.finish()
    }
}

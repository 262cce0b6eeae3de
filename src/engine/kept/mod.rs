//! What is said of the images that a run has kept, when it is put together of its wells.
//!
//! Said of each kept step is what was saved and what was not, as the wells were written down: so it is true of a run that was
//! cancelled, that failed or that was killed and of one that many have done, too. It goes well after well. Deliberately
//! absent: what each file says by itself, which is written with it.

mod load_data;
mod saved;
mod zarr;

use std::io;

use load_data::LoadData;
use saved::SavedStep;
use zarr::ZarrPlate;

use crate::disk::{self, Destination};
use crate::plan::KeptPlate;
use crate::plate::{Companion, DescribedWell};
use crate::record::folder::{Merged, RunFolder};

/// Describes the kept steps of a run in its folder. What could not be written is told in sentences; the images are what they are
/// all the same.
pub(super) fn describe(run: &Destination, folder: &RunFolder, merged: &Merged) -> Vec<String> {
    let request = &folder.request;
    let sources = merged.wells.iter().map(|well| (well.well, well.sources.clone())).collect();
    let plate = KeptPlate::of_wells(&request.plate.name, &request.facts, &request.layout, &sources);
    let steps = plate.steps();
    let fault = |folder: &Destination, why: io::Error| {
        format!("The images in {} could not be described: {why}.", folder.path().display())
    };
    let saved = match SavedStep::all_of(&steps, merged) {
        Ok(saved) => saved,
        Err(why) => return vec![fault(run, why)],
    };
    let describe = |saved: &SavedStep<'_>| {
        describe_step(run, saved).err().map(|why| fault(&run.join(&saved.step.folder), why))
    };
    saved.iter().filter(|saved| saved.count > 0).filter_map(describe).collect()
}

fn describe_step(run: &Destination, saved: &SavedStep<'_>) -> io::Result<()> {
    let step = saved.step;
    if let Some(store) = &step.zarr {
        let mut plate = ZarrPlate::default();
        saved.each_well(|well| plate.well(run, step, store, well))?;
        let described = step.described("", &saved.values);
        let name = step.folder.rsplit('/').next().unwrap_or_default();
        return plate.finish(run, store, &described, name);
    }
    let folder = run.join(&step.folder);
    let name = step.naming.companion_name();
    let described = step.described(&name, &saved.values);
    let mut companion = Companion::begin(&folder.join(&name), &described)?;
    let mut load_data = LoadData::begin(&folder, &described)?;
    saved.each_well(|saved| {
        let (well, images, absent, further) = (saved.well, &saved.images, saved.absent, saved.further);
        load_data.well(well, images)?;
        companion.well(&DescribedWell { well, images, absent, further })
    })?;
    load_data.finish()?;
    companion.finish()?;
    match step.htd_path().map(|path| run.join(path)) {
        Some(htd) => {
            disk::write(&htd, step.htd_of(&saved.values, saved.count, saved.is_whole).text().as_bytes())
        }
        None => Ok(()),
    }
}

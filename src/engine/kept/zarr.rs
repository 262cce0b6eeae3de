//! The OME-Zarr plate of a kept step: its wells one by one, when all images of a well are settled, and itself when the run is over.
//!
//! What is named is whole: a well has its metadata when all that it names is there, and the plate names the wells that have. So a
//! run that was cancelled or killed leaves a plate of the wells that it came to the end of; where the host of a run is
//! killed, too, wells open one by one and no plate names them. Deliberately absent: the arrays, which are written with
//! their images.

use std::collections::BTreeMap;
use std::io;

use serde_json::{Map, Value};

use super::saved::Saved;
use crate::disk::{self, Destination};
use crate::events::Outcome;
use crate::plan::{ExpectedWells, KeptStep, Plan, SavedValues, ZarrStore, well_path};
use crate::plate::{
    Described, DescribedField, DescribedImage, DescribedPlate, LackOfWell, WellId, lack_of_well,
    row_metadata, well_metadata,
};

/// Name of the metadata of a group.
const METADATA: &str = "zarr.json";

/// A plate while its wells are written.
pub(super) struct ZarrPlate<'a> {
    /// What the plan has of wells that are still to come.
    expected: ExpectedWells<'a>,
    /// The wells that are whole and have fields.
    wells: Vec<WellId>,
    most_fields: usize,
    lacking: Map<String, Value>,
}

impl<'a> ZarrPlate<'a> {
    pub(super) fn of(plan: &'a Plan, step_index: usize) -> Self {
        let expected = ExpectedWells::of(plan, step_index);
        Self { expected, wells: Vec::new(), most_fields: 0, lacking: Map::new() }
    }

    /// Writes what a well says of itself that is done with. Wells come in the order of the plan.
    pub(super) fn well(
        &mut self,
        run: &Destination,
        step: &KeptStep<'_>,
        store: &ZarrStore<'_>,
        well: WellId,
        saved: &Saved<'_>,
    ) -> io::Result<()> {
        let Some((_, expected)) = self.expected.find(|(expected, _)| *expected == well) else {
            return Ok(());
        };
        let (images, absent) = saved.parted(&expected, Outcome::Completed);
        let lack = LackOfWell { absent: &absent, further: expected.further };
        let mut fields: BTreeMap<String, Vec<(u32, usize, &DescribedImage<'_>)>> = BTreeMap::new();
        for image in &images {
            if let Some(place) = store.place(image.key, image.format) {
                fields.entry(place.field).or_default().push((place.plane, place.series, image));
            }
        }
        if fields.is_empty() {
            if !absent.is_empty() || expected.further > 0 {
                self.lacking.insert(well.to_string(), lack_of_well(lack).into());
            }
            return Ok(());
        }
        let mut names: Vec<(u32, &str)> = Vec::new();
        for (folder, planes) in &fields {
            let Some((_, series, _)) = planes.first() else { continue };
            let series = &store.series[*series];
            let described = step.described("", &SavedValues::of_series(series));
            let images: Vec<&DescribedImage<'_>> = planes.iter().map(|(.., image)| *image).collect();
            let mut saved: Vec<u32> = planes.iter().map(|(plane, ..)| *plane).collect();
            saved.sort_unstable();
            let axes = series.axes();
            let field = DescribedField { described: &described, axes: &axes, images: &images, saved: &saved };
            if let Some(metadata) = field.metadata() {
                write(&run.join(folder), &metadata)?;
            }
            let name = folder.rsplit('/').next().unwrap_or_default();
            names.push((name.parse().unwrap_or(u32::MAX), name));
        }
        names.sort_unstable();
        let names: Vec<&str> = names.into_iter().map(|(_, name)| name).collect();
        let folder = run.join(&store.root).join(well_path(well));
        write(&folder, &well_metadata(&names, lack))?;
        self.most_fields = self.most_fields.max(names.len());
        self.wells.push(well);
        Ok(())
    }

    /// Writes what the plate says of itself, where any well is whole.
    pub(super) fn finish(
        self,
        run: &Destination,
        store: &ZarrStore<'_>,
        described: &Described<'_>,
        step: &str,
    ) -> io::Result<()> {
        if self.wells.is_empty() {
            return Ok(());
        }
        let folder = run.join(&store.root);
        let rows: BTreeMap<u16, WellId> = self.wells.iter().map(|well| (well.row, *well)).collect();
        for well in rows.into_values() {
            if let Some((row, _)) = well_path(well).split_once('/') {
                write(&folder.join(row), &row_metadata())?;
            }
        }
        let plate = DescribedPlate {
            described,
            step,
            wells: &self.wells,
            most_fields: self.most_fields,
            lacking: self.lacking,
            unfinished: self.expected.map(|(well, _)| well).collect(),
        };
        write(&folder, &plate.metadata())
    }
}

/// Writes the metadata of a group.
fn write(folder: &Destination, metadata: &Value) -> io::Result<()> {
    let text = serde_json::to_vec_pretty(metadata)?;
    disk::write_remakeable(&folder.join(METADATA), &text)
}

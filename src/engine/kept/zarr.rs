//! The OME-Zarr plate of a kept step: its wells one by one, and itself.
//!
//! What is named is whole: a well has its metadata when it is done, and the plate names the wells that are. So a run that was
//! cancelled or killed leaves a plate of the wells that it came to the end of. Deliberately absent: the arrays, which are written
//! with their images.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;

use serde_json::{Map, Value};

use super::saved::SavedWell;
use crate::disk::{self, Destination};
use crate::image::{Contrast, ImageFormat, ImageRef, ImageSource, SourceFolder, auto_contrast, levels};
use crate::plan::{KeptStep, SavedValues, Series, ZarrPlace, ZarrStore, well_path};
use crate::plate::{
    Component, Described, DescribedField, DescribedImage, DescribedPlate, FieldKind, LackOfWell, WellId,
    labels_metadata, lack_of_well, row_metadata, well_metadata,
};

/// Name of the metadata of a group.
const METADATA: &str = "zarr.json";

/// A plate while its wells are written.
#[derive(Default)]
pub(super) struct ZarrPlate {
    /// The wells that are whole and have fields.
    wells: Vec<WellId>,
    most_fields: usize,
    lacking: Map<String, Value>,
    /// The wells that are not done.
    unfinished: Vec<WellId>,
    /// The grey levels between which channels are shown, by size and type and number: those of the first image, for all wells.
    windows: Vec<(ImageFormat, BTreeMap<u32, Contrast>)>,
}

/// An image that was saved, and where in its field.
struct Placed<'a> {
    /// The name of the labels that it is of; `None` of one that is none.
    labels: Option<&'a str>,
    plane: u32,
    image: &'a DescribedImage<'a>,
}

impl ZarrPlate {
    /// Writes what a well says of itself, where it is done. Wells come in their order.
    pub(super) fn well(
        &mut self,
        run: &Destination,
        step: &KeptStep<'_>,
        store: &ZarrStore<'_>,
        saved: &SavedWell<'_>,
    ) -> io::Result<()> {
        let SavedWell { well, is_whole, images, planes, absent, further } = saved;
        let well = *well;
        if !is_whole {
            self.unfinished.push(well);
            return Ok(());
        }
        let lack = LackOfWell { absent, further: *further };
        let mut fields: BTreeMap<usize, Vec<Placed<'_>>> = BTreeMap::new();
        for (image, plane) in images.iter().zip(planes.iter().copied()) {
            // `PLATE.zarr/A/01/0/0` or `PLATE.zarr/A/01/0/labels/nuclei/0`.
            let names: Vec<&str> = image.file.split('/').collect();
            let labels = names.get(4..).and_then(|below| Some(*below.get(1)?));
            if let Some(field) = names.get(3).and_then(|field| field.parse().ok()) {
                fields.entry(field).or_default().push(Placed { labels, plane, image });
            }
        }
        if fields.is_empty() {
            if !absent.is_empty() || *further > 0 {
                self.lacking.insert(well.to_string(), lack_of_well(lack).into());
            }
            return Ok(());
        }
        let folder = run.join(&store.root).join(well_path(well));
        for (field, images) in &fields {
            if let Some(series) = store.series_of(*field) {
                self.field(run, &folder.join(field.to_string()), step, store, series, images)?;
            }
        }
        let names: Vec<String> = fields.keys().map(ToString::to_string).collect();
        write(&folder, &well_metadata(&names, lack))?;
        self.most_fields = self.most_fields.max(names.len());
        self.wells.push(well);
        Ok(())
    }

    /// Writes what a field and its labels say of themselves.
    fn field(
        &mut self,
        run: &Destination,
        folder: &Destination,
        step: &KeptStep<'_>,
        store: &ZarrStore<'_>,
        series: &Series,
        placed: &[Placed<'_>],
    ) -> io::Result<()> {
        let values = SavedValues::of_series(series);
        let mut labels: BTreeMap<&str, Vec<&Placed<'_>>> = BTreeMap::new();
        for placed in placed {
            if let Some(name) = placed.labels {
                labels.entry(name).or_default().push(placed);
            }
        }
        let all: Vec<&DescribedImage<'_>> = placed.iter().map(|placed| placed.image).collect();
        // What is below labels has planes of its own.
        let numbered = placed.iter().filter_map(|placed| {
            let plane = match placed.labels {
                Some(_) => store.image(placed.image.key, series.format)?.plane,
                None => placed.plane,
            };
            Some((plane, placed.image))
        });
        let numbered: Vec<(u32, &DescribedImage<'_>)> = numbered.collect();
        let windows = self.windows(run, store, series, &all);
        let (described, axes) = (step.described("", &values), series.axes());
        let field = DescribedField {
            described: &described,
            format: series.format,
            axes: &axes,
            images: &numbered,
            kind: FieldKind::Images(windows),
        };
        if let Some(metadata) = field.metadata() {
            write(folder, &metadata)?;
        }
        let (Some(format), false) = (series.labels, labels.is_empty()) else { return Ok(()) };
        let folder = folder.join("labels");
        for (name, placed) in &labels {
            let images: Vec<(u32, &DescribedImage<'_>)> =
                placed.iter().map(|placed| (placed.plane, placed.image)).collect();
            let channels = images.iter().map(|(_, image)| image.key.channel.unwrap_or(1)).collect();
            let mut values = values.clone();
            values.values.insert(Component::Channel, channels);
            let labels = DescribedField {
                described: &step.described("", &values),
                format,
                axes: &series.axes_of_labels(),
                images: &images,
                kind: FieldKind::Labels(name),
            };
            if let Some(metadata) = labels.metadata() {
                write(&folder.join(name), &metadata)?;
            }
        }
        write(&folder, &labels_metadata(&labels.into_keys().collect::<Vec<_>>()))
    }

    /// The grey levels between which the channels of a series are shown. They are those that suit the smallest level of the first image
    /// of each.
    fn windows(
        &mut self,
        run: &Destination,
        store: &ZarrStore<'_>,
        series: &Series,
        images: &[&DescribedImage<'_>],
    ) -> &BTreeMap<u32, Contrast> {
        let at = self.windows.iter().position(|(format, _)| *format == series.format).unwrap_or_else(|| {
            self.windows.push((series.format, BTreeMap::new()));
            self.windows.len() - 1
        });
        let windows = &mut self.windows[at].1;
        for image in images.iter().filter(|_| series.format.samples == 1) {
            if let Entry::Vacant(window) = windows.entry(image.key.channel.unwrap_or(1)) {
                let place = store.image(image.key, series.format);
                if let Some(contrast) = place.and_then(|place| contrast(run, &place)) {
                    window.insert(contrast);
                }
            }
        }
        windows
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
            unfinished: self.unfinished,
        };
        write(&folder, &plate.metadata())
    }
}

/// A contrast that suits the smallest level of an image; `None` where that cannot be read.
fn contrast(run: &Destination, place: &ZarrPlace) -> Option<Contrast> {
    let level = levels(place.format).len().checked_sub(1)?;
    let folder = SourceFolder::closed(run.path(), &place.folder);
    let source = ImageSource::plane(&folder, level.to_string(), place.plane);
    let (format, bytes) = source.decode_owned().ok()?;
    Some(auto_contrast(ImageRef { format, bytes: &bytes }))
}

/// Writes the metadata of a group.
fn write(folder: &Destination, metadata: &Value) -> io::Result<()> {
    let text = serde_json::to_vec_pretty(metadata)?;
    disk::write_remakeable(&folder.join(METADATA), &text)
}

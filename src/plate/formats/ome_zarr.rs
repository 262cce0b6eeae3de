//! OME-Zarr plates: a folder of Zarr groups (version 2 or 3) whose attributes say what its arrays are.
//!
//! The attributes are the record: the plate names its wells, a well its fields, a field its arrays and their axes. What
//! they name is expected and nothing else is looked for, so that opening lists no chunks. Read are OME-Zarr 0.1 to
//! 0.5 and the drafts of 0.6, leniently: what nobody specified is skipped, and what is missing is told.
//!
//! A well is where the end of its path says (`B/03`); the indices beside it only count through the lists of rows and
//! columns. Fields are numbered by their paths: by the numbers that these are, from 1 (`0` is site 1, unless no field
//! of the plate is called `0`), else in their natural order over all wells. Channels, planes and timepoints are numbered
//! from 1 along their axes; an axis that is not there has one value. The largest array of a field is its images, the
//! others are smaller forms of them. A chunk that is not there is the fill value and no missing image.
//!
//! Lengths are in the unit of their axis. Where none is given, a scale of exactly 1 says nothing, and any other is taken
//! for micrometres, which an issue tells. A field lies where its translation says, y growing with the rows.
//!
//! Results of Stepwell say beside which numbers the microscope gave, and what is not there (`own.rs`).
//!
//! Several acquisitions are a choice. Labels and tables are none of the plate's images. Deliberately absent: the
//! metadata of all groups in one (consolidated), which may be older than the groups; plates in archives or behind an
//! address; fields made of several arrays, and turned or warped ones.

mod acquisition;
mod axes;
mod describe;
mod fault;
mod field;
mod group;
mod images;
mod listed;
mod metadata;
mod own;
mod path;
mod recognise;
mod scale;
mod sites;
mod text;
mod wells;

use std::io::{self, BufReader, Read as _};
use std::path::Path;

use crate::disk;
use crate::file_threads::FileThreads;
use crate::image::read_ome;
use crate::limits;
use crate::plate::draft::Draft;
use crate::plate::folder::Disk;
use crate::plate::found::Found;
use crate::plate::metadata::text::Utf8Reader;
use crate::plate::metadata::well_layers;
use crate::plate::missing::Expectation;
use crate::plate::reader::{OpenError, Reader};
use crate::plate::{Plate, WellLayer};

pub(super) const READER: Reader = Reader {
    is_part: |_| false,
    recognise: recognise::recognise,
    recognise_inside: None,
    prefix_of: |_| None,
    holds: Some(acquisition::holds),
    recorded_in: None,
    read,
};

fn read(disk: &mut Disk<'_>, found: &Found) -> Result<Plate, OpenError> {
    let (root, cancel) = (&found.root, disk.cancel());
    let mut draft = Draft::new(found);
    draft.expectation = Expectation::Record;
    let attributes = group::attributes(root, "").map_err(|fault| unreadable(found, &fault.to_string()))?;
    let plate =
        attributes.plate().map_err(|fault| unreadable(found, &fault.to_string()))?.unwrap_or_default();
    if let Some(own) = attributes.own::<own::OwnPlate>() {
        own.put(&mut draft);
    }
    let wells = wells::of_plate(&mut draft, &plate);
    let threads = FileThreads::new("plate reader");
    let listed = listed::of_wells(&threads, root, &wells, cancel)?;
    let fields = images::read(&threads, root, &listed, found.prefix.as_deref(), cancel)?;
    images::tell(&mut draft, listed, found.prefix.is_some());
    describe::describe(&mut draft, &fields);
    draft.plate.layers = said_of_wells(root);
    images::add(&mut draft, &fields, cancel)?;
    if draft.plate.images.is_empty() {
        return Err(draft.no_images(root.join(attributes.file())));
    }
    Ok(draft.finish(wells::shape(&plate)))
}

/// What is said of wells in the OME-XML that bioformats2raw puts beside the plate; OME-Zarr itself has no place for it.
fn said_of_wells(root: &Path) -> Vec<WellLayer> {
    let Ok(file) = disk::open(&root.join("OME").join("METADATA.ome.xml")) else { return Vec::new() };
    let source = BufReader::new(Utf8Reader::new(file.take(limits::MEASUREMENT_SETTINGS_BYTES)));
    well_layers::of_ome(&read_ome(source, |_| false), 0)
}

fn unreadable(found: &Found, why: &str) -> OpenError {
    OpenError::Io { path: found.root.clone(), source: io::Error::new(io::ErrorKind::InvalidData, why) }
}

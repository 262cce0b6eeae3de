//! Which OME-Zarr plates a folder holds: one, or one for each of its acquisitions.
//!
//! Looks into the attributes of the folder, and into those of the first well; of the other wells only where there are
//! several acquisitions.

use std::path::PathBuf;

use super::acquisition::{self, FoundAcquisition};
use super::group::{self, Kind};
use super::listed::{self, ListedField};
use super::metadata::PlateRecord;
use super::{field, wells};
use crate::cancel::Cancelled;
use crate::file_threads::FileThreads;
use crate::plate::Format;
use crate::plate::draft::Draft;
use crate::plate::folder::{Disk, Folder};
use crate::plate::found::{Found, Nearest, Preview};
use crate::quantity::plural;
use crate::shown_text::one_line;

const NAME: &str = "OME-Zarr";
const IS_ARRAY: Nearest =
    Nearest { format: NAME, but: "but it is a single Zarr array, not a plate: open the folder of the plate" };
const IS_IMAGE: Nearest = Nearest {
    format: NAME,
    but: "but it is a single image, not a plate, and nothing says which well it belongs to: open the folder of the plate",
};
const IS_WELL: Nearest = Nearest {
    format: NAME,
    but: "but it is a single well without its plate: copy the whole plate and open its folder",
};
const IS_NOTHING: Nearest = Nearest {
    format: NAME,
    but: "but the attributes (.zattrs, zarr.json) name no plate: open the folder of a plate",
};
const IS_DAMAGED: Nearest = Nearest {
    format: NAME,
    but: "but its attributes (.zattrs, zarr.json) cannot be read or are damaged: copy it again from where it was written",
};

/// The plates that the attributes of a folder tell of.
pub(super) fn recognise(disk: &mut Disk<'_>, folder: &Folder) -> Result<Vec<Found>, Cancelled> {
    if !folder.has_file(group::is_metadata) {
        return Ok(Vec::new());
    }
    let attributes = group::attributes(&folder.path, "");
    let kind = attributes.as_ref().ok().map(group::Attributes::kind);
    let (near, is_closed) = match kind {
        _ if folder.has_file(|name| name == ".zarray") => (IS_ARRAY, true),
        // A group without attributes may have plates in it.
        None => (IS_NOTHING, false),
        Some(Err(_)) => (IS_DAMAGED, true),
        Some(Ok(Kind::Plate)) => {
            let plate = attributes.and_then(|attributes| attributes.plate());
            return of_plate(disk, folder, plate.ok().flatten().as_ref());
        }
        Some(Ok(Kind::Array)) => (IS_ARRAY, true),
        Some(Ok(Kind::Well)) => (IS_WELL, true),
        Some(Ok(Kind::Image)) => (IS_IMAGE, true),
        Some(Ok(Kind::Other)) => (IS_NOTHING, false),
    };
    disk.note_near(&folder.path, near);
    if is_closed {
        disk.close(&folder.path);
    }
    Ok(Vec::new())
}

/// The measurements of a plate; one where its record cannot be read, so that reading it says why.
fn of_plate(
    disk: &mut Disk<'_>,
    folder: &Folder,
    record: Option<&PlateRecord>,
) -> Result<Vec<Found>, Cancelled> {
    let whole = Found {
        format: Format::OmeZarr,
        folder: folder.path.clone(),
        root: folder.path.clone(),
        prefix: None,
        detail: None,
        opened_by: folder.path.clone(),
        name: name_of(folder, record),
        date: None,
        images: 0,
        files: Vec::new(),
        preview: None,
        is_sure: true,
        is_declared: true,
        is_record: true,
        is_stray: false,
    };
    let Some(record) = record else { return Ok(vec![whole]) };
    // What is odd about the wells is told when the plate is read.
    let wells = wells::of_plate(&mut Draft::new(&whole), record);
    let threads = FileThreads::new("plate reader");
    let some = |count: usize| listed::of_wells(&threads, &folder.path, &wells[..count], disk.cancel());
    let mut listed = some(wells.len().min(1))?;
    if record.acquisitions.len() > 1 || listed.acquisitions().len() > 1 {
        listed = some(wells.len())?;
    }
    let acquisitions = acquisition::of_fields(record, &listed.fields);
    let preview = |first: Option<&ListedField>| {
        let first = first.and_then(|first| field::read(&folder.path, &first.path).ok());
        Preview { about: plural(wells.len(), "well"), first_image: first.map(|image| image.source(0, 0, 0)) }
    };
    if let [] | [_] = acquisitions.as_slice() {
        let fields = acquisitions.first().map_or(0, |only| only.fields);
        let preview = preview(acquisitions.first().map(|only| only.first));
        return Ok(vec![Found { images: fields.max(1) * wells.len(), preview: Some(preview), ..whole }]);
    }
    let of_acquisition = |FoundAcquisition { id, first, fields }: &FoundAcquisition<'_>| {
        let preview = preview(Some(first));
        Found {
            prefix: Some((*id).to_owned()),
            detail: Some(acquisition::title(record, id)),
            opened_by: first.path.split('/').fold(folder.path.clone(), |path: PathBuf, part| path.join(part)),
            images: *fields,
            preview: Some(Preview { about: plural(*fields, "field"), ..preview }),
            ..whole.clone()
        }
    };
    Ok(acquisitions.iter().map(of_acquisition).collect())
}

/// The name that the plate gives itself, else that of its folder.
fn name_of(folder: &Folder, record: Option<&PlateRecord>) -> String {
    let given = record.map(|record| one_line(record.name.0.trim()).into_owned());
    given.filter(|name| !name.is_empty()).unwrap_or_else(|| {
        let name = folder.name();
        let name = name.strip_suffix(".zarr").unwrap_or(name);
        let name = name.strip_suffix(".ome").unwrap_or(name);
        if name.is_empty() { "plate".to_owned() } else { name.to_owned() }
    })
}

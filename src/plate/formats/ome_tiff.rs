//! OME-TIFF plates: TIFF files, and OME-XML that says which page of which file is what.
//!
//! The OME-XML lies in a companion (`*.companion.ome`), in another document beside the files (`*.ome.xml`), or in the
//! description of any of the TIFFs. It is the record: what it says is there is expected, and nothing else is read.
//! Wells are those of the `Plate` element, whose rows and columns count from 0. The fields of a well are numbered from
//! 1 in the order of their `Index`, which OME counts over the whole plate, so that its values tell an order and no
//! more; fields without one, or with the same one, come in the order of the document, and an issue tells of the latter.
//! A `WellSample` without an image is an empty field: it has its number and is missing. Channels, planes and timepoints
//! are those of each image, from 1.
//!
//! A field lies where its `WellSample` says, else where the first of its planes was recorded, from the middle of the
//! well's fields. OME does not say in which direction y grows. In what Bio-Formats makes of the files of microscopes it
//! grows *upward* as on most stages, and programs that lay out tiles (ashlar) turn it round; so it does here. Positions
//! of no known unit are taken for micrometres, as these programs do, and an issue says so.
//!
//! A result of Stepwell says in an annotation which numbers the microscope counts its sites, channels, planes and timepoints by, the size
//! of a pixel of each channel, and what should be there and is not; that goes before all of this, and the positions of its planes count from
//! the middle of the well, too.
//!
//! Deliberately absent: documents that name no plate; several documents made one; a choice among several plates or
//! acquisitions of one document, as no path tells which is meant: the first is read, and an issue names the others.

mod acquired;
mod describe;
mod documents;
mod files;
mod images;
mod recognise;
mod sites;

use crate::plate::Plate;
use crate::plate::draft::Draft;
use crate::plate::folder::{Disk, MORE_FOLDERS, is_image, relative};
use crate::plate::found::Found;
use crate::plate::metadata::{pages, well_layers};
use crate::plate::missing::Expectation;
use crate::plate::reader::{OpenError, Reader};
use crate::quantity::{count_text, plural};

pub(super) const READER: Reader = Reader {
    is_part: |_| false,
    recognise: recognise::recognise,
    recognise_inside: Some(recognise::recognise_inside),
    prefix_of: |name| (is_image(name) || documents::is_document(name)).then(|| name.to_lowercase()),
    holds: None,
    recorded_in: None,
    read,
};

fn read(disk: &mut Disk<'_>, found: &Found) -> Result<Plate, OpenError> {
    let mut draft = Draft::new(found);
    let path = recognise::document_of(disk, found)?;
    let document = documents::read(&path, disk.cancel(), |_| false)?;
    let shown = relative(&found.root, &path);
    let further = document.result.as_ref().map_or(0, |result| result.further);
    let further = usize::try_from(further).unwrap_or(usize::MAX);
    if let Some(why) = &document.broken {
        let why = format!(
            "the OME-XML can only be read in part ({why}): {} read from it, and what is missing from what these \
             have in common",
            plural(document.images.len(), "image")
        );
        draft.issue(shown.clone(), why);
    } else if further == 0 {
        draft.expectation = Expectation::Record;
    }
    if further > 0 {
        let why = format!(
            "{} more images were missing when it was written; they are not listed",
            count_text(further)
        );
        draft.issue(shown.clone(), why);
    }
    let (files, is_whole) = files::list(disk, &found.folder)?;
    files.tell_trouble(&mut draft);
    if !is_whole {
        draft.issue(".", MORE_FOLDERS);
    }
    let sites = sites::of_document(&mut draft, &document, &shown);
    let of_documents = files::of_document(&files, &document, &shown, disk.cancel())?;
    let read = images::add(&mut draft, &document, &sites, &files, &of_documents, &shown, disk.cancel())?;
    files::tell_unnamed(&files, &mut draft, &read);
    describe::describe(&mut draft, &document, &sites, &shown);
    let plate = sites.plate.and_then(|plate| document.plates.iter().position(|one| std::ptr::eq(one, plate)));
    draft.plate.layers = well_layers::of_ome(&document, plate.unwrap_or_default());
    let planned = sites.shape;
    // What a million planes were told with takes the room of the plate that is made of them.
    drop((sites, of_documents, read, files));
    drop(document);
    pages::tell_unnamed(&mut draft, disk.cancel())?;
    if draft.plate.images.is_empty() {
        return Err(draft.no_images(path));
    }
    Ok(draft.finish(planned))
}

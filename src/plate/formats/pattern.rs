//! A plate by a pattern of one's own: any folder of images whose names tell them apart.
//!
//! The user says how names are to be read, or takes a suggestion. Nothing is recognised by itself here, so that no
//! folder is ever taken for a plate that nobody said is one. Deliberately absent: metadata beside the names and
//! the pages of files.

mod expression;
mod fault;
mod gathered;
mod keys;
mod names;
mod reading;
mod suggest;
mod values;

use std::collections::BTreeMap;
use std::path::Path;

use crate::cancel::Cancel;
use crate::plate::draft::Draft;
use crate::plate::found::Found;
use crate::plate::metadata::pages::{self, Told};
use crate::plate::reader::OpenError;
use crate::plate::{Fingerprint, Format, Plate, ScanIssue};
use crate::quantity::plural;
pub use expression::{NamePattern, Part, PatternError};
pub use fault::ReadingFault;
pub(super) use keys::LackingIs;
pub use names::ImageNames;
pub use reading::{Counts, Doubled, Reading};
pub use suggest::{Suggestion, suggestions};

/// Opens the plate that the images below a folder are by a pattern. Blocking; lists folders, and reads heads of some
/// images.
///
/// # Errors
/// [`OpenError`] where the folder cannot be read, where the names make up no plate, or on cancel.
pub fn open_by_pattern(path: &Path, pattern: &NamePattern, cancel: &Cancel) -> Result<Plate, OpenError> {
    let names = ImageNames::list(path, cancel)?;
    let reading = Reading::of(&names, pattern, cancel)?;
    let counted_on = reading.counted_on;
    let root = names.root().to_owned();
    if let Some(fault) = reading.fault(&names) {
        return Err(OpenError::NoPlateByPattern { path: root, fault: Box::new(fault) });
    }
    let name = root.file_name().and_then(|name| name.to_str()).unwrap_or("plate").to_owned();
    let mut draft = Draft::new(&Found {
        format: Format::Pattern,
        folder: root.clone(),
        root: root.clone(),
        prefix: None,
        detail: None,
        opened_by: root,
        name: reading.plates.first().cloned().unwrap_or(name),
        date: None,
        images: reading.counts.images,
        files: Vec::new(),
        preview: None,
        is_sure: true,
        is_declared: true,
        is_record: false,
        is_stray: false,
    });
    draft.plate.pattern = Some(pattern.clone());
    take(&mut draft, &names, reading, std::slice::from_ref(pattern), cancel)?;
    let mut plate = draft.finish(counted_on);
    plate.fingerprint = Some(Fingerprint::of([plate.images.as_slice(), &plate.projections], None));
    Ok(plate)
}

/// Takes the images that names are by patterns into a plate, and what the pages of their files are.
pub(super) fn take(
    draft: &mut Draft,
    names: &ImageNames,
    reading: Reading,
    patterns: &[NamePattern],
    cancel: &Cancel,
) -> Result<(), OpenError> {
    let tells = |part| patterns.iter().any(|pattern| pattern.has(part));
    draft.plate.images.reserve(reading.counts.images);
    let mut unread = Vec::new();
    for (image, key) in reading.keys.iter().enumerate() {
        let (folder, name) = names.place(image);
        match key {
            Some(key) => {
                let image = draft.image(*key, folder, name, 0);
                draft.plate.images.push(image);
            }
            None => {
                let why = reading.why_unread(image);
                unread.push(ScanIssue { path: names.path(image), why: format!("{why}; skipped") });
            }
        }
    }
    let first_unread = unread.first().cloned();
    draft.plate.ignored = names.ignored + unread.len();
    draft.plate.issues.extend(names.issues.iter().cloned());
    draft.issues(unread, ".", |rest| {
        format!("{} that the pattern does not read; skipped", plural(rest, "more image"))
    });
    for note in reading.notes {
        draft.issue(".", note);
    }
    draft.plate.channel_names = reading.channel_names;
    draft.sort();
    if draft.plate.images.is_empty() {
        // The images are there, but of no place that plates have.
        return Err(match first_unread {
            Some(ScanIssue { path, why }) => {
                OpenError::NoPossibleImage { path: names.root().join(path), why }
            }
            None => draft.no_images(names.root().to_owned()),
        });
    }
    let told = Told { channel: tells(Part::Channel), z: tells(Part::Z), timepoint: tells(Part::Timepoint) };
    let channels = draft.plate.images.iter().filter_map(|image| image.key().channel);
    let told: BTreeMap<u32, Told> = channels.map(|channel| (channel, told)).collect();
    pages::read_into(draft, &told, cancel)?;
    Ok(())
}

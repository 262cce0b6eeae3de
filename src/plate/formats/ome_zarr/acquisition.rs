//! The acquisitions of a plate, each of which is a measurement of its own.

use std::path::Path;

use super::group;
use super::listed::ListedField;
use super::metadata::PlateRecord;
use crate::plate::folder::relative;
use crate::plate::found::Found;
use crate::shown_text::brief;

/// An acquisition with one of its fields.
pub(super) struct FoundAcquisition<'a> {
    pub(super) id: &'a str,
    pub(super) first: &'a ListedField,
    pub(super) fields: usize,
}

/// The acquisitions that fields name, in the order of the plate's list.
pub(super) fn of_fields<'a>(plate: &PlateRecord, fields: &'a [ListedField]) -> Vec<FoundAcquisition<'a>> {
    let mut found: Vec<FoundAcquisition<'_>> = Vec::new();
    for field in fields {
        match found.iter_mut().find(|known| known.id == field.acquisition) {
            Some(known) => known.fields += 1,
            None => found.push(FoundAcquisition { id: &field.acquisition, first: field, fields: 1 }),
        }
    }
    let place = |id: &str| plate.acquisitions.iter().position(|known| known.id.0 == id).unwrap_or(usize::MAX);
    found.sort_by_key(|found| place(found.id));
    found
}

/// What an acquisition is called, by its id.
pub(super) fn title(plate: &PlateRecord, id: &str) -> String {
    let named = plate.acquisitions.iter().find(|known| known.id.0 == id);
    match named.map(|known| known.name.0.trim()).filter(|name| !name.is_empty()) {
        Some(name) => brief(name),
        None if id.is_empty() => "without an acquisition".to_owned(),
        None => format!("acquisition {}", brief(id)),
    }
}

/// Whether a path in a plate lies in a field of the acquisition that was found.
pub(super) fn holds(found: &Found, path: &Path) -> bool {
    let below = relative(&found.root, path);
    let slashes = below.match_indices('/').map(|(at, _)| at);
    slashes.filter(|at| *at > 0).any(|at| {
        let (well, rest) = (&below[..at], &below[at + 1..]);
        let Ok(of_well) = group::attributes(&found.root, well).and_then(|attributes| attributes.well())
        else {
            return false;
        };
        let is_in =
            |name: &str| rest.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        of_well.images.iter().any(|image| {
            is_in(image.path.0.trim_matches('/')) && found.prefix.as_ref() == Some(&image.acquisition.0)
        })
    })
}

//! Which fields the wells of a plate name.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use super::fault::GroupFault;
use super::group;
use super::own::OwnWell;
use super::path;
use super::wells::NamedWell;
use crate::cancel::{Cancel, Cancelled};
use crate::file_threads::FileThreads;
use crate::limits;
use crate::plate::draft::MOST_SINGLE_ISSUES;
use crate::plate::{ScanIssue, WellId};
use crate::shown_text::brief;

/// A field that a well names.
#[derive(Clone, Debug)]
pub(super) struct ListedField {
    pub(super) well: WellId,
    /// Its path below the well's group.
    pub(super) name: String,
    /// The path of its group below the plate folder.
    pub(super) path: String,
    /// By its id; empty where none is named.
    pub(super) acquisition: String,
}

/// What the wells name.
#[derive(Default)]
pub(super) struct Listed {
    /// Well by well, as the wells have them.
    pub(super) fields: Vec<ListedField>,
    /// Wells whose fields are not known, with their paths and why.
    pub(super) unknown: Vec<(WellId, String, String)>,
    /// What wells of a result of Stepwell say beside.
    pub(super) own: Vec<(WellId, OwnWell)>,
    /// Paths that lead nowhere, and fields beyond all bounds.
    pub(super) issues: Vec<ScanIssue>,
    /// How many fields were skipped.
    pub(super) passed_over: usize,
}

/// Reads the groups of wells.
pub(super) fn of_wells(
    threads: &FileThreads,
    root: &Path,
    wells: &[NamedWell],
    cancel: &Cancel,
) -> Result<Listed, Cancelled> {
    let read = |(): &mut (), index: usize| {
        cancel.check()?;
        let well = &wells[index];
        let attributes = group::attributes(root, &well.path);
        let images = attributes.and_then(|attributes| Ok((attributes.well()?.images, attributes.own())));
        Ok(images.map_err(|fault: GroupFault| fault.to_string()))
    };
    let read = threads.try_map(wells.len(), || (), read)?;
    let mut listed = Listed::default();
    for (well, images) in wells.iter().zip(read) {
        let images = match images {
            Ok((images, own)) => {
                listed.own.extend(own.map(|own| (well.well, own)));
                images
            }
            Err(why) => {
                listed.unknown.push((well.well, well.path.clone(), why));
                continue;
            }
        };
        let mut seen = HashSet::new();
        for image in images {
            let name = image.path.0.trim_matches('/');
            let why = match path::parts(&image.path.0) {
                _ if listed.fields.len() == limits::ZARR_FIELDS => "it is one of more than any plate has",
                None => "its path leads nowhere below the well",
                Some(_) if !seen.insert(name.to_owned()) => "it is named twice",
                Some(_) => {
                    listed.fields.push(ListedField {
                        well: well.well,
                        name: name.to_owned(),
                        path: format!("{}/{name}", well.path),
                        acquisition: image.acquisition.0,
                    });
                    continue;
                }
            };
            listed.passed_over += 1;
            if listed.issues.len() < MOST_SINGLE_ISSUES {
                let why = format!("the well names a field “{}”: {why}; skipped", brief(name));
                listed.issues.push(ScanIssue { path: well.path.clone(), why });
            }
        }
    }
    Ok(listed)
}

impl Listed {
    /// How many fields each acquisition has, by its id.
    pub(super) fn acquisitions(&self) -> BTreeMap<&str, usize> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for field in &self.fields {
            *counts.entry(&field.acquisition).or_default() += 1;
        }
        counts
    }
}

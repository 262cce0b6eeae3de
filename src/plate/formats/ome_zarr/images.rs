//! The fields of a plate and their images.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::axes::Counts;
use super::field::{self, FieldImage};
use super::listed::{Listed, ListedField};
use super::sites;
use crate::cancel::{Cancel, Cancelled};
use crate::file_threads::FileThreads;
use crate::limits;
use crate::plate::draft::Draft;
use crate::plate::{Acquisitions, ImageKey, PlateImage, ScanIssue};
use crate::quantity::{count_text, plural};

/// A field with its image, or why that cannot be read.
pub(super) struct Field {
    pub(super) listed: ListedField,
    pub(super) site: u32,
    pub(super) image: Result<FieldImage, Arc<str>>,
}

/// Reads the fields of an acquisition, or all fields.
pub(super) fn read(
    threads: &FileThreads,
    root: &Path,
    listed: &Listed,
    acquisition: Option<&str>,
    cancel: &Cancel,
) -> Result<Vec<Field>, Cancelled> {
    // Numbered with those of all acquisitions, so that a path is the same site in each.
    let numbered = listed.fields.iter().zip(sites::numbers(&listed.fields));
    let is_wanted = |field: &ListedField| acquisition.is_none_or(|wanted| field.acquisition == wanted);
    let wanted: Vec<_> = numbered.filter(|(field, _)| is_wanted(field)).collect();
    let read = |(): &mut (), index: usize| {
        cancel.check()?;
        let (listed, site) = wanted[index];
        let image = field::read(root, &listed.path).map_err(|fault| fault.to_string().into());
        let own = |image: &FieldImage| image.own.as_ref().map(|own| own.site);
        let site = image.as_ref().ok().and_then(own).unwrap_or(site);
        Ok(Field { listed: listed.clone(), site, image })
    };
    threads.try_map(wanted.len(), || (), read)
}

/// Tells what was odd about the fields that the wells name, and that of some wells none is known.
pub(super) fn tell(draft: &mut Draft, listed: Listed, is_chosen: bool) {
    let acquisitions = listed.acquisitions().len();
    if acquisitions > 1 && !is_chosen {
        let why = format!(
            "its fields name {acquisitions} acquisitions, which the plate does not tell apart; all were taken as sites"
        );
        draft.issue(".", why);
    }
    for (well, own) in listed.own {
        own.put(draft, well);
    }
    let further = listed.passed_over.saturating_sub(listed.issues.len());
    draft.plate.issues.extend(listed.issues);
    if further > 0 {
        draft.issue(".", format!("{} that wells name skipped", plural(further, "more field")));
    }
    let mut issues = Vec::new();
    for (well, path, why) in listed.unknown {
        let why = format!("the fields of the well are not known: {why}");
        draft.absent.add(ImageKey::new(well, 1, 1, 1, 1), &why.as_str().into(), "");
        issues.push(ScanIssue { path, why });
    }
    draft.issues(issues, ".", |rest| format!("{} whose fields are not known", plural(rest, "more well")));
}

/// Adds the images of all fields, and those of fields that cannot be read as missing.
pub(super) fn add(draft: &mut Draft, fields: &[Field], cancel: &Cancel) -> Result<(), Cancelled> {
    let usual = usual_counts(fields);
    let (mut left, mut left_missing) = (limits::IMAGES_OF_PAGES, limits::MISSING_LISTED);
    let (mut issues, mut acquired) = (Vec::new(), Vec::new());
    for field in fields {
        cancel.check()?;
        let key = |timepoint: u32, channel: u32, plane: u32| {
            ImageKey::new(field.listed.well, field.site, channel + 1, plane + 1, timepoint + 1)
        };
        match &field.image {
            Ok(image) => {
                for (timepoint, channel, plane) in image.planes.counts.indices().take(left) {
                    left -= 1;
                    let source = image.source(timepoint, channel, plane);
                    let key = match &image.own {
                        Some(own) if !own.has(source.page()) => continue,
                        Some(own) => {
                            let [timepoint, channel, plane] = own.numbers([timepoint, channel, plane]);
                            let key = ImageKey::new(field.listed.well, field.site, channel, plane, timepoint);
                            acquired.extend(own.acquired(source.page()).map(|acquired| (key, acquired)));
                            key
                        }
                        None => key(timepoint, channel, plane),
                    };
                    draft.plate.images.push(PlateImage::new(key, source));
                }
            }
            Err(why) => {
                for (timepoint, channel, plane) in usual.indices().take(left_missing) {
                    left_missing -= 1;
                    draft.absent.add(key(timepoint, channel, plane), why, &field.listed.path);
                }
                let why = format!("the field has no images: {why}");
                issues.push(ScanIssue { path: field.listed.path.clone(), why });
            }
        }
    }
    draft.plate.acquisitions = Acquisitions::of(acquired);
    draft.issues(issues, ".", |rest| format!("{} without images", plural(rest, "more field")));
    if left == 0 {
        let why = format!(
            "its arrays have more than {} images, more than any plate has; only these were read",
            count_text(limits::IMAGES_OF_PAGES)
        );
        draft.issue(".", why);
    }
    Ok(())
}

/// What most fields have.
fn usual_counts(fields: &[Field]) -> Counts {
    let mut counts: BTreeMap<Counts, usize> = BTreeMap::new();
    for image in fields.iter().filter_map(|field| field.image.as_ref().ok()) {
        *counts.entry(image.planes.counts).or_default() += 1;
    }
    let usual = counts.into_iter().max_by_key(|(_, count)| *count);
    usual.map_or(Counts { timepoints: 1, channels: 1, planes: 1 }, |(counts, _)| counts)
}

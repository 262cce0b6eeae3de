//! Which fields a document tells of: of one plate and one acquisition, numbered well by well.
//!
//! Deliberately absent: the images of the fields.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::image::{OmeDocument, OmePlate, OmeSample};
use crate::plate::draft::Draft;
use crate::plate::{PlateShape, ScanIssue, WellId};
use crate::quantity::plural;
use crate::shown_text::brief;

/// One field of a well.
pub(super) struct Site<'a> {
    pub(super) well: WellId,
    /// Its number in the well, from 1.
    pub(super) number: u32,
    pub(super) sample: &'a OmeSample,
    pub(super) image: SiteImage,
}

/// The image of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SiteImage {
    /// That of this place among the images of the document, which is of this field alone.
    Described(usize),
    /// None.
    Empty,
    /// One that the document names and does not describe.
    NotDescribed,
    /// One that is that of a field before it.
    Taken,
}

/// The fields of a plate, well by well.
pub(super) struct Sites<'a> {
    pub(super) plate: Option<&'a OmePlate>,
    pub(super) sites: Vec<Site<'a>>,
    /// Rows and columns, where the document says them.
    pub(super) shape: Option<PlateShape>,
    /// When the acquisition that is read began.
    pub(super) started: Option<&'a str>,
}

/// The fields of the plate that is read. The others are told.
pub(super) fn of_document<'a>(draft: &mut Draft, document: &'a OmeDocument, shown: &str) -> Sites<'a> {
    let has_images = |plate: &&OmePlate| plate.samples.iter().any(|sample| sample.image.is_some());
    let plate = document.plates.iter().find(has_images).or(document.plates.first());
    let Some(plate) = plate else {
        return Sites { plate: None, sites: Vec::new(), shape: None, started: None };
    };
    let others = document.plates.iter().filter(|other| !std::ptr::eq(*other, plate));
    let others = others.map(|other| {
        let images = other.samples.iter().filter(|sample| sample.image.is_some()).count();
        let name = brief(other.name.as_deref().unwrap_or(&other.id));
        let why = format!(
            "another plate of the same document, “{}” with {}, was skipped: to open it, write it into a document of its own",
            name,
            plural(images, "image")
        );
        ScanIssue { path: shown.to_owned(), why }
    });
    let others = others.collect();
    draft
        .issues(others, shown, |rest| format!("{} of the same document skipped", plural(rest, "more plate")));
    let (samples, started) = of_acquisition(draft, plate, shown);
    Sites {
        plate: Some(plate),
        sites: numbered(draft, samples, document, shown),
        shape: shape(plate),
        started,
    }
}

/// The samples of the first acquisition that has any; all of them where nothing tells acquisitions apart.
fn of_acquisition<'a>(
    draft: &mut Draft,
    plate: &'a OmePlate,
    shown: &str,
) -> (Vec<&'a OmeSample>, Option<&'a str>) {
    let mut with_samples = plate.acquisitions.iter().filter(|acquisition| !acquisition.samples.is_empty());
    let first = with_samples.next();
    let others: Vec<_> = with_samples.collect();
    let started = first.or(plate.acquisitions.first()).and_then(|first| first.started.as_deref());
    let Some(first) = first.filter(|_| !others.is_empty()) else {
        return (plate.samples.iter().collect(), started);
    };
    let ids: HashSet<&str> = first.samples.iter().map(|id| &**id).collect();
    let (read, passed_over): (Vec<_>, Vec<_>) =
        plate.samples.iter().partition(|sample| ids.contains(&*sample.id));
    let title = |id: &str, name: Option<&String>| format!("“{}”", brief(name.map_or(id, String::as_str)));
    let named: Vec<_> = others
        .iter()
        .take(3)
        .map(|other| {
            format!("{} with {}", title(&other.id, other.name.as_ref()), plural(other.samples.len(), "image"))
        })
        .collect();
    let rest = others.len().saturating_sub(named.len());
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    let why = format!(
        "the plate was recorded in several acquisitions: {} was read, {}{rest} skipped ({} in all)",
        title(&first.id, first.name.as_ref()),
        named.join(", "),
        plural(passed_over.len(), "field")
    );
    draft.issue(shown, why);
    (read, started)
}

/// Numbers the samples of each well in the order of their indices, each with its image.
fn numbered<'a>(
    draft: &mut Draft,
    samples: Vec<&'a OmeSample>,
    document: &OmeDocument,
    shown: &str,
) -> Vec<Site<'a>> {
    let result = document.result.as_ref();
    let by_id: HashMap<&str, usize> =
        document.images.iter().enumerate().rev().map(|(at, image)| (&*image.id, at)).collect();
    let mut taken = HashSet::new();
    let mut image_of = |sample: &OmeSample| match sample.image.as_deref().map(|id| by_id.get(id).copied()) {
        None => SiteImage::Empty,
        Some(None) => SiteImage::NotDescribed,
        Some(Some(at)) if taken.insert(at) => SiteImage::Described(at),
        Some(Some(_)) => SiteImage::Taken,
    };
    let mut wells: BTreeMap<WellId, Vec<&OmeSample>> = BTreeMap::new();
    let mut nowhere = 0_usize;
    for sample in samples {
        match sample.row.zip(sample.column).and_then(|(row, column)| WellId::at(row, column)) {
            Some(well) => wells.entry(well).or_default().push(sample),
            None => nowhere += 1,
        }
    }
    if nowhere > 0 {
        let why = format!("{} of a row and column that no plate has; skipped", plural(nowhere, "field"));
        draft.issue(shown, why);
    }
    let mut sites = Vec::new();
    let mut alike = Vec::new();
    for (well, mut samples) in wells {
        samples.sort_by_key(|sample| sample.index.unwrap_or(u32::MAX));
        let same = samples.windows(2).find(|pair| pair[0].index.is_some() && pair[0].index == pair[1].index);
        if let Some(index) = same.and_then(|pair| pair[0].index) {
            let why = format!(
                "{well} has several fields of index {index}; they were numbered in the order of the document"
            );
            alike.push(ScanIssue { path: shown.to_owned(), why });
        }
        sites.extend((0..).zip(samples).map(|(rank, sample)| {
            let place = (u32::from(well.row), u32::from(well.column));
            let number = result.map_or(rank + 1, |result| result.site(place, rank));
            Site { well, number, sample, image: image_of(sample) }
        }));
    }
    draft.issues(alike, shown, |rest| {
        format!("{} with several fields of one index", plural(rest, "more well"))
    });
    sites
}

fn shape(plate: &OmePlate) -> Option<PlateShape> {
    let (rows, columns) = plate.rows.zip(plate.columns)?;
    WellId::at(rows.checked_sub(1)?, columns.checked_sub(1)?)?;
    Some(PlateShape { rows: u16::try_from(rows).ok()?, columns: u16::try_from(columns).ok()? })
}

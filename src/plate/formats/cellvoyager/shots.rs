//! Which shot of the microscope an image is, by its record and by the name of its file.
//!
//! Deliberately absent: which image of the plate a shot is, which follows from all of them (`series.rs`).

use std::collections::BTreeMap;

use super::layout;
use super::name::VoyagerName;
use super::record::ImageRecord;
use super::series::Shot;
use super::wells::CountedWells;
use crate::plate::WellId;

/// The kind of a projection of which only the name of its file tells.
const BY_NAME: u16 = u16::MAX;

/// The shot of a record. The file's name stands in for what the record does not say.
pub(super) fn shot_of(image: &ImageRecord, path: &str, wells: &CountedWells) -> Option<Shot> {
    let mut read = None;
    // Most records say all.
    let mut named = || *read.get_or_insert_with(|| VoyagerName::in_path(path));
    let well = match image.row.zip(image.column) {
        Some((row, column)) => WellId::at(row.checked_sub(1)?, column.checked_sub(1)?)?,
        None => wells.at(named()?.well)?,
    };
    let mut said = |said: Option<u32>, of_name: fn(&VoyagerName<'_>) -> Option<u32>| {
        said.or_else(|| of_name(&named()?)).unwrap_or(1)
    };
    Some(Shot {
        well,
        field: said(image.field, |name| Some(name.field)),
        timepoint: said(image.timepoint, |name| Some(name.timepoint)),
        plane: said(image.plane, |name| Some(name.plane)),
        channel: said(image.channel, |name| Some(name.channel)),
        timeline: said(image.timeline, |name| name.timeline),
        action: said(image.action, |name| name.action),
        projection: image.projection,
    })
}

/// The kind of projections of each timeline, action and channel that made nothing else.
pub(super) fn projecting(shots: &[Option<Shot>]) -> BTreeMap<(u32, u32, u32), Option<u16>> {
    let mut kinds: BTreeMap<_, Option<u16>> = BTreeMap::new();
    for shot in shots.iter().flatten() {
        let kind = kinds.entry((shot.timeline, shot.action, shot.channel)).or_insert(shot.projection);
        *kind = kind.and(shot.projection);
    }
    kinds
}

/// The shot of a file that the record does not name.
pub(super) fn shot_of_name(
    name: &VoyagerName<'_>,
    folder: &str,
    wells: &CountedWells,
    projecting: &BTreeMap<(u32, u32, u32), Option<u16>>,
) -> Option<Shot> {
    let VoyagerName { field, timepoint, plane, channel, .. } = *name;
    let (timeline, action) = (name.timeline.unwrap_or(1), name.action.unwrap_or(1));
    // CQ1 and CV1000 put these apart and call their plane 0.
    let is_apart = name.action.is_none() && (plane == 0 || layout::is_of_projections(folder));
    let projection = match is_apart {
        true => Some(BY_NAME),
        false => projecting.get(&(timeline, action, channel)).copied().flatten(),
    };
    let well = wells.at(name.well)?;
    Some(Shot { well, field, timepoint, plane, channel, timeline, action, projection })
}

//! What an HTD planned, held against what is on the disk.
//!
//! A plan is no record: of what it promises and the disk lacks nothing is missing, it is told as an issue that
//! names the HTD.

use std::io::Read as _;
use std::path::Path;

use super::htd::Htd;
use crate::disk;
use crate::limits;
use crate::plate::distinct;
use crate::plate::draft::Draft;
use crate::plate::folder::relative;
use crate::quantity::plural;

/// Reads an HTD; that it cannot be read is an issue.
pub(super) fn read_htd(draft: &mut Draft, path: &Path) -> Option<Htd> {
    let shown = relative(&draft.plate.root, path);
    let mut bytes = Vec::new();
    let read = disk::open(path).and_then(|file| file.take(limits::HTD_BYTES).read_to_end(&mut bytes));
    if let Err(error) = read {
        draft.issue(
            shown,
            format!("the HTD cannot be read ({error}); the plate was read from its file names"),
        );
        return None;
    }
    let htd = Htd::parse(&bytes);
    if htd.is_none() {
        draft.issue(shown, "its text is not that of an HTD; the plate was read from its file names");
    }
    htd
}

/// Lists where the disk differs from the plan, and takes the channels' names.
pub(super) fn compare_with_plan(draft: &mut Draft, htd: &Htd, path: &str) {
    let plate = &draft.plate;
    let mut issues = Vec::new();
    let all = || plate.images.iter().chain(&plate.projections);
    let channels = distinct(all().filter_map(|image| image.key().channel));
    let sites = distinct(all().filter_map(|image| image.key().site));
    let timepoints = distinct(all().filter_map(|image| image.key().timepoint));
    let planes = distinct(plate.images.iter().filter_map(|image| image.key().z));

    let listed = |names: Vec<String>| {
        let rest = names.len().saturating_sub(24);
        let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        names.into_iter().take(24).collect::<Vec<_>>().join(", ") + &more
    };
    let title = |channel: &u32| match htd.channels.get(channel) {
        Some(Some(name)) => format!("w{channel} ({name})"),
        _ => format!("w{channel}"),
    };
    let absent: Vec<_> =
        htd.channels.keys().filter(|channel| !channels.contains(channel)).map(title).collect();
    if !absent.is_empty() {
        issues.push(format!(
            "the HTD lists {} and the disk has {}: no image of {}",
            plural(htd.channels.len(), "channel"),
            channels.len(),
            listed(absent)
        ));
    }
    let unplanned: Vec<_> = channels.iter().filter(|c| !htd.channels.contains_key(c)).map(title).collect();
    if !htd.channels.is_empty() && !unplanned.is_empty() {
        issues.push(format!("there are images of {}, which the HTD does not list", listed(unplanned)));
    }
    let planned_sites = u32::try_from(htd.sites.len()).unwrap_or(u32::MAX);
    let counts = [
        ("timepoint", htd.timepoints, timepoints.len()),
        ("plane", htd.z_steps, planes.len()),
        ("site", Some(planned_sites), sites.len()),
    ];
    for (what, planned, found) in counts {
        let planned = planned.map_or(found, |planned| planned as usize);
        if planned != found && found > 0 {
            issues.push(format!("the HTD plans {} and the disk has {found}", plural(planned, what)));
        }
    }
    let wells = plate.wells();
    let empty: Vec<_> = htd.wells.difference(&wells).map(ToString::to_string).collect();
    if !empty.is_empty() {
        issues.push(format!(
            "no image of {}, of {} selected in the HTD: {}",
            plural(empty.len(), "well"),
            htd.wells.len(),
            listed(empty)
        ));
    }
    let unselected: Vec<_> = wells.difference(&htd.wells).map(ToString::to_string).collect();
    if !htd.wells.is_empty() && !unselected.is_empty() {
        issues.push(format!(
            "images of {} not selected in the HTD: {}",
            plural(unselected.len(), "well"),
            listed(unselected)
        ));
    }
    for why in issues {
        draft.issue(path, why);
    }
    for (channel, name) in &htd.channels {
        if let Some(name) = name {
            draft.plate.channel_names.insert(*channel, name.clone());
        }
    }
}

//! Molecular Devices ImageXpress, as written by MetaXpress: database folders, exports, flat folders.
//!
//! All three layouts are read by one rule. Planes lie in the measurement's folder or in
//! `TimePoint_<t>` and `ZStep_<z>` folders under it, and are known by their names. `ZStep_0` holds
//! ready-made projections, and so does what lies beside the other `ZStep` folders of a timepoint. An
//! HTD, where there is one, says what was planned; where disk and HTD differ, the disk is right and
//! the difference is an issue. Deliberately absent: the newer `.jdce` layout, which counts from 0.

mod export;
mod header;
mod htd;
mod layout;
mod name;
mod thumbs;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::draft::Draft;
use super::folder::{Disk, Folder, is_tiff, joined, relative, stem_of};
use super::found::Found;
use super::reader::{OpenError, Reader};
use super::{Component, Format, ImageKey, Plate, ScanIssue};
use crate::cancel::Cancelled;
use crate::disk;
use crate::quantity::plural;
pub(crate) use export::{ImageDescription, Naming, Property, safe_prefix};
pub(crate) use htd::Htd;
use layout::{Layout, Leaf, Rules, Stacks};
use name::ImageXpressName;
pub use thumbs::Thumbs;

pub(super) const READER: Reader = Reader {
    looks_for: "an ImageXpress plate (an .HTD file, or TIFF names like Plate_A01_s1_w1.tif)",
    is_part: |name| name::z_folder(name).is_some() || name::timepoint_folder(name).is_some(),
    recognise,
    prefix_of,
    read,
};

/// An HTD has a few kB; this is the most that is read of one.
const HTD_BYTES: u64 = 1 << 20;

fn prefix_of(file_name: &str) -> Option<String> {
    let htd = stem_of(file_name, "htd").map(str::to_lowercase);
    htd.or_else(|| ImageXpressName::parse(file_name).map(|name| name.prefix.to_lowercase()))
}

/// The measurements in this folder, or in date and number folders under it.
fn recognise(disk: &mut Disk<'_>, folder: &Folder) -> Result<Vec<Found>, Cancelled> {
    let mut found = measurements(disk, folder)?;
    let is_date = name::is_date_folder(folder.name());
    for sub in &folder.folders {
        let path = folder.path.join(&sub.name);
        if is_date && name::is_number_folder(&sub.name) {
            let number = disk.folder(&path)?;
            found.extend(measurements(disk, &number)?);
        } else if !is_date && name::is_date_folder(&sub.name) {
            let date = disk.folder(&path)?;
            found.extend(recognise(disk, &date)?);
        }
    }
    Ok(found)
}

/// The plates whose planes lie in this folder and its `TimePoint` and `ZStep` folders: one for
/// each prefix of their names.
fn measurements(disk: &mut Disk<'_>, folder: &Folder) -> Result<Vec<Found>, Cancelled> {
    // The newer layout has the same words in its names, but counts from 0.
    let has_jdce = |folder: &Folder| folder.has_file(|name| stem_of(name, "jdce").is_some());
    let above = folder.path.parent().filter(|_| (READER.is_part)(folder.name()));
    let is_newer = match above {
        Some(above) => has_jdce(&*disk.folder(above)?),
        None => false,
    };
    if is_newer || has_jdce(folder) {
        return Ok(Vec::new());
    }
    let has_planes =
        folder.has_file(|name| stem_of(name, "htd").is_some() || ImageXpressName::parse(name).is_some());
    if !has_planes && !folder.has_folder(READER.is_part) {
        return Ok(Vec::new());
    }
    let layout = Layout::survey(disk, &folder.path)?;
    let rules = Rules::of(&layout);
    let htds = &rules.htds;
    struct Group {
        prefix: String,
        first: PathBuf,
        images: usize,
    }
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let (mut tiffs, mut planes, mut is_sure) = (0, 0, !htds.is_empty());
    for leaf in &layout.leaves {
        for file in leaf.folder.files.iter().filter(|file| is_tiff(file)) {
            tiffs += 1;
            let Some(name) = rules.plane(file) else { continue };
            planes += 1;
            is_sure |= name.has_tokens() || leaf.z.is_some() || leaf.timepoint.is_some();
            let group = groups.entry(name.prefix.to_lowercase()).or_insert_with(|| Group {
                prefix: name.prefix.to_owned(),
                first: leaf.folder.path.join(&**file),
                images: 0,
            });
            group.images += 1;
        }
    }
    // A few names that happen to end like a well do not make a plate of a folder of other images.
    if htds.is_empty() && (planes == 0 || (!is_sure && planes * 2 < tiffs)) {
        return Ok(Vec::new());
    }
    let (root, date) = plate_folder(&folder.path);
    let plate_name = root.file_name().map_or("plate".into(), |name| name.to_string_lossy().into_owned());
    let name = if root == folder.path {
        plate_name
    } else {
        format!("{plate_name} {}", relative(&root, &folder.path))
    };
    let found = |prefix, opened_by, name, images| Found {
        format: Format::ImageXpress,
        folder: folder.path.clone(),
        root: root.clone(),
        prefix,
        opened_by,
        name,
        date: date.clone(),
        images,
        is_sure: is_sure && planes > 0,
    };
    if groups.len() <= 1 {
        let first = groups.into_values().next().map(|group| group.first);
        let file = htds.values().next().cloned().or(first).unwrap_or_else(|| folder.path.clone());
        return Ok(vec![found(None, file, name, planes)]);
    }
    Ok(groups
        .into_iter()
        .map(|(key, group)| {
            let file = htds.get(&key).unwrap_or(&group.first).clone();
            found(Some(key), file, format!("{name} {}", group.prefix), group.images)
        })
        .collect())
}

/// The plate folder of a measurement and its date: in the database layout two folders up, else
/// the folder itself.
fn plate_folder(measurement: &Path) -> (PathBuf, Option<String>) {
    let name_of = |path: &Path| path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    let date = measurement.parent().and_then(name_of).filter(|name| name::is_date_folder(name));
    let is_number = name_of(measurement).is_some_and(|name| name::is_number_folder(&name));
    match measurement.parent().and_then(Path::parent) {
        Some(plate) if is_number && date.is_some() => (plate.to_owned(), date),
        _ => (measurement.to_owned(), None),
    }
}

/// Whether the plate folder holds further measurements, so that its name alone does not tell.
fn has_siblings(disk: &mut Disk<'_>, found: &Found) -> Result<bool, Cancelled> {
    if found.root == found.folder {
        return Ok(false);
    }
    let mut measurements = 0;
    let root = disk.folder(&found.root)?;
    for date in root.folders.iter().filter(|sub| name::is_date_folder(&sub.name)) {
        let date = disk.folder(&root.path.join(&date.name))?;
        measurements += date.folders.iter().filter(|sub| name::is_number_folder(&sub.name)).count();
    }
    Ok(measurements > 1)
}

fn read(disk: &mut Disk<'_>, found: &Found) -> Result<Plate, OpenError> {
    let layout = Layout::list(disk, &found.folder)?;
    let mut draft = Draft::new(found);
    if found.prefix.is_none() && !has_siblings(disk, found)? {
        draft.plate.name =
            found.root.file_name().map_or(found.name.clone(), |n| n.to_string_lossy().into_owned());
    }
    let rules = Rules::of(&layout);
    read_planes(&mut draft, &layout, found.prefix.as_deref(), &rules);
    let htds = &rules.htds;
    let htd_path = match &found.prefix {
        Some(prefix) => htds.get(prefix),
        None => htds.values().next(),
    };
    if draft.plate.images.is_empty() && draft.plate.projections.is_empty() {
        let index = htd_path.unwrap_or(&found.folder).clone();
        return Err(OpenError::NoImages { index, format: Format::ImageXpress });
    }
    let htd = htd_path.and_then(|path| read_htd(&mut draft, path));
    if let Some(htd) = &htd {
        let path = htd_path.map_or(".".into(), |path| relative(&found.root, path));
        compare_with_plan(&mut draft, htd, &path);
    }
    let planned_shape = htd.as_ref().and_then(|htd| htd.shape);
    draft.sort();
    header::read_into(&mut draft, htd.as_ref(), disk.cancel())?;
    Ok(draft.finish(planned_shape))
}

fn read_planes(draft: &mut Draft, layout: &Layout, prefix: Option<&str>, rules: &Rules) {
    let root = draft.plate.root.clone();
    let is_ours =
        |name: &ImageXpressName<'_>| prefix.is_none_or(|prefix| name.prefix.to_lowercase() == prefix);
    let mut unread = Vec::new();
    let stacks = Stacks::of(layout, |file| rules.plane(file).filter(is_ours));
    // Without a z: a ready-made projection.
    let key_of = |leaf: &Leaf, name: &ImageXpressName<'_>| {
        let is_projection = name.z.is_none()
            && match leaf.z {
                Some(z) => z == 0,
                None => stacks.are_beside(leaf, name),
            };
        let z = name.z.or(leaf.z).unwrap_or(1);
        let (site, channel) = (name.site.unwrap_or(1), name.channel.unwrap_or(1));
        let key = ImageKey::new(name.well, site, channel, z, leaf.timepoint_of(name));
        if is_projection { key.with(Component::Z, None) } else { key }
    };
    for leaf in &layout.leaves {
        draft.add_trouble(&leaf.folder);
        let folder = relative(&root, &leaf.folder.path);
        let mut contradictions = 0_usize;
        for file in &leaf.folder.files {
            if stem_of(file, "htd").is_some() {
                continue;
            }
            let Some(name) = rules.plane(file) else {
                draft.plate.ignored += 1;
                if let Some(name) = rules.thumbnail(file).filter(is_ours) {
                    draft.plate.thumbs.add(key_of(leaf, &name), &joined(&folder, file));
                } else if name::is_unread(file) {
                    let why = "the name of this TIFF does not end as a plane's does (like _A01_s1_w1.tif), so it was passed over";
                    unread.push(ScanIssue { path: joined(&folder, file), why: why.into() });
                }
                continue;
            };
            if !is_ours(&name) {
                continue;
            }
            let differs = |in_name: Option<u32>, in_folder: Option<u32>| {
                in_name.zip(in_folder).is_some_and(|(name, folder)| name != folder)
            };
            contradictions += usize::from(differs(name.z, leaf.z) || differs(name.timepoint, leaf.timepoint));
            let key = key_of(leaf, &name);
            let image = draft.image(key, &folder, file, 0);
            if key.z.is_none() {
                draft.plate.projections.push(image);
            } else {
                draft.plate.images.push(image);
            }
        }
        if contradictions > 0 {
            let why = format!(
                "{} with another plane or timepoint than this folder's name; the file names were followed",
                plural(contradictions, "file name")
            );
            draft.issue(folder, why);
        }
    }
    draft.plate.thumbs.sort();
    draft.issues(unread, ".", |rest| {
        format!("{} with a name that is no plane's; passed over", plural(rest, "more TIFF"))
    });
    for other in &layout.others {
        draft.add_trouble(other);
        draft.plate.ignored += other.files.len();
        let images = other.files.iter().filter(|file| ImageXpressName::parse(file).is_some()).count();
        if images > 0 {
            let why = format!(
                "{} in this folder, which is no TimePoint or ZStep folder of the measurement; passed over",
                plural(images, "image")
            );
            draft.issue(relative(&root, &other.path), why);
        }
    }
}

fn read_htd(draft: &mut Draft, path: &Path) -> Option<Htd> {
    let shown = relative(&draft.plate.root, path);
    let mut bytes = Vec::new();
    let read = disk::open(path).and_then(|file| file.take(HTD_BYTES).read_to_end(&mut bytes));
    if let Err(error) = read {
        draft.issue(
            shown,
            format!("the HTD cannot be read ({error}); the plate was read from its file names"),
        );
        return None;
    }
    let htd = Htd::parse(&bytes);
    if htd.is_none() {
        draft.issue(shown, "not an HTD by its text; the plate was read from its file names");
    }
    htd
}

/// Lists where the disk differs from the plan, and takes the channels' names.
fn compare_with_plan(draft: &mut Draft, htd: &Htd, path: &str) {
    let plate = &draft.plate;
    let mut issues = Vec::new();
    let all = || plate.images.iter().chain(&plate.projections);
    let channels: BTreeSet<u32> = all().filter_map(|image| image.key.channel).collect();
    let sites: BTreeSet<u32> = all().filter_map(|image| image.key.site).collect();
    let timepoints: BTreeSet<u32> = all().filter_map(|image| image.key.timepoint).collect();
    let planes: BTreeSet<u32> = plate.images.iter().filter_map(|image| image.key.z).collect();

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
            absent.join(", ")
        ));
    }
    let unplanned: Vec<_> = channels.iter().filter(|c| !htd.channels.contains_key(c)).map(title).collect();
    if !htd.channels.is_empty() && !unplanned.is_empty() {
        issues.push(format!("there are images of {}, which the HTD does not list", unplanned.join(", ")));
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
    let listed = |wells: Vec<String>| {
        let rest = wells.len().saturating_sub(24);
        let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        wells.into_iter().take(24).collect::<Vec<_>>().join(", ") + &more
    };
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

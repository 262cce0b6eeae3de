//! Molecular Devices ImageXpress, as written by MetaXpress: database folders, exports, flat folders.
//!
//! All three layouts are read by one rule. Planes lie in the measurement's folder or in
//! `TimePoint_<t>` and `ZStep_<z>` folders under it, and are known by their names. `ZStep_0` holds
//! ready-made projections, and so does what lies beside the other `ZStep` folders of a timepoint. An
//! HTD, where there is one, says what was planned; where disk and HTD differ, the disk is right and
//! the difference is an issue. Deliberately absent: the newer `.jdce` layout, which counts from 0.

mod description;
mod export;
mod gathered;
mod header;
mod htd;
mod layout;
mod name;
mod plan;
mod recognise;
mod recording;
mod thumbs;

use std::collections::BTreeMap;

use crate::plate::draft::Draft;
use crate::plate::folder::{Disk, joined, relative, stem_of};
use crate::plate::found::Found;
use crate::plate::metadata::pages::{self, Told};
use crate::plate::reader::{OpenError, Reader};
use crate::plate::{Component, ImageKey, Plate, ScanIssue};
use crate::quantity::plural;
pub(crate) use export::{ImageDescription, Naming, Property, safe_prefix};
pub(crate) use htd::Htd;
use layout::{Layout, Leaf, Rules, Stacks};
use name::ImageXpressName;
pub(crate) use recording::Recording;
pub use thumbs::Thumbs;

pub(super) const READER: Reader = Reader {
    is_part: name::is_part_folder,
    recognise: recognise::recognise,
    recognise_inside: None,
    prefix_of,
    holds: None,
    recorded_in: Some(header::recorded_in),
    read,
};

fn prefix_of(file_name: &str) -> Option<String> {
    let htd = stem_of(file_name, "htd").map(str::to_lowercase);
    htd.or_else(|| ImageXpressName::parse(file_name).map(|name| name.prefix.to_lowercase()))
}

fn read(disk: &mut Disk<'_>, found: &Found) -> Result<Plate, OpenError> {
    let mut draft = Draft::new(found);
    if found.detail.is_none() && !recognise::has_siblings(disk, found)? {
        draft.plate.name =
            found.root.file_name().map_or(found.name.clone(), |n| n.to_string_lossy().into_owned());
    }
    let folder = disk.folder(&found.folder)?;
    let mut channels_of_folders = BTreeMap::new();
    let layout = match recognise::gathered(disk, &folder)? {
        Some(gathered) => {
            draft.issue(".", gathered.note());
            channels_of_folders = gathered.channels;
            gathered.layout
        }
        None => Layout::list(disk, &found.folder)?,
    };
    let rules = Rules::of(&layout);
    let told = read_planes(&mut draft, &layout, found.prefix.as_deref(), &rules);
    draft.sort();
    pages::read_into(&mut draft, &told, disk.cancel())?;
    let htds = &rules.htds;
    // A plan may be called otherwise than the images that lie with it alone.
    let htd_path = match &found.prefix {
        Some(prefix) => htds.get(prefix).or_else(|| htds.values().next().filter(|_| found.detail.is_none())),
        None => htds.values().next(),
    };
    if draft.plate.images.is_empty() && draft.plate.projections.is_empty() {
        return Err(draft.no_images(htd_path.unwrap_or(&found.folder).clone()));
    }
    let htd = htd_path.and_then(|path| plan::read_htd(&mut draft, path));
    if let Some(htd) = &htd {
        let path = htd_path.map_or(".".into(), |path| relative(&found.root, path));
        plan::compare_with_plan(&mut draft, htd, &path);
    }
    // A plan numbers the channels otherwise.
    draft.plate.channel_names.extend(channels_of_folders);
    let planned_shape = htd.as_ref().and_then(|htd| htd.shape);
    header::read_into(&mut draft, htd.as_ref(), disk.cancel())?;
    Ok(draft.finish(planned_shape))
}

/// Takes the planes of a measurement, and gives what their names tell, by channel.
fn read_planes(
    draft: &mut Draft,
    layout: &Layout,
    prefix: Option<&str>,
    rules: &Rules,
) -> BTreeMap<u32, Told> {
    let mut told: BTreeMap<u32, Told> = BTreeMap::new();
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
        let (site, channel) = (name.site.unwrap_or(1), leaf.channel.or(name.channel).unwrap_or(1));
        let key = ImageKey::new(name.well, site, channel, z, leaf.timepoint_of(name));
        if is_projection { key.with(Component::Z, None) } else { key }
    };
    for leaf in &layout.leaves {
        draft.add_trouble(&leaf.folder);
        let folder = relative(&root, &leaf.folder.path);
        let mut contradictions = 0_usize;
        for file in leaf.folder.files.iter() {
            if stem_of(file, "htd").is_some() {
                continue;
            }
            let Some(name) = rules.plane(file) else {
                draft.plate.ignored += 1;
                if let Some(name) = rules.thumbnail(file).filter(is_ours) {
                    draft.plate.thumbs.add(key_of(leaf, &name), &joined(&folder, file));
                } else if name::is_unread(file) {
                    let why = "the name of this TIFF does not end like that of a plane (such as _A01_s1_w1.tif), \
                               so it was skipped";
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
            if let (Some(channel), Some(_)) = (key.channel, key.z) {
                let told = told.entry(channel).or_default();
                told.channel |= name.channel.or(leaf.channel).is_some();
                told.z |= name.z.or(leaf.z).is_some();
                told.timepoint |= name.timepoint.or(leaf.timepoint).is_some();
            }
            let image = draft.image(key, &folder, file, 0);
            if key.z.is_none() {
                draft.plate.projections.push(image);
            } else {
                draft.plate.images.push(image);
            }
        }
        if contradictions > 0 {
            let why = format!(
                "{} with another plane or timepoint than the name of this folder; the file names were used",
                plural(contradictions, "file name")
            );
            draft.issue(folder, why);
        }
    }
    draft.plate.thumbs.sort();
    draft.issues(unread, ".", |rest| {
        format!("{} whose name is not that of a plane; skipped", plural(rest, "more TIFF"))
    });
    for other in &layout.others {
        draft.add_trouble(other);
        draft.plate.ignored += other.files.len();
        let images = other.files.iter().filter(|file| ImageXpressName::parse(file).is_some()).count();
        if images > 0 {
            let why = format!(
                "{} in this folder, which is not a TimePoint or ZStep folder of the measurement; skipped",
                plural(images, "image")
            );
            draft.issue(relative(&root, &other.path), why);
        }
    }
    told
}

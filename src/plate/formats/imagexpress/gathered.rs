//! Folders of any name that each hold a part of one plate: a channel, a timepoint, a well.
//!
//! Users sort their images into such folders, and public data sets are handed out so. Folders beside each other
//! are one plate where all their images have one prefix and no image is there twice by its name. Where names
//! leave out the channel and each folder has the same names, the folders are the channels if they are called
//! so. Folders that repeat each other under other names are plates of their own. Deliberately absent:
//! parts within parts, but for the folders of timepoints and planes that MetaXpress makes.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::rc::Rc;

use super::super::cellvoyager::is_recorded;
use super::layout::{Layout, Leaf, Rules};
use super::name::{self, ImageXpressName};
use crate::cancel::Cancelled;
use crate::plate::folder::{Disk, Folder, stem_of};
use crate::plate::metadata::channel_words::{is_channel, words};
use crate::plate::{WellId, nearest};

/// More folders than that are no parts: a plate has this many wells.
const MOST_PARTS: usize = 1536;
/// How many folders without images are skipped before the first one with some.
const MOST_EMPTY: usize = 32;
/// This many images of a folder are asked for in another: some may be missing there.
const MOST_ASKED: usize = 8;
/// Folders of timepoints and planes lie so deep in a part.
const DEPTH_OF_PARTS: usize = 2;

/// The parts of a plate that lie in folders beside each other.
pub(super) struct Gathered {
    pub(super) layout: Layout,
    /// The folders' names in order.
    pub(super) folders: Vec<String>,
    /// Names of the channels by number, where the folders are the channels.
    pub(super) channels: BTreeMap<u32, String>,
}

impl Gathered {
    /// The parts in a folder, or `None` where its folders are no parts of one plate.
    pub(super) fn find(disk: &mut Disk<'_>, folder: &Folder) -> Result<Option<Self>, Cancelled> {
        let may_have_parts = (2..=MOST_PARTS).contains(&folder.folders.len())
            && !name::is_date_folder(folder.name())
            && !nearest::is_foreign(folder)
            && !is_recorded(folder);
        if !may_have_parts {
            return Ok(None);
        }
        let (mut folders, mut paths) = (Vec::new(), Vec::new());
        let (mut parts, mut others) = (Vec::new(), Vec::new());
        for sub in &folder.folders {
            if sub.is_link || sub.name.starts_with('.') || name::is_date_folder(&sub.name) {
                continue;
            }
            // Plates beside each other are mostly distinguished by a glance, however large they are.
            let path = folder.path.join(&sub.name);
            let mut glanced = disk.glance(&path)?;
            let has_part =
                |folder: &Folder| folder.has_file(is_image) || folder.has_folder(name::is_part_folder);
            if glanced.is_cut && !has_part(&glanced) {
                // What it is lies behind other things.
                glanced = disk.folder(&path)?;
            }
            if stands_for_plate(&glanced) {
                return Ok(None);
            }
            if !has_part(&glanced) {
                others.push(path);
                if folders.is_empty() && others.len() == MOST_EMPTY {
                    return Ok(None);
                }
                continue;
            }
            folders.push(sub.name.clone());
            paths.push(path);
            let unlisted = match paths.as_slice() {
                [_] => continue,
                [one, other] if are_apart(disk, &folders, one, other)? => return Ok(None),
                both @ [_, _] => both,
                [.., last] => std::slice::from_ref(last),
                [] => &[],
            };
            for part in unlisted {
                if stands_for_plate(&*disk.folder(part)?) {
                    return Ok(None);
                }
                parts.push(Layout::list(disk, part)?);
            }
            if parts.len() == 2 && channels_of(&folders, &parts).is_none() {
                return Ok(None);
            }
        }
        if parts.len() < 2 {
            return Ok(None);
        }
        let Some(channels) = channels_of(&folders, &parts) else { return Ok(None) };
        let top = Leaf { folder: disk.folder(&folder.path)?, z: None, timepoint: None, channel: None };
        let others = others.iter().map(|path| disk.folder(path)).collect::<Result<_, _>>()?;
        let mut layout = Layout { leaves: vec![top], others };
        for (channel, part) in (1..).zip(parts) {
            layout.others.extend(part.others);
            let channel = channels.contains_key(&channel).then_some(channel);
            layout.leaves.extend(part.leaves.into_iter().map(|leaf| Leaf { channel, ..leaf }));
        }
        Ok(Some(Self { layout, folders, channels }))
    }

    /// What to say of a plate that was read so.
    pub(super) fn note(&self) -> String {
        let (first, rest) = self.folders.split_at(self.folders.len().min(4));
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        let what = if self.channels.is_empty() {
            "whose image names go together; they were read as one plate"
        } else {
            "with the same image names, and named like channels; each was read as a channel of one plate"
        };
        format!("the images lie in {} folders ({}{more}) {what}", self.folders.len(), first.join(", "))
    }
}

fn is_image(file: &str) -> bool {
    ImageXpressName::parse(file).is_some()
}

/// Whether a folder has a file that stands for a plate of its own.
fn stands_for_plate(folder: &Folder) -> bool {
    folder.has_file(|file| stem_of(file, "htd").is_some() || stem_of(file, "jdce").is_some())
}

/// Whether the first images of two folders tell that these are no parts of one plate: they share no prefix, or some are in
/// both, and the folders are no channels.
fn are_apart(disk: &mut Disk<'_>, folders: &[String], one: &Path, other: &Path) -> Result<bool, Cancelled> {
    let (of_one, of_other) = (first_images(disk, one)?, first_images(disk, other)?);
    let prefixes = |folder: &Folder| -> HashSet<String> {
        images_of(folder).map(|(_, name)| name.prefix.to_lowercase()).collect()
    };
    let (prefixes, others) = (prefixes(&of_one), prefixes(&of_other));
    if prefixes.is_empty() || others.is_empty() {
        return Ok(false);
    }
    let below = of_one.path.strip_prefix(one).unwrap_or(Path::new(""));
    let is_there = |(file, _): (&str, _)| other.join(below).join(file).symlink_metadata().is_ok();
    let tell_channel = || images_of(&of_one).any(|(_, name)| name.channel.is_some());
    let may_be_channels = || are_called_channels(folders) && !tell_channel();
    let is_repeated = || images_of(&of_one).take(MOST_ASKED).any(is_there);
    Ok(prefixes.is_disjoint(&others) || (is_repeated() && !may_be_channels()))
}

/// A glance at the first folder with images of a part.
fn first_images(disk: &mut Disk<'_>, part: &Path) -> Result<Rc<Folder>, Cancelled> {
    let mut folder = disk.glance(part)?;
    for _ in 0..DEPTH_OF_PARTS {
        let below = folder.folders.iter().find(|sub| name::is_part_folder(&sub.name));
        let Some(below) = below.filter(|_| !folder.has_file(is_image)) else { break };
        folder = disk.glance(&folder.path.join(&below.name))?;
    }
    Ok(folder)
}

fn images_of(folder: &Folder) -> impl Iterator<Item = (&str, ImageXpressName<'_>)> {
    let named = folder.files.iter().filter_map(|file| Some((&**file, ImageXpressName::parse(file)?)));
    named.filter(|(_, name)| !name.is_thumbnail)
}

/// Names of the channels where parts of one plate are its channels, and none where their names tell the channel;
/// `None` where they are no parts of one plate.
fn channels_of(folders: &[String], parts: &[Layout]) -> Option<BTreeMap<u32, String>> {
    let rules = Rules::of_files(parts.iter().flat_map(Layout::files));
    let prefix = most_frequent_prefix(parts.first()?, &rules)?;
    if !parts.iter().all(|part| most_frequent_prefix(part, &rules).as_ref() == Some(&prefix)) {
        return None;
    }
    let parts: Vec<_> = parts.iter().map(|part| Part::of(part, &rules, &prefix)).collect();
    if are_distinct(&parts) {
        return Some(BTreeMap::new());
    }
    are_channels(folders, &parts).then(|| (1..).zip(folders.iter().cloned()).collect())
}

fn most_frequent_prefix(part: &Layout, rules: &Rules) -> Option<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for name in part.files().filter_map(|file| rules.plane(file)) {
        *counts.entry(name.prefix.to_lowercase()).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(prefix, _)| prefix)
}

/// The well, site, channel, plane and timepoint by which images are distinguished, as far as the name and
/// the folders of an image tell them.
type Key = (WellId, u32, u32, Option<u32>, u32);

/// The images of a part.
struct Part {
    keys: HashSet<Key>,
    tells_channel: bool,
}

impl Part {
    fn of(layout: &Layout, rules: &Rules, prefix: &str) -> Self {
        let mut part = Self { keys: HashSet::new(), tells_channel: false };
        for leaf in &layout.leaves {
            for name in leaf.folder.files.iter().filter_map(|file| rules.plane(file)) {
                if name.prefix.to_lowercase() == prefix {
                    let (site, channel) = (name.site.unwrap_or(1), name.channel.unwrap_or(1));
                    part.keys.insert((name.well, site, channel, name.z.or(leaf.z), leaf.timepoint_of(&name)));
                    part.tells_channel |= name.channel.is_some();
                }
            }
        }
        part
    }
}

/// Whether no image is in two parts.
fn are_distinct(parts: &[Part]) -> bool {
    let mut all = HashSet::new();
    parts.iter().flat_map(|part| &part.keys).all(|key| all.insert(*key))
}

/// Whether parts are the channels of a plate: called so, and with the same images by names that do not
/// tell the channel.
fn are_channels(folders: &[String], parts: &[Part]) -> bool {
    let may_be = are_called_channels(folders) && !parts.iter().any(|part| part.tells_channel);
    let all: HashSet<Key> = parts.iter().flat_map(|part| &part.keys).copied().collect();
    // A few images may be missing.
    may_be && parts.iter().all(|part| part.keys.len() * 2 > all.len())
}

fn are_called_channels(folders: &[String]) -> bool {
    folders.iter().any(|folder| is_channel(folder)) && !folders.iter().any(|folder| is_repeat(folder))
}

/// Words of folders that hold the same once more.
const REPEAT_WORDS: [&str; 16] = [
    "plate",
    "rep",
    "replicate",
    "repeat",
    "run",
    "copy",
    "batch",
    "exp",
    "experiment",
    "measurement",
    "acquisition",
    "screen",
    "day",
    "week",
    "set",
    "backup",
];

fn is_repeat(folder: &str) -> bool {
    words(folder).any(|(letters, _)| REPEAT_WORDS.contains(&letters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cancel::Cancel;

    #[test]
    fn plates_beside_each_other_are_told_apart_by_a_glance() {
        // The folders, what the names of their images begin with, and whether they are parts of one plate.
        let table = [
            (["a", "b"], ["p_A01", "q_A01"], false),
            (["a", "b"], ["p_A01", "p_A01"], false),
            (["a", "b"], ["p_A01", "p_A02"], true),
            (["DAPI", "FITC"], ["p_A01", "p_A01"], true),
            (["DAPI", "DAPI rep2"], ["p_A01", "p_A01"], false),
        ];
        for (folders, names, are_parts) in table {
            let place = tempfile::tempdir().expect("a folder");
            for (folder, name) in folders.iter().zip(names) {
                let folder = place.path().join(folder);
                std::fs::create_dir(&folder).expect("writable");
                for site in 0..1100 {
                    std::fs::write(folder.join(format!("{name}_s{site}.TIF")), "").expect("writable");
                }
            }
            let cancel = Cancel::new();
            let mut disk = Disk::of_names(&cancel);
            let around = disk.folder(place.path()).expect("not cancelled");
            let found = Gathered::find(&mut disk, &around).expect("not cancelled");
            assert_eq!(found.is_some(), are_parts, "{folders:?} {names:?}");
            assert_eq!(disk.files_listed() > 0, are_parts, "{folders:?} {names:?}");
        }
    }

    #[test]
    fn folders_called_as_channels() {
        let channels = [
            "DAPI",
            "20999-hoechst",
            "w1",
            "ch02",
            "Channel 3",
            "Alexa488",
            "Alexa 568",
            "Texas Red",
            "Cy5",
            "C1",
            "nuclei",
        ];
        for folder in channels {
            assert!(is_channel(folder) && !is_repeat(folder), "{folder}");
        }
        let others = ["rep1", "Plate 2", "copy of x", "run-3", "Day1"];
        for folder in others {
            assert!(!is_channel(folder) && is_repeat(folder), "{folder}");
        }
        for folder in ["treated", "control", "A01", "1", "2024-01-01", "left", "server", "expired"] {
            assert!(!is_channel(folder) && !is_repeat(folder), "{folder}");
        }
    }
}

//! Listings of large plates, kept from one opening to the next.
//!
//! A large folder on a network takes hundreds of questions to list. Its listing holds as long as the time of its last change is
//! the same, which is one question: the time that the system keeps (`ctime`), which no program that copies can set. Where that was
//! too near to the listing for a clock to tell, and on file systems that keep no such time, the listing is not kept. Only listings are kept, never
//! what was made of them, so that what is read of a plate is always read from its files. All of it can be made again, so every
//! fault here only means that there is none. Deliberately absent: folders with links, since what these point to changes without
//! them.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::entries::{Folder, Subfolder};
use crate::disk::{self, Destination};
use crate::image::{FileName, FileNames};
use crate::limits;

/// Another number makes all that was kept unknown.
const VERSION: u32 = 1;
/// Plates with fewer entries are listed at once on any disk.
const FEWEST_ENTRIES: usize = 2_000;
/// This many plates are kept; what was written longest ago goes first.
const MOST_PLATES: usize = 64;
/// What changed so shortly before it was listed may have changed again at the same time: clocks of file systems count in steps
/// of up to two seconds, and those of a network's other end may differ from this one's.
const UNSETTLED: Duration = Duration::from_secs(60);

/// Where listings are kept.
#[derive(Clone, Debug)]
pub struct KnownFolders {
    folder: Destination,
}

/// The listings of one plate.
pub(super) type Listings = HashMap<PathBuf, (Change, Folder)>;

/// When a folder was changed last, since 1970.
pub(super) type Change = Duration;

/// The listings of a plate as a file.
#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    folders: Vec<KeptFolder>,
}

/// A folder as it is kept; `/` stands between names, in which it cannot be.
#[derive(Serialize, Deserialize)]
struct KeptFolder {
    path: PathBuf,
    change: Change,
    files: String,
    folders: String,
}

impl KnownFolders {
    /// Listings in this folder, which need not be there yet.
    pub fn new(folder: Destination) -> Self {
        Self { folder: folder.private() }
    }

    /// The listings that were kept of what was opened by a path.
    pub(super) fn read(&self, opened: &Path) -> Listings {
        let bytes = disk::read(self.place(opened).path(), limits::LISTINGS_BYTES).unwrap_or_default();
        let kept: Option<Kept> = serde_json::from_slice(&bytes).ok();
        let kept = kept.filter(|kept| kept.version == VERSION);
        kept.into_iter()
            .flat_map(|kept| kept.folders)
            .map(|kept| (kept.path.clone(), (kept.change, kept.into())))
            .collect()
    }

    /// Keeps the listings of what was opened by a path, where they are worth it. `began` is when the first was made.
    pub(super) fn write<'a>(
        &self,
        opened: &Path,
        began: SystemTime,
        listings: impl Iterator<Item = (Change, &'a Folder)>,
    ) {
        let began = since_1970(began);
        let is_settled =
            |change: &Change| began.is_some_and(|began| change.saturating_add(UNSETTLED) < began);
        let kept: Vec<_> = listings
            .filter(|(change, folder)| is_settled(change) && !folder.has_links && folder.trouble.is_empty())
            .collect();
        let entries: usize = kept.iter().map(|(_, folder)| folder.files.len() + folder.folders.len()).sum();
        if entries < FEWEST_ENTRIES {
            return;
        }
        let kept = Kept { version: VERSION, folders: kept.into_iter().map(KeptFolder::from).collect() };
        let Ok(bytes) = serde_json::to_vec(&kept) else { return };
        if bytes.len() as u64 > limits::LISTINGS_BYTES {
            return;
        }
        // What could not be kept is listed again.
        if self.folder.make_folder().is_ok() {
            drop(disk::write_remakeable(&self.place(opened), &bytes));
            self.bound();
        }
    }

    fn bound(&self) {
        let files = fs::read_dir(self.folder.path()).into_iter().flatten().flatten();
        let mut kept: Vec<(SystemTime, OsString)> = files
            .filter(|file| file.file_type().is_ok_and(|kind| kind.is_file()))
            .filter_map(|file| Some((file.metadata().ok()?.modified().ok()?, file.file_name())))
            .collect();
        kept.sort();
        let surplus = kept.len().saturating_sub(MOST_PLATES);
        for (_, name) in kept.into_iter().take(surplus) {
            drop(self.folder.join(name).remove_file());
        }
    }

    fn place(&self, opened: &Path) -> Destination {
        let name = xxh3_128(opened.as_os_str().as_encoded_bytes());
        self.folder.join(format!("{name:032x}.json"))
    }
}

/// When a folder was changed last; `None` where the system does not say it so that it can be relied on.
#[cfg(target_os = "linux")]
pub(super) fn change(folder: &Path) -> Option<Change> {
    use std::os::unix::fs::MetadataExt as _;
    // FAT and exFAT, which Windows changes without a time of the folder, and what programs show as file systems.
    const WITHOUT: [i128; 3] = [0x4d44, 0x2011_bab0, 0x6573_5546];
    let system = rustix::fs::statfs(folder).ok()?;
    if WITHOUT.contains(&i128::from(system.f_type)) {
        return None;
    }
    let facts = fs::metadata(folder).ok()?;
    let nanos = u32::try_from(facts.ctime_nsec()).ok()?;
    Some(Change::new(u64::try_from(facts.ctime()).ok()?, nanos))
}

/// Elsewhere there is no time that programs cannot set.
#[cfg(not(target_os = "linux"))]
pub(super) fn change(_: &Path) -> Option<Change> {
    None
}

fn since_1970(time: SystemTime) -> Option<Change> {
    time.duration_since(UNIX_EPOCH).ok()
}

fn joined(names: &[FileName]) -> String {
    let mut joined = String::with_capacity(names.iter().map(|name| name.len() + 1).sum());
    for name in names {
        if !joined.is_empty() {
            joined.push('/');
        }
        joined.push_str(name);
    }
    joined
}

impl From<(Change, &Folder)> for KeptFolder {
    fn from((change, folder): (Change, &Folder)) -> Self {
        Self {
            path: folder.path.clone(),
            change,
            files: joined(&folder.files),
            folders: folder.folders.iter().map(|sub| sub.name.as_str()).collect::<Vec<_>>().join("/"),
        }
    }
}

impl From<KeptFolder> for Folder {
    fn from(kept: KeptFolder) -> Self {
        let names = |joined: &str| -> Vec<String> {
            joined.split('/').filter(|name| !matches!(*name, "" | "." | "..")).map(str::to_owned).collect()
        };
        Self {
            path: kept.path,
            files: names(&kept.files).into_iter().collect::<FileNames>().shared().into(),
            folders: names(&kept.folders)
                .into_iter()
                .map(|name| Subfolder { name, is_link: false })
                .collect(),
            trouble: Vec::new(),
            has_links: false,
            is_cut: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plate::{NONE_OPEN, destination};

    fn folder_of(path: &Path, files: usize) -> Folder {
        Folder {
            path: path.to_owned(),
            files: (0..files)
                .map(|file| format!("P_A01_s{file}_w1.TIF"))
                .collect::<FileNames>()
                .shared()
                .into(),
            folders: vec![Subfolder { name: "TimePoint_1".into(), is_link: false }],
            ..Folder::default()
        }
    }

    #[test]
    fn what_was_kept_comes_back_and_what_may_change_is_not_kept() {
        let place = tempfile::tempdir().expect("a folder");
        let known =
            KnownFolders::new(destination(&place.path().join("folders"), NONE_OPEN).expect("no plate"));
        let (plate, sub) = (Path::new("/p"), Path::new("/p/TimePoint_1"));
        assert!(known.read(plate).is_empty());
        let (began, old) = (UNIX_EPOCH + Duration::from_secs(1_000_000), Duration::new(900_000, 123));
        let (large, small) = (folder_of(plate, FEWEST_ENTRIES), folder_of(sub, 3));
        let linked = Folder { has_links: true, ..folder_of(Path::new("/p/l"), 1) };
        let troubled =
            Folder { trouble: vec![(String::new(), "x".into())], ..folder_of(Path::new("/p/t"), 1) };
        let young = Duration::from_secs(1_000_000 - 5);
        let all = [(old, &large), (young, &small), (old, &linked), (old, &troubled)];
        known.write(plate, began, all.into_iter());
        let read = known.read(plate);
        assert_eq!(read.keys().collect::<Vec<_>>(), [plate]);
        let (change, folder) = &read[plate];
        assert_eq!(
            (*change, &folder.files, folder.folders[0].name.as_str()),
            (old, &large.files, "TimePoint_1")
        );
        // Another path is another plate, and small ones are not worth it.
        assert!(known.read(sub).is_empty());
        known.write(sub, began, std::iter::once((old, &small)));
        assert!(known.read(sub).is_empty());
        // A file that is none, and names that lead elsewhere, are as good as nothing.
        fs::write(known.place(plate).path(), "{").expect("writable");
        assert!(known.read(plate).is_empty());
        let odd =
            KeptFolder { path: plate.into(), change: old, files: "../a//.".into(), folders: "..".into() };
        let odd: Folder = odd.into();
        assert_eq!((odd.files.len(), odd.folders.len()), (1, 0));
    }
}

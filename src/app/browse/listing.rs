//! What a folder holds, for the browser: told bit by bit, bounded, and given up when the user goes elsewhere.

use std::cmp::Ordering;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::messages::{AtPath, Entry, Listing, Shown};
use crate::app::desktop::Wanted;
use crate::cancel::Cancel;
use crate::plate::is_plate;

/// The most entries that are shown: nobody scrolls through more.
const MOST_SHOWN: usize = 20_000;

/// The most entries that are gone through, so that a folder of very many files comes to an end.
const MOST_SEEN: usize = 500_000;

/// How often it is told how much was found.
const EVERY: Duration = Duration::from_millis(250);

/// The most folders that are looked into for plates.
const MOST_LOOKED_INTO: usize = 300;

/// Lists a folder; `tell` gets what was found so far, then all of it, and says whether anybody listens.
pub(super) fn list(
    folder: &Path,
    shown: &Shown,
    cancel: &Cancel,
    tell: &mut dyn FnMut(Result<Listing, String>) -> bool,
) -> Listing {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            tell(Err(format!("This folder cannot be read: {error}.")));
            return Listing::default();
        }
    };
    let (mut found, mut other_files, mut is_cut) = (Vec::new(), 0, false);
    let mut told = Instant::now();
    for (seen, entry) in entries.enumerate() {
        if cancel.is_cancelled() {
            return Listing::default();
        }
        // One that has gone meanwhile, or cannot be looked at, is none.
        let Ok(entry) = entry else { continue };
        is_cut = seen >= MOST_SEEN || found.len() >= MOST_SHOWN;
        if is_cut {
            break;
        }
        let name = entry.file_name();
        if !shown.hidden && is_hidden(&entry, &name) {
            continue;
        }
        let is_folder = match entry.file_type() {
            Ok(kind) if kind.is_symlink() => entry.path().is_dir(),
            Ok(kind) => kind.is_dir(),
            Err(_) => false,
        };
        if is_folder || is_shown(&name, shown) {
            found.push(Entry { name, is_folder });
        } else {
            other_files += 1;
        }
        if told.elapsed() >= EVERY {
            found.sort_by(order);
            let listing =
                Listing { entries: found.clone().into(), other_files, is_cut: false, is_whole: false };
            if !tell(Ok(listing)) {
                return Listing::default();
            }
            told = Instant::now();
        }
    }
    found.sort_by(order);
    let listing = Listing { entries: found.into(), other_files, is_cut, is_whole: true };
    tell(Ok(listing.clone()));
    listing
}

/// Tells which of the folders of a listing are plates, one after the other.
pub(super) fn find_plates(
    folder: &Path,
    listing: &Listing,
    cancel: &Cancel,
    tell: &mut dyn FnMut(Vec<OsString>) -> bool,
) {
    let folders = listing.entries.iter().filter(|entry| entry.is_folder);
    let (mut names, mut told) = (Vec::new(), Instant::now());
    for entry in folders.take(MOST_LOOKED_INTO) {
        if cancel.is_cancelled() {
            return;
        }
        if is_plate(&folder.join(&entry.name), cancel) {
            names.push(entry.name.clone());
        }
        if !names.is_empty() && told.elapsed() >= EVERY {
            if !tell(std::mem::take(&mut names)) {
                return;
            }
            told = Instant::now();
        }
    }
    if !names.is_empty() {
        tell(names);
    }
}

/// What is at a path.
pub(super) fn look(path: &Path) -> AtPath {
    match fs::metadata(path) {
        Ok(facts) if facts.is_dir() => AtPath::Folder,
        Ok(_) => AtPath::File,
        Err(error) if error.kind() == io::ErrorKind::NotFound => match path.parent() {
            Some(around) if around.is_dir() => AtPath::Nothing,
            _ => AtPath::Unknown("There is no such folder.".to_owned()),
        },
        Err(error) => AtPath::Unknown(format!("This cannot be opened: {error}.")),
    }
}

fn is_shown(name: &OsString, shown: &Shown) -> bool {
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
    let has_ending =
        || ending.is_some_and(|ending| shown.endings.iter().any(|known| known.eq_ignore_ascii_case(ending)));
    shown.wanted != Wanted::Folder && (shown.endings.is_empty() || has_ending())
}

/// Whether it is one that other programs do not show either.
fn is_hidden(entry: &fs::DirEntry, name: &OsString) -> bool {
    #[cfg(windows)]
    {
        use std::os::windows::fs::MetadataExt as _;
        const HIDDEN: u32 = 2;
        if entry.metadata().is_ok_and(|facts| facts.file_attributes() & HIDDEN != 0) {
            return true;
        }
    }
    #[cfg(not(windows))]
    let _ = entry;
    name.to_string_lossy().starts_with('.')
}

fn order(a: &Entry, b: &Entry) -> Ordering {
    let natural = || alphanumeric_sort::compare_str(a.name.to_string_lossy(), b.name.to_string_lossy());
    b.is_folder.cmp(&a.is_folder).then_with(natural)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(folder: &Path, shown: &Shown) -> (Vec<String>, Listing) {
        let mut told = Vec::new();
        list(folder, shown, &Cancel::new(), &mut |listing| {
            told.push(listing.unwrap());
            true
        });
        let last = told.pop().unwrap();
        assert!(last.is_whole && told.iter().all(|listing| !listing.is_whole));
        let names = last.entries.iter().map(|entry| entry.name.to_string_lossy().into_owned()).collect();
        (names, last)
    }

    #[test]
    fn folders_come_first_and_numbers_in_their_order() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["Plate_10", "Plate_2", ".hidden"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        for file in ["a.ron", "B.RON", "notes.txt", ".x.ron"] {
            std::fs::write(root.path().join(file), "").unwrap();
        }
        let shown = |wanted, hidden| Shown { wanted, endings: &["ron"], hidden };
        let table = [
            (shown(Wanted::Folder, false), vec!["Plate_2", "Plate_10"], 3),
            (shown(Wanted::File, false), vec!["Plate_2", "Plate_10", "B.RON", "a.ron"], 1),
            (
                shown(Wanted::NewFile("x".to_owned()), true),
                vec![".hidden", "Plate_2", "Plate_10", ".x.ron", "B.RON", "a.ron"],
                1,
            ),
        ];
        for (shown, expected, other_files) in table {
            let (names, listing) = listed(root.path(), &shown);
            assert_eq!(names, expected, "{shown:?}");
            assert_eq!((listing.other_files, listing.is_cut), (other_files, false), "{shown:?}");
        }
        let mut why = String::new();
        list(&root.path().join("a.ron"), &shown(Wanted::File, false), &Cancel::new(), &mut |listing| {
            why = listing.unwrap_err();
            true
        });
        assert!(why.starts_with("This folder cannot be read: "), "{why}");
        let found = ["", "a.ron", "new.ron", "no/new.ron"].map(|name| look(&root.path().join(name)));
        assert!(
            matches!(&found, [AtPath::Folder, AtPath::File, AtPath::Nothing, AtPath::Unknown(_)]),
            "{found:?}"
        );
    }

    #[test]
    fn a_folder_that_was_left_is_not_read_on() {
        let root = tempfile::tempdir().unwrap();
        for n in 0..50 {
            std::fs::write(root.path().join(n.to_string()), "").unwrap();
        }
        let (cancel, mut told) = (Cancel::new(), 0);
        cancel.cancel();
        let shown = Shown { wanted: Wanted::File, endings: &[], hidden: false };
        list(root.path(), &shown, &cancel, &mut |_| {
            told += 1;
            true
        });
        assert_eq!(told, 0);
    }

    #[test]
    fn plates_are_known_among_folders() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["plate", "papers"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        std::fs::write(root.path().join("plate/p_A01_s1_w1.tif"), "").unwrap();
        std::fs::write(root.path().join("papers/a.pdf"), "").unwrap();
        let shown = Shown { wanted: Wanted::Folder, endings: &[], hidden: false };
        let (_, listing) = listed(root.path(), &shown);
        let mut plates = Vec::new();
        find_plates(root.path(), &listing, &Cancel::new(), &mut |names| {
            plates.extend(names);
            true
        });
        assert_eq!(plates, ["plate"]);
    }
}

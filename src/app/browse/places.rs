//! Where folders with plates mostly are: the user's own, and disks that were put in or that a network has.

use std::path::{Path, PathBuf};

use super::messages::Place;
use crate::folders;

/// The most disks that are offered.
const MOST_DISKS: usize = 12;

/// The places, the user's own first. Disks of a network may take long to be found.
pub(super) fn places(results: &Path) -> Vec<Place> {
    let mut places = Vec::new();
    let mut add = |name: &str, folder: PathBuf| {
        if folder.is_dir() && places.iter().all(|place: &Place| place.folder != folder) {
            places.push(Place { name: name.to_owned(), folder });
        }
    };
    if let Some(home) = folders::home_dir() {
        add("Home", home.clone());
        for name in ["Desktop", "Documents", "Downloads"] {
            add(name, home.join(name));
        }
    }
    add("Results", results.to_owned());
    for disk in disks().into_iter().take(MOST_DISKS) {
        let name = disk.file_name().map(|name| name.to_string_lossy().into_owned());
        add(&name.unwrap_or_else(|| disk.display().to_string()), disk);
    }
    places
}

/// The drives by their letters.
#[cfg(windows)]
fn disks() -> Vec<PathBuf> {
    ('A'..='Z').map(|letter| PathBuf::from(format!("{letter}:\\"))).filter(|drive| drive.is_dir()).collect()
}

/// The root, then what is mounted where disks are put.
#[cfg(not(windows))]
fn disks() -> Vec<PathBuf> {
    let user = std::env::var_os("USER").unwrap_or_default();
    let around = [
        PathBuf::from("/run/media").join(&user),
        PathBuf::from("/media").join(&user),
        PathBuf::from("/media"),
        PathBuf::from("/mnt"),
        PathBuf::from("/Volumes"),
    ];
    let mut found = vec![PathBuf::from("/")];
    for folder in &around {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        let mut below: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        below.retain(|path| !around.contains(path));
        below.sort();
        found.extend(below);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_folders_that_are_there_each_once() {
        let results = tempfile::tempdir().unwrap();
        let places = places(results.path());
        assert!(places.iter().any(|place| place.folder == results.path() && place.name == "Results"));
        for (nth, place) in places.iter().enumerate() {
            assert!(place.folder.is_dir() && !place.name.is_empty(), "{place:?}");
            assert!(places[..nth].iter().all(|other| other.folder != place.folder), "{place:?}");
        }
        if cfg!(not(windows)) {
            assert!(places.iter().any(|place| place.folder == Path::new("/")));
        }
    }
}

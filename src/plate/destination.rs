//! Where something may be written beside plates: never in one, whether it is open or not.

use std::path::{Path, PathBuf};

use super::folder::{Disk, Folder};
use super::found::Found;
use super::open::recognise;
use crate::cancel::Cancel;
use crate::disk::{self, Destination, InPlate};

/// A plate folder has at most this many files beside folders for each of its images: a thumbnail and a little
/// more.
const FILES_FOR_AN_IMAGE: usize = 3;

/// For a place that is looked at while no plate is open.
pub const NONE_OPEN: [&Path; 0] = [];

/// The place at a path, which need not be there yet, where it lies in none of these plates, nor in any other
/// folder that is a plate to see. The results of a run are plates, too.
///
/// # Errors
/// [`InPlate`] with the plate in which it lies.
pub fn destination(
    path: &Path,
    plates: impl IntoIterator<Item: AsRef<Path>>,
) -> Result<Destination, InPlate> {
    // All that there is would lie in a plate at the root of the file system, or at no path at all.
    let plates = plates.into_iter().filter(|plate| plate.as_ref().file_name().is_some());
    Destination::checked(path, plates, plate_around)
}

/// Of the plate folders that records name those in which there is a plate still. A record may come from anybody: where
/// there is none, nothing is to be protected.
pub fn still_plates<P: AsRef<Path>>(roots: impl IntoIterator<Item = P>) -> impl Iterator<Item = P> {
    roots.into_iter().filter(|root| is_plate(root.as_ref(), &Cancel::new()))
}

/// Whether a folder is a plate to see, by the names of what lies in it; not, where it is cancelled.
pub(crate) fn is_plate(root: &Path, cancel: &Cancel) -> bool {
    let mut disk = Disk::of_names(cancel);
    let is_place = root.is_absolute() && root.file_name().is_some() && root.is_dir();
    let listed = is_place.then(|| disk.folder(&disk::real(root)).ok()).flatten();
    let Some(listed) = listed else { return false };
    let found = recognise(&mut disk, &listed).unwrap_or_default();
    found.iter().any(|found| found.is_sure) || is_mostly_images(&found, &listed)
}

/// A few images that someone has put among other files make no plate of all that lies below.
fn is_mostly_images(found: &[Found], listed: &Folder) -> bool {
    let images: usize = found.iter().map(|found| found.images).sum();
    images > 0 && images * FILES_FOR_AN_IMAGE >= listed.files.len()
}

/// The place of a plate that is to be made, which may be there already, but not in another plate.
///
/// # Errors
/// [`InPlate`] with the plate in which it lies.
pub(crate) fn plate_destination(folder: &Path) -> Result<Destination, InPlate> {
    let real = disk::real(folder);
    match (real.parent(), real.file_name()) {
        (Some(around), Some(name)) => destination(around, NONE_OPEN).map(|around| around.join(name)),
        _ => destination(folder, NONE_OPEN),
    }
}

/// The outermost plate folder in which a path lies, which has no links and no `..`.
fn plate_around(path: &Path) -> Option<PathBuf> {
    let cancel = Cancel::new();
    let mut disk = Disk::of_names(&cancel);
    let around: Vec<&Path> = path.ancestors().collect();
    around.into_iter().rev().find_map(|folder| {
        let listed = disk.folder(folder).ok()?;
        let found = recognise(&mut disk, &listed).ok()?;
        let is_plate = is_mostly_images(&found, &listed);
        let plate = found.into_iter().find(|found| found.is_sure && path.starts_with(&found.root));
        plate.filter(|_| is_plate).map(|plate| plate.root)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes empty files; names are all that counts here.
    fn make(folder: &Path, files: &[&str]) {
        for file in files {
            let path = folder.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
    }

    #[test]
    fn what_lies_in_a_plate_that_is_not_open_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let top = crate::disk::canonical(root.path()).unwrap();
        make(
            &top,
            &[
                "flat/p_A01_s1_w1.tif",
                "flat/p_A01_s2_w1.tif",
                "flat/p_A01_s1_w1_thumb.tif",
                "flat/p_A01_s2_w1_thumb.tif",
                "flat/p.HTD",
                "database/2023-02-21/1234/TimePoint_1/p_A01_s1_w1.TIF",
                "harmony/Images/Index.idx.xml",
                "harmony/Images/r01c01f01p01-ch1sk1fk1fl1.tiff",
                "results/p/run/record.ron",
                "results/p/run/images/2-z-max/p.HTD",
                "results/p/run/images/2-z-max/TimePoint_1/p_A01_s1_w1.TIF",
                "home/p_A01_s1_w1.tif",
                "home/a.txt",
                "home/b.txt",
                "home/c.txt",
            ],
        );
        for (path, plate) in [
            ("flat", Some("flat")),
            ("flat/new", Some("flat")),
            ("flat/new/chart.png", Some("flat")),
            ("flat/../flat/chart.png", Some("flat")),
            ("flat/../chart.png", None),
            ("database/chart.png", Some("database")),
            ("database/2023-02-21/1234/TimePoint_1/new/chart.png", Some("database")),
            ("harmony/chart.png", Some("harmony")),
            ("harmony/Images/report", Some("harmony")),
            ("results/p/run/comparison.png", None),
            ("results/p/run/images/3-other", None),
            ("results/p/run/images/2-z-max/chart.png", Some("results/p/run/images/2-z-max")),
            ("home/new/chart.png", None),
            ("chart.png", None),
        ] {
            let found = destination(&top.join(path), NONE_OPEN).map_err(|refused| refused.plate);
            assert_eq!(found.err(), plate.map(|plate| top.join(plate)), "{path}");
        }
    }

    #[test]
    fn what_a_record_calls_a_plate_is_protected_where_it_is_one() {
        let root = tempfile::tempdir().unwrap();
        let top = crate::disk::canonical(root.path()).unwrap();
        make(&top, &["plate/p_A01_s1_w1.tif", "plate/p_A01_s2_w1.tif", "home/a.txt", "home/new/b.txt"]);
        let named = |path: &str| top.join(path);
        let table = [
            (PathBuf::from("/"), false),
            (PathBuf::new(), false),
            (PathBuf::from("."), false),
            (PathBuf::from(".."), false),
            (named("gone"), false),
            (named("home"), false),
            (named("home/a.txt"), false),
            (named("plate"), true),
        ];
        for (plate, is_plate) in table {
            assert_eq!(still_plates([&plate]).count() == 1, is_plate, "{}", plate.display());
        }
        // What is open is a plate, however it was told, but for all that there is.
        destination(&named("home/new"), ["/", "", ".."]).unwrap();
        destination(&named("home/new"), [named("home")]).unwrap_err();
    }

    #[test]
    fn a_plate_is_made_beside_plates_and_in_none() {
        let root = tempfile::tempdir().unwrap();
        let top = crate::disk::canonical(root.path()).unwrap();
        make(&top, &["plate/p_A01_s1_w1.tif", "plate/p_A01_s2_w1.tif"]);
        for (path, is_refused) in
            [("plate", false), ("new/plate", false), ("plate/new", true), ("plate/new/../new", true)]
        {
            let found = plate_destination(&top.join(path));
            assert_eq!(found.is_err(), is_refused, "{path}");
        }
    }
}

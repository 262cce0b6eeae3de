//! Deleting runs: what a record accounts for goes into the bin of its drive, and nothing else. Where that drive has none, it goes for
//! good, once the user was asked.

use std::path::{Path, PathBuf};

use crate::disk;
use crate::folders;
use crate::plate::{NONE_OPEN, destination};
use crate::record::Accounted;

/// Folders that are no run's, whatever lies in them: that of the results, and the user's own.
pub(super) fn never(results: &Path) -> Vec<PathBuf> {
    [results.to_owned()].into_iter().chain(folders::home_dir()).collect()
}

/// What the folder of a run holds, and what of it goes; or why nothing does.
pub(super) fn look(folder: &Path, never: &[PathBuf]) -> Result<Accounted, String> {
    let accounted = Accounted::read(folder).map_err(|error| format!("{error}."))?;
    if let Some(kept) = never.iter().find(|kept| disk::real(kept).starts_with(disk::real(folder))) {
        return Err(format!(
            "{} contains {}. The folder of a run never does, so nothing in it is deleted.",
            folder.display(),
            kept.display()
        ));
    }
    destination(folder, NONE_OPEN).map_err(|refused| {
        let plate = refused.plate.display();
        format!("{} is in the plate folder {plate}, where nothing is deleted.", folder.display())
    })?;
    Ok(accounted)
}

/// Moves what goes into the system's bin, or deletes it for good. Tells what went and what stays.
pub(super) fn delete(folder: &Path, for_good: bool, never: &[PathBuf]) -> Result<Accounted, String> {
    // Whatever happened to the folder since it was listed.
    let accounted = look(folder, never)?;
    for piece in &accounted.goes {
        let gone = match for_good {
            true => for_good_gone(piece),
            // Whatever became of the bin since it was looked for.
            false if !disk::has_bin(piece) => Err("there is no bin on its drive".to_owned()),
            false => trash::delete(piece).map_err(why_not_in_bin),
        };
        gone.map_err(|why| {
            format!("{} is still there: {why}. Delete it in the file manager.", piece.display())
        })?;
    }
    Ok(accounted)
}

fn for_good_gone(piece: &Path) -> Result<(), String> {
    let place = destination(piece, NONE_OPEN).map_err(|refused| refused.to_string())?;
    place.remove_whole().map_err(|error| error.to_string())
}

/// What the bin says, in words for people.
fn why_not_in_bin(error: trash::Error) -> String {
    match error {
        trash::Error::CouldNotAccess { .. } => "it may not be moved".to_owned(),
        #[cfg(all(unix, not(target_vendor = "apple")))]
        trash::Error::FileSystem { source, .. } => format!("it cannot be moved to the bin ({source})"),
        trash::Error::Os { description, .. } | trash::Error::Unknown { description } => {
            format!("it cannot be moved to the bin ({description})")
        }
        _ => "it cannot be moved to the bin".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::RECORD_FILE;

    fn write_run(folder: &Path) {
        let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/record-v1.ron");
        std::fs::create_dir_all(folder).unwrap();
        std::fs::copy(stored, folder.join(RECORD_FILE)).unwrap();
    }

    #[test]
    fn a_record_makes_no_run_of_a_folder_that_is_something_else() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        for folder in ["results", "home/downloads", "results/plate/run", "results/plate"] {
            write_run(&at(folder));
        }
        write_run(&at("plate"));
        for site in 1..=4 {
            std::fs::write(at(&format!("plate/p_A01_s{site}_w1.tif")), "pixels").unwrap();
        }
        write_run(&at("home"));
        let never = [at("results"), at("home/user"), at("home")];
        let table = [
            (at("results/plate/run"), None),
            (at("home/downloads"), None),
            (at("results/plate"), Some("also holds the run in")),
            (at("plate"), Some("where nothing is deleted")),
            (at("home"), Some("also holds the run in")),
        ];
        for (folder, refused) in table {
            let accounted = look(&folder, &never);
            let is_as_expected = match (&accounted, refused) {
                (Ok(accounted), None) => accounted.goes == [folder.clone()],
                (Err(why), Some(refused)) => why.contains(refused),
                _ => false,
            };
            assert!(is_as_expected, "{}: {accounted:?}", folder.display());
        }
        std::fs::remove_dir_all(at("home/downloads")).unwrap();
        std::fs::remove_dir_all(at("results/plate")).unwrap();
        // A folder that is none of a run's, and one around it.
        for folder in ["home", "results"] {
            let why = look(&at(folder), &never).unwrap_err();
            assert!(why.contains("so nothing in it is deleted"), "{why}");
        }
        assert!(look(&at("home"), &[at("home/user")]).is_err());
        assert!(at("home").join(RECORD_FILE).is_file());
    }

    /// Names the folder to the process in which it is deleted.
    const TO_DELETE: &str = "STEPWELL_TEST_DELETE";

    /// Not a test by itself: it is run in a process that has a bin of its own.
    #[test]
    #[ignore = "run by the next one"]
    fn in_a_process_of_its_own() {
        if let Some(folder) = std::env::var_os(TO_DELETE) {
            delete(Path::new(&folder), false, &[]).unwrap();
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    #[allow(clippy::print_stderr)] // a test that is skipped says so
    fn a_deleted_run_lies_in_the_bin_with_all_that_it_saved_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let (whole, shared) = (root.path().join("results/plate/whole"), root.path().join("downloads"));
        // The record names these, and downloads hold more.
        let image = "images/2-z-max/plate_A01_s1_w1_t1.tif";
        for run in [&whole, &shared] {
            write_run(run);
            std::fs::create_dir_all(run.join("images/2-z-max")).unwrap();
            std::fs::write(run.join(image), "pixels").unwrap();
        }
        std::fs::write(shared.join("thesis.doc"), "years of work").unwrap();
        let data = root.path().join("home/.local/share");
        std::fs::create_dir_all(&data).unwrap();
        let (_, module) = module_path!().split_once("::").unwrap();
        let test = format!("{module}::in_a_process_of_its_own");
        for run in [&whole, &shared] {
            let done = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", &test, "--ignored"])
                .env("HOME", root.path().join("home"))
                .env("XDG_DATA_HOME", &data)
                .env(TO_DELETE, run)
                .output()
                .unwrap();
            if !done.status.success() {
                eprintln!("skipped: this system has no bin: {}", String::from_utf8_lossy(&done.stdout));
                return;
            }
        }
        let binned = data.join("Trash/files");
        assert!(!whole.exists());
        assert!(binned.join("whole").join(RECORD_FILE).is_file());
        assert_eq!(std::fs::read(binned.join("whole").join(image)).unwrap(), b"pixels");
        let left: Vec<_> =
            std::fs::read_dir(&shared).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["thesis.doc"]);
        assert!(binned.join(RECORD_FILE).is_file() && binned.join("images/2-z-max").is_dir());
    }

    #[test]
    fn where_there_is_no_bin_a_run_goes_for_good_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let run = root.path().join("drive/run");
        write_run(&run);
        std::fs::write(run.join("thesis.doc"), "years of work").unwrap();
        delete(&run, true, &[]).unwrap();
        assert!(!run.join(RECORD_FILE).exists() && run.join("thesis.doc").is_file());
    }
}

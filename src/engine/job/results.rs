//! Where the results of a run go: a folder of its own, in that of its plate, never in a plate. Two plates of one
//! name have two folders.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::error::JobError;
use super::request::Job;
use crate::disk::{self, Destination};
use crate::engine::folder::WRITTEN;
use crate::limits;
use crate::own_files::put_aside;
use crate::plan::{Mode, Plan};
use crate::plate::{Likeness, PlateIdentity, destination, safe_prefix};
use crate::record::past_runs;

/// Name of the file that says whose results a folder holds.
const PLATE_FILE: &str = "plate.ron";

/// The results folder, absolute, there and writable, and in no plate.
/// There must be room for what the runs will write.
pub(super) fn prepare_results(
    results: &Path,
    plans: &[Plan],
    written_bytes: u64,
) -> Result<Destination, JobError> {
    let wrong = |why: String| JobError::Results { folder: results.to_owned(), why };
    let destination = destination(results, plans.iter().map(|plan| &plan.plate.root))?;
    if destination.path().to_str().is_none() {
        return Err(wrong("its name is not Unicode text: choose another folder".to_owned()));
    }
    destination
        .make_folder()
        .and_then(|()| check_may_write(destination.path()))
        .map_err(|error| wrong(format!("{error}: choose a folder that you may write to")))?;
    disk::check_room(destination.path(), written_bytes)
        .map_err(|why| wrong(format!("{why}: choose another folder, or save fewer images")))?;
    Ok(destination)
}

/// Whether this user may write into a folder that is there.
///
/// # Errors
/// What the system says.
fn check_may_write(folder: &Path) -> io::Result<()> {
    tempfile::tempfile_in(folder).map(drop)
}

/// Whether there is room for one more round after so many: for those that were asked for it was checked at the
/// beginning, and more are made only where they fit.
pub(super) fn has_room(job: &Job, results: &Destination, done: usize, round_bytes: u64) -> bool {
    done < job.rounds.at_least() || disk::check_room(results.path(), round_bytes).is_ok()
}

/// The folder that a run is to have, absolute and in no plate; it need not be there yet. There must be room for what the
/// run will write.
pub(super) fn prepare_into(
    folder: &Path,
    plans: &[Plan],
    written_bytes: u64,
) -> Result<Destination, JobError> {
    let wrong = |why: String| JobError::Results { folder: folder.to_owned(), why };
    let destination = destination(folder, plans.iter().map(|plan| &plan.plate.root))?;
    if destination.path().file_name().is_none() {
        return Err(wrong("a run needs a folder of its own: name one in it".to_owned()));
    }
    if destination.path().to_str().is_none() {
        return Err(wrong("its name is not Unicode text: choose another folder".to_owned()));
    }
    for folder in written_into(destination.path()) {
        check_may_write(&folder).map_err(|error| {
            wrong(format!("{}: {error}: choose a folder that you may write to", folder.display()))
        })?;
    }
    disk::check_room(destination.path(), written_bytes)
        .map_err(|why| wrong(format!("{why}: choose another folder, or save fewer images")))?;
    Ok(destination)
}

/// The folders that are there and that a run in a folder writes into: the folder and those in it that all runs have, or that in
/// which it is made.
fn written_into(run: &Path) -> Vec<PathBuf> {
    let there = |folder: &PathBuf| folder.is_dir();
    if run.is_dir() {
        let below = WRITTEN.iter().map(|name| run.join(name)).filter(there);
        return std::iter::once(run.to_owned()).chain(below).collect();
    }
    run.ancestors().map(Path::to_owned).find(there).into_iter().collect()
}

/// The path without links, or as it is where that cannot be told.
fn canonical(path: &Path) -> PathBuf {
    disk::canonical(path).unwrap_or_else(|_| path.to_owned())
}

/// Name of the folder of all results of a plate: that of the plate, with a number where another plate of this
/// name has it, or another user whose folder this one may not write into.
pub(super) fn plate_folder_name(results: &Path, plan: &Plan) -> String {
    let mut name = safe_prefix(&plan.plate.name);
    // The plate itself may lie among the results under the same name.
    let root = canonical(&plan.plate.root);
    if canonical(&results.join(&name)).starts_with(&root) {
        name.push_str(" results");
    }
    let plate = plan.plate.clone();
    let mut free = None;
    let mut number = 1;
    loop {
        let numbered = if number == 1 { name.clone() } else { format!("{name} ({number})") };
        let folder = results.join(&numbered);
        number += 1;
        // Another plate's own folder may lie here, too; nothing is written there.
        if folder.exists() && destination(&folder, [&plan.plate.root]).is_err() {
            continue;
        }
        match owner(&folder).map(|owner| owner.likeness(&plate)) {
            Some(Some(Likeness::Same | Likeness::Moved)) if check_may_write(&folder).is_ok() => {
                return numbered;
            }
            Some(_) => {}
            // The numbers have no gaps unless someone has made one.
            None if folder.exists() => {
                if check_may_write(&folder).is_ok() {
                    free.get_or_insert(numbered);
                }
            }
            None => return free.unwrap_or(numbered),
        }
    }
}

/// The plate whose results a folder holds; `None` where there are none.
fn owner(folder: &Path) -> Option<PlateIdentity> {
    let stored = disk::read_to_string(&folder.join(PLATE_FILE), limits::SMALL_FILE_BYTES).ok();
    if let Some(plate) = stored.and_then(|text| ron::from_str(&text).ok()) {
        return Some(plate);
    }
    // Runs of earlier versions tell it.
    let mut owner = None;
    past_runs(folder, &mut |run| {
        owner = run.ok().and_then(|past| past.run().map(|run| run.head.plate.clone()));
        owner.is_none()
    });
    owner
}

/// Says whose results a folder holds. Where that cannot be written, its runs say it.
fn write_owner(folder: &Destination, plan: &Plan) {
    let plate = plan.plate.clone();
    if owner(folder.path()).as_ref() == Some(&plate) {
        return;
    }
    let file = folder.join(PLATE_FILE);
    let is_bad = disk::read_to_string(file.path(), limits::SMALL_FILE_BYTES)
        .is_ok_and(|text| ron::from_str::<PlateIdentity>(&text).is_err());
    if is_bad && let Ok(Some(aside)) = put_aside(&file) {
        log::warn!(
            "whose results these are could not be read; the file is kept as {}",
            aside.path().display()
        );
    }
    if let Ok(text) = ron::ser::to_string_pretty(&plate, ron::ser::PrettyConfig::new()) {
        drop(disk::write(&file, text.as_bytes()));
    }
}

/// A name and folder for a run that no other run has: when, how, and a number where that is taken.
pub(super) fn run_folder(results: &Destination, plan: &Plan) -> Result<(String, PathBuf), JobError> {
    let folder_of_plate = results.join(plate_folder_name(results.path(), plan));
    folder_of_plate.make_folder().map_err(|error| JobError::Results {
        folder: folder_of_plate.path().to_owned(),
        why: error.to_string(),
    })?;
    write_owner(&folder_of_plate, plan);
    let when = jiff::Zoned::now().strftime("%Y-%m-%d %H.%M.%S").to_string();
    let mut how = plan.spec.mode.name().to_owned();
    if plan.spec.mode == Mode::Sequential {
        let names: Vec<_> = plan.spec.sequential.iter().map(|component| component.name()).collect();
        how = if names.is_empty() { how } else { format!("{} one at a time", names.join(" and ")) };
    }
    let mut number = 1;
    loop {
        let suffix = if number == 1 { String::new() } else { format!(" ({number})") };
        let run = format!("{when} {how}{suffix}");
        let folder = folder_of_plate.join(&run);
        // Creating it takes the name, also against another Stepwell.
        match folder.take_folder() {
            Ok(()) => return Ok((run, folder.path().to_owned())),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
            Err(error) => {
                let why = format!("{error}: choose another folder");
                return Err(JobError::Results { folder: folder.path().to_owned(), why });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_of_the_file_system_is_no_folder_of_a_run() {
        let folder = tempfile::tempdir().unwrap();
        prepare_into(&folder.path().join("run"), &[], 0).unwrap();
        let root = folder.path().ancestors().last().unwrap();
        for path in [root.to_owned(), root.join(".")] {
            let why = prepare_into(&path, &[], 0).unwrap_err().to_string();
            assert!(why.ends_with("a run needs a folder of its own: name one in it"), "{why}");
        }
    }
}

//! The beginning of a run's folder: its request is there before anything else, and all who work in it have the same.

use std::path::{Path, PathBuf};

use super::error::WorkError;
use crate::cancel::Cancel;
use crate::disk::{self, Destination, InPlate};
use crate::engine::request::RunRequest;
use crate::image::hash_of_file;
use crate::plan::Plan;
use crate::plate::destination;
use crate::record::RECORD_FILE;
use crate::record::folder::{
    FolderRequest, GivenFile, REQUEST_FILE, RunFolder, STRETCHES_FOLDER, WELLS_FOLDER,
};

/// The folders in which a run writes.
pub(in crate::engine) const WRITTEN: [&str; 4] = ["images", "tables", WELLS_FOLDER, STRETCHES_FOLDER];

/// What is asked for, as the folder of its run keeps it. Reads the files that its pipeline is given.
pub(super) fn request_of(request: &RunRequest, cancel: &Cancel) -> FolderRequest {
    let RunRequest { plan, compared, .. } = request;
    FolderRequest::of(plan, given_files(plan, cancel), compared.clone())
}

impl FolderRequest {
    /// That of a plan by itself. Reads the files that its pipeline is given.
    pub(crate) fn of_plan(plan: &Plan, cancel: &Cancel) -> Self {
        Self::of(plan, given_files(plan, cancel), None)
    }
}

fn given_files(plan: &Plan, cancel: &Cancel) -> Vec<GivenFile> {
    let hash = |path: PathBuf| {
        let hash = hash_of_file(&path, cancel).ok().and_then(Result::ok).flatten();
        GivenFile { path, hash }
    };
    plan.spec.pipeline.given_files().into_iter().map(hash).collect()
}

/// Makes the folder of a run with what its wells share, or looks whether that is the same in a folder that is there. What holds
/// is what the folder has.
///
/// # Errors
/// [`WorkError`]: another run has the folder, or it cannot be made.
pub(super) fn begin(folder: &Destination, wanted: &FolderRequest) -> Result<RunFolder, WorkError> {
    let io = |source| WorkError::Io { path: folder.path().to_owned(), source };
    let text = ron::ser::to_string_pretty(wanted, ron::ser::PrettyConfig::new().depth_limit(4))
        .map_err(|error| WorkError::NoText(error.to_string()))?;
    if !folder.path().is_dir() {
        disk::make_folder_with(folder, REQUEST_FILE, text.as_bytes()).map_err(io)?;
    }
    let file = folder.join(REQUEST_FILE);
    if !file.path().exists() {
        if folder.path().join(RECORD_FILE).exists() {
            return Err(WorkError::Earlier { folder: folder.path().to_owned() });
        }
        disk::write_if_absent(&file, text.as_bytes()).map_err(io)?;
    }
    let found = RunFolder::read(folder.path())?;
    let differences = found.request.differences(wanted);
    if !differences.is_empty() {
        return Err(WorkError::OtherRequest { folder: folder.path().to_owned(), differences });
    }
    for name in [WELLS_FOLDER, STRETCHES_FOLDER] {
        folder.join(name).make_folder().map_err(io)?;
    }
    Ok(found)
}

/// Looks whether the folders in which a run writes lie in no plate: these are never written to, wherever they lie. What a run
/// has made there itself looks like one.
pub(super) fn check_folders(folder: &Destination, plate: &Path) -> Result<(), InPlate> {
    let is_begun = folder.path().join(REQUEST_FILE).exists();
    for path in WRITTEN.map(|name| folder.path().join(name)) {
        if !is_begun {
            destination(&path, [plate])?;
        } else if disk::real(&path).starts_with(disk::real(plate)) {
            return Err(InPlate { path, plate: plate.to_owned() });
        }
    }
    Ok(())
}

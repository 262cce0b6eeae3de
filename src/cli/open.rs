//! Opening the plate that a command names.

use std::path::Path;

use super::failure::{Exit, Failure};
use crate::cancel::Cancel;
use crate::plate::{OpenError, Opened, Plate};

/// Opens the one plate that a path stands for.
pub(super) fn open(path: &Path, cancel: &Cancel) -> Result<Plate, Failure> {
    match crate::plate::open(path, cancel) {
        Ok(Opened::Plate(plate)) => Ok(*plate),
        Ok(Opened::Choose(candidates)) => {
            let why =
                format!("{} holds several plates or measurements. Name the one you mean:", path.display());
            let mut list = Vec::new();
            for candidate in candidates {
                let (path, name) = (candidate.path.display(), candidate.name);
                list.push(format!("  {path}  ({name}, {})", candidate.about));
                list.extend(candidate.files.iter().map(|file| format!("      {file}")));
            }
            Err(Failure { list, ..Failure::new(Exit::CannotOpen, why) })
        }
        Err(OpenError::Cancelled(_)) => Err(Failure::new(Exit::Stopped, "Cancelled.")),
        Err(error) => Err(Failure::new(Exit::CannotOpen, error.to_string())),
    }
}

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
            let mut why =
                format!("{} holds several plates or measurements. Name the one you mean:", path.display());
            for candidate in candidates {
                why.push_str(&format!(
                    "\n  {}  ({}, {})",
                    candidate.path.display(),
                    candidate.name,
                    candidate.about
                ));
                for file in candidate.files {
                    why.push_str(&format!("\n      {file}"));
                }
            }
            Err(Failure { exit: Exit::CannotOpen, why })
        }
        Err(OpenError::Cancelled(_)) => Err(Failure { exit: Exit::Stopped, why: "Cancelled.".to_owned() }),
        Err(error) => Err(Failure { exit: Exit::CannotOpen, why: error.to_string() }),
    }
}

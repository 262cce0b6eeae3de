//! Opening the plate that a command names.

use std::path::Path;

use super::failure::{Exit, Failure};
use crate::cancel::Cancel;
use crate::plate::{
    ImageNames, NamePattern, OpenError, Opened, Plate, PlateIdentity, open_by_pattern, suggestions,
};

/// Opens the one plate that a path stands for, by a pattern where one is given.
pub(super) fn open(path: &Path, pattern: Option<&NamePattern>, cancel: &Cancel) -> Result<Plate, Failure> {
    let opened = match pattern {
        Some(pattern) => open_by_pattern(path, pattern, cancel).map(|plate| Opened::Plate(Box::new(plate))),
        None => crate::plate::open(path, cancel),
    };
    match opened {
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
        Err(error) => {
            let list = if error.may_be_named() { patterns(path, cancel) } else { Vec::new() };
            Err(Failure { list, ..Failure::new(Exit::CannotOpen, error.to_string()) })
        }
    }
}

/// Opens the plate of a run where it was.
pub(super) fn open_named(known: &PlateIdentity, cancel: &Cancel) -> Result<Plate, Failure> {
    let pattern = known.pattern.as_deref().map(NamePattern::new).transpose();
    let pattern = pattern.map_err(|error| Failure::new(Exit::CannotOpen, error.to_string()))?;
    let opened = match &pattern {
        Some(pattern) => {
            open_by_pattern(&known.root, pattern, cancel).map(|plate| Opened::Plate(Box::new(plate)))
        }
        None => crate::plate::open(&known.root, cancel),
    };
    let plate = match opened {
        Ok(Opened::Plate(plate)) => *plate,
        // Of several in one folder it is that of the name.
        Ok(Opened::Choose(candidates)) => {
            let named = candidates.into_iter().find(|one| one.name == known.name);
            let path = named.map_or_else(|| known.root.clone(), |candidate| candidate.path);
            open(&path, pattern.as_ref(), cancel)?
        }
        Err(_) => open(&known.root, pattern.as_ref(), cancel)?,
    };
    match plate.identity().likeness(known) {
        Some(_) => Ok(plate),
        None => {
            let (root, name) = (known.root.display(), &known.name);
            let why = format!("The plate in {root} is {}, but the run is of {name}.", plate.name);
            Err(Failure::new(Exit::CannotOpen, why))
        }
    }
}

/// The patterns by which a folder that is no plate of a known format opens all the same.
fn patterns(path: &Path, cancel: &Cancel) -> Vec<String> {
    let found = ImageNames::list(path, cancel).ok().and_then(|names| suggestions(&names, cancel).ok());
    let mut list = Vec::new();
    for suggestion in found.unwrap_or_default() {
        // As a shell takes it.
        let quoted = suggestion.pattern.text().replace('\'', r"'\''");
        list.push(format!("  --pattern '{quoted}'  ({})", suggestion.counts));
    }
    if !list.is_empty() {
        list.insert(0, "Its images can be opened by their file names:".to_owned());
    }
    list
}

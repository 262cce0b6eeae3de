//! `stepwell import`: memory that other programs recorded.

use std::path::Path;

use super::args::ImportArgs;
use super::failure::{Exit, Failure};
use super::output::{print, print_json, print_stderr};
use super::watch::document;
use crate::disk::{self, Destination};
use crate::folders;
use crate::limits;
use crate::plate::{NONE_OPEN, destination};
use crate::watch::{Columns, ImportHints, Origin, RuleSet, WatchedRecord, import as read, take_folder};

pub(super) fn import(args: &ImportArgs) -> Result<Exit, Failure> {
    let rules = args.rules.as_deref().map(RuleSet::named).transpose()?;
    let columns = Columns { time: args.time.clone(), memory: args.memory.clone(), unit: args.unit };
    let hints = ImportHints { columns, rules };
    let results = args.out.clone().unwrap_or_else(folders::results_dir);
    let results = destination(&results, NONE_OPEN)?;
    let (mut runs, mut failed) = (Vec::new(), Vec::new());
    for file in &args.files {
        match one(file, args.name.as_deref(), &hints, &results) {
            Ok(record) => {
                if !args.json {
                    say(&record);
                }
                let mut run = document(&record);
                run["file"] = serde_json::json!(std::path::absolute(file).unwrap_or_else(|_| file.clone()));
                if let Origin::Imported { form, notes, .. } = &record.origin {
                    (run["recorded_by"], run["notes"]) = (serde_json::json!(form), serde_json::json!(notes));
                }
                runs.push(run);
            }
            // One that cannot be read keeps none of the others from being imported.
            Err(failure) if args.files.len() == 1 => return Err(failure),
            Err(failure) => {
                print_stderr(&failure.why);
                failed.push(serde_json::json!({ "file": file, "why": failure.why }));
            }
        }
    }
    let exit = match (runs.is_empty(), failed.is_empty()) {
        (true, _) => Exit::CannotOpen,
        (false, false) => Exit::SomeFailed,
        (false, true) => Exit::Done,
    };
    if args.json {
        print_json(&serde_json::json!({ "runs": runs, "failed": failed }));
    }
    Ok(exit)
}

/// Makes a run of one file.
fn one(
    file: &Path,
    name: Option<&str>,
    hints: &ImportHints,
    results: &Destination,
) -> Result<WatchedRecord, Failure> {
    let cannot = |why: String| Failure::new(Exit::CannotOpen, format!("{}: {why}.", file.display()));
    let bytes = disk::read(file, limits::IMPORTED_BYTES).map_err(|error| cannot(error.to_string()))?;
    let imported = read(&bytes, hints).map_err(|error| cannot(error.to_string()))?;
    let mut record = imported.into_record(&file.file_name().unwrap_or_default().to_string_lossy());
    record.name = name.map(ToOwned::to_owned);
    let folder = take_folder(results, &mut record)?;
    record.write(&folder).map_err(|error| cannot(error.to_string()))?;
    Ok(record)
}

fn say(record: &WatchedRecord) {
    record.sentences().iter().for_each(|sentence| print(sentence));
    if let Some(folder) = &record.folder {
        print(&format!("Record:   {}", folder.display()));
    }
}

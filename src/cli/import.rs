//! `stepwell import`: memory that other programs recorded.

use super::args::ImportArgs;
use super::failure::{Exit, Failure};
use super::output::{print, print_json, print_stderr};
use super::watch::document;
use crate::folders;
use crate::plate::{NONE_OPEN, destination};
use crate::watch::{Columns, ImportHints, Origin, RuleSet, WatchedRecord, import_file};

pub(super) fn import(args: &ImportArgs) -> Result<Exit, Failure> {
    let rules = args.rules.as_deref().map(RuleSet::named).transpose()?;
    let columns = Columns { time: args.time.clone(), memory: args.memory.clone(), unit: args.unit };
    let hints = ImportHints { columns, rules };
    let results = args.out.clone().unwrap_or_else(folders::results_dir);
    let results = destination(&results, NONE_OPEN)?;
    let (mut runs, mut failed) = (Vec::new(), Vec::new());
    for file in &args.files {
        match import_file(file, args.name.clone(), &hints, &results) {
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
            Err(error) if args.files.len() == 1 => {
                return Err(Failure::new(Exit::CannotOpen, format!("{error}.")));
            }
            Err(error) => {
                print_stderr(&format!("{error}."));
                failed.push(serde_json::json!({ "file": file, "why": error.to_string() }));
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

fn say(record: &WatchedRecord) {
    record.sentences().iter().for_each(|sentence| print(sentence));
    if let Some(folder) = &record.folder {
        print(&format!("Record:   {}", folder.display()));
    }
}

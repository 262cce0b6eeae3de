//! What a watched program was and how it was watched, in words: to show, and to say what differs between programs.

use super::settings::{SettingRow, beside};
use crate::local_time::moment_text;
use crate::quantity::bytes_text;
use crate::watch::{Origin, WatchedRecord};

/// Command line, origin, machine and version of some watched programs side by side.
pub fn settings_of_watched(records: &[&WatchedRecord]) -> Vec<SettingRow> {
    beside(records.iter().map(|record| described(record)))
}

fn described(record: &WatchedRecord) -> Vec<(&'static str, String)> {
    let unknown = || "unknown".to_owned();
    let machine = record.machine.as_ref();
    let of_machine = |text: fn(&crate::machine::Machine) -> String| machine.map_or_else(unknown, text);
    let origin = match &record.origin {
        Origin::Started => "started to be watched".to_owned(),
        Origin::Joined { pid } => format!("joined while it ran, process {pid}"),
        Origin::Imported { file, form, .. } => format!("told by {file} ({form})"),
    };
    vec![
        ("Run", record.run.clone()),
        ("Program", if record.program.is_empty() { unknown() } else { record.program.join(" ") }),
        ("Known from", origin),
        ("Began", record.started_unix_secs.map_or_else(unknown, |secs| moment_text(secs, None))),
        (
            "Folder of results",
            record
                .outputs
                .as_ref()
                .map_or_else(|| "none named".to_owned(), |outputs| outputs.folder.display().to_string()),
        ),
        ("System", of_machine(|machine| machine.system.clone())),
        ("Processors", of_machine(|machine| machine.cores.to_string())),
        (
            "Memory of the computer",
            machine.and_then(|machine| machine.memory_bytes).map_or_else(unknown, bytes_text),
        ),
        ("Stepwell", of_machine(|machine| machine.stepwell.clone())),
    ]
}

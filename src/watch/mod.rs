//! The memory of any program: watched while it runs, kept as a record, told moment by moment by what it says.
//!
//! Deliberately absent: what a program does with its memory. Only what the system tells of its processes is known, and
//! what its own lines say.

mod ended;
mod error;
mod folder;
mod following;
mod import;
mod lines;
mod listening;
mod outputs;
mod pace;
mod record;
mod rules;
mod starting;
mod tree;
mod verdict;
mod watching;
mod words;

pub use error::{WatchError, WatchedError};
pub use folder::{WATCHED_FOLDER, take_folder};
pub use import::{
    Columns, Form, ImportError, ImportFileError, ImportHints, Imported, Unit, import, import_file,
    is_named_as_recorded,
};
pub use outputs::outputs_in;
pub use record::{
    Moment, MomentKind, OUTPUT_LOG_FILE, Origin, WATCHED_FILE, WATCHED_VERSION, WatchedEnd, WatchedOutputs,
    WatchedRecord, WatchedSample, WatchedSummary,
};
pub use rules::{Becomes, Rule, RuleFile, RuleSet, RulesError};
pub use starting::Passing;
pub use tree::{RunningProgram, running_programs};
pub use verdict::WatchedVerdict;
pub use watching::{Ask, Target, WatchEvent, WatchRequest, watch};

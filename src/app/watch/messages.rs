//! What goes between the room of watched programs, the user and the threads.

use std::ffi::OsString;
use std::path::PathBuf;

use crossbeam_channel::Receiver;

use super::draft::WatchDraft;
use crate::watch::{Ask, Moment, RunningProgram, WatchEvent, WatchedRecord};

/// What the user asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchCommand {
    /// Show the dialog.
    Open,
    /// Close it; what is watched is watched on.
    Close,
    /// Something was typed or chosen.
    Change(Box<WatchDraft>),
    /// List the running programs anew.
    List,
    /// Start the program that is typed, and watch it.
    Start,
    /// Watch a program that is running, by the number of its process.
    Join(u32),
    /// Mark this moment, with some words.
    Mark(String),
    /// Watch it no more; it goes on.
    Stop,
    /// Choose another program.
    Another,
}

/// What is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watchable {
    /// A program that is started.
    Command {
        /// The program and its arguments.
        words: Vec<OsString>,
        /// The folder in which it starts.
        folder: Option<PathBuf>,
    },
    /// A process that is running.
    Process(u32),
}

/// What has to be done outside for it.
#[derive(Debug)]
pub enum WatchWork {
    /// List the running programs.
    List,
    /// Try rules on a line.
    Try {
        /// The rules.
        rules: String,
        /// The line.
        line: String,
    },
    /// Watch a program.
    Watch {
        /// For the answers.
        generation: u64,
        /// The program.
        what: Watchable,
        /// What the run is called.
        name: Option<String>,
        /// The rules for its lines.
        rules: Option<String>,
        /// What is asked for meanwhile.
        asked: Receiver<Ask>,
    },
}

/// What came of it.
#[derive(Debug)]
pub enum WatchNews {
    /// The running programs, or why they are not known.
    Listed(Result<Vec<RunningProgram>, String>),
    /// Rules were tried on a line.
    Tried {
        /// The rules.
        rules: String,
        /// The line.
        line: String,
        /// What it tells, if anything; or why the rules cannot be used.
        result: Result<Option<Moment>, String>,
    },
    /// Something was seen of the program.
    Seen {
        /// Of the request.
        generation: u64,
        /// What.
        event: WatchEvent,
    },
    /// It is watched no more.
    Ended {
        /// Of the request.
        generation: u64,
        /// Its record, or why there is none.
        result: Result<Box<WatchedRecord>, String>,
    },
}

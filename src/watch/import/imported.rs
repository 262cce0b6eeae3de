//! What a memory log comes to, and the record that is made of it.

use crate::watch::record::{Moment, Origin, WatchedRecord, WatchedSample};

/// The forms that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A `.dat` file of mprof, the recorder of memory_profiler.
    Mprof,
    /// A log of psrecord, as text or as CSV.
    Psrecord,
    /// A page of memray (flame graph or table), or what `memray parse` prints.
    Memray,
    /// A log whose lines tell times and memory, as rules say.
    Log,
    /// A table with a column of times and one of memory.
    Table,
}

impl Form {
    /// Its name in sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mprof => "mprof",
            Self::Psrecord => "psrecord",
            Self::Memray => "memray",
            Self::Log => "log",
            Self::Table => "table",
        }
    }
}

/// What a file says of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The form that it has.
    pub form: Form,
    /// What wrote it.
    pub writer: String,
    /// The command line of the program; empty where it is not told.
    pub command: Vec<String>,
    /// When the first sample was taken; `None` where only times since the start are told.
    pub started_unix_secs: Option<u64>,
    /// Memory over time, in seconds since the first.
    pub samples: Vec<WatchedSample>,
    /// What else it tells, in seconds since the first sample.
    pub moments: Vec<Moment>,
    /// What a reader should know of it, a sentence each.
    pub notes: Vec<String>,
}

impl Imported {
    /// Memory over time, of which nothing else is known yet.
    pub(super) fn new(form: Form, samples: Vec<WatchedSample>) -> Self {
        let (command, moments, notes) = Default::default();
        Self {
            form,
            writer: if form == Form::Table { "another program" } else { form.name() }.to_owned(),
            command,
            started_unix_secs: None,
            samples,
            moments,
            notes,
        }
    }

    /// The record of the run that it tells, from a file of a name.
    pub fn into_record(self, file: &str) -> WatchedRecord {
        let origin = Origin::Imported { file: file.to_owned(), form: self.writer, notes: self.notes };
        let mut record = WatchedRecord::new(self.command, origin);
        record.started_unix_secs = self.started_unix_secs;
        record.secs = self.samples.last().map(|sample| sample.at_secs);
        record.moments = self.moments;
        record.samples = self.samples;
        record.settle();
        record
    }
}

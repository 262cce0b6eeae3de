//! Why a file was not imported: what is wrong, where, and what to do.

use crate::shown_text::brief;

/// Why a file was not imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Nothing is in it.
    #[error("it is empty; record again")]
    Empty,
    /// It has none of the forms that are read.
    #[error(
        "it is no memory log that is known here; what is read: .dat of mprof, logs of psrecord, pages of memray, logs of OpenHCS, \
         tables (CSV) with a column of times and one of memory"
    )]
    Foreign,
    /// It is of memray, and has no memory over time.
    #[error(
        "it is {what} and has no memory over time; write a page by “memray flamegraph” from the capture, and import that page"
    )]
    NoCourse {
        /// What it is.
        what: &'static str,
    },
    /// A line is not what the form has there.
    #[error(
        "line {line} is “{}” where a {form} file has {expected}; the file is damaged, or several are mixed: take that line out, or \
         record again",
        brief(found)
    )]
    Line {
        /// Its number, from 1.
        line: usize,
        /// The form of the file.
        form: &'static str,
        /// What the form has there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A time lies before the one above it.
    #[error(
        "line {line} goes back in time; several recordings are in this file, or its lines are out of order: import them one by one"
    )]
    Backwards {
        /// Its number, from 1.
        line: usize,
    },
    /// It is a log of which no line tells memory together with a time.
    #[error(
        "of its lines, none tells memory together with a date and a time by the rules for {rules}; watch the program instead, with \
         these rules: stepwell watch --rules"
    )]
    NoMemoryInLog {
        /// What the rules are for.
        rules: String,
    },
    /// It has no memory at any time.
    #[error(
        "it is a {form} file without any memory; the recording ended before its first sample: record again"
    )]
    NoSamples {
        /// The form of the file.
        form: &'static str,
    },
    /// It is not clear which column of a table is wanted.
    #[error("its column of {wanted} is not clear; name it by {option}: {}", listed(columns))]
    Column {
        /// What the column should have.
        wanted: &'static str,
        /// The option that names it.
        option: &'static str,
        /// What there is to choose from.
        columns: Vec<String>,
    },
    /// There is no such column in a table.
    #[error("it has no column “{}”; its columns: {}", brief(name), listed(columns))]
    NoColumn {
        /// What was asked for.
        name: String,
        /// What there is.
        columns: Vec<String>,
    },
    /// It is not clear what a column's numbers count.
    #[error(
        "its column “{}” does not say its unit; say it by --unit: B, kB, MB, GB, KiB, MiB or GiB",
        brief(column)
    )]
    Unit {
        /// The column.
        column: String,
    },
    /// It has more rows than are read.
    #[error("it has more than {most} rows; take fewer of them")]
    Long {
        /// The most that are read.
        most: usize,
    },
}

fn listed(columns: &[String]) -> String {
    columns.iter().map(|column| format!("“{}”", brief(column))).collect::<Vec<_>>().join(", ")
}

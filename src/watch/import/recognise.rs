//! Which form a file has.

use super::columns::Columns;
use super::error::ImportError;
use super::imported::Imported;
use super::{log, memray, mprof, psrecord, table};
use crate::watch::rules::RuleSet;

/// What a user says of a file. What is not said is guessed where it is clear.
#[derive(Clone, Debug, Default)]
pub struct ImportHints {
    /// The columns of a table.
    pub columns: Columns,
    /// What lines of a log tell; without rules those that come with Stepwell are tried.
    pub rules: Option<RuleSet>,
}

/// Reads a file's bytes, whatever form they have.
///
/// # Errors
/// What is wrong with it, where, and what to do.
pub fn import(bytes: &[u8], hints: &ImportHints) -> Result<Imported, ImportError> {
    if bytes.starts_with(b"memray") {
        return Err(ImportError::NoCourse { what: "a capture of memray" });
    }
    if bytes.contains(&0) {
        return Err(ImportError::Foreign);
    }
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err(ImportError::Empty);
    }
    if let Some(what) = memray::without_course(text) {
        return Err(ImportError::NoCourse { what });
    }
    let is = |claims: fn(&str) -> bool| text.lines().take(LOOKED_AT).any(claims);
    if let Some(rules) = &hints.rules {
        log::read(text, rules)
    } else if is(mprof::is_line) {
        mprof::read(text)
    } else if is(psrecord::is_header) {
        psrecord::read(text)
    } else if memray::is_page(text) || is(memray::is_line) {
        memray::read(text)
    } else if let Some(rules) = log::rules_of(text) {
        log::read(text, &rules)
    } else if table::is_table(text) {
        table::read(text, &hints.columns)
    } else {
        Err(ImportError::Foreign)
    }
}

/// How many lines are looked at to tell a form by one of them.
const LOOKED_AT: usize = 100;

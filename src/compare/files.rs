//! The files of runs looked at again: whether they hold what was written. A record knows their hashes from when the run
//! ended, and no more.

use crate::cancel::{Cancel, Cancelled};
use crate::disk;
use crate::image::{ContentHash, hash_of_file};
use crate::quantity::{count_text, plural};
use crate::record::{RunRecord, hash_of_image};

/// The most files that a sentence names.
const MOST_NAMED: usize = 3;

/// A file that is not what its run wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedFile {
    /// The run that wrote it.
    pub run: String,
    /// What it was of: a key, or the path of a table.
    pub name: String,
    /// What is with it: `was changed after the run`.
    pub why: String,
}

/// What was found of the files of some runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilesCheck {
    /// Files that were read again.
    pub checked: usize,
    /// Results that were not: no file was kept of them, or it is too large to be read for this.
    pub unread: usize,
    /// The files that are not what was written.
    pub changed: Vec<ChangedFile>,
}

impl FilesCheck {
    /// Reads all files of results of some runs again. Progress is in files.
    ///
    /// # Errors
    /// Where it is cancelled.
    pub fn of(
        records: &[&RunRecord],
        progress: &dyn Fn(usize, usize),
        cancel: &Cancel,
    ) -> Result<Self, Cancelled> {
        let count = |record: &&RunRecord| record.outputs.len() + record.summary.tables.len();
        let of = records.iter().map(count).sum();
        let mut check = Self::default();
        let mut done = 0;
        for record in records {
            for output in &record.outputs {
                cancel.check()?;
                progress(done, of);
                done += 1;
                let found = record.source_of(output).map_or(Ok(None), |source| hash_of_image(&source));
                check.add(record, || output.key.to_string(), output.hash, found);
            }
            for table in &record.summary.tables {
                cancel.check()?;
                progress(done, of);
                done += 1;
                let found = hash_of_table(record, &table.path, cancel)?;
                check.add(record, || table.path.clone(), table.hash, found);
            }
        }
        progress(of, of);
        Ok(check)
    }

    /// Takes in what was found of a file: its hash, nothing where it was not read, or why it cannot be.
    fn add(
        &mut self,
        record: &RunRecord,
        name: impl Fn() -> String,
        written: ContentHash,
        found: Result<Option<ContentHash>, String>,
    ) {
        let why = match found {
            Ok(None) => {
                self.unread += 1;
                return;
            }
            Ok(Some(found)) if found == written => None,
            Ok(Some(_)) => Some("was changed after the run".to_owned()),
            Err(why) => Some(format!("cannot be read any more ({why})")),
        };
        self.checked += 1;
        let changed = why.map(|why| ChangedFile { run: record.run.clone(), name: name(), why });
        self.changed.extend(changed);
    }

    /// Whether all results are, now, what the records say.
    pub(super) fn is_whole(&self) -> bool {
        self.changed.is_empty() && self.unread == 0
    }

    /// What follows a sentence on how the results were; empty where they all still are so.
    pub(super) fn remark(&self) -> String {
        match (self.changed_text(), self.checked, self.unread) {
            (Some(changed), ..) => format!(" {changed}"),
            (None, 0, _) => " None of these files could be read again.".to_owned(),
            (None, _, 0) => String::new(),
            (None, checked, _) => {
                format!(" The {} that could be read again are unchanged.", plural(checked, "file"))
            }
        }
    }

    /// What was found, in a sentence.
    pub fn text(&self) -> String {
        self.changed_text().unwrap_or_else(|| match self.checked {
            0 => {
                "No file of the results could be read again: none is kept, or they are too large.".to_owned()
            }
            1 => "The one file is unchanged.".to_owned(),
            checked => format!("All {} are unchanged.", plural(checked, "file")),
        })
    }

    /// How many files are not what was written, with the names of a few; `None` where all are.
    pub(crate) fn changed_text(&self) -> Option<String> {
        let named = self.changed.iter().take(MOST_NAMED);
        let named: Vec<String> =
            named.map(|file| format!("{} of {} {}", file.name, file.run, file.why)).collect();
        let more = match self.changed.len().saturating_sub(MOST_NAMED) {
            0 => String::new(),
            more => format!(", and {} more", count_text(more)),
        };
        let files = plural(self.checked, "file");
        Some(match self.changed.len() {
            0 => return None,
            1 => format!("One of {files} is no longer what was written: {}.", named.join(", ")),
            changed => {
                format!(
                    "{} of {files} are no longer what was written: {}{more}.",
                    count_text(changed),
                    named.join(", ")
                )
            }
        })
    }
}

/// The hash of a table, which lies in the folder of its run.
fn hash_of_table(
    record: &RunRecord,
    path: &str,
    cancel: &Cancel,
) -> Result<Result<Option<ContentHash>, String>, Cancelled> {
    let Some(folder) = record.folder() else { return Ok(Ok(None)) };
    match disk::within(folder, folder.join(path)) {
        Ok(path) => hash_of_file(&path, cancel),
        Err(leads_out) => Ok(Err(leads_out.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_told_with_a_few_names() {
        let changed = |nth: usize| ChangedFile {
            run: "bulk".to_owned(),
            name: format!("A01_s{nth}"),
            why: "was changed after the run".to_owned(),
        };
        let check = |checked, unread, count| FilesCheck {
            checked,
            unread,
            changed: (1..=count).map(changed).collect(),
        };
        let one = "A01_s1 of bulk was changed after the run";
        let table = [
            (check(9, 0, 0), true, String::new(), "All 9 files are unchanged."),
            (
                check(0, 9, 0),
                false,
                " None of these files could be read again.".to_owned(),
                "No file of the results",
            ),
            (
                check(3, 6, 0),
                false,
                " The 3 files that could be read again are unchanged.".to_owned(),
                "All 3 files",
            ),
            (
                check(9, 0, 1),
                false,
                format!(" One of 9 files is no longer what was written: {one}."),
                "One of 9 files is no longer",
            ),
            (
                check(9, 0, 5),
                false,
                format!(
                    " 5 of 9 files are no longer what was written: {one}, A01_s2 of bulk was changed after the run, \
                     A01_s3 of bulk was changed after the run, and 2 more."
                ),
                "5 of 9 files are no longer",
            ),
        ];
        for (check, is_whole, remark, text) in table {
            assert_eq!((check.is_whole(), check.remark()), (is_whole, remark));
            assert!(check.text().starts_with(text), "{}", check.text());
        }
    }
}

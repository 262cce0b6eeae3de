//! The files of runs looked at again: whether they hold what was written. A record knows their hashes from when the run
//! ended, and no more.

use std::io::Read;
use std::path::Path;

use xxhash_rust::xxh3::Xxh3;

use crate::cancel::{Cancel, Cancelled};
use crate::disk;
use crate::image::{ImageRef, ImageSource, content_hash};
use crate::limits;
use crate::quantity::{bytes_text, count_text, plural};
use crate::record::RunRecord;

/// The most files that a sentence names.
const MOST_NAMED: usize = 3;

/// Bytes of a table that are read at once.
const PIECE_BYTES: usize = 1 << 20;

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
    /// Results of which no file was kept.
    pub unkept: usize,
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
            let folder = record.summary.record.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
            let images = record
                .outputs
                .iter()
                .map(|output| (output.key.to_string(), output.path.as_deref(), &output.hash, true));
            let tables = &record.summary.tables;
            let tables = tables
                .iter()
                .map(|table| (table.path.clone(), Some(table.path.as_str()), &table.hash, false));
            for (name, path, hash, is_image) in images.chain(tables) {
                cancel.check()?;
                progress(done, of);
                done += 1;
                let Some(path) = path else {
                    check.unkept += 1;
                    continue;
                };
                let path = folder.join(path);
                let found = if is_image { hash_of_image(&path) } else { hash_of_file(&path, cancel)? };
                check.checked += 1;
                let why = match found {
                    Ok(found) if found == *hash => continue,
                    Ok(_) => "was changed after the run".to_owned(),
                    Err(why) => format!("cannot be read any more ({why})"),
                };
                check.changed.push(ChangedFile { run: record.run.clone(), name, why });
            }
        }
        progress(of, of);
        Ok(check)
    }

    /// Whether all results are, now, what the records say.
    pub(super) fn is_whole(&self) -> bool {
        self.changed.is_empty() && self.unkept == 0
    }

    /// What follows a sentence on how the results were; empty where they all still are so.
    pub(super) fn remark(&self) -> String {
        match (self.changed_text(), self.checked, self.unkept) {
            (Some(changed), ..) => format!(" {changed}"),
            (None, 0, _) => " No files of them were kept.".to_owned(),
            (None, _, 0) => String::new(),
            (None, checked, _) => {
                format!(" The {} that were kept are as they were written.", plural(checked, "file"))
            }
        }
    }

    /// What was found, in a sentence.
    pub fn text(&self) -> String {
        self.changed_text().unwrap_or_else(|| match self.checked {
            0 => "No files of the results were kept.".to_owned(),
            1 => "The one file is what was written.".to_owned(),
            checked => format!("All {} are what was written.", plural(checked, "file")),
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
            1 => format!("One of {files} is not what was written: {}.", named.join(", ")),
            changed => {
                format!(
                    "{} of {files} are not what was written: {}{more}.",
                    count_text(changed),
                    named.join(", ")
                )
            }
        })
    }
}

fn hash_of_image(path: &Path) -> Result<String, String> {
    let read = ImageSource::file(path).decode_within(limits::SHOWN_IMAGE_BYTES);
    let (format, bytes) = read.map_err(|error| error.to_string())?;
    Ok(content_hash(ImageRef { format, bytes: &bytes }))
}

fn hash_of_file(path: &Path, cancel: &Cancel) -> Result<Result<String, String>, Cancelled> {
    let at = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut file = match disk::open(path) {
        Ok(file) => file.take(limits::TABLE_BYTES),
        Err(error) => return Ok(Err(at(error))),
    };
    let (mut hash, mut piece) = (Xxh3::new(), vec![0; PIECE_BYTES]);
    loop {
        cancel.check()?;
        match file.read(&mut piece) {
            Ok(0) if file.limit() == 0 => {
                let most = bytes_text(limits::TABLE_BYTES);
                return Ok(Err(format!("{}: it is larger than the {most} that a table has", path.display())));
            }
            Ok(0) => return Ok(Ok(format!("{:032x}", hash.digest128()))),
            Ok(len) => hash.update(&piece[..len]),
            Err(error) => return Ok(Err(at(error))),
        }
    }
}

//! The runs on disk: found again in the folders of results, listed without their samples and events,
//! and the names, notes and pins that users give them.
//!
//! All that is known of a run lies in its own folder, so that folders can be moved and copied.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::any::is_watched;
use super::folder::{REQUEST_FILE, WellsDone};
use super::run_folders::each_run_folder;
use super::{RECORD_FILE, RecordError, RunRecord};
use crate::disk::{self, Destination};
use crate::limits;
use crate::own_files::{self, Readable};
use crate::plan::{Mode, run_title};
use crate::shown_text::{brief, shorten};
use crate::watch::WatchedRecord;

/// Name of the file with what the user says of a run, beside its record.
pub const LABEL_FILE: &str = "label.ron";

/// The field of a record after which only long lists come.
const FIRST_LIST: &str = "    outputs:";

/// What a user says of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunLabel {
    /// A name; empty where it has none of its own.
    pub name: String,
    /// Free text on the run; empty where there is none.
    pub note: String,
    /// Whether it is kept at the top of the list.
    pub is_pinned: bool,
}

impl RunLabel {
    /// The most characters of a name.
    pub const NAME_CHARS: usize = limits::NAME_CHARS;
    /// The most characters of a note.
    pub const NOTE_CHARS: usize = limits::NOTE_CHARS;

    /// No longer than it may be, whoever wrote it.
    fn shortened(mut self) -> Self {
        shorten(&mut self.name, Self::NAME_CHARS);
        shorten(&mut self.note, Self::NOTE_CHARS);
        self
    }

    /// What is said of the run in a folder; a run of which nothing is said, or nothing that can be read,
    /// has an empty label.
    pub fn read(folder: &Path) -> Self {
        Self::readable(folder).map(|read| read.value.shortened()).unwrap_or_default()
    }

    /// What can be read of the label in a folder; `None` where there is none that can be opened.
    fn readable(folder: &Path) -> Option<Readable<Self>> {
        let path = disk::within(folder, folder.join(LABEL_FILE)).ok()?;
        let text = disk::read_to_string(&path, limits::SMALL_FILE_BYTES).ok()?;
        Some(own_files::readable(&text, |_| Ok(())))
    }

    /// Writes it beside the record. A label that cannot be read is put aside; where it is then.
    ///
    /// # Errors
    /// Where the folder is gone or cannot be written to.
    pub fn write(&self, folder: &Destination) -> Result<Option<PathBuf>, RecordError> {
        let file = folder.join(LABEL_FILE);
        let path = file.path().to_owned();
        let io = |source| RecordError::Io { path: path.clone(), source };
        let text = ron::ser::to_string_pretty(&self.clone().shortened(), ron::ser::PrettyConfig::new())
            .map_err(|error| RecordError::Malformed { path: path.clone(), why: error.to_string() })?;
        let is_good = Self::readable(folder.path()).is_some_and(|read| read.fault.is_none());
        let aside = if is_good { None } else { own_files::put_aside(&file).map_err(io)? };
        disk::write(&file, text.as_bytes()).map_err(io)?;
        Ok(aside.map(|aside| aside.path().to_owned()))
    }
}

/// A run that lies on the disk.
#[derive(Clone, Debug, PartialEq)]
pub struct PastRun {
    /// Its folder as it was found.
    pub folder: PathBuf,
    /// Its record without outputs, events and samples.
    pub head: RunRecord,
    /// What the user says of it.
    pub label: RunLabel,
    /// How far it is; `None` of a run of an earlier version, which nobody can continue with.
    pub wells: Option<WellsDone>,
}

impl PastRun {
    /// What it is called: `Channel, one at a time`, or the name that the user gave it, elided where it is long.
    pub fn title(&self) -> String {
        if self.label.name.is_empty() { run_title(&self.head.plan) } else { brief(&self.label.name) }
    }

    /// The run in a folder; `None` where there is none.
    ///
    /// # Errors
    /// Where its record cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>, RecordError> {
        match disk::within(folder, folder.join(RECORD_FILE))
            .map_err(RecordError::from)
            .and_then(|path| RunRecord::read_head(&path))
        {
            Ok(head) => Ok(Some(Self {
                folder: folder.to_owned(),
                wells: WellsDone::read(folder, Some(&head)),
                head,
                label: RunLabel::read(folder),
            })),
            Err(RecordError::Io { source, .. })
                if matches!(source.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                Self::begun(folder)
            }
            Err(error) => Err(error),
        }
    }

    /// The run in a folder that was started there and not put together yet; `None` where none was.
    fn begun(folder: &Path) -> Result<Option<Self>, RecordError> {
        if !folder.join(REQUEST_FILE).is_file() || disk::is_link(&folder.join(REQUEST_FILE)) {
            return Ok(None);
        }
        let (merged, path) = RunRecord::merged(folder)?;
        let mut head = merged.record.without_lists();
        head.summary.record = Some(path);
        let (label, wells) = (RunLabel::read(folder), WellsDone::read(folder, None));
        Ok(Some(Self { folder: folder.to_owned(), head, label, wells }))
    }
}

/// The record of a watched program that lies on the disk.
#[derive(Clone, Debug, PartialEq)]
pub struct PastWatched {
    /// Its folder as it was found.
    pub folder: PathBuf,
    /// Its record without moments and samples.
    pub head: WatchedRecord,
    /// What the user says of it.
    pub label: RunLabel,
}

/// What is found in a folder of results.
#[derive(Clone, Debug, PartialEq)]
pub enum Past {
    /// A run.
    Run(Box<PastRun>),
    /// A watched program.
    Watched(Box<PastWatched>),
}

impl Past {
    /// What lies in a folder; `None` where there is nothing of both.
    ///
    /// # Errors
    /// Where its record cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>, RecordError> {
        if is_watched(folder) {
            let head = WatchedRecord::read_head(folder)?;
            let (folder, label) = (folder.to_owned(), RunLabel::read(folder));
            return Ok(Some(Self::Watched(Box::new(PastWatched { folder, head, label }))));
        }
        Ok(PastRun::read(folder)?.map(|run| Self::Run(Box::new(run))))
    }

    /// The run, where it is one.
    pub fn run(&self) -> Option<&PastRun> {
        match self {
            Self::Run(run) => Some(run),
            Self::Watched(_) => None,
        }
    }

    /// The watched program, where it is one.
    pub fn watched(&self) -> Option<&PastWatched> {
        match self {
            Self::Run(_) => None,
            Self::Watched(watched) => Some(watched),
        }
    }

    /// Its folder as it was found.
    pub fn folder(&self) -> &Path {
        match self {
            Self::Run(run) => &run.folder,
            Self::Watched(watched) => &watched.folder,
        }
    }

    /// What the user says of it.
    pub fn label(&self) -> &RunLabel {
        match self {
            Self::Run(run) => &run.label,
            Self::Watched(watched) => &watched.label,
        }
    }

    /// The same, to be changed.
    pub(crate) fn label_mut(&mut self) -> &mut RunLabel {
        match self {
            Self::Run(run) => &mut run.label,
            Self::Watched(watched) => &mut watched.label,
        }
    }

    /// The name of its folder.
    pub fn run_name(&self) -> &str {
        match self {
            Self::Run(run) => &run.head.run,
            Self::Watched(watched) => &watched.head.run,
        }
    }

    /// What it is called: by the user, or else after what it did.
    pub fn title(&self) -> String {
        match self {
            Self::Run(run) => run.title(),
            Self::Watched(watched) if watched.label.name.is_empty() => watched.head.title(),
            Self::Watched(watched) => brief(&watched.label.name),
        }
    }

    /// When it began, in seconds since 1970 (UTC); `None` where that is not known.
    pub fn started_unix_secs(&self) -> Option<u64> {
        match self {
            Self::Run(run) => Some(run.head.started_unix_secs),
            Self::Watched(watched) => watched.head.started_unix_secs,
        }
    }

    /// The most memory of the process, or of all processes of a program.
    pub fn peak_rss_bytes(&self) -> Option<u64> {
        match self {
            Self::Run(run) => run.head.summary.peak_rss_bytes,
            Self::Watched(watched) => watched.head.summary.peak_rss_bytes,
        }
    }

    /// The most images in memory at once; of a program where it told that.
    pub fn images_at_once(&self) -> Option<u64> {
        match self {
            Self::Run(run) => Some(run.head.summary.images_at_once as u64),
            Self::Watched(watched) => watched.head.summary.images_at_once,
        }
    }

    /// How long it took; `None` where that is not known.
    pub fn secs(&self) -> Option<f64> {
        match self {
            Self::Run(run) => Some(run.head.summary.wall_secs),
            Self::Watched(watched) => watched.head.secs,
        }
    }

    /// How it took its images; `None` of a watched program.
    pub fn mode(&self) -> Option<Mode> {
        self.run().map(|run| run.head.plan.mode)
    }
}

/// Calls `each` with every run in a folder of results, which holds a folder for each plate with one for
/// each run; a folder of runs and that of a run will do, too. What cannot be read is an error of that
/// run alone, and no record hides those below it. Stops where `each` gives false.
pub fn past_runs(root: &Path, each: &mut dyn FnMut(Result<Past, RecordError>) -> bool) {
    // A record says where it is as an absolute path, and runs are known by it.
    let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
    each_run_folder(&root, &mut |found| match found.map(Past::read) {
        // Whatever lies in a folder hides no runs below it: anybody may have put a record there.
        Ok(Ok(Some(run))) => each(Ok(run)),
        Ok(Ok(None)) => true,
        Ok(Err(error)) | Err(error) => each(Err(error)),
    });
}

impl RunRecord {
    /// Reads a record without outputs, events and samples: quick also where there are many.
    ///
    /// # Errors
    /// As [`RunRecord::read`].
    pub fn read_head(path: &Path) -> Result<Self, RecordError> {
        let (mut head, is_cut) = disk::read_before(path, FIRST_LIST, limits::RECORD_BYTES)
            .map_err(|source| RecordError::Io { path: path.to_owned(), source })?;
        if is_cut {
            head.push(')');
        }
        // One that was written in another form has its lists all the same.
        Self::of_ron(&head, path).map(Self::without_lists)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_no_longer_than_a_user_can_write_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let long = RunLabel { name: "n".repeat(300_000), note: "ä".repeat(300_000), is_pinned: true };
        let text = ron::to_string(&long).expect("a text");
        std::fs::write(folder.path().join(LABEL_FILE), text).expect("writable");
        let read = RunLabel::read(folder.path());
        assert!(read.is_pinned);
        assert_eq!((read.name.chars().count(), read.note.chars().count()), (200, 2_000));
    }
}

//! Reading what lies in the folder of a run.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{
    FOLDER_VERSION, FolderRequest, REQUEST_FILE, STRETCHES_FOLDER, Stretch, WELLS_FOLDER, WellRecord,
};
use crate::disk::{self, LeadsOut};
use crate::events::{Course, FailedImage};
use crate::limits;
use crate::plate::WellId;
use crate::plausible;

/// Why a file in the folder of a run is of no use.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It could not be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is a link out of the folder.
    #[error(transparent)]
    LeadsOut(#[from] LeadsOut),
    /// It is not what its name says.
    #[error("{}: not {what}: {why}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
        /// Where and why not.
        why: String,
    },
    /// It was written by a later version.
    #[error("{}: of version {version}, this Stepwell reads up to {FOLDER_VERSION}: use a newer Stepwell", path.display())]
    TooNew {
        /// The file.
        path: PathBuf,
        /// The version that it gives.
        version: u32,
    },
    /// The folder has no request.
    #[error(
        "{} is not the folder of a run that can be continued: it has no {REQUEST_FILE}, like all runs of earlier versions",
        folder.display()
    )]
    NoRequest {
        /// The folder.
        folder: PathBuf,
    },
}

/// The folder of a run. Its stretches and wells are read when they are asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct RunFolder {
    path: PathBuf,
    /// What all its wells share.
    pub request: FolderRequest,
}

/// How a well that is done went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WellProgress {
    /// The well.
    pub well: WellId,
    /// Images and results of it that is missing or failed.
    pub failed: usize,
    /// The most resident memory while it was worked on; `None` where the system does not tell, and of a well that was
    /// processed together with one before it.
    pub peak_rss_bytes: Option<u64>,
    /// Seconds that it took.
    pub secs: f64,
}

impl RunFolder {
    /// Reads what its wells share.
    ///
    /// # Errors
    /// [`FolderError`]
    pub fn read(folder: &Path) -> Result<Self, FolderError> {
        let path = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let file = path.join(REQUEST_FILE);
        let request: Option<FolderRequest> = read(&path, &file)?;
        let request = request.ok_or_else(|| FolderError::NoRequest { folder: path.clone() })?;
        let no_run = |why: String| FolderError::Malformed { path: file, what: FolderRequest::WHAT, why };
        request.spec.check().map_err(|fault| no_run(fault.to_string()))?;
        Ok(Self { path, request })
    }

    /// The stretches of work that were started in it, in the order of their beginnings, and which cannot be read, in sentences.
    pub fn stretches(&self) -> (Vec<Stretch>, Vec<String>) {
        let (mut stretches, mut unread) = (Vec::new(), Vec::new());
        for name in names(&self.path.join(STRETCHES_FOLDER)) {
            let Some(id) = name.strip_suffix(".ron") else { continue };
            match stretch_in(&self.path, id) {
                Ok(stretch) => stretches.extend(stretch),
                Err(error) => {
                    unread.push(format!("It is not known which wells one stretch of work was for: {error}."));
                }
            }
        }
        stretches.sort_by(|a, b| (a.started_unix_secs, &a.id).cmp(&(b.started_unix_secs, &b.id)));
        (stretches, unread)
    }

    /// Its absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All wells that any command was asked for.
    pub fn wanted(&self) -> BTreeSet<WellId> {
        wanted_of(&self.stretches().0)
    }

    /// The wells that say of themselves that they are done, by the names of their files alone.
    pub fn done(&self) -> BTreeSet<WellId> {
        done_in(&self.path)
    }

    /// The wanted wells that are not done.
    pub fn undone(&self) -> BTreeSet<WellId> {
        let done = self.done();
        self.wanted().into_iter().filter(|well| !done.contains(well)).collect()
    }

    /// What was written down of a well that is done; `None` of one that is not.
    ///
    /// # Errors
    /// Where its file cannot be read.
    pub fn well(&self, well: WellId) -> Result<Option<WellRecord>, FolderError> {
        well_in(&self.path, well)
    }

    /// What was saved of a well before its stretch ended; `None` where nothing was written down.
    ///
    /// # Errors
    /// Where its file cannot be read.
    pub fn part_of_well(&self, well: WellId) -> Result<Option<WellRecord>, FolderError> {
        begun_in(&self.path, well)
    }

    /// How a well that is done went.
    ///
    /// # Errors
    /// Where its file cannot be read.
    pub fn progress_of(&self, well: WellId) -> Result<Option<WellProgress>, FolderError> {
        let Some(record) = self.well(well)? else { return Ok(None) };
        let mut course = Course::new();
        record.events.iter().for_each(|event| course.apply(event));
        record.samples.iter().for_each(|sample| course.sample(*sample));
        let from_secs = record.events.first().map_or(0.0, |event| event.at_secs);
        Ok(Some(WellProgress {
            well,
            failed: FailedImage::count(&record.failed),
            peak_rss_bytes: course.summary.peak_rss_bytes,
            secs: (course.at_secs() - from_secs).max(0.0),
        }))
    }

    /// Whether somebody works in it now; `false` where the file system cannot tell.
    pub fn is_going_on(&self) -> bool {
        let names = names(&self.path.join(STRETCHES_FOLDER));
        names.iter().filter_map(|name| name.strip_suffix(".lock")).any(|id| is_live(&self.path, id))
    }
}

/// All wells that stretches were asked for.
pub(super) fn wanted_of(stretches: &[Stretch]) -> BTreeSet<WellId> {
    stretches.iter().flat_map(|stretch| &stretch.wanted).copied().collect()
}

/// A stretch in the folder of a run; `None` where there is none of this name.
///
/// # Errors
/// Where its file cannot be read.
pub(crate) fn stretch_in(folder: &Path, id: &str) -> Result<Option<Stretch>, FolderError> {
    read(folder, &folder.join(stretch_file(id)))
}

/// The wells of a run's folder that say of themselves that they are done, by the names of their files alone.
pub(crate) fn done_in(folder: &Path) -> BTreeSet<WellId> {
    let names = names(&folder.join(WELLS_FOLDER));
    let well = |name: &String| -> Option<WellId> {
        let well = name.strip_suffix(".ron")?.parse().ok()?;
        (well_file(well).rsplit('/').next() == Some(name)).then_some(well)
    };
    names.iter().filter_map(well).collect()
}

/// What was written down of a well that is done in a run's folder; `None` of one that is not.
///
/// # Errors
/// Where its file cannot be read.
pub(crate) fn well_in(folder: &Path, well: WellId) -> Result<Option<WellRecord>, FolderError> {
    well_at(folder, well, &well_file(well))
}

/// What was saved of a well in a run's folder before its stretch ended; `None` where nothing was written down.
///
/// # Errors
/// Where its file cannot be read.
pub(crate) fn begun_in(folder: &Path, well: WellId) -> Result<Option<WellRecord>, FolderError> {
    well_at(folder, well, &part_file(well))
}

fn well_at(folder: &Path, well: WellId, name: &str) -> Result<Option<WellRecord>, FolderError> {
    let file = folder.join(name);
    let record: Option<WellRecord> = read(folder, &file)?;
    match record {
        Some(record) if record.well != well => Err(FolderError::Malformed {
            path: file,
            what: WellRecord::WHAT,
            why: format!("it is of {}", record.well),
        }),
        record => Ok(record),
    }
}

/// Path of the file of a well that is done in the run's folder.
pub(crate) fn well_file(well: WellId) -> String {
    format!("{WELLS_FOLDER}/{well}.ron")
}

/// Path of the file of what was saved of a well that is not done in the run's folder.
pub(crate) fn part_file(well: WellId) -> String {
    format!("{WELLS_FOLDER}/{well}.begun.ron")
}

/// Path of the file of a stretch in the run's folder.
pub(crate) fn stretch_file(id: &str) -> String {
    format!("{STRETCHES_FOLDER}/{id}.ron")
}

/// Path of the file in the run's folder that whoever works in a stretch keeps locked.
pub(crate) fn lock_file(id: &str) -> String {
    format!("{STRETCHES_FOLDER}/{id}.lock")
}

/// Whether whoever works in a stretch is still there; `false` where the file system cannot tell.
pub(crate) fn is_live(folder: &Path, id: &str) -> bool {
    // A name that leads elsewhere is none of a stretch.
    let is_name = Path::new(id).file_name().is_some_and(|name| name == id);
    let lock = is_name.then(|| disk::within(folder, folder.join(lock_file(id))).ok()).flatten();
    lock.is_some_and(|lock| disk::is_locked(&lock))
}

pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// A file of the folder, which says of which version it is.
trait Versioned: DeserializeOwned + Serialize {
    /// What it should be, in words.
    const WHAT: &str;

    fn version(&self) -> u32;
}

impl Versioned for FolderRequest {
    const WHAT: &str = "what a run shares";

    fn version(&self) -> u32 {
        self.version
    }
}

impl Versioned for Stretch {
    const WHAT: &str = "a stretch of work";

    fn version(&self) -> u32 {
        self.version
    }
}

impl Versioned for WellRecord {
    const WHAT: &str = "what a run came to in a well";

    fn version(&self) -> u32 {
        self.version
    }
}

/// Reads one of the folder's files; `None` where it is not there.
fn read<T: Versioned>(folder: &Path, file: &Path) -> Result<Option<T>, FolderError> {
    let path = disk::within(folder, file.to_owned())?;
    let text = match disk::read_to_string(&path, limits::RECORD_BYTES) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(source) => return Err(FolderError::Io { path, source }),
    };
    of_ron(&text, &path).map(Some)
}

/// Reads one of the folder's files from its text.
fn of_ron<T: Versioned>(text: &str, path: &Path) -> Result<T, FolderError> {
    #[derive(serde::Deserialize)]
    struct Version {
        version: u32,
    }
    let malformed = |why: String| FolderError::Malformed { path: path.to_owned(), what: T::WHAT, why };
    let no_ron = |error: ron::error::SpannedError| malformed(error.to_string());
    // What this version cannot read may be of a later one; a file is not gone through twice for that.
    let read = ron::from_str(text).map_err(no_ron);
    let version = match &read {
        Ok(read) => T::version(read),
        Err(_) => ron::from_str(text).map(|Version { version }| version).map_err(no_ron)?,
    };
    if version > FOLDER_VERSION {
        return Err(FolderError::TooNew { path: path.to_owned(), version });
    }
    let read = read?;
    plausible::check(&read).map_err(|fault| malformed(fault.to_string()))?;
    Ok(read)
}

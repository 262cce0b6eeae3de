//! What the folder of a run holds: what its record accounts for, which goes where the run is deleted, and all else, which
//! stays.
//!
//! A record may lie in any folder, put there by anybody, so that it says nothing of what else is there.
//! Deliberately absent: deleting.

mod names;
mod zarr;

use std::collections::HashSet;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use names::{names_of, part_of};
use zarr::ZarrFields;

use super::any::is_watched;
use super::folder::{
    CONDITIONS_FILE, REQUEST_FILE, RunFolder, STRETCH_LOCKS, STRETCHES_FOLDER, WELLS_FOLDER,
};
use super::{LABEL_FILE, RECORD_FILE, RecordError, RunRecord, StretchSummary};
use crate::disk;
use crate::events::Outcome;
use crate::logging::RUN_LOG_FILE;
use crate::plate::{COMPANION_ENDING, LOAD_DATA_FILE, WellId, safe_prefix};
use crate::quantity::plural;
use crate::watch::{OUTPUT_LOG_FILE, WATCHED_FILE, WatchedRecord};

/// Name of the picture of a comparison beside the record of its last run.
pub const CHART_FILE: &str = "comparison.png";

/// Folder of the kept images in that of the run.
const IMAGES: &str = "images";

/// Folder of the tables in that of the run.
const TABLES: &str = "tables";

/// The files in the folder of a watched program, the record last: while it is there, the program is still listed.
const OF_WATCHED: [&str; 3] = [LABEL_FILE, OUTPUT_LOG_FILE, WATCHED_FILE];

/// This many of what stays are named.
const MOST_NAMED: usize = 5;

/// Why it cannot be told what of a folder is a run's.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// There is no record, or none that can be read.
    #[error("{} is not the folder of a run: {why}", folder.display())]
    NoRun {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with its record.
        why: RecordError,
    },
    /// The folder is a link.
    #[error("{} is a link to a folder: delete the link, or the run that it leads to", folder.display())]
    Link {
        /// The link.
        folder: PathBuf,
    },
    /// A command works in the folder.
    #[error("a command is working in {}: wait until it is done, or end it", folder.display())]
    GoingOn {
        /// The folder of the run.
        folder: PathBuf,
    },
    /// Other runs lie in the folder.
    #[error("{} also holds the run in {}: move that to another folder first", folder.display(), other.display())]
    OtherRun {
        /// The folder of the run.
        folder: PathBuf,
        /// That of the run in it.
        other: PathBuf,
    },
    /// A folder cannot be listed.
    #[error("{}: {source}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// What is in the folder of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounted {
    /// What the record accounts for, in the largest pieces that hold nothing else: the folder itself, or files and
    /// folders in it, the record last.
    pub goes: Vec<PathBuf>,
    /// This many files these are.
    pub going: usize,
    /// What else is there, by its path in the folder; the first few.
    pub stays: Vec<String>,
    /// This many they are.
    pub staying: usize,
}

impl Accounted {
    /// What is in the folder of a run. No link is followed.
    ///
    /// # Errors
    /// [`AccountError`], where it is not the folder of one run.
    pub fn read(folder: &Path) -> Result<Self, AccountError> {
        if disk::is_link(folder) {
            return Err(AccountError::Link { folder: folder.to_owned() });
        }
        let no_run = |why| AccountError::NoRun { folder: folder.to_owned(), why };
        if is_watched(folder) {
            WatchedRecord::read_head(folder).map_err(|error| no_run(error.into()))?;
            return Self::of_watched(folder);
        }
        let path = disk::within(folder, folder.join(RECORD_FILE)).map_err(RecordError::from);
        let is_begun = || folder.join(REQUEST_FILE).is_file();
        let path = path.map(|path| if !path.exists() && is_begun() { folder.to_owned() } else { path });
        let record = path.and_then(|path| RunRecord::read(&path)).map_err(no_run)?;
        if RunFolder::read(folder).is_ok_and(|folder| folder.is_going_on()) {
            return Err(AccountError::GoingOn { folder: folder.to_owned() });
        }
        let account = Account::of(&record, folder);
        let mut accounted = Self::default();
        let (goes, is_whole) = accounted.add(folder, folder, &account)?;
        accounted.goes = if is_whole { vec![folder.to_owned()] } else { goes };
        let last = [REQUEST_FILE, RECORD_FILE].map(|name| folder.join(name));
        // While anything is left, the run is still listed.
        accounted.goes.sort_by_key(|piece| last.iter().position(|name| name == piece));
        Ok(accounted)
    }

    /// What is in the folder of a watched program: it has few files, and none of them is named by its record.
    fn of_watched(folder: &Path) -> Result<Self, AccountError> {
        let io = |source| AccountError::Io { path: folder.to_owned(), source };
        let mut accounted = Self::default();
        let entries: Vec<DirEntry> = fs::read_dir(folder).and_then(Iterator::collect).map_err(io)?;
        let mut names: Vec<_> = entries.iter().map(DirEntry::file_name).collect();
        names.sort();
        for name in names {
            let path = folder.join(&name);
            let is_file = path.symlink_metadata().map_err(io)?.is_file();
            match is_file && OF_WATCHED.iter().any(|known| name == *known) {
                true => accounted.goes.push(path),
                false => accounted.stay(Path::new(&name)),
            }
        }
        accounted.going = accounted.goes.len();
        if accounted.staying == 0 {
            accounted.goes = vec![folder.to_owned()];
        }
        Ok(accounted)
    }

    /// `3 files that are not this run's stay: a.txt, b.txt, c.txt`; nothing where all goes.
    pub fn staying_text(&self) -> Option<String> {
        let verb = if self.staying == 1 {
            "does not belong to this run and stays"
        } else {
            "do not belong to this run and stay"
        };
        let more = self.staying.saturating_sub(self.stays.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let text = format!("{} {verb}: {}{more}", plural(self.staying, "file"), self.stays.join(", "));
        (self.staying > 0).then_some(text)
    }

    /// Looks at a folder. Gives its pieces that go, and whether nothing in it stays.
    fn add(
        &mut self,
        run: &Path,
        folder: &Path,
        account: &Account,
    ) -> Result<(Vec<PathBuf>, bool), AccountError> {
        let io = |source| AccountError::Io { path: folder.to_owned(), source };
        let entries: Vec<DirEntry> = fs::read_dir(folder).and_then(Iterator::collect).map_err(io)?;
        if folder != run && entries.iter().any(|entry| entry.file_name() == RECORD_FILE) {
            return Err(AccountError::OtherRun { folder: run.to_owned(), other: folder.to_owned() });
        }
        let (mut goes, mut is_whole) = (Vec::new(), true);
        let mut paths: Vec<PathBuf> = entries.iter().map(DirEntry::path).collect();
        paths.sort();
        for path in paths {
            let below = path.strip_prefix(run).unwrap_or(&path);
            let kind = path.symlink_metadata().map_err(io)?.file_type();
            let is_whole_below = if kind.is_dir() {
                let (pieces, is_whole_below) = self.add(run, &path, account)?;
                // An empty folder is of the run where the run makes such.
                let goes_whole = is_whole_below && (!pieces.is_empty() || account.has_folder(below));
                match goes_whole {
                    true => goes.push(path.clone()),
                    false if is_whole_below => self.stay(below),
                    false => goes.extend(pieces),
                }
                goes_whole
            } else if kind.is_file() && account.has(below) {
                self.going += 1;
                goes.push(path.clone());
                true
            } else {
                self.stay(below);
                false
            };
            is_whole &= is_whole_below;
        }
        Ok((goes, is_whole))
    }

    fn stay(&mut self, below: &Path) {
        self.staying += 1;
        if self.stays.len() < MOST_NAMED {
            self.stays.push(below.display().to_string());
        }
    }
}

/// What a record accounts for in the folder of its run.
struct Account {
    /// The images and tables that it names, with `/` between folders.
    named: HashSet<String>,
    steps: usize,
    /// What the names of images and of what describes them begin with.
    prefix: String,
    /// Whether it names all that was written: the process of a run that failed may have ended before it told.
    is_complete: bool,
    zarr: ZarrFields,
}

impl Account {
    fn of(record: &RunRecord, folder: &Path) -> Self {
        let images = record.outputs.iter().filter_map(|output| output.path.as_deref());
        let tables = record.summary.tables.iter().map(|table| table.path.as_str());
        // Records of old have absolute paths.
        let below = |path| Path::new(path).strip_prefix(folder).unwrap_or(Path::new(path)).to_owned();
        let was_followed =
            |stretch: &StretchSummary| stretch.outcome.is_some_and(|outcome| outcome != Outcome::Failed);
        let is_complete = record.outcome != Outcome::Failed && record.stretches.iter().all(was_followed);
        Self {
            named: images.chain(tables).filter_map(|path| Some(names_of(&below(path))?.join("/"))).collect(),
            steps: record.spec.pipeline.steps.len(),
            prefix: safe_prefix(&record.plate.name),
            is_complete,
            zarr: ZarrFields::of(&record.outputs, is_complete),
        }
    }

    /// The same of a run of which processes may have written more than they told.
    fn of_incomplete(self, record: &RunRecord) -> Self {
        Self { is_complete: false, zarr: ZarrFields::of(&record.outputs, false), ..self }
    }

    /// Whether a run writes such a file and this one did, by its path in the run's folder. What a record names elsewhere
    /// than where runs write is not the run's.
    fn has(&self, below: &Path) -> bool {
        let Some(names) = names_of(below) else { return false };
        let is_named = || self.named.contains(&names.join("/"));
        match names.as_slice() {
            [name] => {
                let own = [RECORD_FILE, REQUEST_FILE, CONDITIONS_FILE, LABEL_FILE, RUN_LOG_FILE, CHART_FILE];
                own.contains(&part_of(name).unwrap_or(name))
            }
            [STRETCHES_FOLDER, name] => {
                let name = part_of(name).unwrap_or(name);
                name.ends_with(".ron") || name.ends_with(".lock") || STRETCH_LOCKS.contains(&name)
            }
            [WELLS_FOLDER, name] => {
                let name = part_of(name).unwrap_or(name);
                name.split_once('.').is_some_and(|(well, rest)| is_well(well) && rest.ends_with("ron"))
            }
            [WELLS_FOLDER, well, name] => {
                is_well(well) && self.is_of_step(name) && part_of(name).unwrap_or(name).ends_with(".csv")
            }
            [TABLES, name] => self.is_of_step(name) && (is_named() || part_of(name).is_some()),
            [IMAGES, step, folders @ .., name] if self.is_of_step(step) => {
                let begins = |with: &str| {
                    name.strip_prefix(self.prefix.as_str()).is_some_and(|rest| rest.starts_with(with))
                };
                let is_image = begins("_") && (name.ends_with(".TIF") || name.ends_with(".ome.tif"));
                (folders.is_empty()
                    && (begins(".HTD") || begins(COMPANION_ENDING) || *name == LOAD_DATA_FILE))
                    || is_named()
                    || part_of(name).is_some_and(|_| begins("_") || begins("."))
                    || (is_image && !self.is_complete)
                    || self.zarr.have(&names, &self.prefix)
            }
            _ => false,
        }
    }

    /// Whether a run makes such a folder.
    fn has_folder(&self, below: &Path) -> bool {
        match names_of(below).as_deref() {
            Some([IMAGES | TABLES | STRETCHES_FOLDER | WELLS_FOLDER]) => true,
            Some([WELLS_FOLDER, well]) => is_well(well),
            Some([IMAGES, step, ..]) => self.is_of_step(step),
            _ => false,
        }
    }

    /// Whether a name is that of a step of the run, as `2-z-max`.
    fn is_of_step(&self, name: &str) -> bool {
        let number = name.split_once('-').and_then(|(number, _)| number.parse::<usize>().ok());
        number.is_some_and(|number| (1..=self.steps).contains(&number))
    }
}

/// The parts of files that processes of a run left which were killed. No link is followed.
pub(crate) fn parts_left(record: &RunRecord, folder: &Path) -> Vec<PathBuf> {
    let account = Account::of(record, folder).of_incomplete(record);
    let mut parts = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(around) = folders.pop() {
        for entry in fs::read_dir(&around).into_iter().flatten().flatten() {
            let (Ok(kind), path) = (entry.file_type(), entry.path()) else { continue };
            let Ok(below) = path.strip_prefix(folder) else { continue };
            let is_part = entry.file_name().to_str().is_some_and(|name| part_of(name).is_some());
            if kind.is_dir() && account.has_folder(below) {
                folders.push(path);
            } else if kind.is_file() && is_part && account.has(below) {
                parts.push(below.to_owned());
            }
        }
    }
    parts
}

fn is_well(name: &str) -> bool {
    name.parse::<WellId>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::SavedTable;
    use crate::image::ContentHash;
    use crate::plan::TableKind;

    /// A run in a folder with all that runs write.
    fn write_run(run: &Path, outcome: Outcome) -> RunRecord {
        let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/record-v1.ron");
        let mut record = RunRecord::read(&stored).unwrap();
        record.outcome = outcome;
        record.outputs[0].path = Some("images/2-z-max/TimePoint_1/plate_A01_s1_w1.TIF".to_owned());
        record.outputs[1].path = Some(run.join("images/2-z-max/a.tif").to_str().unwrap().to_owned());
        let table = |path: &str| SavedTable {
            step: 0,
            kind: TableKind::Objects,
            path: path.to_owned(),
            rows: 0,
            hash: ContentHash::default(),
        };
        // A table of the run, and what no run calls one.
        record.summary.tables = vec![table("tables/1-nuclei-objects.csv"), table("thesis.doc")];
        let place = crate::plate::destination(run, crate::plate::NONE_OPEN).unwrap();
        record.write(&place).unwrap();
        for name in [
            "label.ron",
            "run.log",
            "comparison.png",
            "images/2-z-max/plate.HTD",
            "images/2-z-max/plate.companion.ome",
            "images/2-z-max/TimePoint_1/plate_A01_s1_w1.TIF",
            "images/2-z-max/a.tif",
            "images/2-z-max/TimePoint_1/plate_A01_s1_w2.TIF.x1y2z3.part",
            "tables/1-nuclei-objects.csv",
            "tables/2-z-max-images.csv.x1y2z3.part",
        ] {
            put(run, name);
        }
        record
    }

    fn put(run: &Path, name: &str) {
        std::fs::create_dir_all(run.join(name).parent().unwrap()).unwrap();
        std::fs::write(run.join(name), name).unwrap();
    }

    #[test]
    fn a_folder_of_nothing_else_goes_in_one_piece_and_what_else_is_there_stays() {
        let root = tempfile::tempdir().unwrap();
        let run = root.path().join("run");
        write_run(&run, Outcome::Completed);
        std::fs::create_dir(run.join("images/1-made-and-empty")).unwrap();
        let accounted = Accounted::read(&run).unwrap();
        assert_eq!(accounted, Accounted { goes: vec![run.clone()], going: 11, ..Accounted::default() });
        assert_eq!(accounted.staying_text(), None);

        for name in [
            "thesis.doc",
            "notes/a.txt",
            "images/9-other/plate_A01.TIF",
            "images/2-z-max/b.tif",
            "tables/own.csv",
            "z",
        ] {
            put(&run, name);
        }
        std::fs::create_dir(run.join("an empty folder")).unwrap();
        let accounted = Accounted::read(&run).unwrap();
        assert_eq!((accounted.going, accounted.staying), (11, 7));
        let below = |piece: &PathBuf| piece.strip_prefix(&run).unwrap().to_str().unwrap().replace('\\', "/");
        let goes: Vec<_> = accounted.goes.iter().map(below).collect();
        let expected = [
            "comparison.png",
            "images/1-made-and-empty",
            "images/2-z-max/TimePoint_1",
            "images/2-z-max/a.tif",
            "images/2-z-max/plate.HTD",
            "images/2-z-max/plate.companion.ome",
            "label.ron",
            "run.log",
            "tables/1-nuclei-objects.csv",
            "tables/2-z-max-images.csv.x1y2z3.part",
            // Last, so that the run is listed while anything of it is there.
            "record.ron",
        ];
        assert_eq!(goes, expected);
        let told = "7 files do not belong to this run and stay: an empty folder, images/2-z-max/b.tif, \
                    images/9-other/plate_A01.TIF, notes/a.txt, tables/own.csv and 2 more";
        // Windows writes its paths in a way of its own.
        let staying = accounted.staying_text().map(|text| text.replace('\\', "/"));
        assert_eq!(staying.as_deref(), Some(told));
    }

    #[test]
    fn a_run_that_failed_may_have_saved_more_than_it_told() {
        let root = tempfile::tempdir().unwrap();
        for (outcome, staying) in [(Outcome::Completed, 1), (Outcome::Cancelled, 1), (Outcome::Failed, 0)] {
            let run = root.path().join(format!("{outcome:?}"));
            write_run(&run, outcome);
            put(&run, "images/2-z-max/TimePoint_1/plate_A01_s1_w9.TIF");
            assert_eq!(Accounted::read(&run).unwrap().staying, staying, "{outcome:?}");
        }
    }

    #[test]
    fn a_folder_of_other_runs_or_of_none_is_none() {
        let root = tempfile::tempdir().unwrap();
        let run = root.path().join("run");
        write_run(&run, Outcome::Completed);
        let other = root.path().join("run/images/2-z-max/other");
        std::fs::create_dir(&other).unwrap();
        std::fs::copy(run.join(RECORD_FILE), other.join(RECORD_FILE)).unwrap();
        let why = Accounted::read(&run).unwrap_err();
        assert!(matches!(&why, AccountError::OtherRun { other: found, .. } if *found == other), "{why}");
        std::fs::remove_dir_all(&other).unwrap();
        Accounted::read(&run).unwrap();
        assert!(matches!(Accounted::read(root.path()), Err(AccountError::NoRun { .. })));
        assert!(matches!(Accounted::read(&run.join(RECORD_FILE)), Err(AccountError::NoRun { .. })));
        std::fs::write(run.join(RECORD_FILE), "nothing").unwrap();
        assert!(matches!(Accounted::read(&run), Err(AccountError::NoRun { .. })));
    }

    #[test]
    #[cfg(unix)]
    fn no_link_is_followed() {
        use std::os::unix::fs::symlink;
        let root = tempfile::tempdir().unwrap();
        let (run, elsewhere) = (root.path().join("run"), root.path().join("elsewhere"));
        write_run(&run, Outcome::Completed);
        std::fs::rename(run.join("images/2-z-max"), &elsewhere).unwrap();
        symlink(&elsewhere, run.join("images/2-z-max")).unwrap();
        std::fs::remove_file(run.join("label.ron")).unwrap();
        symlink(elsewhere.join("a.tif"), run.join("label.ron")).unwrap();
        let accounted = Accounted::read(&run).unwrap();
        assert_eq!(accounted.stays, ["images/2-z-max", "label.ron"]);
        assert!(
            accounted.goes.iter().all(|piece| !piece.starts_with(run.join("images"))),
            "{:?}",
            accounted.goes
        );
        symlink(&run, root.path().join("link")).unwrap();
        assert!(matches!(Accounted::read(&root.path().join("link")), Err(AccountError::Link { .. })));
    }
}

//! What the window remembers between sessions.
//!
//! Deliberately absent: anything about a single plate or run, which is in the run's record.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::appearance::Appearance;
use super::graphics::GraphicsChoice;
use super::hint::Hint;
use crate::app::start::patterns::SavedPattern;
use crate::engine::CacheState;
use crate::image::Compression;
use crate::limits;
use crate::machine::Machine;
use crate::memory::Budget;
use crate::plan::{AfterClear, Intermediates, check_threads, check_wells_at_once};
use crate::plate::SaveAs;
use crate::quantity::Numbers;

/// The most points of a side of the window: no screen has as many.
const MOST_WINDOW_POINTS: f32 = 100_000.0;
/// The sizes of text, in percent of the usual one.
pub const TEXT_PERCENT: RangeInclusive<u16> = 50..=300;
/// The usual one.
pub(crate) const USUAL_PERCENT: u16 = 100;
/// How many plates are remembered.
pub(super) const MOST_RECENT: usize = 8;

/// What the window remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Dark or light.
    pub appearance: Appearance,
    /// The folder in which the last plate was looked for.
    pub last_folder: Option<PathBuf>,
    /// Plates that were opened, the latest first.
    pub recent: Vec<PathBuf>,
    /// The patterns by which those of them were opened whose names the user said how to read.
    pub patterns_of_folders: BTreeMap<PathBuf, String>,
    /// Patterns that the user keeps, the latest first.
    pub patterns: Vec<SavedPattern>,
    /// What a run may use, as the user wrote it: `8GB`, `80%`; empty for the usual share.
    pub budget: String,
    /// Memory that this computer is to be taken to have; `None` for its own. Not kept over a restart: all numbers would be of a
    /// computer that nobody thinks of any more.
    #[serde(skip)]
    pub pretend_memory_bytes: Option<u64>,
    /// Number of threads; `None` for as many as there are processors.
    pub threads: Option<usize>,
    /// Memory after a clear.
    pub after_clear: AfterClear,
    /// Images after their last use.
    pub intermediates: Intermediates,
    /// Wells that are processed together; `None` for one.
    pub wells_at_once: Option<usize>,
    /// Whether the next combination is read while the present one is worked on.
    pub read_ahead: bool,
    /// Compression of the images that are kept.
    pub compression: Compression,
    /// The form in which images are kept.
    pub save_as: SaveAs,
    /// How the runs of a comparison find the files.
    pub cache: CacheState,
    /// Folders in which runs are found, beside that of the results.
    pub run_folders: Vec<PathBuf>,
    /// Size of the window in points.
    pub window: Option<[f32; 2]>,
    /// By what the window is drawn.
    pub graphics: GraphicsChoice,
    /// Size of text and all else in percent; `None` for the usual one.
    pub text_percent: Option<u16>,
    /// How numbers are written.
    pub numbers: Numbers,
    /// The folder of results; `None` for the usual one.
    pub results: Option<PathBuf>,
    /// The most bytes of small pictures that are kept on the disk; `None` for the usual number.
    pub picture_bytes: Option<u64>,
    /// Whether nothing is told by the desktop where a long run ends.
    pub is_quiet: bool,
    /// The hints that the user has seen.
    pub seen_hints: BTreeSet<Hint>,
}

impl Settings {
    /// Whether all numbers are ones that can be chosen; else in words which one is not.
    pub(super) fn check(&self) -> Result<(), String> {
        self.threads.map_or(Ok(()), check_threads).map_err(|fault| fault.to_string())?;
        self.wells_at_once.map_or(Ok(()), check_wells_at_once).map_err(|fault| fault.to_string())?;
        if self.text_percent.is_some_and(|percent| !TEXT_PERCENT.contains(&percent)) {
            let (least, most) = TEXT_PERCENT.into_inner();
            return Err(format!(
                "the size of text cannot be {} %: choose {least} to {most}",
                self.text_percent.unwrap_or(0)
            ));
        }
        let is_side = |points: &f32| (1.0..=MOST_WINDOW_POINTS).contains(points);
        match self.window {
            Some(window) if !window.iter().all(is_side) => {
                Err(format!("a window cannot be {} by {} points", window[0], window[1]))
            }
            _ => Ok(()),
        }
    }

    /// Puts a plate at the head of the recent ones, and remembers where it is and by which pattern it was opened. A
    /// path that is not Unicode is left out: no settings could be written with it.
    pub fn remember(&mut self, plate: &Path, pattern: Option<&str>) {
        if plate.to_str().is_none() {
            return;
        }
        self.last_folder = plate.parent().map(ToOwned::to_owned);
        self.recent.retain(|path| path != plate);
        self.recent.insert(0, plate.to_owned());
        self.recent.truncate(MOST_RECENT);
        match pattern {
            Some(pattern) => self.patterns_of_folders.insert(plate.to_owned(), pattern.to_owned()),
            None => self.patterns_of_folders.remove(plate),
        };
        self.patterns_of_folders.retain(|folder, _| self.recent.contains(folder));
    }

    /// Takes a plate off the recent ones.
    pub(crate) fn forget(&mut self, plate: &Path) {
        self.recent.retain(|recent| recent != plate);
        self.patterns_of_folders.remove(plate);
    }

    /// The computer that runs are planned for: this one, or one with the memory that it is to be taken
    /// to have.
    pub(crate) fn planned_machine(&self, machine: &Machine) -> Machine {
        match self.pretend_memory_bytes {
            Some(bytes) => machine.clone().pretending(bytes),
            None => machine.clone(),
        }
    }

    /// What a run may use on this machine; `Ok(None)` where there is no limit, because the system does
    /// not tell its memory.
    pub fn budget_bytes(&self, machine: &Machine) -> Result<Option<u64>, String> {
        let budget = Budget::parse(&self.budget, &self.planned_machine(machine));
        budget.map(|budget| budget.bytes).map_err(|error| error.to_string())
    }

    /// How many threads a run uses on this machine.
    pub(crate) fn threads_on(&self, machine: &Machine) -> usize {
        self.threads.unwrap_or(machine.cores).clamp(1, limits::THREADS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_plate_comes_first_and_once() {
        let mut settings = Settings::default();
        for path in ["/a", "/b", "/a"] {
            settings.remember(Path::new(path), (path == "/b").then_some("(?P<z>.)"));
        }
        assert_eq!(settings.recent, [PathBuf::from("/a"), PathBuf::from("/b")]);
        assert_eq!(settings.last_folder.as_deref(), Some(Path::new("/")));
        let patterns: Vec<_> = settings.patterns_of_folders.keys().map(PathBuf::as_path).collect();
        assert_eq!(patterns, [Path::new("/b")]);
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt as _;
            settings.remember(Path::new(std::ffi::OsStr::from_bytes(b"/\xff")), None);
            assert_eq!(settings.recent.len(), 2);
        }
        for n in 0..20 {
            settings.remember(Path::new(&format!("/{n}")), None);
        }
        assert_eq!(settings.recent.len(), MOST_RECENT);
        assert!(settings.patterns_of_folders.is_empty(), "of plates that are remembered");
    }

    #[test]
    fn the_budget_is_of_the_memory_available() {
        let machine = |available_bytes| Machine { available_bytes, ..Machine::default() };
        let table = [
            ("", Some(10_000), Ok(Some(8000))),
            ("", None, Ok(None)),
            ("50%", Some(10_000), Ok(Some(5000))),
            ("8GB", None, Ok(Some(8_000_000_000))),
        ];
        for (budget, available, expected) in table {
            let settings = Settings { budget: budget.to_owned(), ..Settings::default() };
            assert_eq!(settings.budget_bytes(&machine(available)), expected, "{budget}");
        }
        let pretending = Settings { pretend_memory_bytes: Some(5_000), ..Settings::default() };
        let machine_of_10 = Machine { memory_bytes: Some(10_000), ..machine(Some(8_000)) };
        // Of 5,000 as large a part is available as of the 10,000 that there are.
        assert_eq!(pretending.budget_bytes(&machine_of_10), Ok(Some(3_200)));
        let settings = Settings { budget: "much".to_owned(), ..Settings::default() };
        assert!(settings.budget_bytes(&machine(Some(1))).is_err());
    }
}

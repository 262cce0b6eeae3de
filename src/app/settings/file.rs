//! What the window remembers between sessions, as one RON file in the user's settings folder.
//!
//! Written beside and renamed by a thread of its own, so that a slow disk does not hold the window
//! and a kill leaves no half file. Deliberately absent: anything about a single plate or run, which
//! is in the run's record.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use serde::{Deserialize, Serialize};

use super::graphics::GraphicsChoice;
use super::hint::Hint;
use crate::app::start::patterns::SavedPattern;
use crate::disk::{self, Destination};
use crate::engine::CacheState;
use crate::folders;
use crate::image::Compression;
use crate::limits;
use crate::machine::Machine;
use crate::memory::Budget;
use crate::plan::{AfterClear, Intermediates, check_threads, check_wells_at_once};
use crate::plate::{NONE_OPEN, SaveAs, destination};
use crate::quantity::Numbers;

/// Name of the settings file.
const FILE: &str = "settings.ron";
/// The name under which a file that is not a settings file is put aside.
const ASIDE: &str = "settings.ron.bad";
/// The most points of a side of the window: no screen has as many.
const MOST_WINDOW_POINTS: f32 = 100_000.0;
/// The sizes of text, in percent of the usual one.
pub const TEXT_PERCENT: RangeInclusive<u16> = 50..=300;
/// The usual one.
pub(crate) const USUAL_PERCENT: u16 = 100;
/// How many plates are remembered.
const MOST_RECENT: usize = 8;

/// Dark, light, or as the system has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Appearance {
    /// As the system has it.
    #[default]
    System,
    /// Always light text on dark ground.
    Dark,
    /// Always dark text on light ground.
    Light,
}

impl Appearance {
    /// All choices, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// What egui calls it.
    pub(crate) fn preference(self) -> egui::ThemePreference {
        match self {
            Self::System => egui::ThemePreference::System,
            Self::Dark => egui::ThemePreference::Dark,
            Self::Light => egui::ThemePreference::Light,
        }
    }

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Dark => "Dark",
            Self::Light => "Light",
        }
    }
}

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
    /// Whether the next combination is read while the one at hand is worked on.
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

/// Why settings could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read or written.
    #[error("settings {}: {source}", path.display())]
    Io {
        /// The settings file that was read or written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not a settings file.
    #[error("settings {}: {why}", path.display())]
    Malformed {
        /// The file that does not hold settings.
        path: PathBuf,
        /// Where and what.
        why: String,
    },
}

/// What the window begins with.
#[derive(Debug, Default)]
pub struct LoadedSettings {
    /// The settings; the usual ones where there are none or they cannot be read.
    pub settings: Settings,
    /// Where changes are written; `None` where nothing may be written.
    pub folder: Option<Destination>,
    /// What went wrong, in words.
    pub error: Option<String>,
}

impl Settings {
    /// Reads the settings of a folder; the usual ones where there is no file yet.
    pub fn read(folder: &Path) -> Result<Self, SettingsError> {
        let path = folder.join(FILE);
        let text = match disk::read_to_string(&path, limits::SETTINGS_BYTES) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(SettingsError::Io { path, source }),
        };
        let malformed = |why| SettingsError::Malformed { path: path.clone(), why };
        let settings: Self = ron::from_str(&text).map_err(|error| malformed(error.to_string()))?;
        settings.check().map_err(malformed)?;
        Ok(settings)
    }

    /// Whether all numbers are ones that can be chosen; else in words which one is not.
    fn check(&self) -> Result<(), String> {
        self.threads.map_or(Ok(()), check_threads).map_err(|fault| fault.to_string())?;
        self.wells_at_once.map_or(Ok(()), check_wells_at_once).map_err(|fault| fault.to_string())?;
        if self.text_percent.is_some_and(|percent| !TEXT_PERCENT.contains(&percent)) {
            let (least, most) = TEXT_PERCENT.into_inner();
            return Err(format!(
                "text cannot have {} %: choose {least} to {most}",
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

    /// Reads the settings at the start of the window. What cannot be read is never overwritten: a
    /// malformed file is put aside, and where that or the reading itself fails nothing is written in
    /// this session.
    pub fn load(folder: Option<PathBuf>) -> LoadedSettings {
        let Some(folder) = folder else { return LoadedSettings::default() };
        let read = Self::read(&folder);
        let folder = match destination(&folder, NONE_OPEN) {
            // They name plates and folders of this user.
            Ok(folder) => folder.private(),
            Err(refused) => {
                let error = Some(format!("settings {refused}; none are saved"));
                return LoadedSettings { settings: read.unwrap_or_default(), folder: None, error };
            }
        };
        let (error, kept) = match read {
            Ok(settings) => return LoadedSettings { settings, folder: Some(folder), error: None },
            Err(error @ SettingsError::Io { .. }) => {
                (error, "the usual ones are used, and none are saved until the next start".to_owned())
            }
            Err(error @ SettingsError::Malformed { .. }) => {
                let aside = folder.join(ASIDE);
                match folder.join(FILE).rename_to(&aside) {
                    Ok(()) => {
                        let error = format!(
                            "{error}; the usual ones are used, the file is kept as {}",
                            aside.path().display()
                        );
                        return LoadedSettings {
                            folder: Some(folder),
                            error: Some(error),
                            ..LoadedSettings::default()
                        };
                    }
                    Err(source) => {
                        let why = format!("it cannot be renamed to {ASIDE} ({source}), so none are saved");
                        (error, why)
                    }
                }
            }
        };
        LoadedSettings { error: Some(format!("{error}; {kept}")), ..LoadedSettings::default() }
    }

    /// Writes the settings into a folder.
    pub fn write(&self, folder: &Destination) -> Result<(), SettingsError> {
        let file = folder.join(FILE);
        let path = file.path().to_owned();
        let text = ron::ser::to_string_pretty(self, ron::ser::PrettyConfig::new())
            .map_err(|error| SettingsError::Malformed { path: path.clone(), why: error.to_string() })?;
        folder
            .make_folder()
            .and_then(|()| disk::write(&file, text.as_bytes()))
            .map_err(|source| SettingsError::Io { path, source })
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

/// Writes settings on a thread of its own; the last ones win.
#[derive(Debug)]
pub(crate) struct SettingsWriter {
    sender: Option<Sender<Settings>>,
    /// The other end, to take back settings that newer ones replace.
    replaced: Option<Receiver<Settings>>,
    thread: Option<JoinHandle<()>>,
}

impl SettingsWriter {
    /// Starts the thread; without a folder nothing is ever written.
    pub(crate) fn start(folder: Option<Destination>) -> Self {
        let Some(folder) = folder else { return Self { sender: None, replaced: None, thread: None } };
        // Room for one: the newest.
        let (sender, receiver) = bounded::<Settings>(1);
        let replaced = receiver.clone();
        let thread = std::thread::Builder::new().name("settings".to_owned()).spawn(move || {
            while let Ok(settings) = receiver.recv() {
                // No reason to disturb the user: the window works without.
                if let Err(error) = settings.write(&folder) {
                    log::warn!("The settings could not be written: {error}");
                }
            }
        });
        Self { sender: Some(sender), replaced: Some(replaced), thread: thread.ok() }
    }

    /// Writes the settings soon.
    pub(crate) fn write(&self, settings: &Settings) {
        let (Some(sender), Some(replaced)) = (&self.sender, &self.replaced) else { return };
        // Settings that the thread has not taken up yet give way; the window never waits for the
        // disk. Only the window sends, so that there is room at the second attempt.
        if let Err(TrySendError::Full(newest)) = sender.try_send(settings.clone()) {
            let _older = replaced.try_recv();
            let _queued = sender.try_send(newest);
        }
    }
}

impl Drop for SettingsWriter {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has no more to write.
            let _ended = thread.join();
        }
    }
}

/// The settings folder of this user.
pub fn folder() -> Option<PathBuf> {
    folders::config_dir()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn at(folder: &Path) -> Destination {
        destination(folder, NONE_OPEN).unwrap().private()
    }

    #[test]
    fn settings_are_read_as_written_and_gaps_are_filled() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Settings::read(folder.path()).unwrap(), Settings::default());
        let mut settings = Settings {
            appearance: Appearance::Light,
            threads: Some(3),
            window: Some([1280.0, 800.0]),
            ..Settings::default()
        };
        settings.remember(Path::new("/data/plate"), Some("(?P<well>..)"));
        settings.write(&at(folder.path())).unwrap();
        assert_eq!(Settings::read(folder.path()).unwrap(), settings);

        fs::write(folder.path().join(FILE), "(budget: \"8GB\")").unwrap();
        let read = Settings::read(folder.path()).unwrap();
        assert_eq!((read.budget.as_str(), read.threads), ("8GB", None));
        fs::write(folder.path().join(FILE), "(budget: 8").unwrap();
        assert!(matches!(Settings::read(folder.path()), Err(SettingsError::Malformed { .. })));
    }

    #[test]
    #[cfg(unix)]
    fn settings_are_private_and_are_not_written_through_a_link() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (config, other) = (folder.path().join("config"), folder.path().join("other"));
        fs::create_dir(&config).unwrap();
        fs::write(&other, "precious").unwrap();
        for name in [FILE, ASIDE] {
            symlink(&other, config.join(name)).unwrap();
        }
        // What the link leads to makes no sense, and the link is put aside in the place of the other.
        let loaded = Settings::load(Some(config.clone()));
        Settings::default().write(&loaded.folder.unwrap()).unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "precious");
        assert_eq!(Settings::read(&config).unwrap(), Settings::default());
        let facts = config.join(FILE).symlink_metadata().unwrap();
        assert!(facts.is_file() && facts.permissions().mode() & 0o777 == 0o600);
    }

    #[test]
    fn numbers_that_no_run_can_have_are_no_settings() {
        let folder = tempfile::tempdir().unwrap();
        let table = [
            ("(threads: Some(1024), wells_at_once: Some(1536))", None),
            ("(threads: Some(0))", Some("0 threads")),
            (
                "(threads: Some(18446744073709551615))",
                Some("18,446,744,073,709,551,615 threads: choose 1 to 1,024"),
            ),
            ("(wells_at_once: Some(1537))", Some("1,537 wells at once")),
            ("(window: Some((NaN, 800.0)))", Some("a window cannot be NaN by 800 points")),
            ("(window: Some((1e30, 800.0)))", Some("a window cannot be")),
            ("(text_percent: Some(200), numbers: PointComma)", None),
            ("(text_percent: Some(0))", Some("text cannot have 0 %: choose 50 to 300")),
        ];
        for (text, expected) in table {
            fs::write(folder.path().join(FILE), text).unwrap();
            let why = Settings::read(folder.path()).err().map(|error| error.to_string());
            assert_eq!(why.is_some(), expected.is_some(), "{text}: {why:?}");
            assert!(why.unwrap_or_default().contains(expected.unwrap_or_default()), "{text}");
        }
        // More processors than a run has threads.
        let machine = Machine { cores: 5_000, ..Machine::default() };
        assert_eq!(Settings::default().threads_on(&machine), 1_024);
    }

    #[test]
    fn what_cannot_be_read_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let load = || Settings::load(Some(folder.path().to_owned()));
        assert!(load().error.is_none());
        fs::write(folder.path().join(FILE), "(budget: 8").unwrap();
        let loaded = load();
        assert_eq!((loaded.settings, loaded.folder), (Settings::default(), Some(at(folder.path()))));
        assert!(loaded.error.is_some_and(|error| error.contains(ASIDE)));
        Settings::default().write(&at(folder.path())).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join(ASIDE)).unwrap(), "(budget: 8");

        // A folder in the place of the file cannot be read: nothing is written over it.
        fs::remove_file(folder.path().join(FILE)).unwrap();
        fs::create_dir(folder.path().join(FILE)).unwrap();
        let loaded = load();
        assert!(loaded.folder.is_none() && loaded.error.is_some());
    }

    #[test]
    fn the_newest_settings_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let writer = SettingsWriter::start(Some(at(folder.path())));
        for threads in 1..=200 {
            writer.write(&Settings { threads: Some(threads), ..Settings::default() });
        }
        drop(writer);
        assert_eq!(Settings::read(folder.path()).unwrap().threads, Some(200));
    }

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

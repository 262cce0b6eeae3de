//! The settings file: one RON file in the user's settings folder.
//!
//! It is written beside and renamed, so that a kill leaves no half file. A file that cannot be read is never overwritten.

use std::io;
use std::path::{Path, PathBuf};

use super::merge::merged;
use super::remembered::Settings;
use crate::disk::{self, Destination};
use crate::folders;
use crate::limits;
use crate::own_files::{self, Readable};
use crate::plate::{NONE_OPEN, destination};

/// Name of the settings file.
const FILE: &str = "settings.ron";
/// The name under which a file that is not a settings file is put aside.
const ASIDE: &str = "settings.ron.bad";

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
        match Self::readable(folder)? {
            None => Ok(Self::default()),
            Some(Readable { value, fault: None }) => Ok(value),
            Some(Readable { fault: Some(why), .. }) => {
                Err(SettingsError::Malformed { path: folder.join(FILE), why })
            }
        }
    }

    /// What can be read of the settings of a folder; `None` if there is no file yet.
    fn readable(folder: &Path) -> Result<Option<Readable<Self>>, SettingsError> {
        let path = folder.join(FILE);
        match disk::read_to_string(&path, limits::SETTINGS_BYTES) {
            Ok(text) => Ok(Some(own_files::readable(&text, Self::check))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(SettingsError::Io { path, source }),
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
                let good = Self::readable(folder.path()).ok().flatten().map(|read| read.value);
                match aside(&folder) {
                    Ok(aside) => {
                        let error = format!(
                            "{error}; what can be read of it is used, and the file is kept as {}",
                            aside.path().display()
                        );
                        return LoadedSettings {
                            settings: good.unwrap_or_default(),
                            folder: Some(folder),
                            error: Some(error),
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

    /// Writes what was changed since `base` into a folder, and leaves the rest as it is there. A file that cannot be read is put aside.
    pub(super) fn write_changes(&self, base: &Self, folder: &Destination) -> Result<(), SettingsError> {
        match Self::readable(folder.path()) {
            Ok(Some(Readable { value, fault: None })) => return merged(base, self, &value).write(folder),
            Ok(Some(Readable { fault: Some(_), .. })) => {
                let path = folder.join(FILE).path().to_owned();
                let aside = aside(folder).map_err(|source| SettingsError::Io { path, source })?;
                log::warn!("The settings could not be read; the file is kept as {}", aside.path().display());
            }
            Ok(None) | Err(_) => {}
        }
        self.write(folder)
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
}

/// Gives the settings file another name, so that another can be written.
fn aside(folder: &Destination) -> io::Result<Destination> {
    let file = folder.join(FILE);
    if let Some(aside) = own_files::put_aside(&file)? {
        return Ok(aside);
    }
    // A link, and not what it leads to.
    let aside = folder.join(ASIDE);
    file.rename_to(&aside).map(|()| aside)
}

/// The settings folder of this user.
pub fn folder() -> Option<PathBuf> {
    folders::config_dir()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::appearance::Appearance;
    use super::*;
    use crate::machine::Machine;

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
            ("(text_percent: Some(0))", Some("the size of text cannot be 0 %: choose 50 to 300")),
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
        // What can be read of it is used, as of one that a newer Stepwell wrote.
        let text = "(budget: \"8GB\", appearance: Purple, recent: [\"/data/plate\"], threads: So";
        fs::write(folder.path().join(FILE), text).unwrap();
        let loaded = load();
        let recent = vec![PathBuf::from("/data/plate")];
        let expected = Settings { budget: "8GB".to_owned(), recent, ..Settings::default() };
        assert_eq!((loaded.settings, loaded.folder), (expected, Some(at(folder.path()))));
        assert!(loaded.error.is_some_and(|error| error.contains(ASIDE)));
        Settings::default().write(&at(folder.path())).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join(ASIDE)).unwrap(), text);

        // A folder in the place of the file cannot be read: nothing is written over it.
        fs::remove_file(folder.path().join(FILE)).unwrap();
        fs::create_dir(folder.path().join(FILE)).unwrap();
        let loaded = load();
        assert!(loaded.folder.is_none() && loaded.error.is_some());
    }
}

//! Where results and settings go. Never inside a plate.

use std::path::PathBuf;

use directories::{ProjectDirs, UserDirs};

/// Names a folder for settings and log in place of the usual ones, so that tests and several set-ups on
/// one computer do not meet.
pub const CONFIG_VARIABLE: &str = "STEPWELL_CONFIG";

/// The folder in which each run gets a folder of its own: `Stepwell` in the user's documents, else
/// in the home folder, else in the folder for temporary files.
pub(crate) fn results_dir() -> PathBuf {
    let users = UserDirs::new();
    let home = users.as_ref().map(|dirs| dirs.home_dir().to_owned());
    let documents = users.and_then(|dirs| dirs.document_dir().map(ToOwned::to_owned));
    documents.or(home).unwrap_or_else(std::env::temp_dir).join("Stepwell")
}

/// The user's own folder; `None` where the user has none.
pub(crate) fn home_dir() -> Option<PathBuf> {
    UserDirs::new().map(|users| users.home_dir().to_owned())
}

/// The folder of the demo plate, apart from the results: those of a plate go into a folder of its
/// name, and never into the plate.
pub(crate) fn demo_dir() -> PathBuf {
    let data = ProjectDirs::from("", "", "stepwell").map(|dirs| dirs.data_local_dir().to_owned());
    data.unwrap_or_else(std::env::temp_dir).join("demo plate")
}

/// The folder for plates that are made to try their size, apart from the results.
pub(crate) fn made_plates_dir() -> PathBuf {
    results_dir().with_file_name("Stepwell plates")
}

/// The folder for what can be made again; `None` where the user has no home.
pub(crate) fn cache_dir() -> Option<PathBuf> {
    ProjectDirs::from("", "", "stepwell").map(|dirs| dirs.cache_dir().to_owned())
}

/// The file of the program's log; `None` where the user has no home.
pub(crate) fn log_file() -> Option<PathBuf> {
    let folder = match std::env::var_os(CONFIG_VARIABLE) {
        Some(folder) if !folder.is_empty() => Some(PathBuf::from(folder)),
        _ => ProjectDirs::from("", "", "stepwell").map(|dirs| dirs.data_local_dir().to_owned()),
    };
    Some(folder?.join("stepwell.log"))
}

/// The folder of the settings; `None` where the user has no home.
pub(crate) fn config_dir() -> Option<PathBuf> {
    match std::env::var_os(CONFIG_VARIABLE) {
        Some(folder) if !folder.is_empty() => Some(PathBuf::from(folder)),
        _ => ProjectDirs::from("", "", "stepwell").map(|dirs| dirs.config_dir().to_owned()),
    }
}

//! What several test files share: the folder of real plates.

#![allow(dead_code)] // each test file uses a part of it

use std::path::{Path, PathBuf};

/// The folder of real plates: `STEPWELL_PLATES`, else `../shared/plates`. `None`, with a message,
/// where it is absent, so that the test can be skipped; a folder that the variable names and that is
/// not there fails the test.
pub(crate) fn plates_dir() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("STEPWELL_PLATES") {
        let folder = PathBuf::from(named);
        assert!(folder.is_dir(), "STEPWELL_PLATES names {}, which is not a folder", folder.display());
        return Some(folder);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/plates");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no real plates in {} (set STEPWELL_PLATES)", folder.display());
    None
}

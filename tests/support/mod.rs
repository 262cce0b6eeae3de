//! What several tests share.
#![allow(dead_code)] // each test binary uses a part of it

use std::path::PathBuf;

/// The folder of real plates: `STEPWELL_PLATES`, else `../shared/plates` beside the repository.
/// `None` (with a message) where there is none; a variable that names no folder is an error.
pub(crate) fn plates_dir() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("STEPWELL_PLATES") {
        let named = PathBuf::from(named);
        assert!(named.is_dir(), "STEPWELL_PLATES names {}, which is no folder", named.display());
        return Some(named);
    }
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/plates");
    if beside.is_dir() {
        return Some(beside);
    }
    eprintln!("skipped: no real plates (set STEPWELL_PLATES to their folder)");
    None
}

//! How the files of a run's folder are written.

use std::io;

use serde::Serialize;

use super::error::WorkError;
use crate::disk::{self, Destination};
use crate::record::folder::{Stretch, stretch_file};

/// Writes a stretch into its folder.
pub(super) fn write_stretch(folder: &Destination, stretch: &Stretch) -> Result<(), WorkError> {
    let file = folder.join(stretch_file(&stretch.id));
    // Which wells are wanted cannot be made again.
    to_ron(stretch)
        .and_then(|text| disk::write(&file, text.as_bytes()))
        .map_err(|source| WorkError::Io { path: file.path().to_owned(), source })
}

/// Writes one of the folder's files. It is looked at before it is relied on, so that it is not waited for that it is on the disk.
pub(super) fn write_ron(file: &Destination, value: &impl Serialize) -> io::Result<()> {
    let text = to_ron(value)?;
    file.make_folder_around()?;
    disk::write_remakeable(file, text.as_bytes())
}

fn to_ron(value: &impl Serialize) -> io::Result<String> {
    ron::ser::to_string_pretty(value, ron::ser::PrettyConfig::new().depth_limit(3)).map_err(io::Error::other)
}

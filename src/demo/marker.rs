//! The file by which a demo plate is known.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::spec::{DemoError, DemoSpec};
use crate::disk::{self, Destination};
use crate::limits;

/// The version of the pictures: plates of an older version are written again.
pub(super) const GENERATOR: u32 = 2;

/// The file that makes a folder known as a demo plate.
pub(super) const MARKER: &str = "demo.ron";

#[derive(Serialize, Deserialize, PartialEq)]
pub(super) struct Marker {
    pub(super) generator: u32,
    pub(super) is_complete: bool,
    pub(super) spec: DemoSpec,
}

impl Marker {
    pub(super) fn read(folder: &Path) -> Option<Self> {
        let file = folder.join(MARKER);
        // A link speaks for a plate that was made elsewhere.
        let file = Some(file).filter(|file| !disk::is_link(file))?;
        let text = disk::read_to_string(&file, limits::SMALL_FILE_BYTES).ok()?;
        let marker: Self = ron::from_str(&text).ok()?;
        // There is no such plate, so this is the marker of none.
        marker.spec.layout.check().is_ok().then_some(marker)
    }

    pub(super) fn write(&self, folder: &Destination) -> Result<(), DemoError> {
        let file = folder.join(MARKER);
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| DemoError::Io { path, source }
        };
        let text =
            ron::ser::to_string_pretty(self, ron::ser::PrettyConfig::default()).map_err(io::Error::other);
        let text = text.map_err(at(file.path()))?;
        disk::write(&file, text.as_bytes()).map_err(at(file.path()))
    }
}

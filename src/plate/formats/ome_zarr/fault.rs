//! Why the metadata of a group could not be read.

use std::io;

use crate::disk::LeadsOut;
use crate::image::DecodeError;

/// Why a group or the array of a field is not as an OME-Zarr plate has it, in words that follow its path.
#[derive(Debug, thiserror::Error)]
pub(super) enum GroupFault {
    #[error("there is no Zarr group (neither zarr.json nor .zattrs)")]
    NotThere,
    #[error("{file} cannot be read: {source}")]
    Io { file: &'static str, source: io::Error },
    #[error("{file} is damaged: {source}")]
    Damaged { file: &'static str, source: serde_json::Error },
    #[error("it is outside of the plate, behind a link, and is not opened")]
    LeadsOut(#[from] LeadsOut),
    #[error("its attributes describe no {0}")]
    NoSuch(&'static str),
    #[error("{0}")]
    Axes(String),
    #[error(transparent)]
    Array(#[from] DecodeError),
}

impl From<GroupFault> for io::Error {
    fn from(fault: GroupFault) -> Self {
        match fault {
            GroupFault::Io { source, .. } => source,
            other => Self::new(io::ErrorKind::InvalidData, other.to_string()),
        }
    }
}

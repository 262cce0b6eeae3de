//! Where something may lie for a moment, also where the usual place for that is of no use.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// So much can be written in a place that is of use.
const ROOM_BYTES: usize = 1 << 18;

/// A folder that goes when it is dropped. Where the usual place (`TMPDIR`, or what the system has for it) is not there, is full or
/// may not be written to, it lies in another, at last in `or_in`.
///
/// # Errors
/// What the system says of the usual place, where no other is of use either.
pub(crate) fn temporary_folder(or_in: Option<&Path>) -> io::Result<TempDir> {
    first_of_use(places(or_in), |place| {
        let folder = tempfile::tempdir_in(place)?;
        check_room_in(folder.path()).map(|()| folder)
    })
}

/// A file without a name, which goes when it is closed; otherwise as [`temporary_folder`].
///
/// # Errors
/// As [`temporary_folder`].
pub(crate) fn temporary_file(or_in: Option<&Path>) -> io::Result<File> {
    first_of_use(places(or_in), |place| {
        check_room_in(place)?;
        tempfile::tempfile_in(place)
    })
}

fn places(or_in: Option<&Path>) -> Vec<PathBuf> {
    let mut places = vec![std::env::temp_dir()];
    if cfg!(unix) {
        places.extend(["/tmp", "/var/tmp"].map(PathBuf::from));
    }
    places.extend(or_in.map(Path::to_owned));
    places
}

fn first_of_use<T>(places: Vec<PathBuf>, make: impl Fn(&Path) -> io::Result<T>) -> io::Result<T> {
    let mut first = None;
    for place in places {
        match make(&place) {
            Ok(made) => return Ok(made),
            Err(error) => {
                log::warn!("{} is of no use for temporary files: {error}", place.display());
                first = first.or(Some(error));
            }
        }
    }
    Err(first.unwrap_or_else(|| io::ErrorKind::NotFound.into()))
}

fn check_room_in(place: &Path) -> io::Result<()> {
    tempfile::tempfile_in(place)?.write_all(&vec![0; ROOM_BYTES])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_place_does_where_the_first_is_of_no_use() {
        let root = tempfile::tempdir().unwrap();
        let (gone, good) = (root.path().join("not there"), root.path().to_owned());
        let make = |place: &Path| tempfile::tempdir_in(place);
        let made = first_of_use(vec![gone.clone(), good.clone()], make).unwrap();
        assert!(made.path().starts_with(&good));
        let why = first_of_use(vec![gone.clone(), gone], make).unwrap_err();
        assert_eq!(why.kind(), io::ErrorKind::NotFound);
        check_room_in(&good).unwrap();
        // Nobody can write so much there.
        if cfg!(target_os = "linux") {
            check_room_in(Path::new("/proc/self")).unwrap_err();
        }
    }
}

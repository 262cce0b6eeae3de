//! The hashes of what runs have written, worked out of what lies there now.

use std::io::Read;
use std::path::Path;

use xxhash_rust::xxh3::Xxh3;

use crate::cancel::{Cancel, Cancelled};
use crate::disk;
use crate::image::{ContentHash, DecodeError, ImageRef, ImageSource};
use crate::limits;

/// Bytes of a file that are read at once.
const PIECE_BYTES: usize = 1 << 20;

/// The hash of an image; `None` of one that is too large to be read for this.
pub(crate) fn hash_of_image(source: &ImageSource) -> Result<Option<ContentHash>, String> {
    match source.decode_within(limits::SHOWN_IMAGE_BYTES) {
        Ok((format, bytes)) => Ok(Some(ContentHash::of_image(ImageRef { format, bytes: &bytes }))),
        Err(DecodeError::Beyond { .. }) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// The hash of a file; `None` of one that is too large to be read for this.
///
/// # Errors
/// Where it is cancelled; within, why it cannot be read.
pub(crate) fn hash_of_file(
    path: &Path,
    cancel: &Cancel,
) -> Result<Result<Option<ContentHash>, String>, Cancelled> {
    let at = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut file = match disk::open(path) {
        Ok(file) => file.take(limits::TABLE_BYTES),
        Err(error) => return Ok(Err(at(error))),
    };
    let (mut hash, mut piece) = (Xxh3::new(), vec![0; PIECE_BYTES]);
    loop {
        cancel.check()?;
        match file.read(&mut piece) {
            Ok(0) if file.limit() == 0 => return Ok(Ok(None)),
            Ok(0) => return Ok(Ok(Some(ContentHash::from(&hash)))),
            Ok(len) => hash.update(&piece[..len]),
            Err(error) => return Ok(Err(at(error))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_known_by_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("objects.csv");
        let bytes = vec![b'7'; PIECE_BYTES + 5];
        std::fs::write(&path, &bytes).unwrap();
        let mut hash = Xxh3::new();
        hash.update(&bytes);
        let expected = ContentHash::from(&hash);
        assert_eq!(hash_of_file(&path, &Cancel::new()), Ok(Ok(Some(expected))));
        assert!(hash_of_file(folder.path(), &Cancel::new()).unwrap().unwrap_err().contains("a folder"));
        let cancel = Cancel::new();
        cancel.cancel();
        assert!(hash_of_file(&path, &cancel).is_err());
    }
}

//! What an image or a file holds as one number, by which results are compared.

use std::fmt;
use std::io::Read;
use std::path::Path;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};
use xxhash_rust::xxh3::Xxh3;

use super::{ImageFormat, ImageRef};
use crate::cancel::{Cancel, Cancelled};
use crate::disk;
use crate::limits;

/// The digits of a hash as it is written.
const DIGITS: usize = 32;

/// Bytes of a file that are read at once.
const PIECE_BYTES: usize = 1 << 20;

/// A hash of 128 bits (XXH3), the same on every machine of one byte order; written as 32 hexadecimal digits. It tells
/// what differs by accident; who wants to can make two things of one hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(u128);

impl ContentHash {
    /// Of an image: its size, type and pixels (little-endian).
    pub(crate) fn of_image(image: ImageRef<'_>) -> Self {
        let mut hash = Xxh3::new();
        let ImageFormat { width, height, samples, pixel } = image.format;
        hash.update(format!("{width} {height} {samples} {} ", pixel.name()).as_bytes());
        hash.update(image.bytes);
        Self::from(&hash)
    }
}

/// Of all that the hasher was given.
impl From<&Xxh3> for ContentHash {
    fn from(hash: &Xxh3) -> Self {
        Self(hash.digest128())
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0DIGITS$x}", self.0)
    }
}

/// A text that is no hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a hash has {DIGITS} hexadecimal digits")]
pub struct NoHash;

impl FromStr for ContentHash {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Self, NoHash> {
        let is_hash = text.len() == DIGITS && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        let number = is_hash.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        number.map(Self).ok_or(NoHash)
    }
}

impl Serialize for ContentHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits;

        impl Visitor<'_> for Digits {
            type Value = ContentHash;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a hash of {DIGITS} hexadecimal digits")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ContentHash, E> {
                text.parse().map_err(|NoHash| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_str(Digits)
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
    fn a_hash_is_written_and_read_as_its_digits() {
        for (text, number) in [
            ("00000000000000000000000000000000", Some(0)),
            ("0000000000000000000000000000002a", Some(42)),
            ("0000000000000000000000000000002A", Some(42)),
            ("ffffffffffffffffffffffffffffffff", Some(u128::MAX)),
            ("", None),
            ("2a", None),
            ("+000000000000000000000000000002a", None),
            ("0000000000000000000000000000002g", None),
            ("000000000000000000000000000000000", None),
            ("ä00000000000000000000000000000", None),
        ] {
            let expected = number.map(ContentHash);
            assert_eq!(text.parse().ok(), expected, "{text}");
            let ron = format!("{text:?}");
            let read = ron::from_str::<ContentHash>(&ron);
            assert_eq!(read.as_ref().ok(), expected.as_ref(), "{text}");
            match read {
                Ok(hash) => assert_eq!(ron::to_string(&hash).unwrap(), ron.to_lowercase()),
                Err(why) => assert!(why.to_string().contains("a hash of 32 hexadecimal digits"), "{why}"),
            }
        }
    }

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

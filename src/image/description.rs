//! What the writer of a TIFF file put into its description: free text, or XML, in whatever encoding.

use std::io::Read;
use std::path::Path;

use tiff::tags::Tag;

use super::fault::{DecodeError, Fault};
use super::tiff_file::{PageReader, TiffHeader, size};
use crate::disk;
use crate::limits;

/// The tag of the XML in the files of an Opera.
const FLEX: u16 = 65200;

/// The description of a page and the size of its image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageDescription {
    /// Pixels across.
    pub width: u32,
    /// Number of pixels down.
    pub height: u32,
    /// The bytes of the tag `ImageDescription` as they are in the file, at most 256 kB, without the zeros at its end.
    /// They are not always UTF-8: which encoding they are in is for the reader to find.
    pub bytes: Vec<u8>,
}

/// Reads the description of a page (zero-based); `None` where it has none.
pub fn description(path: &Path, page: u32) -> Result<Option<PageDescription>, DecodeError> {
    let mut window = Vec::new();
    let mut read = || -> Result<Option<PageDescription>, Fault> {
        let file = disk::open(path)?;
        let mut header = TiffHeader::read(PageReader::new(&file, &mut window))?;
        let directory = header.directory(page)?;
        let (width, height) = size(&mut header, &directory)?;
        let Some(mut bytes) = header.bytes(&directory, Tag::ImageDescription, limits::DESCRIPTION_BYTES)?
        else {
            return Ok(None);
        };
        let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        bytes.truncate(end);
        Ok(Some(PageDescription { width, height, bytes }))
    };
    read().map_err(|fault| fault.at(path, page))
}

/// Reads the description of the first page as a stream, however long it is; `None` where there is none.
pub(super) fn streamed<T>(
    path: &Path,
    read: impl FnOnce(&mut dyn Read) -> T,
) -> Result<Option<T>, DecodeError> {
    streamed_tag(path, Tag::ImageDescription, read)
}

/// Reads what an Opera says of the pages of its file, as a stream of XML; `None` where the file is not one of an Opera.
///
/// # Errors
/// [`DecodeError`], which names the file.
pub(crate) fn flex_xml<T>(
    path: &Path,
    read: impl FnOnce(&mut dyn Read) -> T,
) -> Result<Option<T>, DecodeError> {
    streamed_tag(path, Tag::Unknown(FLEX), read)
}

fn streamed_tag<T>(
    path: &Path,
    tag: Tag,
    read: impl FnOnce(&mut dyn Read) -> T,
) -> Result<Option<T>, DecodeError> {
    let mut window = Vec::new();
    let stream = || -> Result<Option<T>, Fault> {
        let file = disk::open(path)?;
        let mut header = TiffHeader::read(PageReader::new(&file, &mut window))?;
        let directory = header.directory(0)?;
        let description = header.stream(&directory, tag)?;
        Ok(description.map(|mut description| read(&mut description)))
    };
    stream().map_err(|fault| fault.at(path, 0))
}

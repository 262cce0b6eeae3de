//! Where OME documents lie, and reading one.
//!
//! Deliberately absent: what the document says, which is the image module's to read.

use std::io::{self, BufReader, Read};
use std::path::Path;

use crate::cancel::{Cancel, Cancelled};
use crate::disk;
use crate::image::{ImageSource, OmeDocument, read_ome};
use crate::limits;
use crate::plate::folder::is_image;
use crate::plate::metadata::text::Utf8Reader;

/// Whether a file is the companion of a set of TIFFs by its name.
pub(super) fn is_companion(name: &str) -> bool {
    ends_with(name, ".companion.ome")
}

/// Whether a file is an OME document by its name.
pub(super) fn is_document(name: &str) -> bool {
    !name.starts_with('.') && (ends_with(name, ".ome") || ends_with(name, ".ome.xml"))
}

fn ends_with(name: &str, end: &str) -> bool {
    let at = name.len().checked_sub(end.len()).filter(|at| *at > 0);
    at.and_then(|at| name.get(at..)).is_some_and(|found| found.eq_ignore_ascii_case(end))
}

/// Reads a document in a file of its own, or in the description of a TIFF, until what was read is enough. What cannot
/// be read is a document that says why.
pub(super) fn read(
    path: &Path,
    cancel: &Cancel,
    is_enough: impl FnMut(&OmeDocument) -> bool,
) -> Result<OmeDocument, Cancelled> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let parse = |source: &mut dyn Read| {
        let source = Cancellable { source: source.take(limits::OME_BYTES), cancel };
        read_ome(BufReader::with_capacity(1 << 18, Utf8Reader::new(source)), is_enough)
    };
    let broken = OmeDocument::unreadable;
    let document = if is_image(name) {
        match ImageSource::file(path).read_description(parse) {
            Ok(Some(document)) => document,
            Ok(None) => broken("it has no description".into()),
            Err(error) => broken(error.to_string()),
        }
    } else {
        match disk::open(path) {
            Ok(mut file) => parse(&mut file),
            Err(error) => broken(error.to_string()),
        }
    };
    cancel.check()?;
    Ok(document)
}

/// A source that ends with an error when opening is cancelled.
struct Cancellable<'a, R> {
    source: R,
    cancel: &'a Cancel,
}

impl<R: Read> Read for Cancellable<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.cancel.check().map_err(io::Error::other)?;
        self.source.read(into)
    }
}

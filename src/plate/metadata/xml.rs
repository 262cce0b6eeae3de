//! XML documents of any size, element by element, as far as they can be read.
//!
//! Deliberately absent: the tree that elements make up, and which of them mean something; who reads a document keeps
//! what it wants of both.

use std::borrow::Cow;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use quick_xml::events::{BytesStart, Event};

use super::text::{Utf8Reader, is_of_texts, unescaped};
use crate::cancel::{Cancel, Cancelled};
use crate::disk;

/// What a document is told to, from its beginning on.
pub(in crate::plate) trait Elements {
    /// An element begins.
    fn start(&mut self, element: &BytesStart<'_>);
    /// A piece of what stands in the innermost element.
    fn text(&mut self, text: &str);
    /// The innermost element ends.
    fn end(&mut self);
    /// Whether nothing further is wanted.
    fn is_done(&self) -> bool {
        false
    }
}

/// Tells a file to `elements`. Gives why it could not be read to its end, if so.
pub(in crate::plate) fn read_file(
    path: &Path,
    elements: &mut impl Elements,
    cancel: &Cancel,
) -> Result<Option<String>, Cancelled> {
    match disk::open(path) {
        Ok(file) => read(file, elements, cancel),
        Err(error) => Ok(Some(error.to_string())),
    }
}

/// The same of any source. What stands behind the end of the document does not matter.
pub(in crate::plate) fn read(
    source: impl Read,
    elements: &mut impl Elements,
    cancel: &Cancel,
) -> Result<Option<String>, Cancelled> {
    read_utf8(BufReader::with_capacity(1 << 18, Utf8Reader::new(source)), elements, cancel)
}

fn read_utf8(
    source: impl BufRead,
    elements: &mut impl Elements,
    cancel: &Cancel,
) -> Result<Option<String>, Cancelled> {
    let mut reader = quick_xml::Reader::from_reader(source);
    reader.config_mut().allow_dangling_amp = true;
    let mut buffer = Vec::new();
    let mut events = 0_u32;
    let mut depth = 0_usize;
    loop {
        events = events.wrapping_add(1);
        if events.is_multiple_of(4096) {
            cancel.check()?;
        }
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(element)) => {
                elements.start(&element);
                depth += 1;
                continue;
            }
            Ok(Event::Empty(element)) => {
                elements.start(&element);
                elements.end();
            }
            Ok(Event::End(_)) => {
                elements.end();
                depth = depth.saturating_sub(1);
            }
            Ok(Event::Text(text)) => {
                elements.text(&text.xml10_content());
                continue;
            }
            Ok(Event::CData(text)) => {
                elements.text(&text.xml10_content());
                continue;
            }
            Ok(Event::GeneralRef(reference)) => {
                match reference.resolve_char_ref() {
                    Ok(Some(c)) => elements.text(c.encode_utf8(&mut [0; 4])),
                    // A reference that names no character is left out; one that is not known stays as it is written.
                    Err(_) => {}
                    Ok(None) => {
                        let name = reference.xml10_content();
                        match quick_xml::escape::resolve_predefined_entity(&name) {
                            Some(known) => elements.text(known),
                            None => elements.text(&format!("&{name};")),
                        }
                    }
                }
                continue;
            }
            Ok(Event::Eof) => {
                let why = if depth > 0 { "it ends in the middle" } else { "it is empty" };
                return Ok(Some(why.to_owned()));
            }
            Ok(_) => continue,
            Err(error) => {
                let position = reader.error_position();
                return Ok(Some(format!("{error} at byte {position}")));
            }
        }
        if depth == 0 || elements.is_done() {
            return Ok(None);
        }
    }
}

/// The attributes of an element by their local names. What cannot be read of them is left out.
pub(in crate::plate) fn attributes<'a>(
    element: &'a BytesStart<'_>,
) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> {
    let mut attributes = element.attributes();
    attributes.with_checks(false);
    attributes.flatten().map(|attribute| {
        let name = attribute.key.0.rsplit(':').next().unwrap_or_default();
        let value = match attribute.value {
            Cow::Borrowed(value) => unescaped(value),
            Cow::Owned(value) => Cow::Owned(unescaped(&value).into_owned()),
        };
        (name, value)
    })
}

/// The text of the innermost element, which is emptied and filled again, since a document has very many.
#[derive(Debug, Default)]
pub(in crate::plate) struct ElementText {
    text: String,
}

impl ElementText {
    /// Adds a piece, as long as there are no more than this many bytes: longer texts are none that are wanted.
    pub(in crate::plate) fn add(&mut self, piece: &str, most_bytes: usize) {
        if self.text.len() + piece.len() <= most_bytes {
            self.text.extend(piece.chars().filter(|c| is_of_texts(*c)));
        }
    }

    pub(in crate::plate) fn clear(&mut self) {
        self.text.clear();
    }

    /// What was added, without blanks around it.
    pub(in crate::plate) fn trimmed(&self) -> &str {
        self.text.trim()
    }
}

//! XML as it is written: an element a line, and no text that is no XML.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// The attributes of an element by their names.
pub(super) type Attributes<'a> = &'a [(&'a str, &'a dyn Display)];

/// A document, or a part of one, while it is written.
pub(super) struct Xml<W: Write>(Writer<W>);

impl<W: Write> Xml<W> {
    pub(super) fn new(out: W) -> Self {
        Self(Writer::new(out))
    }

    /// What a document begins with.
    pub(super) fn head(&mut self) -> io::Result<()> {
        self.emit(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))
    }

    pub(super) fn open(&mut self, name: &str, attributes: Attributes<'_>) -> io::Result<()> {
        self.emit(Event::Start(element(name, attributes)))
    }

    pub(super) fn empty(&mut self, name: &str, attributes: Attributes<'_>) -> io::Result<()> {
        self.emit(Event::Empty(element(name, attributes)))
    }

    pub(super) fn close(&mut self, name: &str) -> io::Result<()> {
        self.emit(Event::End(BytesEnd::new(name)))
    }

    /// An element with a text.
    pub(super) fn text(&mut self, name: &str, attributes: Attributes<'_>, text: &str) -> io::Result<()> {
        self.0.write_event(Event::Start(element(name, attributes)))?;
        self.0.write_event(Event::Text(BytesText::new(&possible(text))))?;
        self.close(name)
    }

    /// What was written, with all that was buffered.
    pub(super) fn into_inner(self) -> io::Result<W> {
        let mut out = self.0.into_inner();
        out.flush()?;
        Ok(out)
    }

    fn emit(&mut self, event: Event<'_>) -> io::Result<()> {
        self.0.write_event(event)?;
        self.0.get_mut().write_all(b"\n")
    }
}

fn element<'a>(name: &'a str, attributes: Attributes<'_>) -> BytesStart<'a> {
    let mut element = BytesStart::new(name);
    for (name, value) in attributes {
        element.push_attribute((*name, &*possible(&value.to_string())));
    }
    element
}

/// A text without the characters that XML has no way to say; line ends in a value would be read as spaces.
fn possible(text: &str) -> Cow<'_, str> {
    let is_impossible = |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}');
    if text.contains(is_impossible) { text.replace(is_impossible, " ").into() } else { text.into() }
}

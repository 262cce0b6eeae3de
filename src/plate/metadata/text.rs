//! Text and numbers of metadata as they are found on disk: in any encoding, with decimal points or commas.
//!
//! Microscopes write the user's words as the system had them, whatever the file declares. So a byte order mark
//! counts before a declaration, and bytes that are no UTF-8 where that is declared, or where nothing is, are
//! Windows-1252, each for itself: one odd byte changes no other character. What cannot be understood costs itself alone.
//! Deliberately absent: guessing other encodings from how often letters occur.

use std::borrow::Cow;
use std::io::{self, Read};

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Bytes that are read at a time, and in which a declared encoding is looked for.
const CHUNK: usize = 16 * 1024;
/// The longest reference (`&#x10FFFF;`, `&quot;`) that is looked at.
const LONGEST_REFERENCE: usize = 12;

/// The text of a file or of a part of one, with what ends it taken off: some writers count the `NUL` behind a text.
pub(crate) fn decoded(bytes: &[u8]) -> String {
    let mut text = String::new();
    // Reading from memory cannot fail, and what is read is UTF-8.
    let _ = Utf8Reader::new(bytes).read_to_string(&mut text);
    text.truncate(text.trim_end_matches('\0').len());
    text
}

/// A finite number, with a decimal point or comma.
pub(in crate::plate) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let parsed = match (text.rfind('.'), text.rfind(',')) {
        (_, None) => text.parse(),
        (None, Some(_)) => text.replace(',', ".").parse(),
        // The last of both is the decimal mark, the other groups digits.
        (Some(point), Some(comma)) if point > comma => text.replace(',', "").parse(),
        _ => text.replace('.', "").replace(',', ".").parse(),
    };
    parsed.ok().filter(|number: &f64| number.is_finite())
}

/// A text of XML with its references resolved. One to a character that no text has is left out; one that
/// is not known stays as it is written.
pub(in crate::plate) fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        whole.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(LONGEST_REFERENCE).position(|byte| byte == b';').map_or(1, |end| end + 1);
        let (reference, after) = rest.split_at(end);
        match quick_xml::escape::unescape(reference) {
            Ok(character) => whole.extend(character.chars().filter(|c| is_of_texts(*c))),
            Err(_) if reference.starts_with("&#") => {}
            Err(_) => whole.push_str(reference),
        }
        rest = after;
    }
    whole.push_str(rest);
    Cow::Owned(whole)
}

/// Whether a character is one of texts.
pub(in crate::plate) fn is_of_texts(c: char) -> bool {
    !c.is_control() || matches!(c, '\t' | '\n' | '\r')
}

/// Reads a source of unknown encoding as UTF-8.
pub(in crate::plate) struct Utf8Reader<R> {
    source: R,
    /// Bytes that were read and not yet understood.
    raw: Vec<u8>,
    text: Vec<u8>,
    /// How much of `text` was handed on.
    taken: usize,
    is_at_end: bool,
    encoding: Option<Known>,
}

/// What the source turned out to be.
enum Known {
    /// UTF-8, with Windows-1252 between it.
    Utf8,
    Other(Decoder),
}

impl<R: Read> Utf8Reader<R> {
    pub(in crate::plate) fn new(source: R) -> Self {
        Self { source, raw: Vec::new(), text: Vec::new(), taken: 0, is_at_end: false, encoding: None }
    }

    /// Reads on until there is text or the source has ended.
    fn fill(&mut self) -> io::Result<()> {
        while self.taken == self.text.len() && !self.is_at_end {
            // Whole chunks, so that a declaration is never cut.
            let read = self.source.by_ref().take(CHUNK as u64).read_to_end(&mut self.raw)?;
            self.is_at_end = read < CHUNK;
            self.text.clear();
            self.taken = 0;
            let mut encoding = match self.encoding.take() {
                Some(encoding) => encoding,
                None => self.recognised(),
            };
            match &mut encoding {
                Known::Utf8 => self.take_utf8(),
                Known::Other(decoder) => self.take_other(decoder),
            }
            self.encoding = Some(encoding);
        }
        Ok(())
    }

    /// The encoding by the first bytes; a byte order mark is taken off.
    fn recognised(&mut self) -> Known {
        let (encoding, mark) = match Encoding::for_bom(&self.raw) {
            Some((encoding, mark)) => (encoding, mark),
            None => match self.raw.as_slice() {
                [b'<', 0, ..] => (UTF_16LE, 0),
                [0, b'<', ..] => (UTF_16BE, 0),
                start => (declared(start).unwrap_or(UTF_8), 0),
            },
        };
        self.raw.drain(..mark);
        if encoding == UTF_8 {
            Known::Utf8
        } else {
            Known::Other(encoding.new_decoder_without_bom_handling())
        }
    }

    fn take_utf8(&mut self) {
        let mut kept = 0;
        let mut chunks = self.raw.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            self.text.extend_from_slice(chunk.valid().as_bytes());
            if chunks.peek().is_none() && !self.is_at_end {
                // A character that goes on in the next chunk.
                kept = chunk.invalid().len();
            } else if !chunk.invalid().is_empty() {
                let (text, _) = WINDOWS_1252.decode_without_bom_handling(chunk.invalid());
                self.text.extend_from_slice(text.as_bytes());
            }
        }
        self.raw.drain(..self.raw.len() - kept);
    }

    fn take_other(&mut self, decoder: &mut Decoder) {
        let room = decoder.max_utf8_buffer_length(self.raw.len());
        let mut text = String::with_capacity(room.unwrap_or_default());
        // There is room for all of it.
        let _ = decoder.decode_to_string(&self.raw, &mut text, self.is_at_end);
        self.text.extend_from_slice(text.as_bytes());
        self.raw.clear();
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.fill()?;
        let count = into.len().min(self.text.len() - self.taken);
        into[..count].copy_from_slice(&self.text[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }
}

/// The encoding that an XML declaration names, where its bytes can be of that encoding at all.
fn declared(start: &[u8]) -> Option<&'static Encoding> {
    let declaration = start.trim_ascii_start().strip_prefix(b"<?xml")?;
    let end = declaration.iter().position(|byte| *byte == b'>')?;
    let declaration = std::str::from_utf8(&declaration[..end]).ok()?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let label = value[1..].split(quote).next()?;
    // What could be read as ASCII up to here is not of two bytes for each letter.
    Encoding::for_label(label.as_bytes()).filter(|encoding| encoding.is_ascii_compatible())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A source that gives few bytes at a time.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = into.len().min(self.0.len()).min(self.1);
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn utf16(text: &str, is_big: bool, mark: bool) -> Vec<u8> {
        let units = mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
        units.flat_map(|unit| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn text_of_any_encoding_is_read() {
        let xml = "<?xml version=\"1.0\" encoding=\"utf-16\"?><a>10 µM</a>";
        let table: Vec<(&str, Vec<u8>, &str)> = vec![
            ("UTF-8", "10 µM, 37 °C".into(), "10 µM, 37 °C"),
            ("UTF-8 with its mark", b"\xEF\xBB\xBF10 \xC2\xB5M".into(), "10 µM"),
            ("Windows-1252", b"10 \xB5M \x96 37 \xB0C".into(), "10 µM – 37 °C"),
            ("both in one file", b"\xC2\xB5 and \xB5, \xFC\xC3\xBC\xFC".into(), "µ and µ, üüü"),
            ("a character cut off", b"37 \xC3".into(), "37 Ã"),
            ("the end of a text", b"DAPI\0\0".into(), "DAPI"),
            ("UTF-16 with its mark", utf16(xml, false, true), xml),
            ("UTF-16 with its mark, big", utf16(xml, true, true), xml),
            ("UTF-16 by its first letter", utf16(xml, false, false), xml),
            ("UTF-16 by its first letter, big", utf16(xml, true, false), xml),
            ("a declaration that is not true", xml.into(), xml),
            (
                "Latin-2",
                b"<?xml version='1.0' encoding = 'ISO-8859-2'?><a>\xB3\xF3d\xBC</a>".into(),
                "<?xml version='1.0' encoding = 'ISO-8859-2'?><a>łódź</a>",
            ),
            (
                "UTF-8 declared, Windows-1252 written",
                b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><a>\xB5</a>".into(),
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a>µ</a>",
            ),
            (
                "no such encoding",
                b"<?xml version=\"1.0\" encoding=\"x-none\"?>\xB5".into(),
                "<?xml version=\"1.0\" encoding=\"x-none\"?>µ",
            ),
            ("nothing", Vec::new(), ""),
        ];
        for (what, bytes, expected) in table {
            assert_eq!(decoded(&bytes), expected, "{what}");
        }
    }

    #[test]
    fn numbers_with_point_or_comma() {
        let table = [
            ("0.65", Some(0.65)),
            ("0,65", Some(0.65)),
            (" -5,2 ", Some(-5.2)),
            ("5,98E-07", Some(5.98e-7)),
            ("1.234,5", Some(1234.5)),
            ("1,234.5", Some(1234.5)),
            ("12", Some(12.0)),
            ("1,2,3", None),
            ("NaN", None),
            ("inf", None),
            ("1e999", None),
            ("0.65 um", None),
            ("", None),
            (",", None),
        ];
        for (text, expected) in table {
            assert_eq!(number(text), expected, "{text}");
        }
    }

    #[test]
    fn a_bad_reference_costs_itself() {
        let table = [
            ("a &amp; b &#181; &#xb5; &lt;", "a & b µ µ <"),
            ("Lot &#0; 5 &#1;&#13;&#10;end", "Lot  5 \r\nend"),
            ("&#xD800;&#99999999;x", "x"),
            ("AT&T, R&D; &micro; &", "AT&T, R&D; &micro; &"),
            ("plain", "plain"),
        ];
        for (text, expected) in table {
            assert_eq!(unescaped(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_become_text_however_they_arrive(bytes: Vec<u8>, repeat in 1_usize..800, at_once in 1_usize..40) {
            let bytes = bytes.repeat(repeat);
            let mut text = String::new();
            Utf8Reader::new(Drops(&bytes, at_once)).read_to_string(&mut text).expect("text");
            let mut whole = String::new();
            Utf8Reader::new(bytes.as_slice()).read_to_string(&mut whole).expect("text");
            prop_assert_eq!(text, whole);
            let _ = unescaped(&decoded(&bytes));
        }

        #[test]
        fn what_is_utf_8_stays_as_it_is(text in "[^\\u{feff}<\\u{0}]\\PC{0,200}[a-z]") {
            prop_assert_eq!(decoded(text.as_bytes()), text.clone());
            let escaped = text.replace('&', "&amp;");
            prop_assert_eq!(unescaped(&escaped), text);
        }
    }
}

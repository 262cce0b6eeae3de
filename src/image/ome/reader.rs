//! Reads OME-XML as a stream, and no further than is asked for.

use std::io::{self, BufRead, Read};

use quick_xml::events::Event;

use super::document::OmeDocument;
use super::elements::Elements;
use crate::limits;

/// Reads a document in UTF-8 as far as it goes, or until what was read is enough, which is asked after every element
/// of interest. An error of any kind is in [`OmeDocument::broken`].
pub(crate) fn read(source: impl BufRead, mut is_enough: impl FnMut(&OmeDocument) -> bool) -> OmeDocument {
    let mut reader = quick_xml::Reader::from_reader(Pieces { source, left: limits::OME_PIECE_BYTES });
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.check_end_names = false;
    let mut elements = Elements::default();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        reader.get_mut().left = limits::OME_PIECE_BYTES;
        let is_news = match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(element)) => elements.start(&element),
            Ok(Event::Empty(element)) => {
                let is_news = elements.start(&element);
                elements.end();
                is_news
            }
            Ok(Event::End(_)) => {
                elements.end();
                true
            }
            Ok(Event::Text(text)) => {
                elements.text(&text.xml10_content());
                false
            }
            Ok(Event::GeneralRef(reference)) => {
                match reference.resolve_char_ref() {
                    Ok(Some(c)) => elements.text(c.encode_utf8(&mut [0; 4])),
                    Ok(None) => {
                        let name = reference.xml10_content();
                        elements
                            .text(quick_xml::escape::resolve_predefined_entity(&name).unwrap_or_default());
                    }
                    // It names no character.
                    Err(_) => {}
                }
                false
            }
            Ok(Event::Eof) => return elements.finish(),
            Ok(_) => false,
            Err(error) => {
                let why = format!("{error} at byte {}", reader.error_position());
                return elements.finish_broken(why);
            }
        };
        if elements.is_other() {
            return elements.finish();
        }
        if elements.entries() > limits::OME_ENTRIES {
            let why = format!("it has more than {} planes and fields", limits::OME_ENTRIES);
            return elements.finish_broken(why);
        }
        if is_news && is_enough(elements.document()) {
            return elements.finish_early();
        }
    }
}

/// A source of which no piece of markup or text may be of any length: each is held whole while it is read.
struct Pieces<R> {
    source: R,
    left: usize,
}

impl<R: BufRead> Read for Pieces<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(into)?;
        self.left = self.left.saturating_sub(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Pieces<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::other("a part of it is longer than any that OME has"));
        }
        self.source.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.left = self.left.saturating_sub(count);
        self.source.consume(count);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_text(text: &str) -> OmeDocument {
        read(text.as_bytes(), |_| false)
    }

    #[test]
    fn elements_count_where_they_belong() {
        // A text, and how many plates, samples, images, and pieces of data there are, and why it is broken.
        let image = "<Image ID=\"I\"><Pixels><TiffData/></Pixels></Image>";
        let table = [
            (format!("<OME>{image}{image}</OME>"), (0, 0, 2, 2), None),
            (
                format!("<o:OME xmlns:o=\"x\">{}</o:OME>", image.replace('<', "<o:").replace("<o:/", "</o:")),
                (0, 0, 1, 1),
                None,
            ),
            // Elsewhere these are something else.
            (
                format!("<OME><Dataset>{image}</Dataset><Image/><TiffData/><WellSample/></OME>"),
                (0, 0, 1, 0),
                None,
            ),
            (
                "<OME><Plate><Well><WellSample/><WellSample/></Well></Plate><Plate/></OME>".into(),
                (2, 2, 0, 0),
                None,
            ),
            (format!("<OME>{image}"), (0, 0, 1, 1), Some("it ends in the middle")),
            (format!("<OME>{image}<Image"), (0, 0, 1, 1), Some("tag not closed")),
            (
                format!("<MetaData><OME>{image}</OME></MetaData>"),
                (0, 0, 0, 0),
                Some("it is not an OME document"),
            ),
            ("no XML".into(), (0, 0, 0, 0), Some("it is not an OME document")),
            (String::new(), (0, 0, 0, 0), Some("it is not an OME document")),
            (format!("<OME>{}{image}", "<x>".repeat(5_000)), (0, 0, 0, 0), Some("it ends in the middle")),
            (
                format!("<OME>{}{}{image}</OME>", "<x>".repeat(5_000), "</x>".repeat(5_000)),
                (0, 0, 1, 1),
                None,
            ),
        ];
        for (text, counts, broken) in table {
            let document = read_text(&text);
            let samples = document.plates.iter().map(|plate| plate.samples.len()).sum();
            let found = (document.plates.len(), samples, document.images.len(), document.data.len());
            assert_eq!(found, counts, "{text:.80}");
            assert_eq!(document.broken.is_some(), broken.is_some(), "{text:.80}: {:?}", document.broken);
            assert!(document.broken.unwrap_or_default().contains(broken.unwrap_or_default()), "{text:.80}");
        }
    }

    #[test]
    fn no_more_is_read_than_is_asked_for() {
        let text = format!("<OME><Plate/>{}", "<Image/>".repeat(1_000));
        let document = read(text.as_bytes(), |document| !document.plates.is_empty());
        assert_eq!((document.images.len(), document.broken), (0, None));
    }

    #[test]
    fn a_piece_of_any_length_is_not_held() {
        let long = "x".repeat(limits::OME_PIECE_BYTES + (1 << 16));
        for text in
            [format!("<OME><Image/>{long}</OME>"), format!("<OME><Image/><Plate Name=\"{long}\"/></OME>")]
        {
            let document = read(io::BufReader::new(text.as_bytes()), |_| false);
            assert_eq!((document.images.len(), document.plates.len()), (1, 0));
            assert!(document.broken.is_some_and(|why| why.contains("longer than any")));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(
            text in "(<OME>|<Plate>|<Well Row=\"[0-9]\">|<WellSample/>|<Image>|<Pixels \
                     SizeC=\"[0-9]{1,11}\">|<Channel/>|<TiffData IFD=\"[0-9-]{1,4}\">|<UUID \
                     FileName=\"\\PC\">|</[A-Z]>|&[a-z#]{1,3};|<|>|\\PC){0,40}"
        ) {
            let _ = read_text(&text);
        }
    }
}

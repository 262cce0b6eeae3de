//! The index of a Harmony measurement (`Index.idx.xml` and its relatives), streamed.
//!
//! All generations have the same body and differ in namespace and in where the channels are
//! described: in each image record (V1 to V5), or once per channel in some `Maps/Map/Entry` (V6, V7).
//! So elements are matched by local name and place, and both places are read. An index can have
//! 50 MB and is never held whole. Deliberately absent: flat-field profiles and camera settings.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use quick_xml::events::BytesStart;

use super::fields::{ChannelMetadata, Fields, Record, unit_um};
use crate::cancel::{Cancel, Cancelled};
use crate::disk;
use crate::limits;
use crate::plate::metadata::text::decoded;
use crate::plate::metadata::xml::{self, ElementText, Elements, attributes};

/// What an index says.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) instrument: Option<String>,
    pub(super) plate_name: Option<String>,
    pub(super) plate_id: Option<String>,
    pub(super) start_time: Option<String>,
    pub(super) rows: Option<u32>,
    pub(super) columns: Option<u32>,
    pub(super) channels: BTreeMap<u32, ChannelMetadata>,
    pub(super) records: Vec<Record>,
    /// The URLs of all records, one after the other.
    urls: String,
    /// Why the index could not be read to its end.
    pub(super) broken: Option<String>,
}

impl Index {
    /// Where the images of all records are.
    pub(super) fn urls(&self) -> impl Iterator<Item = &str> {
        self.records.iter().map(|record| self.url_of(record))
    }

    /// Where the image of a record is; empty where it was not recorded.
    pub(super) fn url_of(&self, record: &Record) -> &str {
        self.urls.get(record.url.clone()).unwrap_or_default()
    }
}

/// The elements that are wanted or lead to one; all others are skipped.
const WANTED: [&str; 34] = [
    "EvaluationInputData",
    "InstrumentType",
    "Plate",
    "Name",
    "PlateID",
    "MeasurementStartTime",
    "PlateRows",
    "PlateColumns",
    "Map",
    "Entry",
    "Images",
    "Image",
    "State",
    "URL",
    "Row",
    "Col",
    "FieldID",
    "PlaneID",
    "TimepointID",
    "ChannelID",
    "ChannelName",
    "ImageResolutionX",
    "ImageResolutionY",
    "PositionX",
    "PositionY",
    "PositionZ",
    "AbsPositionZ",
    "MeasurementTimeOffset",
    "AbsTime",
    "MainExcitationWavelength",
    "MainEmissionWavelength",
    "ExposureTime",
    "ObjectiveMagnification",
    "ObjectiveNA",
];

/// Reads an index file as far as it goes; an error of any kind is in [`Index::broken`].
pub(super) fn read(path: &Path, cancel: &Cancel) -> Result<Index, Cancelled> {
    match disk::open(path) {
        Ok(file) => parse(file, cancel),
        Err(error) => Ok(Index { broken: Some(error.to_string()), ..Index::default() }),
    }
}

/// Whether a file starts as an index does; so `Index.xml` of other programs is told from this one.
pub(super) fn is_index(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = disk::open(path).and_then(|file| file.take(4096).read_to_end(&mut start));
    let start = decoded(&start);
    read.is_ok()
        && ["EvaluationInputData", "perkinelmer.com", "/Harmony"].iter().any(|word| start.contains(word))
}

/// Whether an index names any file that is wanted.
pub(super) fn names_any(
    path: &Path,
    is_wanted: impl Fn(&str) -> bool,
    cancel: &Cancel,
) -> Result<bool, Cancelled> {
    let index = read(path, cancel)?;
    Ok(index.records.iter().any(|record| is_wanted(index.url_of(record))))
}

fn parse(source: impl Read, cancel: &Cancel) -> Result<Index, Cancelled> {
    let mut parser = Parser::default();
    let broken = xml::read(source, &mut parser, cancel)?;
    Ok(Index { broken, ..parser.index })
}

/// The state of reading: where in the tree, and the record or channel under way.
#[derive(Default)]
struct Parser {
    path: Vec<&'static str>,
    text: ElementText,
    unit_um: f64,
    fields: Fields,
    index: Index,
}

impl Parser {
    fn is_under(&self, parent: &str) -> bool {
        self.path.last().is_some_and(|last| *last == parent)
    }
}

impl Elements for Parser {
    fn start(&mut self, element: &BytesStart<'_>) {
        let attribute = |name: &str| attributes(element).find(|(of, _)| *of == name).map(|(_, value)| value);
        let local = element.local_name();
        let name = WANTED.into_iter().find(|wanted| *wanted == local.as_ref()).unwrap_or_default();
        if (name == "Image" && self.is_under("Images")) || (name == "Entry" && self.is_under("Map")) {
            self.fields.begin(attribute("ChannelID").and_then(|id| id.parse().ok()));
        } else if name == "URL" && self.is_under("Image") {
            self.fields.page = attribute("BufferNo").and_then(|page| page.parse().ok()).unwrap_or(0);
        }
        if !name.is_empty() {
            self.unit_um = unit_um(attribute("Unit").as_deref());
        }
        self.text.clear();
        self.path.push(name);
    }

    fn text(&mut self, text: &str) {
        if self.path.last().is_some_and(|name| !name.is_empty()) {
            self.text.add(text, limits::INDEX_TEXT_BYTES);
        }
    }

    fn end(&mut self) {
        let Some(name) = self.path.pop().filter(|name| !name.is_empty()) else { return };
        let text = self.text.trimmed();
        let parent = self.path.last().copied().unwrap_or_default();
        let grandparent = self.path.iter().rev().nth(1).copied().unwrap_or_default();
        let filled = || (!text.is_empty()).then(|| text.to_owned());
        let (fields, index) = (&mut self.fields, &mut self.index);
        match (grandparent, parent, name) {
            ("Images", "Image", _) | ("Map", "Entry", _) => fields.add(name, text, self.unit_um),
            (_, "Images", "Image") => {
                let begin = index.urls.len();
                index.urls.push_str(fields.text("URL").unwrap_or_default());
                let record = fields.record(begin..index.urls.len(), index.start_time.as_deref());
                if let Some(channel) = record.channel {
                    index.channels.entry(channel).or_default().complete(fields);
                }
                index.records.push(record);
            }
            (_, "Map", "Entry") => {
                if let Some(channel) = fields.channel {
                    index.channels.entry(channel).or_default().complete(fields);
                }
            }
            (_, "EvaluationInputData", "InstrumentType") => index.instrument = filled(),
            (_, "Plate", "Name") if index.plate_name.is_none() => index.plate_name = filled(),
            (_, "Plate", "PlateID") if index.plate_id.is_none() => index.plate_id = filled(),
            (_, "Plate", "MeasurementStartTime") if index.start_time.is_none() => index.start_time = filled(),
            (_, "Plate", "PlateRows") if index.rows.is_none() => index.rows = text.parse().ok(),
            (_, "Plate", "PlateColumns") if index.columns.is_none() => index.columns = text.parse().ok(),
            _ => {}
        }
        self.text.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_text(text: &str) -> Index {
        read_bytes(text.as_bytes())
    }

    fn read_bytes(bytes: &[u8]) -> Index {
        parse(bytes, &Cancel::new()).expect("not cancelled")
    }

    const RECORD: &str = "<Image Version=\"1\"><id>x</id><State>Ok</State>\
        <URL>r02c03f04p05-ch6sk1fk1fl1.tiff</URL><Row>2</Row><Col>3</Col><FieldID>4</FieldID>\
        <PlaneID>5</PlaneID><TimepointID>0</TimepointID><ChannelID>6</ChannelID>";

    #[test]
    fn channels_are_in_the_records_or_in_a_map() {
        let v5 = format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<EvaluationInputData Version=\"1\" \
             xmlns=\"http://www.perkinelmer.com/PEHH/HarmonyV5\">\n<InstrumentType>Phenix</InstrumentType>\
             <Plates><Plate><PlateID>ID</PlateID><Name>A &amp; B\n</Name><PlateRows>16</PlateRows>\
             <PlateColumns>24</PlateColumns></Plate></Plates>\
             <Wells><Well><id>0203</id><Row>2</Row><Col>3</Col><Image id=\"r\" /></Well></Wells>\
             <Images>{RECORD}<ChannelName>Caf&#233; 5 &lt; 6</ChannelName>\
             <ImageResolutionX Unit=\"m\">5.98E-07</ImageResolutionX>\
             <PositionX Unit=\"m\">-0.0006</PositionX><PositionY Unit=\"m\">0.0003</PositionY></Image></Images>\
             </EvaluationInputData>"
        );
        let v7 = format!(
            "<EvaluationInputData Version=\"2\" xmlns=\"43B2A954-E3C3-47E1-B392-6635266B0DD3/HarmonyV7\">\
             <Maps><Map><Entry ChannelID=\"6\"><FlatfieldProfile>{{}}</FlatfieldProfile></Entry></Map>\
             <Map><Entry ChannelID=\"7\"><ChannelName>B</ChannelName></Entry><Entry ChannelID=\"6\">\
             <ChannelName>A</ChannelName><ImageResolutionX Unit=\"m\">2E-07</ImageResolutionX>\
             <ObjectiveMagnification>20</ObjectiveMagnification></Entry></Map></Maps>\
             <Images>{RECORD}</Image></Images></EvaluationInputData>"
        );
        let columbus = format!(
            "<c:Root xmlns:c=\"http://www.perkinelmer.com/Columbus\"><c:Images>{RECORD}</Image></c:Images></c:Root>"
        );
        let index = read_text(&v5);
        assert_eq!(index.broken, None);
        assert_eq!(index.plate_name.as_deref(), Some("A & B"));
        assert_eq!((index.rows, index.columns), (Some(16), Some(24)));
        assert_eq!(index.instrument.as_deref(), Some("Phenix"));
        assert_eq!(index.records.len(), 1);
        let record = &index.records[0];
        let numbers =
            [record.row, record.column, record.field, record.plane, record.timepoint, record.channel];
        assert_eq!(numbers, [2, 3, 4, 5, 0, 6].map(Some));
        assert!(record.x_um.is_some_and(|x| (x + 600.0).abs() < 1e-6));
        assert_eq!(index.channels[&6].name.as_deref(), Some("Café 5 < 6"));
        assert!(index.channels[&6].pixel_size.is_some_and(|size| (size.y_um - 0.598).abs() < 1e-9));

        let index = read_text(&v7);
        let names: Vec<_> = index.channels.iter().map(|(id, c)| (*id, c.name.as_deref())).collect();
        assert_eq!(names, [(6, Some("A")), (7, Some("B"))]);
        assert!(index.channels[&6].pixel_size.is_some_and(|size| (size.x_um - 0.2).abs() < 1e-9));
        assert_eq!(index.records.len(), 1);

        assert_eq!(read_text(&columbus).records.len(), 1);
    }

    #[test]
    fn a_broken_index_is_read_as_far_as_it_goes() {
        let table = [
            (String::new(), 0, true),
            ("no xml".to_owned(), 0, true),
            (format!("<E><Images>{RECORD}</Image>{RECORD}"), 1, true),
            (format!("<E><Images>{RECORD}</Image></Wrong></E>"), 1, true),
            (format!("<E><Images>{RECORD}</Image><Image><Row>1</Row></Image></Images></E>"), 2, false),
            (format!("<E><Images>\n{}\n</Image></Images></E>", RECORD.replace("><", ">\n  <")), 1, false),
        ];
        for (text, records, is_broken) in table {
            let index = read_text(&text);
            assert_eq!((index.records.len(), index.broken.is_some()), (records, is_broken), "{text}");
        }
    }

    #[test]
    fn words_of_any_encoding_and_numbers_of_any_country_are_read() {
        let text = |declared: &str, name: &str| {
            format!(
                "<?xml version=\"1.0\"{declared}?><E><Plates><Plate><Name>{name}</Name></Plate></Plates><Images>{RECORD}\
                 <ChannelName>{name}</ChannelName><ImageResolutionX Unit=\"m\">5,98E-07</ImageResolutionX>\
                 <ImageResolutionY Unit=\"um\">0,25</ImageResolutionY><PositionX Unit=\"m\">-0,0006</PositionX>\
                 <PositionY Unit=\"mm\">1.5</PositionY><ObjectiveMagnification>20,0</ObjectiveMagnification>\
                 <ObjectiveNA>0,4</ObjectiveNA></Image></Images></E>"
            )
        };
        let (utf8, latin) = (" encoding=\"utf-8\"", " encoding=\"ISO-8859-1\"");
        let bytes_of = |text: String| {
            text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect::<Vec<_>>()
        };
        let utf16 = |text: String| {
            let units = std::iter::once(0xFEFF).chain(text.encode_utf16().collect::<Vec<_>>());
            units.flat_map(u16::to_le_bytes).collect::<Vec<_>>()
        };
        // The bytes and the words in them.
        let table = [
            (text(utf8, "10 µM").into_bytes(), "10 µM"),
            (bytes_of(text(utf8, "10 µM")), "10 µM"),
            (bytes_of(text("", "Größe µ")), "Größe µ"),
            (bytes_of(text(latin, "Größe")), "Größe"),
            (utf16(text(" encoding=\"utf-16\"", "Größe 測定")), "Größe 測定"),
            // What is no character costs itself.
            (text(utf8, "Lot &#0;5 &micro;M &#xD800;&amp; R&D\u{0}").into_bytes(), "Lot 5 &micro;M & R&D"),
        ];
        for (bytes, expected) in table {
            let index = read_bytes(&bytes);
            assert_eq!((index.broken.as_deref(), index.plate_name.as_deref()), (None, Some(expected)));
            let channel = &index.channels[&6];
            assert_eq!(channel.name.as_deref(), Some(expected));
            let size = channel.pixel_size.expect("a size");
            assert!((size.x_um - 0.598).abs() < 1e-9 && (size.y_um - 0.25).abs() < 1e-9, "{size:?}");
            let at = (index.records[0].x_um.expect("x"), index.records[0].y_um.expect("y"));
            assert!((at.0 + 600.0).abs() < 1e-6 && (at.1 - 1500.0).abs() < 1e-6, "{at:?}");
            let objective = (channel.magnification.as_deref(), channel.aperture.as_deref());
            assert_eq!(objective, (Some("20"), Some("0.4")), "{expected}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "(<Images>|<Image>|</Image>|<Row>|</Row>|<URL/>|&amp;|&|;|<|>|[0-9]{1,9}|\\PC){0,40}") {
            let _ = read_text(&text);
        }
    }

    #[test]
    fn urls_pages_and_states() {
        let text = "<E><Images><Image><State>Failed</State><URL \
                    BufferNo=\"3\">a&amp;b.tif</URL><Row>1</Row><Col>1</Col>\
            </Image><Image><URL/><Row>1</Row><Col>2</Col></Image></Images></E>";
        let index = read_text(text);
        let shown: Vec<_> =
            index.records.iter().map(|r| (index.url_of(r), r.page, r.state.as_deref())).collect();
        assert_eq!(shown, [("a&b.tif", 3, Some("Failed")), ("", 0, None)]);
    }
}

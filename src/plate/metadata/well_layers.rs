//! What microscopes and those who describe plates say of wells: layers, each of which has a text for wells.
//!
//! Harmony keeps an assay layout beside the images (`Assaylayout/*.xml`), OME-XML what it says of wells. Deliberately absent: what the
//! texts mean.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use quick_xml::events::BytesStart;

use super::text::Utf8Reader;
use super::xml::{self, ElementText, Elements};
use crate::cancel::{Cancel, Cancelled};
use crate::disk;
use crate::image::{OmeDocument, read_ome};
use crate::limits;
use crate::plate::WellId;

/// What is said of wells under one name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WellLayer {
    /// What it is called.
    pub name: String,
    /// The texts of wells, those that are empty left out.
    pub texts: Vec<(WellId, String)>,
}

/// The layers of a document: an assay layout of Harmony, or OME-XML.
pub(crate) fn layers_of_xml(bytes: &[u8]) -> Vec<WellLayer> {
    let layers = of_assay_layout(bytes);
    if !layers.is_empty() {
        return layers;
    }
    of_ome(&read_ome(std::io::BufReader::new(Utf8Reader::new(Cursor::new(bytes))), |_| false), 0)
}

/// The layers of an assay layout in a file. What cannot be read has none, and says why.
pub(in crate::plate) fn of_assay_layout_file(
    path: &Path,
    cancel: &Cancel,
) -> Result<Result<Vec<WellLayer>, String>, Cancelled> {
    cancel.check()?;
    let bytes = disk::read(path, limits::LAYOUT_BYTES);
    Ok(bytes.map(|bytes| of_assay_layout(&bytes)).map_err(|error| error.to_string()))
}

/// What OME-XML says of the wells of one of its plates.
pub(in crate::plate) fn of_ome(document: &OmeDocument, plate: usize) -> Vec<WellLayer> {
    let mut layers: Vec<WellLayer> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for text in document.well_texts().iter().filter(|text| text.plate == plate && !text.text.is_empty()) {
        let Some(well) = WellId::at(text.row, text.column) else { continue };
        let place = *places.entry(&text.name).or_insert_with(|| {
            layers.push(WellLayer { name: text.name.clone(), texts: Vec::new() });
            layers.len() - 1
        });
        layers[place].texts.push((well, text.text.clone()));
    }
    layers
}

fn of_assay_layout(bytes: &[u8]) -> Vec<WellLayer> {
    let mut layout = AssayLayout::default();
    // What can be read counts; it is never cancelled, as it is in memory and small.
    drop(xml::read(Cursor::new(bytes), &mut layout, &Cancel::new()));
    layout.layers.retain(|layer| !layer.texts.is_empty());
    layout.layers
}

/// An assay layout while it is read.
#[derive(Default)]
struct AssayLayout {
    layers: Vec<WellLayer>,
    path: Vec<Box<str>>,
    text: ElementText,
    row: Option<u32>,
    column: Option<u32>,
    value: String,
    is_other: bool,
}

impl Elements for AssayLayout {
    fn start(&mut self, element: &BytesStart<'_>) {
        let name = element.local_name();
        let name: &str = name.as_ref();
        self.is_other |= self.path.is_empty() && name != "AssayLayout";
        match (self.path.last().map(AsRef::as_ref), name) {
            (Some("AssayLayout"), "Layer") => self.layers.push(WellLayer::default()),
            (Some("Layer"), "Well") => (self.row, self.column, self.value) = (None, None, String::new()),
            _ => {}
        }
        self.path.push(name.into());
        self.text.clear();
    }

    fn text(&mut self, text: &str) {
        self.text.add(text, limits::INDEX_TEXT_BYTES);
    }

    fn end(&mut self) {
        let Some(name) = self.path.pop() else { return };
        let text = self.text.trimmed();
        let Some(layer) = self.layers.last_mut() else { return };
        match (self.path.last().map(AsRef::as_ref), &*name) {
            (Some("Layer"), "Name") => text.clone_into(&mut layer.name),
            (Some("Well"), "Row") => self.row = text.parse().ok(),
            (Some("Well"), "Col") => self.column = text.parse().ok(),
            (Some("Well"), "Value") => text.clone_into(&mut self.value),
            (Some("Layer"), "Well") => {
                let at = |number: Option<u32>| number?.checked_sub(1);
                let well =
                    at(self.row).zip(at(self.column)).and_then(|(row, column)| WellId::at(row, column));
                if let Some(well) = well.filter(|_| !self.value.is_empty()) {
                    layer.texts.push((well, std::mem::take(&mut self.value)));
                }
            }
            _ => {}
        }
        self.text.clear();
    }

    fn is_done(&self) -> bool {
        self.is_other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let layers = layers_of_xml(text.as_bytes());
        let shown = |layer: &WellLayer| {
            let texts: Vec<String> =
                layer.texts.iter().map(|(well, text)| format!("{well} {text}")).collect();
            format!("{}: {}", layer.name, texts.join(", "))
        };
        layers.iter().map(shown).collect()
    }

    #[test]
    fn assay_layouts_have_layers() {
        let well = |row: u32, column: u32, value: &str| {
            format!("<Well><Row>{row}</Row><Col>{column}</Col>{value}<Color>4294967295</Color></Well>")
        };
        let layer = |name: &str, wells: &str| {
            format!("<Layer><Name>{name}</Name><ValueType>string</ValueType>{wells}</Layer>")
        };
        let compounds = well(1, 1, "<Value>DMSO</Value>")
            + &well(1, 2, "<Value />")
            + &well(16, 24, "<Value>A &amp; B</Value>");
        let doses = well(1, 1, "<Value>0.5</Value>")
            + &well(99, 1, "<Value>1</Value>")
            + &well(0, 1, "<Value>1</Value>");
        let text = format!(
            "\u{feff}<?xml version=\"1.0\"?><AssayLayout xmlns=\"x\"><PlateCols>24</PlateCols>{}{}{}</AssayLayout>",
            layer("Compound", &compounds),
            layer("Concentration", &doses),
            layer("Empty", &well(1, 1, "<Value/>"))
        );
        assert_eq!(shown(&text), ["Compound: A01 DMSO, P24 A & B", "Concentration: A01 0.5"]);
        // As far as it goes.
        assert_eq!(shown(&text[..text.find("Concentration").unwrap()]), ["Compound: A01 DMSO, P24 A & B"]);
    }

    #[test]
    fn ome_says_things_of_wells() {
        let text = "<OME><Plate ID=\"Plate:0\">\
            <Well Row=\"0\" Column=\"0\" Type=\"control\" ExternalDescription=\"DMSO\"><WellSample ID=\"1\"/><AnnotationRef ID=\"Annotation:0\"/></Well>\
            <Well Row=\"1\" Column=\"2\"><AnnotationRef ID=\"Annotation:0\"/><AnnotationRef ID=\"Annotation:1\"/></Well></Plate>\
            <Plate><Well Row=\"0\" Column=\"0\" Type=\"of another plate\"/></Plate>\
            <StructuredAnnotations>\
            <MapAnnotation ID=\"Annotation:0\"><Value><M K=\"Cell line\">HeLa &amp; 3T3</M></Value></MapAnnotation>\
            <MapAnnotation ID=\"Annotation:1\"><Value><M K=\"dose (µM)\">0.5</M><M K=\"drug\">Taxol</M></Value></MapAnnotation>\
            <MapAnnotation ID=\"Annotation:2\"><Value><M K=\"of an image\">x</M></Value></MapAnnotation>\
            </StructuredAnnotations></OME>";
        assert_eq!(
            shown(text),
            [
                "type: A01 control",
                "description: A01 DMSO",
                "Cell line: A01 HeLa & 3T3, B03 HeLa & 3T3",
                "dose (µM): B03 0.5",
                "drug: B03 Taxol"
            ]
        );
        assert!(shown("<html><body>A01</body></html>").is_empty());
        assert!(shown("<").is_empty());
    }
}

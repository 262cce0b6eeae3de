//! The companion of a plate that Stepwell saves: one OME-XML document that says what each file is.
//!
//! It is the record of a result. OME counts channels, planes and timepoints from 0 without gaps; the microscope's own
//! numbers, and what should be there and is not, stand in an annotation of our own, so that nothing is
//! renumbered and nothing is forgotten when a result is opened again. Identifiers follow from the names of plate and file, so
//! that the same run gives the same bytes. Deliberately absent: the reading of OME documents, which is their format's affair.

mod described;
mod document;
mod images;
mod record;
mod save_as;
mod xml;
mod zarr;

pub(crate) use described::{Described, DescribedChannel, DescribedImage, DescribedWell};
pub(crate) use document::Companion;
pub(crate) use images::type_name;
pub use record::Lack;
pub use save_as::SaveAs;
use xml::Xml;
use xxhash_rust::xxh3::Xxh3;
pub(crate) use zarr::{
    DescribedField, DescribedPlate, FieldKind, LackOfWell, labels_metadata, lack_of_well, row_metadata,
    well_metadata,
};

/// How the name of each companion ends.
pub(crate) const COMPANION_ENDING: &str = ".companion.ome";

/// How the folder of each OME-Zarr plate ends.
pub(crate) const ZARR_ENDING: &str = ".zarr";

/// What lists the images beside a companion for CellProfiler.
pub(crate) const LOAD_DATA_FILE: &str = "load_data.csv";

/// The schema of the documents.
const SCHEMA: &str = "http://www.openmicroscopy.org/Schemas/OME/2016-06";

/// Where the schema lies.
const SCHEMA_FILE: &str = "http://www.openmicroscopy.org/Schemas/OME/2016-06 \
                           http://www.openmicroscopy.org/Schemas/OME/2016-06/ome.xsd";

/// What a file of a plate is called among all files, by the name of the plate and its path beside the companion: a UUID of
/// RFC 9562 whose bits follow from a hash (version 8).
pub(crate) fn uuid_of(plate: &str, path: &str) -> String {
    let mut hash = Xxh3::new();
    for part in ["stepwell", plate, path] {
        hash.update(part.as_bytes());
        // No name holds it, so that no two pairs of names are alike.
        hash.update(&[0]);
    }
    const VERSION: u128 = 8 << 76;
    const VARIANT: u128 = 2 << 62;
    let bits = hash.digest128() & !(0xf << 76) & !(3 << 62) | VERSION | VARIANT;
    let text = format!("{bits:032x}");
    format!("urn:uuid:{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}

/// What a file says of itself that a companion describes: where that is. In ASCII, which is all that a TIFF may hold.
pub(crate) fn pointer_to(companion: &str, plate: &str, path: &str) -> String {
    let mut xml = Xml::new(Vec::new());
    let written = begin_ome(&mut xml, &uuid_of(plate, path)).and_then(|()| {
        let uuid = uuid_of(plate, companion);
        xml.empty("BinaryOnly", &[("MetadataFile", &companion), ("UUID", &uuid)])?;
        xml.close("OME")
    });
    // Writing into memory cannot fail, and all that was written is text.
    let text = written.and_then(|()| xml.into_inner()).unwrap_or_default();
    ascii(&String::from_utf8(text).unwrap_or_default())
}

/// Begins a document.
fn begin_ome<W: std::io::Write>(xml: &mut Xml<W>, uuid: &str) -> std::io::Result<()> {
    xml.head()?;
    xml.open(
        "OME",
        &[
            ("xmlns", &SCHEMA),
            ("xmlns:xsi", &"http://www.w3.org/2001/XMLSchema-instance"),
            ("xsi:schemaLocation", &SCHEMA_FILE),
            ("UUID", &uuid),
            ("Creator", &concat!("Stepwell ", env!("CARGO_PKG_VERSION"))),
        ],
    )
}

/// A document with all characters beyond ASCII by their numbers.
fn ascii(document: &str) -> String {
    let mut text = String::with_capacity(document.len());
    for c in document.chars() {
        match c {
            c if c.is_ascii() => text.push(c),
            c => text.push_str(&format!("&#{};", u32::from(c))),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_among_all_files_are_valid_and_their_own() {
        let names = [("P", "a.tif"), ("P", "b.tif"), ("Pa", ".tif"), ("", "")];
        let uuids: std::collections::BTreeSet<_> =
            names.iter().map(|(plate, path)| uuid_of(plate, path)).collect();
        assert_eq!(uuids.len(), names.len());
        for uuid in uuids {
            let digits: Vec<_> = uuid.strip_prefix("urn:uuid:").unwrap().split('-').collect();
            assert_eq!(digits.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
            assert!(digits.concat().bytes().all(|digit| digit.is_ascii_hexdigit()), "{uuid}");
            assert!(digits[2].starts_with('8') && digits[3].starts_with(['8', '9', 'a', 'b']), "{uuid}");
        }
        assert_eq!(uuid_of("P", "a.tif"), uuid_of("P", "a.tif"));
    }

    #[test]
    fn a_file_points_to_its_companion_in_ascii() {
        let long = "\u{10ffff}".repeat(60);
        for name in ["Screen 7.companion.ome", "Plättchen µ & <1>.companion.ome", &long] {
            let text = pointer_to(name, "plate", "a.ome.tif");
            assert!(text.is_ascii() && text.len() < crate::image::MOST_DESCRIPTION_BYTES, "{}", text.len());
            let mut reader = quick_xml::Reader::from_str(&text);
            let mut found = None;
            loop {
                match reader.read_event().expect("XML") {
                    quick_xml::events::Event::Empty(element) => {
                        let file = element.try_get_attribute("MetadataFile").unwrap().unwrap();
                        found = Some(quick_xml::escape::unescape(&file.value).unwrap().into_owned());
                    }
                    quick_xml::events::Event::Eof => break,
                    _ => {}
                }
            }
            assert_eq!(found.as_deref(), Some(name));
        }
    }
}

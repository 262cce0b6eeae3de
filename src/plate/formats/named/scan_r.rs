//! Olympus / Evident ScanR: `B1--W00013--P00001--Z00000--T00000--GFP.tif`, in a folder `data` beside its description.
//!
//! Wells (W) are counted row by row through the plate, and mostly named before it; where they are not, the columns of the plate
//! are in `experiment_descriptor.xml`, else they are a guess. W and P count from 1, Z and T from 0. Deliberately absent:
//! `metadata.ome.xml` of newer versions, and where the positions lie, which the description does not say.

use std::path::Path;
use std::rc::Rc;
use std::sync::LazyLock;

use quick_xml::events::BytesStart;

use super::labels::Labels;
use super::reading::{Named, NamedFiles, patterns, reader};
use super::spelling;
use crate::cancel::{Cancel, Cancelled};
use crate::limits;
use crate::plate::draft::Draft;
use crate::plate::folder::{Disk, Folder};
use crate::plate::metadata::text::number;
use crate::plate::metadata::xml::{self, ElementText, Elements};
use crate::plate::reader::Reader;
use crate::plate::{Format, KNOWN_SHAPES, NamePattern, PixelSize, PlateShape};

pub(in crate::plate::formats) const READER: Reader = reader::<ScanR>();

static PATTERNS: LazyLock<Vec<NamePattern>> = LazyLock::new(|| {
    let rest = r"--P(?P<site>\d{1,5})--Z(?P<z>\d{1,5})--T(?P<timepoint>\d{1,6})--(?P<channel>[^/]+)\.[^./]+$";
    patterns(&[
        &format!(r"(?:^|/)(?P<well>[A-Z]{{1,2}}\d{{1,2}})--W\d+{rest}"),
        &format!(r"(?:^|/)[^/]*?--(?P<well>W\d{{1,6}}){rest}"),
    ])
});

struct ScanR;

impl Named for ScanR {
    const FORMAT: Format = Format::ScanR;

    fn is_image(name: &str) -> bool {
        spelling::is_scan_r(name)
    }

    fn patterns() -> &'static [NamePattern] {
        &PATTERNS
    }

    fn is_part(below: &str) -> bool {
        below.eq_ignore_ascii_case("data")
    }

    fn plate_folder(disk: &mut Disk<'_>, images: &Folder) -> Result<Option<Rc<Folder>>, Cancelled> {
        let Some(above) = images.path.parent().filter(|_| Self::is_part(images.name())) else {
            return Ok(None);
        };
        let above = disk.folder(above)?;
        Ok(above.has_file(is_description).then_some(above))
    }

    fn shape(disk: &Disk<'_>, files: &NamedFiles) -> Result<Option<PlateShape>, Cancelled> {
        let described = match files.find(is_description) {
            Some(path) => Description::read(&path, disk.cancel())?.shape(),
            None => None,
        };
        Ok(Labels::of(files).shape().or(described))
    }

    fn describe(disk: &Disk<'_>, files: &NamedFiles, draft: &mut Draft) -> Result<(), Cancelled> {
        draft.plate.microscope = Some("ScanR".to_owned());
        if let Some(note) = Labels::of(files).note() {
            draft.issue(".", note);
        }
        let Some(path) = files.find(is_description) else { return Ok(()) };
        let described = Description::read(&path, disk.cancel())?;
        if let Some(name) = described.plate_name {
            draft.plate.name = name;
        }
        if let Some(size) = described.um_per_pixel.and_then(PixelSize::square) {
            draft.pixel_size_of_all(size);
        }
        Ok(())
    }
}

fn is_description(name: &str) -> bool {
    name.eq_ignore_ascii_case("experiment_descriptor.xml")
}

/// What a description says: pairs of a name and a value.
#[derive(Default)]
struct Description {
    plate_name: Option<String>,
    rows: Option<u16>,
    columns: Option<u16>,
    um_per_pixel: Option<f64>,
    element: Element,
    text: ElementText,
    name: String,
}

/// The elements that are read.
#[derive(Clone, Copy, Default)]
enum Element {
    Name,
    Value,
    #[default]
    Other,
}

impl Description {
    fn read(path: &Path, cancel: &Cancel) -> Result<Self, Cancelled> {
        let mut description = Self::default();
        // What cannot be read of it is not known; the images tell the rest.
        xml::read_file(path, &mut description, cancel)?;
        Ok(description)
    }

    fn shape(&self) -> Option<PlateShape> {
        let shape = PlateShape { rows: self.rows?, columns: self.columns? };
        KNOWN_SHAPES.contains(&shape).then_some(shape)
    }

    fn pair(&mut self, value: &str) {
        match self.name.to_ascii_lowercase().as_str() {
            "plate name" if self.plate_name.is_none() && !value.is_empty() => {
                self.plate_name = Some(value.to_owned());
            }
            "rows" if self.rows.is_none() => self.rows = value.parse().ok(),
            "columns" if self.columns.is_none() => self.columns = value.parse().ok(),
            "conversion factor um/pixel" if self.um_per_pixel.is_none() => self.um_per_pixel = number(value),
            _ => {}
        }
    }
}

impl Elements for Description {
    fn start(&mut self, element: &BytesStart<'_>) {
        self.element = match element.local_name().as_ref() {
            "Name" => Element::Name,
            "Val" => Element::Value,
            _ => Element::Other,
        };
        self.text.clear();
    }

    fn text(&mut self, text: &str) {
        self.text.add(text, limits::INDEX_TEXT_BYTES);
    }

    fn end(&mut self) {
        match std::mem::take(&mut self.element) {
            Element::Name => self.text.trimmed().clone_into(&mut self.name),
            Element::Value => {
                let value = self.text.trimmed().to_owned();
                self.pair(&value);
            }
            Element::Other => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_says_plate_and_pixel_size() {
        let text = "<?xml version='1.0'?><LVData><Cluster><Name>experiment</Name><NumElts>4</NumElts>\
            <String><Name>plate name</Name><Val>Screen 7</Val></String><U32><Name>Rows</Name><Val>8</Val></U32>\
            <U32><Name>Columns</Name><Val>12</Val></U32><DBL><Name>conversion factor um/pixel</Name><Val>0,645</Val></DBL>\
            </Cluster></LVData>";
        let mut description = Description::default();
        let broken = xml::read(text.as_bytes(), &mut description, &Cancel::new()).expect("not cancelled");
        assert_eq!(broken, None);
        assert_eq!(description.plate_name.as_deref(), Some("Screen 7"));
        assert_eq!(description.shape().map(PlateShape::wells), Some(96));
        assert_eq!(description.um_per_pixel, Some(0.645));
    }
}

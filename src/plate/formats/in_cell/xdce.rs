//! The record of an IN Cell Analyzer (`.xdce`), streamed: XML, in Latin-1 as the instrument writes it.

use std::collections::BTreeMap;
use std::path::Path;

use quick_xml::events::BytesStart;

use crate::cancel::{Cancel, Cancelled};
use crate::plate::acquired::Said;
use crate::plate::metadata::text::number;
use crate::plate::metadata::xml::{self, Elements, attributes};
use crate::plate::{PixelSize, PlateShape, WellId};

/// What a record says.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) plate_name: Option<String>,
    pub(super) objective: Option<String>,
    pub(super) acquired: Option<String>,
    pub(super) shape: Option<PlateShape>,
    pub(super) pixel_size: Option<PixelSize>,
    /// Channels by their index, from 0.
    pub(super) channels: BTreeMap<u32, Channel>,
    pub(super) images: Vec<RecordedImage>,
    /// Why it could not be read to its end.
    pub(super) broken: Option<String>,
}

/// What a record says of a channel.
#[derive(Debug, Default)]
pub(super) struct Channel {
    /// `UV - DAPI`, as the names of images have it.
    pub(super) name: Option<String>,
    /// Its light, and for how long it was gathered.
    pub(super) said: Said,
}

/// An image that a record names.
#[derive(Debug, Default)]
pub(super) struct RecordedImage {
    pub(super) file: String,
    /// From 1.
    pub(super) row: Option<u32>,
    pub(super) column: Option<u32>,
    /// Field, channel, plane and time, from 0.
    pub(super) indexes: [u32; 4],
    /// From the centre of its well, y up.
    pub(super) offset_um: Option<(f64, f64)>,
    pub(super) focus_um: Option<f64>,
}

/// Reads a record as far as it goes.
pub(super) fn read(path: &Path, cancel: &Cancel) -> Result<Record, Cancelled> {
    let mut parser = Parser::default();
    let broken = xml::read_file(path, &mut parser, cancel)?;
    Ok(Record { broken, ..parser.finish() })
}

#[derive(Default)]
struct Parser {
    depth: usize,
    record: Record,
    /// The image under way, and how deep it is.
    image: Option<(RecordedImage, usize)>,
    /// The channel under way: its index and filters.
    wave: Option<Wave>,
    waves: Vec<Wave>,
    magnification: Option<f64>,
    aperture: Option<f64>,
}

#[derive(Debug, Default)]
struct Wave {
    index: Option<u32>,
    excitation: Option<String>,
    emission: Option<String>,
    said: Said,
    depth: usize,
}

impl Parser {
    fn finish(mut self) -> Record {
        let waves = std::mem::take(&mut self.waves);
        for wave in waves {
            let Some(index) = wave.index else { continue };
            let channel = Channel { name: name_of(wave.excitation, wave.emission), said: wave.said };
            self.record.channels.entry(index).or_insert(channel);
        }
        self.record.objective = self.magnification.map(|times| match self.aperture {
            Some(aperture) => format!("{times}×, NA {aperture}"),
            None => format!("{times}×"),
        });
        self.record
    }
}

/// `UV - DAPI`, as the names of images have it.
fn name_of(excitation: Option<String>, emission: Option<String>) -> Option<String> {
    match (excitation, emission) {
        (Some(excitation), Some(emission)) => Some(format!("{excitation} - {emission}")),
        (one, other) => one.or(other),
    }
}

impl Elements for Parser {
    fn start(&mut self, element: &BytesStart<'_>) {
        self.depth += 1;
        let attribute = |name: &str| {
            let found = attributes(element).find(|(of, _)| of.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let count = |name: &str| attribute(name).and_then(|value| value.parse::<u32>().ok());
        let real = |name: &str| attribute(name).and_then(|value| number(&value));
        let local = element.local_name();
        let local = local.as_ref();
        let record = &mut self.record;
        match (&mut self.image, local) {
            (Some((image, _)), "Row") => image.row = count("number"),
            (Some((image, _)), "Column") => image.column = count("number"),
            (Some((image, _)), "Identifier") => {
                let names = ["field_index", "wave_index", "z_index", "time_index"];
                image.indexes = names.map(|name| count(name).unwrap_or(0));
            }
            (Some((image, _)), "FocusPosition") => image.focus_um = real("z"),
            (Some((image, _)), "OffsetFromWellCenter") => image.offset_um = real("x").zip(real("y")),
            (Some(_), _) => {}
            (None, "Image") => {
                let file = attribute("filename").map(|file| file.replace('\\', "/"));
                if let Some(file) = file.filter(|_| attribute("thumbnail").is_none_or(|is| is != "true")) {
                    self.image = Some((RecordedImage { file, ..RecordedImage::default() }, self.depth));
                }
            }
            (None, "ImageStack") => record.plate_name = attribute("PlateID"),
            (None, "Creation") => {
                record.acquired = attribute("date").map(|date| match attribute("time") {
                    Some(time) => format!("{date} {time}"),
                    None => date,
                });
            }
            (None, "ObjectiveCalibration") => {
                let size = real("pixel_width").zip(real("pixel_height"));
                record.pixel_size = size.and_then(|(x, y)| PixelSize::new(x, y));
                (self.magnification, self.aperture) = (real("magnification"), real("numerical_aperture"));
            }
            (None, "Plate") => {
                let side = |name| count(name).and_then(|count| u16::try_from(count).ok());
                let shape = side("rows").zip(side("columns"));
                record.shape = shape.map(|(rows, columns)| PlateShape { rows, columns }).filter(|shape| {
                    let last =
                        (u32::from(shape.rows).checked_sub(1), u32::from(shape.columns).checked_sub(1));
                    matches!(last, (Some(row), Some(column)) if WellId::at(row, column).is_some())
                });
                if record.plate_name.is_none() {
                    record.plate_name = attribute("name");
                }
            }
            (None, "Wavelength") => {
                self.wave = Some(Wave { index: count("index"), depth: self.depth, ..Wave::default() });
            }
            (None, "ExcitationFilter") => {
                if let Some(wave) = &mut self.wave {
                    wave.excitation = attribute("name");
                    wave.said.excitation_nm = real("wavelength");
                }
            }
            (None, "EmissionFilter") => {
                if let Some(wave) = &mut self.wave {
                    wave.emission = attribute("name");
                    wave.said.emission_nm = real("wavelength");
                }
            }
            (None, "Exposure") => {
                if let Some(wave) = &mut self.wave {
                    wave.said.exposure_secs = real("time").map(|ms| ms / 1e3);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, _: &str) {}

    fn end(&mut self) {
        if let Some((image, _)) = self.image.take_if(|(_, depth)| *depth == self.depth) {
            self.record.images.push(image);
        }
        if let Some(wave) = self.wave.take_if(|wave| wave.depth == self.depth) {
            self.waves.push(wave);
        }
        self.depth = self.depth.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &[u8]) -> Record {
        let mut parser = Parser::default();
        let broken = xml::read(text, &mut parser, &Cancel::new()).expect("not cancelled");
        Record { broken, ..parser.finish() }
    }

    const HEAD: &str = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><ImageStack PlateID=\"P1\"><Creation date=\"2020-01-02\" \
        time=\"03:04:05\"/><AutoLeadAcquisitionProtocol name=\"x\"><ObjectiveCalibration pixel_width=\"0.65\" pixel_height=\"0.65\" \
        magnification=\"10\" numerical_aperture=\"0.45\" unit=\"\u{b5}m\"/><Plate rows=\"8\" columns=\"12\" name=\"96\"/><Wavelengths>\
        <Wavelength index=\"0\"><ExcitationFilter name=\"UV\" wavelength=\"390\"/><EmissionFilter name=\"DAPI\"/><Exposure time=\"250\"/></Wavelength>\
        <Wavelength index=\"1\"><EmissionFilter name=\"FITC\"/></Wavelength></Wavelengths></AutoLeadAcquisitionProtocol>";

    #[test]
    fn a_record_names_images() {
        let text = format!(
            "{HEAD}<Images number=\"2\"><Image filename=\"A - 1(fld 2 wv UV - DAPI).tif\"><Well label=\"A - 1\"><Row number=\"1\"/>\
             <Column number=\"1\"/></Well><OffsetFromWellCenter x=\"-5\" y=\"2.5\"/><FocusPosition z=\"12.5\"/><Identifier field_index=\"1\" time_index=\"3\" \
             wave_index=\"0\" z_index=\"2\"/></Image><Image filename=\"t.jpg\" thumbnail=\"true\"/></Images></ImageStack>"
        );
        let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect();
        let record = parse(&latin);
        assert_eq!(record.broken, None);
        assert_eq!(record.images.len(), 1);
        let image = &record.images[0];
        assert_eq!((image.row, image.column, image.indexes), (Some(1), Some(1), [1, 0, 2, 3]));
        assert_eq!(image.offset_um, Some((-5.0, 2.5)));
        let names: Vec<_> =
            record.channels.iter().map(|(index, channel)| (*index, channel.name.as_deref())).collect();
        assert_eq!(names, [(0, Some("UV - DAPI")), (1, Some("FITC"))]);
        let light = record.channels[&0].said;
        assert_eq!((light.excitation_nm, light.exposure_secs), (Some(390.0), Some(0.25)));
        assert_eq!(image.focus_um, Some(12.5));
        assert_eq!(record.pixel_size, PixelSize::square(0.65));
        assert_eq!(
            (record.plate_name.as_deref(), record.shape.map(PlateShape::wells)),
            (Some("P1"), Some(96))
        );
        assert_eq!(record.objective.as_deref(), Some("10×, NA 0.45"));
        assert_eq!(record.acquired.as_deref(), Some("2020-01-02 03:04:05"));
    }

    #[test]
    fn a_broken_record_is_read_as_far_as_it_goes() {
        for (text, images, is_broken) in [
            (String::new(), 0, true),
            (HEAD.to_owned(), 0, true),
            (format!("{HEAD}<Images><Image filename=\"a.tif\"></Image><Image filename=\"b.tif\">"), 1, true),
            (format!("{HEAD}<Images><Image/></Images></ImageStack>"), 0, false),
        ] {
            let record = parse(text.as_bytes());
            assert_eq!((record.images.len(), record.broken.is_some()), (images, is_broken), "{text}");
        }
    }
}

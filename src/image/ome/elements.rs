//! The elements of an OME document as they come by, and what each adds to it.

use std::collections::HashMap;
use std::sync::Arc;

use quick_xml::events::BytesStart;

use super::attributes::Attributes;
use super::document::{
    ExposedPlane, OmeAcquisition, OmeChannel, OmeDocument, OmeImage, OmePlane, OmePlate, OmeSample, OmeUuid,
    RecordedPlane, TiffData,
};
use super::result::{OmeResult, RESULT_NAMESPACE};

/// The elements that are wanted or lead to one; all others are skipped.
const WANTED: [&str; 29] = [
    "TiffData",
    "UUID",
    "Plane",
    "WellSample",
    "WellSampleRef",
    "ImageRef",
    "Channel",
    "Image",
    "Pixels",
    "Well",
    "OME",
    "BinaryOnly",
    "Plate",
    "PlateAcquisition",
    "Instrument",
    "Microscope",
    "Objective",
    "AcquisitionDate",
    "AcquiredDate",
    "CreationDate",
    "ObjectiveSettings",
    "StructuredAnnotations",
    "XMLAnnotation",
    "Value",
    "Result",
    "Absent",
    "AnnotationRef",
    "MapAnnotation",
    "M",
];
/// How deep elements may lie in each other.
const MOST_DEPTH: usize = 1_000;
/// The longest text of an element that is wanted: identities and dates.
const LONGEST_TEXT: usize = 256;
/// The longest list of images that are not there; longer ones are written as several.
const LONGEST_LIST: usize = 64 * 1024;

/// The state of reading: where in the tree, and what is under way.
#[derive(Default)]
pub(super) struct Elements {
    document: OmeDocument,
    path: Vec<&'static str>,
    /// Elements inside of elements beyond the depth that is followed.
    beyond: usize,
    text: String,
    /// Row and column of the well under way.
    well: (Option<u32>, Option<u32>),
    /// Names that many channels have.
    names: HashMap<String, Arc<str>>,
    entries: usize,
    /// Whether it begins as no OME document does.
    is_other: bool,
}

impl Elements {
    /// Whether nothing of what follows is wanted.
    pub(super) fn is_other(&self) -> bool {
        self.is_other
    }

    pub(super) fn document(&self) -> &OmeDocument {
        &self.document
    }

    /// How many things there are in all its lists.
    pub(super) fn entries(&self) -> usize {
        self.entries
    }

    /// Takes an element; whether it is of interest.
    pub(super) fn start(&mut self, element: &BytesStart<'_>) -> bool {
        if self.path.len() >= MOST_DEPTH {
            self.beyond += 1;
            return false;
        }
        let local = element.local_name();
        let name = WANTED.into_iter().find(|wanted| *wanted == local.as_ref()).unwrap_or_default();
        let parent = self.path.last().copied().unwrap_or_default();
        self.path.push(name);
        self.text.clear();
        if name != "OME" && self.path.len() == 1 {
            self.is_other = true;
        }
        if name.is_empty() {
            return false;
        }
        let said = Attributes::of(element);
        match (parent, name) {
            ("", "OME") if self.path.len() == 1 => {
                self.document.is_ome = true;
                self.document.uuid = said.text("UUID").and_then(OmeUuid::of);
            }
            ("OME", "BinaryOnly") => self.document.metadata_file = said.owned("MetadataFile"),
            ("Instrument", "Microscope") if self.document.microscope.is_none() => {
                self.document.microscope = said.owned("Model");
            }
            ("Instrument", "Objective") if self.document.objective.is_none() => {
                self.document.objective = objective(&said);
            }
            ("OME", "Plate") => self.document.plates.push(OmePlate {
                id: said.owned("ID").unwrap_or_default(),
                name: said.owned("Name"),
                rows: said.number("Rows"),
                columns: said.number("Columns"),
                ..OmePlate::default()
            }),
            ("Plate", "Well") => {
                self.well = (said.number("Row"), said.number("Column"));
                let plate = self.document.plates.len().saturating_sub(1);
                self.document.wells.well(plate, self.well, |name| said.text(name));
            }
            ("Well", "AnnotationRef") => self.document.wells.refers(said.text("ID")),
            ("StructuredAnnotations", "MapAnnotation") => self.document.wells.annotation(said.text("ID")),
            ("Value", "M") => self.document.wells.value(said.text("K")),
            ("Value", "Result") if said.text("xmlns") == Some(RESULT_NAMESPACE) => {
                self.document.result.get_or_insert_with(|| OmeResult::of(|name| said.text(name)));
            }
            ("Result", "Channel" | "Well") | ("Well", "Absent") => {
                if let Some(result) = &mut self.document.result {
                    result.start(name, |name| said.text(name));
                }
            }
            ("Plate" | "Well" | "PlateAcquisition" | "WellSample", _) => {
                self.start_in_plate(parent, name, &said);
            }
            ("OME", "Image") => {
                let id = said.text("ID").unwrap_or_default().into();
                let document = &mut self.document;
                let ends = (document.channels.len(), document.data.len(), document.planes.len());
                let exposed = document.exposed.len();
                self.document.images.push(OmeImage {
                    id,
                    order: *b"CZT",
                    channels: ends.0..ends.0,
                    data: ends.1..ends.1,
                    planes: ends.2..ends.2,
                    exposed: exposed..exposed,
                    ..OmeImage::default()
                });
            }
            ("Image" | "Pixels" | "TiffData", _) => self.start_in_image(parent, name, &said),
            _ => return false,
        }
        // As much as each takes.
        self.entries +=
            if matches!(name, "Image" | "Plate" | "PlateAcquisition" | "WellSample") { 4 } else { 1 };
        true
    }

    fn start_in_plate(&mut self, parent: &str, name: &str, said: &Attributes<'_>) {
        let Some(plate) = self.document.plates.last_mut() else { return };
        match (parent, name) {
            ("Well", "WellSample") => plate.samples.push(OmeSample {
                id: said.text("ID").unwrap_or_default().into(),
                row: self.well.0,
                column: self.well.1,
                index: said.number("Index"),
                image: None,
                place: said.place("PositionX", "PositionY"),
            }),
            ("WellSample", "ImageRef") => {
                if let Some(sample) = plate.samples.last_mut() {
                    sample.image = said.text("ID").map(Into::into);
                }
            }
            ("Plate", "PlateAcquisition") => plate.acquisitions.push(OmeAcquisition {
                id: said.owned("ID").unwrap_or_default(),
                name: said.owned("Name"),
                started: said.owned("StartTime"),
                samples: Vec::new(),
            }),
            ("PlateAcquisition", "WellSampleRef") => {
                if let (Some(acquisition), Some(id)) = (plate.acquisitions.last_mut(), said.text("ID")) {
                    acquisition.samples.push(id.into());
                }
            }
            _ => {}
        }
    }

    fn start_in_image(&mut self, parent: &str, name: &str, said: &Attributes<'_>) {
        let document = &mut self.document;
        let Some(image) = document.images.last_mut() else { return };
        match (parent, name) {
            ("Image", "Pixels") => {
                image.order = order(said.text("DimensionOrder").unwrap_or_default());
                image.z = said.number("SizeZ").unwrap_or(1);
                image.samples = said.number("SizeC").unwrap_or(1);
                image.timepoints = said.number("SizeT").unwrap_or(1);
                image.pixel_width_um = said.um("PhysicalSizeX");
                image.pixel_height_um = said.um("PhysicalSizeY");
            }
            ("Pixels", "Channel") => {
                let name = channel_name(said).map(|name| match self.names.get(&name) {
                    Some(known) => Arc::clone(known),
                    None => {
                        let shared: Arc<str> = name.as_str().into();
                        self.names.insert(name, Arc::clone(&shared));
                        shared
                    }
                });
                document.channels.push(OmeChannel {
                    samples: said.number("SamplesPerPixel"),
                    name,
                    emission_nm: said.nm("EmissionWavelength"),
                    excitation_nm: said.nm("ExcitationWavelength"),
                });
                image.channels.end = document.channels.len();
            }
            ("Pixels", "TiffData") => {
                // A first plane that is no number is none that the image has.
                let first = |name| match said.text(name) {
                    Some(_) => said.number(name).unwrap_or(u32::MAX),
                    None => 0,
                };
                document.data.push(TiffData {
                    page: said.number("IFD"),
                    count: said.number("PlaneCount"),
                    z: first("FirstZ"),
                    channel: first("FirstC"),
                    timepoint: first("FirstT"),
                    file: None,
                });
                image.data.end = document.data.len();
            }
            ("TiffData", "UUID") => {
                let name = said.text("FileName").unwrap_or_default();
                // Pages of one file mostly follow each other.
                let is_last = document.files.len().checked_sub(1).is_some_and(|last| {
                    u32::try_from(last).is_ok_and(|last| document.file(last).name == name && !name.is_empty())
                });
                if !is_last {
                    document.names.push_str(name);
                    document.files.push((document.names.len(), None));
                }
                if let Some(data) = document.data.last_mut() {
                    data.file = u32::try_from(document.files.len() - 1).ok();
                }
            }
            ("Pixels", "Plane") => {
                let at = |name| said.number(name).unwrap_or(0);
                let plane = OmePlane { timepoint: at("TheT"), channel: at("TheC"), z: at("TheZ") };
                let z_um = said.um_of_unit("PositionZ");
                let (exposure_secs, after_secs) = (said.secs("ExposureTime"), said.secs("DeltaT"));
                if z_um.or(exposure_secs).or(after_secs).is_some() {
                    document.exposed.push(ExposedPlane { plane, z_um, exposure_secs, after_secs });
                    image.exposed.end = document.exposed.len();
                }
                if let Some(place) = said.place("PositionX", "PositionY") {
                    let of_image = document.planes.get(image.planes.clone()).unwrap_or_default();
                    // Most images stay where they began.
                    if of_image.first().is_none_or(|first| first.place != place) {
                        let OmePlane { channel, timepoint, .. } = plane;
                        document.planes.push(RecordedPlane { channel, timepoint, place });
                        image.planes.end = document.planes.len();
                    }
                }
            }
            _ => {}
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        let longest = match self.path.last().copied().unwrap_or_default() {
            "" => 0,
            "Absent" => LONGEST_LIST,
            _ => LONGEST_TEXT,
        };
        if self.text.len() + text.len() <= longest {
            self.text.push_str(text);
        }
    }

    pub(super) fn end(&mut self) {
        if self.beyond > 0 {
            self.beyond -= 1;
            return;
        }
        let Some(name) = self.path.pop() else { return };
        let parent = self.path.last().copied().unwrap_or_default();
        match (parent, name) {
            ("TiffData", "UUID") => {
                if let Some(file) = self.document.files.last_mut() {
                    file.1 = OmeUuid::of(&self.text).or(file.1);
                }
            }
            ("Value", "M") => self.entries += self.document.wells.end_value(&self.text),
            ("Well", "Absent") => {
                if let Some(result) = &mut self.document.result {
                    self.entries += result.absent(&self.text);
                }
            }
            ("Image", "AcquisitionDate" | "AcquiredDate" | "CreationDate") => {
                let text = Some(self.text.trim()).filter(|text| !text.is_empty());
                let document = &mut self.document;
                if document.acquired.is_none() {
                    document.acquired = text.map(str::to_owned);
                }
                if let Some(image) = document.images.last_mut() {
                    image.began = text.map(Into::into);
                }
            }
            _ => {}
        }
        self.text.clear();
    }

    /// The document, which was read to its end.
    pub(super) fn finish(mut self) -> OmeDocument {
        if !self.document.is_ome {
            self.document.broken = Some("it is not an OME document".into());
        } else if !self.path.is_empty() || self.beyond > 0 {
            self.document.broken = Some("it ends in the middle".into());
        }
        self.document
    }

    /// The document, of which no more is wanted.
    pub(super) fn finish_early(self) -> OmeDocument {
        self.document
    }

    pub(super) fn finish_broken(mut self, why: String) -> OmeDocument {
        self.document.broken = Some(why);
        self.document
    }
}

/// `XYZCT` and its like; where it is none, as most programs write.
fn order(text: &str) -> [u8; 3] {
    match text.strip_prefix("XY").map(str::as_bytes) {
        Some(&[a, b, c]) if [b'Z', b'C', b'T'].iter().all(|of| [a, b, c].contains(of)) => [a, b, c],
        _ => *b"CZT",
    }
}

/// What a channel is called, else what it shows.
fn channel_name(said: &Attributes<'_>) -> Option<String> {
    said.owned("Name").or_else(|| said.owned("Fluor"))
}

/// An objective in words: its model, else what it magnifies.
fn objective(said: &Attributes<'_>) -> Option<String> {
    said.owned("Model").or_else(|| {
        let times = said.real("NominalMagnification").or_else(|| said.real("CalibratedMagnification"))?;
        Some(match said.real("LensNA") {
            Some(aperture) => format!("{times}×, NA {aperture}"),
            None => format!("{times}×"),
        })
    })
}

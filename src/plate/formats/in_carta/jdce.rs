//! A description (`.jdce`): JSON, with bytes before it in some.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use crate::disk;
use crate::limits;
use crate::plate::{PixelSize, PlateShape, WellId};

/// What a description says.
#[derive(Debug, Default)]
pub(super) struct Description {
    pub(super) plate_name: Option<String>,
    pub(super) acquired: Option<String>,
    pub(super) objective: Option<String>,
    pub(super) shape: Option<PlateShape>,
    pub(super) pixel_size: Option<PixelSize>,
    /// Names by the number in the names of files.
    pub(super) channels: BTreeMap<u32, String>,
    /// The files of its tables.
    pub(super) tables: Vec<String>,
}

impl Description {
    /// Reads a file; `None` where it is no description.
    pub(super) fn read(path: &Path) -> Option<Self> {
        let mut bytes = Vec::new();
        disk::open(path).ok()?.take(limits::JDCE_BYTES).read_to_end(&mut bytes).ok()?;
        Self::parse(&bytes)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let start = bytes.iter().position(|byte| *byte == b'{')?;
        let whole: Value = serde_json::from_slice(&bytes[start..]).ok()?;
        let stack = whole.get("ImageStack").unwrap_or(&whole);
        let protocol = stack.get("AutoLeadAcquisitionProtocol")?;
        let text = |value: Option<&Value>| {
            value.and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let calibration = protocol.get("ObjectiveCalibration");
        let of_calibration = |name: &str| calibration.and_then(|all| all.get(name));
        let is_um = text(of_calibration("Unit")).is_none_or(|unit| {
            ["um", "µm", "μm", "micron", "microns", "micrometer"].contains(&unit.to_lowercase().as_str())
        });
        let side = |name: &str| of_calibration(name).and_then(number).filter(|_| is_um);
        let plate = protocol.get("Plate");
        let creation = stack.get("Creation");
        let acquired = text(creation.and_then(|creation| creation.get("Date"))).map(|date| {
            let time = text(creation.and_then(|creation| creation.get("Time")));
            time.map_or(date.clone(), |time| format!("{date} {time}"))
        });
        Some(Self {
            plate_name: text(stack.get("PlateId"))
                .or_else(|| text(plate.and_then(|plate| plate.get("Name")))),
            acquired,
            objective: text(of_calibration("ObjectiveName")),
            shape: plate.and_then(shape),
            pixel_size: side("PixelWidth").zip(side("PixelHeight")).and_then(|(x, y)| PixelSize::new(x, y)),
            channels: channels(protocol),
            tables: list(stack.get("ImageMetadataFiles"))
                .iter()
                .filter_map(|file| text(Some(file)))
                // A name, and nothing that leads elsewhere.
                .filter_map(|file| file.rsplit(['/', '\\']).next().map(str::to_owned))
                .collect(),
        })
    }
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A number, also where it is written as text.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

fn shape(plate: &Value) -> Option<PlateShape> {
    let count = |name: &str| plate.get(name).and_then(number).map(|count| count as u16);
    let shape = PlateShape { rows: count("Rows")?, columns: count("Columns")? };
    let last = WellId::at(u32::from(shape.rows.checked_sub(1)?), u32::from(shape.columns.checked_sub(1)?));
    last.map(|_| shape)
}

/// Names of the channels by their index: what was emitted, and through what light where two have the same.
fn channels(protocol: &Value) -> BTreeMap<u32, String> {
    let filter = |wave: &Value, name: &str| -> Option<String> {
        let filter = wave.get(name)?;
        let name = filter.get("Name").unwrap_or(filter).as_str()?.trim();
        (!name.is_empty()).then(|| name.to_owned())
    };
    let waves = list(protocol.get("Wavelengths"));
    let named: Vec<_> = waves
        .iter()
        .filter_map(|wave| {
            let index = u32::try_from(wave.get("Index")?.as_u64()?).ok()?;
            let (emission, excitation) = (filter(wave, "EmissionFilter"), filter(wave, "ExcitationFilter"));
            Some((index, emission.or_else(|| excitation.clone())?, excitation))
        })
        .collect();
    let is_shared = |name: &str| named.iter().filter(|(_, other, _)| other == name).count() > 1;
    let name = |emission: &str, excitation: Option<&str>| match excitation {
        Some(excitation) if is_shared(emission) && excitation != emission => {
            format!("{excitation} - {emission}")
        }
        _ => emission.to_owned(),
    };
    named
        .iter()
        .map(|(index, emission, excitation)| (*index, name(emission, excitation.as_deref())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_with_bytes_before_it() {
        let text = r#"{"ImageStack": {"PlateId": " P7 ", "Creation": {"Date": "2026-03-04", "Time": "10:11:12"},
            "ImageMetadataFiles": ["image_metadata_1.csv", "../x/image_metadata_2.csv"],
            "AutoLeadAcquisitionProtocol": {
                "ObjectiveCalibration": {"PixelWidth": 0.65, "PixelHeight": "0.65", "Unit": "µm", "ObjectiveName": "10X"},
                "Plate": {"Name": "96", "Rows": 8, "Columns": 12},
                "Wavelengths": [
                    {"Index": 0, "EmissionFilter": {"Name": "DAPI"}, "ExcitationFilter": {"Name": "UV"}},
                    {"Index": 1, "EmissionFilter": {"Name": "FITC"}, "ExcitationFilter": "Blue"},
                    {"Index": 3, "EmissionFilter": {"Name": "FITC"}, "ExcitationFilter": {"Name": "White"}}]}}}"#;
        let described = Description::parse(format!("\u{feff}x{text}").as_bytes()).expect("a description");
        assert_eq!(described.plate_name.as_deref(), Some("P7"));
        assert_eq!(described.acquired.as_deref(), Some("2026-03-04 10:11:12"));
        assert_eq!(described.shape.map(PlateShape::wells), Some(96));
        assert_eq!(described.pixel_size, PixelSize::square(0.65));
        let names: Vec<_> = described.channels.iter().map(|(index, name)| (*index, name.as_str())).collect();
        assert_eq!(names, [(0, "DAPI"), (1, "Blue - FITC"), (3, "White - FITC")]);
        assert_eq!(described.tables, ["image_metadata_1.csv", "image_metadata_2.csv"]);
    }

    #[test]
    fn what_is_no_description_is_none() {
        for text in ["", "{", "{}", "[1]", r#"{"ImageStack": 3}"#, r#"{"ImageStack": {"PlateId": "x"}}"#] {
            assert!(Description::parse(text.as_bytes()).is_none(), "{text}");
        }
        let odd = r#"{"AutoLeadAcquisitionProtocol": {"Plate": {"Rows": -1, "Columns": 1e99}, "Wavelengths": [{"Index": -1}, 3],
            "ObjectiveCalibration": {"PixelWidth": 1, "PixelHeight": 1, "Unit": "inch"}}}"#;
        let odd = Description::parse(odd.as_bytes()).expect("a description");
        assert!(odd.shape.is_none() && odd.pixel_size.is_none() && odd.channels.is_empty());
    }
}

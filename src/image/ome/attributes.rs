//! What an element of OME-XML says of itself: texts, numbers, and lengths in any unit.

use std::borrow::Cow;

use quick_xml::events::BytesStart;

use super::document::{OmePlace, OmeUnit};
use crate::limits;

/// What an element says of itself.
pub(super) struct Attributes<'a>(Vec<(&'a str, Cow<'a, str>)>);

impl<'a> Attributes<'a> {
    pub(super) fn of(element: &'a BytesStart<'_>) -> Self {
        let mut attributes = element.attributes();
        attributes.with_checks(false);
        let said = attributes.flatten().map(|attribute| {
            let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0);
            // A reference that is not known stays as it is written.
            (attribute.key.0, value.unwrap_or_else(|_| attribute.value.clone()))
        });
        Self(said.collect())
    }

    /// A text that is not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(key, _)| *key == name)?;
        Some(value.trim()).filter(|text| !text.is_empty())
    }

    /// A name, cut where it is longer than any.
    pub(super) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(|text| text.chars().take(limits::NAME_CHARS + 1).collect())
    }

    /// A whole number; one that is too large is the largest.
    pub(super) fn number(&self, name: &str) -> Option<u32> {
        let text = self.text(name)?;
        match text.parse::<u64>() {
            Ok(number) => Some(u32::try_from(number).unwrap_or(u32::MAX)),
            Err(_) => text.bytes().all(|byte| byte.is_ascii_digit()).then_some(u32::MAX),
        }
    }

    pub(super) fn real(&self, name: &str) -> Option<f64> {
        let text = self.text(name)?;
        text.parse()
            .or_else(|_| text.replace(',', ".").parse())
            .ok()
            .filter(|number: &f64| number.is_finite())
    }

    pub(super) fn unit(&self, of: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key.strip_suffix("Unit") == Some(of)).map(|(_, value)| value.trim())
    }

    /// A length that is of micrometres where no unit is named.
    pub(super) fn um(&self, name: &str) -> Option<f64> {
        let um_of_unit = self.unit(name).map_or(Some(1.0), um_of_unit)?;
        self.real(name).map(|length| length * um_of_unit).filter(|um| um.is_finite())
    }

    /// A length of which the unit is named.
    pub(super) fn um_of_unit(&self, name: &str) -> Option<f64> {
        self.unit(name).and_then(|_| self.um(name))
    }

    /// A wavelength, in nanometres where no unit is named.
    pub(super) fn nm(&self, name: &str) -> Option<f64> {
        let nm_of_unit = self.unit(name).map_or(Some(1.0), |unit| um_of_unit(unit).map(|um| um * 1e3))?;
        self.real(name).map(|length| length * nm_of_unit)
    }

    /// A time in seconds, as it is where no unit is named.
    pub(super) fn secs(&self, name: &str) -> Option<f64> {
        let secs_of_unit = match self.unit(name) {
            None | Some("s") => 1.0,
            Some("ms") => 1e-3,
            Some("µs" | "μs" | "us") => 1e-6,
            Some("ns") => 1e-9,
            Some("min") => 60.0,
            Some("h") => 3_600.0,
            Some("d") => 86_400.0,
            Some(_) => return None,
        };
        self.real(name).map(|time| time * secs_of_unit)
    }

    /// A position; where no unit is named, OME has it in those of the stage, whatever these are.
    pub(super) fn place(&self, x: &str, y: &str) -> Option<OmePlace> {
        let of = |name: &str| -> Option<(f64, OmeUnit)> {
            let value = self.real(name)?;
            Some(match self.unit(name) {
                Some("pixel") => (value, OmeUnit::Pixel),
                unit => match unit.and_then(um_of_unit) {
                    Some(um) => (value * um, OmeUnit::Um),
                    None => (value, OmeUnit::Unknown),
                },
            })
        };
        let ((x, unit), (y, unit_of_y)) = (of(x)?, of(y)?);
        (unit == unit_of_y).then_some(OmePlace { x, y, unit })
    }
}

/// A unit of length in micrometres; `None` of one that is none.
fn um_of_unit(unit: &str) -> Option<f64> {
    Some(match unit {
        "µm" | "μm" | "um" | "micron" | "microns" | "micrometer" | "micrometre" => 1.0,
        "\u{c5}" | "\u{212b}" => 1e-4,
        "pm" => 1e-6,
        "nm" => 1e-3,
        "mm" => 1e3,
        "cm" => 1e4,
        "dm" => 1e5,
        "m" => 1e6,
        "thou" | "mil" => 25.4,
        "in" => 25_400.0,
        _ => return None,
    })
}

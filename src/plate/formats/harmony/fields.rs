//! What one record or channel entry of an index says, as its elements come by.
//!
//! Deliberately absent: the tree that they stand in, which is the index's affair.

use std::ops::Range;

use crate::plate::acquired::{Said, moment_ms};
use crate::plate::metadata::text::number;
use crate::plate::{Acquired, PixelSize};

/// What is the same for all images of a channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ChannelMetadata {
    pub(super) name: Option<String>,
    pub(super) pixel_size: Option<PixelSize>,
    pub(super) magnification: Option<String>,
    pub(super) aperture: Option<String>,
    /// What of this is the same for all its images.
    pub(super) acquired: Acquired,
}

impl ChannelMetadata {
    /// Completes a channel by what a record or entry says of it; what was said first stays.
    pub(super) fn complete(&mut self, more: &Fields) {
        self.name = self.name.take().or_else(|| more.owned("ChannelName"));
        self.pixel_size = self.pixel_size.or_else(|| more.pixel_size());
        self.magnification =
            self.magnification.take().or_else(|| more.shown_number("ObjectiveMagnification"));
        self.aperture = self.aperture.take().or_else(|| more.shown_number("ObjectiveNA"));
        let Acquired { exposure_us, emission_nm, excitation_nm, .. } = more.acquired(None);
        let of_channel = Acquired { exposure_us, emission_nm, excitation_nm, ..Acquired::default() };
        self.acquired = self.acquired.or(of_channel);
    }
}

/// One image record; `None` is what it does not say. Row and column are from 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Record {
    /// Its part of the index's URLs.
    pub(super) url: Range<usize>,
    /// Zero-based page, where the file has several.
    pub(super) page: u32,
    /// The state, where it is not `Ok`.
    pub(super) state: Option<String>,
    pub(super) row: Option<u32>,
    pub(super) column: Option<u32>,
    pub(super) field: Option<u32>,
    pub(super) plane: Option<u32>,
    pub(super) timepoint: Option<u32>,
    pub(super) channel: Option<u32>,
    pub(super) x_um: Option<f64>,
    pub(super) y_um: Option<f64>,
    /// How it was recorded, as far as it says that itself.
    pub(super) acquired: Acquired,
}

/// Texts of the children of the record or entry under way. Emptied and filled again, since an index has very many.
#[derive(Default)]
pub(super) struct Fields {
    all: String,
    values: Vec<Value>,
    /// The channel that an entry is of.
    pub(super) channel: Option<u32>,
    /// The page that the URL says.
    pub(super) page: u32,
}

struct Value {
    name: &'static str,
    text: Range<usize>,
    unit_um: f64,
}

impl Fields {
    /// Begins the next record or entry.
    pub(super) fn begin(&mut self, channel: Option<u32>) {
        self.all.clear();
        self.values.clear();
        (self.channel, self.page) = (channel, 0);
    }

    /// Adds a text, which has this unit where it is a length; what was said first stays.
    pub(super) fn add(&mut self, name: &'static str, text: &str, unit_um: f64) {
        if self.value(name).is_none() {
            let begin = self.all.len();
            self.all.push_str(text);
            self.values.push(Value { name, text: begin..self.all.len(), unit_um });
        }
    }

    fn value(&self, name: &str) -> Option<(&str, f64)> {
        let value = self.values.iter().find(|value| value.name == name)?;
        Some((self.all.get(value.text.clone())?, value.unit_um))
    }

    /// A text that is not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.value(name).map(|(text, _)| text).filter(|text| !text.is_empty())
    }

    fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    fn whole_number(&self, name: &str) -> Option<u32> {
        self.value(name)?.0.parse().ok()
    }

    /// A number as it is shown, with a point.
    fn shown_number(&self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        Some(number(text).map_or_else(|| text.to_owned(), |number| number.to_string()))
    }

    /// A length in micrometres.
    fn um(&self, name: &str) -> Option<f64> {
        let (text, unit_um) = self.value(name)?;
        Some(number(text)? * unit_um).filter(|um| um.is_finite())
    }

    /// What is told of one side alone goes for both.
    fn pixel_size(&self) -> Option<PixelSize> {
        let (x_um, y_um) = (self.um("ImageResolutionX"), self.um("ImageResolutionY"));
        PixelSize::new(x_um.or(y_um)?, y_um.or(x_um)?)
    }

    /// How the image was recorded, or those of the channel, in a measurement that began then. Its height is that in the
    /// well, where that is told.
    fn acquired(&self, started: Option<&str>) -> Acquired {
        let real = |name| number(self.text(name)?);
        let nm = |name| Some(self.um(name)? * 1e3);
        #[allow(clippy::cast_possible_truncation)] // Saturates.
        let since_start = || {
            Some(moment_ms(started?)?.saturating_add((real("MeasurementTimeOffset")? * 1e3).round() as i64))
        };
        let said = Said {
            z_um: self.um("PositionZ").or_else(|| self.um("AbsPositionZ")),
            exposure_secs: real("ExposureTime"),
            emission_nm: nm("MainEmissionWavelength"),
            excitation_nm: nm("MainExcitationWavelength"),
            at_ms: self.text("AbsTime").and_then(moment_ms).or_else(since_start),
        };
        said.into()
    }

    /// What the record says of its image, with that part of the index's URLs. The measurement began then.
    pub(super) fn record(&self, url: Range<usize>, started: Option<&str>) -> Record {
        Record {
            url,
            page: self.page,
            state: self.owned("State").filter(|state| !state.eq_ignore_ascii_case("ok")),
            row: self.whole_number("Row"),
            column: self.whole_number("Col"),
            field: self.whole_number("FieldID"),
            plane: self.whole_number("PlaneID"),
            timepoint: self.whole_number("TimepointID"),
            channel: self.whole_number("ChannelID"),
            x_um: self.um("PositionX"),
            y_um: self.um("PositionY"),
            acquired: self.acquired(started),
        }
    }
}

/// A unit of length in micrometres; metres where none is given.
pub(super) fn unit_um(unit: Option<&str>) -> f64 {
    match unit {
        Some("um" | "µm" | "μm") => 1.0,
        Some("mm") => 1e3,
        Some("nm") => 1e-3,
        _ => 1e6,
    }
}

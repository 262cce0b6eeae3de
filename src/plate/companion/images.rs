//! The images of a companion: one for each well and site, with its channels, the file of each plane, and how that was recorded.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufWriter};

use super::described::{Described, DescribedImage};
use super::uuid_of;
use super::xml::{Attributes, Xml};
use crate::image::{ImageFormat, PixelType, Rgb};
use crate::plate::acquired::moment_of;
use crate::plate::{Acquired, ImageKey, PixelSize, SitePosition};

/// The images, while they are written.
pub(super) struct Images<'a> {
    xml: Xml<BufWriter<File>>,
    described: &'a Described<'a>,
    /// Size of a pixel, where all channels have one.
    pixel_size: Option<PixelSize>,
}

/// One image of OME: what was saved of a site, in one size and type.
struct OneImage<'a> {
    /// Its place among all.
    index: usize,
    planes: &'a [&'a DescribedImage<'a>],
    format: ImageFormat,
    /// When its first plane was recorded, where that is known.
    began_ms: Option<i64>,
}

impl OneImage<'_> {
    /// Samples of each channel.
    fn samples(&self) -> usize {
        usize::from(self.format.samples)
    }
}

impl<'a> Images<'a> {
    pub(super) fn begin(xml: Xml<BufWriter<File>>, described: &'a Described<'a>) -> Self {
        let sizes = || described.channels.iter().map(|channel| channel.pixel_size);
        let first = sizes().next().flatten();
        let is_first =
            |size: Option<PixelSize>| size.zip(first).is_some_and(|(one, other)| one.is_same(other));
        Self { xml, described, pixel_size: first.filter(|_| sizes().all(is_first)) }
    }

    /// What was written.
    pub(super) fn into_xml(self) -> Xml<BufWriter<File>> {
        self.xml
    }

    /// Adds an image of this place among all; none of no planes.
    pub(super) fn add(&mut self, id: &str, index: usize, planes: &[&DescribedImage<'_>]) -> io::Result<()> {
        let Some(first) = planes.first() else { return Ok(()) };
        let name = match first.key.site {
            Some(site) => format!("Well {}, site {site}", first.key.well),
            None => format!("Well {}", first.key.well),
        };
        let began_ms = planes.iter().filter_map(|plane| plane.acquired?.at_ms).min();
        let image = OneImage { index, planes, format: first.format, began_ms };
        self.xml.open("Image", &[("ID", &id), ("Name", &name)])?;
        if let Some(began) = began_ms.and_then(moment_of) {
            // A moment of no known zone.
            self.xml.text("AcquisitionDate", &[], &began.strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string())?;
        }
        if self.described.microscope.is_some() || self.described.objective.is_some() {
            self.xml.empty("InstrumentRef", &[("ID", &"Instrument:0")])?;
        }
        if self.described.objective.is_some() {
            self.xml.empty("ObjectiveSettings", &[("ID", &"Objective:0:0")])?;
        }
        self.begin_pixels(&image)?;
        self.channels(&image)?;
        self.files(&image)?;
        self.planes(&image)?;
        self.xml.close("Pixels")?;
        self.xml.close("Image")
    }

    fn begin_pixels(&mut self, image: &OneImage<'_>) -> io::Result<()> {
        let Described { channels, planes, timepoints, .. } = self.described;
        let id = format!("Pixels:{}", image.index);
        let size_c = channels.len() * image.samples();
        let (planes_count, timepoints_count) = (planes.len(), timepoints.len());
        let kind = type_name(image.format.pixel)
            .ok_or_else(|| io::Error::other("OME-XML has no integers of 64 bits"))?;
        let mut attributes: Vec<(&str, &dyn Display)> = vec![
            ("ID", &id),
            ("DimensionOrder", &"XYCZT"),
            ("Type", &kind),
            ("BigEndian", &cfg!(target_endian = "big")),
            ("SizeX", &image.format.width),
            ("SizeY", &image.format.height),
            ("SizeZ", &planes_count),
            ("SizeC", &size_c),
            ("SizeT", &timepoints_count),
        ];
        if let Some(PixelSize { x_um, y_um }) = &self.pixel_size {
            attributes.extend([("PhysicalSizeX", x_um as &dyn Display), ("PhysicalSizeY", y_um)]);
        }
        let distance_um = plane_distance_um(image.planes, planes);
        if let Some(um) = &distance_um {
            attributes.push(("PhysicalSizeZ", um));
        }
        self.xml.open("Pixels", &attributes)
    }

    fn channels(&mut self, image: &OneImage<'_>) -> io::Result<()> {
        let samples = image.samples();
        for (rank, channel) in self.described.channels.iter().enumerate() {
            let (id, colour) = (format!("Channel:{}:{rank}", image.index), colour_number(channel.colour));
            let mut attributes: Vec<(&str, &dyn Display)> = vec![("ID", &id), ("SamplesPerPixel", &samples)];
            if let Some(name) = &channel.name {
                attributes.push(("Name", name));
            }
            let of_channel =
                || image.planes.iter().filter(|plane| plane.key.channel.unwrap_or(1) == channel.number);
            let first =
                |of: fn(Acquired) -> Option<u32>| of_channel().filter_map(|plane| of(plane.acquired?)).next();
            let (emission, excitation) = (first(|of| of.emission_nm), first(|of| of.excitation_nm));
            if let Some(nm) = &excitation {
                attributes.push(("ExcitationWavelength", nm));
            }
            if let Some(nm) = &emission {
                attributes.push(("EmissionWavelength", nm));
            }
            // Samples of colour have their own.
            if samples == 1 {
                attributes.push(("Color", &colour));
            }
            self.xml.empty("Channel", &attributes)?;
        }
        Ok(())
    }

    fn files(&mut self, image: &OneImage<'_>) -> io::Result<()> {
        for plane in image.planes {
            let Some([z, timepoint, channel]) = self.ranks(plane.key) else { continue };
            let at: Attributes<'_> = &[
                ("FirstZ", &z),
                ("FirstT", &timepoint),
                ("FirstC", &(channel * image.samples())),
                ("IFD", &0),
                ("PlaneCount", &1),
            ];
            self.xml.open("TiffData", at)?;
            let uuid = uuid_of(self.described.name, plane.file);
            self.xml.text("UUID", &[("FileName", &plane.file)], &uuid)?;
            self.xml.close("TiffData")?;
        }
        Ok(())
    }

    /// Where, when and for how long each plane was recorded.
    fn planes(&mut self, image: &OneImage<'_>) -> io::Result<()> {
        for plane in image.planes {
            let Some([z, timepoint, channel]) = self.ranks(plane.key) else { continue };
            let mut attributes: Vec<(&str, &dyn Display)> = Vec::new();
            let c = channel * image.samples();
            let place = plane.position.map(placed);
            let Acquired { z_nm, exposure_us, at_ms, .. } = plane.acquired.unwrap_or_default();
            let delta_secs = at_ms.zip(image.began_ms).map(|(at, began)| thousandths(at - began));
            let exposure_secs = exposure_us.map(|us| f64::from(us) / 1e6);
            let z_um = z_nm.map(|nm| thousandths(nm.into()));
            if let Some(secs) = &delta_secs {
                attributes.push(("DeltaT", secs));
            }
            if let Some(secs) = &exposure_secs {
                attributes.push(("ExposureTime", secs));
            }
            if let Some((x_um, y_um)) = &place {
                attributes.extend([("PositionX", x_um as &dyn Display), ("PositionXUnit", &"µm")]);
                attributes.extend([("PositionY", y_um as &dyn Display), ("PositionYUnit", &"µm")]);
            }
            if let Some(z_um) = &z_um {
                attributes.extend([("PositionZ", z_um as &dyn Display), ("PositionZUnit", &"µm")]);
            }
            if !attributes.is_empty() {
                attributes.splice(..0, [("TheZ", &z as &dyn Display), ("TheT", &timepoint), ("TheC", &c)]);
                self.xml.empty("Plane", &attributes)?;
            }
        }
        Ok(())
    }

    /// OME's numbers of a plane: z, timepoint and channel, from 0 without gaps.
    fn ranks(&self, key: ImageKey) -> Option<[usize; 3]> {
        let Described { channels, planes, timepoints, .. } = self.described;
        let ImageKey { channel, z, timepoint, .. } = key;
        Some([
            planes.binary_search(&z.unwrap_or(1)).ok()?,
            timepoints.binary_search(&timepoint.unwrap_or(1)).ok()?,
            channels.binary_search_by_key(&channel.unwrap_or(1), |channel| channel.number).ok()?,
        ])
    }
}

/// A position as OME has it: its y grows upward in what Bio-Formats makes of the files of microscopes, and programs that lay out
/// tiles take it so. (From 0, so that there is no -0.)
pub(super) fn placed(position: SitePosition) -> (f64, f64) {
    (position.x_um, 0.0 - position.y_um)
}

#[allow(clippy::cast_precision_loss)] // of what was measured by a microscope
fn thousandths(number: i64) -> f64 {
    number as f64 / 1000.0
}

/// How far the planes of an image lie apart, where all of them do so alike.
pub(super) fn plane_distance_um(images: &[&DescribedImage<'_>], planes: &[u32]) -> Option<f64> {
    let first = images.first()?.key;
    let of_stack = images.iter().filter(|image| ImageKey { z: first.z, ..image.key } == first);
    let heights: Vec<f64> =
        of_stack.map(|image| Some(thousandths(image.acquired?.z_nm?.into()))).collect::<Option<_>>()?;
    let steps = u32::try_from(planes.len()).ok()?.checked_sub(1).filter(|steps| *steps > 0)?;
    let [lowest, .., highest] = heights.as_slice() else { return None };
    if heights.len() != planes.len() {
        return None;
    }
    let distance = (highest - lowest) / f64::from(steps);
    // As evenly as a drive comes to rest.
    let is_even = |pair: &[f64]| ((pair[1] - pair[0]) - distance).abs() <= distance.abs() * 0.1;
    let rounded = (distance.abs() * 1000.0).round() / 1000.0;
    (rounded > 0.0 && heights.windows(2).all(is_even)).then_some(rounded)
}

/// The type of a sample as OME calls it; `None` of integers of 64 bits, for which it has no name.
pub(crate) fn type_name(pixel: PixelType) -> Option<&'static str> {
    Some(match pixel {
        PixelType::U8 => "uint8",
        PixelType::U16 => "uint16",
        PixelType::U32 => "uint32",
        PixelType::I8 => "int8",
        PixelType::I16 => "int16",
        PixelType::I32 => "int32",
        PixelType::F32 => "float",
        PixelType::F64 => "double",
        PixelType::U64 | PixelType::I64 => return None,
    })
}

/// A colour as OME writes it: red, green, blue and no transparency, as one signed number.
fn colour_number([red, green, blue]: Rgb) -> i32 {
    i32::from_be_bytes([red, green, blue, u8::MAX])
}

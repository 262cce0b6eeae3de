//! Writing a companion: well after well, so that its images are never in memory together.
//!
//! A document names the wells, then the images, then what is not there, while a run is gone through once; so the second and the
//! third part are written to files without a name, and put behind the first in the end.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};

use super::record::{self, Lack, VERSION, listed};
use super::xml::{Attributes, Xml};
use super::{begin_ome, uuid_of};
use crate::disk::{Destination, PartFile};
use crate::image::{ImageFormat, PixelType, RESULT_NAMESPACE, Rgb};
use crate::plate::{Acquired, ImageKey, PixelSize, PlateShape, SitePosition, WellId};

/// What the images of a plate have in common.
#[derive(Clone, Debug)]
pub(crate) struct Described<'a> {
    /// Name of the plate.
    pub name: &'a str,
    /// Name of the companion's file.
    pub companion: &'a str,
    /// Rows and columns.
    pub shape: Option<PlateShape>,
    /// Instrument, where known.
    pub microscope: Option<&'a str>,
    /// Objective, where known.
    pub objective: Option<&'a str>,
    /// The channels that were saved, by their numbers.
    pub channels: Vec<DescribedChannel<'a>>,
    /// Numbers of the planes that were saved, in their order.
    pub planes: Vec<u32>,
    /// Numbers of the timepoints that were saved, in their order.
    pub timepoints: Vec<u32>,
}

/// A channel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DescribedChannel<'a> {
    pub number: u32,
    pub name: Option<&'a str>,
    pub colour: Rgb,
    /// Size of a pixel, where known.
    pub pixel_size: Option<PixelSize>,
}

/// An image that was saved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DescribedImage<'a> {
    /// Components that have been assembled are `None`.
    pub key: ImageKey,
    /// Its size and type.
    pub format: ImageFormat,
    /// Where its middle lies, where known.
    pub position: Option<SitePosition>,
    /// Path of its file beside the companion, with `/` between folders.
    pub file: &'a str,
    /// How its source was recorded, where known.
    pub acquired: Option<Acquired>,
}

/// A well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DescribedWell<'a> {
    pub well: WellId,
    /// What was saved, sorted by key.
    pub images: &'a [DescribedImage<'a>],
    /// What should be there and is not, sorted by key.
    pub absent: &'a [(ImageKey, Lack)],
    /// How many more should be there that are not listed.
    pub further: usize,
}

/// So many absent images stand in one text, as a reader holds a text whole.
const MOST_TOGETHER: usize = 200;

/// A companion while it is written.
pub(crate) struct Companion<'a> {
    described: &'a Described<'a>,
    /// Size of a pixel, where all channels have one.
    pixel_size: Option<PixelSize>,
    plate: Xml<BufWriter<PartFile>>,
    images: Xml<BufWriter<File>>,
    record: Xml<BufWriter<File>>,
    wells: usize,
    /// How many images OME has: one for each well and site.
    samples: usize,
}

impl<'a> Companion<'a> {
    /// Begins a companion at a place.
    pub(crate) fn begin(place: &Destination, described: &'a Described<'a>) -> io::Result<Self> {
        let folder = place.path().parent().unwrap_or(place.path());
        let part = || Ok::<_, io::Error>(Xml::new(BufWriter::new(tempfile::tempfile_in(folder)?)));
        let sizes = || described.channels.iter().map(|channel| channel.pixel_size);
        let first = sizes().next().flatten();
        let is_first =
            |size: Option<PixelSize>| size.zip(first).is_some_and(|(one, other)| one.is_same(other));
        let mut companion = Self {
            described,
            pixel_size: first.filter(|_| sizes().all(is_first)),
            plate: Xml::new(BufWriter::new(PartFile::begin(place)?)),
            images: part()?,
            record: part()?,
            wells: 0,
            samples: 0,
        };
        companion.begin_plate()?;
        companion.begin_record()?;
        Ok(companion)
    }

    fn begin_plate(&mut self) -> io::Result<()> {
        let Described { name, companion, shape, .. } = *self.described;
        begin_ome(&mut self.plate, &uuid_of(name, companion))?;
        let mut attributes: Vec<(&str, &dyn Display)> = vec![
            ("ID", &"Plate:0"),
            ("Name", &name),
            ("RowNamingConvention", &"letter"),
            ("ColumnNamingConvention", &"number"),
        ];
        if let Some(PlateShape { rows, columns }) = &shape {
            attributes.extend([("Rows", rows as &dyn Display), ("Columns", columns)]);
        }
        self.plate.open("Plate", &attributes)
    }

    fn begin_record(&mut self) -> io::Result<()> {
        let Described { channels, planes, timepoints, .. } = self.described;
        let record = &mut self.record;
        record.open("StructuredAnnotations", &[])?;
        record.open("XMLAnnotation", &[("ID", &"Annotation:0"), ("Namespace", &RESULT_NAMESPACE)])?;
        record.open("Value", &[])?;
        record.open(
            "Result",
            &[
                ("xmlns", &RESULT_NAMESPACE),
                ("Version", &VERSION),
                ("Channels", &listed(channels.iter().map(|channel| channel.number))),
                ("Planes", &listed(planes.iter().copied())),
                ("Timepoints", &listed(timepoints.iter().copied())),
            ],
        )?;
        for DescribedChannel { number, pixel_size, .. } in channels {
            if let Some(PixelSize { x_um, y_um }) = pixel_size {
                let attributes: Attributes<'_> =
                    &[("Number", number), ("PhysicalSizeX", x_um), ("PhysicalSizeY", y_um)];
                record.empty("Channel", attributes)?;
            }
        }
        Ok(())
    }

    /// Adds a well. Wells come in their order, each once.
    pub(crate) fn well(&mut self, well: &DescribedWell<'_>) -> io::Result<()> {
        // Files of another size are another image of the same site.
        let mut samples: BTreeMap<(u32, SizeAndType), Vec<&DescribedImage<'_>>> = BTreeMap::new();
        for image in well.images {
            let kind = SizeAndType::of(image.format);
            samples.entry((image.key.site.unwrap_or(1), kind)).or_default().push(image);
        }
        let WellId { row, column } = well.well;
        if !samples.is_empty() {
            let id = format!("Well:{}", self.wells);
            self.plate.open("Well", &[("ID", &id), ("Row", &row), ("Column", &column)])?;
            for images in samples.values() {
                self.sample(images)?;
            }
            self.plate.close("Well")?;
            self.wells += 1;
        }
        let sites = listed(samples.keys().map(|(site, _)| *site));
        let mut attributes: Vec<(&str, &dyn Display)> =
            vec![("Row", &row), ("Column", &column), ("Sites", &sites)];
        if well.further > 0 {
            attributes.push(("Further", &well.further));
        }
        if well.absent.is_empty() {
            return self.record.empty("Well", &attributes);
        }
        self.record.open("Well", &attributes)?;
        for lack in [Lack::Missing, Lack::Failed, Lack::Ended] {
            let keys: Vec<ImageKey> =
                well.absent.iter().filter(|(_, of)| *of == lack).map(|(key, _)| *key).collect();
            for keys in keys.chunks(MOST_TOGETHER) {
                self.record.text("Absent", &[("Why", &lack.words())], &record::tokens(keys))?;
            }
        }
        self.record.close("Well")
    }

    /// Adds the images of a site, of which there are some, as one image of OME.
    fn sample(&mut self, images: &[&DescribedImage<'_>]) -> io::Result<()> {
        let Some(first) = images.first() else { return Ok(()) };
        let index = self.samples;
        self.samples += 1;
        let (sample_id, image_id) = (format!("WellSample:{index}"), format!("Image:{index}"));
        let mut attributes: Vec<(&str, &dyn Display)> = vec![("ID", &sample_id), ("Index", &index)];
        let place = first.position.map(placed);
        if let Some((x_um, y_um)) = &place {
            attributes.extend([
                ("PositionX", x_um as &dyn Display),
                ("PositionXUnit", &"µm"),
                ("PositionY", y_um),
                ("PositionYUnit", &"µm"),
            ]);
        }
        self.plate.open("WellSample", &attributes)?;
        self.plate.empty("ImageRef", &[("ID", &image_id)])?;
        self.plate.close("WellSample")?;

        let name = match first.key.site {
            Some(site) => format!("Well {}, site {site}", first.key.well),
            None => format!("Well {}", first.key.well),
        };
        self.images.open("Image", &[("ID", &image_id), ("Name", &name)])?;
        let began_ms = images.iter().filter_map(|image| image.acquired?.at_ms).min();
        if let Some(began) = began_ms.and_then(civil_text) {
            self.images.text("AcquisitionDate", &[], &began)?;
        }
        if self.described.microscope.is_some() || self.described.objective.is_some() {
            self.images.empty("InstrumentRef", &[("ID", &"Instrument:0")])?;
        }
        if self.described.objective.is_some() {
            self.images.empty("ObjectiveSettings", &[("ID", &"Objective:0:0")])?;
        }
        self.pixels(index, first.format, images, began_ms)?;
        self.images.close("Image")
    }

    fn pixels(
        &mut self,
        index: usize,
        format: ImageFormat,
        images: &[&DescribedImage<'_>],
        began_ms: Option<i64>,
    ) -> io::Result<()> {
        let Described { name, channels, planes, timepoints, .. } = self.described;
        let id = format!("Pixels:{index}");
        let samples = usize::from(format.samples);
        let size_c = channels.len() * samples;
        let (planes_count, timepoints_count) = (planes.len(), timepoints.len());
        let kind =
            type_name(format.pixel).ok_or_else(|| io::Error::other("OME-XML has no integers of 64 bits"))?;
        let mut attributes: Vec<(&str, &dyn Display)> = vec![
            ("ID", &id),
            ("DimensionOrder", &"XYCZT"),
            ("Type", &kind),
            ("BigEndian", &cfg!(target_endian = "big")),
            ("SizeX", &format.width),
            ("SizeY", &format.height),
            ("SizeZ", &planes_count),
            ("SizeC", &size_c),
            ("SizeT", &timepoints_count),
        ];
        if let Some(PixelSize { x_um, y_um }) = &self.pixel_size {
            attributes.extend([("PhysicalSizeX", x_um as &dyn Display), ("PhysicalSizeY", y_um)]);
        }
        let distance_um = plane_distance_um(images, planes);
        if let Some(um) = &distance_um {
            attributes.push(("PhysicalSizeZ", um));
        }
        self.images.open("Pixels", &attributes)?;
        for (rank, channel) in channels.iter().enumerate() {
            let (id, colour) = (format!("Channel:{index}:{rank}"), colour_number(channel.colour));
            let mut attributes: Vec<(&str, &dyn Display)> = vec![("ID", &id), ("SamplesPerPixel", &samples)];
            if let Some(name) = &channel.name {
                attributes.push(("Name", name));
            }
            let of_channel = images.iter().filter(|image| image.key.channel.unwrap_or(1) == channel.number);
            let emission = of_channel.filter_map(|image| image.acquired?.emission_nm).next();
            if let Some(nm) = &emission {
                attributes.push(("EmissionWavelength", nm));
            }
            // Samples of colour have their own.
            if samples == 1 {
                attributes.push(("Color", &colour));
            }
            self.images.empty("Channel", &attributes)?;
        }
        let ranks = |image: &DescribedImage<'_>| -> Option<[usize; 3]> {
            let ImageKey { channel, z, timepoint, .. } = image.key;
            Some([
                planes.binary_search(&z.unwrap_or(1)).ok()?,
                timepoints.binary_search(&timepoint.unwrap_or(1)).ok()?,
                channels.binary_search_by_key(&channel.unwrap_or(1), |channel| channel.number).ok()?,
            ])
        };
        for (image, [z, timepoint, channel]) in images.iter().filter_map(|image| Some((image, ranks(image)?)))
        {
            let at: Attributes<'_> = &[
                ("FirstZ", &z),
                ("FirstT", &timepoint),
                ("FirstC", &(channel * samples)),
                ("IFD", &0),
                ("PlaneCount", &1),
            ];
            self.images.open("TiffData", at)?;
            self.images.text("UUID", &[("FileName", &image.file)], &uuid_of(name, image.file))?;
            self.images.close("TiffData")?;
        }
        for (image, [z, timepoint, channel]) in images.iter().filter_map(|image| Some((image, ranks(image)?)))
        {
            let mut attributes: Vec<(&str, &dyn Display)> = Vec::new();
            let c = channel * samples;
            let place = image.position.map(placed);
            let Acquired { z_nm, exposure_us, at_ms, .. } = image.acquired.unwrap_or_default();
            let delta_secs = at_ms.zip(began_ms).map(|(at, began)| thousandths(at - began));
            let exposure_secs = exposure_us.map(|us| us as f64 / 1e6);
            let z_um = z_nm.map(thousandths);
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
                self.images.empty("Plane", &attributes)?;
            }
        }
        self.images.close("Pixels")
    }

    /// Ends the document, which then has its name.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.plate.close("Plate")?;
        self.instrument()?;
        self.record.close("Result")?;
        self.record.close("Value")?;
        self.record.close("XMLAnnotation")?;
        self.record.close("StructuredAnnotations")?;
        let mut whole = self.plate.into_inner()?;
        for part in [self.images, self.record] {
            let mut part = part.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?;
            part.rewind()?;
            io::copy(&mut part, &mut whole)?;
        }
        whole.write_all(b"</OME>\n")?;
        whole.into_inner().map_err(io::IntoInnerError::into_error)?.finish()
    }

    fn instrument(&mut self) -> io::Result<()> {
        let Described { microscope, objective, .. } = self.described;
        if microscope.is_none() && objective.is_none() {
            return Ok(());
        }
        self.plate.open("Instrument", &[("ID", &"Instrument:0")])?;
        if let Some(model) = microscope {
            self.plate.empty("Microscope", &[("Model", model)])?;
        }
        if let Some(model) = objective {
            self.plate.empty("Objective", &[("ID", &"Objective:0:0"), ("Model", model)])?;
        }
        self.plate.close("Instrument")
    }
}

/// A position as OME has it: its y grows upward in what Bio-Formats makes of the files of microscopes, and programs that lay out
/// tiles take it so. (From 0, so that there is no -0.)
fn placed(position: SitePosition) -> (f64, f64) {
    (position.x_um, 0.0 - position.y_um)
}

#[allow(clippy::cast_precision_loss)] // of what was measured by a microscope
fn thousandths(number: i64) -> f64 {
    number as f64 / 1000.0
}

/// Milliseconds since the beginning of 1970 by a clock of no known zone, as XML writes a moment.
fn civil_text(ms: i64) -> Option<String> {
    let since = jiff::SignedDuration::from_millis(ms);
    let at = jiff::civil::DateTime::constant(1970, 1, 1, 0, 0, 0, 0).checked_add(since).ok()?;
    Some(at.strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string())
}

/// How far the planes of an image lie apart, where all of them do so alike.
fn plane_distance_um(images: &[&DescribedImage<'_>], planes: &[u32]) -> Option<f64> {
    let first = images.first()?.key;
    let of_stack = images.iter().filter(|image| ImageKey { z: first.z, ..image.key } == first);
    let heights: Vec<f64> =
        of_stack.map(|image| Some(thousandths(image.acquired?.z_nm?))).collect::<Option<_>>()?;
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

/// What all planes of an image of OME have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SizeAndType {
    width: u32,
    height: u32,
    samples: u16,
    pixel: PixelType,
}

impl SizeAndType {
    fn of(format: ImageFormat) -> Self {
        let ImageFormat { width, height, samples, pixel } = format;
        Self { width, height, samples, pixel }
    }
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

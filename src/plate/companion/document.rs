//! Writing a companion: well after well, so that its images are never in memory together.
//!
//! A document names the wells, then the images, then what is not there, while a run is gone through once; so the second and the
//! third part are written to files without a name, and put behind the first in the end.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};

use super::described::{Described, DescribedChannel, DescribedImage, DescribedWell};
use super::images::{Images, placed};
use super::record::{self, Lack, VERSION, listed};
use super::xml::{Attributes, Xml};
use super::{begin_ome, uuid_of};
use crate::disk::{Destination, PartFile};
use crate::image::{ImageFormat, PixelType, RESULT_NAMESPACE};
use crate::plate::{ImageKey, PixelSize, PlateShape, WellId};

/// This many absent images stand in one text, as a reader holds a text whole.
const MOST_TOGETHER: usize = 200;

/// A companion while it is written.
pub(crate) struct Companion<'a> {
    described: &'a Described<'a>,
    plate: Xml<BufWriter<PartFile>>,
    images: Images<'a>,
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
        let mut companion = Self {
            described,
            plate: Xml::new(BufWriter::new(PartFile::begin(place)?)),
            images: Images::begin(part()?, described),
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
        self.images.add(&image_id, index, images)
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
        for part in [self.images.into_xml(), self.record] {
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

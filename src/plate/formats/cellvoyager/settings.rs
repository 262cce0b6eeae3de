//! What the files beside a record say of the measurement: its plate, its channels, its microscope.
//!
//! `MeasurementDetail.mrf` has the plate's shape, and of each channel the size of a pixel, the camera and the file of its
//! shading; it names the others: the plate (`.wpi`), its kind (`.wpp`) and the settings (`.mes`), where channels have names
//! and objectives. CQ1 and CV1000 have `MeasurementResult.xml` and `MeasurementResult.ome.xml` instead. Deliberately
//! absent: what was planned (wells, points, actions), which says nothing of what was recorded; positions and names that
//! only CQ1's files have.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use quick_xml::events::BytesStart;

use crate::cancel::{Cancel, Cancelled};
use crate::disk;
use crate::limits;
use crate::plate::acquired::Said;
use crate::plate::draft::Draft;
use crate::plate::folder::{Folder, relative, stem_of};
use crate::plate::metadata::text::number;
use crate::plate::metadata::xml::{self, ElementText, Elements, attributes};
use crate::plate::{Acquired, PixelSize, PlateShape, WellId};

/// What the files of a measurement say beside its record.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) plate_name: Option<String>,
    pub(super) title: Option<String>,
    pub(super) microscope: Option<String>,
    pub(super) begin: Option<String>,
    rows: Option<u32>,
    columns: Option<u32>,
    pub(super) channels: BTreeMap<u32, ChannelSettings>,
    /// The wavelengths of the microscope's light in nanometres, by the names of its lamps.
    lights_nm: BTreeMap<String, f64>,
    /// Size of a pixel of all channels, where the channels do not say it.
    pub(super) pixel_size: Option<PixelSize>,
    /// The files that the measurement is said to have been made with.
    mes: Option<String>,
    wpi: Option<String>,
    wpp: Option<String>,
}

/// What is said of one channel.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ChannelSettings {
    pub(super) pixel_size: Option<PixelSize>,
    pub(super) camera: Option<u32>,
    /// File of its shading.
    pub(super) shading: Option<String>,
    pub(super) fluorophore: Option<String>,
    pub(super) target: Option<String>,
    pub(super) filter: Option<String>,
    pub(super) objective: Option<String>,
    pub(super) magnification: Option<String>,
    exposure_ms: Option<f64>,
    /// The lamps that shine on the sample.
    lights: BTreeSet<String>,
}

impl ChannelSettings {
    /// What biologists call the channel: its fluorophore or target. Where the target is no more than the wavelength of
    /// the light, as it is by default, the filter says what the light was for.
    pub(super) fn name(&self) -> Option<String> {
        let target = self.target.as_deref();
        let is_number = target.is_some_and(|target| number(target).is_some());
        match (&self.fluorophore, target, &self.filter) {
            (Some(fluorophore), ..) => Some(fluorophore.clone()),
            (None, Some(target), Some(filter)) if is_number => Some(format!("{target} {filter}")),
            (None, Some(target), _) => Some(target.to_owned()),
            (None, None, filter) => filter.clone(),
        }
    }
}

/// The names of files of which a measurement has one each.
const DETAIL: &str = "mrf";
const RESULTS: [&str; 3] =
    ["MeasurementResult.xml", "MeasurementResult.ome.xml", "MeasurementResultMIP.ome.xml"];

/// Whether a file of this name stands beside a record.
pub(super) fn is_settings(name: &str) -> bool {
    [DETAIL, "mes", "wpi", "wpp"].iter().any(|extension| stem_of(name, extension).is_some())
        || RESULTS.iter().any(|result| name.eq_ignore_ascii_case(result))
}

impl Settings {
    /// Reads what there is in a folder; what cannot be read is an issue.
    pub(super) fn read(draft: &mut Draft, folder: &Folder, cancel: &Cancel) -> Result<Self, Cancelled> {
        let mut settings = Self::default();
        let named = |name: &str| folder.files.iter().find(|file| file.eq_ignore_ascii_case(name)).cloned();
        // The one that is named, else the only one.
        let one = |named_file: Option<&String>, extension: &str| {
            let found = named_file.and_then(|name| named(name));
            found.or_else(|| {
                let mut all = folder.files.iter().filter(|file| stem_of(file, extension).is_some());
                all.next().filter(|_| all.next().is_none()).cloned()
            })
        };
        let mut read = |settings: &mut Self, name: &str| -> Result<(), Cancelled> {
            let broken = settings.read_file(&folder.path.join(name), cancel)?;
            if let Some(why) = broken {
                let shown = relative(&draft.plate.root, &folder.path.join(name));
                draft.issue(shown, format!("can only be read in part ({why}): the rest is not known"));
            }
            Ok(())
        };
        if let Some(name) = named("MeasurementDetail.mrf").or_else(|| one(None, DETAIL)) {
            read(&mut settings, &name)?;
        }
        let others =
            [(settings.wpi.clone(), "wpi"), (settings.wpp.clone(), "wpp"), (settings.mes.clone(), "mes")];
        for (name, extension) in others {
            if let Some(name) = one(name.as_ref(), extension) {
                read(&mut settings, &name)?;
            }
        }
        for name in RESULTS.into_iter().filter_map(named) {
            read(&mut settings, &name)?;
        }
        Ok(settings)
    }

    fn read_file(&mut self, path: &Path, cancel: &Cancel) -> Result<Option<String>, Cancelled> {
        let mut parser = Parser { settings: self, text: ElementText::default(), wanted: None, channel: None };
        match disk::open(path) {
            Ok(file) => xml::read(file.take(limits::MEASUREMENT_SETTINGS_BYTES), &mut parser, cancel),
            Err(error) => Ok(Some(error.to_string())),
        }
    }

    /// How the images of a channel were recorded: for how long, by which light, and through which filter.
    pub(super) fn acquired(&self, channel: u32) -> Acquired {
        let Some(of) = self.channels.get(&channel) else { return Acquired::default() };
        // Of several lamps none is the one.
        let light = of.lights.first().filter(|_| of.lights.len() == 1);
        let said = Said {
            exposure_secs: of.exposure_ms.map(|ms| ms / 1e3),
            emission_nm: of.filter.as_deref().and_then(middle_of_band),
            excitation_nm: light.and_then(|light| self.lights_nm.get(light)).copied(),
            ..Said::default()
        };
        said.into()
    }

    /// Rows and columns, where both are said and a plate has them.
    pub(super) fn shape(&self) -> Option<PlateShape> {
        let (rows, columns) = (self.rows?, self.columns?);
        WellId::at(rows.checked_sub(1)?, columns.checked_sub(1)?)?;
        Some(PlateShape { rows: u16::try_from(rows).ok()?, columns: u16::try_from(columns).ok()? })
    }
}

/// The wavelength in the middle of what a filter lets through, as its name says: 445 of `BP445/45`.
fn middle_of_band(filter: &str) -> Option<f64> {
    let (middle, width) = filter.strip_prefix("BP")?.split_once('/')?;
    number(width)?;
    number(middle)
}

/// The state of reading one file. What was said first stays, in the order in which the files are read.
struct Parser<'a> {
    settings: &'a mut Settings,
    text: ElementText,
    /// The element under way, where its text is wanted.
    wanted: Option<&'static str>,
    /// The channel under way, or the last.
    channel: Option<u32>,
}

/// Elements of which the text is wanted.
const WITH_TEXT: [&str; 4] = ["RowCount", "ColumnCount", "BeginTime", "LightSourceName"];

impl Elements for Parser<'_> {
    fn start(&mut self, element: &BytesStart<'_>) {
        self.text.clear();
        let local = element.local_name();
        self.wanted = WITH_TEXT.into_iter().find(|name| *name == local.as_ref());
        let settings = &mut *self.settings;
        let of: Vec<_> = attributes(element).collect();
        let text = |name: &str| {
            let value = of.iter().find(|(other, _)| *other == name)?.1.trim();
            (!value.is_empty()).then(|| value.to_owned())
        };
        let whole = |name: &str| text(name)?.parse::<u32>().ok();
        let size = |x: &str, y: &str| {
            let (x_um, y_um) = (text(x).and_then(|x| number(&x)), text(y).and_then(|y| number(&y)));
            PixelSize::new(x_um.or(y_um)?, y_um.or(x_um)?)
        };
        let first = |slot: &mut Option<String>, value: Option<String>| *slot = slot.take().or(value);
        match local.as_ref() {
            "MeasurementDetail" => {
                first(&mut settings.title, text("Title"));
                first(&mut settings.microscope, text("TargetSystem"));
                first(&mut settings.begin, text("BeginTime"));
                first(&mut settings.mes, text("MeasurementSettingFileName"));
                settings.rows = settings.rows.or(whole("RowCount"));
                settings.columns = settings.columns.or(whole("ColumnCount"));
            }
            "MeasurementSamplePlate" => {
                first(&mut settings.plate_name, text("Name"));
                first(&mut settings.wpi, text("WellPlateFileName"));
                first(&mut settings.wpp, text("WellPlateProductFileName"));
            }
            "MeasurementChannel" => {
                let Some(channel) = whole("Ch") else { return };
                let channel = settings.channels.entry(channel).or_default();
                // Of the image as it was saved: Bio-Formats and the converters of several institutes take it as it is.
                // (In the sets seen binning is 1, and 6.5 µm of the camera are 0.325 µm at 20×.)
                let size = size("HorizontalPixelDimension", "VerticalPixelDimension");
                channel.pixel_size = channel.pixel_size.or(size);
                channel.camera = channel.camera.or(whole("CameraNumber"));
                first(&mut channel.shading, text("ShadingCorrectionSource"));
            }
            // A plate, its kind and the settings have their own rows and columns.
            name @ ("WellPlate" | "WellPlateProduct" | "MeasurementSetting" | "Plate") => {
                match name {
                    // The plate's own file is surer of its name than who names that file.
                    "WellPlate" => settings.plate_name = text("Name").or(settings.plate_name.take()),
                    "Plate" => first(&mut settings.plate_name, text("Name")),
                    _ => {}
                }
                settings.rows = settings.rows.or(whole("Rows"));
                settings.columns = settings.columns.or(whole("Columns"));
            }
            "LightSource" => {
                let light = text("Name").zip(text("WaveLength").and_then(|nm| number(&nm)));
                settings.lights_nm.extend(light);
            }
            "Channel" => {
                self.channel = whole("Ch");
                let Some(channel) = self.channel else { return };
                let channel = settings.channels.entry(channel).or_default();
                first(&mut channel.fluorophore, text("Fluorophore"));
                first(&mut channel.target, text("Target"));
                first(&mut channel.filter, text("Acquisition"));
                first(&mut channel.objective, text("Objective"));
                first(&mut channel.magnification, text("Magnification"));
                let exposure_ms = text("ExposureTime").and_then(|ms| number(&ms));
                channel.exposure_ms = channel.exposure_ms.or(exposure_ms);
            }
            // OME-XML, in micrometres unless it says otherwise.
            "Pixels" if settings.pixel_size.is_none() => {
                let is_um = |unit: &str| text(unit).is_none_or(|unit| ["µm", "μm", "um"].contains(&&*unit));
                if is_um("PhysicalSizeXUnit") && is_um("PhysicalSizeYUnit") {
                    settings.pixel_size = size("PhysicalSizeX", "PhysicalSizeY");
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.wanted.is_some() {
            self.text.add(text, limits::INDEX_TEXT_BYTES);
        }
    }

    fn end(&mut self) {
        let Some(name) = self.wanted.take() else { return };
        let (settings, text) = (&mut *self.settings, self.text.trimmed());
        match name {
            "RowCount" => settings.rows = settings.rows.or(text.parse().ok()),
            "ColumnCount" => settings.columns = settings.columns.or(text.parse().ok()),
            "LightSourceName" => {
                let channel = self.channel.and_then(|channel| settings.channels.get_mut(&channel));
                if let Some(channel) = channel.filter(|_| !text.is_empty()) {
                    channel.lights.insert(text.to_owned());
                }
            }
            _ => settings.begin = settings.begin.take().or_else(|| Some(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(texts: &[&str]) -> Settings {
        let mut settings = Settings::default();
        for text in texts {
            let mut parser =
                Parser { settings: &mut settings, text: ElementText::default(), wanted: None, channel: None };
            xml::read(text.as_bytes(), &mut parser, &Cancel::new()).expect("not cancelled");
        }
        settings
    }

    #[test]
    fn a_measurement_is_described_by_several_files() {
        let found = settings(&[
            "<b:MeasurementDetail xmlns:b='x' b:Title='T' b:BeginTime='2023-09-18T13:58:39.4+02:00' \
             b:ColumnCount='24' \
             b:RowCount='16' b:TargetSystem='CV8000'><b:MeasurementSamplePlate b:Name='Old' \
             b:WellPlateFileName='P.wpi'/>\
             <b:MeasurementChannel b:Ch='3' b:HorizontalPixelDimension='0,325' b:CameraNumber='4' \
             b:ShadingCorrectionSource='SC #1.tif'/></b:MeasurementDetail>",
            "<WellPlate Name='P' Columns='12' Rows='8'/>",
            "<S><ChannelList><Channel Ch='1' Target='405' Acquisition='BP445/45' Fluorophore=''/>\
             <Channel Ch='2' Target='405' Acquisition='BP445/45' Fluorophore=' DAPI '/>\
             <Channel Ch='3' Target='Actin' Acquisition='BP600/37' Objective='20x v2' Magnification='20'/>\
             <Channel Ch='4' Acquisition='BP676/29'/><Channel Ch='5'/><Channel Target='x'/></ChannelList></S>",
        ]);
        assert_eq!(found.shape(), Some(PlateShape { rows: 16, columns: 24 }));
        assert_eq!((found.plate_name.as_deref(), found.title.as_deref()), (Some("P"), Some("T")));
        assert_eq!(found.microscope.as_deref(), Some("CV8000"));
        let names: Vec<_> =
            found.channels.iter().map(|(number, channel)| (*number, channel.name())).collect();
        let name = |name: &str| Some(name.to_owned());
        let expected = [name("405 BP445/45"), name("DAPI"), name("Actin"), name("BP676/29"), None];
        assert_eq!(names, (1..).zip(expected).collect::<Vec<_>>());
        let third = &found.channels[&3];
        assert_eq!(third.pixel_size, PixelSize::square(0.325));
        assert_eq!((third.camera, third.shading.as_deref()), (Some(4), Some("SC #1.tif")));
        assert_eq!(third.objective.as_deref(), Some("20x v2"));
    }

    #[test]
    fn the_smaller_microscopes_have_files_of_their_own() {
        let found = settings(&[
            "<MeasurementResult><BeginTime> 2020-01-02T03:04:05 \
             </BeginTime><Attachment><Container><RowCount>16</RowCount>\
             <ColumnCount>24</ColumnCount></Container></Attachment></MeasurementResult>",
            "<OME><Plate Name='P' Rows='8' Columns='12'/><Image><Pixels PhysicalSizeX='0.6' \
             PhysicalSizeY='0.5'/></Image></OME>",
        ]);
        assert_eq!(found.shape(), Some(PlateShape { rows: 16, columns: 24 }));
        assert_eq!(found.pixel_size, PixelSize::new(0.6, 0.5));
        assert_eq!(
            (found.plate_name.as_deref(), found.begin.as_deref()),
            (Some("P"), Some("2020-01-02T03:04:05"))
        );
        // What no plate has, and sizes in units that are none.
        let found = settings(&["<OME><Plate Rows='8000' Columns='12'/><Image><Pixels PhysicalSizeX='6' \
             PhysicalSizeXUnit='pixel'/></Image></OME>"]);
        assert_eq!((found.shape(), found.pixel_size), (None, None));
    }
}

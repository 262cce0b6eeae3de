//! The files around the pixels: folders, names, the HTD and what MetaXpress writes into each TIFF.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::field::{Place, Z_STEP_UM, site_columns};
use super::{DemoError, DemoSpec, MARKER};
use crate::cancel::Cancel;
use crate::plate::{KNOWN_SHAPES, MAX_SHAPE, PlateShape, SitePosition, WellId};

/// The name of the plate.
const NAME: &str = "Demo";
/// Size of a pixel.
pub(super) const PIXEL_UM: f64 = 0.65;
/// Distance of neighbouring wells of a 96-well plate; of others in proportion.
const WELL_PITCH_UM: f64 = 9_000.0;

/// Name and emission wavelength in nm by channel.
const STAINS: [(&str, u32); 8] = [
    ("DAPI", 447),
    ("FITC", 536),
    ("Texas Red", 624),
    ("Cy5", 692),
    ("TRITC", 593),
    ("CFP", 475),
    ("YFP", 540),
    ("Cy7", 794),
];

fn stain(channel: u32) -> (String, u32) {
    let index = channel as usize;
    let (name, wavelength) = STAINS[index % STAINS.len()];
    let round = index / STAINS.len();
    (if round == 0 { name.to_owned() } else { format!("{name} {}", round + 1) }, wavelength)
}

pub(super) fn shape(spec: &DemoSpec) -> PlateShape {
    KNOWN_SHAPES.into_iter().find(|shape| shape.wells() >= spec.wells as usize).unwrap_or(MAX_SHAPE)
}

pub(super) fn well(spec: &DemoSpec, index: u32) -> WellId {
    let columns = u32::from(shape(spec).columns);
    // The check of the spec keeps the number of wells on the plate.
    WellId::at(index / columns, index % columns).unwrap_or(WellId { row: 0, column: 0 })
}

/// The folder of an image within the plate: only what varies has one.
fn image_folder(spec: &DemoSpec, timepoint: u32, plane: u32) -> PathBuf {
    let mut folder = PathBuf::new();
    if spec.timepoints > 1 {
        folder.push(format!("TimePoint_{}", timepoint + 1));
    }
    if spec.planes > 1 {
        folder.push(format!("ZStep_{}", plane + 1));
    }
    folder
}

/// The path of an image within the plate.
pub(super) fn image_path(spec: &DemoSpec, place: Place) -> PathBuf {
    let mut name = format!("{NAME}_{}", well(spec, place.well));
    // Writing to a text cannot fail.
    if spec.sites > 1 {
        let _ = write!(name, "_s{}", place.site + 1);
    }
    if spec.channels > 1 {
        let _ = write!(name, "_w{}", place.channel + 1);
    }
    image_folder(spec, place.timepoint, place.plane).join(name + ".TIF")
}

/// All folders of the plate, outer ones first; the first is the plate itself.
fn folders(spec: &DemoSpec) -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::new()];
    for timepoint in 0..spec.timepoints {
        if spec.timepoints > 1 {
            folders.push(PathBuf::from(format!("TimePoint_{}", timepoint + 1)));
        }
        for plane in 0..spec.planes {
            if spec.planes > 1 {
                folders.push(image_folder(spec, timepoint, plane));
            }
        }
    }
    folders
}

/// Makes the folders, each with a copy of the HTD, as an export has.
pub(super) fn write_folders(spec: &DemoSpec, plate: &Path) -> Result<(), DemoError> {
    let text = htd(spec);
    for folder in folders(spec) {
        let folder = plate.join(folder);
        let file = folder.join(format!("{NAME}.HTD"));
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(&file, &text))
            .map_err(|source| DemoError::Io { path: file, source })?;
    }
    Ok(())
}

/// Removes the files of an earlier demo plate, and its folders where nothing else is in them.
pub(super) fn remove(spec: &DemoSpec, plate: &Path, cancel: &Cancel) -> Result<(), DemoError> {
    let remove_file = |path: PathBuf| match fs::remove_file(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(DemoError::Io { path, source }),
        _ => Ok(()),
    };
    if spec.check().is_ok() {
        for index in 0..spec.image_count() {
            cancel.check()?;
            remove_file(plate.join(image_path(spec, spec.place(index))))?;
        }
        for folder in folders(spec).into_iter().rev() {
            remove_file(plate.join(&folder).join(format!("{NAME}.HTD")))?;
            if folder != Path::new("") {
                // A folder that holds more than was written stays.
                let _ = fs::remove_dir(plate.join(folder));
            }
        }
    }
    remove_file(plate.join(MARKER))
}

fn htd(spec: &DemoSpec) -> String {
    let yes = |flag: bool| if flag { "TRUE" } else { "FALSE" };
    let shape = shape(spec);
    let columns = site_columns(spec.sites);
    let rows = spec.sites.div_ceil(columns);
    let mut lines = vec![
        "\"HTSInfoFile\", Version 1.0".to_owned(),
        format!("\"Description\", \"Demo plate drawn by Stepwell, seed {}\"", spec.seed),
        "\"PlateType\", 2".to_owned(),
        format!("\"TimePoints\", {}", spec.timepoints),
        format!("\"ZSeries\", {}", yes(spec.planes > 1)),
        format!("\"ZSteps\", {}", if spec.planes > 1 { spec.planes } else { 0 }),
        "\"ZProjection\", FALSE".to_owned(),
        format!("\"XWells\", {}", shape.columns),
        format!("\"YWells\", {}", shape.rows),
    ];
    for row in 0..u32::from(shape.rows) {
        let chosen = (0..u32::from(shape.columns))
            .map(|column| yes(row * u32::from(shape.columns) + column < spec.wells))
            .collect::<Vec<_>>();
        lines.push(format!("\"WellsSelection{}\", {}", row + 1, chosen.join(", ")));
    }
    lines.push(format!("\"Sites\", {}", yes(spec.sites > 1)));
    lines.push(format!("\"XSites\", {columns}"));
    lines.push(format!("\"YSites\", {rows}"));
    if spec.sites > 1 {
        for row in 0..rows {
            let chosen =
                (0..columns).map(|column| yes(row * columns + column < spec.sites)).collect::<Vec<_>>();
            lines.push(format!("\"SiteSelection{}\", {}", row + 1, chosen.join(", ")));
        }
    }
    lines.push(format!("\"Waves\", {}", yes(spec.channels > 1)));
    lines.push(format!("\"NWavelengths\", {}", spec.channels));
    for channel in 0..spec.channels {
        lines.push(format!("\"WaveName{}\", \"{}\"", channel + 1, stain(channel).0));
    }
    for channel in 0..spec.channels {
        lines.push(format!("\"WaveCollect{}\", 1", channel + 1));
    }
    lines.push(format!(
        "\"UniquePlateIdentifier\", \"00000000-0000-4000-8000-{:012x}\"",
        spec.seed & 0xffff_ffff_ffff
    ));
    lines.push("\"EndFile\"".to_owned());
    lines.join("\r\n") + "\r\n"
}

/// Column and row of a site among the sites of a well.
fn site_place(spec: &DemoSpec, site: u32) -> (u32, u32) {
    let columns = site_columns(spec.sites);
    (site % columns, site / columns)
}

/// Where a site lies: image beside image around the well's centre.
pub(super) fn site_position(spec: &DemoSpec, site: u32) -> SitePosition {
    let columns = site_columns(spec.sites);
    let rows = spec.sites.div_ceil(columns);
    let (column, row) = site_place(spec, site);
    let from_centre = |at: u32, count: u32, pixels: u32| {
        (f64::from(at) - (f64::from(count) - 1.0) / 2.0) * f64::from(pixels) * PIXEL_UM
    };
    SitePosition { x_um: from_centre(column, columns, spec.width), y_um: from_centre(row, rows, spec.height) }
}

/// The MetaSeries text of an image.
pub(super) fn description(spec: &DemoSpec, place: Place) -> String {
    let well = well(spec, place.well);
    let (site_x, site_y) = site_place(spec, place.site);
    let SitePosition { x_um: offset_x, y_um: offset_y } = site_position(spec, place.site);
    let pitch = WELL_PITCH_UM * 12.0 / f64::from(shape(spec).columns);
    let stage_x = 14_380.0 + f64::from(well.column) * pitch + offset_x;
    let stage_y = 11_240.0 + f64::from(well.row) * pitch + offset_y;
    let stage_z = 9_800.0 + f64::from(place.plane) * f64::from(Z_STEP_UM);
    let (name, wavelength) = stain(place.channel);
    let minutes = place.timepoint * 15;
    let time =
        format!("202401{:02} {:02}:{:02}:00.000", 1 + minutes / 1440 % 28, minutes / 60 % 24, minutes % 60);
    let mut xml = String::from(
        "<MetaData>\r\n<prop id=\"ApplicationName\" type=\"string\" value=\"Stepwell demo\"/>\r\n<PlaneInfo>\r\n",
    );
    let mut prop = |element: &str, id: &str, kind: &str, value: &str| {
        let _ = write!(xml, "<{element} id=\"{id}\" type=\"{kind}\" value=\"{value}\"/>\r\n");
    };
    prop("prop", "plane-type", "string", "plane");
    prop("prop", "pixel-size-x", "int", &spec.width.to_string());
    prop("prop", "pixel-size-y", "int", &spec.height.to_string());
    prop("prop", "bits-per-pixel", "int", "16");
    prop("prop", "spatial-calibration-state", "bool", "on");
    prop("prop", "spatial-calibration-x", "float", &PIXEL_UM.to_string());
    prop("prop", "spatial-calibration-y", "float", &PIXEL_UM.to_string());
    prop("prop", "spatial-calibration-units", "string", "um");
    prop("prop", "image-name", "string", &name);
    prop("prop", "acquisition-time-local", "time", &time);
    prop("prop", "stage-position-x", "float", &format!("{stage_x:.2}"));
    prop("prop", "stage-position-y", "float", &format!("{stage_y:.2}"));
    prop("prop", "stage-label", "string", &format!("{well} : Site {}", place.site + 1));
    prop("prop", "z-position", "float", &format!("{stage_z:.2}"));
    prop("prop", "wavelength", "float", &wavelength.to_string());
    prop("prop", "camera-binning-x", "int", "1");
    prop("prop", "camera-binning-y", "int", "1");
    prop("prop", "_IllumSetting_", "string", &name);
    prop("prop", "_MagNA_", "float", "0.45");
    prop("prop", "_MagSetting_", "string", "10X Plan Apo Lambda");
    prop("custom-prop", "OffsetFromWellCenterUmX", "float", &format!("{offset_x:.2}"));
    prop("custom-prop", "OffsetFromWellCenterUmY", "float", &format!("{offset_y:.2}"));
    prop("custom-prop", "SiteX", "float", &(site_x + 1).to_string());
    prop("custom-prop", "SiteY", "float", &(site_y + 1).to_string());
    prop("custom-prop", "Z Projection Step Size", "float", &Z_STEP_UM.to_string());
    xml.push_str("</PlaneInfo>\r\n<SetInfo>\r\n<prop id=\"number-of-planes\" type=\"int\" value=\"1\"/>\r\n</SetInfo>\r\n</MetaData>\r\n");
    xml
}

//! The files around the pixels: folders, names, the HTD and what MetaXpress writes into each TIFF.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::field::{Place, Z_STEP_UM, site_columns};
use super::{DemoError, DemoSpec, MARKER};
use crate::cancel::Cancel;
use crate::disk::{self, Destination};
use crate::plate::{
    Htd, ImageDescription, ImageKey, KNOWN_SHAPES, MAX_SHAPE, Naming, PlateShape, Property, SitePosition,
    WellId,
};

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

/// How the images of the plate are named: only what varies is told.
fn naming(spec: &DemoSpec) -> Naming {
    Naming {
        prefix: NAME.to_owned(),
        in_folders: true,
        site: spec.sites > 1,
        channel: spec.channels > 1,
        z: spec.planes > 1,
        timepoint: spec.timepoints > 1,
    }
}

/// What the image at a place is.
pub(super) fn key(spec: &DemoSpec, place: Place) -> ImageKey {
    let Place { site, channel, plane, timepoint, .. } = place;
    ImageKey::new(well(spec, place.well), site + 1, channel + 1, plane + 1, timepoint + 1)
}

/// The path of an image within the plate, with `/` between folders.
pub(super) fn image_path(spec: &DemoSpec, place: Place) -> String {
    naming(spec).path(key(spec, place))
}

/// All folders of the plate, outer ones first; the first is the plate itself.
fn folders(spec: &DemoSpec) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::from([PathBuf::new()]);
    for timepoint in 0..spec.timepoints {
        for plane in 0..spec.planes {
            let path = image_path(spec, Place { well: 0, site: 0, channel: 0, plane, timepoint });
            folders.extend(Path::new(&path).ancestors().skip(1).map(Path::to_owned));
        }
    }
    folders
}

/// Makes the folders, each with a copy of the HTD, as an export has.
pub(super) fn write_folders(spec: &DemoSpec, plate: &Destination) -> Result<(), DemoError> {
    let text = htd(spec).text();
    for folder in folders(spec) {
        let file = plate.join(folder).join(naming(spec).htd_name());
        file.make_folder_around()
            .and_then(|()| disk::write_remakeable(&file, text.as_bytes()))
            .map_err(|source| DemoError::Io { path: file.path().to_owned(), source })?;
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
            remove_file(plate.join(&folder).join(naming(spec).htd_name()))?;
            if folder != Path::new("") {
                // A folder that holds more than was written stays.
                let _ = fs::remove_dir(plate.join(folder));
            }
        }
    }
    remove_file(plate.join(MARKER))
}

fn htd(spec: &DemoSpec) -> Htd {
    let shape = shape(spec);
    let columns = site_columns(spec.sites);
    Htd {
        description: Some(format!("Demo plate drawn by Stepwell, seed {}", spec.seed)),
        shape: Some(shape),
        wells: (0..spec.wells).map(|index| well(spec, index)).collect(),
        timepoints: Some(spec.timepoints),
        z_steps: Some(spec.planes),
        sites: (0..spec.sites).map(|site| (site % columns, site / columns)).collect(),
        site_grid: (columns, spec.sites.div_ceil(columns)),
        is_grid_nominal: false,
        channels: (0..spec.channels).map(|channel| (channel + 1, Some(stain(channel).0))).collect(),
        pixel_size_um: Some(PIXEL_UM),
        identifier: Some(format!("00000000-0000-4000-8000-{:012x}", spec.seed & 0xffff_ffff_ffff)),
    }
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
        let um = (f64::from(at) - (f64::from(count) - 1.0) / 2.0) * f64::from(pixels) * PIXEL_UM;
        (um * 100.0).round() / 100.0
    };
    SitePosition { x_um: from_centre(column, columns, spec.width), y_um: from_centre(row, rows, spec.height) }
}

/// The MetaSeries text of an image.
pub(super) fn description(spec: &DemoSpec, place: Place) -> String {
    let well = well(spec, place.well);
    let position = site_position(spec, place.site);
    let (name, wavelength) = stain(place.channel);
    let image = ImageDescription {
        key: key(spec, place),
        format: spec.format(),
        channel_name: Some(&name),
        pixel_size_um: Some(PIXEL_UM),
        place: Some((position, site_place(spec, place.site))),
    };
    let pitch = WELL_PITCH_UM * 12.0 / f64::from(shape(spec).columns);
    let stage_x = format!("{:.2}", 14_380.0 + f64::from(well.column) * pitch + position.x_um);
    let stage_y = format!("{:.2}", 11_240.0 + f64::from(well.row) * pitch + position.y_um);
    let stage_z = format!("{:.2}", 9_800.0 + f64::from(place.plane) * f64::from(Z_STEP_UM));
    let minutes = place.timepoint * 15;
    let time =
        format!("202401{:02} {:02}:{:02}:00.000", 1 + minutes / 1440 % 28, minutes / 60 % 24, minutes % 60);
    let prop = |id, kind, value| Property { element: "prop", id, kind, value };
    image.text(
        "Stepwell demo",
        &[
            prop("acquisition-time-local", "time", &time),
            prop("stage-position-x", "float", &stage_x),
            prop("stage-position-y", "float", &stage_y),
            prop("z-position", "float", &stage_z),
            prop("wavelength", "float", &wavelength.to_string()),
            prop("camera-binning-x", "int", "1"),
            prop("camera-binning-y", "int", "1"),
            prop("_MagNA_", "float", "0.45"),
            prop("_MagSetting_", "string", "10X Plan Apo Lambda"),
            Property {
                element: "custom-prop",
                id: "Z Projection Step Size",
                kind: "float",
                value: &Z_STEP_UM.to_string(),
            },
        ],
    )
}

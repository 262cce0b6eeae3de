//! The files around the pixels: folders, names, the HTD and what MetaXpress writes into each TIFF.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::field::Z_STEP_UM;
use super::marker::MARKER;
use super::spec::{DemoError, DemoSpec};
use crate::cancel::Cancel;
use crate::disk::{self, Destination};
use crate::image::ImageSource;
use crate::limits;
use crate::plate::{Htd, ImageDescription, ImageIndices, PixelSize, PlateLayout, Property};

/// Distance of neighbouring wells of a 96-well plate; of others in proportion.
const WELL_PITCH_UM: f64 = 9_000.0;

/// What the HTD of each demo plate says.
const DESCRIPTION: &str = "Demo plate drawn by Stepwell";

/// What each image of a demo plate says that it was written by.
const APPLICATION: &str = "Stepwell demo";

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

/// All folders of the plate, outer ones first; the first is the plate itself.
fn folders(layout: &PlateLayout) -> BTreeSet<PathBuf> {
    let naming = layout.naming();
    let mut folders = BTreeSet::from([PathBuf::new()]);
    for timepoint in 0..layout.timepoints {
        for plane in 0..layout.planes {
            let image = ImageIndices { well: 0, site: 0, channel: 0, plane, timepoint };
            let path = naming.path(layout.key(image));
            folders.extend(Path::new(&path).ancestors().skip(1).map(Path::to_owned));
        }
    }
    folders
}

/// Makes the folders, each with a copy of the HTD, as an export has.
pub(super) fn write_folders(spec: &DemoSpec, plate: &Destination) -> Result<(), DemoError> {
    let text = htd(spec).text();
    for folder in folders(&spec.layout) {
        let file = plate.join(folder).join(spec.layout.naming().htd_name());
        file.make_folder_around()
            .and_then(|()| disk::write_remakeable(&file, text.as_bytes()))
            .map_err(|source| DemoError::Io { path: file.path().to_owned(), source })?;
    }
    Ok(())
}

/// Looks at all that has the name of a file of a demo plate, whether it was made as one.
///
/// # Errors
/// [`DemoError::Foreign`] with the first that was not.
pub(super) fn check(spec: &DemoSpec, plate: &Destination, cancel: &Cancel) -> Result<(), DemoError> {
    for file in files(&spec.layout) {
        cancel.check()?;
        let place = plate.join(&file.path);
        let path = place.path().to_owned();
        let mut folders = path.ancestors().skip(1).take_while(|folder| *folder != plate.path());
        let is_own = match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Ok(facts) => facts.is_file() && !folders.any(disk::is_link) && file.is_own(&path),
            Err(_) => false,
        };
        if !is_own {
            return Err(DemoError::Foreign { path });
        }
    }
    Ok(())
}

/// Removes the files of an earlier demo plate that were looked at, and its folders where nothing else is in them.
pub(super) fn remove(spec: &DemoSpec, plate: &Destination, cancel: &Cancel) -> Result<(), DemoError> {
    let remove_file = |place: &Destination| match place.remove_file() {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(DemoError::Io { path: place.path().to_owned(), source })
        }
        _ => Ok(()),
    };
    for file in files(&spec.layout) {
        cancel.check()?;
        remove_file(&plate.join(file.path))?;
    }
    for folder in folders(&spec.layout).into_iter().rev().filter(|folder| folder != Path::new("")) {
        // A folder that holds more than was written stays.
        drop(plate.join(folder).remove_folder());
    }
    remove_file(&plate.join(MARKER))
}

/// A file of a demo plate.
struct DemoFile {
    /// Below the plate folder.
    path: PathBuf,
    is_htd: bool,
}

impl DemoFile {
    /// Whether what lies at a path says of itself that it was drawn.
    fn is_own(&self, path: &Path) -> bool {
        let text = if self.is_htd {
            disk::read(path, limits::HTD_BYTES).ok()
        } else {
            let description = ImageSource::file(path).description();
            description.ok().flatten().map(|description| description.bytes)
        };
        let mark = if self.is_htd { DESCRIPTION } else { APPLICATION };
        text.is_some_and(|text| text.windows(mark.len()).any(|part| part == mark.as_bytes()))
    }
}

/// All files of a plate but its marker, images first.
fn files(layout: &PlateLayout) -> impl Iterator<Item = DemoFile> {
    let (layout, naming, htd) = (*layout, layout.naming(), layout.naming().htd_name());
    let folders = folders(&layout).into_iter();
    let image = move |index| naming.path(layout.key(layout.indices(index)));
    let images =
        (0..layout.image_count()).map(move |index| DemoFile { path: image(index).into(), is_htd: false });
    images.chain(folders.map(move |folder| DemoFile { path: folder.join(&htd), is_htd: true }))
}

fn htd(spec: &DemoSpec) -> Htd {
    let layout = &spec.layout;
    let columns = layout.site_columns();
    Htd {
        description: Some(format!("{DESCRIPTION}, seed {}", spec.seed)),
        shape: Some(layout.shape()),
        wells: (0..layout.wells).map(|index| layout.well(index)).collect(),
        timepoints: Some(layout.timepoints),
        z_steps: Some(layout.planes),
        sites: (0..layout.sites).map(|site| layout.site_at(site)).collect(),
        site_grid: (columns, layout.sites.div_ceil(columns)),
        is_grid_nominal: false,
        channels: (0..layout.channels).map(|channel| (channel + 1, Some(stain(channel).0))).collect(),
        pixel_size_um: Some(PlateLayout::PIXEL_UM),
        identifier: Some(format!("00000000-0000-4000-8000-{:012x}", spec.seed & 0xffff_ffff_ffff)),
    }
}

/// The MetaSeries text of an image.
pub(super) fn description(layout: &PlateLayout, image: ImageIndices) -> String {
    let well = layout.well(image.well);
    let position = layout.site_position(image.site);
    let (name, wavelength) = stain(image.channel);
    let described = ImageDescription {
        key: layout.key(image),
        format: layout.format(),
        channel_name: Some(&name),
        pixel_size: PixelSize::square(PlateLayout::PIXEL_UM),
        place: Some((position, Some(layout.site_at(image.site)))),
    };
    let pitch = WELL_PITCH_UM * 12.0 / f64::from(layout.shape().columns);
    let stage_x = format!("{:.2}", 14_380.0 + f64::from(well.column) * pitch + position.x_um);
    let stage_y = format!("{:.2}", 11_240.0 + f64::from(well.row) * pitch + position.y_um);
    let stage_z = format!("{:.2}", 9_800.0 + f64::from(image.plane) * f64::from(Z_STEP_UM));
    let minutes = image.timepoint * 15;
    let time =
        format!("202401{:02} {:02}:{:02}:00.000", 1 + minutes / 1440 % 28, minutes / 60 % 24, minutes % 60);
    let prop = |id, kind, value| Property { element: "prop", id, kind, value };
    described.text(
        APPLICATION,
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

//! A plate as it would be opened once it is written, without a file.

use std::collections::BTreeMap;
use std::path::{MAIN_SEPARATOR, PathBuf};

use rayon::prelude::*;

use super::{DemoSpec, files};
use crate::plate::{Format, ImageKey, Measured, Plate, PlateImage};

/// The plate of a spec that has been [checked](DemoSpec::check), with the sizes of its images.
pub fn imagined(spec: &DemoSpec) -> (Plate, Measured) {
    let image = |place| {
        let path = files::image_path(spec, place).to_string_lossy().replace(MAIN_SEPARATOR, "/");
        let well = files::well(spec, place.well);
        let [site, channel, plane, timepoint] =
            [place.site, place.channel, place.plane, place.timepoint].map(|index| index + 1);
        PlateImage { key: ImageKey::new(well, site, channel, plane, timepoint), path, page: 0 }
    };
    let mut images: Vec<PlateImage> = spec.places().map(image).collect();
    images.par_sort_unstable_by_key(|image| image.key);
    let measured = images.iter().map(|image| (image.key, Ok(spec.format()))).collect();
    let plate = Plate {
        root: PathBuf::new(),
        opened_by: PathBuf::new(),
        name: "A plate that is not there yet".to_owned(),
        format: Format::ImageXpress,
        microscope: None,
        objective: None,
        acquired: None,
        shape: files::shape(spec),
        images,
        projections: Vec::new(),
        channel_names: BTreeMap::new(),
        pixel_size_um: Some(files::PIXEL_UM),
        site_positions: (0..spec.sites).map(|site| (site + 1, files::site_position(spec, site))).collect(),
        missing: Vec::new(),
        missing_by_well: BTreeMap::new(),
        ignored: 0,
        issues: Vec::new(),
    };
    (plate, measured)
}

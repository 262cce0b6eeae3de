//! A plate as it would be opened once it is written, without a file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rayon::prelude::*;

use super::{DemoSpec, files};
use crate::plate::{Format, Measured, Plate, PlateImage, Thumbs};

/// The plate of a spec that has been [checked](DemoSpec::check), with the sizes of its images.
pub fn imagined(spec: &DemoSpec) -> (Plate, Measured) {
    let image =
        |place| PlateImage { key: files::key(spec, place), path: files::image_path(spec, place), page: 0 };
    let places = (0..spec.image_count()).into_par_iter().map(|index| spec.place(index));
    let mut images: Vec<PlateImage> = places.map(image).collect();
    images.par_sort_unstable_by_key(|image| image.key);
    let measured = images.iter().map(|image| (image.key, Ok(spec.format()))).collect();
    let plate = Plate {
        root: PathBuf::new(),
        opened_by: PathBuf::new(),
        name: "A plate that is not there yet".to_owned(),
        format: Format::ImageXpress,
        fingerprint: None,
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
        thumbs: Thumbs::default(),
        ignored: 0,
        issues: Vec::new(),
    };
    (plate, measured)
}

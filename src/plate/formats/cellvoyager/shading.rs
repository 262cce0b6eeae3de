//! The images that the microscope kept of its light: of the shading of each channel (`SC_…`), and what each camera shows
//! without light (`DC_…_CAM3`).
//!
//! Deliberately absent: whether images have been corrected by them, which no file of a measurement says.

use std::path::PathBuf;

use super::settings::Settings;
use crate::plate::ShadingImages;
use crate::plate::folder::Folder;

/// Those of some channels that are there. `of_settings` says which channel of the settings a channel is.
pub(super) fn images(
    channels: impl IntoIterator<Item = u32>,
    of_settings: impl Fn(u32) -> u32,
    settings: &Settings,
    folder: &Folder,
) -> ShadingImages {
    let mut shading = ShadingImages::default();
    for channel in channels {
        let Some(of) = settings.channels.get(&of_settings(channel)) else { continue };
        if let Some(flat) = of.shading.as_deref().and_then(|name| file(folder, name)) {
            shading.flats.insert(channel, flat);
            shading
                .darks
                .extend(of.camera.and_then(|camera| dark(folder, camera)).map(|dark| (channel, dark)));
        }
    }
    shading
}

fn file(folder: &Folder, name: &str) -> Option<PathBuf> {
    let found = folder.files.iter().find(|file| file.eq_ignore_ascii_case(name))?;
    Some(folder.path.join(&**found))
}

/// As in `DC_DCAM#1_CAM3.tif`, of camera 3.
fn dark(folder: &Folder, camera: u32) -> Option<PathBuf> {
    let camera_of = |name: &str| {
        let name = name.to_ascii_uppercase();
        let (_, number) = name.strip_prefix("DC_")?.rsplit_once("CAM")?;
        number.split('.').next()?.parse::<u32>().ok()
    };
    let found = folder.files.iter().find(|name| camera_of(name) == Some(camera))?;
    Some(folder.path.join(&**found))
}

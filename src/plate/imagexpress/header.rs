//! What MetaXpress writes into the images: pixel size, channel names, positions, instrument.
//!
//! Each TIFF carries a description in XML. To open a plate at once only a few are read: one image
//! of each channel and one of each site of the first well, up to [`MOST_HEADERS`]. A description
//! that cannot be read is no issue, since the plate is usable without; the image itself is
//! judged when it is decoded. Deliberately absent: `Z Projection …`, which single planes carry too.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufReader;
use std::path::Path;

use quick_xml::events::Event;
use tiff::decoder::{Decoder, Limits};
use tiff::tags::Tag;

use super::super::draft::Draft;
use super::super::{PixelSize, PlateImage, SitePosition};
use super::htd::Htd;
use crate::cancel::{Cancel, Cancelled};
use crate::disk;

/// The most images whose descriptions are read.
const MOST_HEADERS: usize = 48;
/// The most bytes of a description; real ones have about 6,000.
const DESCRIPTION_BYTES: usize = 256 * 1024;

/// Properties of a description, by id.
type Properties = BTreeMap<String, String>;

/// Completes a plate from the descriptions of a few of its images.
pub(super) fn read_into(draft: &mut Draft, htd: Option<&Htd>, cancel: &Cancel) -> Result<(), Cancelled> {
    let plate = &mut draft.plate;
    let (mut size_um, mut positions) = (None, BTreeMap::new());
    for image in sample(&plate.images, &plate.projections) {
        cancel.check()?;
        let Some((width_height, properties)) = describe(&image.source.path()) else { continue };
        let get = |id: &str| properties.get(id).map(|value| value.trim()).filter(|value| !value.is_empty());
        if let (Some(channel), Some(size)) = (image.key.channel, pixel_size(get)) {
            plate.pixel_sizes.add(channel, size);
            let (width, height) = (f64::from(width_height.0), f64::from(width_height.1));
            size_um = size_um.or(Some((width * size.x_um, height * size.y_um)));
        }
        if plate.objective.is_none() {
            plate.objective = get("_MagSetting_").map(str::to_owned);
        }
        if plate.microscope.is_none() {
            plate.microscope = microscope(&properties);
        }
        let acquired = get("acquisition-time-local").and_then(acquired);
        if acquired.is_some() && (plate.acquired.is_none() || acquired < plate.acquired) {
            plate.acquired = acquired;
        }
        if let (Some(channel), Some(name)) = (image.key.channel, channel_name(get)) {
            plate.channel_names.entry(channel).or_insert(name);
        }
        let offset = |id| get(id).and_then(|value| value.parse::<f64>().ok()).filter(|um| um.is_finite());
        // The stage's y grows downward, as on screen.
        if let (Some(site), Some(x_um), Some(y_um)) =
            (image.key.site, offset("OffsetFromWellCenterUmX"), offset("OffsetFromWellCenterUmY"))
        {
            positions.entry(site).or_insert(SitePosition { x_um, y_um });
        }
    }
    let sites: BTreeSet<u32> =
        plate.images.iter().chain(&plate.projections).filter_map(|image| image.key.site).collect();
    // Positions of two kinds do not go together: either all are the stage's, or all the plan's.
    if !sites.iter().all(|site| positions.contains_key(site)) {
        let htd = htd.filter(|htd| !htd.is_grid_nominal);
        positions = htd.zip(size_um).map_or_else(BTreeMap::new, |(htd, size)| planned(htd, size));
    }
    for image in plate.images.iter().chain(&plate.projections) {
        if let Some(position) = image.key.site.and_then(|site| positions.get(&site)) {
            plate.site_positions.add(image.key, *position);
        }
    }
    Ok(())
}

/// One image of each channel and each site: the first of the stack in the order of keys, else the
/// first projection.
fn sample(images: &[PlateImage], projections: &[PlateImage]) -> Vec<PlateImage> {
    let (mut channels, mut sites) = (BTreeSet::new(), BTreeSet::new());
    let mut of_channels = Vec::new();
    let mut of_sites = Vec::new();
    for image in images.iter().chain(projections) {
        let is_new_site = image.key.site.is_some_and(|site| sites.insert(site));
        if image.key.channel.is_some_and(|channel| channels.insert(channel)) {
            of_channels.push(image.clone());
        } else if is_new_site {
            of_sites.push(image.clone());
        }
    }
    of_channels.extend(of_sites);
    of_channels.truncate(MOST_HEADERS);
    of_channels
}

/// Size and properties of an image, or `None` where it has no description of this kind.
fn describe(path: &Path) -> Option<((u32, u32), Properties)> {
    let mut limits = Limits::default();
    limits.ifd_value_size = DESCRIPTION_BYTES;
    let mut decoder = Decoder::new(BufReader::new(disk::open(path).ok()?)).ok()?.with_limits(limits);
    let size = decoder.dimensions().ok()?;
    let text = decoder.get_tag_ascii_string(Tag::ImageDescription).ok()?;
    Some((size, properties(&text)))
}

/// The `prop` and `custom-prop` elements of a description; as many as could be read.
fn properties(text: &str) -> Properties {
    let mut properties = Properties::new();
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    while let Ok(event) = reader.read_event() {
        let (Event::Start(element) | Event::Empty(element)) = event else {
            if matches!(event, Event::Eof) {
                break;
            }
            continue;
        };
        let value_of = |name| {
            let attribute = element.try_get_attribute(name).ok().flatten()?;
            let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok()?;
            Some(value.into_owned())
        };
        if let (Some(id), Some(value)) = (value_of("id"), value_of("value")) {
            properties.entry(id).or_insert(value);
        }
    }
    properties
}

/// The name of the light setting. Where several channels use one setting, MetaXpress tells them apart
/// in the image's name (`FITC_05`, `FITC_05-2`), which is then the better one.
fn channel_name<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    let setting = get("_IllumSetting_")?;
    let image = get("image-name").map(|name| name.strip_prefix("Copy of ").unwrap_or(name));
    Some(image.filter(|name| name.starts_with(setting)).unwrap_or(setting).to_owned())
}

/// Micrometres of a pixel, where the image is calibrated.
fn pixel_size<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Option<PixelSize> {
    if !get("spatial-calibration-state")?.eq_ignore_ascii_case("on") {
        return None;
    }
    let x: f64 = get("spatial-calibration-x")?.parse().ok()?;
    let y = get("spatial-calibration-y").and_then(|y| y.parse().ok()).unwrap_or(x);
    let um_per_unit = match get("spatial-calibration-units")?.to_lowercase().as_str() {
        "um" | "µm" | "μm" | "micron" | "microns" | "micrometer" | "micrometers" => 1.0,
        "nm" => 0.001,
        "mm" => 1000.0,
        _ => return None,
    };
    PixelSize::new(x * um_per_unit, y * um_per_unit)
}

/// The instrument, told by the devices that it lists.
fn microscope(properties: &Properties) -> Option<String> {
    let has = |start: &str| properties.keys().any(|id| id.starts_with(start));
    match (has("ImageXpress Micro"), has("IXConfocal")) {
        (true, true) => Some("ImageXpress Micro Confocal".into()),
        (true, false) => Some("ImageXpress Micro".into()),
        _ => None,
    }
}

/// `20230221 10:41:56.561` as `2023-02-21 10:41:56`.
fn acquired(time: &str) -> Option<String> {
    let (day, clock) = time.split_once(' ')?;
    let is_day = day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit());
    let clock =
        clock.get(..8).filter(|clock| clock.bytes().all(|byte| byte.is_ascii_digit() || byte == b':'))?;
    is_day.then(|| format!("{}-{}-{} {clock}", &day[..4], &day[4..6], &day[6..]))
}

/// Positions of the sites of a plan, image beside image around the well's centre.
fn planned(htd: &Htd, (width_um, height_um): (f64, f64)) -> BTreeMap<u32, SitePosition> {
    let (columns, rows) = (f64::from(htd.site_grid.0), f64::from(htd.site_grid.1));
    (1..)
        .zip(&htd.sites)
        .map(|(site, (column, row))| {
            let x_um = (f64::from(*column) - (columns - 1.0) / 2.0) * width_um;
            let y_um = (f64::from(*row) - (rows - 1.0) / 2.0) * height_um;
            (site, SitePosition { x_um, y_um })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_give_what_they_have() {
        let text = "<MetaData>\n<prop id=\"Description\" type=\"string\" value=\"a&#13;&#10;high &#38; low\"/>\n\
            <PlaneInfo><prop id=\"spatial-calibration-state\" type=\"bool\" value=\"on\"/>\
            <prop id=\"spatial-calibration-x\" type=\"float\" value=\"1.3668\"/>\
            <prop id=\"spatial-calibration-units\" type=\"string\" value=\"um\"/>\
            <custom-prop id=\"ImageXpress Micro X\" type=\"float\" value=\"1\"/></PlaneInfo><broken";
        let properties = properties(text);
        assert_eq!(properties.len(), 5);
        let get = |id: &str| properties.get(id).map(String::as_str);
        assert_eq!(pixel_size(get), PixelSize::square(1.3668));
        assert_eq!(microscope(&properties).as_deref(), Some("ImageXpress Micro"));
        let off = |id: &str| if id.ends_with("state") { Some("off") } else { get(id) };
        assert_eq!(pixel_size(off), None);
    }

    #[test]
    fn channels_are_named_by_their_light() {
        let table = [
            (Some("FITC"), Some("Copy of FITC"), Some("FITC")),
            (Some("FITC_05"), Some("FITC_05-2"), Some("FITC_05-2")),
            (Some("DAPI"), Some("snapshot"), Some("DAPI")),
            (Some("DAPI"), None, Some("DAPI")),
            (None, Some("x"), None),
        ];
        for (setting, image, expected) in table {
            let get = |id: &str| if id == "image-name" { image } else { setting };
            assert_eq!(channel_name(get).as_deref(), expected, "{setting:?} {image:?}");
        }
    }

    #[test]
    fn times_read_or_not() {
        let table = [
            ("20230221 10:41:56.561", Some("2023-02-21 10:41:56")),
            ("20230221 10:41", None),
            ("2023-02-21 10:41:56", None),
            ("", None),
            ("äöüäöüäö 10:41:56", None),
        ];
        for (time, expected) in table {
            assert_eq!(acquired(time).as_deref(), expected, "{time}");
        }
    }

    #[test]
    fn planned_sites_lie_around_the_centre() {
        let htd = Htd { sites: vec![(0, 0), (1, 1)], site_grid: (2, 2), ..Htd::default() };
        let positions = planned(&htd, (100.0, 50.0));
        assert_eq!(positions[&1], SitePosition { x_um: -50.0, y_um: -25.0 });
        assert_eq!(positions[&2], SitePosition { x_um: 50.0, y_um: 25.0 });
    }
}

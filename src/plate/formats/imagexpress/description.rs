//! The description that MetaXpress writes into each image: a text of XML with a property to a line.
//!
//! Users write their own words into it, and not all of what they write is XML. So each element is read for
//! itself, where a reader of whole XML would stop at the first fault, and what cannot be read costs one
//! property. Deliberately absent: `Z Projection …`, which single planes carry too.

use std::collections::BTreeMap;

use quick_xml::events::BytesStart;

use crate::plate::geometry::Recorded;
use crate::plate::metadata::text::{decoded, number, unescaped};
use crate::plate::{PixelSize, SitePosition};

/// What an image says of itself.
pub(super) struct Description {
    /// Properties by id; of those that are there twice, the first.
    properties: BTreeMap<String, String>,
}

impl Description {
    /// Reads as many `prop` and `custom-prop` elements as can be read.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let text = decoded(bytes);
        let mut properties = BTreeMap::new();
        for element in text.split('<').skip(1) {
            let element = element.rfind('>').map_or(element, |end| &element[..end]);
            if let Some((id, value)) = property(element.trim_end_matches('/')) {
                properties.entry(id).or_insert(value);
            }
        }
        Self { properties }
    }

    pub(super) fn get(&self, id: &str) -> Option<&str> {
        self.properties.get(id).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The name of the light setting. Where several channels use one setting, MetaXpress tells them apart
    /// in the image's name (`FITC_05`, `FITC_05-2`), which is then the better one.
    pub(super) fn channel_name(&self) -> Option<&str> {
        let setting = self.get("_IllumSetting_")?;
        let image = self.get("image-name").map(|name| name.strip_prefix("Copy of ").unwrap_or(name));
        Some(image.filter(|name| name.starts_with(setting)).unwrap_or(setting))
    }

    /// Size of a pixel, where the image is calibrated. What is told of one side alone goes for both.
    pub(super) fn pixel_size(&self) -> Option<PixelSize> {
        if !self.get("spatial-calibration-state")?.eq_ignore_ascii_case("on") {
            return None;
        }
        let um_per_unit = um_per_unit(self.get("spatial-calibration-units")?)?;
        let um = |id| Some(number(self.get(id)?)? * um_per_unit);
        let x_um = um("spatial-calibration-x")?;
        PixelSize::new(x_um, um("spatial-calibration-y").unwrap_or(x_um))
    }

    /// Where the image was recorded. The stage's y grows downward, as on screen.
    pub(super) fn recorded(&self) -> Recorded {
        let position = |x: &str, y: &str, um_per_unit: f64| {
            let um = |id| Some(number(self.get(id)?)? * um_per_unit);
            Some(SitePosition { x_um: um(x)?, y_um: um(y)? })
        };
        let unit = self.get("stage-position-units").or_else(|| self.get("stage-position-x-units"));
        Recorded {
            offset: position("OffsetFromWellCenterUmX", "OffsetFromWellCenterUmY", 1.0),
            stage: unit
                .map_or(Some(1.0), um_per_unit)
                .and_then(|um_per_unit| position("stage-position-x", "stage-position-y", um_per_unit)),
        }
    }

    /// The objective, as in `20X Plan Apo Lambda`.
    pub(super) fn objective(&self) -> Option<&str> {
        self.get("_MagSetting_")
    }

    /// The instrument, told by the devices that it lists.
    pub(super) fn microscope(&self) -> Option<&'static str> {
        let has = |start: &str| self.properties.keys().any(|id| id.starts_with(start));
        match (has("ImageXpress Micro"), has("IXConfocal")) {
            (true, true) => Some("ImageXpress Micro Confocal"),
            (true, false) => Some("ImageXpress Micro"),
            _ => None,
        }
    }

    /// When it was recorded, as in `2023-02-21 10:41:56`.
    pub(super) fn acquired(&self) -> Option<String> {
        acquired(self.get("acquisition-time-local")?)
    }
}

/// Id and value of an element, which is given without its brackets.
fn property(element: &str) -> Option<(String, String)> {
    let name =
        element.split_ascii_whitespace().next().filter(|name| matches!(*name, "prop" | "custom-prop"))?;
    let element = BytesStart::from_content(element, name.len());
    let (mut id, mut value) = (None, None);
    for attribute in element.attributes().with_checks(false).flatten() {
        let text = || Some(unescaped(&attribute.value).into_owned());
        match attribute.key.as_ref() {
            "id" => id = text(),
            "value" => value = text(),
            _ => {}
        }
    }
    id.zip(value)
}

fn um_per_unit(unit: &str) -> Option<f64> {
    match unit.to_lowercase().as_str() {
        // Two signs of Unicode look like the `µ`.
        "um" | "µm" | "μm" | "micron" | "microns" | "micrometer" | "micrometers" | "micrometre"
        | "micrometres" => Some(1.0),
        "nm" => Some(0.001),
        "mm" => Some(1000.0),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn descriptions_give_what_they_have() {
        let rest = "<PlaneInfo>\r\n<prop id=\"spatial-calibration-state\" type=\"bool\" value=\"on\"/>\r\n\
            <prop id=\"spatial-calibration-x\" type=\"float\" value=\"1,3668\"/>\r\n\
            <prop id=\"spatial-calibration-units\" type=\"string\" value=\"um\"/>\r\n\
            <prop id='_IllumSetting_' type='string' value='DAPI'/>\r\n\
            <custom-prop id=\"OffsetFromWellCenterUmX\" type=\"float\" value=\"-5.2\"/>\r\n\
            <custom-prop id=\"OffsetFromWellCenterUmY\" type=\"float\" value=\"0\"/>\r\n\
            <custom-prop id=\"ImageXpress Micro X\" type=\"float\" value=\"1\"/></PlaneInfo>\r\n</MetaData>\0";
        // What users wrote, and whether it can be read.
        let table: [(&[u8], Option<&str>); 8] = [
            (b"a&#13;&#10;high &#38; low", Some("a\r\nhigh & low")),
            (b"10 \xB5M, 37 \xB0C", Some("10 µM, 37 °C")),
            (b"10 \xC2\xB5M", Some("10 µM")),
            (b"Lot &#0; 5", Some("Lot  5")),
            (b"R&D &more; & so on", Some("R&D &more; & so on")),
            (b"a 10\" plate", Some("a 10")),
            (b"less < more", None),
            (b"-> next", Some("-> next")),
        ];
        for (words, expected) in table {
            let mut bytes = b"<MetaData>\r\n<prop id=\"Description\" type=\"string\" value=\"".to_vec();
            bytes.extend_from_slice(words);
            bytes.extend_from_slice(b"\"/>\r\n");
            bytes.extend_from_slice(rest.as_bytes());
            let description = Description::parse(&bytes);
            let words = String::from_utf8_lossy(words);
            assert_eq!(description.get("Description"), expected, "{words}");
            assert_eq!(description.pixel_size(), PixelSize::square(1.3668), "{words}");
            assert_eq!(description.channel_name(), Some("DAPI"), "{words}");
            assert_eq!(
                description.recorded().offset,
                Some(SitePosition { x_um: -5.2, y_um: 0.0 }),
                "{words}"
            );
            assert_eq!(description.microscope(), Some("ImageXpress Micro"), "{words}");
        }
        let off = Description::parse(rest.replace("\"on\"", "\"off\"").as_bytes());
        assert_eq!(off.pixel_size(), None);
    }

    #[test]
    fn the_place_is_told_from_the_well_or_of_the_stage() {
        let at = |x_um, y_um| Some(SitePosition { x_um, y_um });
        let offset = [("OffsetFromWellCenterUmX", "-5,2"), ("OffsetFromWellCenterUmY", "0")];
        let stage = [("stage-position-x", "13994.8"), ("stage-position-y", "11000")];
        let mm = [("stage-position-x", "13.5"), ("stage-position-y", "-11"), ("stage-position-units", "mm")];
        let table: [(&[(&str, &str)], Recorded); 6] = [
            (&offset, Recorded { offset: at(-5.2, 0.0), stage: None }),
            (&stage, Recorded { offset: None, stage: at(13_994.8, 11_000.0) }),
            (&mm, Recorded { offset: None, stage: at(13_500.0, -11_000.0) }),
            (&[mm[0], mm[1], ("stage-position-units", "ticks")], Recorded::default()),
            (&[offset[0], stage[0], ("stage-position-y", "?")], Recorded::default()),
            (&[], Recorded::default()),
        ];
        for (properties, expected) in table {
            let properties =
                properties.iter().map(|(id, value)| (id.to_string(), value.to_string())).collect();
            assert_eq!(Description { properties }.recorded(), expected);
        }
        let oblong = "<prop id='spatial-calibration-state' value='on'/><prop id='spatial-calibration-x' value='650'/>\
            <prop id='spatial-calibration-y' value='1300'/><prop id='spatial-calibration-units' value='nm'/>";
        assert_eq!(Description::parse(oblong.as_bytes()).pixel_size(), PixelSize::new(0.65, 1.3));
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
            let named = [("_IllumSetting_", setting), ("image-name", image)];
            let named = named.into_iter().filter_map(|(id, name)| Some((id.to_owned(), name?.to_owned())));
            let description = Description { properties: named.collect() };
            assert_eq!(description.channel_name(), expected, "{setting:?} {image:?}");
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

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>, text in "(<|prop |custom-prop|id=|value=|\"|'|>|/|&#0;|µ| ){0,40}") {
            let _ = Description::parse(&bytes).channel_name();
            let _ = Description::parse(text.as_bytes()).recorded();
        }
    }
}

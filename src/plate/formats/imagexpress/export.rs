//! ImageXpress plates that Stepwell writes: names of images and what their files say of them.
//!
//! The counterpart of `name.rs` and `header.rs`, for demo plates and kept images; that of `htd.rs` is
//! [`Htd::text`](super::Htd::text). Two forms: that of an export, with a folder for each timepoint and
//! plane, and the flat one that has all in the name. Deliberately absent: GUIDs and thumbnails.

use std::fmt::Write;

use quick_xml::Writer;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use quick_xml::name::QName;
use serde::{Deserialize, Serialize};

use crate::disk;
use crate::image::ImageFormat;
use crate::plate::companion::COMPANION_ENDING;
use crate::plate::{ImageKey, PixelSize, SitePosition};

/// The longest prefix in bytes: names of files may have 255, and tokens and endings follow.
const MOST_PREFIX_BYTES: usize = 120;

/// The longest value in a description, in characters; a longer name of a channel is whole in the HTD.
const MOST_VALUE_CHARS: usize = 64;

/// A plate's name as the beginning of the names of files: safe on every system, and never empty.
pub(crate) fn safe_prefix(name: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || "-._ ".contains(c) { c } else { '-' };
    let mut prefix: String = name.trim_matches(['.', ' ']).chars().map(safe).collect();
    while prefix.len() > MOST_PREFIX_BYTES {
        prefix.pop();
    }
    // Windows takes dots and spaces off the end of a folder's name.
    prefix.truncate(prefix.trim_end_matches(['.', ' ']).len());
    match prefix {
        prefix if prefix.is_empty() => "plate".to_owned(),
        // What Windows takes for a device, with any ending.
        prefix if disk::is_device(&prefix) => format!("plate {prefix}"),
        prefix => prefix,
    }
}

/// How the images of a plate are named, and which components their names tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Naming {
    /// What all names begin with; see [`safe_prefix`].
    pub prefix: String,
    /// Whether the files are OME-TIFFs, which their endings tell.
    pub is_ome: bool,
    /// The number of a site has so many digits at least: programs that sort names as text take `s10` for the second.
    pub site_digits: usize,
    /// Whether timepoints and planes have folders; else the names have tokens for them.
    pub in_folders: bool,
    /// Whether names tell the site.
    pub site: bool,
    /// Whether names tell the channel; 1 for an image that stands for all channels, since some programs
    /// read no name without.
    pub channel: bool,
    /// Whether they tell the plane.
    pub z: bool,
    /// Whether they tell the timepoint; 1 for an image that stands for all.
    pub timepoint: bool,
}

impl Naming {
    /// Path of an image relative to the plate folder, with `/` between folders.
    pub(crate) fn path(&self, key: ImageKey) -> String {
        let z = key.z.filter(|_| self.z);
        let timepoint = self.timepoint.then(|| key.timepoint.unwrap_or(1));
        // `ZStep_0` is for ready-made projections.
        let (z_folder, z_token) = if self.in_folders && z != Some(0) { (z, None) } else { (None, z) };
        let (timepoint_folder, timepoint_token) =
            if self.in_folders { (timepoint, None) } else { (None, timepoint) };
        let mut path = String::new();
        let folders = [("TimePoint", timepoint_folder), ("ZStep", z_folder)];
        for (name, value) in folders.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            // Writing to a text cannot fail, here and below.
            let _ = write!(path, "{name}_{value}/");
        }
        let _ = write!(path, "{}_{}", self.prefix, key.well);
        if let Some(site) = key.site.filter(|_| self.site) {
            let _ = write!(path, "_s{site:0digits$}", digits = self.site_digits);
        }
        let tokens =
            [('w', self.channel.then(|| key.channel.unwrap_or(1))), ('z', z_token), ('t', timepoint_token)];
        for (letter, value) in tokens.into_iter().filter_map(|(letter, value)| Some((letter, value?))) {
            let _ = write!(path, "_{letter}{value}");
        }
        path + if self.is_ome { ".ome.tif" } else { ".TIF" }
    }

    /// Name of the HTD, by which programs find the images.
    pub(crate) fn htd_name(&self) -> String {
        format!("{}.HTD", self.prefix)
    }

    /// Name of the companion, which says what each file is.
    pub(crate) fn companion_name(&self) -> String {
        format!("{}{COMPANION_ENDING}", self.prefix)
    }
}

/// What is known of one image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImageDescription<'a> {
    pub key: ImageKey,
    /// Its size and type.
    pub format: ImageFormat,
    /// Name of its channel.
    pub channel_name: Option<&'a str>,
    /// Size of a pixel.
    pub pixel_size: Option<PixelSize>,
    /// Where its middle lies, and, of a site, its column and row in the grid, both from 0. Not written
    /// where the size of a pixel is unknown: OpenHCS takes both or neither.
    pub place: Option<(SitePosition, Option<(u32, u32)>)>,
}

/// A property beside those that every image has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Property<'a> {
    /// `prop`, or `custom-prop` for one that only some microscopes have.
    pub element: &'static str,
    pub id: &'static str,
    /// `string`, `int`, `float`, `bool` or `time`.
    pub kind: &'static str,
    pub value: &'a str,
}

impl ImageDescription<'_> {
    /// The text that MetaXpress writes into a file, as far as it is known, and with more properties.
    pub(crate) fn text(&self, application: &str, more: &[Property<'_>]) -> String {
        let mut xml = MetaSeries(Writer::new(Vec::new()));
        xml.open("MetaData");
        xml.property("prop", "ApplicationName", "string", application);
        xml.open("PlaneInfo");
        let mut property = |element, id, kind, value: &str| xml.property(element, id, kind, value);
        let ImageFormat { width, height, pixel, .. } = self.format;
        property("prop", "plane-type", "string", "plane");
        property("prop", "pixel-size-x", "int", &width.to_string());
        property("prop", "pixel-size-y", "int", &height.to_string());
        property("prop", "bits-per-pixel", "int", &(pixel.bytes() * 8).to_string());
        property(
            "prop",
            "spatial-calibration-state",
            "bool",
            if self.pixel_size.is_some() { "on" } else { "off" },
        );
        if let Some(PixelSize { x_um, y_um }) = self.pixel_size {
            property("prop", "spatial-calibration-x", "float", &x_um.to_string());
            property("prop", "spatial-calibration-y", "float", &y_um.to_string());
            property("prop", "spatial-calibration-units", "string", "um");
        }
        if let Some(name) = self.channel_name {
            property("prop", "image-name", "string", name);
            property("prop", "_IllumSetting_", "string", name);
        }
        if let Some(site) = self.key.site {
            property("prop", "stage-label", "string", &format!("{} : Site {site}", self.key.well));
        }
        if let (Some((SitePosition { x_um, y_um }, cell)), Some(_)) = (self.place, self.pixel_size) {
            property("custom-prop", "OffsetFromWellCenterUmX", "float", &x_um.to_string());
            property("custom-prop", "OffsetFromWellCenterUmY", "float", &y_um.to_string());
            if let Some((column, row)) = cell {
                property("custom-prop", "SiteX", "float", &(column + 1).to_string());
                property("custom-prop", "SiteY", "float", &(row + 1).to_string());
            }
        }
        for Property { element, id, kind, value } in more {
            property(element, id, kind, value);
        }
        xml.close("PlaneInfo");
        xml.open("SetInfo");
        xml.property("prop", "number-of-planes", "int", "1");
        xml.close("SetInfo");
        xml.finish("MetaData")
    }
}

/// A description while it is written, a line for each element.
struct MetaSeries(Writer<Vec<u8>>);

impl MetaSeries {
    fn open(&mut self, name: &'static str) {
        self.emit(Event::Start(BytesStart::new(name)));
        self.end_line();
    }

    fn close(&mut self, name: &'static str) {
        self.emit(Event::End(BytesEnd::new(name)));
        self.end_line();
    }

    fn property(&mut self, element: &'static str, id: &'static str, kind: &'static str, value: &str) {
        let value = Attribute { key: QName("value"), value: escaped(value).into() };
        let mut element = BytesStart::new(element);
        element.push_attribute(("id", id));
        element.push_attribute(("type", kind));
        element.push_attribute(value);
        self.emit(Event::Empty(element));
        self.end_line();
    }

    /// Without a line end behind: some programs know the text by its end.
    fn finish(mut self, name: &'static str) -> String {
        self.emit(Event::End(BytesEnd::new(name)));
        // All that was written is text.
        String::from_utf8(self.0.into_inner()).unwrap_or_default()
    }

    fn end_line(&mut self) {
        self.emit(Event::Text(BytesText::from_escaped("\r\n")));
    }

    fn emit(&mut self, event: Event<'_>) {
        // Writing into memory cannot fail.
        let _ = self.0.write_event(event);
    }
}

/// A text as the value of an attribute, in ASCII, which is all that a TIFF may hold.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars().take(MOST_VALUE_CHARS) {
        match c {
            // XML has no way to say these.
            c if c.is_control() => escaped.push(' '),
            '&' | '<' | '>' | '"' | '\'' => {
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
            c if c.is_ascii() => escaped.push(c),
            c => {
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::name::ImageXpressName;
    use super::*;
    use crate::image::MOST_DESCRIPTION_BYTES;

    #[test]
    fn prefixes_are_safe_and_never_empty() {
        let long = "ä".repeat(200);
        let table = [
            ("Screen 7", "Screen 7"),
            ("a/b\\c:d*e?f\"g<h>i|j\nk\0l", "a-b-c-d-e-f-g-h-i-j-k-l"),
            ("../..", "-"),
            ("._hidden. ", "_hidden"),
            ("", "plate"),
            (" . ", "plate"),
            ("CON", "plate CON"),
            ("nul.2 ", "plate nul.2"),
            ("Aux-1", "Aux-1"),
            ("Plättchen µ", "Plättchen µ"),
            (&long, &long[..MOST_PREFIX_BYTES]),
        ];
        for (name, expected) in table {
            assert_eq!(safe_prefix(name), expected, "{name}");
        }
    }

    #[test]
    fn no_description_is_longer_than_files_have_room_for() {
        let long = "\u{10ffff}".repeat(1000);
        let position = SitePosition { x_um: -1.0 / 3e9, y_um: 1e6 / 3.0 };
        let image = ImageDescription {
            key: ImageKey::new("AF48".parse().expect("a well"), u32::MAX, u32::MAX, u32::MAX, u32::MAX),
            format: ImageFormat::grey(u32::MAX, u32::MAX, crate::image::PixelType::F64),
            channel_name: Some(&long),
            pixel_size: Some(PixelSize { x_um: 1.0 / 3.0, y_um: 2.0 / 3.0 }),
            place: Some((position, Some((99, 99)))),
        };
        let objective = Property { element: "prop", id: "_MagSetting_", kind: "string", value: &long };
        let text = image.text("Stepwell", &[objective]);
        assert!(text.is_ascii() && text.len() <= MOST_DESCRIPTION_BYTES, "{}", text.len());
    }

    #[test]
    fn a_description_is_ascii_that_programs_know_by_its_ends() {
        let image = ImageDescription {
            key: ImageKey::new("A01".parse().expect("a well"), 2, 1, 1, 1),
            format: ImageFormat::grey(64, 48, crate::image::PixelType::U16),
            channel_name: Some("Cy5 <µ>\n\"&'"),
            pixel_size: None,
            place: None,
        };
        let expected = "<MetaData>\r\n\
            <prop id=\"ApplicationName\" type=\"string\" value=\"Stepwell\"/>\r\n\
            <PlaneInfo>\r\n\
            <prop id=\"plane-type\" type=\"string\" value=\"plane\"/>\r\n\
            <prop id=\"pixel-size-x\" type=\"int\" value=\"64\"/>\r\n\
            <prop id=\"pixel-size-y\" type=\"int\" value=\"48\"/>\r\n\
            <prop id=\"bits-per-pixel\" type=\"int\" value=\"16\"/>\r\n\
            <prop id=\"spatial-calibration-state\" type=\"bool\" value=\"off\"/>\r\n\
            <prop id=\"image-name\" type=\"string\" value=\"Cy5 &#60;&#181;&#62; &#34;&#38;&#39;\"/>\r\n\
            <prop id=\"_IllumSetting_\" type=\"string\" value=\"Cy5 &#60;&#181;&#62; &#34;&#38;&#39;\"/>\r\n\
            <prop id=\"stage-label\" type=\"string\" value=\"A01 : Site 2\"/>\r\n\
            </PlaneInfo>\r\n\
            <SetInfo>\r\n\
            <prop id=\"number-of-planes\" type=\"int\" value=\"1\"/>\r\n\
            </SetInfo>\r\n\
            </MetaData>";
        assert_eq!(image.text("Stepwell", &[]), expected);
    }

    proptest! {
        /// Two images never have one name, and each name tells its image.
        #[test]
        fn names_read_back(
            plate in "\\PC{0,30}",
            row in 0_u32..32, column in 0_u32..48,
            site in proptest::option::of(0_u32..10_000),
            channel in proptest::option::of(1_u32..100),
            z in proptest::option::of(0_u32..1000),
            timepoint in proptest::option::of(0_u32..u32::MAX),
            site_digits in 1_usize..6,
            in_folders: bool,
        ) {
            let well = crate::plate::WellId::at(row, column).expect("within 1536 wells");
            let key = ImageKey { well, site, channel, z, timepoint };
            let prefix = safe_prefix(&plate);
            let naming =
                Naming { prefix, is_ome: false, site_digits, in_folders, site: true, channel: true, z: true, timepoint: true };
            let path = naming.path(key);
            let (folders, file) = path.rsplit_once('/').unwrap_or(("", &path));
            let name = ImageXpressName::parse(file).expect("a name");
            prop_assert_eq!(name.prefix, &naming.prefix);
            let number_of = |word: &str| {
                let number = |folder: &str| folder.strip_prefix(word)?.parse::<u32>().ok();
                folders.split('/').find_map(number)
            };
            let read = ImageKey {
                well: name.well,
                site: name.site,
                channel: name.channel,
                z: name.z.or(number_of("ZStep_")),
                timepoint: name.timepoint.or(number_of("TimePoint_")),
            };
            let assembled = |value: Option<u32>| value.or(Some(1));
            let whole = ImageKey { channel: assembled(channel), timepoint: assembled(timepoint), ..key };
            prop_assert_eq!(read, whole);
        }
    }
}

//! What an OME-Zarr plate says of itself: the metadata of its plate, rows, wells and fields, as OME-Zarr 0.5 has it.
//!
//! OME-Zarr counts channels, planes and timepoints from 0 without gaps, and has no word for what is not there. This stands beside, in an
//! attribute of our own, `stepwell`, so that nothing is renumbered and nothing forgotten when a result is opened again:
//!
//! ```json
//! plate: { "version": 1, "creator": "Stepwell 0.1.0", "step": "2-z-max", "microscope": "…", "objective": "…",
//!          "lacking": { "B05": { "absent": [ … ], "further": 0 } }, "unfinished": [ "C01" ] }
//! well:  { "version": 1, "absent": [ { "why": "…", "images": "s2_w1_z1_t1 s2_w3_z1_t1" } ], "further": 12 }
//! field: { "version": 1, "site": 3, "channels": "1 3", "planes": "1-9", "timepoints": "1", "saved": "0-7 9-17",
//!          "acquired": { "0": { "z_nm": 1500, "exposure_us": 20000, "emission_nm": 461 } } }
//! ```
//!
//! `channels`, `planes` and `timepoints` are the numbers by rank, `saved` the planes of the array that were, where not all
//! were; where a pixel has several samples (`samples`), these are not counted along.
//! `acquired` says how the images by their numbers
//! were recorded. `absent` has what should be in the well and is not, `further` how many more that are not listed; `lacking` the same of wells of which
//! nothing was saved. `unfinished` wells are not named by the plate. A component that a step has assembled counts as 1. Deliberately
//! absent: any IO.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::described::{Described, DescribedChannel, DescribedImage};
use super::images::plane_distance_um;
use super::record::{self, Lack, listed};
use crate::image::{Contrast, ImageFormat, LeadingAxis, Level, PixelType, levels};
use crate::plate::{ImageKey, PixelSize, PlateShape, WellId, row_letters};

/// Version of the attribute.
const VERSION: u32 = 1;

/// Version of OME-Zarr.
const OME_VERSION: &str = "0.5";

/// What should be in a well and is not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LackOfWell<'a> {
    /// The images, sorted by key.
    pub absent: &'a [(ImageKey, Lack)],
    /// How many more that are not listed.
    pub further: usize,
}

/// A plate, when all of its wells that are to be named are written.
#[derive(Debug)]
pub(crate) struct DescribedPlate<'a> {
    pub described: &'a Described<'a>,
    /// Folder of the step that made the images: `2-z-max`.
    pub step: &'a str,
    /// The wells that have fields, in their order.
    pub wells: &'a [WellId],
    /// The most fields of a well.
    pub most_fields: usize,
    /// What wells lack that have no field, as [`lack_of_well`] says it.
    pub lacking: Map<String, Value>,
    /// Wells that are not whole.
    pub unfinished: Vec<WellId>,
}

/// A field, or the labels of a channel in it, with what was saved.
#[derive(Debug)]
pub(crate) struct DescribedField<'a> {
    /// Channels, planes and timepoints are those of its arrays.
    pub described: &'a Described<'a>,
    /// Size and type of its planes.
    pub format: ImageFormat,
    /// The axes of its arrays before rows and columns.
    pub axes: &'a [LeadingAxis],
    /// What was saved, sorted by key, each with its number among the images of the array of full size; at least one.
    pub images: &'a [(u32, &'a DescribedImage<'a>)],
    /// What the images are.
    pub kind: FieldKind<'a>,
}

/// What the images of a field are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FieldKind<'a> {
    /// Images, with the grey levels between which each channel is shown, by its number.
    Images(&'a BTreeMap<u32, Contrast>),
    /// Labels of a name.
    Labels(&'a str),
}

/// The metadata of a group.
fn group(attributes: &Value) -> Value {
    json!({ "zarr_format": 3, "node_type": "group", "attributes": attributes })
}

/// The metadata of a row of wells.
pub(crate) fn row_metadata() -> Value {
    group(&json!({}))
}

/// The metadata of a well, given the names of its fields.
pub(crate) fn well_metadata(fields: &[String], lack: LackOfWell<'_>) -> Value {
    let images: Vec<Value> = fields.iter().map(|path| json!({ "path": path })).collect();
    let mut own = lack_of_well(lack);
    own.insert("version".to_owned(), VERSION.into());
    group(&json!({ "ome": { "version": OME_VERSION, "well": { "images": images } }, "stepwell": own }))
}

/// The metadata of the labels of a field, given their names.
pub(crate) fn labels_metadata(names: &[&str]) -> Value {
    group(&json!({ "ome": { "version": OME_VERSION, "labels": names } }))
}

/// What a well lacks.
pub(crate) fn lack_of_well(lack: LackOfWell<'_>) -> Map<String, Value> {
    let mut absent = Vec::new();
    for why in [Lack::Missing, Lack::Failed, Lack::Ended] {
        let keys: Vec<ImageKey> =
            lack.absent.iter().filter(|(_, of)| *of == why).map(|(key, _)| *key).collect();
        if !keys.is_empty() {
            absent.push(json!({ "why": why.words(), "images": record::tokens(&keys) }));
        }
    }
    let mut own = Map::new();
    own.insert("absent".to_owned(), absent.into());
    own.insert("further".to_owned(), lack.further.into());
    own
}

impl DescribedPlate<'_> {
    /// Its metadata.
    pub(crate) fn metadata(&self) -> Value {
        let Described { name, shape, microscope, objective, .. } = *self.described;
        let PlateShape { rows, columns } =
            shape.unwrap_or_else(|| PlateShape::holding(self.wells.iter().copied()));
        let column_name = |column: u16| format!("{:02}", column + 1);
        let well = |well: &WellId| {
            json!({
                "path": format!("{}/{}", row_letters(well.row), column_name(well.column)),
                "rowIndex": well.row,
                "columnIndex": well.column,
            })
        };
        let named = |name: String| json!({ "name": name });
        group(&json!({
            "ome": {
                "version": OME_VERSION,
                "plate": {
                    "name": name,
                    "rows": (0..rows).map(row_letters).map(named).collect::<Vec<_>>(),
                    "columns": (0..columns).map(column_name).map(named).collect::<Vec<_>>(),
                    "wells": self.wells.iter().map(well).collect::<Vec<_>>(),
                    "field_count": self.most_fields,
                },
            },
            "stepwell": {
                "version": VERSION,
                "creator": concat!("Stepwell ", env!("CARGO_PKG_VERSION")),
                "step": self.step,
                "microscope": microscope,
                "objective": objective,
                "lacking": self.lacking,
                "unfinished": self.unfinished.iter().map(ToString::to_string).collect::<Vec<_>>(),
            },
        }))
    }
}

impl DescribedField<'_> {
    /// Its metadata; nothing of a field without images.
    pub(crate) fn metadata(&self) -> Option<Value> {
        let (_, first) = self.images.first()?;
        let Described { channels, planes, timepoints, .. } = self.described;
        let mut own = Map::new();
        own.insert("version".to_owned(), VERSION.into());
        own.insert("site".to_owned(), first.key.site.unwrap_or(1).into());
        let numbers = channels.iter().map(|channel| channel.number);
        own.insert("channels".to_owned(), listed(numbers).into());
        own.insert("planes".to_owned(), listed(planes.iter().copied()).into());
        own.insert("timepoints".to_owned(), listed(timepoints.iter().copied()).into());
        if self.format.samples > 1 {
            own.insert("samples".to_owned(), self.format.samples.into());
        }
        let all = self.axes.iter().map(|axis| axis.len / axis.in_shard.max(1)).product::<u64>();
        let mut saved: Vec<u32> = self.images.iter().map(|(number, _)| *number).collect();
        saved.sort_unstable();
        if (saved.len() as u64) < all {
            own.insert("saved".to_owned(), listed(saved).into());
        }
        let acquired = |(number, image): &(u32, &DescribedImage<'_>)| {
            Some((number.to_string(), serde_json::to_value(image.acquired?).ok()?))
        };
        let acquired: Map<String, Value> = self.images.iter().filter_map(acquired).collect();
        if !acquired.is_empty() {
            own.insert("acquired".to_owned(), acquired.into());
        }
        let mut ome = Map::new();
        ome.insert("version".to_owned(), OME_VERSION.into());
        ome.insert("multiscales".to_owned(), json!([self.multiscale(first)]));
        match self.kind {
            FieldKind::Images(windows) => {
                let channels = self.channels(windows);
                ome.insert("omero".to_owned(), json!({ "channels": channels, "rdefs": { "model": "color" } }))
            }
            FieldKind::Labels(_) => {
                ome.insert("image-label".to_owned(), json!({ "source": { "image": "../../" } }))
            }
        };
        Some(group(&json!({ "ome": ome, "stepwell": own })))
    }

    fn multiscale(&self, first: &DescribedImage<'_>) -> Value {
        let pixel_size = self.pixel_size();
        let images: Vec<&DescribedImage<'_>> = self.images.iter().map(|(_, image)| *image).collect();
        let distance_um = plane_distance_um(&images, &self.described.planes);
        let leading = self.axes.iter().map(|axis| match axis.name {
            "t" => json!({ "name": "t", "type": "time" }),
            "c" => json!({ "name": "c", "type": "channel" }),
            name if distance_um.is_some() => json!({ "name": name, "type": "space", "unit": "micrometer" }),
            name => json!({ "name": name, "type": "space" }),
        });
        let sides = ["y", "x"].into_iter().map(|name| match pixel_size {
            Some(_) => json!({ "name": name, "type": "space", "unit": "micrometer" }),
            None => json!({ "name": name, "type": "space" }),
        });
        let axes: Vec<Value> = leading.chain(sides).collect();
        let name = match (self.kind, first.key.site) {
            (FieldKind::Labels(name), _) => name.to_owned(),
            (_, Some(site)) => format!("Well {}, site {site}", first.key.well),
            (_, None) => format!("Well {}", first.key.well),
        };
        let (kind, description) = match self.kind {
            FieldKind::Images(_) => ("mean", "each pixel is the mean of 2 x 2 pixels of the level before"),
            FieldKind::Labels(_) => {
                ("nearest", "each pixel is the upper left of 2 x 2 pixels of the level before")
            }
        };
        let datasets = levels(self.format).into_iter().enumerate().map(|(index, level)| {
            json!({
                "path": index.to_string(),
                "coordinateTransformations": self.transformations(first, level, pixel_size, distance_um),
            })
        });
        json!({
            "name": name,
            "axes": axes,
            "datasets": datasets.collect::<Vec<_>>(),
            "type": kind,
            "metadata": { "description": description },
        })
    }

    /// How a level lies: the middle of its first pixel is as far from that of the full size as they are apart, so that what lies
    /// over each other was recorded at one place.
    fn transformations(
        &self,
        first: &DescribedImage<'_>,
        level: Level,
        pixel_size: Option<PixelSize>,
        distance_um: Option<f64>,
    ) -> Value {
        let [across, down] = level.factors.map(f64::from);
        let leading =
            |value: f64| self.axes.iter().map(move |axis| if axis.name == "z" { value } else { 1.0 });
        let PixelSize { x_um, y_um } = pixel_size.unwrap_or(PixelSize { x_um: 1.0, y_um: 1.0 });
        let scale: Vec<f64> =
            leading(distance_um.unwrap_or(1.0)).chain([y_um * down, x_um * across]).collect();
        let mut transformations = vec![json!({ "type": "scale", "scale": scale })];
        let ImageFormat { width, height, .. } = self.format;
        // Of the first pixel's middle, from the image's middle, which is where the image lies.
        let begin = |middle_um: f64, pixels: u32, um: f64| middle_um - (f64::from(pixels) - 1.0) / 2.0 * um;
        let within = |factor: f64, um: f64| (factor - 1.0) / 2.0 * um;
        let origin = match (pixel_size, first.position) {
            (Some(_), Some(at)) => Some([begin(at.y_um, height, y_um), begin(at.x_um, width, x_um)]),
            _ if level.factors == [1, 1] => None,
            _ => Some([0.0, 0.0]),
        };
        if let Some([y, x]) = origin {
            let sides = [y + within(down, y_um), x + within(across, x_um)];
            let translation: Vec<f64> = self.axes.iter().map(|_| 0.0).chain(sides).collect();
            transformations.push(json!({ "type": "translation", "translation": translation }));
        }
        transformations.into()
    }

    /// The size of a pixel, where all channels have one.
    fn pixel_size(&self) -> Option<PixelSize> {
        let mut sizes = self.described.channels.iter().map(|channel| channel.pixel_size);
        let first = sizes.next()??;
        sizes.all(|size| size.is_some_and(|size| size.is_same(first))).then_some(first)
    }

    /// The channels as they are shown: those of the plate, or the samples of a colour.
    fn channels(&self, windows: &BTreeMap<u32, Contrast>) -> Value {
        let shown = |label: &str, [red, green, blue]: [u8; 3], window: Option<&Contrast>| {
            json!({
                "active": true,
                "coefficient": 1,
                "color": format!("{red:02X}{green:02X}{blue:02X}"),
                "family": "linear",
                "inverted": false,
                "label": label,
                "window": window_of(self.format.pixel, window),
            })
        };
        let samples = usize::from(self.format.samples);
        if samples > 1 {
            const COLOURS: [(&str, [u8; 3]); 3] =
                [("Red", [255, 0, 0]), ("Green", [0, 255, 0]), ("Blue", [0, 0, 255])];
            let sample = |index: usize| match COLOURS.get(index).filter(|_| samples >= COLOURS.len()) {
                Some((name, colour)) => shown(name, *colour, None),
                None => shown(&format!("Sample {}", index + 1), [255; 3], None),
            };
            return (0..samples).map(sample).collect();
        }
        let channel = |DescribedChannel { number, name, colour, .. }: &DescribedChannel<'_>| {
            let window = windows.get(number);
            match name {
                Some(name) => shown(name, *colour, window),
                None => shown(&format!("Channel {number}"), *colour, window),
            }
        };
        self.described.channels.iter().map(channel).collect()
    }
}

/// The values that a sample may have, and those between which it is shown: of floats the same.
fn window_of(pixel: PixelType, shown: Option<&Contrast>) -> Value {
    let shown = shown.filter(|shown| shown.low < shown.high);
    macro_rules! whole {
        ($type:ty) => {{
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // they are values of the type
            let (start, end) =
                shown.map_or((0, <$type>::MAX), |shown| (shown.low as $type, shown.high as $type));
            json!({ "min": <$type>::MIN, "max": <$type>::MAX, "start": start, "end": end })
        }};
    }
    match pixel {
        PixelType::U8 => whole!(u8),
        PixelType::U16 => whole!(u16),
        PixelType::U32 => whole!(u32),
        PixelType::U64 => whole!(u64),
        PixelType::I8 => whole!(i8),
        PixelType::I16 => whole!(i16),
        PixelType::I32 => whole!(i32),
        PixelType::I64 => whole!(i64),
        PixelType::F32 | PixelType::F64 => {
            let Contrast { low, high } = shown.copied().unwrap_or(Contrast { low: 0.0, high: 1.0 });
            json!({ "min": low, "max": high, "start": low, "end": high })
        }
    }
}

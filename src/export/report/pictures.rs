//! Small pictures of a run's outputs, as part of the page.

use std::collections::BTreeMap;
use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat as FileFormat, RgbImage, imageops};

use crate::image::{ImageFormat, ImageRef, auto_contrast, sample_value};
use crate::limits;
use crate::plate::{Component, ImageKey, value_name};
use crate::record::RunRecord;

/// The most outputs that are shown.
const MOST_PICTURES: usize = 24;

/// Longest side of a picture in pixels.
const SIDE: u32 = 200;

/// An output as a picture.
pub(super) struct OutputPicture {
    /// What it is, in words.
    pub(super) caption: String,
    pub(super) png: Vec<u8>,
}

/// The outputs of a run as pictures.
#[derive(Default)]
pub(super) struct OutputPictures {
    /// Those that are shown.
    pub(super) shown: Vec<OutputPicture>,
    /// How many outputs there are.
    pub(super) all: usize,
}

/// The first outputs of the run's last step that has any on disk, evenly spread where there are many.
/// Files that are not there any more, or are none of the run's, are left out; the page tells which.
pub(super) fn output_pictures(record: &RunRecord) -> OutputPictures {
    let mut pictures = OutputPictures::default();
    let kept = || record.outputs.iter().filter(|output| output.path.is_some());
    let Some(step) = kept().map(|output| output.step).max() else { return pictures };
    let mut outputs: Vec<_> = kept().filter(|output| output.step == step).collect();
    outputs.sort_by_key(|output| output.key);
    pictures.all = outputs.len();
    let every = pictures.all.div_ceil(MOST_PICTURES).max(1);
    for output in outputs.into_iter().step_by(every) {
        let Some(source) = record.source_of(output) else { continue };
        if let Ok((format, bytes)) = source.decode_within(limits::SHOWN_IMAGE_BYTES) {
            let caption = caption(output.key, &record.plan.channel_names);
            pictures.shown.extend(png(format, &bytes).map(|png| OutputPicture { caption, png }));
        }
    }
    pictures
}

/// `A01 · s1 · FITC`.
fn caption(key: ImageKey, channel_names: &BTreeMap<u32, String>) -> String {
    let order = [Component::Site, Component::Channel, Component::Z, Component::Timepoint];
    let values = order.into_iter().filter_map(|component| Some((component, key.get(component)?)));
    let names = values.map(|(component, value)| value_name(channel_names, component, value));
    std::iter::once(key.well.to_string()).chain(names).collect::<Vec<_>>().join(" · ")
}

fn png(format: ImageFormat, bytes: &[u8]) -> Option<Vec<u8>> {
    let image = ImageRef { format, bytes };
    let contrast = auto_contrast(image);
    let span = (contrast.high - contrast.low).max(f64::MIN_POSITIVE);
    let samples = usize::from(format.samples).max(1);
    let colours = if samples >= 3 { 3 } else { 1 };
    let size = format.pixel.bytes();
    let mut levels = Vec::with_capacity(format.width as usize * format.height as usize * colours);
    for pixel in bytes.chunks_exact(samples * size) {
        for sample in pixel.chunks_exact(size).take(colours) {
            let value = sample_value(sample, format.pixel).unwrap_or(0.0);
            // Not-a-number becomes black.
            levels.push(((value - contrast.low) / span * 255.0).clamp(0.0, 255.0) as u8);
        }
    }
    let (width, height) = (format.width, format.height);
    let whole = match colours {
        3 => DynamicImage::ImageRgb8(RgbImage::from_raw(width, height, levels)?),
        _ => DynamicImage::ImageLuma8(GrayImage::from_raw(width, height, levels)?),
    };
    let longest = width.max(height).max(1);
    let small = if longest > SIDE {
        let side = |pixels: u32| (u64::from(pixels) * u64::from(SIDE) / u64::from(longest)).max(1) as u32;
        match whole {
            DynamicImage::ImageRgb8(rgb) => {
                DynamicImage::ImageRgb8(imageops::thumbnail(&rgb, side(width), side(height)))
            }
            other => {
                DynamicImage::ImageLuma8(imageops::thumbnail(&other.into_luma8(), side(width), side(height)))
            }
        }
    } else {
        whole
    };
    let mut png = Cursor::new(Vec::new());
    small.write_to(&mut png, FileFormat::Png).ok()?;
    Some(png.into_inner())
}

//! The light of flat-field correction as flat and dark images give it, one flat image for each channel.
//!
//! Flat and dark images are taken as 32-bit floats (exact for images of up to 16 bits) and their
//! difference is rounded to one. With x an image, all else is in 64-bit floats:
//!
//! `out = (x - dark) * mean(flat - dark) / max(flat - dark, mean(flat - dark) / 100)`
//!
//! rounded to the image's type as [`Rounding`] says and held at its limits. So no pixel becomes more than a
//! hundred times as bright, also where `flat - dark` is 0 or below it; how many pixels are held so is a note.
//! Means are of finite numbers, and where `flat - dark` is none it is taken to be its mean. Without a dark image, and
//! where that is no finite number, dark is 0. What is held at the upper limit is counted; what is darker than the dark image becomes 0
//! (of signed types and floats negative), and that is as it should be.
//!
//! The settings name files; their pixels are read once, before the first step, by whoever does the
//! steps. Deliberately absent: any reading of files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytemuck::pod_read_unaligned;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::rounding::Rounding;
use super::sample::{Sample, for_each_type, not_numbers, was_clamped};
use crate::cancel::{Cancel, Cancelled};
use crate::image::{DecodeError, ImageFormat, ImageMut};
use crate::pipeline::files::{FileFault, FileReading, MeasureFile, SizesOfChannels};
use crate::pipeline::{NoteKind, StepNote};
use crate::plate::ImageKey;

/// Flat and dark images.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GivenLight {
    /// The flat image of each channel, by its number. A relative path in a pipeline file is relative to
    /// the folder of that file.
    pub flats: BTreeMap<u32, PathBuf>,
    /// The dark image of each channel that has one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub darks: BTreeMap<u32, PathBuf>,
}

/// Given light with its pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LightFiles {
    files: GivenLight,
    /// By channel, as far as they are read. They do not go to another process, which reads them itself.
    #[serde(skip)]
    read: BTreeMap<u32, Arc<Light>>,
}

/// The light of a channel.
#[derive(Debug, PartialEq)]
pub(super) struct Light {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Flat less dark.
    light: Vec<f32>,
    mean: f64,
    /// Of this many pixels the light is less than what is divided by at least.
    too_dark: u64,
    dark: Option<Arc<Vec<f32>>>,
}

/// Samples that one thread works on at once.
const SHARE_SAMPLES: usize = 64 * 1024;

/// What is divided by is never less than this part of the mean.
const LEAST_LIGHT: f64 = 0.01;

/// Pixels with so little light that it cannot be made up for.
pub(super) const TOO_DARK: NoteKind = NoteKind {
    one: "pixel has too little light to be corrected for and was held at the largest correction",
    many: "pixels have too little light to be corrected for and were held at the largest correction",
};

/// What the two kinds of images are called.
const FLAT: &str = "flat image";
const DARK: &str = "dark image";

impl GivenLight {
    /// Flat and dark images, each by the number of its channel.
    pub fn new(flats: BTreeMap<u32, PathBuf>, darks: BTreeMap<u32, PathBuf>) -> Self {
        Self { flats, darks }
    }

    /// The images of these channels alone; all of them where no channel is known.
    pub(super) fn of_channels(&self, channels: &BTreeSet<u32>) -> Self {
        let of = |files: &BTreeMap<u32, PathBuf>| {
            let is_wanted = |channel: &u32| channels.is_empty() || channels.contains(channel);
            files
                .iter()
                .filter(|(channel, _)| is_wanted(channel))
                .map(|(at, path)| (*at, path.clone()))
                .collect()
        };
        Self { flats: of(&self.flats), darks: of(&self.darks) }
    }

    /// The channels of images that are of none of these; none where no channel is known.
    pub(super) fn beside(&self, channels: &BTreeSet<u32>) -> BTreeSet<u32> {
        let given = self.flats.keys().chain(self.darks.keys()).copied();
        given.filter(|channel| !channels.is_empty() && !channels.contains(channel)).collect()
    }

    pub(super) fn paths_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        self.flats.values_mut().chain(self.darks.values_mut())
    }
}

impl LightFiles {
    /// Light that has not been read.
    pub(super) fn new(files: GivenLight) -> Self {
        Self { files, read: BTreeMap::new() }
    }

    /// Whether there is a flat image for a channel.
    pub(super) fn has(&self, channel: u32) -> bool {
        self.files.flats.contains_key(&channel)
    }

    /// The light of a channel, where it is read.
    pub(super) fn of(&self, channel: u32) -> Option<&Light> {
        self.read.get(&channel).map(Arc::as_ref)
    }

    /// The flat and the dark image of a channel, with what they are.
    fn files_of(&self, channel: u32) -> impl Iterator<Item = (&'static str, &Path)> {
        let flat = self.files.flats.get(&channel).map(|path| (FLAT, path.as_path()));
        flat.into_iter().chain(self.files.darks.get(&channel).map(|path| (DARK, path.as_path())))
    }

    /// Whether the files of channels can correct images of their sizes, as far as headers tell.
    pub(super) fn check(&self, uses: &SizesOfChannels, measure: &MeasureFile<'_>) -> Result<(), FileFault> {
        for &(channel, size) in uses {
            for (role, path) in self.files_of(channel) {
                let format = measure(path).map_err(unreadable(role, channel))?.format;
                check_format(role, channel, path, format, size)?;
            }
        }
        Ok(())
    }

    /// Takes the pixels of the files; each file is read once.
    pub(super) fn read(&mut self, reading: &mut FileReading<'_>) -> Result<(), FileFault> {
        let mut read: BTreeMap<u32, Arc<Light>> = BTreeMap::new();
        let mut darks: BTreeMap<&Path, (ImageFormat, Arc<Vec<f32>>)> = BTreeMap::new();
        let mut lights: BTreeMap<[Option<&Path>; 2], Arc<Light>> = BTreeMap::new();
        for (&channel, flat) in &self.files.flats {
            let dark = self.files.darks.get(&channel).map(PathBuf::as_path);
            let files = [Some(flat.as_path()), dark];
            if let Some(same) = lights.get(&files) {
                read.insert(channel, Arc::clone(same));
                continue;
            }
            let (ImageFormat { width, height, .. }, mut light) =
                floats_of(FLAT, channel, flat, None, reading)?;
            let mut dark_pixels = None;
            if let Some(path) = dark {
                let size = [width, height];
                let (format, pixels) = match darks.get(path) {
                    Some((format, pixels)) => (*format, Arc::clone(pixels)),
                    None => {
                        let (format, mut pixels) = floats_of(DARK, channel, path, Some(size), reading)?;
                        pixels.iter_mut().filter(|dark| !dark.is_finite()).for_each(|dark| *dark = 0.0);
                        (format, Arc::new(pixels))
                    }
                };
                check_format(DARK, channel, path, format, size)?;
                darks.insert(path, (format, Arc::clone(&pixels)));
                subtract(&mut light, &pixels);
                dark_pixels = Some(pixels);
            }
            let mean = mean(&light, width as usize);
            if !mean.is_finite() || mean <= 0.0 {
                return Err(FileFault::NoLight { channel, path: flat.clone() });
            }
            light.iter_mut().filter(|light| !light.is_finite()).for_each(|light| *light = mean as f32);
            let least = mean * LEAST_LIGHT;
            let too_dark = light.iter().filter(|light| f64::from(**light).max(least) <= least).count() as u64;
            let light = Arc::new(Light { width, height, light, mean, too_dark, dark: dark_pixels });
            lights.insert(files, Arc::clone(&light));
            read.insert(channel, light);
        }
        self.read = read;
        Ok(())
    }

    /// What all of it takes once it is read, for images of a format.
    fn kept_bytes(&self, image: ImageFormat) -> u64 {
        let GivenLight { flats, darks } = &self.files;
        let pairs: BTreeSet<_> = flats.iter().map(|(channel, flat)| (flat, darks.get(channel))).collect();
        let darks: BTreeSet<_> = darks.values().collect();
        (pairs.len() + darks.len()) as u64 * float_bytes(image)
    }

    /// The same, and what allocators may keep of an image that was read.
    pub(super) fn standing_bytes(&self, image: ImageFormat) -> u64 {
        self.kept_bytes(image) + float_bytes(image).max(image.bytes())
    }

    /// The most that it takes while it is read, before there are any images: the last one as it is read has samples
    /// of 8 bytes, or is compressed in one piece of samples of 4.
    pub(super) fn reading_bytes(&self, image: ImageFormat) -> u64 {
        let sides = u64::from(image.width) + u64::from(image.height);
        self.kept_bytes(image) + 2 * float_bytes(image) + READING_BYTES + sides * READING_SIDE_BYTES
    }
}

/// What a reader of an image takes whatever its size, and for each pixel of a side: the window and the texts of a
/// PNG, rows on their way, places of strips.
const READING_BYTES: u64 = 2 << 20;
const READING_SIDE_BYTES: u64 = 256;

/// Bytes of an image of a size as floats.
fn float_bytes(format: ImageFormat) -> u64 {
    u64::from(format.width) * u64::from(format.height) * size_of::<f32>() as u64
}

/// The pixels of a file as floats, and what it is, whose size may have to be a certain one. What its header asks for is
/// taken from what is left, before any pixel is read.
fn floats_of(
    role: &'static str,
    channel: u32,
    path: &Path,
    size: Option<[u32; 2]>,
    reading: &mut FileReading<'_>,
) -> Result<(ImageFormat, Vec<f32>), FileFault> {
    reading.cancel.check()?;
    let header = (reading.measure)(path).map_err(unreadable(role, channel))?;
    let format = header.format;
    let size = size.unwrap_or([format.width, format.height]);
    check_format(role, channel, path, format, size)?;
    let kept_bytes = float_bytes(format);
    let needed_bytes = format.bytes().saturating_add(header.scratch_bytes).saturating_add(kept_bytes);
    let left_bytes = reading.left_bytes;
    if needed_bytes > left_bytes {
        let path = path.to_owned();
        return Err(FileFault::BeyondForecast { role, channel, path, format, needed_bytes, left_bytes });
    }
    let bytes = (reading.decode)(path, format).map_err(unreadable(role, channel))?;
    reading.left_bytes -= kept_bytes;
    Ok((format, to_floats(format, &bytes)))
}

/// Says of which file, given for what, an image could not be read.
fn unreadable(role: &'static str, channel: u32) -> impl FnOnce(DecodeError) -> FileFault {
    move |error| FileFault::Unreadable { role, channel, source: Arc::new(error) }
}

fn check_format(
    role: &'static str,
    channel: u32,
    path: &Path,
    format: ImageFormat,
    [width, height]: [u32; 2],
) -> Result<(), FileFault> {
    let path = path.to_owned();
    if format.samples != 1 {
        return Err(FileFault::NotGrey { role, channel, path, format });
    }
    if [format.width, format.height] != [width, height] {
        return Err(FileFault::OtherSize { role, channel, path, format, width, height });
    }
    Ok(())
}

/// The samples of an image, however its bytes are aligned.
fn to_floats(format: ImageFormat, bytes: &[u8]) -> Vec<f32> {
    macro_rules! floats {
        ($type:ty) => {
            bytes
                .chunks_exact(size_of::<$type>())
                .map(|sample| pod_read_unaligned::<$type>(sample).to_f32())
                .collect()
        };
    }
    for_each_type!(format.pixel, floats)
}

#[allow(clippy::cast_possible_truncation)] // rounded once, as the definition says
fn subtract(light: &mut [f32], dark: &[f32]) {
    for (light, dark) in light.iter_mut().zip(dark) {
        *light = (f64::from(*light) - f64::from(*dark)) as f32;
    }
}

/// The mean of the finite numbers. Row after row, so that it does not depend on the number of threads.
#[allow(clippy::cast_precision_loss)] // of a number of samples
pub(super) fn mean(field: &[f32], row: usize) -> f64 {
    let sum = |row: &[f32]| {
        let numbers = row.iter().filter(|sample| sample.is_finite());
        numbers.fold((0.0, 0), |(sum, count), sample| (sum + f64::from(*sample), count + 1))
    };
    let rows: Vec<(f64, usize)> = field.par_chunks(row.max(1)).map(sum).collect();
    rows.iter().map(|(sum, _)| sum).sum::<f64>() / rows.iter().map(|(_, count)| count).sum::<usize>() as f64
}

impl Light {
    /// Corrects an image of its size.
    pub(super) fn correct(
        &self,
        key: ImageKey,
        image: &mut ImageMut<'_>,
        rounding: Rounding,
        cancel: &Cancel,
    ) -> Result<StepNote, Cancelled> {
        macro_rules! correct {
            ($type:ty) => {{
                let samples: &mut [$type] = bytemuck::cast_slice_mut(image.bytes);
                let mut note = StepNote::of(NoteKind::NOT_FINITE, key, not_numbers(samples));
                let saturated = self.correct_samples(samples, rounding, cancel)?;
                note += StepNote::of(NoteKind::SATURATED, key, saturated);
                note += StepNote::part(TOO_DARK, key, self.too_dark, self.light.len() as u64);
                Ok(note)
            }};
        }
        for_each_type!(image.format.pixel, correct)
    }

    /// Returns how many samples were held at the upper limit of the type.
    fn correct_samples<T: Sample>(
        &self,
        image: &mut [T],
        rounding: Rounding,
        cancel: &Cancel,
    ) -> Result<u64, Cancelled> {
        let least = self.mean * LEAST_LIGHT;
        let dark = self.dark.as_deref().map(Vec::as_slice);
        let shares =
            image.par_chunks_mut(SHARE_SAMPLES).zip(self.light.par_chunks(SHARE_SAMPLES)).enumerate();
        let correct = |(nth, (share, light)): (usize, (&mut [T], &[f32]))| -> Result<u64, Cancelled> {
            cancel.check()?;
            let mut saturated = 0;
            let mut one = |sample: &mut T, light: f32, dark: f64| {
                let exact = (sample.to_f64() - dark) * self.mean / f64::from(light).max(least);
                *sample = rounding.of(exact);
                saturated += u64::from(was_clamped(*sample, exact) && exact > sample.to_f64());
            };
            match dark.map(|dark| &dark[nth * SHARE_SAMPLES..]) {
                None => share.iter_mut().zip(light).for_each(|(sample, light)| one(sample, *light, 0.0)),
                Some(dark) => share
                    .iter_mut()
                    .zip(light)
                    .zip(dark)
                    .for_each(|((sample, light), dark)| one(sample, *light, f64::from(*dark))),
            }
            Ok(saturated)
        };
        shares.map(correct).try_reduce(|| 0, |a, b| Ok(a + b))
    }
}

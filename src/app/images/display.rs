//! From pixels to what the screen shows: histogram, contrast, colours, reduced copies.
//!
//! Pure functions over [`ImageRef`]; nothing here knows of threads, files or the window toolkit.
//! Deliberately absent: gamma and any change of the pixels themselves (what is shown is a picture
//! of an image, its values stay exact).

use std::borrow::Cow;

use super::lookup_table::LookupTable;
use crate::image::{Contrast, ImageFormat, ImageRef, PixelType, Rgb};

/// The most bins of a [`Histogram`].
const MOST_BINS: usize = 256;

/// How an image is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Values at `low` and below are darkest, at `high` and above brightest.
    pub contrast: Contrast,
    /// The colours of a grey image; RGB images have their own.
    pub table: LookupTable,
    /// Colour of the brightest pixels where the table is that of the channel.
    pub tint: Rgb,
}

impl Style {
    /// The words of all levels, dark to bright.
    fn words(self) -> [u32; 256] {
        std::array::from_fn(|level| {
            let level = u8::try_from(level).unwrap_or(u8::MAX);
            let [red, green, blue] = self.table.colour(level, self.tint);
            u32::from_ne_bytes([red, green, blue, u8::MAX])
        })
    }
}

/// A picture for the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RgbaPicture {
    /// Pixels across.
    pub width: usize,
    /// Pixels from top to bottom.
    pub height: usize,
    /// Red, green, blue, alpha of each pixel, in the order of their bytes in memory. Kept as words
    /// so that the window can take the buffer over without a copy.
    pub rgba: Vec<u32>,
}

impl RgbaPicture {
    /// A black picture.
    pub(crate) fn black(width: usize, height: usize) -> Self {
        Self { width, height, rgba: vec![u32::from_ne_bytes([0, 0, 0, u8::MAX]); width * height] }
    }

    /// Adds the light of another picture of the same size; what is brighter than the brightest is
    /// held there.
    fn add(&mut self, other: &Self) {
        for (sum, word) in self.rgba.iter_mut().zip(&other.rgba) {
            let (own, added) = (sum.to_ne_bytes(), word.to_ne_bytes());
            *sum = u32::from_ne_bytes(std::array::from_fn(|part| own[part].saturating_add(added[part])));
        }
    }

    /// Bytes that it takes in memory.
    pub fn bytes(&self) -> usize {
        self.rgba.len() * 4
    }
}

/// A small copy of an image with its own values, so that contrast and tint can change without
/// reading the file again.
#[derive(Clone, Debug, PartialEq)]
pub struct Thumbnail {
    /// Pixels across.
    pub width: usize,
    /// Pixels from top to bottom.
    pub height: usize,
    /// 1 for grey, 3 for RGB.
    pub samples: usize,
    /// Mean value of each block, row by row, samples side by side.
    pub values: Vec<f32>,
    /// A contrast that suits the whole image.
    pub auto_contrast: Contrast,
    /// Whether that was estimated from a smaller form of the image, whose values lie closer together.
    pub is_of_smaller: bool,
    /// Size and type of the image that it is of.
    pub format: ImageFormat,
}

impl Thumbnail {
    /// A copy of at most `max_side` pixels a side; never larger than the image.
    pub fn of(image: ImageRef<'_>, max_side: u32, auto_contrast: Contrast) -> Self {
        let format = image.format;
        let (width, height) = Self::size_of(format, max_side);
        let values = reduced(image, width, height);
        let samples = colour_samples(format);
        Self { width, height, samples, values, auto_contrast, is_of_smaller: false, format }
    }

    /// The copy of an image of a format, by a smaller form of it.
    pub(crate) fn of_smaller(
        format: ImageFormat,
        smaller: ImageRef<'_>,
        max_side: u32,
        auto_contrast: Contrast,
    ) -> Self {
        let (width, height) = Self::size_of(format, max_side);
        let values = reduced(smaller, width, height);
        let samples = colour_samples(format);
        Self { width, height, samples, values, auto_contrast, is_of_smaller: true, format }
    }

    /// Pixels across and down of a copy of an image, of at most `max_side` a side.
    pub(crate) fn size_of(format: ImageFormat, max_side: u32) -> (usize, usize) {
        let longest = format.width.max(format.height).max(1);
        if longest <= max_side {
            return (format.width as usize, format.height as usize);
        }
        let scaled = |side: u32| {
            let side = u64::from(side) * u64::from(max_side.max(1)) / u64::from(longest);
            usize::try_from(side).unwrap_or(1).max(1)
        };
        (scaled(format.width), scaled(format.height))
    }

    /// Bytes that it takes in memory.
    pub fn bytes(&self) -> usize {
        self.values.len() * 4 + size_of::<Self>()
    }

    /// The picture of it.
    pub fn picture(&self, style: Style) -> RgbaPicture {
        let rgba = paint(&self.values, self.samples, style);
        RgbaPicture { width: self.width, height: self.height, rgba }
    }
}

/// How often values occur.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Smallest finite value.
    pub min: f64,
    /// Largest finite value.
    pub max: f64,
    /// Count per bin; the bins divide `min` to `max` evenly. Whole numbers of a small range have
    /// one bin each.
    pub counts: Vec<u32>,
}

impl Histogram {
    /// The histogram of all colour samples of an image. Values that are not finite do not count;
    /// an image without any finite value has one empty bin.
    pub fn of(image: ImageRef<'_>) -> Self {
        let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
        for_each_colour_value(image, |value| {
            if value.is_finite() {
                min = if value < min { value } else { min };
                max = if value > max { value } else { max };
            }
        });
        if min > max {
            return Self { min: 0.0, max: 0.0, counts: vec![0] };
        }
        let whole_numbers = !matches!(image.format.pixel, PixelType::F32 | PixelType::F64);
        let span = max - min;
        let bins = if span <= 0.0 {
            1
        } else if whole_numbers && span < MOST_BINS as f64 {
            span as usize + 1
        } else {
            MOST_BINS
        };
        let mut counts = vec![0_u32; bins];
        let width = if whole_numbers { span + 1.0 } else { span };
        // A multiplication is several times faster than a division. A span that is beyond the
        // largest number makes a factor of 0, and with it one bin of all values.
        let per_value = if width > 0.0 { bins as f64 / width } else { 0.0 };
        for_each_colour_value(image, |value| {
            if value.is_finite() {
                let bin = ((value - min) * per_value) as usize;
                counts[bin.min(bins - 1)] += 1;
            }
        });
        Self { min, max, counts }
    }
}

/// The brightness, 0 to 255, of a value. Not-a-number is black.
pub fn level(value: f64, contrast: Contrast) -> u8 {
    let span = contrast.high - contrast.low;
    if span > 0.0 {
        // The cast saturates, and makes 0 of not-a-number.
        ((value - contrast.low) / span * 255.0 + 0.5) as u8
    } else if value > contrast.low {
        255
    } else {
        0
    }
}

/// The picture of a whole image, reduced by `block` a side (1: each pixel as it is) as the mean of
/// blocks of that many pixels.
pub fn picture(image: ImageRef<'_>, style: Style, block: u32) -> RgbaPicture {
    let format = image.format;
    let (width, height) = (format.width as usize, format.height as usize);
    if block > 1 {
        let (width, height) = (width.div_ceil(block as usize), height.div_ceil(block as usize));
        let values = reduced(image, width, height);
        return RgbaPicture { width, height, rgba: paint(&values, colour_samples(format), style) };
    }
    let words = style.words();
    let word = |value: f64| words[usize::from(level(value, style.contrast))];
    let rgba = match (format.samples, format.pixel) {
        // Types of few values are looked up, which is several times faster than arithmetic.
        (1, PixelType::U8) => {
            let table: Vec<u32> = (0..=u8::MAX).map(|value| word(f64::from(value))).collect();
            image.bytes.iter().map(|value| table[usize::from(*value)]).collect()
        }
        (1, PixelType::U16) => {
            let table: Vec<u32> = (0..=u16::MAX).map(|value| word(f64::from(value))).collect();
            image
                .bytes
                .chunks_exact(2)
                .map(|pair| table[usize::from(u16::from_ne_bytes([pair[0], pair[1]]))])
                .collect()
        }
        _ => {
            let values = reduced(image, width, height);
            paint(&values, colour_samples(format), style)
        }
    };
    RgbaPicture { width, height, rgba }
}

/// The picture of several images of one size, the light of their pictures added up.
pub fn composite(layers: &[(ImageRef<'_>, Style)], block: u32) -> RgbaPicture {
    let mut pictures = layers.iter().map(|(image, style)| picture(*image, *style, block));
    let Some(mut sum) = pictures.next() else { return RgbaPicture::black(1, 1) };
    for picture in pictures {
        sum.add(&picture);
    }
    sum
}

/// The range of an unsigned or signed type, which is the neutral contrast of an RGB image; of
/// floats 0 to 1.
pub(crate) fn type_range(pixel: PixelType) -> Contrast {
    let (low, high) = match pixel {
        PixelType::U8 => (0.0, f64::from(u8::MAX)),
        PixelType::U16 => (0.0, f64::from(u16::MAX)),
        PixelType::U32 => (0.0, f64::from(u32::MAX)),
        PixelType::U64 => (0.0, u64::MAX as f64),
        PixelType::I8 => (f64::from(i8::MIN), f64::from(i8::MAX)),
        PixelType::I16 => (f64::from(i16::MIN), f64::from(i16::MAX)),
        PixelType::I32 => (f64::from(i32::MIN), f64::from(i32::MAX)),
        PixelType::I64 => (i64::MIN as f64, i64::MAX as f64),
        PixelType::F32 | PixelType::F64 => (0.0, 1.0),
    };
    Contrast { low, high }
}

/// Samples that are colours: three of RGB with or without alpha, else the first alone.
pub(crate) fn colour_samples(format: ImageFormat) -> usize {
    if matches!(format.samples, 3 | 4) { 3 } else { 1 }
}

fn paint(values: &[f32], samples: usize, style: Style) -> Vec<u32> {
    let of = |value: f32| level(f64::from(value), style.contrast);
    if samples == 3 {
        let word = |rgb: &[f32]| u32::from_ne_bytes([of(rgb[0]), of(rgb[1]), of(rgb[2]), u8::MAX]);
        return values.chunks_exact(3).map(word).collect();
    }
    let words = style.words();
    values.iter().map(|value| words[usize::from(of(*value))]).collect()
}

/// A sample of any type as a number.
trait Number: bytemuck::Pod {
    fn number(self) -> f64;
}

macro_rules! numbers {
    ($($kind:ty),*) => {
        $(impl Number for $kind {
            fn number(self) -> f64 {
                self as f64
            }
        })*
    };
}

numbers!(u8, u16, u32, u64, i8, i16, i32, i64, f32, f64);

/// The samples of an image; copied only if the bytes are not aligned.
fn samples_of<T: Number>(bytes: &[u8]) -> Cow<'_, [T]> {
    let whole = &bytes[..bytes.len() - bytes.len() % size_of::<T>()];
    bytemuck::try_cast_slice(whole)
        .map_or_else(|_| Cow::Owned(bytemuck::pod_collect_to_vec(whole)), Cow::Borrowed)
}

/// Calls a generic function with the samples of an image in their own type.
macro_rules! typed {
    ($image:expr, $function:ident($($argument:expr),*)) => {
        match $image.format.pixel {
            PixelType::U8 => $function(&samples_of::<u8>($image.bytes), $($argument),*),
            PixelType::U16 => $function(&samples_of::<u16>($image.bytes), $($argument),*),
            PixelType::U32 => $function(&samples_of::<u32>($image.bytes), $($argument),*),
            PixelType::U64 => $function(&samples_of::<u64>($image.bytes), $($argument),*),
            PixelType::I8 => $function(&samples_of::<i8>($image.bytes), $($argument),*),
            PixelType::I16 => $function(&samples_of::<i16>($image.bytes), $($argument),*),
            PixelType::I32 => $function(&samples_of::<i32>($image.bytes), $($argument),*),
            PixelType::I64 => $function(&samples_of::<i64>($image.bytes), $($argument),*),
            PixelType::F32 => $function(&samples_of::<f32>($image.bytes), $($argument),*),
            PixelType::F64 => $function(&samples_of::<f64>($image.bytes), $($argument),*),
        }
    };
}

/// Calls `each` with every colour value of an image.
pub(crate) fn for_each_colour_value(image: ImageRef<'_>, mut each: impl FnMut(f64)) {
    fn walk<T: Number>(values: &[T], format: ImageFormat, each: &mut impl FnMut(f64)) {
        let samples = usize::from(format.samples).max(1);
        if samples == 1 {
            for value in values {
                each(value.number());
            }
        } else {
            for pixel in values.chunks_exact(samples) {
                for value in &pixel[..colour_samples(format).min(samples)] {
                    each(value.number());
                }
            }
        }
    }
    typed!(image, walk(image.format, &mut each));
}

/// A copy of `width` x `height` pixels, each the mean of its block; colour samples only.
fn reduced(image: ImageRef<'_>, width: usize, height: usize) -> Vec<f32> {
    let format = image.format;
    if width == 0 || height == 0 || (image.bytes.len() as u64) < format.bytes() {
        return vec![0.0; width * height * colour_samples(format)];
    }
    if (width, height) == (format.width as usize, format.height as usize) {
        let mut values = Vec::with_capacity(width * height * colour_samples(format));
        for_each_colour_value(image, |value| values.push(value as f32));
        return values;
    }
    typed!(image, block_means(format, width, height))
}

fn block_means<T: Number>(values: &[T], format: ImageFormat, width: usize, height: usize) -> Vec<f32> {
    let samples = usize::from(format.samples).max(1);
    let colours = colour_samples(format);
    let source_width = format.width as usize;
    let columns: Vec<(usize, usize)> = (0..width).map(|place| block(place, width, source_width)).collect();
    let mut means = Vec::with_capacity(width * height * colours);
    // Of what is a finite number: one that is none would blank its whole block.
    let mut sums = vec![(0.0_f64, 0_u32); width * colours];
    let add = |(sum, count): &mut (f64, u32), value: f64| {
        if value.is_finite() {
            *sum += value;
            *count += 1;
        }
    };
    for place in 0..height {
        let (top, bottom) = block(place, height, format.height as usize);
        sums.fill((0.0, 0));
        for row in values[top * source_width * samples..bottom * source_width * samples]
            .chunks_exact(source_width * samples)
        {
            for (sums, (left, right)) in sums.chunks_exact_mut(colours).zip(&columns) {
                let part = &row[left * samples..right * samples];
                if samples == 1 {
                    let mut sum = (0.0, 0);
                    part.iter().for_each(|value| add(&mut sum, value.number()));
                    sums[0] = (sums[0].0 + sum.0, sums[0].1 + sum.1);
                } else {
                    for pixel in part.chunks_exact(samples) {
                        for (sum, value) in sums.iter_mut().zip(pixel) {
                            add(sum, value.number());
                        }
                    }
                }
            }
        }
        means.extend(sums.iter().map(|(sum, count)| (sum / f64::from(*count)) as f32));
    }
    means
}

/// The source pixels, from and up to, that make the pixel at `place` of `of`; never empty.
fn block(place: usize, of: usize, source: usize) -> (usize, usize) {
    let start = place * source / of;
    (start, ((place + 1) * source / of).clamp(start + 1, source.max(start + 1)))
}

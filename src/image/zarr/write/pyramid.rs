//! The levels of an image: each has half the rows and columns of the one before, until both are few.
//!
//! A pixel is the mean of four of the level before, as binning by 2 makes it: rounded to the nearest, ties to even, without what is
//! no number; a last row or column that has no pair is left out. Of labels, which no mean is between, it is the upper left of
//! the four.

use bytemuck::Pod;

use crate::image::{ImageFormat, ImageRef, PixelType};

/// A level of no more rows and columns is the last.
const FEW: u32 = 256;

/// How a pixel of a level follows from the level before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reduction {
    /// The mean of four pixels: of what was measured.
    Mean,
    /// One of them: of labels.
    Nearest,
}

/// A level of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    /// Its size, and the type of all levels.
    pub format: ImageFormat,
    /// How many columns and rows of the image become one.
    pub factors: [u32; 2],
}

/// The levels of an image, the full size first.
pub(crate) fn levels(format: ImageFormat) -> Vec<Level> {
    let mut levels = vec![Level { format, factors: [1, 1] }];
    while let Some(Level { format, factors: [across, down] }) = levels.last().copied()
        && (format.width > FEW || format.height > FEW)
    {
        let doubled = |factor: u32, side: u32| if side > 1 { factor * 2 } else { factor };
        let factors = [doubled(across, format.width), doubled(down, format.height)];
        levels.push(Level { format: halved(format), factors });
    }
    levels
}

/// The format of the next level.
fn halved(format: ImageFormat) -> ImageFormat {
    let half = |side: u32| (side / 2).max(1);
    ImageFormat { width: half(format.width), height: half(format.height), ..format }
}

/// Makes one level after the other, in memory of its own for two.
pub(super) struct Reducer<'a> {
    image: ImageRef<'a>,
    reduction: Reduction,
    /// The format of the level at hand; the image itself at first.
    format: ImageFormat,
    at_hand: Option<Vec<u64>>,
    spare: Vec<u64>,
}

impl<'a> Reducer<'a> {
    pub(super) fn new(image: ImageRef<'a>, reduction: Reduction) -> Self {
        Self { image, reduction, format: image.format, at_hand: None, spare: Vec::new() }
    }

    /// The level at hand.
    pub(super) fn level(&self) -> ImageRef<'_> {
        let format = self.format;
        match &self.at_hand {
            None => self.image,
            Some(level) => ImageRef { format, bytes: &bytemuck::cast_slice(level)[..byte_count(format)] },
        }
    }

    /// Goes on to the level after the present one.
    pub(super) fn next_level(&mut self) {
        let format = halved(self.format);
        let mut next = std::mem::take(&mut self.spare);
        next.resize(byte_count(format).div_ceil(8), 0);
        let out = &mut bytemuck::cast_slice_mut::<u64, u8>(&mut next)[..byte_count(format)];
        halve(self.level(), self.reduction, out);
        self.format = format;
        self.spare = self.at_hand.replace(next).unwrap_or_default();
    }
}

/// Bytes of an image in memory.
fn byte_count(format: ImageFormat) -> usize {
    format.sample_count() * format.pixel.bytes()
}

/// Writes the next level of an image, whose pixels are those of its format.
fn halve(image: ImageRef<'_>, reduction: Reduction, out: &mut [u8]) {
    let ImageFormat { width, height, samples, pixel } = image.format;
    let shape = Shape { width: width as usize, height: height as usize, samples: samples.into() };
    macro_rules! halve {
        ($type:ty, $mean:expr) => {{
            let (image, out) =
                (bytemuck::cast_slice::<u8, $type>(image.bytes), bytemuck::cast_slice_mut(out));
            match reduction {
                Reduction::Mean => shape.halve(image, out, $mean),
                Reduction::Nearest => shape.halve(image, out, |[first, ..]: [$type; 4]| first),
            }
        }};
    }
    // Whole numbers as exactly as they are: the quotient's remainder is never negative.
    macro_rules! whole {
        ($type:ty, $wide:ty) => {
            halve!($type, |four: [$type; 4]| {
                let sum: $wide = four.into_iter().map(<$wide>::from).sum();
                let (quotient, rest) = (sum >> 2, sum & 3);
                let up = rest > 2 || (rest == 2 && quotient & 1 == 1);
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                // a mean of such numbers is one
                {
                    (quotient + <$wide>::from(up)) as $type
                }
            })
        };
    }
    #[allow(clippy::cast_possible_truncation)] // the nearest number of the type is meant
    match pixel {
        PixelType::U8 => whole!(u8, u32),
        PixelType::U16 => whole!(u16, u32),
        PixelType::U32 => whole!(u32, u64),
        PixelType::U64 => whole!(u64, u128),
        PixelType::I8 => whole!(i8, i32),
        PixelType::I16 => whole!(i16, i32),
        PixelType::I32 => whole!(i32, i64),
        PixelType::I64 => whole!(i64, i128),
        PixelType::F32 => halve!(f32, |four: [f32; 4]| mean(four.map(f64::from)) as f32),
        PixelType::F64 => halve!(f64, mean),
    }
}

/// The mean of those that are numbers; of none, no number.
fn mean(four: [f64; 4]) -> f64 {
    let numbers = four.into_iter().filter(|value| value.is_finite());
    let (sum, count) = numbers.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

/// Size of an image in memory.
#[derive(Clone, Copy)]
struct Shape {
    width: usize,
    height: usize,
    samples: usize,
}

impl Shape {
    /// Each pixel of four; where there is one row or column alone, it counts twice.
    fn halve<T: Pod>(self, image: &[T], out: &mut [T], of: impl Fn([T; 4]) -> T) {
        let Self { width, height, samples } = self;
        let row = width * samples;
        let out_row = (width / 2).max(1) * samples;
        let right = if width > 1 { samples } else { 0 };
        for (y, out) in out.chunks_exact_mut(out_row.max(1)).enumerate() {
            let upper = &image[2 * y * row..][..row];
            let lower = &image[(2 * y + 1).min(height - 1) * row..][..row];
            for (x, out) in out.chunks_exact_mut(samples).enumerate() {
                for (sample, out) in out.iter_mut().enumerate() {
                    let at = 2 * x * samples + sample;
                    *out = of([upper[at], upper[at + right], lower[at], lower[at + right]]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reduced<T: Pod>(
        pixel: PixelType,
        size: [u32; 2],
        samples: u16,
        pixels: &[T],
        by: Reduction,
    ) -> Vec<T> {
        let format = ImageFormat { width: size[0], height: size[1], samples, pixel };
        let mut reducer = Reducer::new(ImageRef { format, bytes: bytemuck::cast_slice(pixels) }, by);
        reducer.next_level();
        bytemuck::pod_collect_to_vec(reducer.level().bytes)
    }

    #[test]
    fn a_pixel_is_the_mean_of_four_with_ties_to_even() {
        use Reduction::{Mean, Nearest};
        let u16s = |pixels: &[u16], by| reduced(PixelType::U16, [4, 2], 1, pixels, by);
        // 2 / 4 is a tie and goes to 0, 6 / 4 to 2; 7 / 4 is nearer to 2, 5 / 4 to 1.
        assert_eq!(u16s(&[1, 1, 3, 1, 0, 0, 1, 1], Mean), [0, 2]);
        assert_eq!(u16s(&[4, 1, 5, 0, 1, 1, 0, 0], Mean), [2, 1]);
        assert_eq!(u16s(&[u16::MAX; 8], Mean), [u16::MAX; 2]);
        assert_eq!(u16s(&[7, 1, 9, 1, 1, 1, 1, 1], Nearest), [7, 9]);
        let i8s = reduced::<i8>(PixelType::I8, [2, 2], 1, &[-128, -128, -127, -127], Mean);
        assert_eq!(i8s, [-128]);
        let i32s = reduced::<i32>(PixelType::I32, [4, 2], 1, &[-1, 0, -3, -1, -1, 0, -1, -1], Mean);
        assert_eq!(i32s, [0, -2]);
        assert_eq!(reduced::<u64>(PixelType::U64, [2, 2], 1, &[u64::MAX; 4], Mean), [u64::MAX]);
        let floats = [0.5, f32::NAN, f32::INFINITY, f32::NAN, 1.0, 0.0, f32::NAN, f32::NAN];
        let floats = reduced::<f32>(PixelType::F32, [4, 2], 1, &floats, Mean);
        assert!(floats[0] == 0.5 && floats[1].is_nan(), "{floats:?}");
    }

    #[test]
    fn colours_are_reduced_by_themselves_and_what_has_no_pair_is_left_out() {
        let pixels: [u8; 18] = [0, 10, 200, 4, 20, 100, 9, 9, 9, 0, 10, 200, 4, 20, 100, 9, 9, 9];
        assert_eq!(reduced(PixelType::U8, [3, 2], 3, &pixels, Reduction::Mean), [2, 15, 150]);
        // A single row or column stays one.
        assert_eq!(reduced::<u8>(PixelType::U8, [1, 4], 1, &[1, 3, 5, 8], Reduction::Mean), [2, 6]);
        assert_eq!(reduced::<u8>(PixelType::U8, [5, 1], 1, &[1, 3, 5, 8, 9], Reduction::Mean), [2, 6]);
    }

    #[test]
    fn levels_end_where_both_sides_are_few() {
        let sizes = |width, height| {
            let levels = levels(ImageFormat::grey(width, height, PixelType::U16));
            levels
                .iter()
                .map(|level| (level.format.width, level.format.height, level.factors))
                .collect::<Vec<_>>()
        };
        assert_eq!(sizes(256, 256), [(256, 256, [1, 1])]);
        assert_eq!(
            sizes(1080, 600),
            [(1080, 600, [1, 1]), (540, 300, [2, 2]), (270, 150, [4, 4]), (135, 75, [8, 8])]
        );
        assert_eq!(sizes(1000, 1), [(1000, 1, [1, 1]), (500, 1, [2, 1]), (250, 1, [4, 1])]);
    }

    #[test]
    fn each_level_is_made_of_the_one_before() {
        let pixels: Vec<u16> = (0..520 * 520).map(|index| (index % 7919) as u16).collect();
        let format = ImageFormat::grey(520, 520, PixelType::U16);
        let mut reducer =
            Reducer::new(ImageRef { format, bytes: bytemuck::cast_slice(&pixels) }, Reduction::Mean);
        for level in levels(format).iter().skip(1) {
            let before: Vec<u16> = bytemuck::pod_collect_to_vec(reducer.level().bytes);
            let width = reducer.level().format.width as usize;
            reducer.next_level();
            assert_eq!(reducer.level().format, level.format);
            let made: Vec<u16> = bytemuck::pod_collect_to_vec(reducer.level().bytes);
            let expected = |index: usize| {
                let (x, y) = (index % (width / 2), index / (width / 2));
                let at = |x: usize, y: usize| f64::from(before[y * width + x]);
                let sum =
                    at(2 * x, 2 * y) + at(2 * x + 1, 2 * y) + at(2 * x, 2 * y + 1) + at(2 * x + 1, 2 * y + 1);
                (sum / 4.0).round_ties_even() as u16
            };
            assert!(made.iter().enumerate().all(|(index, pixel)| *pixel == expected(index)));
        }
    }
}

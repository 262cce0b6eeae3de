//! One image: which cells lie in the field, and how a camera sees them.

use std::f32::consts::TAU;

use super::random::{between, mix, normal, smooth_noise, unit};
use super::spec::DemoSpec;
use super::stamps::{BLURS, STAMP_SIDE, Stain, StampSet};
use crate::plate::{ImageIndices, PlateLayout};

/// Distance between the places of neighbouring cells in pixels, before they are moved about.
const SPACING_PX: i64 = 44;
/// What a camera adds to each pixel.
const OFFSET: u32 = 100;
/// The largest value of a 12-bit camera.
const SATURATION: i32 = 4095;
/// Distance of neighbouring planes.
pub(super) const Z_STEP_UM: f32 = 2.0;

/// Numbers in the noise table; rows of an image start at places of their own.
const NOISE_LEN: usize = 1 << 17;
/// A noise of 1.0 in the table.
const NOISE_ONE: f32 = 1024.0;
/// A deviation of 1.0 in its table.
const DEVIATION_ONE: f32 = 16.0;

/// What all images of a plate share.
pub(super) struct Painter<'a> {
    spec: &'a DemoSpec,
    layout: &'a PlateLayout,
    seed: u64,
    stamps: Vec<std::sync::Arc<StampSet>>,
    noise: Vec<i16>,
    /// Deviation of the noise by brightness / 4.
    deviations: Vec<u16>,
}

struct Cell {
    left: i64,
    top: i64,
    shape: usize,
    blur: usize,
    gain: u32,
}

impl<'a> Painter<'a> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the tables are bounded
    pub(super) fn new(spec: &'a DemoSpec) -> Self {
        let channels = spec.layout.channels;
        let kinds: Vec<_> = (0..channels.min(5))
            .map(|channel| std::sync::Arc::new(StampSet::draw(Stain::of_channel(channel), spec.seed)))
            .collect();
        let noise = (0..NOISE_LEN as u64)
            .map(|index| (normal(mix(spec.seed, 31), index) * NOISE_ONE) as i16)
            .collect();
        // Photons come one by one (the variance grows with the brightness); reading adds 3 counts.
        let deviations =
            (0..16_384_u16).map(|step| ((f32::from(step) * 4.0 * 0.3 + 9.0).sqrt() * DEVIATION_ONE) as u16);
        Self {
            spec,
            layout: &spec.layout,
            seed: spec.seed,
            stamps: (0..channels as usize).map(|channel| kinds[channel % kinds.len()].clone()).collect(),
            noise,
            deviations: deviations.collect(),
        }
    }

    /// Draws the image into `canvas`, which holds width x height pixels.
    pub(super) fn paint(&self, image: ImageIndices, canvas: &mut [u16]) {
        let width = self.layout.width as usize;
        self.fill_background(image, canvas);
        let stamps = &self.stamps[image.channel as usize];
        for cell in self.cells(image) {
            add_stamp(canvas, width, stamps.get(cell.shape, cell.blur), &cell);
        }
        self.expose(image, canvas);
    }

    /// Light that comes from the medium and the plastic: slowly varying, brighter on one side.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a few hundred
    fn fill_background(&self, image: ImageIndices, canvas: &mut [u16]) {
        let seed = mix(mix(self.seed, 41), u64::from(image.channel));
        let level = between(seed, 1, 45.0, 110.0);
        let tilt = between(mix(seed, u64::from(image.well)), 2, -0.25, 0.25);
        let (width, height) = (self.layout.width as usize, self.layout.height as f32);
        for (y, row) in canvas.chunks_mut(width).enumerate() {
            let value = level * (1.0 + tilt * (y as f32 / height - 0.5));
            row.fill(value as u16);
        }
    }

    /// The cells that reach into the field. Sites lie side by side in the well, and cells belong to
    /// the well, so that neighbouring fields continue each other.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // positions and gains are small
    fn cells(&self, image: ImageIndices) -> impl Iterator<Item = Cell> {
        let layout = self.layout;
        let well = mix(mix(self.seed, 51), u64::from(image.well));
        let columns = layout.site_columns();
        let origin_x = i64::from(image.site % columns) * i64::from(layout.width);
        let origin_y = i64::from(image.site / columns) * i64::from(layout.height);
        let reach = STAMP_SIDE as i64 + SPACING_PX;
        let range = |origin: i64, length: u32| {
            (origin - reach).div_euclid(SPACING_PX)
                ..=(origin + i64::from(length) + reach).div_euclid(SPACING_PX)
        };
        let focus_um = between(mix(well, 61), u64::from(image.site), -1.2, 1.2);
        let plane_um = (image.plane as f32 - (layout.planes as f32 - 1.0) / 2.0) * Z_STEP_UM;
        // Wells differ as doses do: in how many cells there are, and how bright the stains.
        let fewest = if self.spec.is_light(image.well) { 0.1 } else { 0.65 };
        let density = between(well, 71, fewest, 1.1);
        let expression = between(mix(well, 72), u64::from(image.channel), 0.6, 1.35);
        let hour = image.timepoint as f32;
        let rows = range(origin_y, layout.height);
        let columns = range(origin_x, layout.width);
        rows.flat_map(move |row| columns.clone().map(move |column| (row, column))).filter_map(
            move |(row, column)| {
                let cell = mix(well, ((row as u64) << 32) ^ (column as u64 & 0xffff_ffff));
                let crowd = smooth_noise(well, column as f32 / 4.0, row as f32 / 4.0);
                if unit(cell, 1) > density * (0.35 + 0.9 * crowd) {
                    return None;
                }
                // Cells wander about their place, each in its own rhythm.
                let wander = |what_for: u64| {
                    let (rate, phase) = (between(cell, what_for, 0.05, 0.3), TAU * unit(cell, what_for + 1));
                    14.0 * ((rate * hour + phase).sin() - phase.sin())
                };
                let x = (column * SPACING_PX) as f32 + between(cell, 2, -20.0, 20.0) + wander(10);
                let y = (row * SPACING_PX) as f32 + between(cell, 3, -20.0, 20.0) + wander(20);
                let from_focus_um = (plane_um - focus_um - between(cell, 4, -0.9, 0.9)).abs();
                let blur = (from_focus_um * 1.4) as usize;
                // Nuclei hold one or two sets of DNA; other stains vary more.
                let gain = if image.channel == 0 {
                    between(cell, 5, 0.8, 1.15) * if unit(cell, 6) > 0.75 { 1.5 } else { 1.0 }
                } else {
                    (0.45 * normal(cell, 100 + u64::from(image.channel))).exp() * expression
                };
                let fade = 1.0 - 0.004 * hour.min(100.0);
                Some(Cell {
                    left: x as i64 - origin_x - STAMP_SIDE as i64 / 2,
                    top: y as i64 - origin_y - STAMP_SIDE as i64 / 2,
                    // Few cells divide at a time.
                    shape: shape_of(cell),
                    blur: blur.min(BLURS - 1),
                    gain: (gain * fade * 256.0).clamp(0.0, 1024.0) as u32,
                })
            },
        )
    }

    /// What the camera makes of the light: uneven illumination, offset and noise.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // held at the camera's limits
    fn expose(&self, image: ImageIndices, canvas: &mut [u16]) {
        let layout = self.layout;
        let width = layout.width as usize;
        let is_noisy = !self.spec.is_light(image.well);
        // Grey levels that no one tells apart would take most of a file.
        let kept_bits = if is_noisy { u16::MAX } else { !15 };
        let seed = [image.well, image.site, image.channel, image.plane, image.timepoint]
            .iter()
            .fold(mix(self.seed, 81), |seed, part| mix(seed, u64::from(*part)));
        let shading = |length: u32| {
            let middle = length as f32 * 0.48;
            move |at: usize| {
                let far = (at as f32 - middle) / length as f32;
                (256.0 * (1.06 - 0.75 * far * far)) as u32
            }
        };
        let (across, down) = (shading(layout.width), shading(layout.height));
        let across: Vec<u32> = (0..width).map(across).collect();
        for (y, row) in canvas.chunks_mut(width).enumerate() {
            let light = down(y);
            let start = (mix(seed, y as u64) as usize) % (NOISE_LEN - width);
            let noise = &self.noise[start..start + width];
            for ((pixel, shade), noise) in row.iter_mut().zip(&across).zip(noise) {
                let bright = (((u32::from(*pixel) * shade) >> 8) * light) >> 8;
                let deviation = if is_noisy { self.deviations[(bright >> 2) as usize & 16_383] } else { 0 };
                let value = (bright + OFFSET) as i32 + ((i32::from(*noise) * i32::from(deviation)) >> 14);
                *pixel = value.clamp(0, SATURATION) as u16 & kept_bits;
            }
        }
    }
}

fn shape_of(cell: u64) -> usize {
    let shape = mix(cell, 7) as usize % 240;
    // Shapes 10, 11, 22 and 23 divide; one cell in thirty takes one of them.
    let (block, rest) = (shape % 2 * 12, shape / 2);
    if rest % 30 == 0 { block + 10 + rest / 30 % 2 } else { block + rest % 10 }
}

/// Adds what lies within the canvas of a stamp.
fn add_stamp(canvas: &mut [u16], width: usize, stamp: &[u16], cell: &Cell) {
    let height = canvas.len() / width;
    let side = STAMP_SIDE as i64;
    let clip = |start: i64, length: usize| {
        let first = usize::try_from((-start).clamp(0, side)).unwrap_or(0);
        let end = usize::try_from((length as i64 - start).clamp(0, side)).unwrap_or(0);
        (first, end)
    };
    let (first_x, end_x) = clip(cell.left, width);
    let (first_y, end_y) = clip(cell.top, height);
    if first_x >= end_x || first_y >= end_y {
        return;
    }
    let to_x = usize::try_from(cell.left + first_x as i64).unwrap_or(0);
    for y in first_y..end_y {
        let to_y = usize::try_from(cell.top + y as i64).unwrap_or(0);
        let from = &stamp[y * STAMP_SIDE..][first_x..end_x];
        let to = &mut canvas[to_y * width + to_x..][..from.len()];
        for (pixel, value) in to.iter_mut().zip(from) {
            #[allow(clippy::cast_possible_truncation)] // a gain of 4 on 12 bits fits
            let light = ((u32::from(*value) * cell.gain) >> 8) as u16;
            *pixel = pixel.saturating_add(light);
        }
    }
}

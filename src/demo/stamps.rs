//! Small pictures of single cells, one per stain, shape and amount of blur. They are drawn once;
//! a field is composed by adding them up, which is what makes a plate of 27,000 images quick.

use std::f32::consts::{PI, TAU};

use rayon::prelude::*;

use super::random::{between, mix, smooth_noise, unit};

/// Width and height of a stamp in pixels; a blurred cell fits.
pub(super) const STAMP_SIDE: usize = 104;
/// Number of different cells.
pub(super) const SHAPES: usize = 24;
/// Steps of blur, from sharp to far out of focus.
pub(super) const BLURS: usize = 9;

/// What a channel shows of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stain {
    Nucleus,
    /// A network of fibres that radiates from the nucleus.
    Fibres,
    /// The cell's edge and long parallel fibres.
    Membrane,
    /// Short threads around the nucleus.
    Mitochondria,
    /// A compact body beside the nucleus over a faint cell.
    Golgi,
}

impl Stain {
    /// The stain of a zero-based channel; they repeat.
    pub(super) fn of_channel(channel: u32) -> Self {
        [Self::Nucleus, Self::Fibres, Self::Membrane, Self::Mitochondria, Self::Golgi][channel as usize % 5]
    }
}

/// Brightness added by a cell, row by row.
pub(super) type Stamp = Vec<u16>;

/// The stamps of one stain.
pub(super) struct StampSet {
    stamps: Vec<Stamp>,
}

impl StampSet {
    pub(super) fn draw(stain: Stain, seed: u64) -> Self {
        let stamps = (0..SHAPES)
            .into_par_iter()
            .flat_map_iter(|shape| {
                let mut picture = Shape::new(seed, shape).draw(stain);
                // Each blur is made of the one before: two in a row are one of both strengths.
                let mut sigma_before_px = 0.0_f32;
                (0..BLURS).map(move |step| {
                    let sigma_px = 0.7 + 0.75 * step as f32;
                    picture = blur(&picture, (sigma_px.powi(2) - sigma_before_px.powi(2)).sqrt());
                    sigma_before_px = sigma_px;
                    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a few 1,000
                    picture.iter().map(|value| *value as u16).collect::<Stamp>()
                })
            })
            .collect();
        Self { stamps }
    }

    pub(super) fn get(&self, shape: usize, blur: usize) -> &[u16] {
        &self.stamps[shape % SHAPES * BLURS + blur.min(BLURS - 1)]
    }
}

/// An outline: a radius that varies with the angle.
struct Outline {
    seed: u64,
    radius: f32,
    /// Length over width.
    elongation: f32,
    angle: f32,
    /// How far the radius varies.
    bumps: f32,
}

impl Outline {
    /// 0 at the centre, 1 on the outline, more outside; and the angle.
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        let (sin, cos) = self.angle.sin_cos();
        let (u, v) =
            ((x * cos + y * sin) / self.elongation.sqrt(), (y * cos - x * sin) * self.elongation.sqrt());
        let theta = v.atan2(u);
        let bump: f32 = (2..6_u8)
            .map(|n| {
                let phase = TAU * unit(self.seed, u64::from(n));
                (f32::from(n) * theta + phase).sin() / f32::from(n)
            })
            .sum();
        (u.hypot(v) / (self.radius * (1.0 + self.bumps * bump)), theta)
    }
}

enum CellPhase {
    Interphase,
    /// Chromosomes in a plate.
    Metaphase,
    /// Two daughters.
    Anaphase,
}

struct Shape {
    seed: u64,
    phase: CellPhase,
    nucleus: Outline,
    cell: Outline,
}

/// 1 inside, 0 outside, over an edge of some width (as a share of the radius).
fn inside(distance: f32, edge: f32) -> f32 {
    let t = ((1.0 + edge - distance) / (2.0 * edge)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

fn spot(dx: f32, dy: f32, radius: f32) -> f32 {
    (-(dx * dx + dy * dy) / (2.0 * radius * radius)).exp()
}

impl Shape {
    fn new(seed: u64, index: usize) -> Self {
        let seed = mix(seed, 7_000 + index as u64);
        let phase = match index % 12 {
            10 => CellPhase::Metaphase,
            11 => CellPhase::Anaphase,
            _ => CellPhase::Interphase,
        };
        let rounded = !matches!(phase, CellPhase::Interphase);
        let angle = PI * unit(seed, 1);
        let nucleus = Outline {
            seed: mix(seed, 2),
            radius: between(seed, 3, 9.5, 13.0),
            elongation: between(seed, 4, 1.0, 1.45),
            angle,
            bumps: 0.07,
        };
        let cell = Outline {
            seed: mix(seed, 5),
            radius: if rounded { between(seed, 6, 16.0, 18.0) } else { between(seed, 6, 22.0, 28.0) },
            elongation: if rounded { 1.05 } else { between(seed, 7, 1.1, 2.0) },
            angle: angle + between(seed, 8, -0.3, 0.3),
            bumps: if rounded { 0.03 } else { 0.22 },
        };
        Self { seed, phase, nucleus, cell }
    }

    fn draw(&self, stain: Stain) -> Vec<f32> {
        let middle = STAMP_SIDE as f32 / 2.0;
        let threads = self.threads();
        (0..STAMP_SIDE * STAMP_SIDE)
            .map(|index| {
                let x = (index % STAMP_SIDE) as f32 - middle;
                let y = (index / STAMP_SIDE) as f32 - middle;
                let body = match stain {
                    Stain::Nucleus => self.nucleus_at(x, y),
                    Stain::Fibres => self.fibres_at(x, y),
                    Stain::Membrane => self.membrane_at(x, y),
                    Stain::Mitochondria => self.mitochondria_at(x, y, &threads),
                    Stain::Golgi => self.golgi_at(x, y),
                };
                body.max(0.0)
            })
            .collect()
    }

    fn nucleus_at(&self, x: f32, y: f32) -> f32 {
        let (sin, cos) = self.nucleus.angle.sin_cos();
        let (u, v) = (x * cos + y * sin, y * cos - x * sin);
        let grain = smooth_noise(self.seed, x / 1.7 + 90.0, y / 1.7 + 90.0);
        match self.phase {
            CellPhase::Metaphase => {
                let bar = (u / 10.5).powi(4) + (v / 3.4).powi(2);
                2600.0 * inside(bar.sqrt(), 0.25) * (0.75 + 0.5 * grain)
            }
            CellPhase::Anaphase => {
                let bend = 0.03 * u * u;
                let one = ((u / 9.5).powi(4) + ((v - 7.0 + bend) / 3.0).powi(2)).sqrt();
                let two = ((u / 9.5).powi(4) + ((v + 7.0 - bend) / 3.0).powi(2)).sqrt();
                2300.0 * (inside(one, 0.25) + inside(two, 0.25)) * (0.75 + 0.5 * grain)
            }
            CellPhase::Interphase => {
                let (distance, _) = self.nucleus.at(x, y);
                let body = inside(distance, 0.07);
                if body == 0.0 {
                    return 0.0;
                }
                let coarse = smooth_noise(self.seed, x / 4.0 + 40.0, y / 4.0 + 40.0);
                // Nucleoli hold no DNA and show as holes.
                let holes: f32 = (0..3)
                    .map(|n| {
                        let far = self.nucleus.radius * between(self.seed, 20 + n, 0.1, 0.6);
                        let theta = TAU * unit(self.seed, 30 + n);
                        let radius = between(self.seed, 40 + n, 1.3, 2.4);
                        spot(x - far * theta.cos(), y - far * theta.sin(), radius)
                    })
                    .sum();
                let texture = 0.62 + 0.38 * coarse + 0.28 * (grain - 0.5);
                1100.0 * body * texture * (1.0 - 0.5 * holes.min(1.0)) * (1.05 - 0.2 * distance)
            }
        }
    }

    /// The whole cell: 0 outside, and how far out (1 at the edge).
    fn cell_at(&self, x: f32, y: f32) -> (f32, f32, f32) {
        let (distance, theta) = self.cell.at(x, y);
        (inside(distance, 0.10), distance, theta)
    }

    fn shadow_of_nucleus(&self, x: f32, y: f32) -> f32 {
        match self.phase {
            CellPhase::Interphase => 1.0 - 0.6 * inside(self.nucleus.at(x, y).0, 0.12),
            CellPhase::Metaphase | CellPhase::Anaphase => {
                1.0 - 0.35 * (self.nucleus_at(x, y) / 2600.0).min(1.0)
            }
        }
    }

    fn fibres_at(&self, x: f32, y: f32) -> f32 {
        let (body, distance, theta) = self.cell_at(x, y);
        if body == 0.0 {
            return 0.0;
        }
        let wander = 5.0 * smooth_noise(self.seed, x / 6.0 + 60.0, y / 6.0 + 60.0);
        let rays = (theta * 17.0 + wander + distance * 3.0).sin() * (theta * 29.0 - wander).sin();
        let mesh = smooth_noise(self.seed ^ 5, x / 1.5 + 70.0, y / 1.5 + 70.0);
        let fall = 1.0 - 0.65 * distance.min(1.0);
        1150.0 * body * fall * (0.55 + 0.28 * rays + 0.45 * (mesh - 0.3)) * self.shadow_of_nucleus(x, y)
    }

    fn membrane_at(&self, x: f32, y: f32) -> f32 {
        let (body, distance, _) = self.cell_at(x, y);
        if distance > 1.35 {
            return 0.0;
        }
        let rim = (-((distance - 0.94) / 0.07).powi(2)).exp();
        let (sin, cos) = self.cell.angle.sin_cos();
        let across = y * cos - x * sin;
        let along = x * cos + y * sin;
        let wave = smooth_noise(self.seed ^ 9, across / 1.6 + 80.0, along / 16.0 + 80.0);
        let fibres = ((wave - 0.45) * 2.4).clamp(0.0, 1.0).powi(2);
        let ruffle = 0.5 + smooth_noise(self.seed ^ 11, x / 5.0 + 50.0, y / 5.0 + 50.0);
        780.0 * rim * ruffle + body * (110.0 + 620.0 * fibres)
    }

    /// Where the mitochondria lie: a few hundred points on short curved threads.
    fn threads(&self) -> Vec<(f32, f32)> {
        let mut points = Vec::new();
        for thread in 0..46_u64 {
            let theta = TAU * unit(self.seed, 500 + thread);
            let out = self.cell.radius * between(self.seed, 600 + thread, 0.38, 0.85);
            let (mut x, mut y) = (out * theta.cos(), out * theta.sin());
            let mut heading = theta + between(self.seed, 700 + thread, -1.3, 1.3);
            for step in 0..6_u64 {
                points.push((x, y));
                heading += between(self.seed, 800 + thread * 16 + step, -0.5, 0.5);
                x += 1.1 * heading.cos();
                y += 1.1 * heading.sin();
            }
        }
        points
    }

    fn mitochondria_at(&self, x: f32, y: f32, threads: &[(f32, f32)]) -> f32 {
        let (body, _, _) = self.cell_at(x, y);
        if body == 0.0 {
            return 0.0;
        }
        let near: f32 = threads
            .iter()
            .filter(|(px, py)| (x - px).abs() < 3.0 && (y - py).abs() < 3.0)
            .map(|(px, py)| spot(x - px, y - py, 0.8))
            .sum();
        body * (70.0 + 720.0 * near.min(2.0) * self.shadow_of_nucleus(x, y))
    }

    fn golgi_at(&self, x: f32, y: f32) -> f32 {
        let (body, distance, _) = self.cell_at(x, y);
        if body == 0.0 {
            return 0.0;
        }
        let theta = TAU * unit(self.seed, 900);
        let far = self.nucleus.radius * 1.35;
        let blobs: f32 = (0..7)
            .map(|n| {
                let bx = far * theta.cos() + between(self.seed, 910 + n, -5.0, 5.0);
                let by = far * theta.sin() + between(self.seed, 920 + n, -5.0, 5.0);
                spot(x - bx, y - by, between(self.seed, 930 + n, 1.2, 2.3))
            })
            .sum();
        body * (150.0 * (1.1 - 0.7 * distance) * self.shadow_of_nucleus(x, y) + 1100.0 * blobs.min(1.4))
    }
}

/// Spreads light as a lens out of focus does; none is lost, as no cell reaches the stamp's edge.
fn blur(picture: &[f32], sigma_px: f32) -> Vec<f32> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a few pixels
    let reach = (sigma_px * 3.0).ceil() as usize;
    let weight = |far: usize| (-(far as f32).powi(2) / (2.0 * sigma_px * sigma_px)).exp();
    let total: f32 = weight(0) + 2.0 * (1..=reach).map(weight).sum::<f32>();
    let along = |from: &[f32], step: usize| -> Vec<f32> {
        let mut to: Vec<f32> = from.iter().map(|value| value * weight(0) / total).collect();
        for far in 1..=reach {
            let (shift, share) = (far * step, weight(far) / total);
            for (to, from) in to[shift..].iter_mut().zip(from) {
                *to += share * from;
            }
            for (to, from) in to.iter_mut().zip(&from[shift..]) {
                *to += share * from;
            }
        }
        to
    };
    along(&along(picture, 1), STAMP_SIDE)
}

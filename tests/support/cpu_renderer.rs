//! Rasterises what egui draws on the processor, so that picture tests need no graphics card, no
//! display and no system package, and come out the same to the pixel everywhere.
//!
//! Follows what egui's own shader does: premultiplied colours, blended in gamma space, textures
//! times vertex colours. Deliberately absent: paint callbacks and anti-aliasing beyond egui's own
//! feathered edges.

use std::collections::HashMap;

use egui::epaint::textures::{TextureFilter, TextureOptions, TextureWrapMode, TexturesDelta};
use egui::epaint::{ClippedPrimitive, ImageData, Mesh, Primitive, Vertex};
use egui::{Color32, TextureId};

/// Positions are whole numbers of 1/256 pixel, as on graphics cards, so that the edge that two
/// triangles share is exactly the same for both.
const SUBPIXELS: f32 = 256.0;

/// Red, green, blue, alpha from 0 to 255, premultiplied.
type Rgba = [f32; 4];

/// The renderer, with the textures that it was given.
#[derive(Default)]
pub(crate) struct CpuRenderer {
    textures: HashMap<TextureId, Texture>,
}

struct Texture {
    width: usize,
    height: usize,
    pixels: Vec<Color32>,
    options: TextureOptions,
}

impl Texture {
    fn pixel(&self, x: i64, y: i64) -> Rgba {
        let wrap = |at: i64, count: usize| -> usize {
            let count = count as i64;
            let at = match self.options.wrap_mode {
                TextureWrapMode::ClampToEdge => at.clamp(0, count - 1),
                TextureWrapMode::Repeat => at.rem_euclid(count),
                TextureWrapMode::MirroredRepeat => {
                    let at = at.rem_euclid(2 * count);
                    at.min(2 * count - 1 - at)
                }
            };
            at as usize
        };
        rgba(self.pixels[wrap(y, self.height) * self.width + wrap(x, self.width)])
    }

    /// The colour at a place in texels.
    fn sample(&self, u: f32, v: f32) -> Rgba {
        // A 256th of a texel is as fine as graphics cards go; glyphs that lie on whole pixels come
        // out exactly.
        let [u, v] = [u, v].map(|at| (at * SUBPIXELS).round() / SUBPIXELS);
        if self.options.magnification == TextureFilter::Nearest {
            return self.pixel(u.floor() as i64, v.floor() as i64);
        }
        let (u, v) = (u - 0.5, v - 0.5);
        let (x, y) = (u.floor() as i64, v.floor() as i64);
        let (across, down) = (u - u.floor(), v - v.floor());
        if across == 0.0 && down == 0.0 {
            return self.pixel(x, y);
        }
        let top = mix(self.pixel(x, y), self.pixel(x + 1, y), across);
        let bottom = mix(self.pixel(x, y + 1), self.pixel(x + 1, y + 1), across);
        mix(top, bottom, down)
    }
}

fn rgba(colour: Color32) -> Rgba {
    colour.to_array().map(f32::from)
}

fn mix(a: Rgba, b: Rgba, part: f32) -> Rgba {
    std::array::from_fn(|i| a[i] + (b[i] - a[i]) * part)
}

/// Pixels `left..right` of the rows `top..bottom`.
#[derive(Clone, Copy)]
struct Bounds {
    left: i64,
    top: i64,
    right: i64,
    bottom: i64,
}

/// The picture as it grows.
struct Canvas {
    width: usize,
    pixels: Vec<Color32>,
}

impl Canvas {
    fn blend(&mut self, x: i64, y: i64, over: Rgba) {
        let pixel = &mut self.pixels[y as usize * self.width + x as usize];
        let under = rgba(*pixel);
        let keep = 1.0 - over[3] / 255.0;
        let [r, g, b, a] = std::array::from_fn(|i| (over[i] + under[i] * keep + 0.5).clamp(0.0, 255.0) as u8);
        *pixel = Color32::from_rgba_premultiplied(r, g, b, a);
    }
}

/// One edge of a triangle: positive on its inner side.
#[derive(Clone, Copy)]
struct Edge {
    across: i64,
    down: i64,
    at_origin: i64,
    /// One less where the edge belongs to the neighbour, so that a shared edge is drawn once.
    bias: i64,
}

impl Edge {
    fn new(from: (i64, i64), to: (i64, i64)) -> Self {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let is_top_or_left = dy < 0 || (dy == 0 && dx > 0);
        Self { across: -dy, down: dx, at_origin: dy * from.0 - dx * from.1, bias: i64::from(!is_top_or_left) }
    }

    fn at(self, x: i64, y: i64) -> i64 {
        self.across * x + self.down * y + self.at_origin
    }
}

impl CpuRenderer {
    fn paint(&self, primitives: &[ClippedPrimitive], scale: f32, width: usize, height: usize) -> Canvas {
        let mut canvas = Canvas { width, pixels: vec![Color32::TRANSPARENT; width * height] };
        for primitive in primitives {
            let clip = primitive.clip_rect;
            let pixel = |at: f32, most: usize| ((at * scale).round() as i64).clamp(0, most as i64);
            let bounds = Bounds {
                left: pixel(clip.min.x, width),
                top: pixel(clip.min.y, height),
                right: pixel(clip.max.x, width),
                bottom: pixel(clip.max.y, height),
            };
            if let Primitive::Mesh(mesh) = &primitive.primitive {
                self.paint_mesh(&mut canvas, mesh, scale, bounds);
            }
        }
        canvas
    }

    fn paint_mesh(&self, canvas: &mut Canvas, mesh: &Mesh, scale: f32, bounds: Bounds) {
        let Some(texture) = self.textures.get(&mesh.texture_id) else { return };
        for corners in mesh.indices.chunks_exact(3) {
            let corners = [0, 1, 2].map(|i| &mesh.vertices[corners[i] as usize]);
            paint_triangle(canvas, texture, corners, scale, bounds);
        }
    }
}

fn paint_triangle(
    canvas: &mut Canvas,
    texture: &Texture,
    mut corners: [&Vertex; 3],
    scale: f32,
    bounds: Bounds,
) {
    let fixed = |at: f32| (at * scale * SUBPIXELS).round() as i64;
    let mut places = corners.map(|corner| (fixed(corner.pos.x), fixed(corner.pos.y)));
    let twice_area = |[a, b, c]: [(i64, i64); 3]| (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0);
    let mut area = twice_area(places);
    if area == 0 {
        return;
    }
    if area < 0 {
        corners.swap(1, 2);
        places.swap(1, 2);
        area = -area;
    }
    // Each edge lies opposite to its corner, so that its value is the corner's weight.
    let edges = [0, 1, 2].map(|i| Edge::new(places[(i + 1) % 3], places[(i + 2) % 3]));
    let colours = corners.map(|corner| rgba(corner.color));
    let (width, height) = (texture.width as f32, texture.height as f32);
    let texels = corners.map(|corner| (corner.uv.x * width, corner.uv.y * height));
    // Most triangles are of one colour: plain fills point at one white texel.
    let is_plain = colours[0] == colours[1] && colours[1] == colours[2];
    let plain_texel =
        (texels[0] == texels[1] && texels[1] == texels[2]).then(|| texture.sample(texels[0].0, texels[0].1));

    let pixels = |at: i64| at.div_euclid(SUBPIXELS as i64);
    let xs = places.map(|place| place.0);
    let ys = places.map(|place| place.1);
    let left = pixels(xs[0].min(xs[1]).min(xs[2])).max(bounds.left);
    let right = (pixels(xs[0].max(xs[1]).max(xs[2])) + 1).min(bounds.right);
    let top = pixels(ys[0].min(ys[1]).min(ys[2])).max(bounds.top);
    let bottom = (pixels(ys[0].max(ys[1]).max(ys[2])) + 1).min(bounds.bottom);
    for y in top..bottom {
        for x in left..right {
            let (centre_x, centre_y) = (x * 256 + 128, y * 256 + 128);
            let weights = edges.map(|edge| edge.at(centre_x, centre_y));
            if (0..3).any(|i| weights[i] < edges[i].bias) {
                continue;
            }
            let [_, second, third] = weights.map(|weight| weight as f32 / area as f32);
            let between = |a: f32, b: f32, c: f32| a + (b - a) * second + (c - a) * third;
            let colour = if is_plain {
                colours[0]
            } else {
                std::array::from_fn(|i| between(colours[0][i], colours[1][i], colours[2][i]))
            };
            let texel = plain_texel.unwrap_or_else(|| {
                let u = between(texels[0].0, texels[1].0, texels[2].0);
                let v = between(texels[0].1, texels[1].1, texels[2].1);
                texture.sample(u, v)
            });
            canvas.blend(x, y, std::array::from_fn(|i| colour[i] * texel[i] / 255.0));
        }
    }
}

impl egui_kittest::TestRenderer for CpuRenderer {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        for (id, parts) in delta.set.drain() {
            for part in parts {
                let ImageData::Color(image) = &part.image;
                let [width, height] = image.size;
                let Some([left, top]) = part.pos else {
                    let pixels = image.pixels.clone();
                    self.textures.insert(id, Texture { width, height, pixels, options: part.options });
                    continue;
                };
                let texture = self.textures.get_mut(&id).expect("a part of a texture that is there");
                for row in 0..height {
                    let start = (top + row) * texture.width + left;
                    texture.pixels[start..start + width]
                        .copy_from_slice(&image.pixels[row * width..(row + 1) * width]);
                }
            }
        }
        for id in delta.free.drain() {
            self.textures.remove(&id);
        }
    }

    fn render(
        &mut self,
        context: &egui::Context,
        output: &egui::FullOutput,
    ) -> Result<image::RgbaImage, String> {
        let scale = context.pixels_per_point();
        let size = context.content_rect().size() * scale;
        let (width, height) = (size.x.round() as usize, size.y.round() as usize);
        let primitives = context.tessellate(output.shapes.clone(), scale);
        let canvas = self.paint(&primitives, scale, width, height);
        let bytes = canvas.pixels.iter().flat_map(Color32::to_array).collect();
        image::RgbaImage::from_raw(width as u32, height as u32, bytes).ok_or_else(|| "no size".to_owned())
    }
}

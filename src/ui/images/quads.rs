//! Many small rectangles in the order in which they are painted, in as few pieces as their textures allow.

use egui::emath::GuiRounding as _;
use egui::{Color32, Mesh, Rect, Shape, TextureId};

/// Rectangles with sharp corners, on whole pixels.
pub(crate) struct Quads {
    meshes: Vec<Mesh>,
    pixels_per_point: f32,
}

impl Quads {
    pub(crate) fn new(pixels_per_point: f32) -> Self {
        Self { meshes: Vec::new(), pixels_per_point }
    }

    /// A rectangle of one colour.
    pub(crate) fn fill(&mut self, rect: Rect, colour: Color32) {
        let rect = rect.round_to_pixels(self.pixels_per_point);
        self.mesh(TextureId::default()).add_colored_rect(rect, colour);
    }

    /// A picture that is this part of a texture.
    pub(crate) fn picture(&mut self, rect: Rect, texture: TextureId, uv: Rect) {
        let rect = rect.round_to_pixels(self.pixels_per_point);
        self.mesh(texture).add_rect_with_uv(rect, uv, Color32::WHITE);
    }

    fn mesh(&mut self, texture: TextureId) -> &mut Mesh {
        if self.meshes.last().is_none_or(|mesh| mesh.texture_id != texture) {
            self.meshes.push(Mesh::with_texture(texture));
        }
        let last = self.meshes.len() - 1;
        &mut self.meshes[last]
    }

    /// All of them.
    pub(crate) fn into_shape(self) -> Shape {
        Shape::Vec(self.meshes.into_iter().map(Shape::mesh).collect())
    }
}

#[cfg(test)]
mod tests {
    use egui::{pos2, vec2};

    use super::*;

    #[test]
    fn what_follows_each_other_in_one_texture_is_one_piece() {
        let rect = |x: f32| Rect::from_min_size(pos2(x, 0.2), vec2(5.0, 5.0));
        let (one, two) = (TextureId::User(1), TextureId::User(2));
        let uv = Rect::from_min_max(pos2(0.0, 0.5), pos2(0.5, 1.0));
        let mut quads = Quads::new(1.0);
        for (nth, texture) in [one, one, two, one].into_iter().enumerate() {
            quads.picture(rect(nth as f32 * 5.0), texture, uv);
        }
        quads.fill(rect(20.0), Color32::RED);
        let Shape::Vec(shapes) = quads.into_shape() else { panic!("several") };
        let meshes: Vec<_> = shapes
            .iter()
            .map(|shape| match shape {
                Shape::Mesh(mesh) => (mesh.texture_id, mesh.vertices.len()),
                _ => panic!("meshes only"),
            })
            .collect();
        assert_eq!(meshes, [(one, 8), (two, 4), (one, 4), (TextureId::default(), 4)]);
        let Shape::Mesh(mesh) = &shapes[0] else { panic!("a mesh") };
        assert_eq!(mesh.vertices[4].pos, pos2(5.0, 0.0), "on whole pixels");
        assert_eq!(mesh.vertices[4].uv, pos2(0.0, 0.5));
    }
}

//! Textures of pictures, the small ones side by side in common textures: pictures of one texture are painted in one go,
//! and each change of texture is a call of its own to the graphics card.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use egui::{Color32, ColorImage, Context, Rect, TextureHandle, TextureId, TextureOptions, pos2};

/// The largest side of a picture that shares its texture, in pixels.
const LARGEST: usize = 64;
/// The smallest place for a picture.
const SMALLEST: usize = 16;
/// The side of a common texture, without the borders of its pictures.
const PAGE: usize = 1024;
/// Around each picture its outermost pixels are repeated, so that none mixes with its neighbours.
const BORDER: usize = 1;

/// The common textures.
#[derive(Default)]
pub(super) struct Atlas {
    /// They go with their last picture.
    pages: Vec<Weak<Page>>,
}

/// A texture with room for pictures up to one size.
struct Page {
    texture: TextureHandle,
    /// The side of a picture's place, without its border.
    side: usize,
    free: RefCell<Vec<usize>>,
    /// Places whose pictures have gone in this frame, in which they may have been painted already.
    freed: RefCell<Vec<usize>>,
}

/// Where a picture is; its place is free again when this goes.
pub(super) enum Place {
    /// A texture of its own.
    Own(TextureHandle),
    Shared(SharedPlace),
}

pub(super) struct SharedPlace {
    page: Rc<Page>,
    nth: usize,
    uv: Rect,
}

impl Atlas {
    /// Places that have become free may be used from now on.
    pub(super) fn begin_frame(&mut self) {
        self.pages.retain(|page| {
            let Some(page) = page.upgrade() else { return false };
            page.free.borrow_mut().append(&mut page.freed.borrow_mut());
            true
        });
    }

    /// Makes a texture, or a part of one, of a picture.
    pub(super) fn place(&mut self, ctx: &Context, picture: ColorImage) -> Place {
        let [width, height] = picture.size;
        let side = width.max(height).next_power_of_two().max(SMALLEST);
        if side > LARGEST {
            return Place::Own(ctx.load_texture("thumbnail", picture, TextureOptions::LINEAR));
        }
        let take = |page: Rc<Page>| {
            let nth = if page.side == side { page.free.borrow_mut().pop() } else { None };
            nth.map(|nth| (page, nth))
        };
        let (page, nth) = self.pages.iter().filter_map(Weak::upgrade).find_map(take).unwrap_or_else(|| {
            let (page, nth) = Page::new(ctx, side);
            let page = Rc::new(page);
            self.pages.push(Rc::downgrade(&page));
            (page, nth)
        });
        let [x, y] = page.corner(nth);
        // The handle is the page's for good; a copy of it writes to the same texture.
        page.texture.clone().set_partial([x, y], bordered(&picture), TextureOptions::LINEAR);
        let length = page.length() as f32;
        let corner =
            |dx: usize, dy: usize| pos2((x + BORDER + dx) as f32 / length, (y + BORDER + dy) as f32 / length);
        let uv = Rect::from_min_max(corner(0, 0), corner(width, height));
        Place::Shared(SharedPlace { page, nth, uv })
    }
}

impl Page {
    /// An empty one, and the first of its places.
    fn new(ctx: &Context, side: usize) -> (Self, usize) {
        let length = (PAGE / side) * (side + 2 * BORDER);
        let empty = ColorImage::filled([length; 2], Color32::BLACK);
        let texture = ctx.load_texture("thumbnails", empty, TextureOptions::LINEAR);
        let places = (PAGE / side) * (PAGE / side);
        let free = RefCell::new((1..places).rev().collect());
        (Self { texture, side, free, freed: RefCell::default() }, 0)
    }

    /// Side of the texture.
    fn length(&self) -> usize {
        (PAGE / self.side) * (self.side + 2 * BORDER)
    }

    /// Where a place begins.
    fn corner(&self, nth: usize) -> [usize; 2] {
        let across = PAGE / self.side;
        [nth % across, nth / across].map(|at| at * (self.side + 2 * BORDER))
    }
}

impl Place {
    /// The texture, and the part of it that the picture is.
    pub(super) fn texture(&self) -> (TextureId, Rect) {
        match self {
            Self::Own(texture) => (texture.id(), Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0))),
            Self::Shared(place) => (place.page.texture.id(), place.uv),
        }
    }
}

impl Drop for SharedPlace {
    fn drop(&mut self) {
        self.page.freed.borrow_mut().push(self.nth);
    }
}

/// The picture with its outermost pixels once more around it.
fn bordered(picture: &ColorImage) -> ColorImage {
    let [width, height] = picture.size;
    let inside = |at: usize, length: usize| at.saturating_sub(BORDER).min(length.saturating_sub(1));
    let (across, down) = (width + 2 * BORDER, height + 2 * BORDER);
    let pixel = |x, y| picture.pixels.get(inside(y, height) * width + inside(x, width)).copied();
    let pixels = (0..down).flat_map(|y| (0..across).map(move |x| pixel(x, y).unwrap_or_default()));
    ColorImage::new([across, down], pixels.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(size: [usize; 2], value: u8) -> ColorImage {
        ColorImage::filled(size, Color32::from_gray(value))
    }

    #[test]
    fn small_pictures_share_a_texture_and_never_a_place() {
        let (ctx, mut atlas) = (Context::default(), Atlas::default());
        let mut placed: Vec<Place> =
            (0..300).map(|nth| atlas.place(&ctx, grey([64, 48], nth as u8))).collect();
        let textures: std::collections::HashSet<_> = placed.iter().map(|place| place.texture().0).collect();
        assert_eq!(textures.len(), 2, "256 places of 64 x 64 in each");
        for (nth, one) in placed.iter().enumerate() {
            let (texture, uv) = one.texture();
            let others = placed.iter().take(nth).map(Place::texture);
            assert!(others.into_iter().all(|(other, place)| other != texture || !place.intersects(uv)));
            assert!((uv.width() * 1056.0 - 64.0).abs() < 1e-3 && (uv.height() * 1056.0 - 48.0).abs() < 1e-3);
        }
        // Other sizes have textures of their own, and so has what is large.
        let (small, large) = (atlas.place(&ctx, grey([9, 16], 0)), atlas.place(&ctx, grey([65, 10], 0)));
        assert!(!textures.contains(&small.texture().0) && !textures.contains(&large.texture().0));
        assert_eq!(large.texture().1, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)));
        // What goes in a frame is free in the next one only: it may have been painted already.
        let gone = placed.swap_remove(7).texture();
        assert_ne!(atlas.place(&ctx, grey([64, 48], 0)).texture(), gone);
        atlas.begin_frame();
        let next: Vec<Place> = (0..3).map(|_| atlas.place(&ctx, grey([64, 48], 0))).collect();
        assert!(next.iter().any(|place| place.texture() == gone));
        // A texture goes with its last picture.
        drop((placed, next, small));
        atlas.begin_frame();
        assert!(atlas.pages.is_empty());
    }

    #[test]
    fn the_outermost_pixels_stand_around_a_picture() {
        let picture = ColorImage::new([2, 1], vec![Color32::BLACK, Color32::WHITE]);
        let row = [Color32::BLACK, Color32::BLACK, Color32::WHITE, Color32::WHITE];
        assert_eq!(bordered(&picture), ColorImage::new([4, 3], [row, row, row].concat()));
    }
}

//! Small pictures of images for any panel: asks the loader, keeps textures, and holds the contrast
//! that all images of a channel share.
//!
//! Use per frame: [`Thumbnails::begin_frame`], any number of [`Thumbnails::view`] by any panel, then
//! [`Thumbnails::end_frame`], which tells the loader what was looked at. Textures are limited in
//! bytes and made at most `MOST_UPLOADS` a frame, so that scrolling stays smooth.
//!
//! Where the microscope wrote small pictures of its images, those are read first, and shown until the
//! images are there. They have a contrast of their own, because their grey values need not be those of
//! the images.

use std::collections::HashMap;
use std::sync::Arc;

use egui::{ColorImage, Context, Rect, TextureId, Vec2, vec2};

use super::atlas::{Atlas, Place};
use super::group_contrast::GroupContrast;
pub use super::group_contrast::{ContrastGroup, Processed};
use crate::app::images::byte_cache::ByteCache;
use crate::app::images::display::{RgbaPicture, Style, Thumbnail};
use crate::app::images::image_loader::ImageLoader;
use crate::app::images::load_state::LoadState;
use crate::app::images::lookup_table::LookupTable;
use crate::app::images::thumbnail_store::READY_MADE;
use crate::image::ImageSource;
use crate::image::{Contrast, Rgb};
use crate::plate::Plate;

/// The most textures that are made in one frame.
pub(crate) const MOST_UPLOADS: usize = 16;
/// The most pixels that are turned into textures in one frame, which bounds the time of large tiles.
const MOST_UPLOAD_PIXELS: usize = 1 << 20;
/// The most bytes of textures.
const TEXTURE_BYTES: usize = 96_000_000;

/// Who looks at a thumbnail; earlier ones are loaded first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// The viewer's stand-in for an image that is being read.
    Viewer,
    /// The images grid.
    Grid,
    /// Images in memory under the chart.
    Chart,
    /// The wells of the plate map.
    PlateMap,
}

/// A thumbnail as far as it has arrived.
#[derive(Clone, Debug)]
pub enum ThumbnailView {
    /// It is being read.
    Waiting,
    /// It can be painted.
    Ready {
        /// The texture to paint it from.
        texture: TextureId,
        /// The part of the texture that it is.
        uv: Rect,
        /// Its size in pixels, for the aspect.
        size: Vec2,
    },
    /// It cannot be read; the reason.
    Failed(Arc<str>),
}

struct Texture {
    place: Place,
    style: Style,
    size: Vec2,
    facts: Facts,
}

impl Texture {
    fn view(&self) -> ThumbnailView {
        let (texture, uv) = self.place.texture();
        ThumbnailView::Ready { texture, uv, size: self.size }
    }
}

/// What the style of a thumbnail depends on, apart from its group.
#[derive(Clone, Copy)]
struct Facts {
    samples: usize,
    auto_contrast: Contrast,
    is_of_smaller: bool,
}

/// The thumbnails of the window.
pub struct Thumbnails {
    loader: ImageLoader,
    textures: ByteCache<(ImageSource, u32), Texture>,
    atlas: Atlas,
    contrasts: HashMap<ContrastGroup, GroupContrast>,
    tints: HashMap<u32, Rgb>,
    /// The lookup table of each channel that has one of its own, and of all others.
    tables: HashMap<Option<u32>, LookupTable>,
    other_table: LookupTable,
    plate_id: Option<u64>,
    wanted: Vec<(Lane, ImageSource, u32)>,
    /// Small pictures of what is wanted, which come before all of it.
    wanted_ready_made: Vec<ImageSource>,
    uploads: usize,
    upload_pixels: usize,
}

impl Thumbnails {
    /// Thumbnails of what the loader reads.
    pub fn new(loader: ImageLoader) -> Self {
        Self {
            loader,
            textures: ByteCache::new(TEXTURE_BYTES),
            atlas: Atlas::default(),
            contrasts: HashMap::new(),
            tints: HashMap::new(),
            tables: HashMap::new(),
            other_table: LookupTable::default(),
            plate_id: None,
            wanted: Vec::new(),
            wanted_ready_made: Vec::new(),
            uploads: 0,
            upload_pixels: 0,
        }
    }

    /// A loader whose threads wake the window, a few results at a time.
    pub(crate) fn for_window(ctx: &Context, kept_bytes: Option<u64>) -> Self {
        let ctx = ctx.clone();
        let repaint = Arc::new(move || {
            // A small delay merges the wishes of many thumbnails into one frame.
            ctx.request_repaint_after(std::time::Duration::from_millis(8));
        });
        Self::new(ImageLoader::new(kept_bytes, repaint))
    }

    /// Takes in what has been loaded since the last frame.
    pub fn begin_frame(&mut self) {
        self.loader.poll();
        self.atlas.begin_frame();
        self.wanted.clear();
        self.wanted_ready_made.clear();
        self.uploads = 0;
        self.upload_pixels = 0;
    }

    /// Tells the loader what this frame looked at and lacked.
    pub fn end_frame(&mut self) {
        // Stable: within a lane the order of the calls stands.
        self.wanted.sort_by_key(|(lane, _, _)| *lane);
        let ready_made = self.wanted_ready_made.drain(..).map(|source| (source, READY_MADE));
        let wanted = self.wanted.drain(..).map(|(_, source, side)| (source, side));
        self.loader.want_thumbnails(ready_made.chain(wanted));
    }

    /// Takes note of the plate that is shown: its channels' colours, and that all else begins again.
    pub fn set_plate(&mut self, plate: &Plate, plate_id: u64) {
        if self.plate_id == Some(plate_id) {
            return;
        }
        self.plate_id = Some(plate_id);
        self.contrasts.clear();
        self.tables.clear();
        // The same files may have other pixels by now.
        self.textures.clear();
        self.loader.forget();
        self.tints = plate.colours().into_iter().collect();
    }

    /// Estimates the contrasts of outputs again, as when other runs made them. Those that the user
    /// chose stay.
    pub(crate) fn estimate_outputs_again(&mut self) {
        self.estimate_again(|processed| matches!(processed, Processed::Step(_)));
    }

    /// Estimates the contrasts of previews again, as when the steps are others.
    pub(crate) fn estimate_previews_again(&mut self) {
        self.estimate_again(|processed| processed == Processed::Preview);
    }

    fn estimate_again(&mut self, which: impl Fn(Processed) -> bool) {
        for (_, known) in self.contrasts.iter_mut().filter(|(group, _)| which(group.processed)) {
            known.forget_estimate();
        }
    }

    /// The loader, for whole images.
    pub fn loader(&mut self) -> &mut ImageLoader {
        &mut self.loader
    }

    /// Bytes of the textures of thumbnails.
    pub fn texture_bytes(&self) -> usize {
        self.textures.held_bytes()
    }

    /// The most bytes of textures that are kept.
    pub fn texture_limit_bytes(&self) -> usize {
        self.textures.limit_bytes()
    }

    /// The colour of a channel; white of what has none.
    pub fn tint(&self, channel: Option<u32>) -> Rgb {
        channel.and_then(|channel| self.tints.get(&channel).copied()).unwrap_or([u8::MAX; 3])
    }

    /// The lookup table of a channel, at all steps of the pipeline alike.
    pub fn table(&self, channel: Option<u32>) -> LookupTable {
        self.tables.get(&channel).copied().unwrap_or(self.other_table)
    }

    /// Chooses the lookup table of a channel.
    pub(crate) fn choose_table(&mut self, channel: Option<u32>, table: LookupTable) {
        self.tables.insert(channel, table);
    }

    /// The lookup table of all channels, where they have the same.
    pub(crate) fn common_table(&self) -> Option<LookupTable> {
        self.tables.values().all(|table| *table == self.other_table).then_some(self.other_table)
    }

    /// Chooses the lookup table of all channels.
    pub(crate) fn choose_common_table(&mut self, table: LookupTable) {
        self.tables.clear();
        self.other_table = table;
    }

    /// How images of a channel look with a contrast.
    pub(crate) fn style_with(&self, channel: Option<u32>, contrast: Contrast) -> Style {
        Style { contrast, table: self.table(channel), tint: self.tint(channel) }
    }

    /// The contrast of a group: the chosen one, else the estimate, if any image of it was loaded.
    pub fn contrast(&self, group: ContrastGroup) -> Option<Contrast> {
        self.contrasts.get(&group)?.shown()
    }

    /// Whether the contrast of a group was chosen by the user.
    pub(crate) fn has_chosen_contrast(&self, group: ContrastGroup) -> bool {
        self.contrasts.get(&group).is_some_and(|known| known.chosen.is_some())
    }

    /// Chooses the contrast of a group; `None` goes back to the estimate.
    pub(crate) fn choose_contrast(&mut self, group: ContrastGroup, contrast: Option<Contrast>) {
        self.contrasts.entry(group).or_default().chosen = contrast;
    }

    /// Lets an image of a group count for its estimate. Only the first few images count, and the
    /// estimate is made after the first, fourth and last of them, so that it settles at once.
    pub(crate) fn estimate_contrast(&mut self, group: ContrastGroup, source: &ImageSource, auto: Contrast) {
        self.estimate_contrast_of(group, source, auto, false);
    }

    fn estimate_contrast_of(
        &mut self,
        group: ContrastGroup,
        source: &ImageSource,
        auto: Contrast,
        is_of_smaller: bool,
    ) {
        self.contrasts.entry(group).or_default().estimate(source, auto, is_of_smaller);
    }

    /// A thumbnail of at most `side` pixels, as far as it has arrived; asks for it otherwise.
    pub fn view(
        &mut self,
        ctx: &Context,
        lane: Lane,
        source: &ImageSource,
        group: ContrastGroup,
        side: u32,
    ) -> ThumbnailView {
        self.view_with(ctx, lane, source, || None, group, side)
    }

    /// The same; until it is there, the small picture that the microscope wrote stands in for it, where
    /// there is one that can be read. It is looked up only when it is needed.
    pub fn view_with(
        &mut self,
        ctx: &Context,
        lane: Lane,
        source: &ImageSource,
        ready_made: impl FnOnce() -> Option<ImageSource>,
        group: ContrastGroup,
        side: u32,
    ) -> ThumbnailView {
        let key = (source.clone(), side);
        match self.own_view(ctx, &key, Some(group)) {
            None => {
                self.wanted.push((lane, source.clone(), side));
                let earlier = self.shown(&key);
                earlier
                    .or_else(|| self.ready_made_view(ctx, ready_made()?, group))
                    .unwrap_or(ThumbnailView::Waiting)
            }
            // It has come, and its texture is made in one of the next frames.
            Some(ThumbnailView::Waiting) => {
                let stand_in = ready_made().and_then(|source| self.shown(&(source, READY_MADE)));
                stand_in.unwrap_or(ThumbnailView::Waiting)
            }
            Some(view) => view,
        }
    }

    /// A thumbnail in the contrast of its own image, for one that stands by itself.
    pub fn view_alone(
        &mut self,
        ctx: &Context,
        lane: Lane,
        source: &ImageSource,
        side: u32,
    ) -> ThumbnailView {
        let key = (source.clone(), side);
        self.own_view(ctx, &key, None).unwrap_or_else(|| {
            self.wanted.push((lane, key.0, side));
            ThumbnailView::Waiting
        })
    }

    /// A picture that the microscope wrote. One that cannot be read is skipped without a word, for
    /// its image is what counts.
    fn ready_made_view(
        &mut self,
        ctx: &Context,
        source: ImageSource,
        group: ContrastGroup,
    ) -> Option<ThumbnailView> {
        let group = ContrastGroup { processed: Processed::ReadyMade, ..group };
        let key = (source, READY_MADE);
        let view = self.own_view(ctx, &key, Some(group));
        if view.is_none() {
            self.wanted_ready_made.push(key.0);
        }
        view.filter(|view| matches!(view, ThumbnailView::Ready { .. }))
    }

    /// The picture of a file as far as it has arrived; `None` where it has to be asked for.
    fn own_view(
        &mut self,
        ctx: &Context,
        key: &(ImageSource, u32),
        group: Option<ContrastGroup>,
    ) -> Option<ThumbnailView> {
        let (source, side) = key;
        // A texture that is as it should be needs no pixels: where more is in sight than the loader
        // keeps, asking for them would decode without end.
        let known = self.textures.get(key).map(|texture| (texture.facts, texture.style, texture.view()));
        if let Some((facts, style, view)) = known
            && self.style(group, source, facts) == style
        {
            return Some(view);
        }
        let thumbnail = match self.loader.thumbnail(source, *side) {
            LoadState::Waiting => return None,
            LoadState::Failed(why) => return Some(ThumbnailView::Failed(why)),
            LoadState::Ready(thumbnail) => thumbnail,
        };
        let Thumbnail { samples, auto_contrast, is_of_smaller, .. } = *thumbnail;
        let facts = Facts { samples, auto_contrast, is_of_smaller };
        let style = self.style(group, source, facts);
        let stale = !matches!(self.textures.get(key), Some(texture) if texture.style == style);
        if stale {
            let pixels = thumbnail.width * thumbnail.height;
            if self.uploads < MOST_UPLOADS
                && (self.uploads == 0 || self.upload_pixels + pixels <= MOST_UPLOAD_PIXELS)
            {
                self.uploads += 1;
                self.upload_pixels += pixels;
                let size = vec2(thumbnail.width as f32, thumbnail.height as f32);
                let place = self.atlas.place(ctx, color_image(thumbnail.picture(style)));
                self.textures.insert(key.clone(), Texture { place, style, size, facts }, pixels * 4);
            } else {
                ctx.request_repaint();
            }
        }
        Some(self.shown(key).unwrap_or(ThumbnailView::Waiting))
    }

    /// How a thumbnail is to look; it also counts for the contrast of its group.
    fn style(&mut self, group: Option<ContrastGroup>, source: &ImageSource, facts: Facts) -> Style {
        let Some(group) = group else { return self.style_with(None, facts.auto_contrast) };
        self.estimate_contrast_of(group, source, facts.auto_contrast, facts.is_of_smaller);
        // A colour image has no channel's contrast.
        let contrast = match self.contrast(group) {
            Some(contrast) if facts.samples == 1 => contrast,
            _ => facts.auto_contrast,
        };
        self.style_with(group.channel, contrast)
    }

    fn shown(&mut self, key: &(ImageSource, u32)) -> Option<ThumbnailView> {
        Some(self.textures.get(key)?.view())
    }
}

/// The form in which the window toolkit takes a picture over, without a copy.
pub(crate) fn color_image(picture: RgbaPicture) -> ColorImage {
    ColorImage::new([picture.width, picture.height], bytemuck::cast_vec(picture.rgba))
}

/// The side of the thumbnails for tiles of this many screen pixels, none smaller than a power of two: a power of two,
/// so that a slider does not read everything again at each step.
pub(crate) fn thumbnail_side(screen_pixels: f32, smallest: u32) -> u32 {
    let sides = [16, 32, 64, 128, 256].into_iter().filter(|side| *side >= smallest);
    sides.into_iter().find(|side| *side as f32 >= screen_pixels * 0.85).unwrap_or(512)
}

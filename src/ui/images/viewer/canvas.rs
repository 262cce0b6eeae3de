//! The canvas of the viewer: the picture of an image, its zoom and pan, and the scale bar.
//!
//! Pictures are made by the loader's viewer thread; until a new one is there the last stays, so
//! that neither zoom nor contrast ever waits. Deliberately absent: tiles (an image larger than a
//! texture is shown reduced, its values stay exact).

use std::sync::Arc;

use egui::{
    Align2, CursorIcon, EventFilter, Id, Rect, Role, Sense, TextStyle, TextureFilter, TextureHandle,
    TextureOptions, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use super::layers::Layer;
use super::viewport::{ImagePoint, Viewport, scale_bar};
use crate::app::images::load_state::LoadState;
use crate::app::images::view_order::{Blend, Look, PictureOrder};
use crate::image::ImageSource;
use crate::plate::PixelSize;
use crate::quantity::percent_text;
use crate::ui::ends::at_end;
use crate::ui::focus::without_ring;
use crate::ui::images::thumbnails::{ContrastGroup, Lane, ThumbnailView, Thumbnails, color_image};
use crate::ui::theme;

/// The longest side of a picture, whatever the graphics card could do: 8192 x 8192 take 268 MB.
const MOST_PICTURE_SIDE: usize = 8192;
/// Side of the thumbnail that stands in for an image while it is read.
const STAND_IN_SIDE: u32 = 256;

/// What is drawn upon the canvas.
pub(crate) struct Subject<'a> {
    /// Names the image.
    pub(crate) caption: &'a str,
    /// The image that stands in for it while it is made, and whose contrast that has.
    pub(crate) stand_in: Option<(&'a ImageSource, ContrastGroup)>,
    /// The images that make up the picture, of one size, as far as they are there.
    pub(crate) layers: &'a LoadState<Vec<Layer>>,
    /// How they come together.
    pub(crate) blend: Blend,
    /// Whether it is what is wanted, and not an earlier preview that stands in for it.
    pub(crate) is_current: bool,
    /// Size of a pixel, where known.
    pub(crate) pixel_size: Option<PixelSize>,
    /// Whether all is left out that is no part of the image.
    pub(crate) is_plain: bool,
}

/// What the canvas remembers from image to image.
pub(crate) struct Canvas {
    /// `None`: fit to the canvas.
    viewport: Option<Viewport>,
    shown: Option<ShownPicture>,
    /// Whether all is drawn that was wanted last.
    is_settled: bool,
    has_scale_bar: bool,
    /// What the keys ask of the view, until an image is there.
    pub(crate) change: Option<ViewChange>,
    /// Whether the canvas is to take the keyboard's focus when it is drawn next.
    pub(crate) wants_focus: bool,
}

/// What the keys ask of the view of an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ViewChange {
    /// So many times as large.
    Zoom(f64),
    /// All of the image.
    Fit,
    /// One pixel of the image on one of the screen.
    OneToOne,
    /// Along by a part of the canvas: to the right, and down.
    Along(Vec2),
}

impl ViewChange {
    /// What is seen after it.
    fn of(self, viewport: Viewport, canvas: Rect, pixels_per_point: f64) -> Option<Viewport> {
        match self {
            Self::Zoom(factor) => Some(viewport.zoomed_about(canvas, canvas.center(), factor)),
            Self::Fit => None,
            Self::OneToOne => Some(viewport.one_to_one(canvas, pixels_per_point)),
            Self::Along(part) => Some(viewport.panned(-part * canvas.size())),
        }
    }
}

/// The picture that is shown at present.
struct ShownPicture {
    look: Look,
    /// Size of its image, in pixels.
    size: Vec2,
    largest_difference: Option<f64>,
    texture: TextureHandle,
}

impl Default for Canvas {
    fn default() -> Self {
        Self {
            viewport: None,
            shown: None,
            is_settled: false,
            has_scale_bar: true,
            change: None,
            wants_focus: false,
        }
    }
}

impl Canvas {
    /// Lets the picture go; zoom and place are kept.
    pub(crate) fn release_picture(&mut self) {
        self.shown = None;
    }

    /// Whether all is drawn that was wanted in the last frame, be it the reason why there is no image.
    pub(crate) fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// Shows the same part of the well as another, and a scale bar likewise. Of its pixels so many, along a row and
    /// along a column, are as large as one of the other's.
    pub(crate) fn link(&mut self, other: &Self, in_one: [f64; 2]) {
        self.viewport = other.viewport.map(|viewport| viewport.in_pixels(in_one));
        self.has_scale_bar = other.has_scale_bar;
    }

    /// The part of the image that is seen; `None` where that is all of it.
    pub(crate) fn viewport(&self) -> Option<Viewport> {
        self.viewport
    }

    /// The largest difference, where that is shown.
    pub(crate) fn largest_difference(&self) -> Option<f64> {
        self.shown.as_ref()?.largest_difference
    }

    /// Switches the scale bar; `no_bar` tells why there can be none.
    pub(crate) fn scale_bar_switch_ui(&mut self, ui: &mut Ui, no_bar: Option<&str>) {
        ui.add_enabled_ui(no_bar.is_none(), |ui| {
            let switch = ui.checkbox(&mut self.has_scale_bar, "Scale bar");
            switch.on_disabled_hover_text(no_bar.unwrap_or_default());
        });
    }
}

/// Names the canvas at a place from the left, to tell whether it has the keyboard's focus.
pub(crate) fn canvas_id(place: usize) -> Id {
    Id::unique(("viewer canvas", place))
}

/// What came of drawing the canvas.
#[derive(Default)]
pub(crate) struct Seen {
    /// The pixel under the pointer.
    pub(crate) pixel: Option<(u32, u32)>,
    /// A picture that is wanted.
    pub(crate) order: Option<PictureOrder>,
}

/// Draws the picture and handles zoom and pan.
pub(crate) fn canvas_ui(
    ui: &mut Ui,
    rect: Rect,
    place: usize,
    canvas: &mut Canvas,
    thumbnails: &mut Thumbnails,
    subject: &Subject<'_>,
) -> Seen {
    let id = canvas_id(place);
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let caption = subject.caption;
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Image, true, format!("Image {caption}"));
        if let LoadState::Failed(why) = subject.layers {
            info.current_text_value = Some(why.to_string());
        }
        info
    });
    if std::mem::take(&mut canvas.wants_focus) || response.clicked() {
        response.request_focus();
    }
    // Arrow keys go to the next image and Esc back, instead of moving the focus about.
    let filter = EventFilter { tab: false, horizontal_arrows: true, vertical_arrows: true, escape: true };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    painter.rect_filled(rect, 0.0, theme::IMAGE_GROUND);

    canvas.is_settled = matches!(subject.layers, LoadState::Failed(_));
    let layers = match subject.layers {
        LoadState::Ready(layers) => layers,
        LoadState::Failed(why) => {
            let font = TextStyle::Body.resolve(ui.style());
            let text = painter.layout(why.to_string(), font, theme::ON_IMAGE, rect.width() - 48.0);
            let place = Align2::CENTER_CENTER.align_size_within_rect(text.size(), rect);
            painter.galley(place.min, text, theme::ON_IMAGE);
            return Seen::default();
        }
        LoadState::Waiting => {
            stand_in_ui(ui, &painter, rect, canvas, thumbnails, subject);
            return Seen::default();
        }
    };
    let Some(format) = layers.first().map(|layer| layer.image.format) else { return Seen::default() };
    let size = vec2(format.width as f32, format.height as f32);
    let mut viewport = canvas.viewport.unwrap_or_else(|| Viewport::fit(rect, size));
    let ppp = ui.ctx().pixels_per_point();
    if let Some(change) = canvas.change.take() {
        let changed = change.of(viewport, rect, f64::from(ppp)).map(|changed| changed.clamped_to_view(size));
        canvas.viewport = changed;
        viewport = changed.unwrap_or_else(|| Viewport::fit(rect, size));
    }
    let hover = response.hover_pos().filter(|pointer| rect.contains(*pointer));
    if let Some(pointer) = hover {
        let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let factor = f64::from(pinch) * f64::from(scroll / 240.0).exp();
        if (factor - 1.0).abs() > 1e-6 {
            viewport = viewport.zoomed_about(rect, pointer, factor).clamped_to_view(size);
            canvas.viewport = Some(viewport);
        }
    }
    if response.dragged() {
        viewport = viewport.panned(response.drag_delta()).clamped_to_view(size);
        canvas.viewport = Some(viewport);
    }
    if response.double_clicked() {
        canvas.viewport = None;
    }
    let cursor = if response.dragged() { CursorIcon::Grabbing } else { CursorIcon::Crosshair };
    response.on_hover_cursor(cursor);

    let side = ui.input(|input| input.max_texture_side).min(MOST_PICTURE_SIDE);
    let block = viewport.block(ppp, size, side);
    let named = layers.iter().map(|layer| (layer.name.clone(), layer.style)).collect();
    let look = Look { layers: named, blend: subject.blend, block };
    take_picture(ui, canvas, thumbnails, &look);
    let is_current = canvas.shown.as_ref().is_some_and(|shown| shown.look == look);
    canvas.is_settled = is_current && subject.is_current;
    let images = || layers.iter().map(|layer| Arc::clone(&layer.image)).collect();
    let order = (!is_current).then(|| PictureOrder { look, images: images() });
    // The picture of an image that is in memory takes so little time that the one before it, if it
    // is as large, stays until then: nothing flickers while a stack is played or a number dragged.
    match canvas.shown.as_ref().filter(|shown| shown.size == size) {
        Some(shown) => {
            let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            painter.image(shown.texture.id(), viewport.image_rect(rect, size), uv, egui::Color32::WHITE);
        }
        None => stand_in_ui(ui, &painter, rect, canvas, thumbnails, subject),
    }
    if let Some(size) = subject.pixel_size.filter(|_| canvas.has_scale_bar) {
        // The bar lies along a row.
        scale_bar_ui(ui, &painter, rect, id, viewport.points_per_pixel, size.x_um);
    }
    if place == 0 && !subject.is_plain {
        zoom_ui(ui, rect, canvas, viewport, size);
    }
    if subject.is_plain {
        // A picture of the view has no marks of the window.
        without_ring(ui.ctx());
    }
    let is_inside = |point: &ImagePoint| {
        point.x >= 0.0 && point.y >= 0.0 && point.x < f64::from(size.x) && point.y < f64::from(size.y)
    };
    let point = hover.map(|pointer| viewport.point_in_image(rect, pointer)).filter(is_inside);
    Seen { pixel: point.map(|point| (point.x as u32, point.y as u32)), order }
}

/// The thumbnail in place of an image that is not there yet.
fn stand_in_ui(
    ui: &Ui,
    painter: &egui::Painter,
    rect: Rect,
    canvas: &Canvas,
    thumbnails: &mut Thumbnails,
    subject: &Subject<'_>,
) {
    let Some((source, group)) = subject.stand_in else { return };
    let view = thumbnails.view(ui.ctx(), Lane::Viewer, source, group, STAND_IN_SIDE);
    if let (ThumbnailView::Ready { texture, uv, size }, None) = (view, canvas.viewport) {
        let place = Viewport::fit(rect, size * 64.0).image_rect(rect, size * 64.0);
        painter.image(texture, place, uv, egui::Color32::WHITE);
    } else {
        let font = TextStyle::Body.resolve(ui.style());
        painter.text(rect.center(), Align2::CENTER_CENTER, "Reading the image…", font, theme::ON_IMAGE);
    }
}

/// Takes a picture of the same images over, in whatever contrast: a newer one may be on its way.
fn take_picture(ui: &Ui, canvas: &mut Canvas, thumbnails: &mut Thumbnails, wanted: &Look) {
    let is_of_use = |look: &Look| {
        let names = |look: &Look| look.layers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        look.blend == wanted.blend && names(look) == names(wanted)
    };
    let Some(made) = thumbnails.loader().take_picture(is_of_use) else { return };
    // Pixels are seen as squares when zoomed in, and smoothed when zoomed out.
    let options = TextureOptions {
        magnification: TextureFilter::Nearest,
        minification: TextureFilter::Linear,
        ..TextureOptions::default()
    };
    let texture = ui.ctx().load_texture("viewer", color_image(made.picture), options);
    let size = vec2(made.size.0 as f32, made.size.1 as f32);
    canvas.shown =
        Some(ShownPicture { look: made.look, size, largest_difference: made.largest_difference, texture });
}

/// Fit, 1:1 and the zoom in percent, in the upper right corner of the canvas.
fn zoom_ui(ui: &mut Ui, rect: Rect, canvas: &mut Canvas, viewport: Viewport, size: Vec2) {
    let ppp = f64::from(ui.ctx().pixels_per_point());
    let place =
        Rect::from_min_max(pos2(rect.left(), rect.top() + 8.0), pos2(rect.right() - 8.0, rect.top() + 40.0));
    ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
        at_end(ui, |ui| {
            let percent = viewport.points_per_pixel * ppp * 100.0;
            let text = percent_text(percent, usize::from(percent < 10.0));
            egui::Frame::NONE
                .fill(theme::IMAGE_SHADE)
                .corner_radius(4)
                .inner_margin(egui::Margin::symmetric(6, 4))
                .show(ui, |ui| ui.label(egui::RichText::new(text).color(theme::ON_IMAGE)));
            if ui.button("Fit").on_hover_text("The whole image (0, or double click)").clicked() {
                canvas.viewport = None;
            }
            let one = ui.button("1:1").accessible_name("One to one");
            if one.on_hover_text("One pixel of the image is one of the screen (1)").clicked() {
                canvas.viewport = Some(viewport.one_to_one(rect, ppp).clamped_to_view(size));
            }
        });
    });
}

fn scale_bar_ui(
    ui: &Ui,
    painter: &egui::Painter,
    rect: Rect,
    canvas: Id,
    points_per_pixel: f64,
    pixel_width_um: f64,
) {
    let (start, points, length_um) = scale_bar(rect, points_per_pixel, pixel_width_um);
    let text =
        if length_um >= 1000.0 { format!("{} mm", length_um / 1000.0) } else { format!("{length_um} µm") };
    let name = format!("Scale bar, {text}");
    let font = TextStyle::Small.resolve(ui.style());
    let galley = painter.layout_no_wrap(text, font, theme::ON_IMAGE);
    let back = Rect::from_min_max(
        pos2(start.x - 8.0, start.y - galley.size().y - 8.0),
        pos2(start.x + points.max(galley.size().x) + 8.0, start.y + 8.0),
    );
    painter.rect_filled(back, 4.0, theme::IMAGE_SHADE);
    painter.rect_filled(Rect::from_min_size(start, vec2(points, 3.0)), 0.0, theme::ON_IMAGE);
    painter.galley(pos2(start.x, start.y - galley.size().y - 3.0), galley, theme::ON_IMAGE);
    let node = ui.interact(back, canvas.with("scale bar"), Sense::hover());
    node.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
}

//! The choice among several plates, or several readings of the same files, each with a picture of its first image.
//!
//! The pictures come from the image loader: the choice is there at once, and they when they are read.

use egui::{Align, Image, Label, Layout, Rect, Role, Sense, Ui, Vec2, WidgetInfo, vec2};

use crate::app::{Commands, StartCommand};
use crate::image::ImageSource;
use crate::plate::Candidate;
use crate::ui::ends::ends;
use crate::ui::images::thumbnails::{Lane, ThumbnailView, Thumbnails};
use crate::ui::theme::{self, GAP, SMALL_RADIUS, Theme};
use crate::ui::widgets;

/// Side of the picture of a plate, in points, and of its pixels.
const PICTURE: f32 = 84.0;
const PICTURE_SIDE: u32 = 128;

/// The plates, one under the other.
pub(super) fn candidates_ui(
    ui: &mut Ui,
    candidates: &[Candidate],
    thumbnails: &mut Thumbnails,
    commands: &mut Commands,
) {
    ui.label(theme::strong(ui, "There is more than one plate here. Which one?"));
    let why = "Plates are never merged, so that no image of one stands for one of another. Each is shown with its \
               first image and its first files.";
    ui.add(Label::new(theme::caption(ui, why)).wrap());
    ui.add_space(4.0);
    for candidate in candidates {
        widgets::rule(ui);
        ui.add_space(2.0);
        candidate_ui(ui, candidate, thumbnails, commands);
        ui.add_space(2.0);
    }
    ui.add_space(GAP);
    if ui.button("Cancel").on_hover_text("Esc").clicked() {
        commands.push(StartCommand::CancelOpening);
    }
}

fn candidate_ui(ui: &mut Ui, candidate: &Candidate, thumbnails: &mut Thumbnails, commands: &mut Commands) {
    ui.horizontal(|ui| {
        picture_ui(ui, candidate, thumbnails);
        let facts = |ui: &mut Ui| {
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.spacing_mut().item_spacing = vec2(GAP, 1.0);
                ui.add(Label::new(theme::strong(ui, &candidate.name)).truncate());
                let facts = format!("{} · {}", candidate.format.name(), candidate.about);
                ui.add(Label::new(theme::caption(ui, facts)).truncate());
                for file in &candidate.files {
                    ui.add(Label::new(theme::caption(ui, file)).truncate());
                }
            });
        };
        ends(ui, Align::Center, facts, |ui| {
            let open = ui.button("Open").accessible_name(format!("Open {}", candidate.name));
            if open.clicked() {
                commands.push(StartCommand::Open(candidate.path.clone()));
            }
        });
    });
}

/// The first image, or why it is not seen.
fn picture_ui(ui: &mut Ui, candidate: &Candidate, thumbnails: &mut Thumbnails) {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(PICTURE), Sense::hover());
    let theme = Theme::of(ui);
    let view = candidate
        .first_image
        .as_ref()
        .map(|source| thumbnails.view_alone(ui.ctx(), Lane::Grid, source, PICTURE_SIDE));
    let mut state = None;
    match view {
        Some(ThumbnailView::Ready { texture, uv, size }) => {
            ui.painter().rect_filled(rect, SMALL_RADIUS, theme::IMAGE_GROUND);
            let scale = (rect.width() / size.x).min(rect.height() / size.y);
            let place = Rect::from_center_size(rect.center(), size * scale);
            Image::new((texture, size)).uv(uv).corner_radius(SMALL_RADIUS).paint_at(ui, place);
        }
        Some(ThumbnailView::Waiting) => {
            ui.painter().rect_filled(rect, SMALL_RADIUS, theme.card);
            state = Some("being read".to_owned());
        }
        Some(ThumbnailView::Failed(why)) => {
            ui.painter().rect_filled(rect, SMALL_RADIUS, theme.card);
            state = Some(format!("cannot be read: {why}"));
        }
        None => {
            ui.painter().rect_filled(rect, SMALL_RADIUS, theme.card);
            state = Some("there is none".to_owned());
        }
    }
    let name = format!("First image of {}", candidate.name);
    let said = state.map_or(name.clone(), |state| format!("{name}, {state}"));
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &said));
    let file = candidate.first_image.as_ref().map(ImageSource::relative);
    response.on_hover_text(file.map_or_else(|| said.clone(), |file| format!("{said}\n{file}")));
}

//! The study's four proofs with the numbers of the user's own runs, and why memory may not fall.
//!
//! What is found is worked out in [`crate::study`]; here it is drawn.

mod charts;

use egui::{Align, Frame, Id, Label, Layout, Margin, Modal, RichText, ScrollArea, Ui, vec2};

use self::charts::figures_ui;
use crate::app::{Commands, MemoryCommand};
use crate::study::{Finding, Proof, Study};
use crate::ui::theme::{self, GAP, RADIUS, SECTION_GAP, Theme};
use crate::ui::widgets;

/// The words that open it, wherever they stand.
pub(crate) const LINK: &str = "The study's proofs…";

/// Height of four lines of a sentence, in points.
const SENTENCE: f32 = 68.0;

/// The view, where it is open.
pub(crate) fn study_ui(ui: &mut Ui, study: Option<&Study>, commands: &mut Commands) {
    let Some(study) = study else { return };
    let room = ui.ctx().content_rect().size() - vec2(80.0, 80.0);
    let size = vec2(room.x.min(1040.0), room.y.min(760.0));
    let frame = Frame::popup(ui.style()).inner_margin(Margin::same(16));
    let modal = Modal::new(Id::unique("study")).frame(frame).show(ui.ctx(), |ui| {
        ui.set_min_size(size);
        ui.set_max_size(size);
        ui.horizontal(|ui| {
            ui.label(theme::strong(ui, "The study, on your plate").text_style(theme::title_style()));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button("Close").clicked() {
                    commands.push(MemoryCommand::CloseStudy);
                }
            });
        });
        widgets::rule(ui);
        // The scroll bar lies in the margin and not over the cards.
        let margin = Margin { right: 14, ..Margin::ZERO };
        let scroll = ScrollArea::vertical().id_salt("study").auto_shrink(false).content_margin(margin);
        scroll.show(ui, |ui| content_ui(ui, study));
    });
    if modal.should_close() {
        commands.push(MemoryCommand::CloseStudy);
    }
}

fn content_ui(ui: &mut Ui, study: &Study) {
    ui.spacing_mut().item_spacing = vec2(SECTION_GAP, GAP);
    let says =
        "What the study of one component at a time claims, tested on what was measured of your own runs.";
    ui.add(Label::new(theme::caption(ui, says)).wrap());
    for pair in study.proofs.chunks(2) {
        ui.columns(2, |columns| {
            for (ui, proof) in columns.iter_mut().zip(pair) {
                ui.with_layout(Layout::top_down(Align::Min), |ui| proof_ui(ui, proof));
            }
        });
    }
    ui.add_space(SECTION_GAP - GAP);
    ui.label(theme::strong(ui, "Why memory may not fall"));
    for pair in study.reasons.chunks(2) {
        ui.columns(2, |columns| {
            for (ui, reason) in columns.iter_mut().zip(pair) {
                // The columns' own layout would stretch the words to full lines.
                ui.with_layout(Layout::top_down(Align::Min), |ui| {
                    widgets::section_heading(ui, reason.title);
                    ui.add(Label::new(&reason.text).wrap());
                });
            }
        });
    }
}

fn proof_ui(ui: &mut Ui, proof: &Proof) {
    let theme = Theme::of(ui);
    let colour = match proof.finding {
        Finding::Shown => theme.fits,
        Finding::NotShown => theme.over,
        Finding::Unknown => theme.text_weak,
    };
    let frame =
        Frame::NONE.stroke(theme.line_stroke()).corner_radius(RADIUS).inner_margin(Margin::symmetric(14, 10));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.spacing_mut().interact_size.y = 0.0;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            ui.label(theme::strong(ui, proof.claim.title()));
            widgets::pill(ui, proof.finding.name(), colour);
        });
        let number = proof.number.as_deref().unwrap_or("–");
        ui.label(RichText::new(number).text_style(theme::big_style()).color(theme.text));
        ui.add(Label::new(theme::caption(ui, proof.run.as_deref().unwrap_or_default())).truncate());
        figures_ui(ui, proof);
        ui.scope(|ui| {
            // Cards beside each other are as high as each other, whatever their sentences.
            ui.set_min_height(SENTENCE);
            ui.add(Label::new(&proof.sentence).wrap());
        });
    });
}

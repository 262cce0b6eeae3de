//! The study's four proofs with the numbers of the user's own runs, and why memory may not fall.
//!
//! What is found is worked out in [`crate::study`]; here it is drawn.

mod charts;

use egui::{Align, Button, Frame, Id, Label, Layout, Margin, Modal, RichText, ScrollArea, Ui, vec2};

use self::charts::figures_ui;
use crate::app::{AppState, Commands, JobState, MemoryCommand, RunsCommand, Showing};
use crate::plan::{AfterClear, components_text};
use crate::quantity::{plural, secs_range_text};
use crate::study::{Claim, Finding, Proof, ShownBy, Study};
use crate::ui::ends::at_end;
use crate::ui::lists::name_container;
use crate::ui::reading::{Reading, Takes};
use crate::ui::theme::{self, GAP, RADIUS, SECTION_GAP, Theme};
use crate::ui::widgets;

/// The words that open it, wherever they stand.
pub(crate) const LINK: &str = "The study's proofs…";

/// Height of four lines of a sentence, or of three and a button, in points.
const SENTENCE: f32 = 82.0;

/// The view, where it is open.
pub(crate) fn study_ui(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let Some(study) = &state.memory.study else { return };
    let room = ui.ctx().content_rect().size() - vec2(80.0, 80.0);
    let size = vec2(room.x.min(1040.0), room.y.min(760.0));
    let frame = Frame::popup(ui.style()).inner_margin(Margin::same(16));
    let modal = Modal::new(Id::unique("study")).frame(frame).show(ui.ctx(), |ui| {
        name_container(ui, "The study, on your plate");
        ui.set_min_size(size);
        ui.set_max_size(size);
        ui.horizontal(|ui| {
            ui.label(theme::strong(ui, "The study, on your plate").text_style(theme::title_style()));
            at_end(ui, |ui| {
                if let Some(job) = &state.runs.job {
                    job_ui(ui, job, commands);
                }
                if ui.button("Close").clicked() {
                    commands.push(MemoryCommand::CloseStudy);
                }
            });
        });
        widgets::rule(ui);
        // The scroll bar lies in the margin and not over the cards.
        let margin = Margin { right: 14, ..Margin::ZERO };
        let scroll = ScrollArea::vertical().id_salt("study").auto_shrink(false).content_margin(margin);
        let reading = Reading::begin(ui, "Proofs and reasons", f32::INFINITY, Takes::OfDialog);
        let content = |ui: &mut Ui| {
            reading.scroll(ui);
            content_ui(ui, state, study, commands);
        };
        reading.show(ui, |ui| scroll.show(ui, content));
    });
    if modal.should_close() {
        commands.push(MemoryCommand::CloseStudy);
    }
}

/// The run that goes: how far it is, and the way to stop it.
fn job_ui(ui: &mut Ui, job: &JobState, commands: &mut Commands) {
    let theme = Theme::of(ui);
    ui.add(Label::new(theme::caption(ui, job.progress.sentence())));
    let colour = job.progress.mode().map_or(theme.bulk, |mode| theme.mode(mode));
    widgets::progress_bar(ui, job.progress.fraction() as f32, 160.0, colour, "Progress of the run");
    if ui.add_enabled(!job.is_cancelling(), Button::new("Cancel the run")).clicked() {
        commands.push(RunsCommand::CancelJob);
    }
}

fn content_ui(ui: &mut Ui, state: &AppState, study: &Study, commands: &mut Commands) {
    ui.spacing_mut().item_spacing = vec2(SECTION_GAP, GAP);
    let says =
        "What the study of one component at a time claims, tested on what was measured of your own runs.";
    ui.add(Label::new(theme::caption(ui, says)).wrap());
    for pair in study.proofs.chunks(2) {
        ui.columns(2, |columns| {
            for (ui, proof) in columns.iter_mut().zip(pair) {
                ui.with_layout(Layout::top_down(Align::Min), |ui| proof_ui(ui, state, proof, commands));
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

fn proof_ui(ui: &mut Ui, state: &AppState, proof: &Proof, commands: &mut Commands) {
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
            if let Some(shown_by) = proof.shown_by {
                show_ui(ui, state, proof.claim, shown_by, commands);
            }
        });
    });
}

/// The button that runs what would show a claim, with what that is and how long it will take.
fn show_ui(ui: &mut Ui, state: &AppState, claim: Claim, shown_by: ShownBy, commands: &mut Commands) {
    let showing = state.showing(shown_by);
    if showing.is_none() && shown_by != ShownBy::BothWays {
        return;
    }
    let (what, secs) =
        showing.map_or_else(|| ("Compare both ways".to_owned(), None), |one| (run_text(&one), one.secs));
    let blocked = state.run_blocked();
    ui.horizontal(|ui| {
        let button = ui.add_enabled(blocked.is_none(), Button::new(what));
        let button = button.on_disabled_hover_text(format!("Not now: {}.", blocked.unwrap_or_default()));
        let button =
            button.on_hover_text(format!("Runs what would show it: {}", claim.title().to_lowercase()));
        if button.clicked() {
            commands.push(RunsCommand::Show(shown_by));
        }
        if let Some(secs) = secs {
            ui.label(theme::caption(ui, secs_range_text(secs.low, secs.high)));
        }
    });
}

/// `Run 2 combinations with memory kept`, `Run 18 combinations: channel and site`, `Run 6 combinations of 3 wells`.
fn run_text(showing: &Showing) -> String {
    let memory = match showing.after_clear {
        AfterClear::Keep => " with memory kept",
        AfterClear::Return => "",
    };
    let wells = match showing.wells.len() {
        0 | 1 => String::new(),
        count => format!(" of {}", plural(count, "well")),
    };
    let names = components_text(&showing.sequential).to_lowercase();
    format!("Run {}{wells}{memory}: {names}", plural(showing.combinations, "combination"))
}

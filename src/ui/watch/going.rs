//! A program while it is watched, and afterwards: its memory in the chart, what it said, and marks.

use egui::{Button, Key, Label, RichText, ScrollArea, TextEdit, Ui};

use crate::app::{Commands, HelpCommand, StatusCommand, Topic, WatchCommand, Watching};
use crate::quantity::{bytes_text, plural, secs_text};
use crate::shown_text::{brief, whole};
use crate::ui::memory::chart::{ChartView, memory_chart_ui};
use crate::ui::reading::{Reading, Takes};
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Spoken};
use crate::watch::{Moment, MomentKind};

/// Height of the list of what it said, in points.
const SAID: f32 = 96.0;

/// The most lines of it that are shown.
const MOST_SAID: usize = 50;

/// The key that marks a moment.
const MARK: Key = Key::M;

pub(super) fn going_ui(
    ui: &mut Ui,
    watching: &Watching,
    chart: &mut ChartView,
    mark: &mut String,
    commands: &mut Commands,
) {
    ui.horizontal_wrapped(|ui| {
        let title = theme::strong(ui, watching.record.title()).color(Theme::of(ui).watched);
        ui.label(title).on_hover_text(whole(&watching.record.program.join(" ")));
        if watching.is_live {
            ui.label(theme::weak(ui, now_text(watching)));
        }
    });
    for note in &watching.notes {
        ui.add(Label::new(theme::caption(ui, note)).wrap());
    }
    if watching.is_live {
        live_ui(ui, watching, mark, commands);
    } else {
        ended_ui(ui, watching, commands);
    }
    let said = if watching.moments.is_empty() { 0.0 } else { SAID + ui.spacing().item_spacing.y };
    let size = egui::vec2(ui.available_width(), (ui.available_height() - said).max(200.0));
    let pointed = ui
        .allocate_ui(size, |ui| {
            ui.set_min_size(size);
            memory_chart_ui(ui, &watching.chart, chart)
        })
        .inner;
    if pointed.is_unclear {
        commands.push(HelpCommand::Explain(Topic::Chart));
    }
    if !watching.moments.is_empty() {
        said_ui(ui, &watching.moments);
    }
}

/// `412 MB in 3 processes, at most 420 MB, after 12 s`.
fn now_text(watching: &Watching) -> String {
    let Some(now) = watching.now else { return "is about to be seen".to_owned() };
    let memory = now.rss.map_or_else(|| "memory unknown".to_owned(), bytes_text);
    let processes = match now.processes {
        Some(1) | None => String::new(),
        Some(count) => format!(" in {count} processes"),
    };
    let peak =
        watching.peak_rss_bytes.map_or_else(String::new, |peak| format!(", at most {}", bytes_text(peak)));
    format!("{memory}{processes}{peak}, after {}", secs_text(now.at_secs))
}

/// Marks, and the way to watch it no more.
fn live_ui(ui: &mut Ui, watching: &Watching, mark: &mut String, commands: &mut Commands) {
    let is_marked = ui
        .horizontal(|ui| {
            let edit = TextEdit::singleline(mark).hint_text("step 2 begins").desired_width(220.0);
            let typed = ui.add(edit).accessible_name("Words on the mark");
            let is_entered = typed.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let text = "A line in the chart at this moment, with the words beside. The key M does the same.";
            let is_clicked = ui.button("Mark a moment").on_hover_text(text).clicked();
            let stop = if watching.is_stopping { "Stopping…" } else { "Stop watching" };
            let stop = ui.add_enabled(!watching.is_stopping, Button::new(stop));
            if stop.on_hover_text("The program goes on; what was seen is kept as a run.").clicked() {
                commands.push(WatchCommand::Stop);
            }
            let is_pressed = !ui.ctx().text_edit_focused() && ui.input(|input| input.key_pressed(MARK));
            is_clicked || is_entered || is_pressed
        })
        .inner;
    if is_marked {
        commands.push(WatchCommand::Mark(std::mem::take(mark)));
    }
}

/// What came of it.
fn ended_ui(ui: &mut Ui, watching: &Watching, commands: &mut Commands) {
    ui.horizontal_wrapped(|ui| {
        let sentence = ui.add(Label::new(watching.record.sentences().join(" ")).wrap());
        widgets::speak(&sentence, Spoken::InTurn);
        if ui.button("Watch another program").clicked() {
            commands.push(WatchCommand::Another);
        }
        if let Some(folder) = &watching.record.folder
            && ui.button("Show folder").on_hover_text(folder.display().to_string()).clicked()
        {
            commands.push(StatusCommand::ShowFolder(folder.clone()));
        }
    });
}

/// What it said and what was marked, newest first.
fn said_ui(ui: &mut Ui, moments: &[Moment]) {
    let scroll = ScrollArea::vertical().id_salt("said").max_height(SAID).auto_shrink(false);
    let reading = Reading::begin(ui, "What the program said", SAID, Takes::Own);
    let lines = |ui: &mut Ui| {
        reading.scroll(ui);
        for moment in moments.iter().rev().take(MOST_SAID) {
            ui.horizontal(|ui| {
                ui.label(theme::caption(ui, secs_text(moment.at_secs)));
                ui.add(Label::new(RichText::new(moment_text(moment))).truncate());
            });
        }
    };
    reading.show(ui, |ui| scroll.show(ui, lines));
}

/// `preload of 54 images: BULK PRELOAD: Saved 54 files`.
pub(super) fn moment_text(moment: &Moment) -> String {
    let images = |images: &Option<u64>| {
        let count = images.map(|images| plural(usize::try_from(images).unwrap_or(usize::MAX), "image"));
        count.map_or_else(String::new, |count| format!(" of {count}"))
    };
    let what = match &moment.kind {
        MomentKind::Preloaded { images: count, .. } => format!("preload{}", images(count)),
        MomentKind::Cleared { images: count, .. } => format!("clear{}", images(count)),
        MomentKind::StepStarted { name } => format!("{} begins", brief(name)),
        MomentKind::StepDone { name } => format!("{} is done", brief(name)),
        MomentKind::Memory { rss_bytes } => format!("{} by its own account", bytes_text(*rss_bytes)),
        MomentKind::Mark => "mark".to_owned(),
    };
    if moment.said.is_empty() { what } else { format!("{what}: {}", whole(&moment.said)) }
}

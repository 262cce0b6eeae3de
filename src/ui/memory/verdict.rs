//! What came of it, before the chart: big numbers, then a sentence. Before the first run: what to do.

use egui::{Frame, Label, Layout, Margin, RichText, Stroke, TextWrapMode, Ui};

use crate::app::{
    AppState, Commands, ForecastState, HelpCommand, MemoryCommand, PlateState, RunState, RunsCommand,
    StatusCommand, Tab, Topic, Trouble,
};
use crate::compare::{Comparison, ModeResult, Tone, Verdict};
use crate::events::{Outcome, RunSummary};
use crate::plan::{Choice, Mode, components_text};
use crate::quantity::{bytes_text, count_text, percent_text, plural, secs_text};
use crate::ui::ends::ends;
use crate::ui::memory::study;
use crate::ui::runs::going_on::unfinished_ui;
use crate::ui::theme::{self, GAP, RADIUS, Theme};
use crate::ui::widgets::{self, Spoken};

/// Something that went wrong, until it is dismissed.
pub(crate) fn trouble_ui(ui: &mut Ui, trouble: &Trouble, commands: &mut Commands) {
    let theme = Theme::of(ui);
    let colour = if trouble.is_fault { theme.over } else { theme.warning };
    let frame = Frame::NONE
        .fill(theme.card)
        .stroke(Stroke::new(1.0, colour))
        .corner_radius(RADIUS)
        .inner_margin(Margin::symmetric(12, 8));
    frame.show(ui, |ui| {
        let what = |ui: &mut Ui| {
            ui.with_layout(Layout::top_down(egui::Align::Min), |ui| {
                let how = if trouble.is_fault { Spoken::AtOnce } else { Spoken::InTurn };
                let title = ui.label(theme::strong(ui, &trouble.title).color(colour));
                widgets::speak(&title, how);
                let sentence = ui.add(Label::new(&trouble.sentence).wrap());
                widgets::speak(&sentence, how);
            });
        };
        ends(ui, egui::Align::Min, what, |ui| {
            if let Some(next) = &trouble.next
                && ui.button(next.name).clicked()
            {
                commands.push((*next.command).clone());
                commands.push(StatusCommand::DismissTrouble);
            }
            if trouble.is_fault && ui.button("What to do?").on_hover_text("Show this in the help").clicked() {
                commands.push(HelpCommand::Explain(Topic::Failures));
            }
            if ui.button("Dismiss").clicked() {
                commands.push(StatusCommand::DismissTrouble);
            }
        });
    });
    ui.add_space(GAP);
}

/// The verdict, the numbers so far, or what to do next.
pub(crate) fn verdict_ui(ui: &mut Ui, state: &AppState, plate: &PlateState, commands: &mut Commands) {
    if let Some(verdict) = &state.memory.watched_verdict {
        sentence_ui(ui, &verdict.sentence, Theme::of(ui).text);
    }
    match &state.memory.comparison {
        Some(comparison) => {
            let verdict = comparison_ui(ui, state, comparison);
            unfinished_ui(ui, state, commands);
            if state.runs.job.is_none() {
                next_ui(ui, state, plate, &verdict, commands);
            }
        }
        None if state.runs.list.is_empty() && state.runs.job.is_none() => {
            before_ui(ui, state, plate, commands);
        }
        None => runs_so_far_ui(ui, state, plate, commands),
    }
}

/// A big number with what it is, in several lines where it has only so much room.
fn number_ui(ui: &mut Ui, number: &str, colour: egui::Color32, caption: &str, room: Option<f32>) {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        if let Some(room) = room {
            ui.set_width(room);
        }
        // What carries a number is never cut off.
        let mode = if room.is_some() { TextWrapMode::Wrap } else { TextWrapMode::Extend };
        let number = RichText::new(number).text_style(theme::big_style()).color(colour);
        ui.add(Label::new(number).wrap_mode(TextWrapMode::Extend));
        ui.add(Label::new(theme::caption(ui, caption)).wrap_mode(mode));
    });
}

/// Up to three numbers side by side; `add` gets the room of each, which is bounded where the panel
/// is narrow.
fn numbers_row(ui: &mut Ui, add: impl FnOnce(&mut Ui, Option<f32>)) {
    const AMPLE: f32 = 640.0;
    let available = ui.available_width();
    let (gap, room) =
        if available < AMPLE { (14.0, Some((available - 2.0 * 14.0) / 3.0)) } else { (30.0, None) };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = gap;
        add(ui, room);
    });
    ui.add_space(4.0);
}

fn comparison_ui(ui: &mut Ui, state: &AppState, comparison: &Comparison) -> Verdict {
    let theme = Theme::of(ui);
    let verdict = comparison.verdict();
    numbers_row(ui, |ui, room| {
        mode_ui(ui, &comparison.sequential, Mode::Sequential, room);
        mode_ui(ui, &comparison.bulk, Mode::Bulk, room);
        saving_ui(ui, &verdict, room);
    });
    let colour = match verdict.tone {
        Tone::Better | Tone::Same => theme.text,
        Tone::Worse => theme.warning,
        Tone::Wrong => theme.over,
    };
    let spoken = if verdict.tone == Tone::Wrong { Spoken::AtOnce } else { Spoken::InTurn };
    widgets::speak(&sentence_ui(ui, &verdict.sentence, colour), spoken);
    if let Some(time) = &verdict.time {
        ui.add(Label::new(time).wrap());
    }
    course_ui(ui, state);
    let details = comparison.details();
    if !details.is_empty() {
        ui.add(Label::new(theme::caption(ui, &details)).wrap());
    }
    verdict
}

/// How the runs that are shown kept to their expected courses; a fault of the forecast is told as one.
fn course_ui(ui: &mut Ui, state: &AppState) {
    let theme = Theme::of(ui);
    for run in state.runs.shown() {
        let Some(check) = &run.summary().course else { continue };
        let text = format!("{}: {}", state.runs.name_of(run), check.sentence());
        let colour = if check.is_fault() { theme.over } else { theme.text_weak };
        ui.add(Label::new(theme::caption(ui, &text).color(colour)).wrap());
    }
}

/// What to do with the verdict: the way to take for all selected wells, and the results.
fn next_ui(ui: &mut Ui, state: &AppState, plate: &PlateState, verdict: &Verdict, commands: &mut Commands) {
    let mode = match verdict.tone {
        Tone::Better => Mode::Sequential,
        Tone::Same | Tone::Worse => Mode::Bulk,
        // A run that failed, or results that differ, are to be looked into first.
        Tone::Wrong => {
            study_link_ui(ui, state, plate, commands);
            return;
        }
    };
    let wells = plate.selection.len();
    let which = if wells == 1 {
        "the selected well".to_owned()
    } else {
        format!("all {} selected wells", count_text(wells))
    };
    ui.horizontal_wrapped(|ui| {
        ui.label(theme::caption(ui, "Next:"));
        if ui.link(format!("process {which} {}", mode.title().to_lowercase())).clicked() {
            commands.push(RunsCommand::Run(mode));
        }
        ui.label(theme::caption(ui, "or"));
        if ui.link("look at the results").clicked() {
            commands.push(StatusCommand::ShowTab(Tab::Images));
        }
        ui.label(theme::caption(ui, "·"));
        study_link_ui(ui, state, plate, commands);
    });
    ui.add_space(4.0);
}

/// The way to the study's proofs, where a run is there to test them on.
fn study_link_ui(ui: &mut Ui, state: &AppState, plate: &PlateState, commands: &mut Commands) {
    if state.runs.has_study(&plate.plate) {
        let link = ui.link(study::LINK);
        let hint = "Fewer images at once, memory used again, given back and not leaked: with the numbers of your runs";
        if link.on_hover_text(hint).clicked() {
            commands.push(MemoryCommand::ShowStudy);
        }
    }
}

fn saving_ui(ui: &mut Ui, verdict: &Verdict, room: Option<f32>) {
    let theme = Theme::of(ui);
    let colour = match verdict.tone {
        Tone::Better => theme.fits,
        Tone::Same => theme.text_weak,
        Tone::Worse => theme.warning,
        Tone::Wrong => theme.over,
    };
    if let Some(saving) = &verdict.saving {
        number_ui(ui, saving, colour, verdict.cost.as_deref().unwrap_or("at the peak"), room);
    }
}

fn mode_ui(ui: &mut Ui, result: &ModeResult, mode: Mode, room: Option<f32>) {
    let theme = Theme::of(ui);
    let name = mode.title().to_ascii_lowercase();
    match result {
        ModeResult::Ran(summary) => {
            let images = plural(summary.images_at_once, "image");
            number_ui(
                ui,
                &peak_text(summary),
                theme.mode(mode),
                &format!("peak, {name} · {images} at once"),
                room,
            );
        }
        ModeResult::Refused { forecast_counted_bytes, forecast_rss_bytes, .. } => {
            let bytes = forecast_rss_bytes.unwrap_or(*forecast_counted_bytes);
            number_ui(
                ui,
                &bytes_text(bytes),
                theme.over,
                &format!("forecast, {name} · over budget, not run"),
                room,
            );
        }
    }
}

/// The resident peak; the counted one, marked as such, where the system does not tell.
fn peak_text(summary: &RunSummary) -> String {
    match summary.peak_rss_bytes {
        Some(bytes) => bytes_text(bytes),
        None => format!("{} counted", bytes_text(summary.peak_counted_bytes)),
    }
}

fn sentence_ui(ui: &mut Ui, sentence: &str, colour: egui::Color32) -> egui::Response {
    let text = RichText::new(sentence).size(14.0).color(colour);
    let response = ui.add(Label::new(text).wrap());
    ui.add_space(6.0);
    response
}

/// The most big numbers side by side.
const MOST_NUMBERS: usize = 3;

/// While runs go, and after single ones.
fn runs_so_far_ui(ui: &mut Ui, state: &AppState, plate: &PlateState, commands: &mut Commands) {
    let theme = Theme::of(ui);
    let mut runs: Vec<&RunState> = state.runs.shown().filter(|run| run.record.machine.is_some()).collect();
    runs.sort_by_key(|run| run.mode() == Mode::Bulk);
    let is_named = |run: &&RunState| state.runs.name_of(run) != run.title();
    // Many numbers, and names that users gave, which may be long, have equal parts of the width.
    let is_bounded = runs.len() > MOST_NUMBERS - 1 || runs.iter().any(is_named);
    let part = (ui.available_width() - 2.0 * 30.0) / MOST_NUMBERS as f32;
    numbers_row(ui, |ui, room| {
        let room = room.or(is_bounded.then_some(part));
        for run in runs.iter().take(MOST_NUMBERS) {
            let summary = run.summary();
            let name = if is_named(run) { state.runs.name_of(run) } else { run.title().to_ascii_lowercase() };
            let so_far = if run.is_live { "peak so far" } else { "peak" };
            let mut caption = format!("{so_far}, {name}");
            if summary.images_at_once > 0 {
                caption.push_str(&format!(" · {} at once", plural(summary.images_at_once, "image")));
            }
            number_ui(ui, &peak_text(summary), theme.mode(run.mode()), &caption, room);
        }
    });
    let sentence = match (&state.runs.job, runs.last()) {
        (Some(job), _) if job.is_comparison && job.progress.round() > 1 => format!(
            "The memory of both ways is measured. They are repeated for their time, which short runs tell only together: \
             round {}.",
            job.progress.round()
        ),
        (Some(job), _) if job.is_comparison => {
            "Comparing both ways on the same images, one after the other.".to_owned()
        }
        (Some(job), _) if job.goes_on => "Doing what is missing of the run.".to_owned(),
        (Some(_), _) => "Running all selected wells.".to_owned(),
        (None, Some(_)) if runs.len() > MOST_NUMBERS => format!(
            "The first {MOST_NUMBERS} of {} in the chart, which make no comparison together.",
            plural(runs.len(), "run")
        ),
        (None, Some(run)) => single_text(run),
        (None, None) => "Nothing is shown: choose a run in the list of runs.".to_owned(),
    };
    widgets::speak(&sentence_ui(ui, &sentence, theme.text), Spoken::InTurn);
    if state.runs.job.is_none() {
        course_ui(ui, state);
    }
    unfinished_ui(ui, state, commands);
    study_link_ui(ui, state, plate, commands);
}

/// What a single run came to, and what to do next.
fn single_text(run: &RunState) -> String {
    let summary = run.summary();
    let name = run.title();
    let mut wall = secs_text(summary.wall_secs);
    if run.record.is_in_stretches() {
        wall.push_str(&format!(" in {} stretches of work", run.record.worked_stretches().count()));
    }
    match run.outcome() {
        Some(Outcome::Completed) => {
            let against = match (summary.peak_rss_bytes, summary.forecast_rss_bytes) {
                (Some(peak), Some(forecast)) if peak <= forecast => {
                    let percent = 100.0 * (1.0 - peak as f64 / forecast.max(1) as f64);
                    format!(", {} under its forecast", percent_text(percent, 0))
                }
                (Some(peak), Some(forecast)) => {
                    let percent = 100.0 * (peak as f64 / forecast.max(1) as f64 - 1.0);
                    format!(", {} over its forecast", percent_text(percent, 0))
                }
                _ => String::new(),
            };
            let failed = match summary.failed_count() {
                0 => String::new(),
                count => format!(" {} missing or failed: see the log.", count_text(count)),
            };
            format!("{name} took {wall}{against}.{failed} Compare both ways to see the difference.")
        }
        Some(Outcome::Cancelled) => format!("{name} was cancelled after {wall}. What was saved is kept."),
        Some(Outcome::Failed) => {
            let why = run.record.why.as_deref().unwrap_or("The reason is not known.");
            format!("{name} did not finish: {why}")
        }
        None => String::new(),
    }
}

/// What to do before the first run, with the forecast in words.
fn before_ui(ui: &mut Ui, state: &AppState, plate: &PlateState, commands: &mut Commands) {
    ui.add_space(10.0);
    ui.label(RichText::new("Will it fit, and what should be processed one at a time?").heading());
    ui.add_space(4.0);
    if let Some(text) = forecast_text(&state.forecast, plate) {
        sentence_ui(ui, &text, Theme::of(ui).text);
    }
    for misfit in state.memory.chart.misfits() {
        ui.add(Label::new(RichText::new(misfit).color(Theme::of(ui).over)).wrap());
    }
    let steps = [
        ("Select wells", "on the plate map, by click, drag or Shift-click. All are selected to begin with."),
        ("Choose what to process one at a time", "with the switches, or by a click on a forecast."),
        (
            "Compare both ways",
            "to measure the memory of each on the largest selected well, and to see that the results are the same.",
        ),
    ];
    for (index, (title, text)) in steps.into_iter().enumerate() {
        ui.horizontal_top(|ui| {
            ui.label(theme::weak(ui, format!("{}.", index + 1)));
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 1.0;
                ui.label(theme::strong(ui, title));
                ui.add(Label::new(theme::weak(ui, text)).wrap());
            });
        });
    }
    ui.add_space(GAP);
    let blocked = state.sequential_blocked();
    if let Some(why) = &blocked {
        ui.label(RichText::new(format!("Not ready: {why}.")).color(Theme::of(ui).warning));
    } else if widgets::primary_button(ui, "Compare now").clicked() {
        commands.push(RunsCommand::Compare { is_all_wells: false });
    }
}

/// What the two ways would need, in a sentence.
fn forecast_text(forecast: &ForecastState, plate: &PlateState) -> Option<String> {
    let needs = |choice: &Choice| {
        let images = plural(choice.images_at_once, "image");
        format!("{images} in memory at once and {}", bytes_text(choice.needed_bytes))
    };
    let mut text = format!("All at once would need {}.", needs(forecast.bulk()?));
    if let Some(chosen) = forecast.chosen(&plate.sequential) {
        let names = components_text(&chosen.sequential);
        let fits = if chosen.fits { "" } else { ", still over the budget" };
        text.push_str(&format!(" {names} one at a time: {}{fits}.", needs(chosen)));
    }
    if let Some(best) =
        forecast.outlook()?.choices.iter().find(|choice| choice.recommended && choice.mode == Mode::Bulk)
    {
        text.push_str(&format!(" {}", best.why));
    }
    Some(text)
}

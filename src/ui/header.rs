//! What the plate is, and what can be done with it.

use egui::{Align, Button, Label, Layout, RichText, TextStyle, Ui};

use super::ends::ends;
use super::help::HELP;
use super::settings::SETTINGS;
use super::theme::{self, Theme};
use super::{watch, widgets};
use crate::app::{
    AppState, ClusterCommand, Commands, HelpCommand, HelpPlace, ISSUE, LogCommand, LogFilter, LogKind,
    PlateState, RunsCommand, SettingsCommand, StartCommand, StatusCommand, Tab, WatchCommand,
};
use crate::plan::Mode;
use crate::plate::Component;
use crate::quantity::{bytes_text, count_text, plural};
use crate::shown_text::{brief, whole};
use crate::ui::lists::{menu_item, name_container};

/// Height of two lines of text.
const HEIGHT: f32 = 36.0;

/// Width in points under which the buttons have a row of their own.
const ONE_ROW: f32 = 800.0;

/// The bar at the top.
pub(super) fn header_ui(ui: &mut Ui, state: &AppState, plate: &PlateState, commands: &mut Commands) {
    if ui.available_width() < ONE_ROW {
        title_ui(ui, plate, commands);
        ui.add_space(6.0);
        ui.horizontal_wrapped(|ui| actions_ui(ui, state, commands));
        return;
    }
    ui.horizontal(|ui| {
        ui.set_min_height(HEIGHT);
        widgets::logo(ui, 26.0);
        ui.add_space(2.0);
        let title = |ui: &mut Ui| {
            let mut asked = Commands::default();
            ui.with_layout(Layout::top_down(Align::Min), |ui| title_ui(ui, plate, &mut asked));
            asked
        };
        let (asked, ()) = ends(ui, Align::Center, title, |ui| {
            ui.add_space(6.0);
            actions_ui(ui, state, commands);
        });
        commands.extend(asked);
    });
}

/// The name of the plate, what is odd about it, and its facts.
fn title_ui(ui: &mut Ui, plate: &PlateState, commands: &mut Commands) {
    ui.spacing_mut().item_spacing.y = 1.0;
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = 0.0;
        ui.horizontal(|ui| {
            // Elided, so that there is room beside it.
            let name = brief(&plate.plate.name);
            let title = theme::strong(ui, &name).text_style(theme::title_style());
            let title = ui.add(Label::new(title).truncate());
            if name != plate.plate.name {
                title.on_hover_text(whole(&plate.plate.name));
            }
            warnings_ui(ui, plate, commands);
        });
        let facts = theme::caption(ui, facts_text(plate));
        ui.add(Label::new(facts).truncate());
    });
}

/// The buttons.
fn actions_ui(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let blocked = state.sequential_blocked();
    let hover = |blocked: &Option<String>, text: &str| {
        blocked.as_ref().map_or_else(|| text.to_owned(), |why| format!("Not now: {why}."))
    };
    tools_ui(ui, commands);
    let open = ui.add_enabled(state.runs.job.is_none(), Button::new("Open plate…"));
    let text =
        if state.runs.job.is_some() { "Not now: a run is going." } else { "Open another plate (Ctrl+O)." };
    if open.on_hover_text(text).on_disabled_hover_text(text).clicked() {
        commands.push(StartCommand::ShowStart);
    }
    let run = ui.add_enabled(blocked.is_none(), Button::new("Run one at a time"));
    let text = hover(&blocked, "Run all selected wells as chosen.");
    if run.on_hover_text(&text).on_disabled_hover_text(&text).clicked() {
        commands.push(RunsCommand::Run(Mode::Sequential));
    }
    more_ui(ui, state, commands);
    let compare = ui.add_enabled_ui(blocked.is_none(), |ui| widgets::primary_button(ui, "Compare both ways"));
    let text = hover(
        &blocked,
        "Run the largest selected well all at once and one at a time, and compare memory, time and results (Ctrl+Enter).",
    );
    let compare = compare.inner.on_hover_text(&text).on_disabled_hover_text(&text);
    if compare.clicked() {
        commands.push(RunsCommand::Compare { is_all_wells: false });
    }
}

fn more_ui(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let menu = ui.menu_button("⏷", |ui| {
        name_container(ui, "More ways to run");
        let all_at_once =
            menu_item(ui.add_enabled(state.run_blocked().is_none(), Button::new("Run all at once")));
        if all_at_once.on_hover_text("Run all selected wells with every image of a well in memory.").clicked()
        {
            commands.push(RunsCommand::Run(Mode::Bulk));
        }
        let can_compare = state.sequential_blocked().is_none();
        let compare = menu_item(ui.add_enabled(can_compare, Button::new("Compare all selected wells")));
        if compare
            .on_hover_text("Takes longer; memory is per well, so the largest well tells the peak.")
            .clicked()
        {
            commands.push(RunsCommand::Compare { is_all_wells: true });
        }
        ui.separator();
        let cluster =
            menu_item(ui.add_enabled(state.run_blocked().is_none(), Button::new("Run on a cluster…")));
        let text =
            "Write the files by which Snakemake or Slurm processes the selected wells, a job for each few.";
        if cluster.on_hover_text(text).clicked() {
            commands.push(ClusterCommand::Open);
        }
        let follow = menu_item(ui.button("Follow a run folder…"));
        if follow
            .on_hover_text("See wells turn done, with the memory and failures of each, whoever does them.")
            .clicked()
        {
            commands.push(ClusterCommand::PickRun);
        }
        ui.separator();
        let watch = menu_item(ui.button(watch::OPEN));
        if watch.on_hover_text(watch::WHAT).clicked() {
            commands.push(WatchCommand::Open);
        }
    });
    menu.response.accessible_name("More ways to run");
}

/// Settings and help.
pub(super) fn tools_ui(ui: &mut Ui, commands: &mut Commands) {
    let context = ui.ctx().clone();
    let hint = format!("Appearance, size of text, folders ({})", context.format_shortcut(&SETTINGS));
    if ui.button("Settings").on_hover_text(hint).clicked() {
        commands.push(SettingsCommand::ShowDialog(true));
    }
    let help = ui.button("Help").on_hover_text(format!("Search the guide ({})", HELP.name()));
    if help.clicked() {
        commands.push(HelpCommand::Show(HelpPlace::Contents));
    }
}

/// What is missing or odd, each a way to the list of it.
fn warnings_ui(ui: &mut Ui, plate: &PlateState, commands: &mut Commands) {
    let amber = Theme::of(ui).warning;
    let scan = &plate.plate;
    let kept_apart = format!("{} kept apart", plural(scan.projections.len(), "projection"));
    let missing = format!("{} missing", count_text(scan.missing_count()));
    let issue_count = scan.issues.len() + plate.image_issues.len();
    let issues = plural(issue_count, "issue");
    for (count, text, filter) in [
        (scan.projections.len(), kept_apart, ""),
        (scan.missing_count(), missing, "is missing"),
        (issue_count, issues, ISSUE),
    ] {
        if count == 0 {
            continue;
        }
        let text = RichText::new(text).text_style(TextStyle::Small).color(amber);
        let link = ui.add(egui::Link::new(text)).on_hover_text("Show in the log");
        if link.clicked() {
            commands
                .push(LogCommand::Filter(LogFilter { text: filter.to_owned(), kind: Some(LogKind::Plate) }));
            commands.push(StatusCommand::ShowTab(Tab::Log));
        }
    }
}

/// `ImageXpress · 2 of 96 wells · 2 sites · …`.
fn facts_text(plate: &PlateState) -> String {
    let scan = &plate.plate;
    let mut facts = vec![scan.format.name().to_owned()];
    facts.extend(scan.microscope.as_deref().filter(|name| *name != scan.format.name()).map(brief));
    facts.extend(scan.objective.as_deref().map(brief));
    let with_images = plate.wells.values().filter(|facts| facts.images + facts.projections > 0).count();
    facts.push(format!("{} of {} wells", count_text(with_images), count_text(scan.shape.wells())));
    for component in [Component::Site, Component::Channel, Component::Z, Component::Timepoint] {
        let count = plate
            .components
            .iter()
            .find(|facts| facts.component == component)
            .map_or(0, |facts| facts.names.len());
        let name = match component {
            Component::Z => format!("{} z", count_text(count)),
            _ => plural(count, component.name()),
        };
        if count > 1 || component != Component::Timepoint {
            facts.push(name);
        }
    }
    match plate.formats.as_slice() {
        [] => {}
        [(one, _)] => facts.push(one.to_string()),
        [(first, _), rest @ ..] => facts.push(format!("{first} and {} more", plural(rest.len(), "format"))),
    }
    facts.push(amount_text(plate));
    facts.join(" · ")
}

/// `84 images, 44 MB`; `about` where not all sizes were read.
fn amount_text(plate: &PlateState) -> String {
    let images = plate.plate.images.len();
    let measured: usize = plate.formats.iter().map(|(_, count)| count).sum();
    if measured == 0 {
        return plural(images, "image");
    }
    let bytes: u64 = plate.formats.iter().map(|(format, count)| format.bytes() * *count as u64).sum();
    if measured >= images {
        format!("{}, {}", plural(images, "image"), bytes_text(bytes))
    } else {
        let all = bytes as f64 / measured as f64 * images as f64;
        format!("{}, about {}", plural(images, "image"), bytes_text(all as u64))
    }
}

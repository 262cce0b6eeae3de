//! The run folder that is followed: how far it is, and the memory and failures of each well that is done.

use egui::{Label, ScrollArea, TextStyle, Ui};

use crate::app::{ClusterCommand, Commands, Followed, SeenRun, StatusCommand};
use crate::quantity::{bytes_text, plural, secs_text};
use crate::record::folder::WellProgress;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets;

/// Height of the list of wells before it scrolls.
const WELLS: f32 = 180.0;

/// The section of the run that is followed.
pub(crate) fn followed_ui(ui: &mut Ui, followed: &Followed, commands: &mut Commands) {
    widgets::section_heading(ui, "Run folder");
    let path = followed.folder.display().to_string();
    ui.add(Label::new(theme::caption(ui, &path)).truncate()).on_hover_text(&path);
    match &followed.seen {
        None => {
            ui.label(theme::caption(ui, "looking…"));
        }
        Some(Err(why)) => {
            ui.add(Label::new(theme::weak(ui, why)).wrap());
        }
        Some(Ok(seen)) => seen_ui(ui, seen),
    }
    ui.horizontal(|ui| {
        let is_merged = matches!(&followed.seen, Some(Ok(seen)) if seen.is_merged);
        if is_merged && ui.button("Show under Runs").on_hover_text("It opens like any other run.").clicked() {
            commands.push(ClusterCommand::ShowRun);
        }
        if ui.button("Folder").accessible_name("Show the run folder").clicked() {
            commands.push(StatusCommand::ShowFolder(followed.folder.clone()));
        }
        if ui.button("Stop following").clicked() {
            commands.push(ClusterCommand::StopFollowing);
        }
    });
}

fn seen_ui(ui: &mut Ui, seen: &SeenRun) {
    let (done, wanted) = (seen.done.len(), seen.wanted.len());
    let fraction = if wanted == 0 { 0.0 } else { done as f32 / wanted as f32 };
    let mut parts = vec![format!("{done} of {} done", plural(wanted, "well"))];
    if !seen.working.is_empty() {
        parts.push(format!("{} being processed", seen.working.len()));
    }
    let failed = seen.failed();
    if failed > 0 {
        parts.push(format!("{} failed", plural(failed, "image")));
    }
    if seen.is_merged {
        parts.push("put together".to_owned());
    }
    ui.label(theme::strong(ui, parts.join(" · ")));
    widgets::progress_bar(ui, fraction, ui.available_width(), Theme::of(ui).fits, "Wells done");
    if done == 0 {
        return;
    }
    row_ui(ui, ["Well", "Memory", "Time", "Failed"].map(str::to_owned), true);
    let height = ui.text_style_height(&TextStyle::Body);
    let wells: Vec<_> = seen.done.iter().collect();
    let scroll = ScrollArea::vertical().id_salt("followed").max_height(WELLS).auto_shrink([false, true]);
    scroll.show_rows(ui, height, wells.len(), |ui, rows| {
        for (well, progress) in &wells[rows] {
            let [memory, secs, failed] = cells(progress.as_ref());
            row_ui(ui, [well.to_string(), memory, secs, failed], false);
        }
    });
}

/// Memory, time and failures of a well.
fn cells(progress: Option<&WellProgress>) -> [String; 3] {
    let Some(progress) = progress else { return ["…", "…", "…"].map(str::to_owned) };
    let memory = progress.peak_rss_bytes.map_or_else(|| "unknown".to_owned(), bytes_text);
    let failed = if progress.failed == 0 { String::new() } else { progress.failed.to_string() };
    [memory, secs_text(progress.secs), failed]
}

fn row_ui(ui: &mut Ui, cells: [String; 4], is_head: bool) {
    ui.columns(4, |columns| {
        for (column, cell) in columns.iter_mut().zip(cells) {
            let text = if is_head { theme::caption(column, cell) } else { theme::weak(column, cell) };
            column.add(Label::new(text).truncate());
        }
    });
}

//! The log as a list that can be filtered and copied.

use std::ops::Range;

use egui::{
    Align, Button, ComboBox, Label, Role, ScrollArea, Sense, TextEdit, TextStyle, Ui, WidgetInfo, pos2, vec2,
};

use super::ends::ends;
use super::reading::{Reading, Takes};
use super::theme::{self, Theme};
use super::widgets;
use crate::app::{Commands, LogCommand, LogFilter, LogKind, LogLine, LogState, StatusCommand};
use crate::quantity::{decimal_text, plural};
use crate::ui::lists::{choice, list_ui};

/// Height of a line.
const ROW: f32 = 21.0;

/// The lines that pass the filter, kept between frames so that a long log is not searched each time.
#[derive(Debug, Default)]
pub(crate) struct LogView {
    filter: LogFilter,
    /// Places of the lines that pass, counted from the first line ever added.
    passing: Vec<usize>,
    /// Number of lines searched so far.
    searched: usize,
}

impl LogView {
    fn refresh(&mut self, log: &LogState) {
        let added = log.lines.added();
        if self.filter != log.filter || added < self.searched {
            self.filter = log.filter.clone();
            self.passing.clear();
            self.searched = 0;
        }
        let dropped = log.lines.dropped();
        if self.searched < dropped {
            self.searched = dropped;
        }
        let gone = self.passing.partition_point(|place| *place < dropped);
        self.passing.drain(..gone);
        let wanted = self.filter.text.to_lowercase();
        for (place, line) in log.lines.lines().iter().enumerate().skip(self.searched - dropped) {
            if passes(&self.filter, &wanted, line) {
                self.passing.push(place + dropped);
            }
        }
        self.searched = added;
    }
}

fn passes(filter: &LogFilter, wanted: &str, line: &LogLine) -> bool {
    filter.kind.is_none_or(|kind| kind == line.kind)
        && (wanted.is_empty() || line.text.to_lowercase().contains(wanted))
}

/// The page with filter and lines.
pub(crate) fn log_ui(ui: &mut Ui, log: &LogState, view: &mut LogView, commands: &mut Commands) {
    view.refresh(log);
    filter_ui(ui, log, view, commands);
    if view.passing.is_empty() {
        let text =
            if log.lines.added() == 0 { "Nothing has happened yet." } else { "No line passes the filter." };
        ui.label(theme::weak(ui, text));
        return;
    }
    let dropped = log.lines.dropped();
    ui.spacing_mut().item_spacing.y = 0.0;
    let scroll = ScrollArea::vertical().id_salt("log").auto_shrink(false).stick_to_bottom(true);
    let reading = Reading::begin(ui, "Lines of the log", f32::INFINITY, Takes::Own);
    let lines = |ui: &mut Ui, rows: Range<usize>| {
        reading.scroll(ui);
        for place in &view.passing[rows] {
            if let Some(line) = place.checked_sub(dropped).and_then(|place| log.lines.lines().get(place)) {
                line_ui(ui, line);
            }
        }
    };
    reading.show(ui, |ui| scroll.show_rows(ui, ROW, view.passing.len(), lines));
}

fn filter_ui(ui: &mut Ui, log: &LogState, view: &LogView, commands: &mut Commands) {
    let mut filter = log.filter.clone();
    ui.horizontal(|ui| {
        let edit = TextEdit::singleline(&mut filter.text).hint_text("Filter the log").desired_width(200.0);
        ui.add(edit).accessible_name("Filter the log");
        let shown = filter.kind.map_or("Everything", LogKind::name);
        let combo = ComboBox::from_id_salt("kind").width(100.0);
        list_ui(ui, combo, "Kind of lines", shown, |ui| {
            choice(ui, &mut filter.kind, None, "Everything");
            for kind in LogKind::ALL {
                choice(ui, &mut filter.kind, Some(kind), kind.name());
            }
        });
        let place = |ui: &mut Ui| {
            if let Some(file) = &log.file {
                let place = file.display().to_string();
                let text =
                    "What happened is also kept in this file, and beside the record of each run as run.log";
                ui.add(Label::new(theme::caption(ui, &place)).truncate()).on_hover_text(text);
            }
        };
        ends(ui, Align::Center, place, |ui| {
            ui.label(theme::caption(ui, plural(view.passing.len(), "line")));
            let copy = ui.add_enabled(!view.passing.is_empty(), Button::new("Copy"));
            if copy.on_hover_text("Copy the lines shown here").clicked() {
                commands.push(StatusCommand::Copy(shown_text(log, view)));
            }
        });
    });
    ui.add_space(4.0);
    if filter != log.filter {
        commands.push(LogCommand::Filter(filter));
    }
}

fn shown_text(log: &LogState, view: &LogView) -> String {
    let mut text = String::new();
    for place in &view.passing {
        let line = place.checked_sub(log.lines.dropped()).and_then(|place| log.lines.lines().get(place));
        if let Some(line) = line {
            text.push_str(&line.to_text());
            text.push('\n');
        }
    }
    text
}

fn line_ui(ui: &mut Ui, line: &LogLine) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &line.text));
    let small = TextStyle::Small.resolve(ui.style());
    let middle = rect.center().y;
    if let Some(secs) = line.at_secs {
        let time = format!("{} s", decimal_text(secs, 2));
        let at = pos2(rect.left() + 54.0, middle);
        ui.painter().text(at, egui::Align2::RIGHT_CENTER, time, small.clone(), theme.text_weak);
    }
    if let Some(mode) = line.mode {
        let mark = egui::Rect::from_center_size(pos2(rect.left() + 66.0, middle), vec2(4.0, 12.0));
        ui.painter().rect_filled(mark, 2.0, theme.mode(mode));
    }
    let colour = match line.kind {
        LogKind::Failure => theme.over,
        LogKind::Warning => theme.warning,
        LogKind::Plate | LogKind::Run | LogKind::Memory => theme.text,
    };
    let body = TextStyle::Body.resolve(ui.style());
    let left = rect.left() + 78.0;
    let room = rect.right() - left;
    let end = widgets::paint_elided(ui, pos2(left, middle), room, &line.text, body, colour);
    if end > rect.right() - 12.0 {
        response.on_hover_text(&line.text);
    }
}

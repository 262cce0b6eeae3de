//! Rows of a name and what is chosen for it.

use egui::{ComboBox, Ui};

use crate::ui::ends::at_end;
use crate::ui::lists::{choice, list_ui};
use crate::ui::theme;

/// A row with a name, and what is added at its right end.
pub(super) fn row(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.label(theme::weak(ui, name));
        at_end(ui, add);
    });
}

/// A list to choose from: values with what they are called, and what they do.
pub(super) fn choice_ui<T: Copy + PartialEq, S: AsRef<str>>(
    ui: &mut Ui,
    name: &str,
    chosen: &mut T,
    options: &[(T, S, &'static str)],
) {
    let text = options.iter().find(|(value, ..)| value == chosen).map_or("", |(_, text, _)| text.as_ref());
    let text = text.to_owned();
    list_ui(ui, ComboBox::from_id_salt(name).width(128.0), name, text, |ui| {
        for (value, text, explanation) in options {
            choice(ui, chosen, *value, text.as_ref()).on_hover_text(*explanation);
        }
    });
}

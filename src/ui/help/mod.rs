//! The help: a window within the window, with the pages of the guide, what is sought in them, and what the program is made of.

mod about;
mod page;

use egui::{
    Button, Context, Id, Key, LayerId, Margin, Modifiers, Order, Rect, RichText, ScrollArea, TextEdit, Ui,
    vec2,
};

use super::theme::{self, GAP, Theme};
use super::widgets;
use crate::app::{AppState, Commands, HelpCommand, HelpPlace, Topic};
use crate::guide::{self, PAGES};
use about::AboutView;
use page::PageView;

/// The key that explains what is shown, and the one that lists all keys.
pub(crate) const HELP: Key = Key::F1;
pub(crate) const KEYS: Key = Key::Questionmark;

/// Width of the list of pages, in points.
const LIST: f32 = 190.0;
/// Size of the help at first, in points.
const SIZE: egui::Vec2 = vec2(860.0, 640.0);
/// The width under which the list of pages stands alone, and a page alone.
const NARROW: f32 = 560.0;

/// How the help looks, apart from what it shows.
#[derive(Default)]
pub(crate) struct HelpView {
    page: PageView,
    about: AboutView,
    /// Whether the field of words has the focus next.
    is_opening: bool,
    was_open: bool,
    /// Which of the places asked for was shown last.
    asked: u64,
    /// Whether it stands above a dialog, in which it was asked for.
    is_raised: bool,
}

/// What F1 explains: the dialog that is open, or else the page.
fn topic_of(state: &AppState) -> Topic {
    if state.browse.open.is_some() {
        Topic::Plates
    } else if state.forecast.planned.is_some() {
        Topic::Forecast
    } else if state.cluster.dialog.is_some() {
        Topic::Cluster
    } else if state.is_start() {
        Topic::FirstSteps
    } else {
        Topic::of_tab(state.status.tab)
    }
}

/// F1 explains what is shown; `?` lists the keys.
pub(super) fn take_keys(ui: &Ui, state: &AppState, view: &HelpView, commands: &mut Commands) {
    if ui.input_mut(|input| input.consume_key(Modifiers::NONE, HELP)) {
        commands.push(HelpCommand::Explain(topic_of(state)));
    }
    let is_above = view.is_raised || !has_dialog(ui.ctx());
    if state.help.is_open
        && is_above
        && !egui::Popup::is_any_open(ui.ctx())
        && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
    {
        commands.push(HelpCommand::Close);
    }
    // A question mark may be part of what is typed.
    let is_typing = ui.ctx().text_edit_focused() || state.browse.open.is_some();
    if !is_typing && ui.input(|input| input.key_pressed(KEYS)) {
        commands.push(HelpCommand::Explain(Topic::Keyboard));
    }
}

/// Whether a dialog keeps from what lies behind it.
fn has_dialog(context: &Context) -> bool {
    context.memory(|memory| memory.top_modal_layer().is_some())
}

/// The help, where it is open.
pub(super) fn help_ui(context: &Context, state: &AppState, view: &mut HelpView, commands: &mut Commands) {
    let help = &state.help;
    if !help.is_open {
        (view.was_open, view.is_raised) = (false, false);
        return;
    }
    let is_asked = std::mem::replace(&mut view.asked, help.asked) != help.asked;
    view.is_raised = has_dialog(context) && (view.is_raised || is_asked);
    view.is_opening = !std::mem::replace(&mut view.was_open, true);
    let room = context.content_rect().size() - vec2(32.0, 32.0);
    let mut is_open = true;
    let order = if view.is_raised { Order::Foreground } else { Order::Middle };
    let layer = LayerId::new(order, Id::unique("help"));
    if view.is_raised && !context.memory(|memory| memory.allows_interaction(layer)) {
        context.move_to_top(layer);
    }
    egui::Window::new("Help")
        .id(layer.id)
        .order(order)
        .open(&mut is_open)
        .default_size(SIZE.min(room - vec2(0.0, 40.0)))
        .max_size(room)
        .default_pos(context.content_rect().center() - SIZE.min(room) / 2.0)
        .collapsible(false)
        .show(context, |ui| {
            bar_ui(ui, state, view, commands);
            ui.add_space(4.0);
            widgets::rule(ui);
            let is_narrow = ui.available_width() < NARROW;
            if is_narrow {
                let is_list = help.place == HelpPlace::Contents || !help.sought.trim().is_empty();
                if is_list {
                    contents_ui(ui, state, commands);
                } else {
                    place_ui(ui, state, view, commands);
                }
                return;
            }
            let all = ui.available_rect_before_wrap();
            let list = Rect::from_min_size(all.min, vec2(LIST, all.height()));
            let text = Rect::from_min_max(list.right_top() + vec2(GAP * 2.0, 0.0), all.max);
            ui.scope_builder(egui::UiBuilder::new().max_rect(list), |ui| contents_ui(ui, state, commands));
            ui.scope_builder(egui::UiBuilder::new().max_rect(text), |ui| place_ui(ui, state, view, commands));
            ui.advance_cursor_after_rect(all);
        });
    if !is_open {
        commands.push(HelpCommand::Close);
    }
}

/// The way back and the words that are sought.
fn bar_ui(ui: &mut Ui, state: &AppState, view: &HelpView, commands: &mut Commands) {
    ui.horizontal(|ui| {
        let back = ui.add_enabled(state.help.has_past(), Button::new("Back"));
        if back.clicked() {
            commands.push(HelpCommand::Back);
        }
        let mut sought = state.help.sought.clone();
        let edit = TextEdit::singleline(&mut sought)
            .hint_text("Search the help")
            .desired_width(ui.available_width());
        let field = ui.add(edit).accessible_name("Search the help");
        if view.is_opening {
            field.request_focus();
        }
        if field.changed() {
            commands.push(HelpCommand::Search(sought));
        }
    });
}

/// The pages, or the places in which the words were found.
fn contents_ui(ui: &mut Ui, state: &AppState, commands: &mut Commands) {
    let margin = Margin { right: 10, ..Margin::ZERO };
    ScrollArea::vertical().id_salt("help contents").auto_shrink(false).content_margin(margin).show(
        ui,
        |ui| {
            let help = &state.help;
            let found = guide::find(&help.sought);
            let is_sought = !help.sought.trim().is_empty();
            if is_sought && found.is_empty() {
                ui.label(theme::weak(ui, "Nothing was found. Try fewer or other words."));
            }
            for one in &found {
                let place = HelpPlace::Page(one.page, one.anchor.clone());
                let is_shown = help.place == place;
                let title = if one.anchor.is_some() { one.page.title() } else { "" };
                entry_ui(ui, &one.heading, title, &one.excerpt, is_shown, || place, commands);
            }
            if is_sought {
                return;
            }
            for page in PAGES {
                let is_shown = matches!(&help.place, HelpPlace::Page(shown, _) if *shown == page);
                entry_ui(ui, page.title(), "", "", is_shown, || HelpPlace::Page(page, None), commands);
            }
            ui.add_space(4.0);
            widgets::rule(ui);
            let is_shown = help.place == HelpPlace::About;
            entry_ui(ui, "About Stepwell", "", "", is_shown, || HelpPlace::About, commands);
        },
    );
}

/// A place that can be shown.
fn entry_ui(
    ui: &mut Ui,
    name: &str,
    of: &str,
    excerpt: &str,
    is_shown: bool,
    place: impl FnOnce() -> HelpPlace,
    commands: &mut Commands,
) {
    theme::quiet_selection(ui);
    let name =
        RichText::new(name).text_style(if is_shown { theme::strong_style() } else { egui::TextStyle::Body });
    let entry = Button::selectable(is_shown, name).wrap().min_size(vec2(ui.available_width(), 0.0));
    if ui.add(entry).clicked() {
        commands.push(HelpCommand::Show(place()));
    }
    for text in [of, excerpt].into_iter().filter(|text| !text.is_empty()) {
        // Under the words of the button.
        let indent = ui.spacing().button_padding.x;
        let margin = Margin { left: indent as i8, ..Margin::ZERO };
        egui::Frame::NONE.inner_margin(margin).show(ui, |ui| {
            ui.add(egui::Label::new(theme::caption(ui, text)).wrap());
        });
    }
}

/// What is shown beside the list.
fn place_ui(ui: &mut Ui, state: &AppState, view: &mut HelpView, commands: &mut Commands) {
    match &state.help.place {
        HelpPlace::Contents => {
            ui.add_space(GAP);
            ui.label(theme::weak(ui, "Choose a page, or type a word."));
        }
        HelpPlace::Page(page, anchor) => {
            page::page_ui(ui, page, anchor.as_deref(), &state.help, &mut view.page, commands);
        }
        HelpPlace::About => about::about_ui(ui, state, &mut view.about, commands),
    }
}

/// A small button that explains something.
pub(crate) fn explain_button(ui: &mut Ui, topic: Topic, name: &str, commands: &mut Commands) {
    let glyph = RichText::new("?").size(11.0).color(Theme::of(ui).text_weak);
    let button = Button::new(glyph).frame(false).min_size(vec2(18.0, 18.0));
    if ui.add(button).accessible_name(name).on_hover_text(name).clicked() {
        commands.push(HelpCommand::Explain(topic));
    }
}

//! One page of the guide.

use std::collections::HashMap;

use egui::{Id, Margin, ScrollArea, Ui};
use egui_commonmark::{CommonMarkCache, CommonMarkViewer};

use crate::app::{Commands, HelpCommand, HelpPlace, HelpState};
use crate::guide::{self, GuidePage, PICTURES};
use crate::ui::reading::{Reading, Takes};

/// Where the pictures of pages are found.
const PICTURES_AT: &str = "bytes://guide/";

/// The pages as they are drawn.
#[derive(Default)]
pub(super) struct PageView {
    cache: CommonMarkCache,
    /// The pages that were shown, ready to be drawn.
    ready: HashMap<&'static str, ReadyPage>,
    /// The count of the place that was scrolled to last.
    scrolled: u64,
    has_pictures: bool,
}

/// A page ready to be drawn.
struct ReadyPage {
    /// Its Markdown, each heading with its anchor.
    text: String,
    /// Its links, and where in the guide they lead.
    links: Vec<(String, HelpPlace)>,
}

impl ReadyPage {
    fn of(page: &'static GuidePage) -> Self {
        let mut text = String::with_capacity(page.text.len() + 1024);
        let mut copied = 0;
        for section in page.sections() {
            // The heading's own line, which may end the text.
            let end = page.text[section.place.clone()].trim_end().len() + section.place.start;
            text.push_str(&page.text[copied..end]);
            text.push_str(&format!(" {{#{}}}", section.anchor));
            copied = end;
        }
        text.push_str(&page.text[copied..]);
        let links = page.links().into_iter().filter_map(|link| {
            let (to, anchor) = guide::place_of(page, &link)?;
            Some((link, HelpPlace::Page(to, anchor)))
        });
        Self { text, links: links.collect() }
    }
}

pub(super) fn page_ui(
    ui: &mut Ui,
    page: &'static GuidePage,
    anchor: Option<&str>,
    help: &HelpState,
    view: &mut PageView,
    commands: &mut Commands,
) {
    let PageView { cache, ready, scrolled, has_pictures } = view;
    if !std::mem::replace(has_pictures, true) {
        for (path, bytes) in PICTURES {
            ui.ctx().include_bytes(format!("{PICTURES_AT}{path}"), *bytes);
        }
    }
    let ready = ready.entry(page.name).or_insert_with(|| ReadyPage::of(page));
    cache.link_hooks_clear();
    for (link, _) in &ready.links {
        cache.add_link_hook(link);
    }
    let id = Id::unique(("help page", page.name));
    let is_asked = std::mem::replace(scrolled, help.asked) != help.asked;
    if is_asked {
        cache.scroll_to_heading(&id, anchor.map(ToOwned::to_owned));
    }
    let margin = Margin { right: 14, top: 6, ..Margin::ZERO };
    let mut scroll = ScrollArea::vertical().id_salt(page.name).auto_shrink(false).content_margin(margin);
    if is_asked && anchor.is_none() {
        scroll = scroll.vertical_scroll_offset(0.0);
    }
    let reading = Reading::begin(ui, page.title(), f32::INFINITY, Takes::OfDialog);
    let text = |ui: &mut Ui| {
        reading.scroll(ui);
        // Text of many lines is read, and copied, as a text.
        ui.style_mut().interaction.selectable_labels = true;
        let width = ui.available_width();
        CommonMarkViewer::new()
            .default_implicit_uri_scheme(PICTURES_AT)
            .enable_scroll_to_heading(true)
            .max_image_width(Some(width as usize))
            .default_width(Some(width as usize))
            .show_with_id(id, ui, cache, &ready.text);
        ui.add_space(24.0);
    };
    reading.show(ui, |ui| scroll.show(ui, text));
    let followed = ready.links.iter().find(|(link, _)| cache.get_link_hook(link) == Some(true));
    if let Some((_, place)) = followed {
        commands.push(HelpCommand::Show(place.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::PAGES;

    #[test]
    fn headings_have_their_anchors_and_nothing_else_changes() {
        for page in PAGES {
            let ready = ReadyPage::of(page);
            let mut without = ready.text.clone();
            for section in page.sections() {
                let mark = format!(" {{#{}}}", section.anchor);
                assert!(ready.text.contains(&mark), "{}: {mark}", page.name);
                without = without.replacen(&mark, "", 1);
            }
            assert_eq!(without, page.text, "{}", page.name);
        }
    }
}

//! The guide: pages that are read on the web and in the window's help alike, their headings, and what is found in them.
//!
//! The pages are GitHub-flavoured Markdown in `assets/guide`. A heading is known by its anchor, which is made as GitHub makes it, so
//! that a link leads to the same place in both.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A page.
#[derive(Debug, PartialEq, Eq)]
pub struct GuidePage {
    /// The name of its file, without the ending.
    pub name: &'static str,
    /// Its Markdown.
    pub text: &'static str,
}

macro_rules! pages {
    ($($name:literal,)*) => {
        /// All pages, in the order in which a newcomer reads them.
        pub const PAGES: &[GuidePage] = &[
            $(GuidePage { name: $name, text: include_str!(concat!("../assets/guide/", $name, ".md")) },)*
        ];
    };
}

pages![
    "first-steps",
    "one-at-a-time",
    "memory",
    "chart",
    "pipelines",
    "steps",
    "images",
    "runs",
    "results",
    "other-programs",
    "plates",
    "file-names",
    "files-from-others",
    "when-something-fails",
    "clusters",
    "command-line",
    "keyboard",
    "numbers",
    "platforms",
    "words",
];

macro_rules! pictures {
    ($($name:literal,)*) => {
        /// The pictures of the pages, by their paths as the pages have them.
        pub const PICTURES: &[(&str, &[u8])] = &[
            $((concat!("../../screenshots/", $name), include_bytes!(concat!("../screenshots/", $name))),)*
        ];
    };
}

pictures![
    "browser-dark.png",
    "channels-dark.png",
    "cluster-dark.png",
    "continue-dark.png",
    "editor-dark.png",
    "keys-chart-dark.png",
    "keys-map-dark.png",
    "keys-question-dark.png",
    "keys-runs-dark.png",
    "misfit-dark.png",
    "names-dark.png",
    "ome-zarr-labels.png",
    "overlay-dark.png",
    "overview-dark.png",
    "planned-dark.png",
    "plate-dark.png",
    "run-folder-dark.png",
    "runs-dark.png",
    "side-by-side-dark.png",
    "sites-dark.png",
    "small-dark.png",
    "study-dark.png",
];

/// A heading of a page and what stands under it, up to the next heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuideSection {
    /// The heading as it is read.
    pub heading: String,
    /// 1 for the page's own.
    pub level: u8,
    /// By which a link names it.
    pub anchor: String,
    /// Where its heading stands in the page's Markdown.
    pub place: Range<usize>,
    /// The words under it, without marks.
    pub words: String,
}

/// A section in which something was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The page.
    pub page: &'static GuidePage,
    /// The heading of the section.
    pub heading: String,
    /// The anchor of the section; `None` for the top of the page.
    pub anchor: Option<String>,
    /// Some words of the section around what was found.
    pub excerpt: String,
}

impl GuidePage {
    /// The page of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        PAGES.iter().find(|page| page.name == name)
    }

    /// Its title.
    pub fn title(&self) -> &'static str {
        let first = self.text.lines().find_map(|line| line.strip_prefix("# "));
        first.unwrap_or(self.name).trim()
    }

    /// Its sections, in order.
    pub fn sections(&self) -> Vec<GuideSection> {
        sections_of(self.text)
    }

    /// Where its links lead, each once.
    pub fn links(&self) -> Vec<String> {
        targets_of(self.text).links
    }

    /// The paths of its pictures, each once.
    pub fn pictures(&self) -> Vec<String> {
        targets_of(self.text).pictures
    }
}

/// Where a link of a page leads within the guide: the name of a page and an anchor. `None` for a link that leads elsewhere.
pub fn place_of(page: &GuidePage, link: &str) -> Option<(&'static GuidePage, Option<String>)> {
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let name = if file.is_empty() { page.name } else { file.strip_suffix(".md")? };
    Some((GuidePage::named(name)?, anchor.map(ToOwned::to_owned)))
}

/// What a text in Markdown leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets {
    /// Where its links lead, each once.
    pub links: Vec<String>,
    /// The paths of its pictures, each once.
    pub pictures: Vec<String>,
}

/// What a text in Markdown leads to.
pub fn targets_of(text: &str) -> Targets {
    let mut targets = Targets::default();
    let mut add = |of: fn(&mut Targets) -> &mut Vec<String>, to: String| {
        let known = of(&mut targets);
        if !known.contains(&to) {
            known.push(to);
        }
    };
    for event in Parser::new_ext(text, options()) {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => add(|of| &mut of.links, dest_url.into_string()),
            Event::Start(Tag::Image { dest_url, .. }) => add(|of| &mut of.pictures, dest_url.into_string()),
            _ => {}
        }
    }
    targets
}

/// The sections of a text in Markdown.
pub fn sections_of(text: &str) -> Vec<GuideSection> {
    let mut sections: Vec<GuideSection> = Vec::new();
    let mut is_heading = false;
    for (event, place) in Parser::new_ext(text, options()).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                is_heading = true;
                let level = level as u8;
                let (heading, anchor, words) = (String::new(), String::new(), String::new());
                sections.push(GuideSection { heading, level, anchor, place, words });
            }
            Event::End(TagEnd::Heading(_)) => {
                is_heading = false;
                let Some((last, before)) = sections.split_last_mut() else { continue };
                last.anchor = anchor_of(&last.heading, before);
            }
            Event::Text(words) | Event::Code(words) => {
                if let Some(section) = sections.last_mut() {
                    if is_heading { section.heading.push_str(&words) } else { section.words.push_str(&words) }
                }
            }
            Event::SoftBreak | Event::HardBreak => add_space(&mut sections),
            Event::End(end) if !is_within_a_line(end) => add_space(&mut sections),
            _ => {}
        }
    }
    sections
}

/// Words of different lines are told apart.
fn add_space(sections: &mut [GuideSection]) {
    if let Some(section) = sections.last_mut().filter(|section| !section.words.ends_with(' ')) {
        section.words.push(' ');
    }
}

/// Whether what ends stands within a line of words.
fn is_within_a_line(end: TagEnd) -> bool {
    matches!(end, TagEnd::Emphasis | TagEnd::Strong | TagEnd::Link | TagEnd::Image | TagEnd::Strikethrough)
}

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH
}

/// The anchor of a heading as GitHub makes it: in lower case, blanks as hyphens, without punctuation, and with a number where it was
/// there before.
fn anchor_of(heading: &str, before: &[GuideSection]) -> String {
    let kept = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_' || letter == ' ';
    let plain: String = heading.trim().to_lowercase().chars().filter(|letter| kept(*letter)).collect();
    let plain = plain.replace(' ', "-");
    let is_known = |anchor: &str| before.iter().any(|section| section.anchor == anchor);
    let numbered = (1..).map(|number| format!("{plain}-{number}"));
    std::iter::once(plain.clone()).chain(numbered).find(|anchor| !is_known(anchor)).unwrap_or_default()
}

/// How many words of a section are shown before what was found, and how many from it on, in letters.
const BEFORE: usize = 40;
const AFTER: usize = 110;

/// The sections that have all words that are sought, in whatever order; those first that have them in their headings. None
/// where nothing is sought.
pub fn find(sought: &str) -> Vec<Found> {
    let words: Vec<String> = sought.split_whitespace().map(str::to_lowercase).collect();
    if words.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for page in PAGES {
        for section in page.sections() {
            let (heading, text) = (section.heading.to_lowercase(), section.words.to_lowercase());
            if !words.iter().all(|word| heading.contains(word) || text.contains(word)) {
                continue;
            }
            let missed = words.iter().filter(|word| !heading.contains(*word)).count();
            let excerpt = excerpt(&section.words, &words);
            let anchor = (section.level > 1).then_some(section.anchor);
            found.push((missed, Found { page, heading: section.heading, anchor, excerpt }));
        }
    }
    found.sort_by_key(|(missed, _)| *missed);
    found.into_iter().map(|(_, found)| found).collect()
}

/// Some words around the first of those that are sought.
fn excerpt(text: &str, words: &[String]) -> String {
    let letters: Vec<char> = text.chars().collect();
    // Letter by letter, because some get longer in lower case.
    let lower: Vec<String> = letters.iter().map(|letter| letter.to_lowercase().collect()).collect();
    let is_at = |place: usize, word: &str| {
        let mut rest = word;
        for letter in &lower[place..] {
            match rest.strip_prefix(letter.as_str()) {
                Some("") => return true,
                Some(after) => rest = after,
                None => return false,
            }
        }
        false
    };
    let place = (0..letters.len()).find(|place| words.iter().any(|word| is_at(*place, word))).unwrap_or(0);
    let from = place.saturating_sub(BEFORE);
    // Whole words.
    let from =
        if from == 0 { 0 } else { (from..place).find(|at| letters[*at] == ' ').map_or(place, |at| at + 1) };
    let to = (place + AFTER).min(letters.len());
    let to =
        if to == letters.len() { to } else { (place..to).rev().find(|at| letters[*at] == ' ').unwrap_or(to) };
    let part: String = letters[from..to].iter().collect();
    let (before, after) = (if from > 0 { "… " } else { "" }, if to < letters.len() { " …" } else { "" });
    format!("{before}{}{after}", part.trim())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn sections_have_the_anchors_of_the_web() {
        let text = "# RAM, for `my` plate?\n\nIntro *words* here.\n\n## What is 1 MB?\n\n```\n# no heading\n```\n\n\
                    ## What is 1 MB?\n\n| a | b |\n|---|---|\n| Größe | z_1 |\n\n### Über-all & more\nend";
        let sections = sections_of(text);
        let table: Vec<(&str, u8, &str)> = sections
            .iter()
            .map(|section| (section.heading.as_str(), section.level, section.anchor.as_str()))
            .collect();
        let expected = [
            ("RAM, for my plate?", 1, "ram-for-my-plate"),
            ("What is 1 MB?", 2, "what-is-1-mb"),
            ("What is 1 MB?", 2, "what-is-1-mb-1"),
            ("Über-all & more", 3, "über-all--more"),
        ];
        assert_eq!(table, expected);
        assert_eq!(sections[0].words.trim(), "Intro words here.");
        assert!(sections[1].words.contains("# no heading") && sections[2].words.contains("Größe"));
        assert!(text[sections[1].place.clone()].starts_with("## What is"));
    }

    #[test]
    fn every_page_of_the_folder_is_a_page_with_one_title() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/guide");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> =
            files.filter_map(|name| name.to_str()?.strip_suffix(".md").map(ToOwned::to_owned)).collect();
        let mut pages: Vec<&str> = PAGES.iter().map(|page| page.name).collect();
        names.sort();
        pages.sort_unstable();
        assert_eq!(names, pages);
        for page in PAGES {
            let tops = page.sections().iter().filter(|section| section.level == 1).count();
            assert_eq!(tops, 1, "{}", page.name);
            assert!(!page.title().is_empty());
        }
    }

    #[test]
    fn the_pictures_of_the_pages_are_in_the_program() {
        let named: BTreeSet<String> = PAGES.iter().flat_map(GuidePage::pictures).collect();
        let known: BTreeSet<String> = PICTURES.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(known, named);
        for (path, bytes) in PICTURES {
            let picture = image::load_from_memory(bytes);
            assert!(picture.is_ok(), "{path}: {:?}", picture.err());
        }
    }

    #[test]
    fn words_are_found_where_they_stand_and_headings_come_first() {
        assert_eq!(find("  "), []);
        assert_eq!(find("nobody-writes-this"), []);
        let found = find("CHART");
        let headings: Vec<bool> =
            found.iter().map(|one| one.heading.to_lowercase().contains("chart")).collect();
        assert!(headings[0] && headings.is_sorted_by(|before, after| before >= after), "{found:?}");
        for one in &found {
            let text = one.page.text.to_lowercase();
            assert!(text.contains("chart"), "{one:?}");
        }
        let table = [
            ("one two three", "two", "one two three"),
            ("ẞ İstanbul is here", "here", "ẞ İstanbul is here"),
            ("", "x", ""),
        ];
        for (text, word, expected) in table {
            assert_eq!(excerpt(text, &[word.to_owned()]), expected);
        }
        let long = format!("{} needle {}", "hay ".repeat(50), "straw ".repeat(50));
        let part = excerpt(&long, &["needle".to_owned()]);
        assert!(
            part.starts_with("… hay ") && part.contains("needle straw") && part.ends_with("straw …"),
            "{part}"
        );
    }
}

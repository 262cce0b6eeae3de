//! README, the guide and their neighbours: links lead somewhere, pictures are made again, pages are found.

use std::collections::{BTreeMap, BTreeSet};

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Tag};

use stepwell::guide::sections_of;

use crate::pages::{Document, GUIDE, documents, read, top};

/// Pictures that no test makes, and of what they are.
const NOT_BY_TESTS: [(&str, &str); 1] = [("ome-zarr-labels", "the window of napari")];

/// The links and pictures of a document: where each leads, and its line.
fn links(document: &Document) -> Vec<(String, usize)> {
    let link = |(event, line)| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            Some((dest_url.to_string(), line))
        }
        _ => None,
    };
    document.events().filter_map(link).collect()
}

/// The names by which GitHub knows the headings of a document.
fn anchors(document: &Document) -> BTreeSet<String> {
    sections_of(&document.text).into_iter().map(|section| section.anchor).collect()
}

/// A path from the folder of a document as one from the top folder; `None` for one that leads out of it.
fn resolved(document: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()?),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[test]
fn every_link_leads_somewhere() {
    let documents = documents();
    let headings: BTreeMap<&str, BTreeSet<String>> =
        documents.iter().map(|document| (document.path.as_str(), anchors(document))).collect();
    let mut wrong = Vec::new();
    for document in &documents {
        for (link, line) in links(document) {
            if link.starts_with("https://") {
                continue;
            }
            let (path, heading) =
                link.split_once('#').map_or((&*link, None), |(path, heading)| (path, Some(heading)));
            let path =
                if path.is_empty() { Some(document.path.clone()) } else { resolved(&document.path, path) };
            let is_there = path.as_deref().is_some_and(|path| {
                let has_heading =
                    |heading| headings.get(path).is_some_and(|headings| headings.contains(heading));
                top().join(path).exists() && heading.is_none_or(has_heading)
            });
            if !is_there {
                wrong.push(format!("{}:{line}: {link}", document.path));
            }
        }
    }
    assert!(wrong.is_empty(), "these lead nowhere:\n{}", wrong.join("\n"));
}

#[test]
fn every_page_of_the_guide_is_named_on_the_front_page() {
    let documents = documents();
    let front = &documents[0];
    let named: BTreeSet<String> =
        links(front).into_iter().filter_map(|(link, _)| resolved(&front.path, &link)).collect();
    let pages: Vec<&Document> = documents.iter().filter(|document| document.is_page()).collect();
    assert!(pages.len() >= 8, "{} pages in {GUIDE}", pages.len());
    for page in pages {
        assert!(named.contains(&page.path), "{} has no link in {}", page.path, front.path);
    }
}

/// The window shows the pages of the guide, and knows these parts of Markdown.
#[test]
fn pages_are_written_in_what_the_window_shows() {
    for page in documents().iter().filter(|document| document.is_page()) {
        let mut titles = 0;
        for (event, line) in page.events() {
            let unknown = match event {
                Event::Html(_) | Event::InlineHtml(_) | Event::Rule => true,
                Event::Start(Tag::CodeBlock(kind)) => matches!(kind, CodeBlockKind::Indented),
                Event::Start(Tag::Heading { level, .. }) => {
                    titles += usize::from(level == HeadingLevel::H1);
                    level > HeadingLevel::H3
                }
                Event::Start(Tag::BlockQuote(_)) => true,
                _ => false,
            };
            assert!(!unknown, "{}:{line}: the window does not show this", page.path);
        }
        assert!(titles == 1 && page.text.starts_with("# "), "{} begins with its one title", page.path);
    }
}

#[test]
fn every_picture_is_made_by_a_test() {
    let tests = read("tests/ui/pictures.rs") + &read("tests/cli/watched_picture.rs");
    let mut shown = BTreeSet::new();
    for document in documents() {
        shown.extend(links(&document).into_iter().filter_map(|(link, _)| resolved(&document.path, &link)));
    }
    for entry in std::fs::read_dir(top().join("screenshots")).expect("a folder") {
        let file = entry.expect("readable").file_name().into_string().expect("UTF-8");
        let name = file.trim_end_matches(".png");
        // What a test leaves that saw a difference: `start-dark.diff.png`.
        if name.contains('.') {
            continue;
        }
        let of_window = name.trim_end_matches("-dark").trim_end_matches("-light");
        let is_made = tests.contains(&format!("\"{of_window}\""));
        let is_listed = NOT_BY_TESTS.iter().any(|(other, _)| *other == name);
        assert!(is_made != is_listed, "no test makes screenshots/{file}");
        assert!(
            is_made || shown.contains(&format!("screenshots/{file}")),
            "nothing shows screenshots/{file}"
        );
    }
}

#[test]
fn what_a_change_must_pass_has_the_test_command_of_the_front_page() {
    let front = read("README.md");
    let checks = read(".ci/run");
    assert!(front.contains("\ncargo test\n"), "README.md has no test command");
    // The same command; with what the lock file says, and nothing newer.
    assert!(checks.lines().any(|line| line == "cargo test --locked"), ".ci/run has another test command");
}

#[test]
fn headings_are_named_as_on_the_web() {
    let table = [
        ("First steps", "first-steps"),
        ("The study's proofs", "the-studys-proofs"),
        ("Does it fit?", "does-it-fit"),
        ("`--pattern`, on the command line", "--pattern-on-the-command-line"),
        ("Two numbers: RSS and counted", "two-numbers-rss-and-counted"),
        ("Größe", "größe"),
    ];
    for (heading, expected) in table {
        let text = format!("# {heading}\n\n## {heading}\n");
        let document = Document { path: "a.md".to_owned(), text };
        let expected = BTreeSet::from([expected.to_owned(), format!("{expected}-1")]);
        assert_eq!(anchors(&document), expected, "{heading}");
    }
    assert_eq!(
        resolved("assets/guide/a.md", "../../screenshots/b.png").as_deref(),
        Some("screenshots/b.png")
    );
    assert_eq!(resolved("a.md", "../b.png"), None);
}

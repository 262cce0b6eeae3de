//! The documents of the project as tests read them: README and its neighbours, and the pages of the guide.

#![allow(dead_code)] // each test program uses a part of it

use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// The documents beside the guide.
const BESIDE: [&str; 5] =
    ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md", "packaging/README.md"];

/// Where the pages of the guide are.
pub(crate) const GUIDE: &str = "assets/guide";

/// A document, by its path from the top folder.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A piece of code between fences.
#[derive(Debug)]
pub(crate) struct Fence {
    /// What stands behind the first fence: `sh`, say.
    pub(crate) info: String,
    pub(crate) text: String,
    /// The document and its line, to find it.
    pub(crate) place: String,
}

/// The top folder.
pub(crate) fn top() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All documents, those of the guide last and in order.
pub(crate) fn documents() -> Vec<Document> {
    let mut pages: Vec<String> = fs::read_dir(top().join(GUIDE))
        .expect("the guide")
        .map(|entry| entry.expect("readable").file_name().into_string().expect("UTF-8"))
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "md"))
        .map(|name| format!("{GUIDE}/{name}"))
        .collect();
    pages.sort();
    let paths = BESIDE.map(str::to_owned).into_iter().chain(pages);
    paths.map(|path| Document { text: read(&path), path }).collect()
}

/// A text file by its path from the top folder, with the ends of lines that all systems have.
pub(crate) fn read(path: &str) -> String {
    let text = fs::read_to_string(top().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    text.replace("\r\n", "\n")
}

impl Document {
    /// Whether it is a page of the guide.
    pub(crate) fn is_page(&self) -> bool {
        self.path.starts_with(GUIDE)
    }

    /// What the document consists of, each with the number of its line.
    pub(crate) fn events(&self) -> impl Iterator<Item = (Event<'_>, usize)> {
        let parser = Parser::new_ext(&self.text, Options::ENABLE_TABLES);
        parser.into_offset_iter().map(|(event, range)| (event, self.line(range.start)))
    }

    fn line(&self, offset: usize) -> usize {
        self.text[..offset].matches('\n').count() + 1
    }

    /// The pieces of code between fences.
    pub(crate) fn fences(&self) -> Vec<Fence> {
        let mut fences: Vec<Fence> = Vec::new();
        let mut is_inside = false;
        for (event, line) in self.events() {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    let place = format!("{}:{line}", self.path);
                    fences.push(Fence { info: info.to_string(), text: String::new(), place });
                    is_inside = true;
                }
                Event::End(TagEnd::CodeBlock) => is_inside = false,
                Event::Text(text) if is_inside => {
                    if let Some(fence) = fences.last_mut() {
                        fence.text.push_str(&text);
                    }
                }
                _ => {}
            }
        }
        fences
    }

    /// The pieces of code within sentences and tables, each with its line.
    pub(crate) fn code(&self) -> Vec<(String, usize)> {
        let code = |(event, line)| match event {
            Event::Code(text) => Some((String::from(&*text), line)),
            _ => None,
        };
        self.events().filter_map(code).collect()
    }
}

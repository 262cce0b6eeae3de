//! What a source file names of the crate, read off its text: `use` trees, paths in the code, and what it
//! hands on to others. Code behind `#[cfg(test)]` is left out: what tests import is no part of the house.

use std::collections::{BTreeMap, BTreeSet};

/// A file as others see it.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// Paths that its code names, from `crate`, `super`, `self` or a module of its own, with the names of the
    /// inline modules around them.
    pub(crate) paths: Vec<Path>,
    /// What each name that it imports stands for.
    pub(crate) imports: BTreeMap<String, Path>,
    /// Names that it only hands on: re-exported, and not used in its own code.
    pub(crate) handed_on: BTreeSet<String>,
}

/// A path as it is written: `super::work::Pace`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    /// Its line, from 1.
    pub(crate) line: usize,
    /// How many inline modules stand around it.
    pub(crate) depth: usize,
    /// Its names.
    pub(crate) names: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Name(String),
    /// `::`
    Joint,
    Sign(char),
}

#[derive(Clone, Debug)]
struct Token {
    line: usize,
    kind: Kind,
}

impl Source {
    /// Reads a text. `modules` are the names of the file's own modules.
    pub(crate) fn read(text: &str, modules: &BTreeSet<String>) -> Self {
        let tokens = without_tests(&tokens(text));
        let mut source = Self::default();
        let mut used = BTreeSet::new();
        let mut re_exported = BTreeSet::new();
        let mut inline_ends = Vec::new();
        let mut depth = 0_usize;
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match &token.kind {
                Kind::Sign('{') => depth += 1,
                Kind::Sign('}') => {
                    depth = depth.saturating_sub(1);
                    inline_ends.pop_if(|end| *end == depth);
                }
                Kind::Name(name) if name == "mod" && is_sign(&tokens, at + 2, '{') => {
                    inline_ends.push(depth);
                    at += 1;
                }
                Kind::Name(name) if name == "use" => {
                    let is_public =
                        at > 0 && (is_name(&tokens, at - 1, "pub") || is_sign(&tokens, at - 1, ')'));
                    let mut leaves = Vec::new();
                    at = use_tree(&tokens, at + 1, &[], &mut leaves);
                    for (name, line, names) in leaves {
                        let path = Path { line, depth: inline_ends.len(), names };
                        if !is_of_crate(&path.names, modules) {
                            continue;
                        }
                        if is_public {
                            re_exported.insert(name.clone());
                        }
                        source.paths.push(path.clone());
                        source.imports.insert(name, path);
                    }
                    continue;
                }
                Kind::Name(first) => {
                    let is_start =
                        at == 0 || !matches!(tokens[at - 1].kind, Kind::Joint | Kind::Sign('$' | '.'));
                    let is_declared =
                        at > 0 && (is_name(&tokens, at - 1, "fn") || is_name(&tokens, at - 1, "mod"));
                    let is_field = is_sign(&tokens, at + 1, ':');
                    if is_start && !is_declared && !is_field {
                        used.insert(first.clone());
                    }
                    let mut names = vec![first.clone()];
                    let mut end = at + 1;
                    while let (Some(Kind::Joint), Some(Kind::Name(next))) = (
                        tokens.get(end).map(|token| &token.kind),
                        tokens.get(end + 1).map(|token| &token.kind),
                    ) {
                        names.push(next.clone());
                        end += 2;
                    }
                    if is_start && names.len() > 1 && is_of_crate(&names, modules) {
                        source.paths.push(Path { line: token.line, depth: inline_ends.len(), names });
                    }
                    at = end;
                    continue;
                }
                Kind::Joint | Kind::Sign(_) => {}
            }
            at += 1;
        }
        source.handed_on = re_exported.into_iter().filter(|name| !used.contains(name)).collect();
        source
    }
}

fn is_of_crate(names: &[String], modules: &BTreeSet<String>) -> bool {
    names.first().is_some_and(|first| {
        ["crate", "super", "self", "stepwell"].contains(&first.as_str()) || modules.contains(first)
    })
}

fn is_sign(tokens: &[Token], at: usize, sign: char) -> bool {
    tokens.get(at).is_some_and(|token| token.kind == Kind::Sign(sign))
}

fn is_name(tokens: &[Token], at: usize, name: &str) -> bool {
    tokens.get(at).is_some_and(|token| matches!(&token.kind, Kind::Name(found) if found == name))
}

/// The leaves of a `use` tree from a token on: the name in this file, the line, the whole path. Returns
/// where it ends: behind its `;`, or at the `,` or `}` that ends a branch.
fn use_tree(
    tokens: &[Token],
    mut at: usize,
    stem: &[String],
    leaves: &mut Vec<(String, usize, Vec<String>)>,
) -> usize {
    let mut names = stem.to_vec();
    let line = tokens.get(at).map_or(0, |token| token.line);
    let mut alias = None;
    let mut is_branch = false;
    while let Some(token) = tokens.get(at) {
        match &token.kind {
            Kind::Name(name) if name == "as" => {
                if let Some(Kind::Name(name)) = tokens.get(at + 1).map(|token| &token.kind) {
                    alias = Some(name.clone());
                }
                at += 1;
            }
            // `a::{self, b}`: the module itself.
            Kind::Name(name) if name == "self" && !names.is_empty() => {}
            Kind::Name(name) => names.push(name.clone()),
            Kind::Joint => {}
            Kind::Sign('{') => {
                is_branch = true;
                loop {
                    at = use_tree(tokens, at + 1, &names, leaves);
                    if !is_sign(tokens, at, ',') {
                        break;
                    }
                }
            }
            Kind::Sign('*') => names.push("*".to_owned()),
            Kind::Sign(_) => break,
        }
        at += 1;
    }
    if let Some(last) = names.last().filter(|_| !is_branch && names.len() > stem.len().min(1)) {
        leaves.push((alias.unwrap_or_else(|| last.clone()), line, names));
    }
    if is_sign(tokens, at, ';') { at + 1 } else { at }
}

/// The tokens without the inline modules, functions and imports that only tests are built with.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let is_test = is_sign(tokens, at, '#')
            && is_name(tokens, at + 2, "cfg")
            && is_sign(tokens, at + 3, '(')
            && is_name(tokens, at + 4, "test")
            && is_sign(tokens, at + 5, ')');
        if !is_test {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        // To the end of the item: its `;`, or the brace that closes its first.
        at += 7;
        let mut depth = 0_usize;
        while at < tokens.len() {
            match tokens[at].kind {
                Kind::Sign('{') => depth += 1,
                Kind::Sign('}') => depth = depth.saturating_sub(1),
                _ => {}
            }
            let is_end = depth == 0 && matches!(tokens[at].kind, Kind::Sign('}' | ';'));
            at += 1;
            if is_end {
                break;
            }
        }
    }
    kept
}

/// Names and signs, without comments, texts and numbers.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let chars: Vec<char> = text.chars().collect();
    let (mut at, mut line) = (0, 1);
    let follows =
        |at: usize, what: &str| what.chars().enumerate().all(|(i, c)| chars.get(at + i) == Some(&c));
    while at < chars.len() {
        let start = at;
        let c = chars[at];
        if follows(at, "//") {
            while at < chars.len() && chars[at] != '\n' {
                at += 1;
            }
        } else if follows(at, "/*") {
            while at < chars.len() && !follows(at, "*/") {
                at += 1;
            }
            at += 2;
        } else if let Some(hashes) = raw_text_hashes(&chars[at..]) {
            let end: String = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            at += 2 + hashes + usize::from(c == 'b');
            while at < chars.len() && !follows(at, &end) {
                at += 1;
            }
            at += end.len();
        } else if c == '"' {
            at += 1;
            while at < chars.len() && chars[at] != '"' {
                at += if chars[at] == '\\' { 2 } else { 1 };
            }
            at += 1;
        } else if c == '\'' {
            // A character (`'a'`, `'\n'`), or the name of a lifetime.
            if chars.get(at + 1) == Some(&'\\') {
                at += 3;
                while at < chars.len() && chars[at] != '\'' {
                    at += 1;
                }
                at += 1;
            } else if chars.get(at + 2) == Some(&'\'') {
                at += 3;
            } else {
                at += 1;
            }
        } else if c.is_alphabetic() || c == '_' {
            while at < chars.len() && (chars[at].is_alphanumeric() || chars[at] == '_') {
                at += 1;
            }
            tokens.push(Token { line, kind: Kind::Name(chars[start..at].iter().collect()) });
        } else if c.is_ascii_digit() {
            while at < chars.len() && (chars[at].is_alphanumeric() || chars[at] == '_') {
                at += 1;
            }
        } else if follows(at, "::") {
            tokens.push(Token { line, kind: Kind::Joint });
            at += 2;
        } else {
            if !c.is_whitespace() {
                tokens.push(Token { line, kind: Kind::Sign(c) });
            }
            at += 1;
        }
        line += chars[start..at.min(chars.len())].iter().filter(|c| **c == '\n').count();
    }
    tokens
}

/// The number of `#` of a raw text that begins here: `r"`, `r#"`, `br##"`.
fn raw_text_hashes(chars: &[char]) -> Option<usize> {
    let rest = chars.strip_prefix(&['b']).unwrap_or(chars).strip_prefix(&['r'])?;
    let hashes = rest.iter().take_while(|c| **c == '#').count();
    (rest.get(hashes) == Some(&'"')).then_some(hashes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Source {
        Source::read(text, &BTreeSet::from(["work".to_owned()]))
    }

    fn paths(text: &str) -> Vec<String> {
        read(text).paths.iter().map(|path| path.names.join("::")).collect()
    }

    #[test]
    fn what_a_file_names_is_found() {
        let table: [(&str, &[&str]); 12] = [
            ("use crate::plan::Plan;", &["crate::plan::Plan"]),
            (
                "use crate::{image::{self, Page as P}, plate};",
                &["crate::image", "crate::image::Page", "crate::plate"],
            ),
            ("use super::super::wire;", &["super::super::wire"]),
            ("pub(super) use work::*;", &["work::*"]),
            (
                "fn a() { crate::image::x(super::y::Z::new(work::b)) }",
                &["crate::image::x", "super::y::Z::new", "work::b"],
            ),
            ("// crate::ui\n/* crate::ui */ let a = \"crate::ui \\\" crate::ui\";", &[]),
            ("let a = r#\"crate::ui \" crate::ui\"#; let b: &'static str = 'c';", &[]),
            ("macro_rules! a { () => { $crate::z } }", &[]),
            ("use std::{io, fs}; use serde::Serialize; std::mem::take(a)", &[]),
            (
                "#[cfg(test)]\nmod tests { use crate::demo; fn a() { {} } }\nuse crate::plate;",
                &["crate::plate"],
            ),
            ("#[cfg(test)]\nuse crate::demo;\nfn work() { a.work(); }", &[]),
            (
                "use crate::{\n  plate::{key::{ImageKey, X}, Well}, };",
                &["crate::plate::key::ImageKey", "crate::plate::key::X", "crate::plate::Well"],
            ),
        ];
        for (text, expected) in table {
            assert_eq!(paths(text), expected, "{text}");
        }
    }

    #[test]
    fn a_line_and_the_modules_around_are_kept() {
        let source = read("mod system {\n  use super::Memory;\n}\nuse super::Other;\n");
        let found: Vec<_> = source.paths.iter().map(|path| (path.line, path.depth)).collect();
        assert_eq!(found, [(2, 1), (4, 0)]);
    }

    #[test]
    fn what_is_only_handed_on_is_told_from_what_is_used() {
        let text = "pub use work::{Pace, Work};\npub(crate) use work::groups;\nfn a(w: Work) { b.groups; C { groups: 1 } }";
        let handed_on = read(text).handed_on;
        assert_eq!(handed_on.iter().map(String::as_str).collect::<Vec<_>>(), ["Pace", "groups"]);
    }
}

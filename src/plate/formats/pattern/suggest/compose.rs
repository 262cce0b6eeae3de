//! A pattern in words of a regular expression, from where its parts are.
//!
//! It keeps what stands right around each part, so that no other number is taken for it, and leaves out the rest, so that
//! it reads the next plate of this kind, too.

use std::collections::BTreeSet;

use super::super::expression::Part;
use super::layout::{Form, Layout};
use super::rest::BETWEEN;

/// What stands between two parts is kept up to this length.
const MOST_KEPT: usize = 16;
/// And so many words of it, as far as they are words.
const MOST_WORDS: usize = 6;

/// The pattern of a layout.
pub(super) fn pattern(layout: &Layout<'_>) -> String {
    let mut pattern = String::new();
    for item in 0..layout.items.len() {
        pattern.push_str(&before(layout, item));
        let name = layout.items[item].part.name();
        pattern.push_str(&format!("(?P<{name}>{})", value(layout, item)));
    }
    pattern.push_str(&end(layout));
    pattern
}

fn texts<'a>(layout: &Layout<'a>, of: impl Fn(usize) -> &'a str) -> BTreeSet<&'a str> {
    (0..layout.stems.len()).map(of).collect()
}

/// The one text of all; `None` where they differ.
fn only<'a>(texts: &BTreeSet<&'a str>) -> Option<&'a str> {
    texts.first().copied().filter(|_| texts.len() == 1)
}

/// What stands before an item.
fn before(layout: &Layout<'_>, item: usize) -> String {
    let place = |path: usize| &layout.items[item].places[path];
    let leads = texts(layout, |path| &layout.stems[path][place(path).lead.start..place(path).value.start]);
    let lead = match only(&leads) {
        Some(lead) => regex::escape(lead),
        None => {
            let first = leads.first().copied().unwrap_or_default();
            match leads.iter().all(|lead| lead.eq_ignore_ascii_case(first)) {
                true => format!("(?i:{})", regex::escape(first)),
                false => format!(
                    "(?:{})",
                    leads.iter().map(|lead| regex::escape(lead)).collect::<Vec<_>>().join("|")
                ),
            }
        }
    };
    let gaps = texts(layout, |path| &layout.stems[path][layout.gap(item, path)]);
    let is_kept = |gap: &&str| gap.chars().count() <= MOST_KEPT && !gap.chars().any(|c| c.is_ascii_digit());
    if item > 0
        && let Some(gap) = only(&gaps).filter(is_kept)
    {
        return regex::escape(gap) + &lead;
    }
    if item > 0
        && let Some(between) = between(&gaps)
    {
        return between + &lead;
    }
    // Right before it: the beginning of a name, or one character.
    let starts_name = |gap: &&str| gap.is_empty() || gap.ends_with('/');
    let last = |gap: &&str| gap.chars().next_back();
    let lasts: BTreeSet<Option<char>> = gaps.iter().map(last).collect();
    let near = match lasts.first() {
        Some(Some(c)) if lasts.len() == 1 && !c.is_ascii_digit() => regex::escape(&c.to_string()),
        _ if item == 0 && gaps.iter().all(starts_name) => "(?:^|/)".to_owned(),
        _ => String::new(),
    };
    let far = if item == 0 { "" } else { ".*?" };
    format!("{far}{near}{lead}")
}

/// What stands between two parts where it is words between the same characters in all paths; `None` where it is not, or
/// is too long.
fn between(gaps: &BTreeSet<&str>) -> Option<String> {
    let split = |gap: &str| -> (Vec<String>, Vec<char>) {
        let words = gap.split(BETWEEN).map(str::to_owned).collect();
        (words, gap.chars().filter(|c| BETWEEN.contains(c)).collect())
    };
    let all: Vec<_> = gaps.iter().map(|gap| split(gap)).collect();
    let (_, apart) = all.first()?;
    if all.iter().any(|(_, other)| other != apart) || apart.len() > MOST_WORDS {
        return None;
    }
    let mut pattern = String::new();
    for at in 0..=apart.len() {
        let words: BTreeSet<&str> = all.iter().map(|(words, _)| words[at].as_str()).collect();
        match (only(&words), apart.get(at)) {
            (Some(word), _) if !word.chars().any(|c| c.is_ascii_digit()) => {
                pattern.push_str(&regex::escape(word));
            }
            // A word that ends where the part begins may end anywhere.
            (_, None) => return None,
            (_, Some('/')) => pattern.push_str("[^/]*"),
            (_, Some(c)) => pattern.push_str(&format!("[^/{}]*", regex::escape(&c.to_string()))),
        }
        if let Some(c) = apart.get(at) {
            pattern.push_str(&regex::escape(&c.to_string()));
        }
    }
    Some(pattern)
}

/// The character right before an item in all paths.
fn before_word(layout: &Layout<'_>, item: usize) -> Option<char> {
    let last = |path: usize| layout.stems[path][layout.gap(item, path)].chars().next_back();
    let all: BTreeSet<Option<char>> = (0..layout.stems.len()).map(last).collect();
    all.first().copied().flatten().filter(|c| all.len() == 1 && !c.is_alphanumeric())
}

/// What an item is.
fn value(layout: &Layout<'_>, item: usize) -> String {
    let values = texts(layout, |path| layout.value(item, path));
    let first = values.first().copied().unwrap_or_default();
    match layout.items[item].form {
        Form::Digits
            if layout.items[item].part == Part::Well && values.iter().all(|value| value.len() == 6) =>
        {
            r"\d{6}".to_owned()
        }
        Form::Digits => r"\d+".to_owned(),
        Form::Word => {
            // Neither what follows nor what stands before, so that it begins where it should.
            let around = [before_word(layout, item), after(layout, item)].into_iter().flatten();
            let is_apart = |c: &char| *c != '/' && values.iter().all(|value| !value.contains(*c));
            let excluded: BTreeSet<char> = around.filter(is_apart).collect();
            let excluded: String = excluded.into_iter().map(|c| regex::escape(&c.to_string())).collect();
            format!("[^/{excluded}]+")
        }
        Form::Alike => alike(first, &values),
    }
}

/// A text with any letters and numbers in the place of its own: letters as far as they vary.
fn alike(first: &str, values: &BTreeSet<&str>) -> String {
    let runs = |text: &str| -> Vec<String> {
        let mut runs: Vec<String> = Vec::new();
        for c in text.chars() {
            let is_same = |run: &String| {
                run.chars().next_back().is_some_and(|last| {
                    (last.is_ascii_digit() && c.is_ascii_digit())
                        || (last.is_alphabetic() && c.is_alphabetic())
                })
            };
            match runs.last_mut().filter(|run| is_same(run)) {
                Some(run) => run.push(c),
                None => runs.push(c.to_string()),
            }
        }
        runs
    };
    let all: Vec<Vec<String>> = values.iter().map(|value| runs(value)).collect();
    let shape = runs(first);
    if all.iter().any(|runs| runs.len() != shape.len()) {
        return ".+?".to_owned();
    }
    // A well may be any well.
    let is_well =
        shape.len() <= 4 && shape.iter().filter(|run| run.chars().all(char::is_alphabetic)).count() == 1;
    let column = |at: usize| {
        let texts: BTreeSet<&str> = all.iter().map(|runs| runs[at].as_str()).collect();
        let lengths: BTreeSet<usize> = texts.iter().map(|text| text.len()).collect();
        let is = |of: fn(&char) -> bool| texts.iter().all(|text| text.chars().all(|c| of(&c)));
        if is(char::is_ascii_digit) {
            return match lengths.first() {
                Some(2) if lengths.len() == 1 && is_well => r"\d{2}".to_owned(),
                Some(_) if is_well => r"\d{1,2}".to_owned(),
                _ => r"\d+".to_owned(),
            };
        }
        match only(&texts) {
            Some(text) if !is_well => regex::escape(text),
            _ if is(char::is_ascii_uppercase) => "[A-Z]{1,2}".to_owned(),
            _ if is(char::is_ascii_alphabetic) => "[A-Za-z]{1,2}".to_owned(),
            Some(text) => regex::escape(text),
            None => ".+?".to_owned(),
        }
    };
    (0..shape.len()).map(column).collect()
}

/// The character right after an item in all paths; a point where the name ends.
fn after(layout: &Layout<'_>, item: usize) -> Option<char> {
    let next = |path: usize| {
        let end = layout.items[item].places[path].value.end;
        layout.stems[path][end..].chars().next().unwrap_or('.')
    };
    let all: BTreeSet<char> = (0..layout.stems.len()).map(next).collect();
    all.first().copied().filter(|c| all.len() == 1 && !c.is_alphanumeric())
}

/// What follows the last item.
fn end(layout: &Layout<'_>) -> String {
    let Some(last) = layout.items.len().checked_sub(1) else { return String::new() };
    match after(layout, last) {
        Some(c) => regex::escape(&c.to_string()),
        None => String::new(),
    }
}

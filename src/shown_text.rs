//! Text of others as it may be shown: on a terminal, in a log, on the screen.
//!
//! Names of files and words in them can hold anything: sequences that a terminal obeys, ends of lines, characters that
//! turn around what follows them. Such characters are written out, so that they are seen and do nothing. Deliberately
//! absent: changing what is stored; JSON is told exactly.

use std::borrow::Cow;
use std::fmt::Write;

/// A text as one line that does nothing but be read: control characters, ends of lines and marks of direction are
/// written out, as in `\u{1b}`.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(does_something) {
        return Cow::Borrowed(text);
    }
    let shown = |line: &mut String, c: char| match does_something(c) {
        true => line.extend(c.escape_default()),
        false => line.push(c),
    };
    let mut line = String::with_capacity(text.len() + 16);
    text.chars().for_each(|c| shown(&mut line, c));
    Cow::Owned(line)
}

/// A text of JSON that says the same and does nothing on a terminal. Outside of its strings JSON has none of these
/// characters but ends of lines, which stay.
pub(crate) fn plain_json(json: &str) -> Cow<'_, str> {
    let is_escaped = |c: char| does_something(c) && !c.is_ascii_whitespace();
    if !json.contains(is_escaped) {
        return Cow::Borrowed(json);
    }
    let mut plain = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_escaped(c) {
            // All of them lie in the first plane of Unicode. Writing to a text cannot fail.
            let _ = write!(plain, "\\u{:04x}", u32::from(c));
        } else {
            plain.push(c);
        }
    }
    Cow::Owned(plain)
}

/// Whether a character is not seen but changes how others are: control characters, ends of lines and paragraphs, marks
/// of direction.
fn does_something(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{061c}' | '\u{200e}' | '\u{200f}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The most characters of a name among others on the screen.
const IN_A_LINE: usize = 40;

/// The most characters of a text that is shown when it is pointed at.
const POINTED_AT: usize = 1_000;

/// A name or sentence of others for a place among others on the screen: one line, elided where it is long.
pub(crate) fn brief(text: &str) -> String {
    shortened(&one_line(&shortened(text, POINTED_AT)), IN_A_LINE).into_owned()
}

/// The same where there is room for a paragraph, as when a [`brief`] one is pointed at.
pub(crate) fn whole(text: &str) -> String {
    one_line(&shortened(text, POINTED_AT)).into_owned()
}

/// Cuts a text that has more than this many characters, and says so by an ellipsis.
pub(crate) fn shorten(text: &mut String, most_chars: usize) {
    // A character has a byte at least.
    if text.len() <= most_chars {
        return;
    }
    let begin_of = |nth: usize| text.char_indices().nth(nth).map(|(at, _)| at);
    if let (Some(end), Some(_)) = (begin_of(most_chars.saturating_sub(1)), begin_of(most_chars)) {
        text.truncate(end);
        text.push('…');
        text.shrink_to_fit();
    }
}

/// The beginning of a text, of this many characters at most.
fn shortened(text: &str, most_chars: usize) -> Cow<'_, str> {
    if text.len() <= most_chars || text.chars().nth(most_chars).is_none() {
        return Cow::Borrowed(text);
    }
    let begin: String = text.chars().take(most_chars.saturating_sub(1)).collect();
    Cow::Owned(begin + "…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_written_out() {
        let table = [
            ("Plättchen µ 測定", "Plättchen µ 測定"),
            ("\u{1b}[31mred\u{1b}]0;title\u{7}", "\\u{1b}[31mred\\u{1b}]0;title\\u{7}"),
            ("two\nlines\r\tand\u{9b}31m", "two\\nlines\\r\\tand\\u{9b}31m"),
            ("a\u{202e}fdp.exe\u{2066}\u{2028}", "a\\u{202e}fdp.exe\\u{2066}\\u{2028}"),
            ("", ""),
        ];
        for (text, expected) in table {
            assert_eq!(one_line(text), expected);
        }
    }

    #[test]
    fn json_says_the_same_and_does_nothing() {
        let value = serde_json::json!({"name\u{202e}": "\u{1b}[2J\u{9b}µ\n\u{2028}\u{7f}", "n": [1, 2]});
        for text in [value.to_string(), serde_json::to_string_pretty(&value).expect("a text")] {
            let plain = plain_json(&text);
            assert!(!plain.contains(|c| does_something(c) && c != '\n'), "{plain}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&plain).expect("JSON"), value);
        }
        assert!(matches!(plain_json("{\n  \"µ\": 1\n}"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_is_shown_is_one_line_of_some_length() {
        let long = "line\n".repeat(1_000_000);
        assert_eq!(brief("DAPI"), "DAPI");
        assert_eq!(brief(&long).chars().count(), 40);
        assert!(brief(&long).starts_with("line\\nline\\n") && brief(&long).ends_with('…'));
        assert!(whole(&long).chars().count() <= 2 * POINTED_AT && !whole(&long).contains('\n'));
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        for (text, expected) in
            [("", ""), ("abc", "abc"), ("äöü", "äöü"), ("äöüß", "äö…"), ("abcdefgh", "ab…")]
        {
            let mut short = text.to_owned();
            shorten(&mut short, 3);
            assert_eq!((short.as_str(), &*shortened(text, 3)), (expected, expected));
        }
    }
}

//! What a part of a file name is by how it is spelled, judged without a pattern, since it is asked of every file.

use super::WellId;

/// Whether a name has a text in it, of which most names lack the first letter: that is found sooner.
pub(super) fn has(name: &str, text: &str) -> bool {
    text.chars().next().is_some_and(|first| name.contains(first)) && name.contains(text)
}

/// A name without what follows its last point.
pub(super) fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// A letter with a number after it, as `s1`.
pub(super) fn is_token(part: &str, letter: char) -> bool {
    part.strip_prefix(letter).is_some_and(is_number)
}

/// Digits and nothing else.
pub(super) fn is_number(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// A well, as `A1`, `A01` or `AF48`.
pub(super) fn is_well(part: &str) -> bool {
    part.len() <= 4 && part.parse::<WellId>().is_ok()
}

/// The letters of a text with each number as `#`: `W1F001` is `W#F#`.
pub(super) fn letters_of(text: &str) -> String {
    let mut letters = String::new();
    for c in text.chars() {
        if !c.is_ascii_digit() {
            letters.push(c);
        } else if !letters.ends_with('#') {
            letters.push('#');
        }
    }
    letters
}

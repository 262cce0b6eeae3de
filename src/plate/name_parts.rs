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

/// A well as instruments write it: `A1`, `A01` or `AF48`.
pub(super) fn is_well(part: &str) -> bool {
    let digits = part.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let letters = part.len() - digits.len();
    (1..=2).contains(&letters) && digits.len() <= 2 && is_number(digits) && part.parse::<WellId>().is_ok()
}

/// Whether a text has the marks of images that are made from planes or for them.
pub(super) fn names_no_plane(text: &str) -> bool {
    let starts = |word: &str, start: &str| {
        word.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start))
    };
    let is_shading = ["SC", "DC"]
        .iter()
        .any(|mark| text.strip_prefix(mark).is_some_and(|rest| rest.is_empty() || rest.starts_with('_')));
    is_shading
        || text.split(|c: char| !c.is_alphanumeric()).any(|word| {
            let is_illumination = starts(word, "illum") && !starts(word, "illumina");
            is_illumination || NO_PLANE_WORDS.iter().any(|no_plane| word.eq_ignore_ascii_case(no_plane))
        })
}

/// Words in the names of images that are made from planes or for them.
const NO_PLANE_WORDS: [&str; 7] =
    ["illumination", "flatfield", "darkfield", "mask", "masks", "outline", "outlines"];

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

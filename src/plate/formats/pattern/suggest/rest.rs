//! What else tells paths apart, where wells and letters before numbers do not: a number or a word at the same place in
//! each, found by comparing what lies between the parts that are known.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::expression::Part;
use super::layout::{Form, Item, Layout, Place};
use crate::plate::metadata::channel_words::is_channel;

/// What stands between the words of a path.
pub(super) const BETWEEN: [char; 8] = ['_', '/', ' ', '-', '.', '(', ')', '+'];
/// Words before the name of a channel that are no part of it.
const CHANNEL_WORDS: [&str; 4] = ["channel", "wv", "filter", "ch"];
/// The most values of a channel that is a word; where there are more, it is another word.
const MOST_CHANNELS: usize = 60;
/// The most layouts that are followed up.
const MOST: usize = 4;

/// A place in each path that varies.
struct Field {
    gap: usize,
    places: Vec<Range<usize>>,
    are_numbers: bool,
    /// Whether all are called as channels are: by a dye, or by a wavelength.
    is_light: bool,
    values: usize,
}

/// Adds parts to a layout until it tells all paths apart, or as many as help. Where it may be one component or another, there
/// is more than one result, the likeliest first.
pub(super) fn complete<'a>(layout: &Layout<'a>) -> Vec<Layout<'a>> {
    let mut done = Vec::new();
    let mut open = vec![layout.clone()];
    while let Some(layout) = open.pop() {
        if done.len() == MOST {
            break;
        }
        if layout.tells_all() {
            done.push(layout);
            continue;
        }
        let more = one_more(&layout);
        if more.is_empty() {
            done.push(layout);
        }
        open.extend(more.into_iter().rev());
    }
    done
}

/// The layouts with one part more, of the field that tells most paths apart.
fn one_more<'a>(layout: &Layout<'a>) -> Vec<Layout<'a>> {
    let before = layout.images();
    let fields = (0..=layout.items.len()).flat_map(|gap| fields_of(layout, gap));
    let with_images = fields.map(|field| {
        let item = item(&field, Part::Plate);
        (layout.with(field.gap, item).images(), field)
    });
    let can_be_channel = !layout.has(Part::Channel);
    let best = with_images.filter(|(images, _)| *images > before).max_by_key(|(images, field)| {
        // What is called as channels are; else of equals the one of fewer values: not a running number, nor a time.
        (can_be_channel && field.is_light, *images, usize::MAX - field.values)
    });
    let Some((_, field)) = best else { return Vec::new() };
    let field = if field.are_numbers { field } else { with_neighbours(layout, field) };
    let parts: &[Part] = match field.are_numbers {
        true if field.is_light && can_be_channel => &[Part::Channel, Part::Site, Part::Z, Part::Timepoint],
        true => &[Part::Site, Part::Z, Part::Timepoint, Part::Channel],
        false if field.values <= MOST_CHANNELS => &[Part::Channel, Part::Site, Part::Timepoint, Part::Z],
        false => &[Part::Site, Part::Timepoint, Part::Z],
    };
    let free = parts.iter().filter(|part| !layout.has(**part));
    free.map(|part| layout.with(field.gap, item(&field, *part))).collect()
}

/// A word with those beside it that vary with it: `Fluorescence_405_nm_Ex` beside `BF_LED_matrix_full`.
fn with_neighbours(layout: &Layout<'_>, field: Field) -> Field {
    let others = fields_of(layout, field.gap).into_iter().filter(|other| !other.are_numbers);
    others.fold(field, |field, other| {
        let both = joined(&field, &other);
        let text = |(path, place): (usize, &Range<usize>)| &layout.stems[path][place.clone()];
        let values: BTreeSet<&str> = both.places.iter().enumerate().map(text).collect();
        if values.len() == field.values { both } else { field }
    })
}

/// From the beginning of the one that comes first to the end of the other.
fn joined(one: &Field, other: &Field) -> Field {
    let both = one.places.iter().zip(&other.places);
    Field {
        gap: one.gap,
        places: both.map(|(one, other)| one.start.min(other.start)..one.end.max(other.end)).collect(),
        are_numbers: false,
        is_light: one.is_light || other.is_light,
        values: one.values.max(other.values),
    }
}

fn item(field: &Field, part: Part) -> Item {
    let place = |value: &Range<usize>| Place { lead: value.start..value.start, value: value.clone() };
    let form = if field.are_numbers { Form::Digits } else { Form::Word };
    Item { part, form, places: field.places.iter().map(place).collect() }
}

/// The places in a gap that vary.
fn fields_of(layout: &Layout<'_>, gap: usize) -> Vec<Field> {
    let paths = layout.stems.len();
    let gaps: Vec<Range<usize>> = (0..paths).map(|path| layout.gap(gap, path)).collect();
    // Names of several words in some have as many parts by the surer characters.
    for apart in [&BETWEEN[..], &BETWEEN[..2]] {
        let words: Vec<Vec<Range<usize>>> =
            (0..paths).map(|path| words(layout.stems[path], gaps[path].clone(), apart)).collect();
        let count = words.first().map_or(0, Vec::len);
        if words.iter().all(|words| words.len() == count) {
            let column = |at: usize| words.iter().map(|words| words[at].clone()).collect();
            return (0..count).filter_map(|at| field(layout, gap, column(at))).collect();
        }
    }
    // Names of several words in some: all between the last folder and what follows, without what all begin and end
    // with.
    let whole = (0..paths).map(|path| {
        let text = &layout.stems[path][gaps[path].clone()];
        let from = text.rfind('/').map_or(0, |at| at + 1);
        gaps[path].start + from..gaps[path].end
    });
    let whole: Vec<Range<usize>> = whole.collect();
    let texts = || whole.iter().enumerate().map(|(path, range)| &layout.stems[path][range.clone()]);
    let (before, after) = (common(texts(), false), common(texts(), true));
    let trimmed = whole.iter().map(|range| {
        let end = range.end.saturating_sub(after).max(range.start);
        (range.start + before).min(end)..end
    });
    field(layout, gap, trimmed.collect()).into_iter().collect()
}

/// How much all texts begin (or end) with, up to a place between words.
fn common<'a>(mut texts: impl Iterator<Item = &'a str>, at_end: bool) -> usize {
    let Some(first) = texts.next() else { return 0 };
    let chars = |text: &'a str| -> Box<dyn Iterator<Item = char> + 'a> {
        if at_end { Box::new(text.chars().rev()) } else { Box::new(text.chars()) }
    };
    let mut same: Vec<char> = chars(first).collect();
    for text in texts {
        let len = same.iter().zip(chars(text)).take_while(|(a, b)| **a == *b).count();
        same.truncate(len);
    }
    let last = same.iter().rposition(|c| BETWEEN.contains(c)).map_or(0, |at| at + 1);
    same[..last].iter().map(|c| c.len_utf8()).sum()
}

/// The words in a part of a path.
fn words(stem: &str, within: Range<usize>, apart: &[char]) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut begin = within.start;
    for part in stem[within].split(apart) {
        if !part.is_empty() {
            words.push(begin..begin + part.len());
        }
        // What stands between is one byte.
        begin += part.len() + 1;
    }
    words
}

/// A place in each path as a field; `None` where it is the same in all, or empty in one.
fn field(layout: &Layout<'_>, gap: usize, mut places: Vec<Range<usize>>) -> Option<Field> {
    let of = |path: usize, place: &Range<usize>| &layout.stems[path][place.clone()];
    // A value is what stands between spaces and the like, and no part of these.
    for (path, place) in places.iter_mut().enumerate() {
        let text = of(path, place);
        let begin = text.len() - text.trim_start_matches(BETWEEN).len();
        let end = text.trim_end_matches(BETWEEN).len().max(begin);
        *place = place.start + begin..place.start + end;
    }
    let values: BTreeSet<&str> = places.iter().enumerate().map(|(path, place)| of(path, place)).collect();
    if values.len() < 2 || values.contains("") {
        return None;
    }
    // `ch1` and `c01` were seen before; what is left is a number in other letters, or `ChannelDAPI`.
    let letters = |text: &str| text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let first = values.first().copied().unwrap_or_default();
    let lead = &first[..letters(first)];
    let after = |text: &str| text.strip_prefix(lead).is_some_and(is_number);
    let mut are_numbers = values.iter().all(|text| after(text));
    let word = CHANNEL_WORDS.into_iter().find(|word| {
        values.iter().all(|text| {
            text.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word))
                && text.len() > word.len()
        })
    });
    let skipped = if are_numbers { lead.len() } else { word.map_or(0, str::len) };
    let count = values.len();
    are_numbers &= count > 0;
    let is_light = values.iter().all(|text| is_light(text)) && count <= MOST_CHANNELS;
    for place in &mut places {
        place.start += skipped;
    }
    Some(Field { gap, places, are_numbers, is_light, values: count })
}

/// Whether a word is how channels are called, or a wavelength of visible light in nanometres.
fn is_light(text: &str) -> bool {
    let is_wavelength = text.len() == 3 && text.parse().is_ok_and(|nm: u32| (350..=800).contains(&nm));
    is_wavelength || is_channel(text)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

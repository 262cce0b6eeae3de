//! Sizes of texts in the program's font, for pictures that are laid out without drawing them.

use std::sync::LazyLock;

use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};

use super::fonts;

/// Weight of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    SemiBold,
}

/// A face of the program's font, to ask for the widths of its letters.
struct Face {
    glyphs: Charmap<'static>,
    /// In parts of the font's size.
    widths: GlyphMetrics<'static>,
}

static REGULAR_FACE: LazyLock<Option<Face>> = LazyLock::new(|| Face::of(fonts::REGULAR));
static SEMI_BOLD_FACE: LazyLock<Option<Face>> = LazyLock::new(|| Face::of(fonts::SEMI_BOLD));

/// What a letter takes that the font has not, in parts of the size: a generous guess, because room too
/// much is no harm and room too little is.
const UNKNOWN_WIDTH: f32 = 1.05;

impl Face {
    fn of(font: &'static [u8]) -> Option<Self> {
        let font = FontRef::new(font).ok()?;
        let widths = font.glyph_metrics(Size::new(1.0), LocationRef::default());
        Some(Self { glyphs: font.charmap(), widths })
    }

    fn width(&self, c: char) -> Option<f32> {
        self.widths.advance_width(self.glyphs.map(c)?)
    }
}

/// Width of a text, without kerning.
pub(super) fn text_width(text: &str, size: f32, weight: Weight) -> f32 {
    let face = match weight {
        Weight::Regular => &REGULAR_FACE,
        Weight::SemiBold => &SEMI_BOLD_FACE,
    };
    let width = |c| face.as_ref().and_then(|face| face.width(c)).unwrap_or(UNKNOWN_WIDTH);
    text.chars().map(width).sum::<f32>() * size
}

/// A text cut to a width, with an ellipsis where it was cut.
pub(super) fn shortened(text: &str, width: f32, size: f32, weight: Weight) -> String {
    if text_width(text, size, weight) <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    for c in text.chars() {
        if text_width(&short, size, weight) + size * 2.0 > width {
            break;
        }
        short.push(c);
    }
    short.trim_end().to_owned() + "…"
}

/// A text in at most so many lines of a width; the last is cut where there is more.
pub(super) fn wrapped(text: &str, width: f32, size: f32, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let last_allowed = lines.len() >= most;
        match lines.last_mut() {
            Some(line)
                if last_allowed || text_width(&format!("{line} {word}"), size, Weight::Regular) <= width =>
            {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| shortened(line, width, size, Weight::Regular)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_font() {
        // In thousandths of the size; the last is in no font.
        let table = [
            (" ", 281, 248),
            ("A", 676, 724),
            ("i", 237, 261),
            ("W", 949, 1007),
            ("Ai", 676 + 237, 724 + 261),
            ("\u{10ffff}", 1050, 1050),
        ];
        for (text, regular, semi_bold) in table {
            for (weight, expected) in [(Weight::Regular, regular), (Weight::SemiBold, semi_bold)] {
                let width = text_width(text, 1000.0, weight);
                assert!(
                    (width - expected as f32).abs() < 1.5,
                    "{text:?} {weight:?}: {width}, not {expected}"
                );
            }
        }
    }

    #[test]
    fn a_text_is_cut_where_its_room_ends() {
        assert_eq!(shortened("Plate", 100.0, 13.0, Weight::Regular), "Plate");
        assert_eq!(shortened("A plate of many wells", 60.0, 13.0, Weight::Regular), "A plat…");
        assert_eq!(wrapped("a plate of wells", 60.0, 13.0, 2), ["a plate of", "wells"]);
    }
}

//! Sizes of texts in the program's font, for pictures that are laid out without drawing them.

/// Weight of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    SemiBold,
}

/// Advance widths of the printable ASCII characters in Inter, in thousandths of the font's size,
/// as the font files give them.
const REGULAR: [u16; 95] = [
    281, 278, 403, 631, 638, 812, 639, 222, 362, 362, 500, 659, 280, 460, 276, 357, 625, 464, 605, 636, 642,
    608, 624, 571, 616, 624, 276, 280, 659, 659, 659, 507, 936, 676, 651, 727, 719, 598, 587, 743, 740, 264,
    543, 652, 562, 889, 753, 761, 635, 761, 639, 638, 642, 741, 676, 949, 642, 665, 625, 362, 357, 362, 469,
    452, 497, 564, 621, 558, 621, 582, 361, 609, 591, 237, 237, 544, 237, 869, 585, 597, 609, 609, 372, 523,
    364, 581, 557, 812, 540, 557, 541, 362, 327, 362, 659,
];
const SEMI_BOLD: [u16; 95] = [
    248, 309, 396, 643, 649, 844, 663, 213, 393, 393, 543, 673, 295, 466, 290, 379, 667, 481, 621, 652, 666,
    632, 648, 587, 646, 648, 290, 295, 673, 673, 673, 544, 999, 724, 657, 744, 724, 608, 586, 755, 744, 275,
    561, 677, 566, 906, 741, 775, 643, 776, 651, 649, 660, 734, 724, 1007, 690, 705, 653, 393, 379, 393, 481,
    468, 497, 575, 630, 577, 630, 593, 377, 625, 613, 261, 261, 569, 261, 898, 610, 608, 625, 625, 397, 549,
    380, 608, 576, 837, 562, 576, 562, 393, 358, 393, 673,
];

/// Width of a text, without kerning; of rare characters a generous guess, because room too much is
/// no harm and room too little is.
pub(super) fn text_width(text: &str, size: f32, weight: Weight) -> f32 {
    let widths = match weight {
        Weight::Regular => &REGULAR,
        Weight::SemiBold => &SEMI_BOLD,
    };
    let of_char = |c: char| -> f32 {
        let ascii = (c as usize).checked_sub(32).and_then(|place| widths.get(place));
        match (ascii, c) {
            (Some(width), _) => f32::from(*width),
            (None, '·') => 290.0,
            (None, '…') => 821.0,
            (None, '“' | '”' | '‘' | '’') => 410.0,
            (None, c) if (c as u32) < 0x2000 => 680.0,
            (None, _) => 1050.0,
        }
    };
    text.chars().map(of_char).sum::<f32>() * size / 1000.0
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

//! What steps have to say about what they have done, beside the images.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use crate::plate::ImageKey;
use crate::quantity::{percent_text, plural};

/// This many images are named; the others are counted.
const MOST_NAMED: usize = 20;

/// What there is so many of: the words that follow the number. Each kind is known by them, so that a step can bring a
/// kind of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoteKind {
    /// After a 1.
    pub(crate) one: &'static str,
    /// After any other number.
    pub(crate) many: &'static str,
}

impl NoteKind {
    /// Samples whose true value was outside of the image's type and was held at its limit.
    pub const SATURATED: Self = Self {
        one: "pixel was beyond what the image type can hold and was held at its limit",
        many: "pixels were beyond what the image type can hold and were held at its limit",
    };

    /// Samples that are not a number or are infinite, which take no part.
    pub const NOT_FINITE: Self = Self {
        one: "pixel is not a finite number and was left out",
        many: "pixels are not finite numbers and were left out",
    };
}

/// What a step has to say about the groups that it has done: how many of what, in which images.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepNote {
    kinds: BTreeMap<NoteKind, Found>,
}

/// How many of a kind there are, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Found {
    count: u64,
    /// Of this many, where a share says more than a number.
    of: u64,
    images: u64,
    /// The first few of the images.
    named: BTreeSet<ImageKey>,
}

impl StepNote {
    /// This many of a kind in an image; nothing where there are none.
    pub fn of(kind: NoteKind, image: ImageKey, count: u64) -> Self {
        Self::part(kind, image, count, 0)
    }

    /// The same, with the number of all of which these are a part.
    pub(crate) fn part(kind: NoteKind, image: ImageKey, count: u64, of: u64) -> Self {
        let found = Found { count, of, images: 1, named: BTreeSet::from([image]) };
        Self { kinds: (count > 0).then_some((kind, found)).into_iter().collect() }
    }

    /// How many of a kind there are.
    pub fn count(&self, kind: NoteKind) -> u64 {
        self.kinds.get(&kind).map_or(0, |found| found.count)
    }

    /// What there is to say, each in a sentence.
    pub(crate) fn sentences(&self) -> impl Iterator<Item = String> {
        self.kinds.iter().map(|(kind, found)| {
            let words = if found.count == 1 { kind.one } else { kind.many };
            format!("{} {words} ({}{}).", found.count, found.share_text(), found.images_text())
        })
    }
}

impl Found {
    /// `3.4 % of `, where it is known of how many.
    #[allow(clippy::cast_precision_loss)] // of numbers of pixels, for one digit
    fn share_text(&self) -> String {
        if self.of == 0 {
            return String::new();
        }
        let percent = self.count as f64 / self.of as f64 * 100.0;
        if percent < 0.1 {
            format!("less than {} of ", percent_text(0.1, 1))
        } else {
            format!("{} of ", percent_text(percent, 1))
        }
    }

    /// `A01_s1_w1_z1_t1, A01_s2_w1_z1_t1 and 3 more images`.
    fn images_text(&self) -> String {
        let named: Vec<String> = self.named.iter().map(ToString::to_string).collect();
        let named = named.join(", ");
        match usize::try_from(self.images).unwrap_or(usize::MAX).saturating_sub(self.named.len()) {
            0 => named,
            more => format!("{named} and {}", plural(more, "more image")),
        }
    }
}

impl AddAssign for StepNote {
    fn add_assign(&mut self, other: Self) {
        for (kind, more) in other.kinds {
            let found = self.kinds.entry(kind).or_default();
            found.count += more.count;
            found.of += more.of;
            found.images += more.images;
            found.named.extend(more.named);
            while found.named.len() > MOST_NAMED {
                found.named.pop_last();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_add_up_by_kind_and_name_the_first_images() {
        const LIGHT: NoteKind = NoteKind { one: "light is out", many: "lights are out" };
        let image = |site| ImageKey::new("B02".parse().expect("a well"), site, 1, 1, 1);
        let mut all = StepNote::default();
        for (kind, site, count) in
            [(NoteKind::SATURATED, 9, 2), (LIGHT, 1, 0), (NoteKind::SATURATED, 3, 40), (LIGHT, 7, 1)]
        {
            all += StepNote::of(kind, image(site), count);
        }
        assert_eq!(
            all.sentences().collect::<Vec<_>>(),
            [
                "1 light is out (B02_s7_w1_z1_t1).",
                "42 pixels were beyond what the image type can hold and were held at its limit \
                 (B02_s3_w1_z1_t1, B02_s9_w1_z1_t1).",
            ]
        );
        // A part of all is told as such.
        let mut part = StepNote::part(LIGHT, image(1), 30, 1000);
        part += StepNote::part(LIGHT, image(2), 40, 1000);
        let text = part.sentences().next().expect("one");
        assert_eq!(text, "70 lights are out (3.5 % of B02_s1_w1_z1_t1, B02_s2_w1_z1_t1).");
        assert_eq!((all.count(NoteKind::SATURATED), all.count(NoteKind::NOT_FINITE)), (42, 0));
        // Whatever the order in which they come, the first are named.
        let mut many = StepNote::default();
        (1..=35).rev().for_each(|site| many += StepNote::of(LIGHT, image(site), 2));
        let text = many.sentences().next().expect("one");
        assert!(
            text.starts_with("70 lights are out (B02_s1_w1_z1_t1, ")
                && text.ends_with("B02_s20_w1_z1_t1 and 15 more images)."),
            "{text}"
        );
    }
}

//! Where in each of some paths the parts of a pattern are.

use std::collections::HashSet;
use std::ops::Range;

use super::super::expression::Part;

/// How the texts of a part are written in a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A number.
    Digits,
    /// As the first of them, with any number in the place of each.
    Alike,
    /// Anything up to what follows.
    Word,
}

/// A part of a pattern in each path.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) part: Part,
    pub(super) form: Form,
    pub(super) places: Vec<Place>,
}

/// Where a part is in a path, and what stands before it and belongs to it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) lead: Range<usize>,
    pub(super) value: Range<usize>,
}

/// Paths without their endings, and the parts that all of them have, in order.
#[derive(Clone, Debug)]
pub(super) struct Layout<'a> {
    pub(super) stems: Vec<&'a str>,
    pub(super) items: Vec<Item>,
}

impl<'a> Layout<'a> {
    /// The paths that have all parts, in the order of the first. `places` has for each path those of all parts.
    pub(super) fn of(
        parts: &[(Part, Form)],
        paths: impl IntoIterator<Item = (&'a str, Vec<Place>)>,
    ) -> Option<Self> {
        let mut paths = paths.into_iter().peekable();
        let first: Vec<usize> = paths.peek()?.1.iter().map(|place| place.value.start).collect();
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|part| first[*part]);
        let items = order.iter().map(|part| {
            let (part, form) = parts[*part];
            Item { part, form, places: Vec::new() }
        });
        let mut layout = Self { stems: Vec::new(), items: items.collect() };
        for (stem, places) in paths {
            let ordered: Vec<Place> = order.iter().map(|part| places[*part].clone()).collect();
            let are_apart = ordered.windows(2).all(|pair| pair[0].value.end <= pair[1].lead.start);
            if !are_apart {
                continue;
            }
            layout.stems.push(stem);
            for (item, place) in layout.items.iter_mut().zip(ordered) {
                item.places.push(place);
            }
        }
        (!layout.stems.is_empty()).then_some(layout)
    }

    /// Whether it has a part.
    pub(super) fn has(&self, part: Part) -> bool {
        self.items.iter().any(|item| item.part == part)
    }

    /// The text of an item in a path.
    pub(super) fn value(&self, item: usize, path: usize) -> &'a str {
        &self.stems[path][self.items[item].places[path].value.clone()]
    }

    /// What stands before an item (or, beyond the last, behind all) and belongs to none.
    pub(super) fn gap(&self, item: usize, path: usize) -> Range<usize> {
        let begin = item.checked_sub(1).map_or(0, |before| self.items[before].places[path].value.end);
        let end = self.items.get(item).map_or(self.stems[path].len(), |item| item.places[path].lead.start);
        begin..end
    }

    /// Number of different images.
    pub(super) fn images(&self) -> usize {
        let key = |path| (0..self.items.len()).map(|item| self.value(item, path)).collect::<Vec<_>>();
        (0..self.stems.len()).map(key).collect::<HashSet<_>>().len()
    }

    /// Whether its parts tell all paths apart.
    pub(super) fn tells_all(&self) -> bool {
        self.images() == self.stems.len()
    }

    /// With one part more, where there is room for it in all paths.
    pub(super) fn with_part(&self, item: &Item) -> Option<Self> {
        if self.has(item.part) {
            return None;
        }
        let is_before =
            |other: &Item, path: usize| other.places[path].value.end <= item.places[path].lead.start;
        let at = self.items.iter().take_while(|other| is_before(other, 0)).count();
        let fits = (0..self.stems.len()).all(|path| {
            let gap = self.gap(at, path);
            gap.start <= item.places[path].lead.start && item.places[path].value.end <= gap.end
        });
        fits.then(|| self.with(at, item.clone()))
    }

    /// With one part more, whose places are in a gap.
    pub(super) fn with(&self, gap: usize, item: Item) -> Self {
        let mut more = self.clone();
        more.items.insert(gap, item);
        more
    }
}

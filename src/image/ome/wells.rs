//! What a document says of wells beside their fields: attributes of theirs, and annotations of names and values that they refer to.
//!
//! Annotations follow the plates in a document, so that only those are kept that a well has referred to. Deliberately absent:
//! annotations that are one text or number, which have no name.

use std::collections::HashMap;

use crate::limits;

/// What a document says of a well under one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OmeWellText {
    /// The place of its plate among those of the document.
    pub(crate) plate: usize,
    /// Row of the well, from 0.
    pub(crate) row: u32,
    /// Column of the well, from 0.
    pub(crate) column: u32,
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A well: its plate, its row and its column.
type At = (usize, u32, u32);

/// What is under way of it.
#[derive(Debug, Default)]
pub(super) struct WellTexts {
    pub(super) texts: Vec<OmeWellText>,
    /// The wells that refer to an annotation.
    referring: HashMap<String, Vec<At>>,
    well: Option<At>,
    /// The annotation at hand.
    annotation: Option<String>,
    /// The name of the value at hand.
    name: Option<String>,
}

/// The attributes of a well that say what it holds, and what they are called as columns.
const SAID: [(&str, &str); 3] =
    [("Type", "type"), ("ExternalDescription", "description"), ("ExternalIdentifier", "identifier")];

impl WellTexts {
    /// A well begins, which says of itself what `said` tells, attribute by attribute.
    pub(super) fn well<'a>(
        &mut self,
        plate: usize,
        (row, column): (Option<u32>, Option<u32>),
        said: impl Fn(&str) -> Option<&'a str>,
    ) {
        self.well = row.zip(column).map(|(row, column)| (plate, row, column));
        let Some((plate, row, column)) = self.well else { return };
        for (attribute, name) in SAID {
            if let Some(text) = said(attribute) {
                let (name, text) = (name.to_owned(), cut(text));
                self.texts.push(OmeWellText { plate, row, column, name, text });
            }
        }
    }

    /// The well refers to an annotation.
    pub(super) fn refers(&mut self, id: Option<&str>) {
        if let (Some(well), Some(id)) = (self.well, id) {
            self.referring.entry(id.to_owned()).or_default().push(well);
        }
    }

    /// An annotation of names and values begins.
    pub(super) fn annotation(&mut self, id: Option<&str>) {
        self.annotation = id.filter(|id| self.referring.contains_key(*id)).map(str::to_owned);
    }

    /// A value of the annotation begins.
    pub(super) fn value(&mut self, name: Option<&str>) {
        self.name = name.map(cut);
    }

    /// The value ends. Gives how many wells have it.
    pub(super) fn end_value(&mut self, text: &str) -> usize {
        let (Some(name), Some(id)) = (self.name.take(), &self.annotation) else { return 0 };
        let wells = self.referring.get(id).map(Vec::as_slice).unwrap_or_default();
        let text = text.trim();
        self.texts.extend(wells.iter().map(|(plate, row, column)| OmeWellText {
            plate: *plate,
            row: *row,
            column: *column,
            name: name.clone(),
            text: text.to_owned(),
        }));
        wells.len()
    }
}

/// A text, cut where it is longer than any name.
fn cut(text: &str) -> String {
    text.chars().take(limits::NAME_CHARS + 1).collect()
}

//! A regular expression with named groups, which tells images by their paths.
//!
//! Written as Python and CellProfiler write it, and searched in the path of each image below the opened folder, with
//! `/` between folders. It comes from a user or from a record, so it is run by the `regex` crate alone, whose time
//! grows with the text and with nothing else; what Python knows beyond that is told by name. Deliberately absent:
//! what the texts of groups mean, which is in `values.rs` and `wells.rs`.

use std::fmt;

use regex::{Regex, RegexBuilder};

use crate::limits;
use crate::plate::{Component, KNOWN_SHAPES, PlateShape};

/// What a group of a pattern tells of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Which plate it is of: a pattern reads one plate at a time.
    Plate,
    /// The well in one word.
    Well,
    /// The row of the well.
    Row,
    /// The column of the well.
    Column,
    /// The site.
    Site,
    /// The channel.
    Channel,
    /// The name of the channel, where another group is its number.
    ChannelName,
    /// The plane.
    Z,
    /// The timepoint.
    Timepoint,
}

impl Part {
    /// All, in the order of [`Captured::of`].
    pub(super) const ALL: [Self; 9] = [
        Self::Plate,
        Self::Well,
        Self::Row,
        Self::Column,
        Self::Site,
        Self::Channel,
        Self::ChannelName,
        Self::Z,
        Self::Timepoint,
    ];

    /// The name of its group.
    pub fn name(self) -> &'static str {
        self.names()[0]
    }

    /// The names that its group may have, in lower case and without `_`: this program's first, then CellProfiler's and
    /// others'.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Plate => &["plate", "platename", "plateid", "barcode"],
            Self::Well => &["well", "wellname", "wellid"],
            Self::Row => &["row", "wellrow", "rowname"],
            Self::Column => &["column", "col", "wellcolumn", "wellcol", "columnname"],
            Self::Site => {
                &["site", "field", "fieldid", "fieldindex", "position", "point", "fov", "tile", "s", "f"]
            }
            Self::Channel => &[
                "channel",
                "channelnumber",
                "channelid",
                "wavelength",
                "wave",
                "stain",
                "dye",
                "ch",
                "c",
                "w",
            ],
            Self::ChannelName => &["channelname"],
            Self::Z => &["z", "plane", "planeid", "slice", "zplane", "zslice", "zstep", "zindex", "stack"],
            Self::Timepoint => &["timepoint", "time", "t", "frame", "timeindex", "timepointid", "tp"],
        }
    }

    /// The part that says a component.
    pub(super) fn of_component(component: Component) -> Self {
        match component {
            Component::Site => Self::Site,
            Component::Channel => Self::Channel,
            Component::Z => Self::Z,
            Component::Timepoint => Self::Timepoint,
        }
    }
}

/// What the name of a group says.
#[derive(Clone, Copy)]
struct Group {
    part: Part,
    /// The shape of the plate on which wells are counted: `well96`.
    counted_on: Option<PlateShape>,
    /// Whether a row or column is counted from 0: `row0`.
    is_from_0: bool,
}

impl Group {
    fn named(name: &str) -> Option<Self> {
        let name: String = name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect();
        if let Some(wells) = name.strip_prefix("well").and_then(|wells| wells.parse::<usize>().ok()) {
            let counted_on = Some(KNOWN_SHAPES.into_iter().find(|shape| shape.wells() == wells)?);
            return Some(Self { part: Part::Well, counted_on, is_from_0: false });
        }
        let (word, is_from_0) = name.strip_suffix('0').map_or((name.as_str(), false), |word| (word, true));
        let part = Part::ALL.into_iter().find(|part| part.names().contains(&word))?;
        let may_be = !is_from_0 || matches!(part, Part::Row | Part::Column);
        may_be.then_some(Self { part, counted_on: None, is_from_0 })
    }
}

/// A pattern that names of images are read by.
#[derive(Clone, Debug)]
pub struct NamePattern {
    text: String,
    regex: Regex,
    /// The number of the group of each part.
    groups: [Option<u16>; Part::ALL.len()],
    /// The plate whose wells are counted through, where the group of the well says it: `well96`.
    counted_on: Option<PlateShape>,
    /// Whether rows and columns are counted from 0, as a group says: `row0`.
    is_from_0: bool,
    /// Groups whose names say nothing.
    unknown: Vec<String>,
}

impl PartialEq for NamePattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for NamePattern {}

/// The pattern as it is written.
impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Why a text is no pattern. The message says where and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// There is none.
    #[error("there is no pattern: write one, such as (?P<well>[A-H][0-9]{{2}})_s(?P<site>[0-9]+)")]
    Empty,
    /// Nobody writes so long a one.
    #[error("a pattern of {chars} characters is too long: use at most {}", limits::PATTERN_CHARS)]
    TooLong {
        /// Its length.
        chars: usize,
    },
    /// What Python knows and this program does not.
    #[error(
        "“{written}” at character {at} is {what}, which Python knows and Stepwell does not: write the pattern without it"
    )]
    PythonOnly {
        /// How it is written.
        written: String,
        /// Where it begins, from 1.
        at: usize,
        /// What it is called.
        what: &'static str,
    },
    /// It is no regular expression.
    #[error("this is not a regular expression: {why}")]
    Malformed {
        /// What and where.
        why: String,
    },
    /// It would take too much memory.
    #[error("this pattern takes too much memory: write smaller numbers of repeats")]
    TooLarge,
    /// No group has a name that says anything.
    #[error(
        "no group of this pattern has one of the names well, row, column, site, channel, z or timepoint: write (?P<well>…) around the well"
    )]
    NoGroup,
    /// Two groups say the same.
    #[error("the groups “{one}” and “{other}” both stand for the {part}: keep one of them", part = .part.name())]
    Twice {
        /// A group.
        one: String,
        /// Another one.
        other: String,
        /// What both stand for.
        part: Part,
    },
    /// A well and also its row or column.
    #[error("the groups “well” and “{}” both stand for the well: keep one of them", .with.name())]
    WellAndPart {
        /// The part.
        with: Part,
    },
}

/// What Python's regular expressions know beyond those of the `regex` crate, as it is written and called.
const PYTHON_ONLY: [(&str, &str); 10] = [
    ("{,", "a repeat without its first number, which is 0"),
    ("(?=", "a look-ahead"),
    ("(?!", "a look-ahead"),
    ("(?<=", "a look-behind"),
    ("(?<!", "a look-behind"),
    ("(?P=", "a back reference"),
    ("(?(", "a condition"),
    ("(?#", "a comment"),
    ("(?>", "an atomic group"),
    ("\\Z", "another name of the end, \\z"),
];

impl NamePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`PatternError`] where it is none.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(PatternError::Empty);
        }
        let chars = text.chars().count();
        if chars > limits::PATTERN_CHARS {
            return Err(PatternError::TooLong { chars });
        }
        if let Some(error) = python_only(text) {
            return Err(error);
        }
        let built = RegexBuilder::new(text).size_limit(limits::PATTERN_BYTES).build();
        let regex = built.map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => PatternError::TooLarge,
            error => PatternError::Malformed { why: reason(&error.to_string(), text) },
        })?;
        let (mut groups, mut unknown) = ([None; Part::ALL.len()], Vec::new());
        let (mut counted_on, mut is_from_0) = (None, false);
        let mut named: [Option<&str>; Part::ALL.len()] = [None; Part::ALL.len()];
        for (group, name) in regex.capture_names().enumerate() {
            let Some(name) = name else { continue };
            let Some(Group { part, counted_on: shape, is_from_0: from_0 }) = Group::named(name) else {
                unknown.push(name.to_owned());
                continue;
            };
            if let Some(one) = named[part as usize].replace(name) {
                return Err(PatternError::Twice { one: one.to_owned(), other: name.to_owned(), part });
            }
            groups[part as usize] = u16::try_from(group).ok();
            counted_on = counted_on.or(shape);
            is_from_0 |= from_0;
        }
        if groups[Part::Channel as usize].is_none() {
            groups[Part::Channel as usize] = groups[Part::ChannelName as usize].take();
        }
        let has = |part: Part| groups[part as usize].is_some();
        if let Some(with) = [Part::Row, Part::Column].into_iter().find(|part| has(Part::Well) && has(*part)) {
            return Err(PatternError::WellAndPart { with });
        }
        if !Part::ALL.into_iter().any(|part| part != Part::Plate && has(part)) {
            return Err(PatternError::NoGroup);
        }
        Ok(Self { text: text.to_owned(), regex, groups, counted_on, is_from_0, unknown })
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a group of it tells a part.
    pub fn has(&self, part: Part) -> bool {
        self.groups[part as usize].is_some()
    }

    /// The same pattern, which says that wells are counted through a plate of this many.
    pub fn counted_on_plate_of(&self, wells: usize) -> String {
        let is_well = |name: &&str| Group::named(name).is_some_and(|group| group.part == Part::Well);
        match self.regex.capture_names().flatten().find(is_well) {
            Some(name) => self.text.replacen(&format!("<{name}>"), &format!("<well{wells}>"), 1),
            None => self.text.clone(),
        }
    }

    /// The plate whose wells are counted through, where the name of the group says it.
    pub(super) fn counted_on(&self) -> Option<PlateShape> {
        self.counted_on
    }

    /// Whether rows and columns are counted from 0, as the name of a group says.
    pub(super) fn is_from_0(&self) -> bool {
        self.is_from_0
    }

    /// The groups whose names say nothing, which are skipped.
    pub(super) fn unknown_groups(&self) -> &[String] {
        &self.unknown
    }

    /// What its groups are in a path; `None` where it does not match.
    pub(in crate::plate::formats) fn captures<'a>(&self, path: &'a str) -> Option<Captured<'a>> {
        let captures = self.regex.captures(path)?;
        let text = |group: Option<u16>| {
            Some(captures.get(usize::from(group?))?.as_str().trim()).filter(|text| !text.is_empty())
        };
        Some(Captured(self.groups.map(text)))
    }
}

/// What the groups of a pattern are in one path.
#[derive(Clone, Copy, Debug)]
pub(in crate::plate::formats) struct Captured<'a>([Option<&'a str>; Part::ALL.len()]);

impl<'a> Captured<'a> {
    /// The text of a part; `None` where no group tells it, or where that is empty.
    pub(in crate::plate::formats) fn of(&self, part: Part) -> Option<&'a str> {
        self.0[part as usize]
    }
}

/// The first construct in a pattern that only Python knows.
fn python_only(text: &str) -> Option<PatternError> {
    let (mut is_class, mut at) = (false, 0);
    let found = |written: &str, what, at: usize| {
        let at = text[..at].chars().count() + 1;
        Some(PatternError::PythonOnly { written: written.to_owned(), at, what })
    };
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if !is_class
            && let Some((written, what)) = PYTHON_ONLY.iter().find(|(written, _)| rest.starts_with(written))
        {
            return found(written, what, at);
        }
        match c {
            '\\' => {
                let escaped = rest[1..].chars().next();
                if let Some(digit @ '1'..='9') = escaped.filter(|_| !is_class) {
                    return found(&format!("\\{digit}"), "a back reference", at);
                }
                at += escaped.map_or(0, char::len_utf8);
            }
            // A bracket that closes nothing stands for itself at the beginning of a class.
            '[' if !is_class => {
                is_class = true;
                let begin = ["[^]", "[]", "[^"].into_iter().find(|begin| rest.starts_with(begin));
                at += begin.map_or(0, |begin| begin.len() - 1);
            }
            ']' => is_class = false,
            _ => {}
        }
        at += c.len_utf8();
    }
    None
}

/// What the crate says of a text that is no regular expression, in one line: it draws a mark under the place.
fn reason(message: &str, text: &str) -> String {
    let why = message.lines().rev().find_map(|line| line.trim().strip_prefix("error: "));
    let mark = message.lines().find(|line| line.trim_start().starts_with('^'));
    let indent = message.lines().find(|line| line.ends_with(text)).map_or(0, |line| line.len() - text.len());
    match (why, mark.and_then(|mark| mark.find('^')?.checked_sub(indent))) {
        (Some(why), Some(at)) => format!("{why}, at character {}", at + 1),
        (Some(why), None) => why.to_owned(),
        (None, _) => message.lines().collect::<Vec<_>>().join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_the_names_of_other_programs_in_any_case() {
        let table = [
            (
                "(?P<Well>[A-P][0-9]{2})_s(?P<Site>[0-9])_w(?P<ChannelNumber>[0-9])",
                "P_A01_s3_w2.tif",
                "A01 3 2 - -",
            ),
            (
                "(?<WELL>\\w+)/(?P<Wavelength>\\w+)_(?P<Plane>\\d+)_(?P<Timepoint>\\d+)",
                "B2/GFP_5_7.png",
                "B2 - GFP 5 7",
            ),
            (
                "(?P<Well_Row>[A-Z])(?P<WellColumn>\\d+)f(?P<Field>\\d+)t(?P<Frame>\\d*)",
                "x/C4f9t.tif",
                "C4 9 - - -",
            ),
            ("(?P<well96>\\d+)z(?P<slice>\\d+)", "13z2.tif", "13 - - 2 -"),
        ];
        for (pattern, path, expected) in table {
            let pattern = NamePattern::new(pattern).expect("a pattern");
            let found = pattern.captures(path).expect("a match");
            let well = [Part::Well, Part::Row, Part::Column].map(|part| found.of(part).unwrap_or_default());
            let others = [Part::Site, Part::Channel, Part::Z, Part::Timepoint];
            let others = others.map(|part| found.of(part).unwrap_or("-"));
            assert_eq!(format!("{} {}", well.concat(), others.join(" ")), expected);
        }
        let counted = NamePattern::new("(?P<well384>\\d+)").expect("a pattern");
        assert_eq!(counted.counted_on().map(PlateShape::wells), Some(384));
        assert_eq!(counted.counted_on_plate_of(96), "(?P<well96>\\d+)");
        let named = NamePattern::new(r"(?P<channelname>[a-z]+)(?P<row0>\d)(?P<col0>\d)w(?P<channel>\d)");
        let named = named.expect("a pattern");
        let found = named.captures("dapi01w2").expect("a match");
        let parts = [Part::Channel, Part::ChannelName, Part::Row, Part::Column].map(|part| found.of(part));
        assert_eq!((parts, named.is_from_0()), ([Some("2"), Some("dapi"), Some("0"), Some("1")], true));
        let word = NamePattern::new("(?P<channelname>[a-z]+)").expect("a pattern");
        assert!(word.has(Part::Channel) && !word.has(Part::ChannelName));
        let with_others = NamePattern::new("(?P<Run>\\d)(?P<site>\\d)(?P<well100>.)").expect("a pattern");
        assert_eq!(with_others.unknown_groups(), ["Run", "well100"]);
    }

    #[test]
    fn what_is_no_pattern_is_told_with_its_place() {
        let table = [
            ("", "there is no pattern"),
            (" \t", "there is no pattern"),
            ("(?P<well>[A-H", "unclosed character class, at character 10"),
            ("(?P<well>\\d)(?P<well>\\d)", "duplicate"),
            ("(?P<well>\\d", "unclosed group, at character 1"),
            ("ä*(?P<well>\\d))", "unopened group, at character 15"),
            ("*(?P<well>\\d)", "repetition operator missing expression"),
            ("(?P<well>\\d+)(?=_s)", "“(?=” at character 14 is a look-ahead, which Python knows"),
            ("(?<!x)(?P<well>\\d+)", "“(?<!” at character 1 is a look-behind"),
            ("(?P<well>ä)\\1", "“\\1” at character 12 is a back reference"),
            ("(?P<well>.)(?P=well)", "“(?P=” at character 12 is a back reference"),
            ("(?P<well>.)\\Z", "“\\Z” at character 12 is another name of the end, \\z"),
            ("(?P<well>.{,3})", "“{,” at character 11 is a repeat without its first number, which is 0"),
            ("(?P<wel>.)", "no group of this pattern has one of the names"),
            ("(?P<Plate>.)", "no group of this pattern has one of the names"),
            ("[A-H](\\d)", "no group of this pattern has one of the names"),
            (
                "(?P<Channel>.)(?P<Wavelength>.)",
                "the groups “Channel” and “Wavelength” both stand for the channel",
            ),
            ("(?P<well>.)(?P<col>.)", "the groups “well” and “column” both stand for the well"),
            ("(?P<well>\\w{5000})", "too much memory"),
        ];
        for (text, expected) in table {
            let why = NamePattern::new(text).expect_err(text).to_string();
            assert!(why.contains(expected), "{text}: {why}");
        }
        assert!(matches!(
            NamePattern::new(&"(?P<z>1)".repeat(500)),
            Err(PatternError::TooLong { chars: 4000 })
        ));
        // Within a class, or escaped, these are characters as any other.
        for text in ["[(?=](?P<z>1)", "[]\\1](?P<z>1)", "[^](?!](?P<z>1)", "\\(?=(?P<z>1)", "[\\]](?P<z>1)"] {
            let made = NamePattern::new(text);
            assert!(!matches!(made, Err(PatternError::PythonOnly { .. })), "{text}: {made:?}");
        }
    }
}

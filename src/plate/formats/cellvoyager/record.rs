//! The record of a measurement (`MeasurementData.mlf`), streamed.
//!
//! It has one element for each image, with its numbers in attributes and its file as text, and one for each error. It may
//! have hundreds of megabytes and is never held whole; the names of all files are one text. Deliberately absent: what a
//! record means where it is silent, which a file's name may say.

use std::ops::Range;
use std::path::{Path, PathBuf};

use quick_xml::events::BytesStart;

use crate::cancel::{Cancel, Cancelled};
use crate::limits;
use crate::plate::Acquired;
use crate::plate::acquired::{Said, moment_ms};
use crate::plate::folder::{Folder, stem_of};
use crate::plate::metadata::text::number;
use crate::plate::metadata::xml::{self, ElementText, Elements, attributes};
use crate::shown_text::{one_line, shorten};

/// What a record says.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) images: Vec<ImageRecord>,
    /// The errors, up to [`limits::RECORDED_ERRORS`].
    pub(super) errors: Vec<ErrorRecord>,
    /// Number of all errors.
    pub(super) error_count: usize,
    /// The ways in which planes were made one image, as [`ImageRecord::projection`] counts them.
    pub(super) projections: Vec<String>,
    /// The files of all records, one after the other.
    files: String,
    /// Why it could not be read to its end.
    pub(super) broken: Option<String>,
}

/// One image; `None` is what is not said of it. All numbers are from 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ImageRecord {
    /// Its part of the record's files.
    file: Range<usize>,
    pub(super) row: Option<u32>,
    pub(super) column: Option<u32>,
    pub(super) field: Option<u32>,
    pub(super) timepoint: Option<u32>,
    pub(super) plane: Option<u32>,
    pub(super) channel: Option<u32>,
    pub(super) timeline: Option<u32>,
    pub(super) action: Option<u32>,
    /// Which of [`Record::projections`] it is, where it is one.
    pub(super) projection: Option<u16>,
    /// Where it was recorded, from the centre of the well, y upward.
    pub(super) at_um: Option<(f64, f64)>,
    /// When and at which height.
    pub(super) acquired: Acquired,
}

/// An image that was not made, or several.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ErrorRecord {
    pub(super) row: Option<u32>,
    pub(super) column: Option<u32>,
    pub(super) field: Option<u32>,
    pub(super) timepoint: Option<u32>,
    pub(super) timeline: Option<u32>,
    pub(super) action: Option<u32>,
    pub(super) at_um: Option<(f64, f64)>,
    /// When it happened, in the microscope's words.
    pub(super) time: String,
    /// What happened, in the microscope's words.
    pub(super) words: String,
}

/// The most ways in which planes are made one image; microscopes have three or four.
const MOST_PROJECTIONS: usize = 64;

impl Record {
    /// Where the image of a record is; empty where it is not said.
    pub(super) fn file_of(&self, image: &ImageRecord) -> &str {
        self.files.get(image.file.clone()).unwrap_or_default()
    }

    /// Where the images of all records are.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.images.iter().map(|image| self.file_of(image))
    }
}

/// Whether a file of this name is a record.
pub(super) fn is_record(name: &str) -> bool {
    stem_of(name, "mlf").is_some()
}

/// The record of a folder.
pub(super) fn record_in(folder: &Folder) -> Option<PathBuf> {
    let is_usual = |name: &str| name.eq_ignore_ascii_case("MeasurementData.mlf");
    let usual = folder.files.iter().find(|name| is_usual(name));
    let name = usual.or_else(|| folder.files.iter().find(|name| is_record(name)))?;
    Some(folder.path.join(&**name))
}

/// Whether a folder holds a record, so that no other reader need look at what lies below.
pub(in crate::plate) fn is_recorded(folder: &Folder) -> bool {
    folder.has_file(is_record)
}

/// Reads a record as far as it goes.
pub(super) fn read(path: &Path, cancel: &Cancel) -> Result<Record, Cancelled> {
    let mut parser = Parser::default();
    let broken = xml::read_file(path, &mut parser, cancel)?;
    Ok(Record { broken, ..parser.record })
}

/// The first file of a record that is wanted.
pub(super) fn first_file(
    path: &Path,
    is_wanted: &dyn Fn(&str) -> bool,
    cancel: &Cancel,
) -> Result<Option<String>, Cancelled> {
    let mut parser = Parser { is_wanted: Some(is_wanted), ..Parser::default() };
    xml::read_file(path, &mut parser, cancel)?;
    Ok(parser.wanted)
}

/// The state of reading.
#[derive(Default)]
struct Parser<'a> {
    /// The record under way, and how many elements within it.
    under_way: Option<UnderWay>,
    within: usize,
    text: ElementText,
    record: Record,
    /// Where only one file is looked for: whether it is this one, and the one that it is.
    is_wanted: Option<&'a dyn Fn(&str) -> bool>,
    wanted: Option<String>,
}

/// A record of either kind.
#[derive(Default)]
struct UnderWay {
    is_error: bool,
    image: ImageRecord,
    time: String,
}

impl Elements for Parser<'_> {
    fn start(&mut self, element: &BytesStart<'_>) {
        if self.under_way.is_some() {
            self.within += 1;
            return;
        }
        self.text.clear();
        if element.local_name().as_ref() != "MeasurementRecord" {
            return;
        }
        let mut one = UnderWay::default();
        let (mut x_um, mut y_um, mut z_um) = (None, None, None);
        for (name, value) in attributes(element) {
            let image = &mut one.image;
            let whole = || value.trim().parse().ok();
            match name {
                "Type" => one.is_error = value.eq_ignore_ascii_case("err"),
                "Row" => image.row = whole(),
                "Column" => image.column = whole(),
                "FieldIndex" => image.field = whole(),
                "TimePoint" => image.timepoint = whole(),
                "ZIndex" => image.plane = whole(),
                "Ch" => image.channel = whole(),
                "TimelineIndex" => image.timeline = whole(),
                "ActionIndex" => image.action = whole(),
                "ZImageProcessing" => image.projection = self.projection(&value),
                "X" => x_um = number(&value),
                "Y" => y_um = number(&value),
                "Z" => z_um = number(&value),
                "Time" => one.time = said(&value),
                _ => {}
            }
        }
        one.image.at_um = x_um.zip(y_um);
        one.image.acquired = Said { z_um, at_ms: moment_ms(&one.time), ..Said::default() }.into();
        self.under_way = Some(one);
    }

    fn text(&mut self, text: &str) {
        if self.under_way.is_some() && self.within == 0 {
            self.text.add(text, limits::INDEX_TEXT_BYTES);
        }
    }

    fn end(&mut self) {
        if self.within > 0 {
            self.within -= 1;
            return;
        }
        let Some(UnderWay { is_error, mut image, time }) = self.under_way.take() else { return };
        let text = self.text.trimmed();
        let record = &mut self.record;
        if let Some(is_wanted) = self.is_wanted {
            if !is_error && is_wanted(text) {
                self.wanted = Some(text.to_owned());
            }
        } else if is_error {
            record.error_count += 1;
            if record.errors.len() < limits::RECORDED_ERRORS {
                let ImageRecord { row, column, field, timepoint, timeline, action, at_um, .. } = image;
                let words = said(text);
                let error =
                    ErrorRecord { row, column, field, timepoint, timeline, action, at_um, time, words };
                record.errors.push(error);
            }
        } else {
            let begin = record.files.len();
            record.files.push_str(text);
            image.file = begin..record.files.len();
            record.images.push(image);
        }
    }

    fn is_done(&self) -> bool {
        self.wanted.is_some()
    }
}

impl Parser<'_> {
    /// The number of a way to make planes one image; `None` where they were not.
    fn projection(&mut self, name: &str) -> Option<u16> {
        let name = said(name);
        if name.is_empty() || name.eq_ignore_ascii_case("none") {
            return None;
        }
        let known = &mut self.record.projections;
        let at = known.iter().position(|known| *known == name).unwrap_or_else(|| {
            if known.len() < MOST_PROJECTIONS {
                known.push(name);
            }
            known.len() - 1
        });
        u16::try_from(at).ok()
    }
}

/// Words of the microscope as they are shown.
fn said(text: &str) -> String {
    let mut said = one_line(text.trim()).into_owned();
    shorten(&mut said, limits::NAME_CHARS);
    said
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_bytes(bytes: &[u8]) -> Record {
        let mut parser = Parser::default();
        let broken = xml::read(bytes, &mut parser, &Cancel::new()).expect("not cancelled");
        Record { broken, ..parser.record }
    }

    const HEAD: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<bts:MeasurementData bts:Version=\"1.0\" \
        xmlns:bts=\"http://www.yokogawa.co.jp/BTS/BTSSchema/1.0\">\n";
    const IMAGE: &str = "<bts:MeasurementRecord bts:Type=\"IMG\" bts:Time=\"2023-09-18T13:58:44.438+02:00\" \
        bts:Column=\"8\" bts:Row=\"4\" bts:TimePoint=\"5\" bts:FieldIndex=\"6\" bts:ZIndex=\"7\" \
        bts:TimelineIndex=\"2\" bts:ActionIndex=\"3\" bts:Action=\"3D\" bts:X=\"-567.1\" bts:Y=\"402.9\" \
        bts:Z=\"0.0\" bts:Ch=\"9\">a &amp; b.tif</bts:MeasurementRecord>\n";
    // As one was published, its words changed by whoever did.
    const ERROR: &str = "<bts:MeasurementRecord bts:Type=\"ERR\" bts:Time=\"2020-01-01T11:00:00.000+01:00\" \
        bts:Column=\"14\" bts:Row=\"3\" bts:TimePoint=\"1\" bts:PartialTileIndex=\"1\" \
        bts:TimelineIndex=\"1\" bts:X=\"-20.0\" bts:Y=\"25.0\">AF Error at C14 No. 0 (SAMPLE)\
        </bts:MeasurementRecord>\n";
    const TAIL: &str = "</bts:MeasurementData>";

    #[test]
    fn images_and_errors_are_told_apart() {
        let projection = IMAGE.replace("bts:Ch=", "bts:ZImageProcessing=\"Maximum\" bts:Ch=");
        let record = read_bytes(format!("{HEAD}{IMAGE}{ERROR}{projection}{TAIL}>junk <").as_bytes());
        assert_eq!(record.broken, None);
        assert_eq!(record.files().collect::<Vec<_>>(), ["a & b.tif", "a & b.tif"]);
        let image = &record.images[0];
        let numbers = [
            image.row,
            image.column,
            image.timepoint,
            image.field,
            image.plane,
            image.timeline,
            image.action,
            image.channel,
        ];
        assert_eq!(numbers, [4, 8, 5, 6, 7, 2, 3, 9].map(Some));
        assert_eq!((image.at_um, image.projection), (Some((-567.1, 402.9)), None));
        assert_eq!((record.images[1].projection, record.projections), (Some(0), vec!["Maximum".to_owned()]));
        let expected = ErrorRecord {
            row: Some(3),
            column: Some(14),
            timepoint: Some(1),
            timeline: Some(1),
            at_um: Some((-20.0, 25.0)),
            time: "2020-01-01T11:00:00.000+01:00".into(),
            words: "AF Error at C14 No. 0 (SAMPLE)".into(),
            ..ErrorRecord::default()
        };
        assert_eq!((record.errors, record.error_count), (vec![expected], 1));
    }

    #[test]
    fn a_record_is_read_as_far_as_it_goes_in_any_encoding() {
        let whole = format!("{HEAD}{IMAGE}{IMAGE}{TAIL}");
        let utf16: Vec<u8> =
            std::iter::once(0xFEFF_u16).chain(whole.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        // Bytes, images, and whether it could not be read to its end.
        let table: Vec<(Vec<u8>, usize, bool)> = vec![
            (whole.clone().into(), 2, false),
            (format!("\u{feff}{whole}").into(), 2, false),
            (utf16, 2, false),
            // Without the namespace's letters.
            (whole.replace("bts:", "").into(), 2, false),
            // Words of another encoding.
            ([whole.replace("a &amp; b", "x").as_bytes(), b"\x82\x81>>"].concat(), 2, false),
            (format!("{HEAD}{IMAGE}{}", &IMAGE[..200]).into(), 1, true),
            (format!("{HEAD}{IMAGE}").into(), 1, true),
            (format!("{HEAD}{IMAGE}</wrong>{IMAGE}{TAIL}").into(), 1, true),
            (format!("{HEAD}{TAIL}").into(), 0, false),
            (Vec::new(), 0, true),
            (b"no record".to_vec(), 0, true),
        ];
        for (bytes, images, is_broken) in table {
            let record = read_bytes(&bytes);
            let found = (record.images.len(), record.broken.is_some());
            assert_eq!(found, (images, is_broken), "{}", String::from_utf8_lossy(&bytes));
        }
        let bad =
            IMAGE.replace("\"4\"", "\"-4\"").replace("\"8\"", "\"99999999999\"").replace("402.9", "NaN");
        let record = read_bytes(format!("{HEAD}{bad}{TAIL}").as_bytes());
        let image = &record.images[0];
        assert_eq!((image.row, image.column, image.at_um, image.field), (None, None, None, Some(6)));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(
            text in "(<MeasurementRecord |>|Type=\"ERR\"|Type=\"IMG\" |Row=\"[0-9]{1,12}\" |Ch='1' |</MeasurementRecord>|<a>|</a>|&amp;|&|<|\\PC){0,40}"
        ) {
            let _ = read_bytes(text.as_bytes());
        }

        #[test]
        fn a_record_that_is_cut_anywhere_has_what_stands_before(cut in 0_usize..2000) {
            let whole = format!("{HEAD}{IMAGE}{ERROR}{IMAGE}{TAIL}");
            let cut = cut.min(whole.len());
            let record = read_bytes(&whole.as_bytes()[..cut]);
            let before = &whole[..cut];
            let ends = before.matches("</bts:MeasurementRecord>").count();
            prop_assert_eq!(record.images.len() + record.errors.len(), ends);
            prop_assert_eq!(record.broken.is_some(), !before.ends_with(TAIL));
        }
    }
}

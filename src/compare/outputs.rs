//! The outputs of two runs side by side, by content hash.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::files::FilesCheck;
use crate::events::{OutputImage, SavedTable};
use crate::image::{ContentHash, ImageSource, sample_value};
use crate::limits;
use crate::plan::Mode;
use crate::plate::ImageKey;
use crate::quantity::count_text;
use crate::record::RunRecord;

/// An output that differs between the two runs, or that only one of them has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DifferentOutput {
    /// Zero-based index of the step.
    pub step: usize,
    /// The image; `None` of a table.
    pub key: Option<ImageKey>,
    /// Path of the table in the runs' folders; `None` of an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// What is different.
    pub why: String,
    /// The difference of two pixel values (all at once minus one at a time) that is largest without its
    /// sign; `None` where it was not measured.
    #[serde(default)]
    pub largest: Option<f64>,
}

impl DifferentOutput {
    /// `the pixels differ, by 12 at most`.
    pub fn why_text(&self) -> String {
        match self.largest {
            Some(largest) => format!("{}, by {} at most", self.why, largest.abs()),
            None => self.why.clone(),
        }
    }
}

/// The image's key, or the table's path.
impl fmt::Display for DifferentOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.key, &self.table) {
            (Some(key), _) => key.fmt(f),
            (None, Some(table)) => f.write_str(table),
            (None, None) => f.write_str("an output"),
        }
    }
}

/// The outputs of two runs, images and tables, compared by content hash.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OutputComparison {
    /// Outputs that either run has.
    pub compared: usize,
    /// Outputs that are the same in both.
    pub identical: usize,
    /// Outputs that differ, or that only one of the runs has.
    pub different: Vec<DifferentOutput>,
    /// What is known of the files since.
    #[serde(skip)]
    pub files: FilesState,
}

/// What is known of the files of results since their runs ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FilesState {
    /// Nothing: the hashes are those in the records.
    #[default]
    NotRead,
    /// They have just been written.
    Written,
    /// They were read again.
    Read(FilesCheck),
}

impl OutputComparison {
    /// What it comes to in a sentence, and whether all is well. Only of files that have just been written or read is
    /// it said how they are.
    pub fn sentence(&self) -> (String, bool) {
        let (is_now, remark) = match &self.files {
            FilesState::NotRead => (false, String::new()),
            FilesState::Written => (true, String::new()),
            FilesState::Read(check) => (check.is_whole(), check.remark()),
        };
        let changed = matches!(&self.files, FilesState::Read(check) if !check.changed.is_empty());
        let then = if is_now { "" } else { " when the runs ended" };
        let results = |count: usize| count_text(count);
        let text = match (self.compared, self.different.len()) {
            (0, _) => return ("There were no results to compare.".to_owned(), true),
            (1, 0) if is_now => "The one result is identical".to_owned(),
            (1, 0) => "The one result was identical".to_owned(),
            (_, 0) if is_now => format!("All {} results are identical", results(self.identical)),
            (_, 0) => format!("All {} results were identical", results(self.identical)),
            (compared, different) => {
                let differ = match (is_now, different) {
                    (true, 1) => "differs",
                    (true, _) => "differ",
                    (false, _) => "differed",
                };
                format!("{} of {} results {differ}", results(different), results(compared))
            }
        };
        (format!("{text}{then}.{remark}"), self.different.is_empty() && !changed)
    }

    /// Compares the images of two runs.
    pub fn of(bulk: &[OutputImage], sequential: &[OutputImage]) -> Self {
        let mut comparison = Self::default();
        let sides =
            [bulk, sequential].map(|side| side.iter().map(|output| ((output.step, output.key), output.hash)));
        for ((step, key), hashes) in matched(sides) {
            comparison.compare_hashes(hashes, "the pixels differ", |why| DifferentOutput {
                step,
                key: Some(key),
                table: None,
                why,
                largest: None,
            });
        }
        comparison
    }

    /// With the tables of the two runs.
    #[must_use]
    pub fn with_tables(mut self, bulk: &[SavedTable], sequential: &[SavedTable]) -> Self {
        let sides = [bulk, sequential]
            .map(|side| side.iter().map(|table| ((table.step, table.path.as_str()), table.hash)));
        for ((step, path), hashes) in matched(sides) {
            self.compare_hashes(hashes, "the rows differ", |why| DifferentOutput {
                step,
                key: None,
                table: Some(path.to_owned()),
                why,
                largest: None,
            });
        }
        self
    }

    fn compare_hashes(
        &mut self,
        hashes: [Option<ContentHash>; 2],
        differ: &str,
        different: impl FnOnce(String) -> DifferentOutput,
    ) {
        self.compared += 1;
        let why = match hashes {
            [Some(bulk), Some(sequential)] if bulk == sequential => {
                self.identical += 1;
                return;
            }
            [Some(_), Some(_)] => differ,
            [Some(_), None] => "only the run all at once made it",
            [None, _] => "only the run one at a time made it",
        };
        self.different.push(different(why.to_owned()));
    }
}

/// What two sides have by the same name.
fn matched<K: Ord>(
    sides: [impl Iterator<Item = (K, ContentHash)>; 2],
) -> BTreeMap<K, [Option<ContentHash>; 2]> {
    let mut matched: BTreeMap<K, [Option<ContentHash>; 2]> = BTreeMap::new();
    for (side, outputs) in sides.into_iter().enumerate() {
        for (name, hash) in outputs {
            matched.entry(name).or_default()[side] = Some(hash);
        }
    }
    matched
}

/// Images that differ and are read to measure by how much; of more than these the rest is like them.
const MOST_MEASURED: usize = 200;

impl OutputComparison {
    /// Reads the images that differ, where runs kept them, and measures by how much. What cannot be
    /// read, or is not of one size and type, stays without a measure.
    pub fn measure(&mut self, records: &[&RunRecord]) {
        for different in self.different.iter_mut().take(MOST_MEASURED) {
            let images = |mode: Mode| {
                let of_mode = records.iter().filter(move |record| record.plan.mode == mode);
                of_mode.filter_map(|record| {
                    let kept = |output: &&OutputImage| {
                        (output.step, Some(output.key)) == (different.step, different.key)
                    };
                    let output = record.outputs.iter().find(kept)?;
                    Some((output.hash, record.source_of(output)?))
                })
            };
            let pair = images(Mode::Bulk).find_map(|(hash, bulk)| {
                let other = images(Mode::Sequential).find(|(other, _)| *other != hash);
                other.map(|(_, sequential)| [bulk, sequential])
            });
            different.largest = pair.and_then(|[bulk, sequential]| largest_difference(&bulk, &sequential));
        }
    }
}

/// Of two images of one size and type, which differ. `None` where they differ by what is no difference of numbers: a
/// pixel that is a number in one only, or whole numbers that are one 64-bit float.
fn largest_difference(a: &ImageSource, b: &ImageSource) -> Option<f64> {
    let read = |source: &ImageSource| source.decode_within(limits::SHOWN_IMAGE_BYTES).ok();
    let ((format, a), (other, b)) = (read(a)?, read(b)?);
    if format != other {
        return None;
    }
    let size = format.pixel.bytes();
    let samples = a.chunks_exact(size).zip(b.chunks_exact(size));
    let mut largest = 0.0_f64;
    for (a, b) in samples {
        let [a, b] = [sample_value(a, format.pixel)?, sample_value(b, format.pixel)?];
        if a.is_finite() != b.is_finite() {
            return None;
        }
        let difference = a - b;
        if difference.is_finite() && difference.abs() > largest.abs() {
            largest = difference;
        }
    }
    (largest != 0.0).then_some(largest)
}

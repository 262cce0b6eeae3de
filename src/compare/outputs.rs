//! The outputs of two runs side by side, by content hash.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::engine::OutputImage;
use crate::image::{decode_owned, sample_value};
use crate::plan::Mode;
use crate::plate::ImageKey;
use crate::record::RunRecord;

/// An output that differs between the two runs, or that only one of them has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DifferentOutput {
    /// Zero-based index of the step.
    pub step: usize,
    /// The output.
    pub key: ImageKey,
    /// What is different.
    pub why: String,
    /// The difference of two pixel values (all at once minus one at a time) that is largest without its
    /// sign; `None` where it was not measured.
    #[serde(default)]
    pub largest: Option<f64>,
}

/// The outputs of two runs, compared by content hash.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OutputComparison {
    /// Outputs that either run has.
    pub compared: usize,
    /// Outputs that are the same in both.
    pub identical: usize,
    /// The others.
    pub different: Vec<DifferentOutput>,
}

impl OutputComparison {
    /// Compares the outputs of two runs.
    pub fn of(bulk: &[OutputImage], sequential: &[OutputImage]) -> Self {
        let mut sides: BTreeMap<(usize, ImageKey), [Option<&str>; 2]> = BTreeMap::new();
        for (side, outputs) in [bulk, sequential].into_iter().enumerate() {
            for output in outputs {
                sides.entry((output.step, output.key)).or_default()[side] = Some(&output.hash);
            }
        }
        let mut comparison = Self { compared: sides.len(), ..Self::default() };
        for ((step, key), hashes) in sides {
            let why = match hashes {
                [Some(bulk), Some(sequential)] if bulk == sequential => {
                    comparison.identical += 1;
                    continue;
                }
                [Some(_), Some(_)] => "the pixels differ",
                [Some(_), None] => "only the run all at once made it",
                [None, _] => "only the run one at a time made it",
            };
            comparison.different.push(DifferentOutput { step, key, why: why.to_owned(), largest: None });
        }
        comparison
    }
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
                    let kept =
                        |output: &&OutputImage| (output.step, output.key) == (different.step, different.key);
                    let output = record.outputs.iter().find(kept)?;
                    let folder = record.summary.record.as_deref()?.parent()?;
                    Some((&output.hash, folder.join(output.path.as_ref()?)))
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

/// Of two images of one size and type; not-a-number does not count.
fn largest_difference(a: &Path, b: &Path) -> Option<f64> {
    let ((format, a), (other, b)) = (decode_owned(a, 0).ok()?, decode_owned(b, 0).ok()?);
    if format != other {
        return None;
    }
    let size = format.pixel.bytes();
    let samples = a.chunks_exact(size).zip(b.chunks_exact(size));
    let differences = samples
        .filter_map(|(a, b)| Some(sample_value(a, format.pixel)? - sample_value(b, format.pixel)?))
        .filter(|difference| difference.is_finite());
    differences.max_by(|a, b| a.abs().total_cmp(&b.abs()))
}

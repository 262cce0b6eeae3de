//! The claim that nothing stays from combination to combination: a line through what is left after each clear.

use super::numbers::Numbers;
use super::proofs::{NO_RSS, NO_SEQUENTIAL, READ_AHEAD, is_apart, newest, newest_sequential, proof, unknown};
use super::{Claim, Figures, Finding, Line, Proof, ShownBy};
use crate::plan::AfterClear;
use crate::quantity::{bytes_text, plural};
use crate::record::RunRecord;

/// Fewer points tell too little of a line.
const FEWEST_CLEARS: usize = 5;
/// How many times more combinations are run where those of a run scatter too much.
const TIMES_LONGER: usize = 4;
/// Size of a memory page, by which the system counts.
const PAGE_BYTES: u64 = 4096;

/// The memory after the clears lies on a line that does not rise.
pub(super) fn no_leak(records: &[&RunRecord]) -> Proof {
    let claim = Claim::NoLeak;
    let clears = |record: &RunRecord| record.plan.combinations;
    let returns = |record: &RunRecord| is_apart(record) && record.plan.after_clear == AfterClear::Return;
    let is_long = |record: &RunRecord| clears(record) >= FEWEST_CLEARS;
    let record = newest(records, |record| returns(record) && is_long(record))
        .or_else(|| newest(records, |record| is_apart(record) && is_long(record)))
        .or_else(|| newest_sequential(records))
        .or_else(|| records.last().copied());
    match record {
        Some(record) => no_leak_of(record).of(record),
        None => unknown(claim, NO_SEQUENTIAL).shown_by(longer(FEWEST_CLEARS)),
    }
}

/// A run of this many combinations at least.
fn longer(fewest_combinations: usize) -> ShownBy {
    ShownBy::Run { after_clear: AfterClear::Return, fewest_combinations }
}

fn no_leak_of(record: &RunRecord) -> Proof {
    let claim = Claim::NoLeak;
    if !is_apart(record) {
        return unknown(claim, READ_AHEAD).shown_by(longer(FEWEST_CLEARS));
    }
    let all: Vec<Numbers> = Numbers::of(record).into_iter().filter(|numbers| numbers.is_cleared).collect();
    let anonymous: Option<Vec<u64>> = all.iter().map(|numbers| numbers.anonymous_after).collect();
    let is_anonymous = anonymous.is_some();
    let resident = || all.iter().map(|numbers| numbers.clear.map(|[_, after]| after)).collect();
    let Some(bytes) = anonymous.or_else(resident) else { return unknown(claim, NO_RSS) };
    let values: Vec<f64> = bytes.iter().map(|bytes| *bytes as f64).collect();
    let line = Line::through(&values);
    let figures = Figures::Rest { bytes, is_anonymous, line };
    let Some(line) = line.filter(|_| all.len() >= FEWEST_CLEARS) else {
        let sentence = format!(
            "There {}: too few for a line. Take more components one at a time, or run more wells, to get at least {}.",
            if all.len() == 1 {
                "was one clear".to_owned()
            } else {
                format!("were {}", plural(all.len(), "clear"))
            },
            FEWEST_CLEARS
        );
        return proof(claim, Finding::Unknown, None, sentence, figures).shown_by(longer(FEWEST_CLEARS));
    };
    let [low, high] = line.slope_range();
    let memory = if is_anonymous { "The anonymous memory" } else { "The memory" };
    let clears = plural(all.len(), "clear");
    let rate = format!("{} to {} per combination, with 95 % confidence", signed_text(low), signed_text(high));
    let grown = line.slope * (all.len() - 1) as f64;
    let [grown_text, counters, image] = [grown, counters_bytes(record), image_bytes(&all)].map(size_text);
    let image = format!("One image that stayed with each combination would make {image}.");
    let rises = low > 0.0;
    let (finding, sentence) = if rises && grown > counters_bytes(record) {
        let sentence = format!(
            "{memory} after a clear rises with the combinations: {rate}. Over {clears} that is {grown_text}, more than \
             the {counters} that the system's counters may be off by. {image}"
        );
        (Finding::NotShown, sentence)
    } else if high >= image_bytes(&all) {
        let sentence = format!(
            "{memory} after {clears} varies so much that growth by one image per combination cannot be detected: \
             {rate}. Run more combinations."
        );
        (Finding::Unknown, sentence)
    } else if rises {
        let sentence = format!(
            "{memory} rises over {clears} by {grown_text}, less than the {counters} that the system's counters may be \
             off by: {rate}. {image}"
        );
        (Finding::Shown, sentence)
    } else {
        (Finding::Shown, format!("{memory} shows no rise over {clears}: {rate}. {image}"))
    };
    let proof = proof(claim, finding, Some(headline(finding, line)), sentence, figures);
    if finding == Finding::Unknown { proof.shown_by(longer(TIMES_LONGER * all.len())) } else { proof }
}

/// What is known of the slope with confidence, in few words: the slope itself is mostly noise where nothing leaks.
fn headline(finding: Finding, line: Line) -> String {
    let [low, high] = line.slope_range();
    match finding {
        Finding::NotShown => format!("at least {} each, 95 % sure", signed_text(low)),
        _ if high.round() <= 0.0 => "no growth, 95 % sure".to_owned(),
        Finding::Shown | Finding::Unknown => format!("at most {} each, 95 % sure", signed_text(high)),
    }
}

/// The mean size of an image.
fn image_bytes(all: &[Numbers]) -> f64 {
    let images: f64 = all.iter().map(|numbers| numbers.images as f64).sum();
    let bytes: f64 = all.iter().map(|numbers| numbers.bytes as f64).sum();
    bytes / images.max(1.0)
}

/// What the system's counters may be off by: they are kept for each processor, and added up late.
fn counters_bytes(record: &RunRecord) -> f64 {
    let cores = record.machine.as_ref().map_or(1, |machine| machine.cores).max(1) as f64;
    cores * (2.0 * cores).max(32.0) * PAGE_BYTES as f64
}

fn size_text(bytes: f64) -> String {
    bytes_text(bytes.abs().round() as u64)
}

/// `+1.20 kB`, `−3.40 kB`, `0 B`.
fn signed_text(bytes: f64) -> String {
    let sign = match bytes.round() {
        0.0 => "",
        ..0.0 => "−",
        _ => "+",
    };
    format!("{sign}{}", size_text(bytes))
}

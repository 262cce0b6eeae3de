//! Three of the claims, each tested on the newest run that can tell something about it; that of no leak is
//! beside.

use super::numbers::Numbers;
use super::{Change, Claim, Figures, Finding, Proof, ShownBy};
use crate::plan::components_text;
use crate::plan::run_title;
use crate::plan::{AfterClear, Mode};
use crate::quantity::{bytes_text, count_text, decimal_text, plural};
use crate::record::RunRecord;

/// The newest run one at a time.
pub(super) fn newest_sequential<'a>(records: &[&'a RunRecord]) -> Option<&'a RunRecord> {
    newest(records, |record| record.plan.mode == Mode::Sequential)
}

pub(super) fn newest<'a>(
    records: &[&'a RunRecord],
    is_wanted: impl Fn(&RunRecord) -> bool,
) -> Option<&'a RunRecord> {
    records.iter().rev().copied().find(|record| is_wanted(record))
}

/// What is found, in a sentence.
pub(super) fn proof(
    claim: Claim,
    finding: Finding,
    number: Option<String>,
    sentence: String,
    figures: Figures,
) -> Proof {
    Proof { claim, finding, run: None, mode: None, number, sentence, figures, shown_by: None }
}

impl Proof {
    /// It, of a run.
    pub(super) fn of(mut self, record: &RunRecord) -> Self {
        let plan = &record.plan;
        let memory = match plan.after_clear {
            AfterClear::Return => "memory returned",
            AfterClear::Keep => "memory kept",
        };
        let combinations = plural(plan.combinations, "combination");
        self.run = Some(format!("{} · {combinations} · {memory}", run_title(plan)));
        self.mode = Some(plan.mode);
        self
    }

    /// It, with what would show it.
    pub(super) fn shown_by(self, shown_by: ShownBy) -> Self {
        Self { shown_by: Some(shown_by), ..self }
    }
}

/// What shows that memory is used again, and what that a clear gives it back.
const KEPT: ShownBy = ShownBy::Run { after_clear: AfterClear::Keep, fewest_combinations: 2 };
const RETURNED: ShownBy = ShownBy::Run { after_clear: AfterClear::Return, fewest_combinations: 1 };

/// What cannot be said, and why.
pub(super) fn unknown(claim: Claim, why: impl Into<String>) -> Proof {
    proof(claim, Finding::Unknown, None, why.into(), Figures::None)
}

pub(super) const NO_SEQUENTIAL: &str = "There is no run one at a time yet: compare both ways.";

/// `channel one at a time`.
fn way(record: &RunRecord) -> String {
    match components_text(&record.plan.sequential) {
        names if names.is_empty() => "one at a time".to_owned(),
        names => format!("{} one at a time", names.to_lowercase()),
    }
}

/// Bulk against sequential, of the same wells.
pub(super) fn fewer_at_once(records: &[&RunRecord]) -> Proof {
    let claim = Claim::FewerAtOnce;
    let Some(one) = newest_sequential(records) else {
        return unknown(claim, NO_SEQUENTIAL).shown_by(ShownBy::BothWays);
    };
    let sequential = one.summary.images_at_once;
    let is_same = |record: &RunRecord| {
        record.plan.mode == Mode::Bulk
            && (&record.plan.wells, record.plan.wells_at_once) == (&one.plan.wells, one.plan.wells_at_once)
    };
    let ran =
        newest(records, is_same).map(|record| record.summary.images_at_once).filter(|images| *images > 0);
    // All at once preloads all images of a well, also where it was not run: it may have been over budget.
    let planned = || (one.plan.wells.len() == 1).then_some(one.plan.images);
    let Some(bulk) = ran.or_else(planned).filter(|images| *images > 0) else {
        let why = "All at once has not been run on the same wells: compare both ways.";
        return unknown(claim, why).shown_by(ShownBy::BothWays);
    };
    if sequential == 0 {
        let why = "The run one at a time ended before its first images were in memory.";
        return unknown(claim, why).shown_by(ShownBy::BothWays);
    }
    let held = if ran.is_some() { "held" } else { "was not run, and would hold" };
    let (way, all) = (way(one), plural(bulk, "image"));
    let figures = Figures::AtOnce { bulk, sequential };
    let number = format!("{} → {}", count_text(bulk), count_text(sequential));
    if sequential < bulk {
        let ratio = bulk as f64 / sequential as f64;
        let times = if ratio < 9.95 { decimal_text(ratio, 1) } else { count_text(ratio.round() as usize) };
        let sentence =
            format!("All at once {held} {all} in memory; {way} {}: {times} × fewer.", count_text(sequential));
        proof(claim, Finding::Shown, Some(number), sentence, figures)
    } else {
        let ahead =
            if one.plan.read_ahead { " The next combination was read ahead, so two were there." } else { "" };
        let sentence = format!(
            "All at once {held} {all} in memory, and {way} {}: no fewer.{ahead}",
            count_text(sequential)
        );
        proof(claim, Finding::NotShown, Some(number), sentence, figures)
    }
}

/// Whether the memory before and after a phase says something about that phase alone.
pub(super) fn is_apart(record: &RunRecord) -> bool {
    !record.plan.read_ahead
}

pub(super) const READ_AHEAD: &str = "The next combination was read ahead, so its images are in memory together \
                                     with those of the present one, and neither can be measured alone. Run \
                                     without reading ahead.";
pub(super) const NO_RSS: &str = "This system does not report the memory of a process.";

/// With memory that is kept, a preload adds only by how much its combination is larger than all before.
pub(super) fn reuse(records: &[&RunRecord]) -> Proof {
    let claim = Claim::Reuse;
    let is_one = |record: &RunRecord| record.plan.mode == Mode::Sequential;
    let kept = newest(records, |record| {
        is_one(record) && is_apart(record) && record.plan.after_clear == AfterClear::Keep
    });
    match kept.or_else(|| newest_sequential(records)) {
        Some(record) => reuse_of(record).of(record),
        None => unknown(claim, NO_SEQUENTIAL).shown_by(KEPT),
    }
}

fn reuse_of(record: &RunRecord) -> Proof {
    let claim = Claim::Reuse;
    if !is_apart(record) {
        return unknown(claim, READ_AHEAD).shown_by(KEPT);
    }
    let all = Numbers::of(record);
    let resting_bytes = record.summary.baseline_rss_bytes;
    let figures = || changes(&all, resting_bytes, |numbers| numbers.preload);
    let added: Vec<(&Numbers, u64)> =
        all.iter().filter_map(|numbers| Some((numbers, numbers.added_bytes()?))).collect();
    let Some(((_, first), later)) = added.split_first() else { return unknown(claim, NO_RSS) };
    if record.plan.after_clear == AfterClear::Return {
        let sentence = format!(
            "Memory went back to the system after each clear, so each preload takes it again: {} the first time. To \
             see it used again, choose “keep memory” under After a clear, and run one at a time.",
            bytes_text(*first)
        );
        return proof(claim, Finding::Unknown, None, sentence, figures()).shown_by(KEPT);
    }
    if later.is_empty() {
        return proof(
            claim,
            Finding::Unknown,
            None,
            "There was only one combination, so nothing could be used again. Take more components one at a time, \
             or more wells."
                .to_owned(),
            figures(),
        )
        .shown_by(KEPT);
    }
    let largest = all.iter().map(|numbers| numbers.bytes).max().unwrap_or(0);
    if let Some(why) = too_small(&all, largest) {
        return proof(claim, Finding::Unknown, None, why, figures());
    }
    // Larger combinations than those before need more, which is no fault of reuse.
    let mut most_before = all.first().map_or(0, |numbers| numbers.bytes);
    let mut worst: Option<(&Numbers, u64)> = None;
    for (numbers, added) in later {
        let growth = numbers.bytes.saturating_sub(most_before);
        most_before = most_before.max(numbers.bytes);
        let surplus = added.saturating_sub(growth + numbers.tolerance_bytes());
        if surplus > worst.map_or(0, |(_, surplus)| surplus) {
            worst = Some((numbers, surplus));
        }
    }
    let most_later = later.iter().map(|(_, added)| *added).max().unwrap_or(0);
    let number = Some(format!("{}, then {}", bytes_text(*first), bytes_text(most_later)));
    match worst {
        None => {
            let others = match (later.len(), most_later) {
                (1, 0) => "the second nothing".to_owned(),
                (1, most) => format!("the second {}", bytes_text(most)),
                (count, 0) => format!("the other {} nothing", count_text(count)),
                (count, most) => {
                    format!("each of the other {} at most {}", count_text(count), bytes_text(most))
                }
            };
            let sentence = format!(
                "The first preload added {}, {others}: the memory that is kept is used again.",
                bytes_text(*first)
            );
            proof(claim, Finding::Shown, number, sentence, figures())
        }
        Some((numbers, surplus)) => {
            let sentence = format!(
                "The first preload added {}. The one of {} added {} more than its images need beyond the memory \
                 that was kept.",
                bytes_text(*first),
                numbers.combination,
                bytes_text(surplus)
            );
            proof(claim, Finding::NotShown, number, sentence, figures())
        }
    }
}

/// With memory that is returned, nothing but a little is left above resting after a clear.
pub(super) fn clearing(records: &[&RunRecord]) -> Proof {
    let claim = Claim::Clearing;
    let returns = |record: &RunRecord| is_apart(record) && record.plan.after_clear == AfterClear::Return;
    let one_at_a_time = |record: &RunRecord| record.plan.mode == Mode::Sequential && returns(record);
    // A later run of small combinations takes nothing back that an earlier one has shown.
    let tells = |record: &RunRecord| one_at_a_time(record) && clearing_of(record).finding != Finding::Unknown;
    let returned = newest(records, tells).or_else(|| newest(records, one_at_a_time));
    let returned = returned.or_else(|| newest(records, returns));
    match returned.or_else(|| records.last().copied()) {
        Some(record) => clearing_of(record).of(record),
        None => unknown(claim, NO_SEQUENTIAL).shown_by(RETURNED),
    }
}

fn clearing_of(record: &RunRecord) -> Proof {
    let claim = Claim::Clearing;
    if !is_apart(record) {
        return unknown(claim, READ_AHEAD).shown_by(RETURNED);
    }
    let all = Numbers::of(record);
    let resting_bytes = record.summary.baseline_rss_bytes;
    let figures = || changes(&all, resting_bytes, |numbers| numbers.clear);
    if record.plan.after_clear == AfterClear::Keep {
        let why = "Memory was kept for the next combination, as chosen, so a clear gives none back. Choose “return \
                   memory” under After a clear, and run again.";
        return proof(claim, Finding::Unknown, None, why.to_owned(), figures()).shown_by(RETURNED);
    }
    let cleared: Vec<(&Numbers, [u64; 2])> =
        all.iter().filter_map(|numbers| Some((numbers, numbers.clear?))).collect();
    if cleared.is_empty() {
        let is_cleared = all.iter().any(|numbers| numbers.is_cleared);
        return match is_cleared {
            true => unknown(claim, NO_RSS),
            false => unknown(claim, "The run ended before its first clear.").shown_by(RETURNED),
        };
    }
    let Some(resting) = resting_bytes else {
        return unknown(claim, "The memory of the worker at rest is not known.");
    };
    let largest = cleared.iter().map(|(numbers, _)| numbers.bytes).max().unwrap_or(0);
    if let Some(why) = too_small(&all, largest) {
        return proof(claim, Finding::Unknown, None, why, figures());
    }
    let left = |after: u64| after.saturating_sub(resting);
    let most_before = cleared.iter().map(|(_, [before, _])| *before).max().unwrap_or(0);
    let most_after = cleared.iter().map(|(_, [_, after])| *after).max().unwrap_or(0);
    let surplus = |(numbers, [_, after]): &(&Numbers, [u64; 2])| {
        left(*after).saturating_sub(numbers.allowed_rest_bytes())
    };
    let number = Some(format!("{} → {}", bytes_text(most_before), bytes_text(most_after)));
    let too_much: Vec<_> = cleared.iter().filter(|one| surplus(one) > 0).collect();
    match too_much.iter().max_by_key(|one| surplus(one)) {
        None => {
            let which = match cleared.len() {
                1 => "the clear".to_owned(),
                count => format!("each of {} clears", count_text(count)),
            };
            let sentence = format!(
                "{}; after {which} at most {} above the {} of the worker at rest.",
                before_text(&cleared, most_before),
                bytes_text(left(most_after)),
                bytes_text(resting)
            );
            proof(claim, Finding::Shown, number, sentence, figures())
        }
        Some((numbers, [_, after])) => {
            let sentence = format!(
                "After {} of {}, more was left than 1 % of the images, 2 MB and what decoders and steps keep \
                 ({}). The most was left after {}: {} above the {} of the worker at rest.",
                count_text(too_much.len()),
                plural(cleared.len(), "clear"),
                bytes_text(numbers.scratch_bytes),
                numbers.combination,
                bytes_text(left(*after)),
                bytes_text(resting)
            );
            proof(claim, Finding::NotShown, number, sentence, figures())
        }
    }
}

/// `Up to 30.1 MB before`: where images go after their last use, most is gone before the clear already.
fn before_text(cleared: &[(&Numbers, [u64; 2])], most_before: u64) -> String {
    let before = bytes_text(most_before);
    let peak = cleared.iter().filter_map(|(numbers, _)| numbers.peak).max();
    match peak.map(bytes_text).filter(|peak| *peak != before) {
        Some(peak) => format!("Up to {peak} while a combination was processed and {before} before its clear"),
        None => format!("Up to {before} before"),
    }
}

fn changes(
    all: &[Numbers],
    resting_bytes: Option<u64>,
    of: impl Fn(&Numbers) -> Option<[u64; 2]>,
) -> Figures {
    let changes = all.iter().filter_map(|numbers| {
        let [before_bytes, after_bytes] = of(numbers)?;
        Some(Change { combination: numbers.combination.clone(), before_bytes, after_bytes })
    });
    let changes: Vec<Change> = changes.collect();
    if changes.is_empty() { Figures::None } else { Figures::Changes { changes, resting_bytes } }
}

/// Why combinations of these sizes tell nothing: they are lost in what memory varies by anyway.
fn too_small(all: &[Numbers], largest_bytes: u64) -> Option<String> {
    let tolerance = all.iter().map(Numbers::tolerance_bytes).max().unwrap_or(0);
    (largest_bytes < 2 * tolerance).then(|| {
        format!(
            "The images of a combination are {}, too little to tell from the {} that memory may vary by anyway.",
            bytes_text(largest_bytes),
            bytes_text(tolerance)
        )
    })
}

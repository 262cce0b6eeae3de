//! Why memory may not fall where it was expected to, with the numbers of one run.

use super::Reason;
use super::numbers::Numbers;
use crate::plan::{AfterClear, Intermediates};
use crate::quantity::bytes_text;
use crate::record::RunRecord;

pub(super) fn of(record: &RunRecord) -> Vec<Reason> {
    let all = Numbers::of(record);
    vec![
        Reason { title: "Counted and RSS are two numbers", text: counted(record) },
        Reason { title: "The page cache is the system's", text: page_cache(record) },
        Reason { title: "Allocators keep what is freed", text: allocator(record, &all) },
        Reason { title: "After a clear, and between steps, you choose", text: policies(record, &all) },
    ]
}

fn counted(record: &RunRecord) -> String {
    let summary = &record.summary;
    let counted = bytes_text(summary.peak_counted_bytes);
    let mut text = format!("At its peak the run held {counted} of pixels, counted to the byte.");
    match (summary.peak_rss_bytes, summary.baseline_rss_bytes) {
        (Some(peak), Some(resting)) => text.push_str(&format!(
            " The system reported {} for the whole process (RSS). The program at rest takes {} of it, and \
             decoders and steps take {}. The rest is rounding to whole memory pages, and the error of the \
             system's counters.",
            bytes_text(peak),
            bytes_text(resting),
            bytes_text(summary.peak_scratch_bytes)
        )),
        _ => text.push_str(" This system does not report how much the whole process took."),
    }
    text.push_str(" A clear takes the count to 0, but not the process: what it needs at rest stays.");
    text
}

fn page_cache(record: &RunRecord) -> String {
    let cached = match record.summary.cached_share {
        Some(share) => format!(" Before this run {:.0} % of its files were there.", 100.0 * share),
        None => String::new(),
    };
    format!(
        "Files that were read stay in the system's page cache. The system's tools may show them as memory in use, \
         but they are not part of the run, and they make room when a program needs it.{cached}"
    )
}

fn allocator(record: &RunRecord, all: &[Numbers]) -> String {
    let mut text = "What a program frees often stays with its allocator: memory for many small things is given back \
                    late or never. Stepwell's images are in memory that is mapped from the system and unmapped at \
                    the clear, so no allocator keeps it."
        .to_owned();
    let last = all.iter().rev().find_map(|numbers| numbers.clear);
    if let (Some([_, after]), Some(resting), AfterClear::Return, false) =
        (last, record.summary.baseline_rss_bytes, record.plan.after_clear, record.plan.read_ahead)
    {
        text.push_str(&format!(
            " After the last clear {} above the memory at rest were left: {} of it is kept by decoders and steps, \
             the rest by the allocator.",
            bytes_text(after.saturating_sub(resting)),
            bytes_text(record.summary.peak_scratch_bytes.min(after.saturating_sub(resting)))
        ));
    }
    text
}

fn policies(record: &RunRecord, all: &[Numbers]) -> String {
    let last = all.iter().rev().find_map(|numbers| numbers.clear);
    let numbers = last.map(|[before, after]| {
        format!(" (the last one: {} before, {} after)", bytes_text(before), bytes_text(after))
    });
    let numbers = numbers.unwrap_or_default();
    let after_clear = match record.plan.after_clear {
        AfterClear::Return => format!("This run returned memory to the system at each clear{numbers}."),
        AfterClear::Keep => format!(
            "This run kept memory for the next combination{numbers}: it does not fall at a clear, because the next \
             preload takes the same memory again."
        ),
    };
    let between = match record.plan.intermediates {
        Intermediates::Free => {
            "Images were freed after their last use, so memory already falls during the steps."
        }
        Intermediates::Hold => {
            "All images were held until the clear, so memory rises with each step that makes new ones."
        }
    };
    format!("{after_clear} {between}")
}

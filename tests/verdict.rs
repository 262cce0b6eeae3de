//! The verdict of a comparison, in words, for every way in which it can turn out.

use stepwell::compare::{Comparison, ModeResult, OutputComparison, Tone};
use stepwell::engine::{OutputImage, RunSummary};
use stepwell::plate::{Component, ImageKey};

fn ran(peak_mb: u64, secs: f64) -> ModeResult {
    ModeResult::Ran(Box::new(RunSummary {
        images_at_once: 27,
        baseline_rss_bytes: Some(10_000_000),
        peak_rss_bytes: Some(peak_mb * 1_000_000),
        wall_secs: secs,
        ..RunSummary::default()
    }))
}

fn refused() -> ModeResult {
    ModeResult::Refused {
        refused: true,
        forecast_counted_bytes: 90_000_000,
        forecast_rss_bytes: Some(100_000_000),
        why: "All at once needs 100 MB, which is over the budget of 50.0 MB.".to_owned(),
    }
}

fn output(channel: u32, hash: &str) -> OutputImage {
    let key = ImageKey::new("A01".parse().expect("a well"), 1, channel, 1, 1);
    OutputImage { step: 1, key, hash: hash.to_owned(), path: None }
}

fn compared(bulk: ModeResult, sequential: ModeResult, outputs: Option<OutputComparison>) -> Comparison {
    let mut comparison =
        Comparison::of(bulk, sequential, vec![Component::Channel, Component::Timepoint], None);
    comparison.outputs = outputs;
    comparison
}

#[test]
fn sentences_for_every_outcome() {
    let same =
        || Some(OutputComparison::of(&[output(1, "a"), output(2, "b")], &[output(1, "a"), output(2, "b")]));
    let different =
        || Some(OutputComparison::of(&[output(1, "a"), output(2, "b")], &[output(1, "a"), output(2, "x")]));
    let table = [
        (
            compared(ran(100, 1.0), ran(50, 1.02), same()),
            "Channel and timepoint one at a time needs 2.0 × less memory than all at once. All 2 results are identical.",
            Some("2.0 × less"),
            Some("for 2 % more time"),
            Tone::Better,
        ),
        (
            compared(ran(100, 1.0), ran(99, 0.9), same()),
            "Channel and timepoint one at a time makes no difference to memory here. All 2 results are identical.",
            Some("no less"),
            Some("in 10 % less time"),
            Tone::Same,
        ),
        (
            compared(ran(100, 1.0), ran(120, 3.0), same()),
            "Channel and timepoint one at a time needs more memory than all at once here. All 2 results are identical.",
            Some("no less"),
            Some("for 3.0 × the time"),
            Tone::Worse,
        ),
        (
            compared(ran(100, 1.0), ran(50, 1.0), different()),
            "Channel and timepoint one at a time needs 2.0 × less memory than all at once. 1 of 2 results differs.",
            Some("2.0 × less"),
            Some("in the same time"),
            Tone::Wrong,
        ),
        (
            compared(refused(), ran(40, 1.0), None),
            "Channel and timepoint one at a time ran with 40.0 MB. All at once needs 100 MB, which is over the budget of 50.0 MB.",
            None,
            None,
            Tone::Better,
        ),
    ];
    for (comparison, sentence, saving, cost, tone) in table {
        let verdict = comparison.verdict();
        assert_eq!(verdict.sentence, sentence);
        assert_eq!((verdict.saving.as_deref(), verdict.cost.as_deref()), (saving, cost), "{sentence}");
        assert_eq!(verdict.tone, tone, "{sentence}");
    }
    // Every ratio is sequential / bulk; that of memory is above rest.
    let comparison = compared(ran(110, 2.0), ran(60, 1.0), None);
    assert_eq!((comparison.peak_ratio, comparison.time_ratio), (Some(0.5), Some(0.5)));
}

#[test]
fn outputs_are_matched_by_what_they_are() {
    let bulk = [output(1, "a"), output(2, "b"), output(3, "c")];
    let sequential = [output(3, "c"), output(1, "z"), output(4, "d")];
    let comparison = OutputComparison::of(&bulk, &sequential);
    assert_eq!((comparison.compared, comparison.identical), (4, 1));
    let different: Vec<_> =
        comparison.different.iter().map(|output| (output.key.channel, output.why.as_str())).collect();
    assert_eq!(
        different,
        [
            (Some(1), "the pixels differ"),
            (Some(2), "only the run all at once made it"),
            (Some(4), "only the run one at a time made it"),
        ]
    );
}

#[test]
fn the_budget_that_lies_between_the_peaks_is_named() {
    let mut comparison = compared(ran(100, 1.0), ran(40, 1.0), None);
    comparison.budget_bytes = Some(50_000_000);
    let sentence = comparison.verdict().sentence;
    assert!(sentence.contains("and fits your budget of 50.0 MB; all at once does not"), "{sentence}");
}

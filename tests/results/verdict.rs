//! The verdict of a comparison, in words, for every way in which it can turn out.

use std::path::Path;

use stepwell::compare::{Comparison, FilesState, ModeResult, OutputComparison, Tone};
use stepwell::events::{Outcome, OutputImage, RunSummary};
use stepwell::image::{Compression, ImageFormat, ImageRef, PixelType, write_tiff};
use stepwell::plan::Mode;
use stepwell::plate::{Component, ImageKey};
use stepwell::record::RunRecord;

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
    OutputImage {
        step: 1,
        key,
        hash: hash.to_owned(),
        path: None,
        plane: None,
        in_colour: false,
        acquired: None,
    }
}

fn compared(bulk: ModeResult, sequential: ModeResult, outputs: Option<OutputComparison>) -> Comparison {
    let mut comparison =
        Comparison::of(bulk, sequential, vec![Component::Channel, Component::Timepoint], None);
    // Of files that have just been written.
    comparison.outputs = outputs.map(|outputs| OutputComparison { files: FilesState::Written, ..outputs });
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
    let different: Vec<_> = comparison
        .different
        .iter()
        .map(|output| (output.key.and_then(|key| key.channel), output.why.as_str()))
        .collect();
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

#[test]
fn repeats_give_medians_and_no_difference_that_is_not_there() {
    // Times of each round in percent of a second (all at once, one at a time), the median ratio, and
    // what is said of the cost.
    let table = [
        (&[(100_u32, 102_u32)][..], 1.02, "for 2 % more time"),
        (&[(100, 110), (200, 230), (100, 120)], 1.15, "for 15 % more time"),
        (&[(100, 90), (100, 110), (100, 120)], 1.1, "in the same time"),
        (&[(100, 80), (200, 180)], 0.85, "in 15 % less time"),
    ];
    for (rounds, ratio, cost) in table {
        let mut comparison = compared(ran(100, 1.0), ran(50, 9.0), None);
        for (bulk, sequential) in rounds {
            let record = |mode: Mode, percent: u32| {
                let mut record = RunRecord::read(Path::new("tests/data/record-v1.ron")).expect("a record");
                record.plan.mode = mode;
                record.outcome = Outcome::Completed;
                record.summary.wall_secs = f64::from(percent) / 100.0;
                record
            };
            let (bulk, sequential) = (record(Mode::Bulk, *bulk), record(Mode::Sequential, *sequential));
            comparison.add_round(&[&bulk, &sequential]);
        }
        let measured = comparison.time_ratio.expect("a ratio");
        assert!((measured - ratio).abs() < 1e-9, "{rounds:?}: {measured}");
        assert_eq!(comparison.verdict().cost.as_deref(), Some(cost), "{rounds:?}");
        let times = comparison.times(Mode::Bulk);
        assert_eq!(times.map(|spread| spread.count), (rounds.len() > 1).then_some(rounds.len()));
    }
    let mut comparison = compared(ran(100, 1.0), ran(50, 1.0), None);
    let mut cancelled = RunRecord::read(Path::new("tests/data/record-v1.ron")).expect("a record");
    cancelled.plan.mode = Mode::Bulk;
    cancelled.outcome = Outcome::Cancelled;
    let mut sequential = cancelled.clone();
    sequential.plan.mode = Mode::Sequential;
    comparison.add_round(&[&cancelled, &sequential]);
    assert_eq!(comparison.rounds[0].bulk_wall_secs, None, "a run that stopped early is not a fast one");
    assert_eq!(comparison.time_ratio, Some(1.0));
}

#[test]
fn the_numbers_behind_the_verdict_are_told_in_a_line() {
    let mut comparison = compared(ran(100, 1.0), ran(50, 1.02), None);
    assert_eq!(
        comparison.details(),
        "27 instead of 27 images at once · pixels counted 0 B instead of 0 B · above rest 40.0 MB instead of \
         90.0 MB (2.2 × less) · 1.0 s instead of 1.0 s"
    );
    comparison.rounds = [(1.0, 1.2), (2.0, 1.4), (3.0, 1.0)]
        .map(|(bulk, sequential)| stepwell::compare::Round {
            bulk_wall_secs: Some(bulk),
            sequential_wall_secs: Some(sequential),
            peak_ratio: None,
        })
        .into();
    assert!(
        comparison
            .details()
            .ends_with("1.2 s (1.0 s to 1.4 s in 3 runs) instead of 2.0 s (1.0 s to 3.0 s in 3 runs)"),
        "{}",
        comparison.details()
    );
    assert_eq!(compared(refused(), ran(50, 1.0), None).details(), "");
}

#[test]
fn whether_it_matters_is_told_against_the_budget() {
    let same = || Some(OutputComparison::of(&[output(1, "a")], &[output(1, "a")]));
    let table = [
        // Both fit, and all at once is faster.
        (
            100,
            1.0,
            50,
            1.5,
            Some(200_000_000),
            Some("Both fit your budget of 200 MB, so all at once, which is faster here, will do."),
        ),
        (100, 1.0, 50, 1.0, Some(200_000_000), Some("Both fit your budget of 200 MB.")),
        // One fits: the sentence says that first.
        (100, 1.0, 50, 1.5, Some(60_000_000), None),
        (100, 1.0, 50, 1.5, None, None),
    ];
    for (bulk, bulk_secs, sequential, secs, budget, said) in table {
        let mut comparison = compared(ran(bulk, bulk_secs), ran(sequential, secs), same());
        comparison.budget_bytes = budget;
        let sentence = comparison.verdict().sentence;
        assert_eq!(sentence.contains("Both fit"), said.is_some(), "{sentence}");
        assert!(said.is_none_or(|said| sentence.ends_with(said)), "{sentence}");
    }
}

#[test]
fn images_that_differ_are_measured_where_they_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let of = |mode: Mode, values: [f32; 4], path: Option<&str>| {
        let format = ImageFormat::grey(2, 2, PixelType::F32);
        let place = folder.path().join(mode.name());
        std::fs::create_dir_all(&place).expect("writable");
        let image = ImageRef { format, bytes: bytemuck::cast_slice(&values) };
        for name in ["a.tif", "../private.tif"] {
            write_tiff(&crate::support::place(&place.join(name)), image, Compression::None, None)
                .expect("writable");
        }
        let mut record = RunRecord::read(Path::new("tests/data/record-v1.ron")).expect("a record");
        record.plan.mode = mode;
        record.summary.record = Some(place.join("record.ron"));
        record.outputs = vec![OutputImage { path: path.map(ToOwned::to_owned), ..output(1, mode.name()) }];
        record
    };
    // All at once, one at a time; kept under this name; what is told.
    let table = [
        (
            [1.0, 2.0, 3.0, 4.0],
            [1.0, 2.0, 3.0, 9.0],
            Some("a.tif"),
            Some(-5.0),
            "the pixels differ, by 5 at most",
        ),
        (
            [700.0, 2.0, 3.0, 4.0],
            [1.0, 2.0, 3.0, 9.0],
            Some("a.tif"),
            Some(699.0),
            "the pixels differ, by 699 at most",
        ),
        ([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 9.0], None, None, "the pixels differ"),
        ([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 9.0], Some("gone.tif"), None, "the pixels differ"),
        // What is a number in one only is no difference of 0.
        ([1.0, f32::NAN, 3.0, 4.0], [1.0, 7.0, 3.0, 4.0], Some("a.tif"), None, "the pixels differ"),
        (
            [1.0, f32::NAN, 3.0, 4.0],
            [1.0, f32::NAN, 3.0, 4.5],
            Some("a.tif"),
            Some(-0.5),
            "the pixels differ, by 0.5 at most",
        ),
        // What lies elsewhere is none of the run's.
        ([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 9.0], Some("../private.tif"), None, "the pixels differ"),
    ];
    for (all, one, path, largest, said) in table {
        let (bulk, sequential) = (of(Mode::Bulk, all, path), of(Mode::Sequential, one, path));
        let mut outputs = OutputComparison::of(&bulk.outputs, &sequential.outputs);
        outputs.measure(&[&bulk, &sequential]);
        assert_eq!(outputs.different[0].largest, largest, "{path:?}");
        assert_eq!(outputs.different[0].why_text(), said);
    }
}

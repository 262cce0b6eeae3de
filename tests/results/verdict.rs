//! The verdict of a comparison, in words, for every way in which it can turn out.

use std::path::Path;

use stepwell::compare::{Comparison, FilesState, ModeResult, OutputComparison, Tone};
use stepwell::events::{Outcome, OutputImage, RunSummary};
use stepwell::image::{Compression, ContentHash, ImageFormat, ImageRef, PixelType, write_tiff};
use stepwell::plan::Mode;
use stepwell::plate::{Component, ImageKey};
use stepwell::record::{RunRecord, StretchSummary};
use xxhash_rust::xxh3::Xxh3;

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

fn output(channel: u32, content: &str) -> OutputImage {
    let key = ImageKey::new("A01".parse().expect("a well"), 1, channel, 1, 1);
    let mut hasher = Xxh3::new();
    hasher.update(content.as_bytes());
    OutputImage {
        step: 1,
        key,
        hash: ContentHash::from(&hasher),
        path: None,
        plane: None,
        in_colour: false,
        bytes: 0,
        format: None,
        position: None,
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
            compared(ran(100, 4.0), ran(50, 4.6), same()),
            "Channel and timepoint one at a time needs 2.0 × less memory than all at once. All 2 results are identical.",
            Some("2.0 × less"),
            Some("for 15 % more time"),
            Tone::Better,
        ),
        (
            compared(ran(100, 10.0), ran(99, 8.0), same()),
            "Channel and timepoint one at a time makes no difference to memory here. All 2 results are identical.",
            Some("no less"),
            Some("in 20 % less time"),
            Tone::Same,
        ),
        (
            compared(ran(100, 3.0), ran(120, 9.0), same()),
            "Channel and timepoint one at a time needs more memory than all at once here. All 2 results are identical.",
            Some("no less"),
            Some("for 3.0 × the time"),
            Tone::Worse,
        ),
        (
            compared(ran(100, 3.0), ran(50, 3.0), different()),
            "Channel and timepoint one at a time needs 2.0 × less memory than all at once. 1 of 2 results differs.",
            Some("2.0 × less"),
            Some("no difference in time"),
            Tone::Wrong,
        ),
        (
            compared(refused(), ran(40, 1.0), None),
            "Channel and timepoint one at a time ran with 40.0 MB. All at once needs 100 MB, which is over the \
             budget of 50.0 MB.",
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

/// A comparison of rounds that took so many hundredths of a second, all at once and one at a time.
fn of_rounds(rounds: &[(u32, u32)]) -> Comparison {
    let mut comparison = compared(ran(100, 1.0), ran(50, 9.0), None);
    for (bulk, sequential) in rounds {
        let record = |mode: Mode, hundredths: u32| {
            let mut record = RunRecord::read(Path::new("tests/data/record-v1.ron")).expect("a record");
            record.plan.mode = mode;
            record.outcome = Outcome::Completed;
            record.summary.wall_secs = f64::from(hundredths) / 100.0;
            record
        };
        let (bulk, sequential) = (record(Mode::Bulk, *bulk), record(Mode::Sequential, *sequential));
        comparison.add_round(&[&bulk, &sequential]);
    }
    comparison
}

#[test]
fn the_time_of_a_run_in_several_stretches_is_compared_with_none() {
    let record = |mode: Mode, stretches: &[usize]| {
        let mut record = RunRecord::read(Path::new("tests/data/record-v1.ron")).expect("a record");
        record.plan.mode = mode;
        record.outcome = Outcome::Completed;
        record.summary.wall_secs = if mode == Mode::Bulk { 40.0 } else { 90.0 };
        record.stretches = stretches.iter().map(|wells| stretch(*wells)).collect();
        record
    };
    // Wells that each stretch took on, all at once and one at a time; whether time is compared.
    let table: [(&[usize], &[usize], bool); 5] = [
        (&[], &[], true),
        (&[3], &[3], true),
        (&[3], &[3, 2], false),
        (&[3, 1, 1], &[3], false),
        // One that only put the run together is no work.
        (&[3, 0], &[0, 3], true),
    ];
    for (bulk, sequential, is_compared) in table {
        let (bulk, sequential) = (record(Mode::Bulk, bulk), record(Mode::Sequential, sequential));
        let mut comparison = compared(ran(100, 40.0), ran(50, 90.0), None);
        comparison.add_round(&[&bulk, &sequential]);
        let verdict = comparison.verdict();
        let (time, cost) = (verdict.time.expect("something is said"), verdict.cost);
        if is_compared {
            assert_eq!((comparison.time_ratio, cost.as_deref()), (Some(2.25), Some("for 2.2 × the time")));
        } else {
            assert_eq!((comparison.time_ratio, comparison.time_finding(), cost), (None, None, None));
            assert_eq!(time, "Time is not compared: a run was done in several stretches of work.");
        }
    }
}

/// A stretch that took on this many wells.
fn stretch(wells: usize) -> StretchSummary {
    StretchSummary {
        id: wells.to_string(),
        started_unix_secs: 0,
        utc_offset_secs: None,
        machine: None,
        threads: 2,
        budget_bytes: None,
        wells,
        done: wells,
        outcome: Some(Outcome::Completed),
        why: None,
        baseline_rss_bytes: None,
        peak_rss_bytes: None,
        peak_counted_bytes: 0,
        forecast_rss_bytes: None,
        wall_secs: 1.0,
    }
}

#[test]
fn a_difference_in_time_is_told_where_it_can_be_told() {
    // Times of each round in hundredths of a second (all at once, one at a time), the median ratio, what is said of
    // the cost, and of the times.
    type Case = (&'static [(u32, u32)], f64, &'static str, &'static str);
    let table: [Case; 11] = [
        // Half the time, in one round of a fraction of a second: nothing.
        (
            &[(40, 20)],
            0.5,
            "too short to compare times",
            "Time, one round: 0.20 s one at a time, 0.40 s all at once: too short to tell a difference.",
        ),
        (
            &[(199, 900)],
            900.0 / 199.0,
            "too short to compare times",
            "Time, one round: 9.0 s one at a time, 2.0 s all at once: too short to tell a difference.",
        ),
        (
            &[(40, 20), (42, 22)],
            0.512,
            "too short to compare times",
            "Time, medians of 2 rounds: 0.21 s one at a time (0.20 to 0.22 s), 0.41 s all at once (0.40 to 0.42 s): too \
             short to tell a difference.",
        ),
        // One long round tells what is more than a run varies by.
        (
            &[(400, 430)],
            1.075,
            "no difference in time",
            "Time, one round: 4.3 s one at a time, 4.0 s all at once: no clear difference.",
        ),
        (
            &[(400, 460)],
            1.15,
            "for 15 % more time",
            "Time, one round: 4.6 s one at a time, 4.0 s all at once: 15 % more time.",
        ),
        (
            &[(120, 300), (110, 330)],
            2.75,
            "for 2.8 × the time",
            "Time, medians of 2 rounds: 3.1 s one at a time (3.0 to 3.3 s), 1.1 s all at once (1.1 to 1.2 s): 2.8 × the \
             time.",
        ),
        // Where there is a range, what counts is whether the ranges overlap.
        (
            &[(100, 110), (200, 230), (100, 120)],
            1.15,
            "no difference in time",
            "Time, medians of 3 rounds: 1.2 s one at a time (1.1 to 2.3 s), 1.0 s all at once (1.0 to 2.0 s): no \
             difference in time.",
        ),
        (
            &[(100, 110), (105, 120), (100, 115)],
            120.0 / 105.0,
            "for 14 % more time",
            "Time, medians of 3 rounds: 1.1 s one at a time (1.1 to 1.2 s), 1.0 s all at once (1.0 to 1.1 s): 14 % more \
             time.",
        ),
        (
            &[(20, 10), (21, 11), (22, 12), (20, 12), (20, 10)],
            0.523_809_523_809_523_8,
            "in 48 % less time",
            "Time, medians of 5 rounds: 0.11 s one at a time (0.10 to 0.12 s), 0.20 s all at once (0.20 to 0.22 s): 48 % \
             less time.",
        ),
        (
            &[(20, 20), (20, 20), (20, 20)],
            1.0,
            "no difference in time",
            "Time, medians of 3 rounds: 0.20 s one at a time (0.20 s), 0.20 s all at once (0.20 s): no difference in time.",
        ),
        (
            &[(60_000, 60_100), (60_000, 60_100), (60_000, 60_100)],
            601.0 / 600.0,
            "no difference in time",
            "Time, medians of 3 rounds: 10 min 1 s one at a time (10 min 1 s), 10 min 0 s all at once (10 min 0 s): no \
             difference in time.",
        ),
    ];
    for (rounds, ratio, cost, sentence) in table {
        let comparison = of_rounds(rounds);
        let measured = comparison.time_ratio.expect("a ratio");
        assert!((measured - ratio).abs() < 1e-3, "{rounds:?}: {measured}");
        let verdict = comparison.verdict();
        assert_eq!(verdict.cost.as_deref(), Some(cost), "{rounds:?}");
        assert_eq!(verdict.time.as_deref(), Some(sentence), "{rounds:?}");
    }
    let mut comparison = compared(ran(100, 1.0), ran(50, 1.0), None);
    let mut cancelled = RunRecord::read(Path::new("tests/data/record-v1.ron")).expect("a record");
    cancelled.plan.mode = Mode::Bulk;
    cancelled.outcome = Outcome::Cancelled;
    let mut sequential = cancelled.clone();
    sequential.plan.mode = Mode::Sequential;
    comparison.add_round(&[&cancelled, &sequential]);
    assert_eq!(comparison.rounds[0].bulk_wall_secs, None, "a run that stopped early is not a fast one");
    assert_eq!((comparison.time_ratio, comparison.peak_ratio, comparison.time_finding()), (None, None, None));
    let verdict = compared(refused(), ran(50, 1.0), None).verdict();
    assert_eq!((verdict.cost, verdict.time), (None, None));
}

#[test]
fn the_numbers_behind_the_verdict_are_told_in_a_line() {
    let comparison = compared(ran(100, 1.0), ran(50, 1.02), None);
    assert_eq!(
        comparison.details(),
        "27 instead of 27 images at once · pixels counted 0 B instead of 0 B · above rest 40.0 MB instead of \
         90.0 MB (2.2 × less)"
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
            10.0,
            50,
            15.0,
            Some(200_000_000),
            Some("Both fit your budget of 200 MB, so all at once is enough, and it is faster here."),
        ),
        (100, 10.0, 50, 10.4, Some(200_000_000), Some("Both fit your budget of 200 MB.")),
        // One short round does not tell which is faster.
        (100, 1.0, 50, 1.5, Some(200_000_000), Some("Both fit your budget of 200 MB.")),
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

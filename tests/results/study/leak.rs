//! Nothing leaks; and on which run each claim is tested.

use super::*;

#[test]
fn nothing_leaks() {
    // Of 9.0, 9.5, 9.25 … SciPy tells slope and range (see the line's own test).
    let scattered = |unit: u64| {
        vec![360, 380, 370, 390, 360, 380].into_iter().map(|value| value * unit / 4).collect::<Vec<u64>>()
    };
    let with = |anonymous: Vec<u64>| Run {
        anonymous: Some(anonymous.clone()),
        ..Run::returned(anonymous.len(), 27)
    };
    let rising = (0..20_u64).map(|nth| 4 * MB + nth * 100_000).collect::<Vec<_>>();
    let barely = (0..20_u64).map(|nth| 4 * MB + nth * 4096).collect::<Vec<_>>();
    let resident = Run { cleared: vec![150_000; 6], ..Run::returned(6, 27) };
    let step = [vec![4 * MB; 6], vec![4_400_000; 14]].concat();
    let falling = (0..20_u64).map(|nth| 4 * MB - nth * 4096).collect::<Vec<_>>();
    check(
        Claim::NoLeak,
        vec![
            (
                vec![with(vec![4 * MB; 18])],
                Shown,
                Some("no growth, 95 % sure"),
                "The anonymous memory shows no rise over 18 clears: 0 B to 0 B per combination, with 95 % \
                 confidence. \
                 One image that stayed with each combination would make 1.00 MB.",
            ),
            (
                vec![resident],
                Shown,
                Some("no growth, 95 % sure"),
                "The memory shows no rise over 6 clears: 0 B to 0 B per combination, with 95 % confidence. One image \
                 that stayed with each combination would make 1.00 MB.",
            ),
            (
                vec![with(rising)],
                NotShown,
                Some("at least +100 kB each, 95 % sure"),
                "The anonymous memory after a clear rises with the combinations: +100 kB to +100 kB per combination, \
                 with 95 % confidence. Over 20 clears that is 1.90 MB, more than the 262 kB that the system's counters \
                 may be off by. One image that stayed with each combination would make 1.00 MB.",
            ),
            (
                vec![with(barely)],
                Shown,
                Some("at most +4.10 kB each, 95 % sure"),
                "The anonymous memory rises over 20 clears by 77.8 kB, less than the 262 kB that the system's counters \
                 may be off by: +4.10 kB to +4.10 kB per combination, with 95 % confidence. One image that stayed with \
                 each combination would make 1.00 MB.",
            ),
            (
                vec![with(falling)],
                Shown,
                Some("no growth, 95 % sure"),
                "The anonymous memory shows no rise over 20 clears: −4.10 kB to −4.10 kB per combination, with 95 % \
                 confidence. One image that stayed with each combination would make 1.00 MB.",
            ),
            // One step is no slope, however clearly the second part lies above the first.
            (
                vec![with(step)],
                Shown,
                Some("at most +80.7 kB each, 95 % sure"),
                "The anonymous memory shows no rise over 20 clears: −30.2 kB to +80.7 kB per combination, with 95 % \
                 confidence. One image that stayed with each combination would make 1.00 MB.",
            ),
            (
                vec![with(scattered(100_000))],
                Shown,
                Some("at most +259 kB each, 95 % sure"),
                "The anonymous memory shows no rise over 6 clears: −174 kB to +259 kB per combination, with 95 % \
                 confidence. One image that stayed with each combination would make 1.00 MB.",
            ),
            (
                vec![with(scattered(1_000_000))],
                Unknown,
                Some("at most +2.59 MB each, 95 % sure"),
                "The anonymous memory after 6 clears varies so much that growth by one image per combination \
                 cannot be detected: −1.74 MB to +2.59 MB per combination, with 95 % confidence. Run more \
                 combinations.",
            ),
            (
                vec![Run::returned(4, 27)],
                Unknown,
                None,
                "There were 4 clears: too few for a line. Take more components one at a time, or run more wells, \
                 to get at least 5.",
            ),
            (
                vec![Run::bulk(27)],
                Unknown,
                None,
                "There was one clear: too few for a line. Take more components one at a time, or run more wells, \
                 to get at least 5.",
            ),
        ],
    );
}

#[test]
fn each_claim_is_tested_on_the_run_that_can_tell() {
    let long = Run { images: vec![27; 18], ..Run::returned(18, 27) };
    let runs = [Run::bulk(54), Run::kept(2, 27), long, Run { read_ahead: true, ..Run::returned(2, 27) }];
    let named: Vec<Option<String>> = study(&runs).proofs.into_iter().map(|proof| proof.run).collect();
    let title = run_title(&runs[1].record().plan);
    assert_eq!(title, "Channel, one at a time");
    assert_eq!(
        named,
        [
            None,
            Some(format!("{title} · 2 combinations · memory kept")),
            Some(format!("{title} · 18 combinations · memory returned")),
            Some(format!("{title} · 18 combinations · memory returned")),
        ]
    );
    // The newest is the one that began last, wherever it stands.
    let mut records: Vec<RunRecord> = runs.iter().map(Run::record).collect();
    for (secs, record) in (0..).zip(&mut records) {
        record.started_unix_secs = secs;
    }
    records.reverse();
    assert_eq!(Study::of(&records.iter().collect::<Vec<_>>()), Some(study(&runs)));
    let leak = proof(&runs, Claim::NoLeak);
    let Figures::Rest { bytes, is_anonymous, line } = leak.figures else { panic!("{leak:?}") };
    assert_eq!((bytes.len(), is_anonymous, line.is_some()), (18, false, true));
}

#[test]
fn reasons_have_the_numbers_of_the_run() {
    let reasons = study(&[Run::returned(2, 27)]).reasons;
    let texts: Vec<&str> = reasons.iter().map(|reason| reason.text.as_str()).collect();
    assert_eq!(texts.len(), 4);
    for (place, expected) in [
        (0, "At its peak the run held 27.0 MB of pixels, counted to the byte."),
        (1, "Before this run 100 % of its files were there."),
        (2, "After the last clear 150 kB above the memory at rest were left"),
        (
            3,
            "This run returned memory to the system at each clear (the last one: 35.1 MB before, 8.15 MB after).",
        ),
    ] {
        assert!(texts[place].contains(expected), "{}", texts[place]);
    }
    let kept = study(&[Run::kept(2, 27)]).reasons;
    assert!(kept[3].text.contains("it does not fall at a clear"), "{}", kept[3].text);
    let unknown = study(&[Run { is_told: false, ..Run::returned(2, 27) }]).reasons;
    assert!(unknown[0].text.contains("This system does not report"), "{}", unknown[0].text);
}

#[test]
fn of_no_run_there_is_no_study() {
    assert_eq!(Study::of(&[]), None);
    let mut record = Run::bulk(3).record();
    record.machine = None;
    assert_eq!(Study::of(&[&record]), None);
}

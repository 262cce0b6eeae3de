//! The study's claims on made-up records: what is shown, what is not, and what cannot be said.

use std::collections::BTreeMap;
use std::path::PathBuf;

use stepwell::events::{Event, EventKind};
use stepwell::image::Compression;
use stepwell::machine::Machine;
use stepwell::pipeline::{PipelineSpec, ResolvedPipeline};
use stepwell::plan::run_title;
use stepwell::plan::{AfterClear, CombinationId, Forecast, Intermediates, Mode, Plan, PlateFacts, RunSpec};
use stepwell::plate::{Component, Format};
use stepwell::record::RunRecord;
use stepwell::study::{Claim, Figures, Finding, Proof, Study};

const MB: u64 = 1_000_000;
/// Memory of a worker at rest.
const RESTING: u64 = 8 * MB;

/// A run of the well A01 whose combinations have as many images of 1 MB each as given.
#[derive(Clone)]
struct Run {
    mode: Mode,
    after_clear: AfterClear,
    read_ahead: bool,
    images: Vec<usize>,
    /// Memory above resting before and after each preload, and after each clear.
    preload: Vec<[u64; 2]>,
    cleared: Vec<u64>,
    /// What the threads go on holding after each clear.
    scratch: u64,
    /// The most above resting in each combination.
    peak: Option<u64>,
    anonymous: Option<Vec<u64>>,
    is_told: bool,
    wells: Vec<&'static str>,
}

impl Run {
    /// One at a time, memory returned: all is as it should be.
    fn returned(combinations: usize, images: usize) -> Self {
        let bytes = images as u64 * MB;
        Self {
            mode: Mode::Sequential,
            after_clear: AfterClear::Return,
            read_ahead: false,
            images: vec![images; combinations],
            preload: vec![[100_000, bytes + 100_000]; combinations],
            cleared: vec![150_000; combinations],
            scratch: 0,
            peak: None,
            anonymous: None,
            is_told: true,
            wells: vec!["A01"],
        }
    }

    /// One at a time, memory kept: the first preload takes it, the others find it.
    fn kept(combinations: usize, images: usize) -> Self {
        let full = images as u64 * MB;
        let mut run = Self::returned(combinations, images);
        run.after_clear = AfterClear::Keep;
        run.preload[1..].fill([full, full + 40_000]);
        run.cleared.fill(full);
        run
    }

    fn bulk(images: usize) -> Self {
        Self { mode: Mode::Bulk, ..Self::returned(1, images) }
    }

    fn record(&self) -> RunRecord {
        let is_one = self.mode == Mode::Sequential;
        let spec = RunSpec {
            mode: self.mode,
            sequential: if is_one { vec![Component::Channel] } else { Vec::new() },
            pipeline: PipelineSpec::default(),
            after_clear: self.after_clear,
            intermediates: Intermediates::Free,
            threads: 2,
            wells_at_once: 1,
            read_ahead: self.read_ahead,
            compression: Compression::None,
        };
        let plan = Plan {
            plate_root: PathBuf::from("/data/plate"),
            plate_name: "Plate".to_owned(),
            plate_format: Format::ImageXpress,
            plate_fingerprint: None,
            facts: PlateFacts::default(),
            pipeline: ResolvedPipeline::without_plate(&spec.pipeline),
            spec,
            combinations: Vec::new(),
            forecast: Forecast::default(),
            notes: Vec::new(),
        };
        let mut record = RunRecord::begin("run", &plan, 0);
        record.machine = Some(Machine { cores: 2, ..Machine::default() });
        record.plan.wells = self.wells.iter().map(|well| well.parse().expect("a well")).collect();
        record.plan.combinations = self.images.len();
        record.plan.images = self.images.iter().sum();
        record.summary.baseline_rss_bytes = self.is_told.then_some(RESTING);
        record.summary.images_at_once = self.images.iter().copied().max().unwrap_or(0);
        record.summary.peak_counted_bytes = record.summary.images_at_once as u64 * MB;
        record.summary.cached_share = Some(1.0);
        let rss = |above: u64| self.is_told.then_some(RESTING + above);
        for (index, images) in self.images.iter().enumerate() {
            let values = if is_one {
                BTreeMap::from([(Component::Channel, index as u32 + 1)])
            } else {
                BTreeMap::new()
            };
            let well = "A01".parse().expect("a well");
            let combination = CombinationId { index, well, more_wells: Vec::new(), values };
            let bytes = *images as u64 * MB;
            let [before, after] = self.preload[index];
            let mut say = |kind| record.events.push(Event { run: "run".to_owned(), at_secs: 0.0, kind });
            say(EventKind::Preloaded {
                combination: combination.clone(),
                images: *images,
                bytes,
                secs: 0.1,
                rss_before: rss(before),
                rss_after: rss(after),
            });
            say(EventKind::Cleared {
                combination,
                images: *images,
                bytes,
                rss_before: rss(after),
                rss_after: rss(self.cleared[index]),
                rss_peak: self.peak.map(|above| RESTING + above),
                counted_peak: bytes,
                anonymous_after: self.anonymous.as_ref().map(|bytes| bytes[index]),
                scratch_bytes: self.scratch,
            });
        }
        record
    }
}

fn study(runs: &[Run]) -> Study {
    let records: Vec<RunRecord> = runs.iter().map(Run::record).collect();
    Study::of(&records.iter().collect::<Vec<_>>()).expect("a run that began")
}

fn proof(runs: &[Run], claim: Claim) -> Proof {
    let [a, b, c, d] = study(runs).proofs;
    match claim {
        Claim::FewerAtOnce => a,
        Claim::Reuse => b,
        Claim::Clearing => c,
        Claim::NoLeak => d,
    }
}

/// What is expected of a claim: runs, finding, number, the sentence.
type Case = (Vec<Run>, Finding, Option<&'static str>, &'static str);

fn check(claim: Claim, cases: Vec<Case>) {
    for (place, (runs, finding, number, sentence)) in cases.into_iter().enumerate() {
        let found = proof(&runs, claim);
        assert_eq!(found.claim, claim);
        assert_eq!(
            (found.finding, found.number.as_deref(), found.sentence.as_str()),
            (finding, number, sentence),
            "{claim:?}, case {place}"
        );
    }
}

use Finding::{NotShown, Shown, Unknown};

#[test]
fn fewer_images_are_there_at_once() {
    let two_wells = |run: Run| Run { wells: vec!["A01", "A02"], ..run };
    check(
        Claim::FewerAtOnce,
        vec![
            (
                vec![Run::bulk(54), Run::returned(2, 27)],
                Shown,
                Some("54 → 27"),
                "All at once held 54 images in memory; channel one at a time 27: 2.0 × fewer.",
            ),
            (
                vec![Run::returned(10, 2700)],
                Shown,
                Some("27,000 → 2,700"),
                "All at once was not run, and would hold 27,000 images in memory; channel one at a time 2,700: 10 × \
                 fewer.",
            ),
            (
                vec![Run::bulk(27), Run { read_ahead: true, ..Run::returned(1, 27) }],
                NotShown,
                Some("27 → 27"),
                "All at once held 27 images in memory, and channel one at a time 27: no fewer. The next combination \
                 was read ahead, so two were there.",
            ),
            (vec![Run::bulk(27)], Unknown, None, "There is no run one at a time yet: compare both ways."),
            (
                vec![Run::bulk(54), two_wells(Run::returned(4, 27))],
                Unknown,
                None,
                "All at once has not been run on the same wells: compare both ways.",
            ),
        ],
    );
}

#[test]
fn memory_is_used_again() {
    let growing = {
        let mut run = Run::kept(3, 20);
        run.images = vec![20, 20, 30];
        run.preload[2] = [20 * MB, 30 * MB];
        run
    };
    let not_reused = {
        let mut run = Run::kept(3, 20);
        run.preload[2] = [20 * MB, 30 * MB];
        run
    };
    check(
        Claim::Reuse,
        vec![
            (
                vec![Run::kept(10, 27), Run::returned(2, 27)],
                Shown,
                Some("27.0 MB, then 40.0 kB"),
                "The first preload added 27.0 MB, each of the other 9 at most 40.0 kB: the memory that is kept is used \
                 again.",
            ),
            (
                vec![growing],
                Shown,
                Some("20.0 MB, then 10.0 MB"),
                "The first preload added 20.0 MB, each of the other 2 at most 10.0 MB: the memory that is kept is used \
                 again.",
            ),
            (
                vec![not_reused],
                NotShown,
                Some("20.0 MB, then 10.0 MB"),
                "The first preload added 20.0 MB; that of A01 · channel 3 still 7.80 MB more than its images need \
                 beyond what was kept.",
            ),
            (
                vec![Run::returned(2, 27)],
                Unknown,
                None,
                "Memory went back to the system after each clear, so each preload takes it anew: 27.0 MB the first \
                 time. To see it used again, choose “keep memory” under After a clear, and run one at a time.",
            ),
            (
                vec![Run::kept(1, 27)],
                Unknown,
                None,
                "There was one combination only, so nothing could be used again. Take more components one at a time, \
                 or more wells.",
            ),
            (
                vec![Run::kept(5, 3)],
                Unknown,
                None,
                "The images of a combination are 3.00 MB, too little to tell from the 2.03 MB that memory may vary by \
                 anyway.",
            ),
            (
                vec![Run { is_told: false, ..Run::kept(5, 27) }],
                Unknown,
                None,
                "This system does not tell the memory of a process.",
            ),
            (
                vec![Run { read_ahead: true, ..Run::kept(5, 27) }],
                Unknown,
                None,
                "The next combination was read ahead, so its images are in memory together with those of the one at \
                 hand, and neither is seen alone. Run without reading ahead.",
            ),
        ],
    );
}

#[test]
fn a_clear_gives_memory_back() {
    let left = {
        let mut run = Run::returned(4, 27);
        run.cleared[1] = 3 * MB;
        run.cleared[2] = 9 * MB;
        run
    };
    let just = {
        let mut run = Run::returned(4, 27);
        run.cleared[2] = 2_270_000;
        run
    };
    // What decoders and steps need again is no image that stayed.
    let working = {
        let mut run = Run::returned(4, 27);
        run.scratch = 800_000;
        run.cleared[2] = 3_070_000;
        run
    };
    let unfinished = {
        let mut run = Run::returned(0, 27);
        run.wells = vec!["A01"];
        run
    };
    check(
        Claim::Clearing,
        vec![
            (
                vec![Run::returned(18, 27), Run::kept(2, 27)],
                Shown,
                Some("35.1 MB → 8.15 MB"),
                "Up to 35.1 MB before; after each of 18 clears at most 150 kB above the 8.00 MB of the worker at rest.",
            ),
            (
                vec![Run { peak: Some(29 * MB), ..Run::returned(18, 27) }],
                Shown,
                Some("35.1 MB → 8.15 MB"),
                "Up to 37.0 MB while a combination was worked on and 35.1 MB before its clear; after each of 18 clears \
                 at most 150 kB above the 8.00 MB of the worker at rest.",
            ),
            (
                vec![Run::bulk(54)],
                Shown,
                Some("62.1 MB → 8.15 MB"),
                "Up to 62.1 MB before; after the clear at most 150 kB above the 8.00 MB of the worker at rest.",
            ),
            (
                vec![just],
                Shown,
                Some("35.1 MB → 10.3 MB"),
                "Up to 35.1 MB before; after each of 4 clears at most 2.27 MB above the 8.00 MB of the worker at rest.",
            ),
            (
                vec![working],
                Shown,
                Some("35.1 MB → 11.1 MB"),
                "Up to 35.1 MB before; after each of 4 clears at most 3.07 MB above the 8.00 MB of the worker at rest.",
            ),
            (
                vec![left],
                NotShown,
                Some("35.1 MB → 17.0 MB"),
                "After 2 of 4 clears, more was left than 1 % of the images, 2 MB and what decoders and steps go on with \
                 (0 B); the most after A01 · channel 3: 9.00 MB above the 8.00 MB of the worker at rest.",
            ),
            (
                vec![Run::kept(3, 27)],
                Unknown,
                None,
                "Memory was kept for the next combination, as chosen, so a clear gives none back. Choose “return \
                 memory” under After a clear, and run again.",
            ),
            (vec![unfinished], Unknown, None, "The run ended before its first clear."),
            (
                vec![Run { is_told: false, ..Run::returned(3, 27) }],
                Unknown,
                None,
                "This system does not tell the memory of a process.",
            ),
        ],
    );
}

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
                Some("0 B per 1,000"),
                "The anonymous memory shows no rise over 18 clears: 0 B per combination (0 B to 0 B with 95 % \
                 confidence), 0 B per 1,000. One image that stayed with each combination would make 1.00 MB.",
            ),
            (
                vec![resident],
                Shown,
                Some("0 B per 1,000"),
                "The memory shows no rise over 6 clears: 0 B per combination (0 B to 0 B with 95 % confidence), 0 B \
                 per 1,000. One image that stayed with each combination would make 1.00 MB.",
            ),
            (
                vec![with(rising)],
                NotShown,
                Some("+100 MB per 1,000"),
                "The anonymous memory after a clear rises with the combinations: +100 kB per combination (+100 kB to \
                 +100 kB with 95 % confidence), +100 MB per 1,000. Over 20 clears that is 1.90 MB, more than the 262 \
                 kB that the system's counters may be off by. One image that stayed with each combination would make \
                 1.00 MB.",
            ),
            (
                vec![with(barely)],
                Shown,
                Some("+4.10 MB per 1,000"),
                "The anonymous memory rises over 20 clears by 77.8 kB, less than the 262 kB that the system's counters \
                 may be off by: +4.10 kB per combination (+4.10 kB to +4.10 kB with 95 % confidence), +4.10 MB per \
                 1,000. One image that stayed with each combination would make 1.00 MB.",
            ),
            (
                vec![with(falling)],
                Shown,
                Some("−4.10 MB per 1,000"),
                "The anonymous memory shows no rise over 20 clears: −4.10 kB per combination (−4.10 kB to −4.10 kB \
                 with 95 % confidence), −4.10 MB per 1,000. One image that stayed with each combination would make \
                 1.00 MB.",
            ),
            // One step is no slope, however clearly the second part lies above the first.
            (
                vec![with(step)],
                Shown,
                Some("+25.3 MB per 1,000"),
                "The anonymous memory shows no rise over 20 clears: +25.3 kB per combination (−30.2 kB to +80.7 kB \
                 with 95 % confidence), +25.3 MB per 1,000. One image that stayed with each combination would make \
                 1.00 MB.",
            ),
            (
                vec![with(scattered(100_000))],
                Shown,
                Some("+42.9 MB per 1,000"),
                "The anonymous memory shows no rise over 6 clears: +42.9 kB per combination (−174 kB to +259 kB with \
                 95 % confidence), +42.9 MB per 1,000. One image that stayed with each combination would make 1.00 MB.",
            ),
            (
                vec![with(scattered(1_000_000))],
                Unknown,
                Some("+429 MB per 1,000"),
                "The anonymous memory after 6 clears scatters so much that growth by one image with each combination \
                 cannot be told: +429 kB per combination (−1.74 MB to +2.59 MB with 95 % confidence), +429 MB per \
                 1,000. Run more combinations.",
            ),
            (
                vec![Run::returned(4, 27)],
                Unknown,
                None,
                "There were 4 clears: too few for a line. Take more components one at a time, or run more wells, for 5 \
                 at least.",
            ),
            (
                vec![Run::bulk(27)],
                Unknown,
                None,
                "There was one clear: too few for a line. Take more components one at a time, or run more wells, for 5 \
                 at least.",
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
        (0, "At its fullest the run held 27.0 MB of pixels, counted to the byte."),
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
    assert!(unknown[0].text.contains("this system does not tell"), "{}", unknown[0].text);
}

#[test]
fn of_no_run_there_is_no_study() {
    assert_eq!(Study::of(&[]), None);
    let mut record = Run::bulk(3).record();
    record.machine = None;
    assert_eq!(Study::of(&[&record]), None);
}

//! The study's claims on made-up records: what is shown, what is not, and what cannot be said.

mod leak;
mod memory;

use std::collections::BTreeMap;
use stepwell::events::{Event, EventKind};
use stepwell::image::Compression;
use stepwell::machine::Machine;
use stepwell::pipeline::{PipelineSpec, ResolvedPipeline};
use stepwell::plan::run_title;
use stepwell::plan::{
    AfterClear, CombinationId, Combinations, Forecast, Intermediates, Mode, Plan, PlateFacts, RunSpec,
};
use stepwell::plate::{Component, PlateIdentity};
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
            save_as: stepwell::plate::SaveAs::Tiff,
        };
        let plan = Plan {
            plate: PlateIdentity::of_folder("/data/plate", "Plate"),
            facts: PlateFacts::default(),
            pipeline: ResolvedPipeline::without_plate(&spec.pipeline),
            spec,
            combinations: Combinations::default(),
            layout: stepwell::plan::KeptLayout::default(),
            forecast: Forecast::default(),
            course: std::sync::Arc::default(),
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

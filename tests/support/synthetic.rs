//! A plate, its sizes and its runs, made up: so that the window can be tested without files, workers
//! or clocks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use stepwell::compare::{Comparison, FilesState, ModeResult, OutputComparison, Round};
use stepwell::engine::{JobEvent, JobResult, Trial};
use stepwell::events::{Course, Event, EventKind, Outcome, OutputImage, RunSummary, Sample};
use stepwell::image::{ContentHash, ImageFormat, ImageSource, PixelType};
use stepwell::machine::Machine;
use stepwell::plan::{AfterClear, CombinationId, CombinationPlan, Mode, Pace, Paces, Plan, PlannedWell};
use stepwell::plate::{
    Acquisitions, Format, ImageKey, Measured, MissingImage, PixelSize, PixelSizes, Plate, PlateImage,
    PlateShape, ScanIssue, ShadingImages, SitePositions, Thumbs, WellId,
};
use stepwell::record::RunRecord;

/// Resting memory of the workers made up here.
pub(crate) const RESTING: u64 = 6_000_000;

/// What a trial on this computer shows: half a second for each 100 MB that a thread takes.
pub(crate) fn trial() -> Trial {
    let pace = Pace { preload: 1e-9, steps: 3e-9, save: 1e-9, combination: 0.002, ..Pace::default() };
    Trial { resting_rss_bytes: Some(RESTING), paces: Paces::Trial { pace, others_share: None } }
}

/// The computer.
pub(crate) fn machine() -> Machine {
    Machine {
        system: "Linux".to_owned(),
        cores: 4,
        processors: None,
        memory_bytes: Some(16_000_000_000),
        available_bytes: Some(8_000_000_000),
        stepwell: "0.1.0".to_owned(),
    }
}

/// A well by its name.
pub(crate) fn well(name: &str) -> WellId {
    name.parse().expect("the name of a well")
}

/// Six wells of a 96-well plate, 2 channels, 9 sites, 3 planes; one image of C03 is missing, one
/// projection is kept apart, one file is odd.
pub(crate) fn plate() -> Plate {
    let wells = ["B02", "B03", "B04", "C02", "C03", "C04"].map(well);
    let missing = ImageKey::new(well("C03"), 4, 2, 3, 1);
    let mut images = Vec::new();
    for well in wells {
        for (site, channel, z) in
            (1..=9).flat_map(|s| (1..=2).flat_map(move |c| (1..=3).map(move |z| (s, c, z))))
        {
            let key = ImageKey::new(well, site, channel, z, 1);
            if key != missing {
                images.push(PlateImage::new(key, ImageSource::file(format!("/plate/{key}.tif"))));
            }
        }
    }
    images.sort_by_key(PlateImage::key);
    let projection = ImageKey { z: None, ..ImageKey::new(well("B02"), 1, 1, 1, 1) };
    Plate {
        root: PathBuf::from("/data/Neurites-07"),
        opened_by: PathBuf::from("/data/Neurites-07"),
        name: "Neurites-07".to_owned(),
        format: Format::ImageXpress,
        pattern: None,
        fingerprint: None,
        microscope: None,
        objective: None,
        acquired: None,
        shape: PlateShape { rows: 8, columns: 12 },
        images,
        projections: vec![PlateImage::new(projection, ImageSource::file("/plate/projection.tif"))],
        channel_names: BTreeMap::from([(1, "DAPI".to_owned()), (2, "FITC".to_owned())]),
        channel_colours: BTreeMap::new(),
        pixel_sizes: PixelSizes::alike(1..=10, PixelSize { x_um: 0.325, y_um: 0.325 }),
        site_positions: SitePositions::default(),
        acquisitions: Acquisitions::default(),
        missing: vec![MissingImage {
            key: missing,
            file: None,
            why: "the other sites of channel 2 (FITC) have it".into(),
        }],
        missing_by_well: BTreeMap::from([(missing.well, 1)]),
        thumbs: Thumbs::default(),
        shading: ShadingImages::default(),
        layers: Vec::new(),
        ignored: 0,
        issues: vec![ScanIssue {
            path: "notes.tif".to_owned(),
            why: "no well in its name: skipped".to_owned(),
        }],
    }
}

/// All images are 512 x 512, 16-bit.
pub(crate) fn measured(plate: &Plate) -> Measured {
    let format = ImageFormat::grey(512, 512, PixelType::U16);
    plate.images.iter().map(|image| (image.key(), Ok(format))).collect()
}

/// The plan of a run of some wells.
pub(crate) fn plan(plate: &Plate, wells: &BTreeSet<WellId>, spec: &stepwell::plan::RunSpec) -> Plan {
    Plan::new(&Arc::new(plate.clone()), &Arc::new(measured(plate)), wells, spec).expect("a plan")
}

/// The events of a run: memory rises while images are read, rises a little in the last step, and
/// falls with the clear. `secs` for each image.
pub(crate) fn events(plan: &Plan, image_secs: f64) -> Vec<Event> {
    Simulation::new(plan, image_secs).run()
}

struct Simulation<'a> {
    plan: &'a Plan,
    image_secs: f64,
    at_secs: f64,
    counted: u64,
    peak_rss: u64,
    peak_counted: u64,
    events: Vec<Event>,
}

impl<'a> Simulation<'a> {
    fn new(plan: &'a Plan, image_secs: f64) -> Self {
        let (at_secs, counted, peak_rss, peak_counted) = (0.0, 0, 0, 0);
        Self { plan, image_secs, at_secs, counted, peak_rss, peak_counted, events: Vec::new() }
    }

    fn rss(&self) -> u64 {
        // What is kept stays as it was when the most was held.
        let is_kept = self.plan.spec.after_clear == AfterClear::Keep;
        let held = if is_kept { self.peak_counted } else { self.counted };
        RESTING + held + held / 100 + if held > 0 { 900_000 } else { 0 }
    }

    fn say(&mut self, kind: EventKind) {
        let run = format!("2026-11-20 10.04.00 {}", self.plan.spec.mode.name());
        self.events.push(Event { run, at_secs: self.at_secs, kind });
    }

    fn pass(&mut self, secs: f64, counted_after: u64) {
        let steps = (secs / 0.01).ceil().max(1.0) as u32;
        let before = self.counted;
        for step in 1..=steps {
            let part = f64::from(step) / f64::from(steps);
            self.counted = (before as f64 + (counted_after as f64 - before as f64) * part) as u64;
            self.at_secs += secs / f64::from(steps);
            self.peak_rss = self.peak_rss.max(self.rss());
            self.peak_counted = self.peak_counted.max(self.counted);
            let (rss, counted) = (Some(self.rss()), self.counted);
            self.say(EventKind::Sample(Sample { rss, counted, phases: None }));
        }
    }

    fn end(&mut self, wells: &[PlannedWell]) {
        for well in wells {
            self.say(EventKind::WellDone { well: well.well, failed: well.missing.len() });
        }
    }

    fn run(mut self) -> Vec<Event> {
        let forecast = self.plan.forecast.with_resting(Some(RESTING));
        self.say(EventKind::Started {
            plan: Box::new(self.plan.summary()),
            forecast,
            machine: Box::new(machine()),
            baseline_rss: Some(RESTING),
            baseline_anonymous: Some(RESTING / 2),
        });
        let mut wells: &[PlannedWell] = &[];
        let combinations: Vec<CombinationPlan> = self.plan.combinations.iter().collect();
        for combination in &combinations {
            if !combination.begins.is_empty() {
                self.end(wells);
                wells = &combination.begins;
                for well in wells {
                    self.say(EventKind::WellStarted { well: well.well, combinations: well.combinations });
                }
            }
            let formats = combination.images.iter().filter_map(|image| image.format.as_ref().ok());
            let bytes = formats.map(|format| format.bytes()).sum();
            self.combination(&combination.id, combination.images.len(), bytes);
        }
        self.end(wells);
        let summary = self.summary();
        self.say(EventKind::Ended { outcome: Outcome::Completed, why: None, summary: Box::new(summary) });
        self.events
    }

    fn combination(&mut self, id: &CombinationId, images: usize, bytes: u64) {
        let combination = id.clone();
        let (rss_before, secs) = (Some(self.rss()), images as f64 * self.image_secs);
        self.say(EventKind::Preloading { combination: combination.clone(), done: 0, of: images });
        self.pass(secs, bytes);
        let rss_after = Some(self.rss());
        self.say(EventKind::Preloaded {
            combination: combination.clone(),
            images,
            bytes,
            secs,
            rss_before,
            rss_after,
        });
        let steps = self.plan.spec.pipeline.steps.len();
        for step in 0..steps {
            let is_last = step + 1 == steps;
            let made = if is_last { images / 3 } else { images };
            let name = self.plan.spec.pipeline.steps[step].step.name().to_owned();
            self.say(EventKind::StepStarted { combination: combination.clone(), step, name, groups: made });
            if is_last {
                self.pass(secs * 0.2, bytes + bytes / 20);
                self.pass(secs * 0.3, bytes / 3);
            } else {
                self.pass(secs * 0.8, bytes);
            }
            let secs = secs * if is_last { 0.5 } else { 0.8 };
            self.say(EventKind::StepDone {
                combination: combination.clone(),
                step,
                images_in: images,
                images_out: made,
                secs,
            });
        }
        self.pass(secs * 0.4, bytes / 3);
        // As many results as there are stacks, each with a name of its own.
        let output = |place: usize| {
            let site = (id.index * images + place) as u32;
            let key = ImageKey { z: None, ..ImageKey::new(id.well, site, 1, 1, 1) };
            OutputImage {
                step: steps - 1,
                key,
                hash: ContentHash::default(),
                path: Some(format!("{key}.tif")),
                plane: None,
                in_colour: false,
                bytes: 0,
                format: None,
                position: None,
                acquired: None,
            }
        };
        self.say(EventKind::Saved {
            combination: combination.clone(),
            step: steps - 1,
            images: images / 3,
            bytes: bytes / 3,
            secs: secs * 0.4,
            outputs: (0..images / 3).map(output).collect(),
            of: 0,
        });
        let rss_before = Some(self.rss());
        self.pass(0.02, 0);
        // Some pages more or less, as the system's counters have it.
        let pages = combination.index as u64 * 7919 % 13;
        self.say(EventKind::Cleared {
            combination,
            images,
            bytes,
            rss_before,
            rss_after: Some(self.rss()),
            rss_peak: Some(self.peak_rss),
            counted_peak: self.peak_counted,
            anonymous_after: Some(self.rss() - RESTING / 2 + pages * 4096),
            scratch_bytes: 0,
        });
    }

    fn summary(&self) -> RunSummary {
        let mut course = Course::new();
        self.events.iter().for_each(|event| course.apply(event));
        let mut summary = course.summary;
        let folder = "/home/ada/Documents/Stepwell/Neurites-07";
        let run = &self.events[0].run;
        summary.record = Some(PathBuf::from(format!("{folder}/{run}/record.ron")));
        summary
    }
}

/// What a job of these runs comes to.
pub(crate) fn result(plans: &[Plan], events: &[Vec<Event>], budget_bytes: Option<u64>) -> JobResult {
    let records: Vec<RunRecord> = plans
        .iter()
        .zip(events)
        .map(|(plan, events)| {
            let mut record = RunRecord::begin(&events[0].run, plan, 1_795_000_000);
            for event in events {
                record.keep(event);
            }
            record
        })
        .collect();
    let side = |mode: Mode| records.iter().find(|record| record.spec.mode == mode);
    let ran = |record: &RunRecord| ModeResult::Ran(Box::new(record.summary.clone()));
    let comparison = match (side(Mode::Bulk), side(Mode::Sequential)) {
        (Some(bulk), Some(sequential)) => {
            let components = sequential.spec.sequential.clone();
            let mut comparison = Comparison::of(ran(bulk), ran(sequential), components, budget_bytes);
            // The made-up outputs stand for the same pixels.
            let same = OutputComparison::of(&sequential.outputs, &sequential.outputs);
            comparison.outputs = Some(OutputComparison { files: FilesState::Written, ..same });
            // Runs of less than two seconds are made twice.
            let round = |share: f64| Round {
                bulk_wall_secs: Some(bulk.summary.wall_secs * share),
                sequential_wall_secs: Some(sequential.summary.wall_secs * share),
                peak_ratio: comparison.peak_ratio,
            };
            comparison.rounds = [1.0, 1.02].map(round).into();
            Some(comparison)
        }
        _ => None,
    };
    JobResult { records, comparison }
}

/// The events as the window gets them.
pub(crate) fn job_events(plan: &Plan, events: &[Event]) -> Vec<JobEvent> {
    events.iter().map(|event| JobEvent::Run { mode: plan.spec.mode, event: event.clone() }).collect()
}

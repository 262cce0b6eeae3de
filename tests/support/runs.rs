//! Events of runs that look like real ones, without running anything.

use std::collections::BTreeMap;

use stepwell::chart::{Chart, ChartRun};
use stepwell::events::{Course, Event, EventKind, Outcome, Sample};
use stepwell::image::Compression;
use stepwell::plan::{AfterClear, CombinationId, Forecast, Intermediates, Mode, PlanSummary};
use stepwell::plate::{Component, PixelSizes, SaveAs, WellId};
use stepwell::record::RunId;

/// What a made-up run is like.
#[derive(Clone, Debug)]
pub(crate) struct MadeUp {
    pub(crate) mode: Mode,
    pub(crate) combinations: usize,
    pub(crate) images: usize,
    pub(crate) image_bytes: u64,
    pub(crate) resting: Option<u64>,
    pub(crate) secs_per_image: f64,
    pub(crate) sample_secs: f64,
    /// Where it stops instead of completing, in combinations.
    pub(crate) stops: Option<(f64, Outcome)>,
    pub(crate) seed: u64,
}

impl MadeUp {
    pub(crate) fn bulk() -> Self {
        Self {
            mode: Mode::Bulk,
            combinations: 1,
            images: 54,
            image_bytes: 524_288,
            resting: Some(6_000_000),
            secs_per_image: 0.012,
            sample_secs: 0.01,
            stops: None,
            seed: 7,
        }
    }

    pub(crate) fn sequential() -> Self {
        Self { mode: Mode::Sequential, combinations: 2, images: 27, seed: 11, ..Self::bulk() }
    }

    fn forecast(&self) -> Forecast {
        let counted = (self.images as u64 + 4) * self.image_bytes;
        Forecast {
            images_at_once: self.images,
            input_bytes: self.images as u64 * self.image_bytes,
            counted_bytes: counted,
            mapped_bytes: counted,
            scratch_bytes: 1_200_000,
            buffer_bytes: 900_000,
            given_bytes: 0,
            plan_bytes: 0,
            rss_bytes: None,
        }
        .with_resting(self.resting)
    }

    /// All its events in order.
    pub(crate) fn events(&self) -> Vec<Event> {
        let run = format!("{}-{}", self.mode.name(), self.seed);
        let mut events = Vec::new();
        let mut seed = self.seed;
        let mut noise = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 40) as f64 / f64::from(1 << 24)
        };
        let sequential = if self.mode == Mode::Sequential { vec![Component::Channel] } else { Vec::new() };
        let planned = self.combinations * self.images;
        let plan = PlanSummary {
            plate: "Demo".to_owned(),
            mode: self.mode,
            sequential: sequential.clone(),
            wells: vec![well()],
            combinations: self.combinations,
            images: planned,
            images_at_once: self.images,
            steps: vec!["Percentile normalise 1 to 99 %".to_owned(), "Z projection maximum".to_owned()],
            step_groups: vec![planned, planned / 3],
            outputs: planned / 3,
            threads: 4,
            after_clear: AfterClear::Return,
            intermediates: Intermediates::Free,
            wells_at_once: 1,
            read_ahead: false,
            compression: Compression::None,
            save_as: SaveAs::Tiff,
            pixel_sizes: PixelSizes::default(),
            channel_names: BTreeMap::from([(2, "FITC".to_owned())]),
        };
        let started = EventKind::Started {
            plan: Box::new(plan),
            forecast: self.forecast(),
            machine: Box::default(),
            baseline_rss: self.resting,
            baseline_anonymous: None,
        };
        let mut now = 0.0;
        let mut push = |at_secs: f64, kind: EventKind| events.push(Event { run: run.clone(), at_secs, kind });
        push(now, started);
        let mut held = 0.0_f64;
        let mut counted = 0_u64;
        let mut next_sample = 0.0;
        let bytes = self.image_bytes as f64;
        let resting = self.resting.unwrap_or(0) as f64;
        let stop = self.stops.map_or(f64::INFINITY, |(at, _)| at);
        'run: for index in 0..self.combinations {
            let values: BTreeMap<_, _> =
                sequential.iter().map(|component| (*component, index as u32 + 1)).collect();
            let combination = CombinationId { index, well: well(), more_wells: Vec::new(), values };
            let preload_began = now;
            // Each phase: its number of ticks, and how much is held at its end.
            let ticks = [self.images, self.images, self.images / 3, self.images / 6, 3];
            for (phase, ticks) in ticks.into_iter().enumerate() {
                let phase_began = now;
                let step = |step, name: &str| EventKind::StepStarted {
                    combination: combination.clone(),
                    step,
                    name: name.to_owned(),
                    groups: self.images,
                };
                match phase {
                    1 => push(now, step(0, "Percentile normalise")),
                    2 => push(now, step(1, "Z projection")),
                    _ => {}
                }
                for tick in 0..ticks.max(1) {
                    now += self.secs_per_image * (0.7 + 0.6 * noise());
                    match phase {
                        0 => counted += self.image_bytes,
                        1 => {}
                        2 if tick == 0 => counted += 4 * self.image_bytes,
                        2 => counted = counted.saturating_sub(2 * self.image_bytes),
                        3 => {}
                        _ => counted = 0,
                    }
                    let target = match phase {
                        4 => 0.0,
                        _ => counted as f64 + 0.8 * bytes,
                    };
                    held += (target - held) * if phase == 4 { 0.75 } else { 0.95 };
                    while next_sample <= now {
                        let rss = self.resting.map(|_| (resting + held.max(0.0) + 80_000.0 * noise()) as u64);
                        push(next_sample, EventKind::Sample(Sample { rss, counted, phases: None }));
                        next_sample += self.sample_secs;
                    }
                    let done = index as f64 + (phase as f64 + tick as f64 / ticks as f64) / 5.0;
                    if done >= stop {
                        break 'run;
                    }
                }
                let secs = now - phase_began;
                let rss = self.resting.map(|_| (resting + held) as u64);
                match phase {
                    0 => push(
                        now,
                        EventKind::Preloaded {
                            combination: combination.clone(),
                            images: self.images,
                            bytes: counted,
                            secs: now - preload_began,
                            rss_before: self.resting,
                            rss_after: rss,
                        },
                    ),
                    1 | 2 => push(
                        now,
                        EventKind::StepDone {
                            combination: combination.clone(),
                            step: phase - 1,
                            images_in: self.images,
                            images_out: self.images,
                            secs,
                        },
                    ),
                    3 => push(
                        now,
                        EventKind::Saved {
                            combination: combination.clone(),
                            step: 1,
                            images: self.images / 3,
                            bytes: 0,
                            secs,
                            outputs: Vec::new(),
                            of: 0,
                        },
                    ),
                    _ => push(
                        now,
                        EventKind::Cleared {
                            combination: combination.clone(),
                            images: self.images,
                            bytes: 0,
                            rss_before: rss,
                            rss_after: self.resting,
                            rss_peak: None,
                            counted_peak: 0,
                            anonymous_after: None,
                            scratch_bytes: 0,
                        },
                    ),
                }
            }
        }
        let mut course = Course::new();
        events.iter().for_each(|event| course.apply(event));
        let outcome = self.stops.map_or(Outcome::Completed, |(_, outcome)| outcome);
        let ended = EventKind::Ended { outcome, why: None, summary: Box::new(course.summary) };
        events.push(Event { run, at_secs: now, kind: ended });
        events
    }

    /// The run in the chart.
    pub(crate) fn chart(&self) -> ChartRun {
        let mut run = ChartRun::new(RunId::new(self.seed), self.mode);
        self.events().iter().for_each(|event| run.apply(event));
        run
    }
}

fn well() -> WellId {
    "A01".parse().expect("A01 is a well")
}

/// A run of each mode, with a budget and the memory of the machine.
pub(crate) fn both() -> Chart {
    Chart {
        runs: vec![MadeUp::bulk().chart(), MadeUp::sequential().chart()],
        refused: Vec::new(),
        budget_bytes: Some(25_000_000),
        machine_bytes: Some(16_000_000_000),
        planned: Vec::new(),
    }
}

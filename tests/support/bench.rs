//! The window without its threads and without a screen, for tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use egui::vec2;
use egui_kittest::Harness;
use stepwell::app::images::decoder::Decoder;
use stepwell::app::images::image_loader::{CacheLimits, ImageLoader};
use stepwell::app::settings::{Hint, Settings};
use stepwell::app::{
    AppState, ClusterEvent, ClusterWork, Commands, ForecastEvent, ForecastWork, PlannedKnown, PlateEvent,
    PlateWork, RunsCommand, RunsEvent, RunsWork, SettingsCommand, Work,
};
use stepwell::engine::JobRequest;
use stepwell::image::ImageSource;
use stepwell::image::{ImageFormat, PixelType};
use stepwell::plan::{Mode, Plan};
use stepwell::plate::{Measured, Plate};
use stepwell::ui::images::thumbnails::Thumbnails;
use stepwell::ui::{self, View, theme};
use stepwell::what_if::what_if;

use crate::cpu_renderer::CpuRenderer;
use crate::synthetic;

/// The window without its threads: forecasts and sizes come at once, all other work is noted.
pub(crate) struct Bench {
    pub(crate) state: AppState,
    pub(crate) view: View,
    pub(crate) asked: Vec<Work>,
    pub(crate) decoded: Arc<AtomicUsize>,
    measure: fn(&Plate) -> Measured,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::reading(Arc::new(|source, _| Ok(cells(source))), synthetic::measured)
    }

    /// With images of other pixels.
    pub(crate) fn reading(images: Decoder, measure: fn(&Plate) -> Measured) -> Self {
        let decoded = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&decoded);
        let decoder: Decoder = Arc::new(move |source, most_bytes| {
            let image = images(source, most_bytes);
            count.fetch_add(1, Ordering::Relaxed);
            image
        });
        let loader = ImageLoader::with_decoder(decoder, CacheLimits::default(), Arc::new(|| {}));
        let mut bench = Self {
            state: AppState::new(practised(), synthetic::machine()),
            view: View::new(Thumbnails::new(loader)),
            asked: Vec::new(),
            decoded,
            measure,
        };
        bench.settle();
        bench.asked.clear();
        bench
    }

    /// With the made-up plate open.
    pub(crate) fn with_plate() -> Self {
        let mut bench = Self::new();
        bench.state.show_plate(synthetic::plate());
        bench.settle();
        bench
    }

    /// With a budget between the two ways.
    pub(crate) fn with_budget(budget: &str) -> Self {
        let mut bench = Self::with_plate();
        bench.state.handle(SettingsCommand::SetBudget(budget.to_owned()));
        bench.settle();
        bench
    }

    /// After a comparison of both ways.
    pub(crate) fn compared() -> Self {
        let mut bench = Self::with_budget("35MB");
        bench.state.handle(RunsCommand::Compare { is_all_wells: false });
        bench.settle();
        bench.finish_job();
        bench
    }

    /// Does the job that was asked for last, to its end.
    pub(crate) fn finish_job(&mut self) {
        let (generation, plans) = self.begin_job();
        let events: Vec<_> = plans
            .iter()
            .map(|plan| synthetic::events(plan, if plan.spec.mode == Mode::Bulk { 0.0105 } else { 0.011 }))
            .collect();
        for (plan, events) in plans.iter().zip(&events) {
            for event in synthetic::job_events(plan, events) {
                self.state.apply(RunsEvent::Job { generation, event: Box::new(event) });
            }
        }
        let result = Ok(Box::new(synthetic::result(&plans, &events, Some(35_000_000))));
        self.state.apply(RunsEvent::JobDone { generation, result });
        self.settle();
    }

    /// Plans the job that was asked for last, as the engine thread would.
    pub(crate) fn begin_job(&mut self) -> (u64, Vec<Plan>) {
        let (generation, request) = self.job();
        let plans: Vec<Plan> =
            request.specs.iter().map(|spec| synthetic::plan(&request.plate, &request.wells, spec)).collect();
        let runs = plans
            .iter()
            .map(|plan| {
                let combinations =
                    plan.combinations.iter().map(|combination| (combination.id, combination.images.len()));
                (stepwell::record::RunRecord::begin("", plan, 0), combinations.collect())
            })
            .collect();
        self.state.apply(RunsEvent::Planned { generation, runs, notes: Vec::new() });
        (generation, plans)
    }

    pub(crate) fn job(&self) -> (u64, JobRequest) {
        let job = self.asked.iter().rev().find_map(|work| match work {
            Work::Runs(RunsWork::Run { generation, request, .. }) => Some((*generation, (**request).clone())),
            _ => None,
        });
        job.expect("a job was asked for")
    }

    pub(crate) fn settle(&mut self) {
        loop {
            let work = self.state.take_work();
            if work.is_empty() {
                return;
            }
            for work in work {
                match work {
                    Work::Plate(PlateWork::Measure { generation, plate, wells, .. }) => {
                        let measured = (self.measure)(&plate);
                        self.state.apply(PlateEvent::Measured { generation, wells, measured });
                    }
                    Work::Forecast(ForecastWork::Choices { generation, request }) => {
                        let result = request.outlook().map_err(|error| error.to_string());
                        self.state.apply(ForecastEvent::Choices { generation, result });
                    }
                    Work::Forecast(ForecastWork::Try { generation, .. }) => {
                        self.state.apply(ForecastEvent::Tried { generation, trial: synthetic::trial() });
                    }
                    Work::Cluster(ClusterWork::Prepare { generation, request }) => {
                        let result = request.prepare().map(Box::new).map_err(|error| error.to_string());
                        self.state.apply(ClusterEvent::Prepared { generation, result });
                    }
                    // At once what follows from sizes, then with times, as the real thread does.
                    Work::Forecast(ForecastWork::PlanPlate { generation, request, .. }) => {
                        let mut request = *request;
                        for trial in [None, Some(synthetic::trial())] {
                            let is_last = trial.is_some();
                            request.basis.paces =
                                trial.as_ref().map(|trial| trial.paces.clone()).unwrap_or_default();
                            let outlook = what_if(&request.layout, &request.spec, &request.basis)
                                .map_err(|error| error.to_string());
                            let known = PlannedKnown { outlook, trial, is_last };
                            self.state.apply(ForecastEvent::PlannedPlate { generation, known });
                        }
                    }
                    other => self.asked.push(other),
                }
            }
        }
    }

    pub(crate) fn has_asked(&self, what: impl Fn(&Work) -> bool) -> bool {
        self.asked.iter().any(what)
    }

    pub(crate) fn frame(ui: &mut egui::Ui, bench: &mut Self) {
        let mut commands = Commands::default();
        // The harness leaves a margin, a real window does not.
        let all = ui.ctx().content_rect();
        ui.scope_builder(egui::UiBuilder::new().max_rect(all), |ui| {
            ui.set_clip_rect(all);
            ui::draw(ui, &bench.state, &mut bench.view, &mut commands);
        });
        for command in commands {
            bench.state.handle(command);
        }
        bench.settle();
    }

    pub(crate) fn show(self) -> Harness<'static, Self> {
        self.show_in(egui::Theme::Dark, vec2(1280.0, 800.0))
    }

    pub(crate) fn show_in(self, appearance: egui::Theme, size: egui::Vec2) -> Harness<'static, Self> {
        let mut harness = Harness::builder()
            .with_size(size)
            .with_theme(appearance)
            .with_max_steps(20)
            .with_context_setup(theme::install)
            .renderer(CpuRenderer::default())
            .build_ui_state(Self::frame, self);
        harness.run_ok();
        harness
    }
}

/// The settings of somebody who has seen all hints.
fn practised() -> Settings {
    Settings { seen_hints: Hint::ALL.into(), ..Settings::default() }
}

/// An image of bright discs on a dim ground, the same for the same name.
fn cells(source: &ImageSource) -> (ImageFormat, Vec<u8>) {
    const SIDE: u32 = 96;
    let mut seed =
        source.file_name().bytes().fold(17_u32, |sum, byte| sum.wrapping_mul(31) + u32::from(byte));
    let mut random = |most: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) % most
    };
    let discs: Vec<[i64; 3]> =
        (0..9).map(|_| [random(SIDE), random(SIDE), 5 + random(8)].map(i64::from)).collect();
    let mut bytes = Vec::new();
    for y in 0..i64::from(SIDE) {
        for x in 0..i64::from(SIDE) {
            let bright = discs
                .iter()
                .map(|[cx, cy, r]| 1.0 - ((x - cx).pow(2) + (y - cy).pow(2)) as f64 / (r * r) as f64)
                .fold(0.0, f64::max);
            let value = 900.0 + 20_000.0 * bright.sqrt();
            bytes.extend_from_slice(&(value as u16).to_ne_bytes());
        }
    }
    (ImageFormat::grey(SIDE, SIDE, PixelType::U16), bytes)
}

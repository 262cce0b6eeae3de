//! The window by label: what is shown, what a click or a key does. And a few pictures, which are
//! also the documentation's.

#[path = "support/cpu_renderer.rs"]
mod cpu_renderer;
#[path = "support/synthetic.rs"]
mod synthetic;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cpu_renderer::CpuRenderer;
use egui::accesskit::Role;
use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, SnapshotOptions};
use stepwell::app::image_loader::{CacheLimits, Decoder, ImageLoader, ImageSource};
use stepwell::app::settings::Settings;
use stepwell::app::{AppEvent, AppState, Command, RunRequest, Tab, Work};
use stepwell::engine::{EventKind, JobEvent, Outcome};
use stepwell::image::{ImageFormat, PixelType};
use stepwell::plan::{Mode, Plan};
use stepwell::plate::{Candidate, Component, Format, Opened};
use stepwell::ui::thumbnails::Thumbnails;
use stepwell::ui::{self, View, theme};
use synthetic::well;

/// The window without its threads: forecasts and sizes come at once, all other work is noted.
struct Bench {
    state: AppState,
    view: View,
    asked: Vec<Work>,
    decoded: Arc<AtomicUsize>,
}

impl Bench {
    fn new() -> Self {
        let decoded = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&decoded);
        let decoder: Decoder = Arc::new(move |source| {
            let image = cells(source);
            count.fetch_add(1, Ordering::Relaxed);
            Ok(image)
        });
        let loader = ImageLoader::with_decoder(decoder, CacheLimits::default(), Arc::new(|| {}));
        let mut bench = Self {
            state: AppState::new(Settings::default(), synthetic::machine()),
            view: View::new(Thumbnails::new(loader)),
            asked: Vec::new(),
            decoded,
        };
        bench.state.apply(AppEvent::Resting(Some(synthetic::RESTING)));
        bench.settle();
        bench.asked.clear();
        bench
    }

    /// With the made-up plate open.
    fn with_plate() -> Self {
        let mut bench = Self::new();
        bench.state.show_plate(synthetic::plate());
        bench.settle();
        bench
    }

    /// With a budget between the two ways.
    fn with_budget(budget: &str) -> Self {
        let mut bench = Self::with_plate();
        bench.state.handle(Command::SetBudget(budget.to_owned()));
        bench.settle();
        bench
    }

    /// After a comparison of both ways.
    fn compared() -> Self {
        let mut bench = Self::with_budget("25MB");
        bench.state.handle(Command::Compare { is_all_wells: false });
        bench.settle();
        let (generation, plans) = bench.begin_job();
        let events: Vec<_> = plans
            .iter()
            .map(|plan| synthetic::events(plan, if plan.spec.mode == Mode::Bulk { 0.0105 } else { 0.011 }))
            .collect();
        for (plan, events) in plans.iter().zip(&events) {
            for event in synthetic::job_events(plan, events) {
                bench.state.apply(AppEvent::Job { generation, event: Box::new(event) });
            }
        }
        let result = Ok(Box::new(synthetic::result(&plans, &events, Some(25_000_000))));
        bench.state.apply(AppEvent::JobDone { generation, result });
        bench.settle();
        bench
    }

    /// Plans the job that was asked for last, as the engine thread would.
    fn begin_job(&mut self) -> (u64, Vec<Plan>) {
        let (generation, request) = self.job();
        let plans: Vec<Plan> =
            request.specs.iter().map(|spec| synthetic::plan(&request.plate, &request.wells, spec)).collect();
        let runs = plans
            .iter()
            .map(|plan| {
                let combinations =
                    plan.combinations().map(|combination| (combination.id.clone(), combination.images.len()));
                (stepwell::record::RunRecord::begin("", plan, 0), combinations.collect())
            })
            .collect();
        self.state.apply(AppEvent::Planned { generation, runs, notes: Vec::new() });
        (generation, plans)
    }

    fn job(&self) -> (u64, RunRequest) {
        let job = self.asked.iter().rev().find_map(|work| match work {
            Work::Run { generation, request, .. } => Some((*generation, (**request).clone())),
            _ => None,
        });
        job.expect("a job was asked for")
    }

    fn settle(&mut self) {
        loop {
            let work = self.state.take_work();
            if work.is_empty() {
                return;
            }
            for work in work {
                match work {
                    Work::Measure { generation, plate, wells, .. } => {
                        let measured = synthetic::measured(&plate);
                        self.state.apply(AppEvent::Measured { generation, wells, measured });
                    }
                    Work::Forecast { generation, request } => {
                        let result = request.choices().map_err(|error| error.to_string());
                        self.state.apply(AppEvent::Forecast { generation, result });
                    }
                    other => self.asked.push(other),
                }
            }
        }
    }

    fn has_asked(&self, what: impl Fn(&Work) -> bool) -> bool {
        self.asked.iter().any(what)
    }

    fn frame(ui: &mut egui::Ui, bench: &mut Self) {
        let mut commands = Vec::new();
        ui::draw(ui, &bench.state, &mut bench.view, &mut commands);
        for command in commands {
            bench.state.handle(command);
        }
        bench.settle();
    }

    fn show(self) -> Harness<'static, Self> {
        self.show_in(egui::Theme::Dark, vec2(1280.0, 800.0))
    }

    fn show_in(self, appearance: egui::Theme, size: egui::Vec2) -> Harness<'static, Self> {
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

#[test]
fn pictures() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    let options = SnapshotOptions::new().threshold(0.0).output_path(folder);
    let start = || {
        let mut bench = Bench::new();
        for name in ["Projection-Mix", "Neurites-07"] {
            bench.state.settings.remember(&PathBuf::from("/data/screens").join(name));
        }
        bench
    };
    let mut results = egui_kittest::SnapshotResults::new();
    for (appearance, suffix) in [(egui::Theme::Dark, "dark"), (egui::Theme::Light, "light")] {
        for (name, bench) in
            [("start", start()), ("plate", Bench::with_budget("25MB")), ("comparison", Bench::compared())]
        {
            let mut harness = bench.show_in(appearance, vec2(1280.0, 800.0));
            wait_for_thumbnails(&mut harness);
            harness.snapshot_options(format!("{name}-{suffix}"), &options);
            results.extend_harness(&mut harness);
        }
    }
}

/// Steps until no more images are being read.
fn wait_for_thumbnails(harness: &mut Harness<'_, Bench>) {
    let mut quiet = 0;
    let mut before = usize::MAX;
    while quiet < 5 {
        harness.run_steps(2);
        std::thread::sleep(std::time::Duration::from_millis(15));
        let now = harness.state().decoded.load(Ordering::Relaxed);
        quiet = if now == before { quiet + 1 } else { 0 };
        before = now;
    }
}

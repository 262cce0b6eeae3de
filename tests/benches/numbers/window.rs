//! The window on a large plate, without a screen: how long its frames take while the images are looked
//! through, and whether textures and thumbnails stay within their bounds.
//!
//! A frame is all that the window does for one on its own thread: taking in what was read, laying out,
//! tessellating. Threads that read images go on beside it, as they do in the program. Painting is the
//! graphics card's and is not part of it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use egui::{Event, Modifiers, MouseWheelUnit, PointerButton, Pos2, RawInput, Rect, TouchPhase, pos2, vec2};
use stepwell::app::images::decoder::Decoder;
use stepwell::app::images::image_loader::{CacheLimits, ImageLoader};
use stepwell::app::settings::Settings;
use stepwell::app::{
    AppState, Command, Commands, ForecastEvent, ForecastWork, PlateEvent, PlateWork, StatusCommand, Tab, Work,
};
use stepwell::cancel::Cancel;
use stepwell::machine::Machine;
use stepwell::plate::{Measured, Opened, open};
use stepwell::ui::images::thumbnails::Thumbnails;
use stepwell::ui::{self, View};

/// A usual screen.
const SCREEN: (f32, f32) = (1600.0, 1000.0);
/// Scrolling goes so far, in points, and then rests, a step in so many frames.
const STEP_POINTS: f32 = 8.0 * SCREEN.1;
const STEP_FRAMES: usize = 12;
/// A frame of a screen with 60 a second.
const FRAME: Duration = Duration::from_micros(16_667);

/// What was measured of a number of frames.
pub(crate) struct Frames {
    /// Milliseconds that each took.
    pub(crate) ms: Vec<f64>,
    /// Images that were read meanwhile.
    pub(crate) read: usize,
    /// The most bytes of textures, and their bound.
    pub(crate) texture_bytes: (usize, usize),
    /// The most bytes of thumbnails in memory, and their bound.
    pub(crate) thumbnail_bytes: (usize, usize),
}

impl Frames {
    /// Whether textures and thumbnails stayed within their bounds.
    pub(crate) fn are_bounded(&self) -> bool {
        self.texture_bytes.0 <= self.texture_bytes.1 && self.thumbnail_bytes.0 <= self.thumbnail_bytes.1
    }

    /// The longest, in milliseconds.
    pub(crate) fn worst_ms(&self) -> f64 {
        self.ms.iter().copied().fold(0.0, f64::max)
    }
}

/// The window with a plate open at its images.
pub(crate) struct Window {
    ctx: egui::Context,
    state: AppState,
    view: View,
    read: Arc<AtomicUsize>,
    began: Instant,
}

impl Window {
    pub(crate) fn open(plate: &Path) -> Self {
        let plate = match open(plate, &Cancel::new()).expect("a plate") {
            Opened::Plate(plate) => *plate,
            Opened::Choose(_) => panic!("the plate is one"),
        };
        let read = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&read);
        // Nothing is kept on the disk, so that each image is read from its file.
        let decoder: Decoder = Arc::new(move |source, _| {
            count.fetch_add(1, Ordering::Relaxed);
            source.decode_owned().map_err(|error| error.to_string())
        });
        let loader = ImageLoader::with_decoder(decoder, CacheLimits::default(), Arc::new(|| {}));
        let ctx = egui::Context::default();
        ui::theme::install(&ctx);
        let mut state = AppState::new(Settings::default(), Machine::read());
        state.show_plate(plate);
        state.handle(StatusCommand::ShowTab(Tab::Images));
        Self { ctx, state, view: View::new(Thumbnails::new(loader)), read, began: Instant::now() }
    }

    /// At the memory chart, with all that is known of the plate before a run but times.
    pub(crate) fn at_memory(plate: &Path) -> Self {
        let mut window = Self::open(plate);
        window.state.handle(StatusCommand::ShowTab(Tab::Memory));
        window.settle();
        for _ in 0..5 {
            window.frame(Vec::new());
        }
        window
    }

    /// Makes a change; returns the milliseconds until its courses are drawn.
    pub(crate) fn change(&mut self, command: impl Into<Command>) -> f64 {
        let began = Instant::now();
        self.state.handle(command);
        self.settle();
        self.frame(Vec::new());
        began.elapsed().as_secs_f64() * 1000.0
    }

    /// Does what is due for the forecasts, as the threads beside the window would.
    fn settle(&mut self) {
        loop {
            let mut is_over = true;
            for work in self.state.take_work() {
                match work {
                    Work::Plate(PlateWork::Measure { generation, plate, wells, cancel, .. }) => {
                        let measured = Measured::read(&plate, &wells, &cancel).expect("not cancelled");
                        self.state.apply(PlateEvent::Measured { generation, wells, measured });
                    }
                    Work::Forecast(ForecastWork::Choices { generation, request }) => {
                        let result = request.outlook().map_err(|error| error.to_string());
                        self.state.apply(ForecastEvent::Choices { generation, result });
                    }
                    _ => continue,
                }
                is_over = false;
            }
            if is_over {
                return;
            }
        }
    }

    /// One frame; returns what it took in milliseconds.
    fn frame(&mut self, events: Vec<Event>) -> f64 {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(SCREEN.0, SCREEN.1))),
            time: Some(self.began.elapsed().as_secs_f64()),
            events,
            ..RawInput::default()
        };
        let mut commands = Commands::default();
        let began = Instant::now();
        let mut output =
            self.ctx.run_ui(input, |ui| ui::draw(ui, &self.state, &mut self.view, &mut commands));
        let meshes = self.ctx.tessellate(std::mem::take(&mut output.shapes), output.pixels_per_point);
        let ms = began.elapsed().as_secs_f64() * 1000.0;
        drop(meshes);
        // There is no graphics card to take them.
        output.textures_delta.clear();
        for command in commands {
            self.state.handle(command);
        }
        // What other threads would do is none of this.
        self.state.take_work();
        ms
    }

    /// This many frames at 60 a second.
    fn frames(&mut self, count: usize, mut events: impl FnMut(usize) -> Vec<Event>) -> Frames {
        let read_before = self.read.load(Ordering::Relaxed);
        let (mut ms, mut textures, mut thumbnails) = (Vec::with_capacity(count), 0, 0);
        for nth in 0..count {
            let began = Instant::now();
            ms.push(self.frame(events(nth)));
            textures = textures.max(self.view.thumbnails().texture_bytes());
            thumbnails = thumbnails.max(self.view.thumbnails().loader().thumbnail_bytes());
            std::thread::sleep(FRAME.saturating_sub(began.elapsed()));
        }
        let limits = CacheLimits::default();
        Frames {
            ms,
            read: self.read.load(Ordering::Relaxed) - read_before,
            texture_bytes: (textures, self.view.thumbnails().texture_limit_bytes()),
            thumbnail_bytes: (thumbnails, limits.thumbnail_bytes),
        }
    }

    /// Scrolls through the grid: in steps, so that there is time to read what comes into sight.
    pub(crate) fn scroll(&mut self, count: usize) -> Frames {
        let middle = pos2(SCREEN.0 / 2.0, SCREEN.1 / 2.0);
        self.frames(30, |_| vec![Event::PointerMoved(middle)]);
        self.frames(count, |nth| {
            if !nth.is_multiple_of(STEP_FRAMES) {
                return Vec::new();
            }
            vec![Event::MouseWheel {
                unit: MouseWheelUnit::Point,
                delta: vec2(0.0, -STEP_POINTS),
                phase: TouchPhase::Move,
                modifiers: Modifiers::NONE,
                source: egui::MouseWheelSource::Wheel,
            }]
        })
    }

    /// Shows the whole plate, and the pointer goes over its wells. The switch is found by its place in
    /// the frame's accessible tree.
    pub(crate) fn overview(&mut self, count: usize) -> Frames {
        self.ctx.enable_accesskit();
        self.frames(5, |_| Vec::new());
        let at = self.place_of("Whole plate").expect("the switch");
        let button = |pressed| Event::PointerButton {
            pos: at,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.frame(vec![Event::PointerMoved(at), button(true)]);
        self.frame(vec![button(false)]);
        self.ctx.disable_accesskit();
        self.frames(count, |nth| {
            let part = nth as f32 / count as f32;
            vec![Event::PointerMoved(pos2(SCREEN.0 * (0.3 + 0.4 * part), SCREEN.1 * (0.3 + 0.3 * part)))]
        })
    }

    /// The middle of what has a label.
    fn place_of(&mut self, label: &str) -> Option<Pos2> {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(SCREEN.0, SCREEN.1))),
            time: Some(self.began.elapsed().as_secs_f64()),
            ..RawInput::default()
        };
        let mut commands = Commands::default();
        let mut output =
            self.ctx.run_ui(input, |ui| ui::draw(ui, &self.state, &mut self.view, &mut commands));
        output.textures_delta.clear();
        let update = output.platform_output.accesskit_update.take()?;
        let node = update.nodes.iter().map(|(_, node)| node).find(|node| node.label() == Some(label))?;
        let bounds = node.bounds()?;
        Some(pos2((bounds.x0 + bounds.x1) as f32 / 2.0, (bounds.y0 + bounds.y1) as f32 / 2.0))
    }
}

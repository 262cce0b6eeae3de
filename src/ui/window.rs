//! The window itself: starts, drains the events, draws, and does what was asked for.

use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::app::background::Background;
use crate::app::settings::{self, LoadedSettings, Settings, SettingsWriter};
use crate::app::{AppState, Commands, LogKind, SettingsCommand, StartCommand};
use crate::folders;
use crate::machine::Machine;
use crate::ui::first_frame::{FirstFrame, LAYOUT};
use crate::ui::images::thumbnails::Thumbnails;
use crate::ui::{self, View, theme, window_size};

/// The most time that one frame spends on events.
const DRAIN: Duration = Duration::from_millis(10);

/// A size of the window that has stayed for this long is remembered.
const SETTLED: Duration = Duration::from_millis(400);

/// The drawing of `assets/icon.svg`, which `packaging/icons` makes a picture of.
const ICON: &[u8] = include_bytes!("../../assets/icons/256.png");

/// How the window is to begin.
#[derive(Clone, Debug)]
pub struct WindowOptions {
    /// When the program began, from which the log tells how long the first frame took.
    pub began: Instant,
    /// A plate to open.
    pub plate: Option<PathBuf>,
    /// Open the demo plate and compare both ways.
    pub demo: bool,
}

/// Why the window could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// The program does not know where it is, so that it cannot start its worker.
    #[error("Stepwell cannot find its own program file: {0}")]
    Program(#[source] std::io::Error),
    /// There is no display, or it does not work.
    #[error(
        "the window cannot be opened: {0}. Where there is no display, use the commands (stepwell --help)"
    )]
    Display(String),
}

/// Whether the window has been shown, so that a later fault is not one of the display.
static OPENED: AtomicBool = AtomicBool::new(false);

/// Whether the window has been shown.
pub fn has_opened() -> bool {
    OPENED.load(Ordering::Relaxed)
}

/// Shows the window until it is closed.
///
/// # Errors
/// [`WindowError`] where there is no display that works.
pub fn run(options: WindowOptions) -> Result<(), WindowError> {
    let mut first_frame = FirstFrame::since(options.began);
    let program = std::env::current_exe().map_err(WindowError::Program)?;
    let LoadedSettings { settings, folder, error } = Settings::load(settings::folder());
    first_frame.ended("settings");
    let viewport = egui::ViewportBuilder::default()
        .with_title("Stepwell")
        .with_app_id("stepwell")
        .with_icon(icon())
        .with_inner_size(window_size::ANY_SCREEN)
        .with_min_inner_size(window_size::LEAST)
        .with_drag_and_drop(true);
    let (remembered, is_filling) = (settings.window, Rc::new(Cell::new(false)));
    let native = eframe::NativeOptions {
        viewport,
        // What it is given has been cut to the largest screen.
        window_builder: Some(Box::new({
            let is_filling = Rc::clone(&is_filling);
            move |builder| {
                let screen = builder.inner_size.filter(|size| *size != window_size::ANY_SCREEN);
                let opening = window_size::opening(remembered, screen);
                is_filling.set(opening.is_maximized);
                builder.with_inner_size(opening.size).with_maximized(opening.is_maximized)
            }
        })),
        // Settings are in a file of our own; eframe's would be a second one beside it.
        persist_window: false,
        ..eframe::NativeOptions::default()
    };
    let create: eframe::AppCreator<'_> = Box::new(move |context| {
        OPENED.store(true, Ordering::Relaxed);
        first_frame.ended("display and graphics");
        theme::install(&context.egui_ctx);
        let mut state = AppState::new(settings, Machine::read());
        state.time_zone = Some(jiff::tz::TimeZone::system());
        state.log.file = folders::log_file();
        if let Some(error) = error {
            state.log.lines.push_text(LogKind::Warning, error);
        }
        if options.demo {
            state.start.compare_when_ready = true;
            state.handle(StartCommand::OpenDemo);
        } else if let Some(plate) = options.plate {
            state.handle(StartCommand::Open(plate));
        }
        let background = Background::new(
            &context.egui_ctx,
            program,
            folders::results_dir(),
            SettingsWriter::start(folder),
        );
        let view = View::new(Thumbnails::for_window(&context.egui_ctx));
        first_frame.ended("state");
        let first_frame = Some(first_frame);
        Ok(Box::new(Window { state, view, background, resized: None, logged: 0, is_filling, first_frame }))
    });
    eframe::run_native("Stepwell", native, create).map_err(|error| WindowError::Display(error.to_string()))
}

/// The window's icon. A picture that cannot be read would be none, which a test excludes.
fn icon() -> egui::IconData {
    eframe::icon_data::from_png_bytes(ICON).unwrap_or_default()
}

/// The application as eframe sees it.
struct Window {
    state: AppState,
    view: View,
    background: Background,
    /// Lines of the window's log that the program's log has.
    logged: usize,
    /// A size that is not remembered yet, and since when it is there.
    resized: Option<([f32; 2], Instant)>,
    /// Whether it opens as large as the screen lets it.
    is_filling: Rc<Cell<bool>>,
    /// Until it has been shown.
    first_frame: Option<FirstFrame>,
}

impl Window {
    /// What the window's log says outside of runs goes into the program's, too; of a run the engine tells.
    fn keep_log(&mut self) {
        let log = &self.state.log.lines;
        for line in log.lines().iter().skip(self.logged.saturating_sub(log.dropped())) {
            if line.mode.is_none() {
                log::log!(line.kind.level(), "{}", line.text);
            }
        }
        self.logged = log.added();
    }

    fn start_work(&mut self, context: &egui::Context) {
        for work in self.state.take_work() {
            if let Some(answer) = self.background.start(work, context) {
                self.state.apply(answer);
                context.request_repaint();
            }
        }
    }

    /// The size is remembered when it has stayed the same for a while, so that dragging the window's
    /// edge, which is not the pointer's within it, does not write a file for each step.
    fn remember_size(&mut self, context: &egui::Context) {
        let size = context.content_rect().size();
        let size = [size.x.round(), size.y.round()];
        if self.state.settings.kept.window == Some(size) {
            self.resized = None;
            return;
        }
        match self.resized {
            Some((seen, since)) if seen == size && since.elapsed() >= SETTLED => {
                self.state.handle(SettingsCommand::RememberWindow(size));
            }
            Some((seen, since)) if seen == size => {
                context.request_repaint_after(SETTLED.saturating_sub(since.elapsed()));
            }
            _ => {
                self.resized = Some((size, Instant::now()));
                context.request_repaint_after(SETTLED);
            }
        }
    }
}

impl eframe::App for Window {
    fn logic(&mut self, context: &egui::Context, _frame: &mut eframe::Frame) {
        if let Some(mut first_frame) = self.first_frame.take_if(|first| first.is_laid_out()) {
            first_frame.ended("painting");
            log::info!("{}", first_frame.words());
            let is_beyond = context.input(|input| window_size::is_beyond_screen(input.viewport()));
            if is_beyond || self.is_filling.get() {
                // X11 takes no notice of it before a window is shown.
                context.send_viewport_cmd(egui::ViewportCommand::Maximized(true));
            }
        }
        let began = Instant::now();
        for event in self.background.events() {
            self.state.apply(event);
            if began.elapsed() > DRAIN {
                break;
            }
        }
        self.keep_log();
        if self.background.has_events() {
            context.request_repaint();
        }
        self.start_work(context);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let mut commands = Commands::default();
        ui::draw(ui, &self.state, &mut self.view, &mut commands);
        for command in commands {
            self.state.handle(command);
        }
        let context = ui.ctx().clone();
        self.remember_size(&context);
        self.start_work(&context);
        if let Some(first_frame) = &mut self.first_frame {
            first_frame.ended(LAYOUT);
            // The frame after it tells.
            context.request_repaint();
        }
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }

    fn on_exit(&mut self) {
        if let Some(job) = &self.state.runs.job {
            job.cancel.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_icon_is_a_picture() {
        let icon = icon();
        assert_eq!((icon.width, icon.height, icon.rgba.len()), (256, 256, 256 * 256 * 4));
    }
}

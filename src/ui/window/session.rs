//! What the window has open, and the threads that work for it: these stay where the window opens again.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::app::background::Background;
use crate::app::settings::{DrawnBy, LoadedSettings, SettingsWriter};
use crate::app::{AppState, LogKind, SettingsCommand, SettingsEvent, StartCommand};
use crate::folders;
use crate::machine::Machine;

/// The most time that one frame spends on events.
const DRAIN: Duration = Duration::from_millis(10);

/// A size of the window that has stayed for this long is remembered.
const SETTLED: Duration = Duration::from_millis(400);

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

/// What a session begins with.
#[derive(Debug)]
pub(super) struct Beginning {
    pub(super) settings: LoadedSettings,
    /// Stepwell itself, which becomes the worker.
    pub(super) program: PathBuf,
    pub(super) options: WindowOptions,
}

/// What is open, and what works for it.
pub(super) struct Session {
    pub(super) state: AppState,
    background: Background,
    /// Lines of the window's log that the program's log has.
    logged: usize,
    /// A size that is not remembered yet, and since when it is there.
    resized: Option<([f32; 2], Instant)>,
}

impl Session {
    pub(super) fn begin(beginning: Beginning, context: &egui::Context) -> Self {
        let Beginning { settings: LoadedSettings { settings, folder, error }, program, options } = beginning;
        let mut state = AppState::new(settings, Machine::read());
        state.time_zone = Some(jiff::tz::TimeZone::system());
        state.log.file = folders::log_file();
        state.settings.folder = folders::config_dir();
        if let Some(error) = error {
            state.log.lines.push_text(LogKind::Warning, error);
        }
        if options.demo {
            state.start.compare_when_ready = true;
            state.handle(StartCommand::OpenDemo { as_if_bytes: None });
        } else if let Some(plate) = options.plate {
            state.handle(StartCommand::Open(plate));
        }
        let results = state.settings.kept.results.clone().unwrap_or_else(folders::results_dir);
        let writer = SettingsWriter::start(folder, state.settings.kept.clone());
        let background = Background::new(context, program, results, writer);
        Self { state, background, logged: 0, resized: None }
    }

    /// From now on it is shown there, drawn by this.
    pub(super) fn show_in(&mut self, context: &egui::Context, drawn_by: Option<DrawnBy>) {
        self.background.show_in(context);
        if let Some(drawn_by) = drawn_by {
            self.state.apply(SettingsEvent::Drawn(drawn_by));
        }
    }

    /// The plate that is open.
    pub(super) fn plate(&self) -> Option<PathBuf> {
        self.state.plate.as_ref().map(|plate| plate.plate.opened_by.clone())
    }

    /// The size of its last window, where that is remembered.
    pub(super) fn size(&self) -> Option<[f32; 2]> {
        self.state.settings.kept.window
    }

    /// Takes in what the threads tell, as far as a frame has time for it.
    pub(super) fn take_events(&mut self, context: &egui::Context) {
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

    pub(super) fn start_work(&mut self, context: &egui::Context) {
        for work in self.state.take_work() {
            if let Some(answer) = self.background.start(work, context) {
                self.state.apply(answer);
                context.request_repaint();
            }
        }
    }

    /// The size is remembered when it has stayed the same for a while, so that dragging the window's
    /// edge, which is not the pointer's within it, does not write a file for each step.
    pub(super) fn remember_size(&mut self, context: &egui::Context) {
        // The window is as large as it is, whatever the size of its text.
        let size = context.content_rect().size() * context.zoom_factor();
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

    /// Stops what is going on.
    pub(super) fn end(&self) {
        if let Some(job) = &self.state.runs.job {
            job.cancel.cancel();
        }
        self.state.watch.end();
    }
}

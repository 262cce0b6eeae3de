//! The window as the toolkit sees it: drains the events, draws, and does what was asked for.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::drawing::{Health, watch};
use super::first_frame::{FirstFrame, LAYOUT};
use super::session::Session;
use super::{guard, size};
use crate::app::settings::GraphicsRecord;
use crate::app::{Closing, Commands, StatusCommand};
use crate::ui::images::thumbnails::Thumbnails;
use crate::ui::{self, View, theme};

/// How long the first frame may fail to be shown.
const PATIENCE: Duration = Duration::from_secs(5);

/// Seconds after which the device is lost on purpose, so that it can be seen what happens then. For tests.
const LOSE_DEVICE: &str = "STEPWELL_LOSE_DEVICE";

/// One window, which shows a session.
pub(super) struct Window<'a> {
    session: &'a mut Session,
    view: View,
    opened: Opened<'a>,
    health: Arc<Health>,
    /// When the device is lost on purpose.
    loss: Option<Instant>,
    /// Whether the process is gone that was to end with this one: then nobody is asked.
    is_unguarded: Arc<AtomicBool>,
}

/// What is looked at until the window has been shown.
struct Opened<'a> {
    record: &'a mut GraphicsRecord,
    since: Instant,
    /// Whether it opens as large as the screen lets it.
    is_filling: Rc<Cell<bool>>,
    /// How many frames were dropped before the one that has been laid out; `None` before any was.
    laid_out: Option<u64>,
    /// How long it took, where it is the first window of the session.
    first_frame: Option<FirstFrame>,
}

impl<'a> Window<'a> {
    pub(super) fn new(
        context: &eframe::CreationContext<'_>,
        session: &'a mut Session,
        record: &'a mut GraphicsRecord,
        health: Arc<Health>,
        is_filling: Rc<Cell<bool>>,
        mut first_frame: Option<FirstFrame>,
    ) -> Self {
        theme::install(&context.egui_ctx);
        if let Some(state) = &context.wgpu_render_state {
            watch(&state.device, &context.egui_ctx, &health);
        }
        let closing = context.egui_ctx.clone();
        let is_unguarded = Arc::new(AtomicBool::new(false));
        let unguarded = Arc::clone(&is_unguarded);
        guard::when_unguarded(move || {
            unguarded.store(true, Ordering::Relaxed);
            closing.send_viewport_cmd(egui::ViewportCommand::Close);
        });
        let view =
            View::new(Thumbnails::for_window(&context.egui_ctx, session.state.settings.kept.picture_bytes));
        if let Some(frame) = &mut first_frame {
            frame.ended("state");
        }
        let since = Instant::now();
        let loss = std::env::var(LOSE_DEVICE).ok().and_then(|secs| secs.parse().ok());
        let loss = loss.and_then(|secs| since.checked_add(Duration::from_secs(secs)));
        let opened = Opened { record, since, is_filling, laid_out: None, first_frame };
        Self { session, view, opened, health, loss, is_unguarded }
    }

    /// Takes note of the first frame, once it has been painted.
    fn look_at_first_frame(&mut self, context: &egui::Context) {
        let Opened { record, since, is_filling, laid_out, first_frame } = &mut self.opened;
        let Some(dropped) = laid_out.take() else { return };
        if self.health.dropped() > dropped {
            if since.elapsed() > PATIENCE {
                self.health.lose("no frame could be shown");
            }
            context.request_repaint();
            return;
        }
        self.health.shown();
        let drawn_by = self.health.drawn_by();
        if let Some(drawn_by) = &drawn_by {
            record.worked(drawn_by.way);
        }
        if let Some(mut frame) = first_frame.take() {
            frame.ended("painting");
            log::info!("{}", frame.words());
        }
        let is_beyond = context.input(|input| size::is_beyond_screen(input.viewport()));
        if is_beyond || is_filling.get() {
            // X11 takes no notice of it before a window is shown.
            context.send_viewport_cmd(egui::ViewportCommand::Maximized(true));
        }
    }
}

impl Window<'_> {
    /// Asks before a run ends with the window, and closes it when the run is over and its record written.
    fn look_at_close(&mut self, context: &egui::Context) {
        let may_close = self.session.state.may_close()
            || self.health.lost().is_some()
            || self.is_unguarded.load(Ordering::Relaxed);
        if context.input(|input| input.viewport().close_requested()) && !may_close {
            context.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.session.state.handle(StatusCommand::Close(Closing::Asked));
        }
        if self.session.state.closes_now() {
            context.send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }
}

impl eframe::App for Window<'_> {
    fn logic(&mut self, context: &egui::Context, frame: &mut eframe::Frame) {
        if !self.health.is_shown() {
            self.look_at_first_frame(context);
        }
        if let Some(at) = self.loss {
            context.request_repaint_after(at.saturating_duration_since(Instant::now()));
            if let Some(state) = frame.wgpu_render_state().filter(|_| Instant::now() >= at) {
                state.device.destroy();
                // It tells so when it is asked.
                let _told = state.device.poll(eframe::wgpu::PollType::Poll);
                self.loss = None;
            }
        }
        if self.health.lost().is_some() {
            context.send_viewport_cmd(egui::ViewportCommand::Close);
        }
        self.session.take_events(context);
        self.look_at_close(context);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        if self.health.lost().is_some() {
            // The toolkit does not bear to draw on a device that is lost.
            return;
        }
        let mut commands = Commands::default();
        ui::draw(ui, &self.session.state, &mut self.view, &mut commands);
        for command in commands {
            self.session.state.handle(command);
        }
        let context = ui.ctx().clone();
        self.session.remember_size(&context);
        self.session.start_work(&context);
        if !self.health.is_shown() {
            if let Some(frame) = &mut self.opened.first_frame {
                frame.ended(LAYOUT);
            }
            self.opened.laid_out = Some(self.health.dropped());
            // The frame after it tells.
            context.request_repaint();
        }
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }

    fn on_exit(&mut self) {
        self.health.closing();
        // The next window continues with it.
        if self.health.lost().is_none() {
            self.session.end();
        }
    }
}

//! The window itself: opens by a way to draw that works, and by the next one where that is lost.

mod drawing;
mod first_frame;
mod frame;
mod guard;
mod session;
mod size;

use std::any::Any;
use std::cell::Cell;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eframe::egui_wgpu::WgpuError;

use self::drawing::{Attempt, Health, configuration};
use self::first_frame::FirstFrame;
use self::frame::Window;
pub use self::session::WindowOptions;
use self::session::{Beginning, Session};
use crate::app::settings::{self, GraphicsRecord, GraphicsWay, Settings, usual_ways};
use crate::machine::own_program;

/// The drawing of `assets/icon.svg`, which `packaging/icons` makes a picture of.
const ICON: &[u8] = include_bytes!("../../../assets/icons/256.png");

/// How often a way is tried again by which the window was shown, and then lost: a driver comes back when it has been
/// updated, or when the computer wakes up.
const MOST_LOSSES: usize = 3;

/// Why the window could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// The program does not know where it is, so that it cannot start its worker.
    #[error("Stepwell cannot find its own program file: {0}")]
    Program(#[source] std::io::Error),
    /// There is no display, or nothing draws on it.
    #[error("the window cannot be opened: {0}. Without a display, use the commands (stepwell --help)")]
    Display(String),
    /// What draws has failed so that this process cannot open another window; another process can.
    #[error("what draws the window has failed, and it cannot be opened again in this process")]
    Broken {
        /// The plate that is open.
        plate: Option<PathBuf>,
    },
}

/// Whether the window has been shown, so that a later fault is not one of the display.
static OPENED: AtomicBool = AtomicBool::new(false);

/// Whether the last fault was one of what draws.
static IS_OF_GRAPHICS: AtomicBool = AtomicBool::new(false);

/// Whether the window has been shown.
pub fn has_opened() -> bool {
    OPENED.load(Ordering::Relaxed)
}

/// Shows the window by a process of its own, where no way to draw it is known to work: a driver can end a process. `None`
/// where it is to be shown by this one.
pub fn run_guarded() -> Option<ExitCode> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    guard::is_needed().then(|| guard::watch(&arguments)).flatten()
}

/// Opens the window again by another process, after [`WindowError::Broken`].
pub fn run_again(plate: Option<PathBuf>) -> ExitCode {
    let arguments: Vec<OsString> = plate.into_iter().map(Into::into).collect();
    guard::start_again(&arguments)
}

/// Shows the window until it is closed.
///
/// # Errors
/// [`WindowError`] where there is no display that works.
pub fn run(options: WindowOptions) -> Result<(), WindowError> {
    let mut first_frame = FirstFrame::since(options.began);
    let program = own_program().map_err(WindowError::Program)?;
    let settings = Settings::load(settings::folder());
    let mut record = GraphicsRecord::open(settings.folder.clone());
    first_frame.ended("settings");
    note_faults_of_graphics();
    let wanted = guard::wanted(settings.settings.graphics);
    let mut ways: Vec<GraphicsWay> = record.past().order(usual_ways(), &wanted);
    ways.reverse();
    let mut failed: Vec<GraphicsWay> = record.past().ended.clone();
    let (mut whys, mut losses) = (Vec::new(), 0);
    let remembered = settings.settings.window;
    let mut beginning = Some(Beginning { settings, program, options });
    let mut session: Option<Session> = None;
    let mut first_frame = Some(first_frame);
    while let Some(way) = ways.pop() {
        // A card whose driver has been put in since is taken; not one by which the window could not be shown.
        let has_failed = failed.contains(&GraphicsWay { is_software: false, ..way });
        let attempt = Attempt { way, takes_card: !wanted.is_software() && !has_failed };
        let health = Arc::new(Health::default());
        record.begin(way);
        let outcome = {
            let is_filling = Rc::new(Cell::new(false));
            // A window that opens again is as large as it was.
            let size = session.as_ref().and_then(Session::size).or(remembered);
            let native = native_options(attempt, &health, size, &is_filling);
            let (session, record, health) = (&mut session, &mut record, Arc::clone(&health));
            let (beginning, first_frame) = (&mut beginning, &mut first_frame);
            let create: eframe::AppCreator<'_> = Box::new(move |context| {
                OPENED.store(true, Ordering::Relaxed);
                if let Some(frame) = first_frame {
                    frame.ended("display and graphics");
                }
                let session = match (session, beginning.take()) {
                    (empty, Some(beginning)) => empty.insert(Session::begin(beginning, &context.egui_ctx)),
                    (Some(session), None) => session,
                    (None, None) => return Err("the session is gone".into()),
                };
                session.show_in(&context.egui_ctx, health.drawn_by());
                let window = Window::new(context, session, record, health, is_filling, first_frame.take());
                Ok(Box::new(window))
            });
            let run = move || eframe::run_native("Stepwell", native, create);
            catch_unwind(AssertUnwindSafe(run))
        };
        let plate = || session.as_ref().and_then(Session::plate);
        let why = match outcome {
            Ok(Ok(())) => match health.lost() {
                None => return Ok(()),
                Some(why) => why,
            },
            Ok(Err(eframe::Error::WinitEventLoop(error))) => {
                record.finish();
                return Err(WindowError::Display(error.to_string()));
            }
            Ok(Err(eframe::Error::Wgpu(WgpuError::CustomNativeAdapterSelectionError(why)))) => why,
            Ok(Err(eframe::Error::Wgpu(WgpuError::CreateSurfaceError(_)))) => {
                "there is no driver for it".to_owned()
            }
            Ok(Err(error)) => error.to_string(),
            Err(fault) => return Err(broken(fault, way, &health, &mut record, plate())),
        };
        record.finish();
        log::warn!("The window is not drawn by {}: {why}.", way.words());
        losses += usize::from(health.is_shown());
        if health.is_shown() && losses <= MOST_LOSSES {
            ways.push(way);
        } else {
            failed.push(way);
            whys.push(format!("{}: {why}", way.words()));
        }
    }
    let install = if cfg!(any(windows, target_os = "macos")) {
        ""
    } else {
        "; install mesa-vulkan-drivers or libgl1-mesa-dri, which also draw without a graphics card"
    };
    Err(WindowError::Display(format!("nothing draws it ({}){install}", whys.join("; "))))
}

fn native_options(
    attempt: Attempt,
    health: &Arc<Health>,
    remembered: Option<[f32; 2]>,
    is_filling: &Rc<Cell<bool>>,
) -> eframe::NativeOptions {
    let viewport = egui::ViewportBuilder::default()
        .with_title("Stepwell")
        .with_app_id("stepwell")
        .with_icon(icon())
        .with_inner_size(size::ANY_SCREEN)
        .with_min_inner_size(size::LEAST)
        .with_drag_and_drop(true);
    let is_filling = Rc::clone(is_filling);
    eframe::NativeOptions {
        viewport,
        // What it is given has been cut to the largest screen.
        window_builder: Some(Box::new(move |builder| {
            let screen = builder.inner_size.filter(|size| *size != size::ANY_SCREEN);
            let opening = size::opening(remembered, screen);
            is_filling.set(opening.is_maximized);
            builder.with_inner_size(opening.size).with_maximized(opening.is_maximized)
        })),
        wgpu_options: configuration(attempt, health),
        // Settings are in a file of our own; eframe's would be a second one beside it.
        persist_window: false,
        ..eframe::NativeOptions::default()
    }
}

/// What follows from a fault that went through the toolkit, whose loop of events is of no use after it. A fault that is not of
/// what draws goes on.
fn broken(
    fault: Box<dyn Any + Send>,
    way: GraphicsWay,
    health: &Health,
    record: &mut GraphicsRecord,
    plate: Option<PathBuf>,
) -> WindowError {
    if !IS_OF_GRAPHICS.load(Ordering::Relaxed) {
        record.finish();
        resume_unwind(fault);
    }
    log::error!("What draws the window by {} has failed.", way.words());
    if health.is_shown() {
        record.finish();
    } else {
        record.ended(way);
    }
    WindowError::Broken { plate }
}

/// From now on it is known of a fault whether it is one of what draws.
fn note_faults_of_graphics() {
    const PARTS: [&str; 8] =
        ["/wgpu", "/egui-wgpu", "/naga", "/ash-", "/glow-", "/khronos-egl", "/gpu-", "/metal"];
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
        let file = info.location().map(|at| at.file().replace('\\', "/")).unwrap_or_default();
        IS_OF_GRAPHICS.store(PARTS.iter().any(|part| file.contains(part)), Ordering::Relaxed);
        before(info);
    }));
}

/// The window's icon. A picture that cannot be read would be none, which a test excludes.
fn icon() -> egui::IconData {
    eframe::icon_data::from_png_bytes(ICON).unwrap_or_default()
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

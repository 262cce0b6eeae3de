//! The `stepwell` program: a command, or the window.

// Windows shows a terminal for every program that is not of the window kind. A copy of the program file of which the
// header says "console" is `stepwell.com` beside it in packages: terminals find that one under the name `stepwell`, wait
// for it, and get its exit code.
#![windows_subsystem = "windows"]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use stepwell::cli::{self, Args, Start};
use stepwell::logging;
use stepwell::ui::window::{self, WindowError, WindowOptions};

fn main() -> ExitCode {
    let began = Instant::now();
    let code = match cli::start() {
        Start::Ended(code) => code,
        Start::Window(args) => show_window(&args, began),
    };
    logging::flush();
    code
}

/// Shows the window; where that is not possible, says why and does the same in the terminal.
fn show_window(args: &Args, began: Instant) -> ExitCode {
    let why = match missing_display() {
        Some(why) => why.to_owned(),
        None => {
            if let Some(code) = window::run_guarded() {
                return code;
            }
            let options = WindowOptions { began, plate: args.plate.clone(), demo: args.demo };
            // winit panics where the library libxkbcommon-x11 is missing.
            match catch_unwind(AssertUnwindSafe(|| window::run(options))) {
                Ok(Ok(())) => return ExitCode::SUCCESS,
                Ok(Err(WindowError::Broken { plate })) => {
                    return window::run_again(plate.or_else(|| args.plate.clone()));
                }
                Ok(Err(error)) => error.to_string(),
                // The message of the fault itself has been printed.
                Err(_) if window::has_opened() => return ExitCode::FAILURE,
                Err(_) => "the window could not be opened (on Linux it needs libxkbcommon-x11 and a \
                           Vulkan or OpenGL driver)"
                    .to_owned(),
            }
        }
    };
    cli::in_terminal(args, &why)
}

/// Why there can be no window, where that is plain beforehand.
fn missing_display() -> Option<&'static str> {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let unix_desktop = cfg!(all(unix, not(target_vendor = "apple")));
    (unix_desktop && !["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"].into_iter().any(is_set))
        .then_some("there is no display here")
}

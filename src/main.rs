//! The `stepwell` program: a command, or the window.

use std::process::ExitCode;

use stepwell::cli::{self, Start};

fn main() -> ExitCode {
    match cli::start() {
        Start::Ended(code) => code,
        Start::Window(args) if args.demo => cli::demo_in_terminal(),
        Start::Window(args) => args.plate.as_deref().map_or(ExitCode::SUCCESS, cli::plate_in_terminal),
    }
}

//! The worker process: a run in a process of its own, driven over its pipes.
//!
//! Standard input brings one line with the [`RunRequest`] and then stays open: a line `cancel`, or
//! its end (whoever started the worker is gone), stops the run. Standard output carries one event
//! per line. Both are JSON.

use std::io::{self, BufRead, BufReader, Write};
use std::process::ExitCode;
use std::sync::Mutex;

use super::event::Event;
use super::run::{RunRequest, run};
use crate::cancel::Cancel;

/// The hidden argument that makes the program a worker.
pub const WORKER_ARGUMENT: &str = "--stepwell-worker";

/// The line that stops a run.
pub(super) const CANCEL_LINE: &str = "cancel";

/// What the worker's own failures exit with; a run that ends, however, exits with 0.
const CANNOT_START: u8 = 70;

/// Does the run that standard input asks for.
pub fn worker_main() -> ExitCode {
    prefer_to_be_ended();
    let mut input = BufReader::new(io::stdin());
    let request: RunRequest = match read_request(&mut input) {
        Ok(request) => request,
        Err(error) => {
            drop(writeln!(io::stderr(), "The worker got no plan that it can read: {error}"));
            return ExitCode::from(CANNOT_START);
        }
    };
    let cancel = Cancel::new();
    let output = Mutex::new(io::stdout());
    let listen = {
        let cancel = cancel.clone();
        move || {
            let mut line = String::new();
            while input.read_line(&mut line).is_ok_and(|bytes| bytes > 0) && line.trim() != CANCEL_LINE {
                line.clear();
            }
            cancel.cancel();
        }
    };
    if let Err(error) = std::thread::Builder::new().name("worker input".to_owned()).spawn(listen) {
        drop(writeln!(io::stderr(), "The worker's input thread could not be started: {error}"));
        return ExitCode::from(CANNOT_START);
    }
    let send = |event: Event| {
        let mut output = output.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let sent = serde_json::to_writer(&mut *output, &event)
            .map_err(io::Error::from)
            .and_then(|()| output.write_all(b"\n"))
            .and_then(|()| output.flush());
        if sent.is_err() {
            // Nobody listens any more.
            cancel.cancel();
        }
    };
    run(&request, &send, &cancel);
    ExitCode::SUCCESS
}

/// One line of JSON. It is parsed as it is read: the text of a plan of 27,000 images is never in
/// memory whole.
fn read_request(input: &mut impl BufRead) -> serde_json::Result<RunRequest> {
    let mut reader = serde_json::Deserializer::from_reader(input);
    serde::Deserialize::deserialize(&mut reader)
}

/// Under memory shortage the system is to take the worker and not the window.
fn prefer_to_be_ended() {
    // Where this cannot be said the run goes on all the same.
    #[cfg(target_os = "linux")]
    drop(std::fs::write("/proc/self/oom_score_adj", "500"));
}

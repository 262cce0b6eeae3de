//! The worker process: a run in a process of its own, driven over its pipes (see [`super::wire`]).

use std::borrow::Cow;
use std::io::{self, BufReader, BufWriter, Write};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::wire::{FromWorker, ToWorker};
use crate::cancel::Cancel;
use crate::engine::folder::hold_for_worker;
use crate::engine::lock::locked;
use crate::engine::run::{install_panic_hook, run_order};
use crate::events::{Event, EventKind};

/// The hidden argument that makes the program a worker.
pub(crate) const WORKER_ARGUMENT: &str = "--stepwell-worker";

/// What the worker's own failures exit with; a run that ends without a fault of our own, however, exits
/// with 0.
const CANNOT_START: u8 = 70;

/// What a worker exits with of which the run panicked, as a program does that panics.
const PANICKED: u8 = 101;

/// How long samples of memory may wait to be sent.
const SAMPLES_EVERY: Duration = Duration::from_millis(40);

/// Combinations that are on their way from the host while one is worked on, so that none is waited
/// for.
const ON_THE_WAY: usize = 1;

/// Does the run that standard input asks for.
pub(crate) fn worker_main() -> ExitCode {
    wake_when_host_dies();
    install_panic_hook();
    // Values are parsed as they are read: the text of a combination of 27,000 images is never in
    // memory whole.
    let input = BufReader::new(io::stdin());
    let mut messages = serde_json::Deserializer::from_reader(input).into_iter::<ToWorker<'static>>();
    let order = match messages.next() {
        Some(Ok(ToWorker::Begin(order))) => order.into_owned(),
        Some(Err(error)) => {
            drop(writeln!(io::stderr(), "The worker got no plan that it can read: {error}"));
            return ExitCode::from(CANNOT_START);
        }
        _ => {
            drop(writeln!(io::stderr(), "The worker got no plan"));
            return ExitCode::from(CANNOT_START);
        }
    };
    // While this process can still write, nobody else takes its wells.
    let _held = hold_for_worker(&order.request.folder, &order.stretch);
    let cancel = Cancel::new();
    let output = Arc::new(Mutex::new(Output::to(io::stdout())));
    log_to_host(Arc::clone(&output));
    log::info!("process {} begins", std::process::id());
    if let Err(error) = raise_oom_score() {
        log::info!("when memory is short, the system may end the window first: {error}");
    }
    let (arrived, arriving) = crossbeam_channel::bounded(ON_THE_WAY + 1);
    let listen = {
        let cancel = cancel.clone();
        move || {
            while let Some(Ok(ToWorker::Combination(combination))) = messages.next() {
                if arrived.send(combination.map(Cow::into_owned)).is_err() {
                    return;
                }
            }
            cancel.cancel();
        }
    };
    if let Err(error) = std::thread::Builder::new().name("worker input".to_owned()).spawn(listen) {
        drop(writeln!(io::stderr(), "The worker's input thread could not be started: {error}"));
        return ExitCode::from(CANNOT_START);
    }
    let send = |what: &FromWorker<'_>| {
        if locked(&output).send(what).is_err() {
            // Nobody listens any more.
            cancel.cancel();
        }
    };
    let mut asked = 0;
    let mut received = 0;
    let mut next = || {
        while asked <= received + ON_THE_WAY {
            send(&FromWorker::Next);
            asked += 1;
        }
        received += 1;
        arriving.recv().unwrap_or_else(|_| {
            // Nobody sends any more: what is left of the plan is not known.
            cancel.cancel();
            None
        })
    };
    let unheard = Mutex::new(Output::to(io::sink()));
    let end = run_order(
        &order,
        &mut next,
        &|event: Event| send(&FromWorker::Event(Cow::Owned(event))),
        // What goes nowhere cannot fail.
        &|event: Event| drop(locked(&unheard).send(&FromWorker::Event(Cow::Owned(event)))),
        &cancel,
    );
    if end.has_panicked { ExitCode::from(PANICKED) } else { ExitCode::SUCCESS }
}

/// Standard output. Samples of memory go together with what follows them, or several at once: to send
/// each alone would cost more than to take it.
struct Output {
    pipe: BufWriter<Box<dyn Write + Send>>,
    sent: Instant,
}

impl Output {
    fn to(pipe: impl Write + Send + 'static) -> Self {
        Self { pipe: BufWriter::new(Box::new(pipe)), sent: Instant::now() }
    }

    fn send(&mut self, what: &FromWorker<'_>) -> io::Result<()> {
        serde_json::to_writer(&mut self.pipe, what)?;
        self.pipe.write_all(b"\n")?;
        let is_sample =
            matches!(what, FromWorker::Event(event) if matches!(event.kind, EventKind::Sample(_)));
        if !is_sample || self.sent.elapsed() >= SAMPLES_EVERY {
            self.pipe.flush()?;
            self.sent = Instant::now();
        }
        Ok(())
    }
}

/// The host's log is the worker's, too: lines go over the pipe.
struct HostLog(Arc<Mutex<Output>>);

impl log::Log for HostLog {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Info
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            let line = FromWorker::Log { level: record.level(), text: record.args().to_string() };
            // Where nobody listens any more, the next event finds that out.
            let _ = locked(&self.0).send(&line);
        }
    }

    fn flush(&self) {}
}

fn log_to_host(output: Arc<Mutex<Output>>) {
    // A worker is a process of its own, in which no other log is set.
    if log::set_boxed_logger(Box::new(HostLog(output))).is_ok() {
        log::set_max_level(log::LevelFilter::Info);
    }
}

/// Under memory shortage the system is to take the worker and not the window. Where this cannot be said
/// the run goes on all the same.
fn raise_oom_score() -> io::Result<()> {
    if cfg!(target_os = "linux") { std::fs::write("/proc/self/oom_score_adj", "500") } else { Ok(()) }
}

/// A worker that is stopped when its host dies could not see its input end, and would stay for ever: the
/// system is to wake it then. To one that runs the signal means nothing.
fn wake_when_host_dies() {
    // Where it cannot be asked, only such a worker stays.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::CONT));
}

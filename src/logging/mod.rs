//! What happened, in files that a user can send: the log of the program, and one beside the record of each
//! run.
//!
//! Whoever logs never waits for a disk: lines go to one thread over a bounded channel, and where that
//! thread is behind (a disk that is slow, or does not answer) lines are left out and counted. Files are
//! private and bounded in size. A line that cannot be written is lost, and nothing else.

mod bounded_file;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crossbeam_channel::{Sender, TrySendError, bounded};
use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::shown_text::one_line;
pub(crate) use bounded_file::{BoundedFile, Full};
use writer::{Message, Writer};

/// The log of a run, in its folder.
pub(crate) const RUN_LOG_FILE: &str = "run.log";

/// The target of lines that tell the course of a run. Where nothing is wrong they go into its own log
/// alone.
pub(crate) const RUN: &str = "run";

/// Lines on their way to the files.
const MOST_WAITING: usize = 4096;

/// How long the end of a run or of the program waits for the last lines.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where lines enter.
struct Sink {
    lines: Sender<Message>,
    /// Lines that were left out and not yet told of.
    left_out: Arc<AtomicU64>,
}

static SINK: OnceLock<Option<Sink>> = OnceLock::new();

/// The way of the `log` crate's lines to the sink.
struct Facade;

static FACADE: Facade = Facade;

impl Log for Facade {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let is_ours = metadata.target() == RUN || metadata.target().starts_with("stepwell");
        metadata.level() <= if is_ours { Level::Info } else { Level::Warn }
    }

    fn log(&self, record: &Record<'_>) {
        let Some(Some(sink)) = SINK.get() else { return };
        if !self.enabled(record.metadata()) {
            return;
        }
        let now = jiff::Timestamp::now();
        // One line for each, whatever a name in it holds.
        let text = record.args().to_string();
        let text = one_line(&text);
        let line = format!("{now:.3} {:5} {}: {text}\n", record.level(), record.target());
        let is_of_run = record.target() == RUN && record.level() > Level::Warn;
        if let Err(TrySendError::Full(_)) = sink.lines.try_send(Message::Line { is_of_run, line }) {
            sink.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn flush(&self) {
        flush();
    }
}

/// The sink, with its thread; `None` where there can be none.
fn sink() -> Option<&'static Sink> {
    let start = || {
        let (lines, received) = bounded(MOST_WAITING);
        let left_out = Arc::new(AtomicU64::new(0));
        let mut writer = Writer::new(Arc::clone(&left_out));
        let write = move || received.iter().for_each(|message| writer.take(message));
        // Without the thread there is no log, and the program goes on.
        std::thread::Builder::new().name("log writer".to_owned()).spawn(write).ok()?;
        Some(Sink { lines, left_out })
    };
    let sink = SINK.get_or_init(start).as_ref()?;
    // Where another log is set, as in a program that has Stepwell as its library, lines go there.
    if log::set_logger(&FACADE).is_ok() {
        log::set_max_level(LevelFilter::Info);
    }
    Some(sink)
}

/// Begins the log of the program in a file, which is made where it is not there.
pub fn start(file: PathBuf) {
    if let Some(sink) = sink() {
        // A full channel this early means a disk that does not answer.
        let _ = sink.lines.send_timeout(Message::Program(file), PATIENCE);
    }
}

/// Waits for what was logged to be written, for a second at most.
pub fn flush() {
    if let Some(Some(sink)) = SINK.get() {
        let (done, is_done) = bounded(0);
        if sink.lines.send_timeout(Message::Flush(done), PATIENCE).is_ok() {
            // Whether it was written or took too long, nothing waits any more.
            let _ = is_done.recv_timeout(PATIENCE);
        }
    }
}

/// The log of a run for as long as it goes: all lines of that time go into it, too.
#[derive(Debug)]
pub(crate) struct RunLog {
    id: u64,
}

impl RunLog {
    /// In the run's folder, which is there.
    pub(crate) fn begin(folder: &Path) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        if let Some(sink) = sink() {
            let file = folder.join(RUN_LOG_FILE);
            // A disk that does not answer leaves the run without a log.
            let _ = sink.lines.send_timeout(Message::BeginRun { id, file }, PATIENCE);
        }
        Self { id }
    }
}

impl Drop for RunLog {
    fn drop(&mut self) {
        if let Some(Some(sink)) = SINK.get() {
            // Its thread closes the file at the latest when the program ends.
            let _ = sink.lines.send_timeout(Message::EndRun { id: self.id }, PATIENCE);
        }
        flush();
    }
}

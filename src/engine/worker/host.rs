//! The other end of the worker's pipes: starts it, forwards its events, writes the record, and says
//! what happened where it ends without a word.

use std::any::Any;
use std::borrow::Cow;
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::process::WORKER_ARGUMENT;
use super::wire::{FromWorker, ToWorker};
use crate::cancel::Cancel;
use crate::engine::folder::{Begun, WorkError};
use crate::engine::lock::locked;
use crate::engine::request::RunRequest;
use crate::engine::run::panic_text;
use crate::events::{Course, Event, EventKind, Outcome};
use crate::logging::RUN;
#[cfg(windows)]
use crate::machine::Tied;
use crate::machine::to_start;
use crate::plan::CombinationPlan;
use crate::quantity::bytes_text;
use crate::record::RunRecord;

/// How a failed end begins that is the fault of whoever was told of the run.
const WATCHER_FAULT: &str = "Stepwell has a fault, so that the run could not be followed and was ended:";

/// How often the wish to cancel is looked at.
const CANCEL_POLL: Duration = Duration::from_millis(20);

/// How long a worker may take to stop before it is ended from outside, where whoever cancels sets no time.
const CANCEL_PATIENCE: Duration = Duration::from_secs(10);

/// The most of a worker's error output that is kept.
const STDERR_KEPT_BYTES: usize = 4000;

/// Does a run in a worker process and blocks until it is over. `program` is Stepwell itself. The
/// sink gets each event in order, the last being `Ended`, exactly once. The record is written into
/// the run's folder, and what is returned is without its lists ([`RunRecord::with_lists`]); that it could not be written is a
/// `Warning` before the end.
///
/// # Panics
/// Where the sink panics: the worker is killed, the record is written, and the panic goes on.
pub fn run_in_worker(
    program: &Path,
    request: &RunRequest,
    sink: &(dyn Fn(Event) + Sync),
    cancel: &Cancel,
) -> RunRecord {
    match Begun::begin(request, cancel) {
        Ok(begun) => work_in_worker(program, begun, sink, cancel),
        Err(error) => not_begun(request, &error, sink),
    }
}

/// Tells that there can be no work in the folder of a run.
pub(in crate::engine) fn not_begun(
    request: &RunRequest,
    error: &WorkError,
    sink: &(dyn Fn(Event) + Sync),
) -> RunRecord {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    let mut record = RunRecord::begin(&request.run, &request.plan, now);
    record.outcome = match error {
        WorkError::Cancelled(_) => Outcome::Cancelled,
        _ => Outcome::Failed,
    };
    record.why = Some(format!("{error}."));
    let (outcome, why, summary) = (record.outcome, record.why.clone(), Box::new(record.summary.clone()));
    let kind = EventKind::Ended { outcome, why, summary };
    sink(Event { run: request.run.clone(), at_secs: 0.0, kind });
    record
}

/// Does work that was started in the folder of a run; otherwise as [`run_in_worker`].
pub(in crate::engine) fn work_in_worker(
    program: &Path,
    begun: Begun<'_>,
    sink: &(dyn Fn(Event) + Sync),
    cancel: &Cancel,
) -> RunRecord {
    let request = begun.request();
    let run = request.run.clone();
    let mut course = Course::new().of_plan(&request.plan, request.cached_share);
    let mut keeping = begun.keep();
    let mut last = None;
    let warning = |at_secs, why| Event { run: run.clone(), at_secs, kind: EventKind::Warning { why } };
    let mut follow = |event: Event| {
        if matches!(event.kind, EventKind::Ended { .. }) {
            last = Some(event);
        } else if last.is_none() {
            course.apply(&event);
            let kept = keeping.follow(&event);
            let at_secs = event.at_secs;
            if event.kind.is_for_others() {
                sink(event);
            }
            if let Err(why) = kept {
                sink(warning(at_secs, why));
            }
        }
    };
    if let Some(note) = begun.note() {
        follow(warning(0.0, note.to_owned()));
    }
    let watched = match begun.has_nothing_to_do() {
        true => Watched::Over(None),
        false => watch(program, &begun, cancel, &mut follow),
    };
    let (fault, panic) = match watched {
        Watched::Over(fault) => (fault, None),
        Watched::Panicked(panic) => (Some(format!("{WATCHER_FAULT} {}.", panic_text(&*panic))), Some(panic)),
    };
    // One that was cut off from its plan takes that for a cancel.
    let is_cut_off = |event: &Event| {
        matches!(event.kind, EventKind::Ended { outcome: Outcome::Cancelled, .. }) && !cancel.is_cancelled()
    };
    let mut ended =
        last.filter(|event| !is_cut_off(event)).unwrap_or_else(|| match begun.has_nothing_to_do() {
            true => ended_at_once(&run, &course),
            false => ended_unreported(&run, &course, fault, cancel.is_cancelled()),
        });
    let not_kept = keeping.end(&mut ended);
    let at_secs = ended.at_secs;
    let (record, told) = begun.finish(ended);
    if let Some(panic) = panic {
        // Whoever was told of the run is not there any more to be told of its end.
        resume_unwind(panic);
    }
    not_kept.into_iter().for_each(|why| sink(warning(at_secs, why)));
    told.into_iter().for_each(sink);
    record
}

/// The end of work of which nothing was left to do.
fn ended_at_once(run: &str, course: &Course) -> Event {
    let (outcome, summary) = (Outcome::Completed, Box::new(course.summary.clone()));
    Event { run: run.to_owned(), at_secs: 0.0, kind: EventKind::Ended { outcome, why: None, summary } }
}

/// The end that a worker did not report: it was killed, or could not be started.
fn ended_unreported(run: &str, course: &Course, fault: Option<String>, cancelled: bool) -> Event {
    let memory =
        course.rss_now().map(|rss| format!(" Memory last seen: {}.", bytes_text(rss))).unwrap_or_default();
    let fault = fault.unwrap_or_else(|| "The worker ended without a result.".to_owned());
    let (outcome, why) = if cancelled {
        (Outcome::Cancelled, "It was cancelled; what was saved is kept.".to_owned())
    } else {
        (Outcome::Failed, format!("{fault}{memory} What was saved is kept."))
    };
    let kind = EventKind::Ended { outcome, why: Some(why), summary: Box::new(course.summary.clone()) };
    Event { run: run.to_owned(), at_secs: course.summary.wall_secs, kind }
}

/// How watching a worker ended; the worker is over in any case.
enum Watched {
    /// With it, and with what went wrong, in a sentence.
    Over(Option<String>),
    /// Before it, because whoever was handed an event panicked.
    Panicked(Box<dyn Any + Send>),
}

/// Runs the worker and hands on its events.
fn watch(program: &Path, begun: &Begun<'_>, cancel: &Cancel, forward: &mut dyn FnMut(Event)) -> Watched {
    let order = begun.order();
    // Before the worker starts, which would wait for an order that cannot be made.
    let order = match serde_json::to_vec(&ToWorker::Begin(Box::new(Cow::Borrowed(&order)))) {
        Ok(order) => order,
        Err(error) => {
            return Watched::Over(Some(format!(
                "The plan could not be given to the worker: {error}. Rename the files and folders whose names are \
                 not Unicode text."
            )));
        }
    };
    let mut child = match start(program) {
        Ok(child) => child,
        Err(error) => {
            let why = format!("The worker ({}) could not be started: {error}.", program.display());
            return Watched::Over(Some(why));
        }
    };
    // However this process ends, the system ends the worker, too. Where it refuses, the worker still sees
    // the end of its input.
    #[cfg(windows)]
    let _tied = Tied::child(&child)
        .inspect_err(|error| log::warn!("The worker is not tied to this process: {error}"))
        .ok();
    let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(input), Some(output), Some(errors)) = (input, output, errors) else {
        drop(child.kill());
        return Watched::Over(Some("The worker could not be started: it has no pipes.".to_owned()));
    };
    let child = Mutex::new(child);
    let over = AtomicBool::new(false);
    let (ask, asked) = crossbeam_channel::unbounded();
    let mut garbled = None;
    let followed = std::thread::scope(|scope| {
        let named = |name: &str| std::thread::Builder::new().name(name.to_owned());
        let no_thread = |error| {
            // The threads that there are wait for its end.
            drop(locked(&child).kill());
            over.store(true, Ordering::Relaxed);
            format!("No thread could be started to follow the run: {error}.")
        };
        let said = named("worker errors").spawn_scoped(scope, || last_of(errors)).map_err(no_thread)?;
        let send = || -> std::io::Result<()> {
            let mut input = input;
            answer(&mut input, &order, begun.combinations(), &asked, cancel)?;
            // The worker's input stays open until it is over, because its end would mean a cancel; where
            // it could not be written, that is what is meant.
            while !over.load(Ordering::Relaxed) {
                std::thread::sleep(CANCEL_POLL);
            }
            Ok(())
        };
        let sent = named("worker input").spawn_scoped(scope, send).map_err(no_thread)?;
        let kill = || kill_unresponsive(cancel, &over, &child);
        named("worker end").spawn_scoped(scope, kill).map_err(no_thread)?;
        let read = || {
            for line in BufReader::new(output).lines() {
                let Ok(line) = line else { break };
                match serde_json::from_str(&line) {
                    Ok(FromWorker::Event(event)) => forward(event.into_owned()),
                    // Where nobody answers any more, the run is being cancelled.
                    Ok(FromWorker::Next) => drop(ask.send(())),
                    Ok(FromWorker::Log { level, text }) => log::log!(target: RUN, level, "worker: {text}"),
                    Err(error) => garbled = Some(format!("The worker wrote something unreadable: {error}.")),
                }
            }
        };
        // The other threads wait for the end of the worker, which a panic here would leave to go on.
        let panic = catch_unwind(AssertUnwindSafe(read)).err();
        if panic.is_some() {
            // One that is over already needs no killing.
            drop(locked(&child).kill());
        }
        over.store(true, Ordering::Relaxed);
        drop(ask);
        Ok((panic, said.join().unwrap_or_default(), sent.join().unwrap_or(Ok(()))))
    });
    let status = locked(&child).wait();
    let (panic, said, sent) = match followed {
        Ok(followed) => followed,
        Err(why) => return Watched::Over(Some(why)),
    };
    if let Some(panic) = panic {
        return Watched::Panicked(panic);
    }
    let fault = match status {
        Ok(status) if status.success() => None,
        Ok(status) => Some(status_text(status)),
        Err(error) => Some(format!("It is not known how the worker ended: {error}.")),
    };
    let said = said.trim();
    if !said.is_empty() {
        log::warn!("The worker of {} said: {said}", begun.request().run);
    }
    let fault = if said.is_empty() { fault } else { fault.map(|fault| format!("{fault} It said: {said}.")) };
    // A worker that ended on its own account shows in its exit status; a plan that could not even be
    // written is the better reason.
    Watched::Over(match sent {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Some(format!("The plan could not be given to the worker: {error}."))
        }
        _ => fault.or(garbled),
    })
}

fn start(program: &Path) -> std::io::Result<Child> {
    let mut command = Command::new(to_start(program)?);
    command.arg(WORKER_ARGUMENT).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // What little the general allocator holds (scratch of decoders) is to go back when it is freed,
    // instead of staying in one arena for each thread.
    command
        .env("MALLOC_ARENA_MAX", "1")
        .env("MALLOC_MMAP_THRESHOLD_", "65536")
        .env("MALLOC_TRIM_THRESHOLD_", "131072");
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        // Ctrl-C in a terminal goes to the whole group; the worker is to stop in order instead.
        command.process_group(0);
    }
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt;
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        command.creation_flags(CREATE_NO_WINDOW);
    }
    command.spawn()
}

/// Gives the worker its order, then each combination that it asks for, until it has all, is to be
/// cancelled, or is over.
fn answer(
    input: &mut ChildStdin,
    order: &[u8],
    mut combinations: impl Iterator<Item = CombinationPlan>,
    asked: &Receiver<()>,
    cancel: &Cancel,
) -> std::io::Result<()> {
    input.write_all(order)?;
    input.write_all(b"\n")?;
    loop {
        match asked.recv_timeout(CANCEL_POLL) {
            Ok(()) => send(input, &ToWorker::Combination(combinations.next().map(Cow::Owned)))?,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
        if cancel.is_cancelled() {
            return send(input, &ToWorker::Cancel);
        }
    }
}

/// Writes a message piece by piece, because that of a large combination takes megabytes.
fn send(input: &mut ChildStdin, message: &ToWorker<'_>) -> std::io::Result<()> {
    let mut writer = BufWriter::with_capacity(1 << 16, input);
    serde_json::to_writer(&mut writer, message)?;
    writer.write_all(b"\n")?;
    writer.flush()
}

/// Kills a worker that does not stop when it is cancelled, as one cannot that is stopped by a signal.
fn kill_unresponsive(cancel: &Cancel, over: &AtomicBool, child: &Mutex<Child>) {
    let mut wished: Option<Instant> = None;
    while !over.load(Ordering::Relaxed) {
        let is_late = cancel.is_cancelled()
            && (cancel.is_overdue() || wished.get_or_insert_with(Instant::now).elapsed() > CANCEL_PATIENCE);
        if is_late {
            // One that is over already needs no killing.
            drop(locked(child).kill());
            return;
        }
        std::thread::sleep(CANCEL_POLL);
    }
}

/// The end of what the worker said on its error output.
fn last_of(mut errors: impl Read) -> String {
    let mut kept: Vec<u8> = Vec::new();
    let mut piece = [0; 1024];
    while let Ok(len @ 1..) = errors.read(&mut piece) {
        kept.extend_from_slice(&piece[..len]);
        let excess = kept.len().saturating_sub(STDERR_KEPT_BYTES);
        kept.drain(..excess);
    }
    String::from_utf8_lossy(&kept).into_owned()
}

#[cfg(unix)]
fn status_text(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match status.signal() {
        Some(9) => {
            "The worker was ended by signal 9 (SIGKILL): by someone, or by the system because memory ran out."
                .to_owned()
        }
        Some(signal) => format!("The worker was ended by signal {signal}."),
        None => format!("The worker stopped with exit code {}.", status.code().unwrap_or(-1)),
    }
}

#[cfg(not(unix))]
fn status_text(status: ExitStatus) -> String {
    format!("The worker stopped: {status}.")
}

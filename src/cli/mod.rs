//! The command line: the same engine as the window, progress on standard error, results on
//! standard output. With `--json` a command prints one JSON document (`run`: one event per line).

mod after_help;
mod args;
mod choices;
mod conditions;
mod demo;
mod failure;
mod import;
mod into;
mod manual;
mod open;
mod output;
mod plan;
mod prepare;
mod progress;
mod report;
mod run;
mod scan;
mod watch;
mod workflow;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;

pub use args::Args;
use args::Subcommand;
pub(crate) use failure::Exit;
use failure::Failure;
use output::{lost, note, print_stderr};

use crate::cancel::Cancel;
use crate::engine::{WORKER_ARGUMENT, worker_main};
use crate::{folders, logging};

/// What the program was started for.
#[derive(Debug)]
pub enum Start {
    /// A command, which has been carried out.
    Ended(ExitCode),
    /// The window, with what to open.
    Window(Box<Args>),
}

/// Reads the command line and carries out its command, if it names one.
pub fn start() -> Start {
    #[cfg(unix)]
    crate::machine::tell_of_large_files();
    // The worker's argument is not for users, so clap does not see it.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == WORKER_ARGUMENT)
        && std::env::args_os().len() == 2
    {
        return Start::Ended(worker_main());
    }
    #[cfg(windows)]
    crate::machine::attach_to_terminal();
    let mut args = match Args::try_parse() {
        Ok(args) => args,
        // Help and version are results, too.
        Err(asked) => {
            note(asked.print());
            let exit = u8::try_from(asked.exit_code()).unwrap_or(Exit::Usage as u8);
            return Start::Ended(told_of_loss().map_or(ExitCode::from(exit), ExitCode::from));
        }
    };
    if let Some(file) = folders::log_file() {
        logging::start(file);
    }
    let words: Vec<_> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    log::info!(
        "Stepwell {} ({} {}) began: {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        words.join(" ")
    );
    if let Some(most) = crate::machine::few_threads()
        && let Err(error) = crate::file_threads::compute_with_few_threads(most)
    {
        print_stderr(&format!(
            "The system gives this user no more threads ({error}): raise the limit (ulimit -u)."
        ));
        return Start::Ended(Exit::Stopped.into());
    }
    let Some(command) = args.command.take() else {
        #[cfg(windows)]
        crate::machine::leave_terminal();
        return Start::Window(Box::new(args));
    };
    Start::Ended(finish(run_command(&command)))
}

/// Does in the terminal what the window was to do, where there can be no window: the demo
/// comparison, or a look at the plate.
pub fn in_terminal(args: &Args, why: &str) -> ExitCode {
    #[cfg(windows)]
    crate::machine::attach_to_terminal();
    print_stderr(&format!("No window: {why}. stepwell --help lists what you can do in the terminal."));
    let cancel = cancel_on_interrupt();
    match &args.plate {
        _ if args.demo => finish(demo::compare_demo(&cancel)),
        Some(plate) => finish(scan::look(plate, &cancel)),
        None => {
            print_stderr("Give a plate to scan, or use --demo.");
            Exit::Usage.into()
        }
    }
}

/// Says that results could not be written, where that is so, and with what the program ends then.
fn told_of_loss() -> Option<Exit> {
    let error = lost()?;
    print_stderr(&format!(
        "The results could not be written to standard output: {error}. Write them to another place."
    ));
    Some(Exit::Usage)
}

fn finish(result: Result<impl Into<ExitCode>, Failure>) -> ExitCode {
    match result {
        Ok(exit) => {
            let exit = exit.into();
            match told_of_loss() {
                Some(loss) if exit == ExitCode::SUCCESS => loss.into(),
                _ => exit,
            }
        }
        Err(failure) => {
            print_stderr(&failure.why);
            failure.list.iter().for_each(|line| print_stderr(line));
            log::error!("Ended with exit code {}: {}", failure.exit as u8, failure.why);
            failure.exit.into()
        }
    }
}

fn run_command(command: &Subcommand) -> Result<ExitCode, Failure> {
    let cancel = cancel_on_interrupt;
    let exit = match command {
        Subcommand::Demo(args) => demo::write_demo(args, &cancel()),
        Subcommand::Scan(args) => scan::scan(args, &cancel()),
        Subcommand::Plan(args) => plan::plan(args, &cancel()),
        Subcommand::Run(args) => match &args.into.into {
            Some(folder) => into::run(args, folder, &cancel()),
            None => run::run(args, &cancel()),
        },
        Subcommand::Compare(args) => run::compare(args, &cancel()),
        Subcommand::Resume(args) => into::resume(args, &cancel()),
        Subcommand::Merge(args) => into::merge(args, &cancel()),
        Subcommand::Report(args) => report::report(args, &cancel()),
        Subcommand::Workflow(args) => workflow::workflow(args, &cancel()),
        Subcommand::Import(args) => import::import(args),
        // Ctrl-C is for the program that is watched.
        Subcommand::Watch(args) => return watch::watch(args),
        Subcommand::Manual(args) => manual::write(args),
    };
    exit.map(ExitCode::from)
}

/// How long a command takes to end at most once it is asked to by Ctrl-C or a signal.
const END_WITHIN: Duration = Duration::from_secs(1);

/// How long it may take to say why.
const FOR_A_SENTENCE: Duration = Duration::from_millis(50);

/// So long before that a worker that does not stop is ended, so that its record can be written.
const FOR_THE_RECORD: Duration = Duration::from_millis(400);

/// A request that Ctrl-C and the signals that ask a program to end make. What waits for a file system or a
/// reader that does not answer never comes to see it, so the program ends all the same a little later. A second
/// Ctrl-C ends it at once.
fn cancel_on_interrupt() -> Cancel {
    let cancel = Cancel::new();
    let request = cancel.clone();
    let handler = move || {
        if request.is_cancelled() {
            std::process::exit(Exit::Stopped as i32);
        }
        request.cancel_by(Instant::now() + END_WITHIN - FOR_THE_RECORD);
        // Where there is no thread for it, a second Ctrl-C does it.
        drop(std::thread::Builder::new().name("end".to_owned()).spawn(end_later));
    };
    #[cfg(unix)]
    let ignored = crate::machine::Ignored::now();
    // Without the handler Ctrl-C ends the program, and the worker with it: nothing is lost.
    if let Err(error) = ctrlc::set_handler(handler) {
        log::warn!("Ctrl-C ends the program at once: {error}");
        // It may have been set without the thread that heeds it.
        #[cfg(unix)]
        crate::machine::end_as_usual();
    }
    // As whoever started the program wants it, for example by nohup.
    #[cfg(unix)]
    ignored.again();
    cancel
}

/// Ends the program when a command had its time to end in order.
fn end_later() {
    std::thread::sleep(END_WITHIN);
    // On a thread of its own, because whoever reads it may be what does not answer.
    let (said, is_said) = std::sync::mpsc::channel();
    let sentence = move || {
        print_stderr("Ended without waiting for something that does not answer. What was saved is kept.");
        let _ended = said.send(());
    };
    if std::thread::Builder::new().name("last words".to_owned()).spawn(sentence).is_ok() {
        let _is_said = is_said.recv_timeout(FOR_A_SENTENCE);
    }
    std::process::exit(Exit::Stopped as i32)
}

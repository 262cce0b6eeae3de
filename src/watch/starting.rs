//! Starts a program to be watched: what it says is passed through, or goes into a file, so that it can go on when nobody watches it
//! any more.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use crossbeam_channel::{Receiver, bounded};

use super::error::WatchError;
use super::listening::Listener;
use crate::disk;

/// Where what a program says goes.
pub enum Passing {
    /// Unchanged to these, and with its times into the log. It has the standard input of this program, and gets Ctrl-C as this one does.
    Through {
        /// For its standard output.
        out: Box<dyn Write + Send>,
        /// For its standard error.
        err: Box<dyn Write + Send>,
    },
    /// Into the log as it is. It has no standard input, and no signal of this program's terminal reaches it.
    Kept,
}

impl fmt::Debug for Passing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Through { .. } => "Through",
            Self::Kept => "Kept",
        })
    }
}

/// A program that was started.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) pid: u32,
    /// Whether its processes become children of this one when their parent ends.
    pub(super) adopts: bool,
    /// Tells when and how it ended.
    pub(super) ended: Receiver<(Instant, io::Result<ExitStatus>)>,
    /// Nobody sends to it any more when all that it says has been heard.
    pub(super) is_silent: Receiver<()>,
}

/// Starts a program. What it says is heard, or goes into the file `log`.
///
/// # Errors
/// Where it cannot be started.
pub(super) fn start(
    words: &[OsString],
    folder: Option<&Path>,
    passing: Passing,
    listener: &Arc<Listener>,
    log: &Path,
) -> Result<Started, WatchError> {
    let (program, arguments) = words.split_first().ok_or(WatchError::NoProgram)?;
    let not_started =
        |source| WatchError::NotStarted { program: program.to_string_lossy().into_owned(), source };
    let mut command = Command::new(program);
    command.args(arguments);
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    let adopts = matches!(passing, Passing::Through { .. }) && adopt();
    match &passing {
        Passing::Through { .. } => {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
        }
        Passing::Kept => {
            let file = disk::append_private(log).map_err(not_started)?;
            let other = file.try_clone().map_err(not_started)?;
            command.stdin(Stdio::null()).stdout(file).stderr(other);
            #[cfg(unix)]
            std::os::unix::process::CommandExt::process_group(&mut command, 0);
        }
    }
    let mut child = command.spawn().map_err(not_started)?;
    let pid = child.id();
    let (hearing, is_silent) = bounded::<()>(0);
    if let Passing::Through { out, err } = passing {
        for (nth, to) in [out, err].into_iter().enumerate() {
            let from: Option<Box<dyn io::Read + Send>> = match nth {
                0 => child.stdout.take().map(|from| Box::new(from) as _),
                _ => child.stderr.take().map(|from| Box::new(from) as _),
            };
            let (listener, hearing) = (Arc::clone(listener), hearing.clone());
            let stream = ["out:", "err:"][nth];
            in_thread("hearing", move || {
                if let Some(from) = from {
                    listener.pass_on(from, to, stream);
                }
                drop(hearing);
            })
            .map_err(not_started)?;
        }
    }
    let (tell, ended) = bounded(1);
    in_thread("its end", move || {
        let status = wait(&mut child);
        // Nobody may want to know any more.
        let _is_told = tell.send((Instant::now(), status));
    })
    .map_err(not_started)?;
    Ok(Started { pid, adopts, ended, is_silent })
}

fn wait(child: &mut Child) -> io::Result<ExitStatus> {
    child.wait()
}

fn in_thread(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}

/// Sees to it that processes whose parent has ended become children of this one, by which they are found; whether the system does
/// that.
fn adopt() -> bool {
    #[cfg(target_os = "linux")]
    return rustix::process::set_child_subreaper(Some(rustix::process::getpid())).is_ok();
    #[cfg(not(target_os = "linux"))]
    false
}

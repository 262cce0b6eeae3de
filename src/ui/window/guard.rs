//! A driver can end the program before it shows anything. As long as no way to draw the window is known to work, the window is
//! shown by a second process of the program, which the first starts again with the next way.
//!
//! Deliberately absent: a guard where a way is proven. Then the window opens at once, and what ends it all the same is known
//! to the next start by the record that it leaves.

use std::ffi::OsString;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::app::settings::{self, GraphicsWay, Settings, WantedGraphics, graphics_tried, usual_ways};

/// Set for the second process.
const GUARDED: &str = "STEPWELL_GUARDED";

/// How often the program has been started again by itself.
const STARTED_AGAIN: &str = "STEPWELL_STARTED_AGAIN";

/// The exit code by which the second process asks to be started again.
const AGAIN: u8 = 75;

/// The most that it is started: each way once, and some more for devices that are lost.
const MOST_STARTS: usize = 8;

/// How long a way may take to show the window. Over a slow network to a far screen it takes seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where no way has been tried for this long, none is going to be.
const SETTLED: Duration = Duration::from_secs(10);

/// How often the second process is looked at.
const EVERY: Duration = Duration::from_millis(50);

/// Whether this is the second process.
pub(super) fn is_guarded() -> bool {
    std::env::var_os(GUARDED).is_some()
}

/// Starts the program again with a window of its own, after what draws this one has failed; with an end where that has not
/// helped before.
pub(super) fn start_again(arguments: &[OsString]) -> ExitCode {
    if is_guarded() {
        return ExitCode::from(AGAIN);
    }
    let before = std::env::var(STARTED_AGAIN).ok().and_then(|times| times.parse().ok()).unwrap_or(0_usize);
    if before >= MOST_STARTS {
        return ExitCode::FAILURE;
    }
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        // In the place of this process, with which its window goes.
        if let Ok(program) = std::env::current_exe() {
            let mut command = Command::new(program);
            command.args(arguments).env(STARTED_AGAIN, (before + 1).to_string());
            log::logger().flush();
            let error = command.exec();
            log::error!("The program cannot be started again: {error}");
        }
        ExitCode::FAILURE
    }
    #[cfg(not(unix))]
    watch(arguments).unwrap_or(ExitCode::FAILURE)
}

/// Whether a second process is to show the window, because no way to draw it is known to work.
pub(super) fn is_needed() -> bool {
    // There is one way alone.
    if is_guarded() || usual_ways().len() < 2 {
        return false;
    }
    // Where nothing can be kept, a second start would end as the first.
    let Some(folder) = settings::folder() else { return false };
    let choice = Settings::read(&folder).unwrap_or_default().graphics;
    !settings::is_proven(&folder, &wanted(choice))
}

/// What the window is to be drawn by, as the environment and the settings say.
pub(super) fn wanted(choice: settings::GraphicsChoice) -> WantedGraphics {
    let variable = std::env::var("WGPU_BACKEND").ok();
    let (wanted, unknown) = WantedGraphics::of(variable.as_deref(), choice);
    if !unknown.is_empty() {
        log::warn!("WGPU_BACKEND names {}, which is not known.", unknown.join(", "));
    }
    if !wanted.is_here() {
        log::warn!("WGPU_BACKEND names nothing that works on this system, so it is ignored.");
    }
    wanted
}

/// Shows the window by a second process until it is closed; `None` where none can be started.
pub(super) fn watch(arguments: &[OsString]) -> Option<ExitCode> {
    let program = std::env::current_exe().ok()?;
    for _ in 0..MOST_STARTS {
        let mut command = Command::new(&program);
        // Its end is that of this process, which the other sees.
        command.args(arguments).env(GUARDED, "1").stdin(Stdio::piped());
        let mut child = command.spawn().ok()?;
        let status = wait(&mut child, SETTLED).ok()?;
        match (status.code().and_then(|code| u8::try_from(code).ok()), has_crashed(status)) {
            (Some(AGAIN), _) => {}
            (Some(code), false) => return Some(ExitCode::from(code)),
            _ if settings::has_ended_program() => {
                log::warn!("The window ended with {status}; the next way is tried.");
            }
            _ => return Some(ExitCode::FAILURE),
        }
    }
    Some(ExitCode::FAILURE)
}

/// Waits for its end, and brings it about where it shows no window. After `settled` without a way that is tried, its window is there.
fn wait(child: &mut Child, settled: Duration) -> std::io::Result<ExitStatus> {
    // To wait for a process closes its standard input, by which it would see the end of this one.
    let _open = child.stdin.take();
    let mut tried: Option<GraphicsWay> = None;
    let mut since = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        let now = graphics_tried();
        if now != tried {
            (tried, since) = (now, Instant::now());
        }
        match tried {
            Some(way) if since.elapsed() > PATIENCE => {
                log::warn!("Nothing was shown by {} for {} s.", way.words(), PATIENCE.as_secs());
                child.kill()?;
                return child.wait();
            }
            // The window is shown, or the terminal does instead.
            None if since.elapsed() > settled => return child.wait(),
            _ => std::thread::sleep(EVERY),
        }
    }
}

/// Whether a process was ended by a fault within it, and not by anyone.
fn has_crashed(status: ExitStatus) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        const FAULTS: [i32; 7] = [
            libc::SIGSEGV,
            libc::SIGABRT,
            libc::SIGBUS,
            libc::SIGILL,
            libc::SIGFPE,
            libc::SIGTRAP,
            // By which one that shows nothing is ended.
            libc::SIGKILL,
        ];
        status.signal().is_some_and(|signal| FAULTS.contains(&signal))
    }
    #[cfg(not(unix))]
    {
        // The codes of exceptions on Windows begin with 0xC.
        status.code().is_some_and(|code| code < 0)
    }
}

/// Calls `ended` when the first process has ended, from a thread that waits for it.
pub(super) fn when_unguarded(ended: impl FnOnce() + Send + 'static) {
    if !is_guarded() {
        return;
    }
    let wait = move || {
        // Nothing is ever written to it.
        let _read = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        ended();
    };
    if let Err(error) = std::thread::Builder::new().name("guard".to_owned()).spawn(wait) {
        log::warn!("The system has no thread that waits for the first process: {error}");
    }
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(unix)]
    fn the_second_process_is_not_ended_by_being_waited_for() {
        use std::process::{Command, Stdio};
        use std::time::{Duration, Instant};
        // Ends as soon as its standard input does, as a guarded window does; else after a second.
        let command = "read -t 1 line; test $? -gt 128";
        let mut child = Command::new("bash").args(["-c", command]).stdin(Stdio::piped()).spawn().unwrap();
        let began = Instant::now();
        let status = super::wait(&mut child, Duration::ZERO).unwrap();
        assert!(status.success(), "its input was closed after {:?}", began.elapsed());
    }

    #[test]
    #[cfg(unix)]
    fn what_ended_by_a_fault_is_told_from_what_someone_ended() {
        use std::os::unix::process::ExitStatusExt as _;
        let by_signal = |signal| super::has_crashed(std::process::ExitStatus::from_raw(signal));
        assert!(by_signal(libc::SIGSEGV) && by_signal(libc::SIGABRT));
        assert!(!by_signal(libc::SIGTERM) && !by_signal(libc::SIGINT) && !by_signal(0));
        assert!(!super::has_crashed(std::process::ExitStatus::from_raw(101 << 8)));
    }
}

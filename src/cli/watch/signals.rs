//! What signals do while a program is watched.
//!
//! Ctrl-C reaches the program by itself, because it shares the terminal; a request to end that only this program gets is passed on.
//! A program that was joined goes on: any of them ends the watching.

use crossbeam_channel::Sender;

use crate::watch::Ask;

/// Sees to it from now on. Where that is not possible, signals end this program, and those that it started with it.
#[cfg(unix)]
pub(super) fn pass_on(asks: Sender<Ask>, is_joined: bool) {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::iterator::Signals;

    let Ok(mut signals) = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM]) else { return };
    let thread = std::thread::Builder::new().name("signals".to_owned());
    let pass_on = move || {
        for signal in signals.forever() {
            let ask = match signal {
                _ if is_joined => Ask::Stop,
                SIGINT | SIGQUIT => continue,
                signal => Ask::Signal(signal),
            };
            if asks.send(ask).is_err() {
                return;
            }
        }
    };
    if let Err(error) = thread.spawn(pass_on) {
        log::warn!("Signals are not passed on: {error}");
    }
}

/// Sees to it from now on.
#[cfg(not(unix))]
pub(super) fn pass_on(asks: Sender<Ask>, is_joined: bool) {
    let handler = move || {
        if is_joined {
            // Who watches no more needs it no more.
            let _is_asked = asks.send(Ask::Stop);
        }
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        log::warn!("Ctrl-C is not waited for: {error}");
    }
}

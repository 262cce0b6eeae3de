//! A computer that does not go to sleep while work goes on.

use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

/// Work that is over before that never asks the system.
const SHORT: Duration = Duration::from_secs(10);

/// As long as it is there, the system does not go to sleep by itself; the screen may go dark.
#[derive(Debug)]
#[must_use]
pub(crate) struct Awake {
    /// Its end tells the thread that work is over.
    _going_on: Sender<()>,
}

/// Keeps the computer awake for work, which is named for the user. Where the system does not let it, nothing is otherwise.
pub(crate) fn keep_awake(what: &str) -> Awake {
    let (going_on, over) = bounded::<()>(0);
    let what = what.to_owned();
    // The desktop may take long to answer, or never do; work does not wait for it.
    let kept = std::thread::Builder::new().name("awake".to_owned()).spawn(move || {
        if over.recv_timeout(SHORT) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        let mut asked = keepawake::Builder::default();
        asked
            .display(false)
            .idle(true)
            .sleep(false)
            .reason(what)
            .app_name("Stepwell")
            .app_reverse_domain("stepwell");
        match asked.create() {
            Ok(_awake) => {
                log::info!("The computer does not go to sleep during the run.");
                // Until work is over.
                let _over = over.recv();
            }
            Err(error) => log::info!("The computer may go to sleep during the run: {error}"),
        }
    });
    if let Err(error) = kept {
        log::info!("The computer may go to sleep during the run: {error}");
    }
    Awake { _going_on: going_on }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_work_is_not_waited_for() {
        let began = std::time::Instant::now();
        drop(keep_awake("a test"));
        assert!(began.elapsed() < SHORT);
    }
}

//! Files that are locked for a moment, so that two commands do not do the same.

use std::fs::TryLockError;
use std::time::{Duration, Instant};

use super::error::WorkError;
use crate::cancel::Cancel;

/// How often a lock is tried that somebody else has.
const POLL: Duration = Duration::from_millis(10);

/// What came of the wish to lock a file.
pub(super) enum Locked {
    Yes,
    /// Somebody else has it.
    ByAnother,
    /// The file system has no locks.
    CannotLock,
}

/// Locks a file, or waits until it can.
pub(super) fn locked(
    mut try_lock: impl FnMut() -> Result<(), TryLockError>,
    patience: Duration,
    cancel: &Cancel,
) -> Result<Locked, WorkError> {
    let began = Instant::now();
    loop {
        match try_lock() {
            Ok(()) => return Ok(Locked::Yes),
            Err(TryLockError::WouldBlock) if began.elapsed() > patience => return Ok(Locked::ByAnother),
            Err(TryLockError::WouldBlock) => {
                cancel.check()?;
                std::thread::sleep(POLL);
            }
            Err(TryLockError::Error(_)) => return Ok(Locked::CannotLock),
        }
    }
}

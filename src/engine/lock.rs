//! Locks whose holders may have panicked: what they guard is whole at any time.

use std::sync::{Mutex, MutexGuard, PoisonError};

pub(in crate::engine) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

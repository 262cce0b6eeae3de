//! One flag that asks a long operation to stop. It is set once and never taken back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A shared request to stop; clones are the same request.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    flag: Arc<AtomicBool>,
    /// A wider request that stops this operation too.
    outer: Option<Arc<AtomicBool>>,
}

/// The operation was asked to stop and did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

impl Cancel {
    /// A request that has not been made yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A request of its own that is also made when this one is, but not the other way round.
    #[must_use]
    pub fn within(&self) -> Self {
        Self { flag: Arc::default(), outer: Some(Arc::clone(&self.flag)) }
    }

    /// Asks to stop.
    pub fn cancel(&self) {
        self.flag.store(true, Ordering::Relaxed);
    }

    /// Whether stopping was asked for.
    pub fn is_cancelled(&self) -> bool {
        let made = |flag: &Arc<AtomicBool>| flag.load(Ordering::Relaxed);
        made(&self.flag) || self.outer.as_ref().is_some_and(made)
    }

    /// `Err(Cancelled)` once stopping was asked for; for use with `?` between pieces of work.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }
}

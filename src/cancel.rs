//! One flag that asks a long operation to stop. It is set once and never taken back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// A shared request to stop; clones are the same request.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    request: Arc<Request>,
    /// A wider request that stops this operation too.
    outer: Option<Arc<Request>>,
}

#[derive(Debug, Default)]
struct Request {
    is_made: AtomicBool,
    /// When whoever has made it waits no longer.
    deadline: OnceLock<Instant>,
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
        Self { request: Arc::default(), outer: Some(Arc::clone(&self.request)) }
    }

    /// Asks to stop.
    pub fn cancel(&self) {
        self.request.is_made.store(true, Ordering::Relaxed);
    }

    /// Asks to stop until a moment: what has not stopped by then in order is to be ended in any way.
    pub(crate) fn cancel_by(&self, deadline: Instant) {
        // Of two the first counts.
        let _is_first = self.request.deadline.set(deadline);
        self.cancel();
    }

    /// Whether stopping was asked for.
    pub fn is_cancelled(&self) -> bool {
        self.requests().any(|request| request.is_made.load(Ordering::Relaxed))
    }

    /// Whether the time to stop in order is over.
    pub(crate) fn is_overdue(&self) -> bool {
        self.requests()
            .filter_map(|request| request.deadline.get())
            .any(|deadline| *deadline <= Instant::now())
    }

    /// `Err(Cancelled)` once stopping was asked for; for use with `?` between pieces of work.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    fn requests(&self) -> impl Iterator<Item = &Request> {
        std::iter::once(&self.request).chain(&self.outer).map(Arc::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_wider_request_and_its_deadline_hold_for_what_is_within() {
        let outer = Cancel::new();
        let inner = outer.within();
        inner.cancel();
        assert!(inner.is_cancelled() && !inner.is_overdue() && !outer.is_cancelled());
        let inner = outer.within();
        outer.cancel_by(Instant::now() + Duration::from_secs(3600));
        assert!(inner.is_cancelled() && !inner.is_overdue());
        let outer = Cancel::new();
        let inner = outer.within();
        outer.cancel_by(Instant::now());
        assert!(inner.is_cancelled() && inner.is_overdue() && outer.is_overdue());
    }
}

//! How far something is that is loaded beside the window, and how the window hears of it.

use std::sync::Arc;

/// How far the loading of something is.
#[derive(Clone, Debug)]
pub enum LoadState<T> {
    /// It is not there yet.
    Waiting,
    /// It is loaded and can be used.
    Ready(T),
    /// It cannot be read; the reason in words.
    Failed(Arc<str>),
}

/// Asks the window for a new frame; called from the threads of the loader.
pub(crate) type Repaint = Arc<dyn Fn() + Send + Sync>;

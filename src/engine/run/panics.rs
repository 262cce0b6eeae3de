//! What a panic said and where it was, for the sentence with which a run ends that met one.
//!
//! The message is in what the panic carries. The location is given to the process's panic hook alone, so that
//! only a process that is ours, the worker, takes note of it.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{set_hook, take_hook};
use std::sync::Mutex;

use crate::engine::lock::locked;

/// This many panics are remembered with their locations: decoders of damaged files may panic before.
const MOST_NOTED: usize = 16;

/// What panics said with their locations, the last first.
static NOTED: Mutex<VecDeque<(String, String)>> = Mutex::new(VecDeque::new());

/// From now on this process takes note of where its panics are.
pub(in crate::engine) fn install_panic_hook() {
    let before = take_hook();
    set_hook(Box::new(move |panic| {
        let message = panic.payload_as_str().unwrap_or_default().to_owned();
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        let mut noted = locked(&NOTED);
        noted.truncate(MOST_NOTED - 1);
        noted.push_front((message, location));
        drop(noted);
        before(panic);
    }));
}

/// `index out of bounds (src/engine/run/load.rs:7:3)`: what a panic carries, in words, with its location where
/// that was noted.
pub(in crate::engine) fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let Some(message) = text.or_else(|| payload.downcast_ref::<&str>().copied()) else {
        return "a panic without a message".to_owned();
    };
    let noted = locked(&NOTED);
    match noted.iter().find(|(noted, _)| noted == message) {
        Some((_, location)) => format!("{message} ({location})"),
        None => message.to_owned(),
    }
}

//! The runs room: of this session, and the history.

pub(crate) mod going_on;
pub(crate) mod history;
mod of_others;
mod session;
mod shown_runs;
mod watched;

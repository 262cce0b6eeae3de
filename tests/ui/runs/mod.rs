//! The runs room: of this session, and the history.

mod going_on;
pub(crate) mod history;
mod of_others;
mod session;
mod shown_runs;

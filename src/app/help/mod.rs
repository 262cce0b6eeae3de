//! The help: which page of the guide is shown, and what is searched for in it.

pub(crate) mod messages;
pub(crate) mod place;
pub(crate) mod state;
pub(crate) mod topic;

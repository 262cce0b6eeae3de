//! The pipeline as the user changes it.

pub(crate) mod edit;
pub(crate) mod history;

//! The pipeline as the user changes it.

mod edit;
pub(crate) mod history;
pub(crate) mod messages;
pub(crate) mod state;
pub(crate) mod work;

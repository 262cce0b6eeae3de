//! A run on a cluster: what the dialog that writes its files is about.

pub(crate) mod draft;
pub(crate) mod messages;
pub(crate) mod state;
pub(crate) mod work;

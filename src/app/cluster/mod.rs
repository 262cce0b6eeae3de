//! A run on a cluster: the dialog that writes its files, and its run folder, which is followed while it fills.

pub(crate) mod draft;
pub(crate) mod follow;
pub(crate) mod messages;
pub(crate) mod state;
pub(crate) mod work;

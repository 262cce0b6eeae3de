//! The folder browser of the window itself, for desktops without dialogs and for those whose dialogs do not come up.

pub(crate) mod asking;
pub(crate) mod listing;
pub(crate) mod messages;
pub(crate) mod places;
pub(crate) mod state;
pub(crate) mod work;

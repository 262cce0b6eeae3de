//! What each way would need: for the open plate, and for one that does not exist yet; and what this computer
//! can do.

pub(crate) mod inputs;
pub(crate) mod messages;
pub(crate) mod planned_plate;
pub(crate) mod planned_request;
pub(crate) mod state;
pub(crate) mod work;

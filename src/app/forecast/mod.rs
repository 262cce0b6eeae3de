//! What each way would need: for a plate that is not there yet.

pub(crate) mod planned_plate;

//! The plate: its map, the states of its wells, and its components.

pub(crate) mod components;
pub(crate) mod geometry;
pub(crate) mod map;
pub(crate) mod well_state;

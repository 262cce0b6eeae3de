//! The plate: its map, the states of its wells, and its components.

pub(crate) mod components;
pub(crate) mod geometry;
pub(crate) mod map;
mod map_picture;
pub(crate) mod well_state;

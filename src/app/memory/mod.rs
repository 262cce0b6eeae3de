//! The memory chart: what it shows beside its lines, what stands under it, and what is exported of it.

pub(crate) mod expecting;
mod exporting;
pub(crate) mod image_life;
pub(crate) mod messages;
pub(crate) mod planned_ways;
pub(crate) mod state;
pub(crate) mod work;

//! The memory chart: what it shows beside its lines, what stands under it, and what is exported of it.

mod exporting;
pub(crate) mod image_life;
pub(crate) mod messages;
pub(crate) mod state;
pub(crate) mod work;

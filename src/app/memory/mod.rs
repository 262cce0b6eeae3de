//! What the memory chart shows beside its lines, and what is exported of it.

pub(crate) mod exporting;
pub(crate) mod image_life;

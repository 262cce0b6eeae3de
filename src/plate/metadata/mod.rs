//! What the readers of all formats share to understand metadata, whoever wrote it.

pub(super) mod channel_words;
pub(super) mod pages;
pub(super) mod places;
pub(super) mod text;
pub(super) mod well_layers;
pub(super) mod xml;

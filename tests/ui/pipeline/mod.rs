//! The pipeline room: components and steps.

mod components;
pub(crate) mod editor;

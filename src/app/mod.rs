//! The window's state.
pub mod settings;

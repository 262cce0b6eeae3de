//! What is remembered between sessions, and the computer that runs are planned for.

mod file;
pub(crate) mod messages;
pub(crate) mod state;
pub(crate) mod work;

pub use file::{Appearance, LoadedSettings, Settings, SettingsError, folder};

pub(crate) use file::SettingsWriter;

//! What is remembered between sessions, and the computer that runs are planned for.

mod file;
mod graphics;
mod graphics_record;
mod hint;
pub(crate) mod messages;
pub(crate) mod state;
pub(crate) mod work;

pub use file::{Appearance, LoadedSettings, Settings, SettingsError, TEXT_PERCENT, folder};
pub use graphics::{
    DrawnBy, GraphicsApi, GraphicsChoice, GraphicsPast, GraphicsWay, WantedGraphics, usual_ways,
};

pub use hint::Hint;

pub(crate) use file::SettingsWriter;
pub(crate) use graphics_record::{GraphicsRecord, graphics_tried, has_ended_program, is_proven};

//! What is remembered between sessions, and the computer that runs are planned for.

mod appearance;
mod file;
mod graphics;
mod graphics_record;
mod hint;
mod merge;
pub(crate) mod messages;
mod remembered;
pub(crate) mod state;
pub(crate) mod work;
mod writer;

pub use appearance::Appearance;
pub use file::{LoadedSettings, SettingsError, folder};
pub use graphics::{
    DrawnBy, GraphicsApi, GraphicsChoice, GraphicsPast, GraphicsWay, WantedGraphics, usual_ways,
};

pub use hint::Hint;
pub use remembered::{Settings, TEXT_PERCENT};

pub(crate) use graphics_record::{GraphicsRecord, graphics_tried, has_ended_program, is_proven};
pub(crate) use writer::SettingsWriter;

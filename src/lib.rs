//! Stepwell: what a plate does to memory, all at once or one component at a time.

pub mod app;
pub mod cancel;
pub mod chart;
pub mod cli;
pub mod compare;
pub mod demo;
pub mod disk;
pub mod engine;
pub mod events;
pub mod export;
pub mod file_threads;
pub mod folders;
pub mod image;
mod limits;
pub mod logging;
pub mod machine;
pub mod memory;
pub mod paging;
pub mod pipeline;
pub mod plan;
pub mod plate;
pub mod quantity;
pub mod record;
mod shown_text;
pub mod study;
pub mod ui;
pub mod what_if;

//! What is drawn: one file per panel. Panels read the state and push commands; they change nothing
//! themselves but how they look.

pub mod memory_chart;
pub mod theme;
pub mod widgets;

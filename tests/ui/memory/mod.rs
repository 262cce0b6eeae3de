//! The memory room: the chart, its moments, the study.

mod chart;
pub(crate) mod combinations;
pub(crate) mod study;

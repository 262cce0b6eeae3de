//! What a run did to memory: the verdict, the chart, what lies under it, and the study's proofs.

pub mod chart;
mod combinations;
pub(crate) mod in_memory;
pub(crate) mod study;
pub(crate) mod under_chart;
pub(crate) mod verdict;
pub(crate) mod view;

//! What is told of runs that were made: chart, history, verdict, study and report.

mod chart;
mod history;
mod hostile;
mod imported;
mod report;
mod rules;
#[path = "../support/runs.rs"]
mod runs;
mod study;
#[path = "../support/mod.rs"]
mod support;
mod verdict;
mod watched;

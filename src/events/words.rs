//! What happens in a run as lines in words, for the window's log and the run's own.

use std::collections::BTreeMap;

use log::Level;

use super::{Event, EventKind, Outcome};
use crate::quantity::{bytes_text, count_text, plural, secs_text};

/// What a line is about; lines are filtered by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogKind {
    /// The plate: what is missing or odd.
    Plate,
    /// The course of a run.
    Run,
    /// Preloads and clears.
    Memory,
    /// Something the user should know.
    Warning,
    /// An image or a run that failed.
    Failure,
}

impl LogKind {
    /// All kinds, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Plate, Self::Run, Self::Memory, Self::Warning, Self::Failure];

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plate => "Plate",
            Self::Run => "Run",
            Self::Memory => "Memory",
            Self::Warning => "Warnings",
            Self::Failure => "Failures",
        }
    }

    /// How much it matters in a log.
    pub(crate) fn level(self) -> Level {
        match self {
            Self::Plate | Self::Run | Self::Memory => Level::Info,
            Self::Warning => Level::Warn,
            Self::Failure => Level::Error,
        }
    }
}

/// `17.6 MB`, or that the system does not tell.
fn rss_text(rss: Option<u64>) -> String {
    rss.map_or_else(|| "unknown".to_owned(), bytes_text)
}

/// The events of one run in words.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventWords {
    /// Names of the steps as their beginnings told them.
    step_names: BTreeMap<usize, String>,
    /// Channel number to name.
    channel_names: BTreeMap<u32, String>,
}

impl EventWords {
    /// An event in words; `None` for samples and for progress within a phase.
    pub(crate) fn of(&mut self, event: &Event) -> Option<(LogKind, String)> {
        if let EventKind::Started { plan, .. } = &event.kind {
            self.channel_names.clone_from(&plan.channel_names);
        }
        let combination =
            event.kind.combination().map(|id| id.words(&self.channel_names)).unwrap_or_default();
        Some(match &event.kind {
            EventKind::Started { plan, forecast, baseline_rss, .. } => {
                let expected = forecast.rss_bytes.unwrap_or(forecast.counted_bytes);
                (
                    LogKind::Run,
                    format!(
                        "Started: {} in {}, on {}; {} at rest, at most {} expected",
                        plural(plan.images, "image"),
                        plural(plan.combinations, "combination"),
                        plural(plan.threads, "thread"),
                        rss_text(*baseline_rss),
                        bytes_text(expected),
                    ),
                )
            }
            EventKind::WellStarted { well, combinations } => {
                (LogKind::Run, format!("Well {well}: {}", plural(*combinations, "combination")))
            }
            EventKind::Preloading { .. }
            | EventKind::Stepping { .. }
            | EventKind::TablePart { .. }
            | EventKind::Sample(_) => return None,
            EventKind::ReadingAhead { images, .. } => {
                (LogKind::Memory, format!("Reading {combination} ahead: {}", plural(*images, "image")))
            }
            EventKind::Preloaded { images, bytes, secs, rss_after, .. } => (
                LogKind::Memory,
                format!(
                    "Preloaded {combination}: {}, {} in {}; memory {}",
                    plural(*images, "image"),
                    bytes_text(*bytes),
                    secs_text(*secs),
                    rss_text(*rss_after),
                ),
            ),
            EventKind::StepStarted { step, name, .. } => {
                self.step_names.insert(*step, name.clone());
                return None;
            }
            EventKind::StepDone { step, images_in, images_out, secs, .. } => (
                LogKind::Run,
                format!(
                    "{} of {combination}: {} in, {} out, {}",
                    self.step_names.get(step).map_or("Step", String::as_str),
                    count_text(*images_in),
                    count_text(*images_out),
                    secs_text(*secs),
                ),
            ),
            EventKind::Saved { images, bytes, secs, outputs, .. } => (
                LogKind::Run,
                if *images == 0 {
                    format!("{} of {combination} checked, not kept", plural(outputs.len(), "result"))
                } else {
                    format!(
                        "Saved {} of {combination}: {} in {}",
                        plural(*images, "image"),
                        bytes_text(*bytes),
                        secs_text(*secs),
                    )
                },
            ),
            EventKind::Cleared { images, rss_before, rss_after, .. } => (
                LogKind::Memory,
                format!(
                    "Cleared {combination}: {}, memory {} to {}",
                    plural(*images, "image"),
                    rss_text(*rss_before),
                    rss_text(*rss_after),
                ),
            ),
            EventKind::TableSaved(table) => {
                let rows = usize::try_from(table.rows).unwrap_or(usize::MAX);
                (LogKind::Run, format!("Saved {}: {}", table.path, plural(rows, "row")))
            }
            EventKind::ImageFailed(failed) => {
                (LogKind::Failure, format!("{}: {} ({})", failed.key, failed.why, failed.path.display()))
            }
            EventKind::Warning { why } => (LogKind::Warning, why.clone()),
            EventKind::WellDone { well, failed: 0 } => (LogKind::Run, format!("Well {well} done")),
            EventKind::WellDone { well, failed } => {
                (LogKind::Failure, format!("Well {well} done, {} failed", plural(*failed, "image")))
            }
            EventKind::Ended { outcome, why, summary } => {
                let why = why.as_deref().unwrap_or("no reason is known");
                match outcome {
                    Outcome::Completed => (
                        LogKind::Run,
                        format!(
                            "Completed in {}: peak memory {}, {} saved",
                            secs_text(summary.wall_secs),
                            rss_text(summary.peak_rss_bytes),
                            plural(summary.saved, "image"),
                        ),
                    ),
                    Outcome::Cancelled => {
                        (LogKind::Warning, format!("Cancelled after {}", secs_text(event.at_secs)))
                    }
                    Outcome::Failed => (LogKind::Failure, format!("Failed: {why}")),
                }
            }
        })
    }
}

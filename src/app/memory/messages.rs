//! Messages between the memory room, the user and the threads.

use std::path::PathBuf;
use std::sync::Arc;

use super::image_life::LifeOf;
use crate::chart::{Chart, ChartOptions};
use crate::record::{RunId, RunRecord};
use crate::watch::WatchedRecord;

/// A moment of a run that the user pointed at in the chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// The run whose line was pointed at.
    pub run: RunId,
    /// Seconds since its worker was ready.
    pub at_secs: f64,
}

/// A combination of a run that is marked in the chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Marked {
    /// The run that the combination is part of.
    pub run: RunId,
    /// The combination's place in it.
    pub combination: usize,
    /// When the run began to wait for its images.
    pub from_secs: f64,
    /// When it was cleared.
    pub to_secs: f64,
}

/// What the user asks of the chart and what stands under it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MemoryCommand {
    /// Show the images of a moment of a run under the chart.
    ShowMoment(Option<Moment>),
    /// Show in the chart when an image was in memory.
    ShowLife(LifeOf),
    /// Mark a combination in the chart; `None` for none.
    Mark(Option<Marked>),
    /// Show the study's proofs on the finished runs of this session.
    ShowStudy,
    /// Stop showing them.
    CloseStudy,
    /// Export the runs that the chart shows.
    Export {
        /// In which form.
        kind: ExportKind,
        /// How the chart is looked at.
        options: ChartOptions,
    },
}

/// What has to be done outside for it.
#[derive(Debug)]
pub enum MemoryWork {
    /// Ask the user where to, and export runs.
    Export(Box<ExportRequest>),
}

/// What came of an export.
#[derive(Clone, Debug)]
pub enum MemoryEvent {
    /// The user chose no place.
    Dismissed,
    /// It was written; the file, or the folder of several.
    Written(PathBuf),
    /// It could not be done; why.
    Failed(String),
}

/// What can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportKind {
    /// The chart as pixels.
    Png,
    /// The chart as shapes and text.
    Svg,
    /// Runs, combinations, samples, events and outputs as tables.
    Tables,
    /// One HTML file with all of it.
    Report,
}

impl ExportKind {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Report, Self::Png, Self::Svg, Self::Tables];

    /// What it is called in a menu.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "Chart as PNG…",
            Self::Svg => "Chart as SVG…",
            Self::Tables => "Tables as CSV…",
            Self::Report => "Report…",
        }
    }

    /// What it is for, in a sentence.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Png => "A picture of the chart on white paper, for slides.",
            Self::Svg => "The chart as shapes and text, for figures that you edit.",
            Self::Tables => "Runs, combinations, samples, events and outputs, for spreadsheets and scripts.",
            Self::Report => "One HTML file with all of it, for people without Stepwell.",
        }
    }
}

/// Runs that are to be exported, copied when it begins.
#[derive(Clone, Debug)]
pub struct ExportRequest {
    /// In which form.
    pub kind: ExportKind,
    /// The runs, oldest first.
    pub records: Vec<Arc<RunRecord>>,
    /// The watched programs beside them.
    pub watched: Vec<Arc<WatchedRecord>>,
    /// The memory chart that shows these runs.
    pub chart: Chart,
    /// How it is looked at.
    pub options: ChartOptions,
    /// Name of the plate.
    pub title: String,
    /// The verdict in a sentence; empty where there is none.
    pub verdict: String,
    /// The open plate, which is never written to; nor are those of the runs.
    pub never_in: PathBuf,
}

//! What a newcomer is told once, where it matters.

use serde::{Deserialize, Serialize};

/// Something that is told until the user has seen it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Hint {
    /// Under the first forecasts: what to do with them.
    Forecast,
    /// Over the first chart of runs: a moment can be chosen.
    Moment,
    /// Over the first images: how to look at one.
    Images,
    /// In the list of runs: runs can be laid over each other.
    Runs,
}

impl Hint {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Forecast, Self::Moment, Self::Images, Self::Runs];

    /// What is told.
    pub fn text(self) -> &'static str {
        match self {
            Self::Forecast => {
                "Each row is a way to process the plate. The bar is the memory that it needs, the dashed line your \
                               budget. Click a row to choose it."
            }
            Self::Moment => {
                "Click a moment in the chart to see which images were in memory then. Scroll to see a part of the \
                             chart larger."
            }
            Self::Images => {
                "Click an image to see it large. The arrow keys go to the next well, site or step, with the same \
                             zoom and contrast."
            }
            Self::Runs => {
                "Mark two runs or more to see them in one chart. A star keeps a run at the top of the list."
            }
        }
    }
}

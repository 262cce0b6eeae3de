//! What the help is asked about from elsewhere in the window, and where in the guide it is explained.

use super::place::HelpPlace;
use crate::app::status::messages::Tab;
use crate::guide::GuidePage;

/// Something in the window that can be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The first steps with the program.
    FirstSteps,
    /// How a plate is opened, and which.
    Plates,
    /// What is processed one at a time.
    OneAtATime,
    /// The steps of a pipeline.
    Pipeline,
    /// The forecast, the budget and the computer it is for.
    Forecast,
    /// The lines and marks of the memory chart.
    Chart,
    /// The page of images.
    Images,
    /// The runs on disk, and what can be done with them.
    Runs,
    /// Runs on a cluster.
    Cluster,
    /// What to do when something fails.
    Failures,
    /// The keys.
    Keyboard,
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::FirstSteps,
        Self::Plates,
        Self::OneAtATime,
        Self::Pipeline,
        Self::Forecast,
        Self::Chart,
        Self::Images,
        Self::Runs,
        Self::Cluster,
        Self::Failures,
        Self::Keyboard,
    ];

    /// What explains a page of the window.
    pub fn of_tab(tab: Tab) -> Self {
        match tab {
            Tab::Memory => Self::Chart,
            Tab::Images => Self::Images,
            Tab::Runs => Self::Runs,
            Tab::Log => Self::Failures,
        }
    }

    /// The page of the guide that explains it.
    fn page(self) -> &'static str {
        match self {
            Self::FirstSteps => "first-steps",
            Self::Plates => "plates",
            Self::OneAtATime => "one-at-a-time",
            Self::Pipeline => "pipelines",
            Self::Forecast => "memory",
            Self::Chart => "chart",
            Self::Images => "images",
            Self::Runs => "runs",
            Self::Cluster => "clusters",
            Self::Failures => "when-something-fails",
            Self::Keyboard => "keyboard",
        }
    }

    /// Where in the help it is explained.
    pub(super) fn place(self) -> HelpPlace {
        GuidePage::named(self.page()).map_or(HelpPlace::Contents, |page| HelpPlace::Page(page, None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_is_explained_by_a_page() {
        for topic in Topic::ALL {
            assert!(matches!(topic.place(), HelpPlace::Page(..)), "{topic:?}");
        }
    }
}

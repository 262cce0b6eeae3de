//! What the user asks of the help.

use super::place::HelpPlace;
use super::topic::Topic;

/// What the user asks of the help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelpCommand {
    /// Show what a topic means.
    Explain(Topic),
    /// Show a place.
    Show(HelpPlace),
    /// Show the place before.
    Back,
    /// Seek words.
    Search(String),
    /// Close the help.
    Close,
}

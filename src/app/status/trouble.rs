//! What went wrong, and what can be done about it at once.

use crate::app::messages::Command;

/// Something that went wrong or has to be known, shown until it is dismissed.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    /// What, in few words.
    pub title: String,
    /// What happened and what to do.
    pub sentence: String,
    /// Whether something went wrong.
    pub is_fault: bool,
    /// What can be done about it at once.
    pub next: Option<NextStep>,
}

/// Something that the user can do at once.
#[derive(Clone, Debug, PartialEq)]
pub struct NextStep {
    /// On its button.
    pub name: &'static str,
    /// What it does.
    pub command: Box<Command>,
}

impl NextStep {
    /// A button of a name that does something.
    pub(crate) fn new(name: &'static str, command: impl Into<Command>) -> Self {
        Self { name, command: Box::new(command.into()) }
    }
}

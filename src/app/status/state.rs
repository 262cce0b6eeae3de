//! The frame of the window: which page is open, what went wrong, what is said at the bottom.

use super::messages::{Closing, Note, StatusCommand, StatusWork, Tab};
use super::trouble::Trouble;
use crate::app::outbox::Outbox;

/// What frames the pages.
#[derive(Clone, Debug, Default)]
pub struct StatusState {
    /// The open page.
    pub tab: Tab,
    /// Something that went wrong.
    pub trouble: Option<Trouble>,
    /// What is said of something that was saved or copied.
    pub note: Option<Note>,
    /// Whether the window is to be closed while a run goes.
    pub closing: Closing,
}

impl StatusState {
    pub(crate) fn handle(&mut self, command: StatusCommand, out: &mut Outbox) {
        match command {
            StatusCommand::ShowTab(tab) => self.show(tab),
            StatusCommand::DismissTrouble => self.trouble = None,
            StatusCommand::Copy(text) => out.work(StatusWork::Copy(text)),
            StatusCommand::ShowFolder(path) => out.work(StatusWork::ShowFolder(path)),
            StatusCommand::Close(closing) => self.closing = closing,
        }
    }

    /// Opens a page. What was said of another is over.
    pub(crate) fn show(&mut self, tab: Tab) {
        self.tab = tab;
        self.note = None;
    }

    /// Another plate is shown: what was said of the one before is over.
    pub(crate) fn plate_shown(&mut self) {
        *self = Self { closing: self.closing, ..Self::default() };
    }

    /// What was said before a run is over.
    pub(crate) fn job_began(&mut self) {
        self.trouble = None;
        // What was asked about an earlier run is over with that.
        self.closing = Closing::No;
        self.show(Tab::Memory);
    }

    /// What the verdict says is not said twice.
    pub(crate) fn verdict_shown(&mut self, sentence: &str) {
        self.trouble.take_if(|trouble| sentence.contains(&trouble.sentence));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_to_close_is_asked_of_one_run() {
        let (mut status, mut out) = (StatusState::default(), Outbox::default());
        status.handle(StatusCommand::Close(Closing::Asked), &mut out);
        status.plate_shown();
        assert_eq!(status.closing, Closing::Asked);
        // The run ended while nobody answered, and another begins.
        status.job_began();
        assert_eq!(status.closing, Closing::No);
    }
}

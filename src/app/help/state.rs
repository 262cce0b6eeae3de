//! What the help shows.

use super::messages::HelpCommand;
use super::place::HelpPlace;
use super::topic::Topic;

/// The help, where it is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HelpState {
    /// Whether it is open.
    pub is_open: bool,
    /// What is shown.
    pub place: HelpPlace,
    /// The words that are searched for; empty for none.
    pub sought: String,
    /// How often a place was asked for: the page scrolls there again, also to where it was before.
    pub asked: u64,
    /// The places before, the last last.
    past: Vec<HelpPlace>,
}

/// The most places to which there is a way back.
const MOST_PAST: usize = 100;

impl HelpState {
    pub(crate) fn handle(&mut self, command: HelpCommand) {
        match command {
            HelpCommand::Explain(topic) => self.explain(topic),
            HelpCommand::Show(place) => self.show(place),
            HelpCommand::Back => {
                if let Some(place) = self.past.pop() {
                    self.place = place;
                    self.asked += 1;
                }
            }
            HelpCommand::Search(words) => self.sought = words,
            HelpCommand::Close => self.is_open = false,
        }
    }

    /// Whether there is a way back.
    pub fn has_past(&self) -> bool {
        !self.past.is_empty()
    }

    fn explain(&mut self, topic: Topic) {
        self.sought.clear();
        self.show(topic.place());
    }

    fn show(&mut self, place: HelpPlace) {
        let before = std::mem::replace(&mut self.place, place);
        if self.is_open && before != self.place {
            self.past.push(before);
            let superfluous = self.past.len().saturating_sub(MOST_PAST);
            self.past.drain(..superfluous);
        } else if !self.is_open {
            self.past.clear();
        }
        self.is_open = true;
        self.asked += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::PAGES;

    #[test]
    fn the_way_back_is_that_of_the_places_shown() {
        let mut help = HelpState::default();
        let page = |number: usize| HelpPlace::Page(&PAGES[number], None);
        help.handle(HelpCommand::Show(page(0)));
        assert!(help.is_open && !help.has_past());
        help.handle(HelpCommand::Search("word".to_owned()));
        help.handle(HelpCommand::Show(page(1)));
        help.handle(HelpCommand::Show(page(1)));
        assert_eq!(help.sought, "word");
        help.handle(HelpCommand::Back);
        assert_eq!((&help.place, help.has_past()), (&page(0), false));
        help.handle(HelpCommand::Back);
        assert_eq!(help.place, page(0));
        help.handle(HelpCommand::Show(HelpPlace::About));
        help.handle(HelpCommand::Close);
        // Whoever opens it again begins again.
        help.handle(HelpCommand::Explain(Topic::Chart));
        assert!(help.is_open && !help.has_past() && help.sought.is_empty());
    }
}

//! How the user is asked for files and folders: by the desktop's dialog where it has one, else in the window.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, never, select};

use super::messages::{BrowseEvent, NoDialog, Reply};
use crate::app::desktop::{Answer, Desktop, DesktopDialogs, Dialogs, Question, ask_desktop};
use crate::app::threads::Outlet;

/// A dialog that comes to nothing within this time has not been closed by anyone.
const TOO_SOON: Duration = Duration::from_millis(400);

/// Asks by the desktop or in the window. One question is open at a time.
pub(crate) struct WindowDialogs {
    outlet: Outlet,
    desktop: DesktopDialogs,
    /// By which the user, who has asked again, says that no dialog is seen.
    unseen: (Sender<()>, Receiver<()>),
}

impl WindowDialogs {
    pub(crate) fn new(outlet: Outlet) -> Self {
        Self { outlet, desktop: DesktopDialogs::default(), unseen: bounded(1) }
    }

    /// Asks by the desktop's dialog: its answer, or why the window is to ask, with the dialog that may still answer.
    fn ask_desktop(&self, question: &Question) -> Result<Answer, (NoDialog, Receiver<Option<PathBuf>>)> {
        // What was said of an earlier one is over.
        while self.unseen.1.try_recv().is_ok() {}
        let (sender, answers) = bounded(1);
        let (began, asked) = (Instant::now(), question.clone());
        let shown = std::thread::Builder::new().name("desktop dialog".to_owned()).spawn(move || {
            // It may come too late for anyone.
            let _taken = sender.send(ask_desktop(&asked));
        });
        if shown.is_err() {
            return Err((NoDialog::Closed, never()));
        }
        select! {
            recv(answers) -> chosen => match chosen {
                Ok(Some(path)) => Ok(Answer::Chosen(path)),
                Ok(None) if began.elapsed() >= TOO_SOON => Ok(Answer::Dismissed),
                Ok(None) | Err(_) => Err((NoDialog::Closed, never())),
            },
            recv(self.unseen.1) -> _ => Err((NoDialog::Unseen, answers)),
        }
    }

    /// Asks in the window. What is chosen in a dialog of the desktop that has come up after all is taken, too; that
    /// it is closed says nothing any more.
    fn ask_window(&self, question: Question, why: NoDialog, late: &Receiver<Option<PathBuf>>) -> Answer {
        log::info!("{}: {}", question.title, why.sentence());
        let (reply, replies) = Reply::channel();
        if !self.outlet.send(BrowseEvent::Asked { question, why, reply }) {
            return Answer::Dismissed;
        }
        let closed = never();
        let mut late = late;
        loop {
            select! {
                recv(replies) -> chosen => return match chosen {
                    Ok(Some(path)) => Answer::Chosen(path),
                    Ok(None) | Err(_) => Answer::Dismissed,
                },
                recv(late) -> chosen => match chosen {
                    Ok(Some(path)) => return Answer::Chosen(path),
                    Ok(None) | Err(_) => late = &closed,
                },
            }
        }
    }
}

impl Dialogs for WindowDialogs {
    fn ask(&self, question: Question) -> Answer {
        let waiting = || {
            self.outlet.send(BrowseEvent::Waiting);
        };
        let none = never();
        let answer = match self.desktop.look(waiting) {
            Desktop::HasDialogs => {
                self.outlet.send(BrowseEvent::Answered);
                match self.ask_desktop(&question) {
                    Ok(answer) => answer,
                    Err((why, late)) => self.ask_window(question, why, &late),
                }
            }
            Desktop::HasNone => self.ask_window(question, NoDialog::Absent, &none),
            Desktop::IsSilent => self.ask_window(question, NoDialog::Silent, &none),
        };
        self.outlet.send(BrowseEvent::Answered);
        answer
    }

    fn ask_here(&self) {
        // Where it has been said already, that will do.
        let _said = self.unseen.0.try_send(());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::app::desktop::Wanted;
    use crate::app::messages::AppEvent;

    fn asking() -> (Arc<WindowDialogs>, Receiver<AppEvent>) {
        let (sender, receiver) = bounded(8);
        let outlet = Outlet { sender, wake: Arc::new(|| ()) };
        (Arc::new(WindowDialogs::new(outlet)), receiver)
    }

    fn question() -> Question {
        Question { wanted: Wanted::Folder, title: "A folder".to_owned(), begin_in: None, kind: None }
    }

    #[test]
    fn whoever_is_seen_answers_and_what_comes_late_is_dropped() {
        let path = |name: &str| Some(PathBuf::from(name));
        let (closed, chosen) = (None, path("/desktop"));
        // What the desktop's dialog says while the window asks, what the window says, and what holds.
        for (desktop, window, expected) in [
            (Some(chosen.clone()), None, Answer::Chosen("/desktop".into())),
            (Some(closed.clone()), Some(path("/window")), Answer::Chosen("/window".into())),
            (Some(closed), Some(None), Answer::Dismissed),
            (None, Some(path("/window")), Answer::Chosen("/window".into())),
            (None, Some(None), Answer::Dismissed),
        ] {
            let (dialogs, events) = asking();
            let (late, answers) = bounded(1);
            let asked = {
                let dialogs = Arc::clone(&dialogs);
                std::thread::spawn(move || dialogs.ask_window(question(), NoDialog::Unseen, &answers))
            };
            let AppEvent::Browse(BrowseEvent::Asked { reply, why, .. }) = events.recv().unwrap() else {
                panic!("the window was not asked")
            };
            assert_eq!(why, NoDialog::Unseen);
            if let Some(answer) = desktop {
                late.send(answer).unwrap();
            }
            if let Some(answer) = window {
                reply.give(answer);
            }
            assert_eq!(asked.join().unwrap(), expected);
            // Nobody is there any more to be surprised.
            let _dropped = late.try_send(chosen.clone());
            assert!(events.try_recv().is_err());
        }
    }

    #[test]
    fn a_window_that_is_gone_chooses_nothing() {
        let (dialogs, events) = asking();
        drop(events);
        assert_eq!(dialogs.ask_window(question(), NoDialog::Absent, &never()), Answer::Dismissed);
    }
}

//! What the user is asked for in a dialog, whoever shows it, and the desktop's own dialogs.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, bounded};

/// A kind of files in words, and the endings of their names; the first is given to names without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileKind {
    /// What they are, for the user.
    pub name: &'static str,
    /// The endings without the point.
    pub endings: &'static [&'static str],
}

impl FileKind {
    /// Whether a name has one of the endings.
    pub fn has(&self, name: &std::path::Path) -> bool {
        let ending = name.extension().and_then(|ending| ending.to_str());
        ending.is_some_and(|ending| self.endings.iter().any(|known| known.eq_ignore_ascii_case(ending)))
    }

    /// A name with one of the endings: other programs tell what a file is by it.
    pub fn named(&self, mut path: PathBuf) -> PathBuf {
        if let Some(ending) = self.endings.first().filter(|_| !self.has(&path)) {
            path.as_mut_os_string().push(format!(".{ending}"));
        }
        path
    }
}

/// What the user is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A folder that is there.
    Folder,
    /// A file that is there.
    File,
    /// A file to write, with the name that is offered.
    NewFile(String),
}

/// A question to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What is asked for.
    pub wanted: Wanted,
    /// What it is for, as the title of the dialog.
    pub title: String,
    /// The folder that is shown first.
    pub begin_in: Option<PathBuf>,
    /// The files that are shown.
    pub kind: Option<FileKind>,
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The user chose nothing.
    Dismissed,
    /// The user chose this.
    Chosen(PathBuf),
}

/// Whoever asks the user; waits for the answer.
pub(crate) trait Dialogs: Send + Sync {
    fn ask(&self, question: Question) -> Answer;

    /// The user has asked again while a dialog of the desktop is open, or said to be: it may never have come up.
    fn ask_here(&self) {}
}

/// Asks by the desktop's own dialog; `None` where the user chose nothing, or where there is none.
pub(super) fn ask_desktop(question: &Question) -> Option<PathBuf> {
    let mut dialog = rfd::FileDialog::new().set_title(&question.title);
    if let Some(folder) = &question.begin_in {
        dialog = dialog.set_directory(folder);
    }
    if let Some(kind) = question.kind {
        dialog = dialog.add_filter(kind.name, kind.endings);
    }
    match &question.wanted {
        Wanted::Folder => dialog.pick_folder(),
        Wanted::File => dialog.pick_file(),
        Wanted::NewFile(name) => dialog.set_file_name(name).save_file(),
    }
}

/// Whether the desktop has dialogs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Desktop {
    /// It has some.
    HasDialogs,
    /// It has none.
    HasNone,
    /// It should have some, and does not answer.
    IsSilent,
}

/// How long the desktop may take to say whether it has dialogs.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long it may take before it is shown that it is waited for.
const UNSEEN: Duration = Duration::from_millis(200);

/// What is known of the desktop's dialogs.
#[derive(Debug, Default)]
pub(super) struct DesktopDialogs {
    /// Whether it has been asked and has not answered yet.
    is_silent: Arc<AtomicBool>,
}

impl DesktopDialogs {
    /// Asks the desktop whether it has dialogs, for as long as it may take; `waiting` is called where it takes long enough
    /// to be seen. A desktop that has not answered once is not waited for again until it does.
    pub(super) fn look(&self, waiting: impl FnOnce()) -> Desktop {
        self.look_by(desktop_answers, PATIENCE, waiting)
    }

    fn look_by(
        &self,
        answers: impl FnOnce() -> bool + Send + 'static,
        patience: Duration,
        waiting: impl FnOnce(),
    ) -> Desktop {
        if self.is_silent.swap(true, Ordering::SeqCst) {
            return Desktop::IsSilent;
        }
        let (sender, receiver) = bounded(1);
        let is_silent = Arc::clone(&self.is_silent);
        let asked = std::thread::Builder::new().name("desktop".to_owned()).spawn(move || {
            let has_dialogs = answers();
            is_silent.store(false, Ordering::SeqCst);
            // Who asked may have gone on without it.
            let _taken = sender.send(has_dialogs);
        });
        if asked.is_err() {
            self.is_silent.store(false, Ordering::SeqCst);
            return Desktop::HasNone;
        }
        let told = match receiver.recv_timeout(UNSEEN.min(patience)) {
            Err(RecvTimeoutError::Timeout) => {
                waiting();
                receiver.recv_timeout(patience.saturating_sub(UNSEEN))
            }
            told => told,
        };
        match told {
            Ok(true) => Desktop::HasDialogs,
            Ok(false) => Desktop::HasNone,
            Err(RecvTimeoutError::Timeout) => Desktop::IsSilent,
            // The thread panicked.
            Err(RecvTimeoutError::Disconnected) => {
                self.is_silent.store(false, Ordering::SeqCst);
                Desktop::HasNone
            }
        }
    }
}

/// Windows and macOS have dialogs of their own.
#[cfg(any(not(unix), target_vendor = "apple"))]
fn desktop_answers() -> bool {
    true
}

/// Linux and its like have dialogs where a portal answers for them, or zenity is installed.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn desktop_answers() -> bool {
    portal_answers() || is_on_path("zenity", std::env::var_os("PATH"))
}

/// Whether the desktop's portal answers, for as long as the portal takes to start, and shows dialogs for files.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn portal_answers() -> bool {
    let version = async || -> zbus::Result<()> {
        let bus = zbus::Connection::session().await?;
        let properties = Some("org.freedesktop.DBus.Properties");
        let of = ("org.freedesktop.portal.FileChooser", "version");
        let (name, path) = ("org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop");
        bus.call_method(Some(name), path, properties, "Get", &of).await?;
        Ok(())
    };
    match pollster::block_on(version()) {
        Ok(()) => true,
        Err(error) => {
            log::info!("The desktop's portal shows no dialogs for files: {error}");
            false
        }
    }
}

#[cfg(all(unix, not(target_vendor = "apple")))]
fn is_on_path(program: &str, path: Option<std::ffi::OsString>) -> bool {
    let path = path.unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Answers always the same, without a dialog.
    pub(crate) struct Always(pub(crate) Answer);

    impl Dialogs for Always {
        fn ask(&self, _: Question) -> Answer {
            self.0.clone()
        }
    }

    #[test]
    fn a_desktop_that_does_not_answer_is_not_waited_for_twice() {
        let desktop = DesktopDialogs::default();
        let short = Duration::from_millis(1_500);
        let look = |answer: bool| desktop.look_by(move || answer, short, || panic!("it answered at once"));
        assert_eq!(look(true), Desktop::HasDialogs);
        assert_eq!(look(false), Desktop::HasNone);
        let (late, answer) = bounded::<()>(0);
        let (mut is_told, began) = (false, std::time::Instant::now());
        let silent = desktop.look_by(move || answer.recv().is_ok(), short, || is_told = true);
        assert!(silent == Desktop::IsSilent && is_told);
        assert!(began.elapsed() >= short);
        assert_eq!(look(true), Desktop::IsSilent);
        // It has been slow to start, and is there now.
        late.send(()).unwrap();
        while desktop.is_silent.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(2));
        }
        assert_eq!(look(true), Desktop::HasDialogs);
        assert_eq!(desktop.look_by(|| panic!("on purpose"), short, || ()), Desktop::HasNone);
        assert_eq!(look(true), Desktop::HasDialogs);
    }

    #[test]
    #[cfg(all(unix, not(target_vendor = "apple")))]
    fn a_program_is_found_on_the_path() {
        let root = tempfile::tempdir().unwrap();
        let path = || Some(root.path().as_os_str().to_owned());
        assert!(!is_on_path("zenity", path()) && !is_on_path("zenity", None));
        std::fs::write(root.path().join("zenity"), "").unwrap();
        assert!(is_on_path("zenity", path()));
    }

    #[test]
    fn a_name_gets_the_ending_of_its_kind() {
        let kind = FileKind { name: "TIFF image", endings: &["tif", "tiff"] };
        for (name, named) in [
            ("a", "a.tif"),
            ("a.TIF", "a.TIF"),
            ("a.tiff", "a.tiff"),
            ("a.b", "a.b.tif"),
            (".tif", ".tif.tif"),
        ] {
            assert_eq!(kind.named(PathBuf::from(name)), PathBuf::from(named));
        }
    }
}

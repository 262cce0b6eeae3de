//! The dialogs of the desktop, and whether there are any.
//!
//! What the toolkit gives is a path or none. None may mean that the user chose nothing or that nothing was shown,
//! and what was not confirmed must not be written. So the desktop is asked whether it has dialogs at all.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A dialog that comes to nothing within this time may not have been shown.
const NOT_SEEN: Duration = Duration::from_secs(1);

/// What the user is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted<'a> {
    /// A folder that is there.
    Folder,
    /// A file that is there.
    File,
    /// A file to write, with the name that is offered.
    NewFile(&'a str),
}

/// A question to the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Question<'a> {
    pub(crate) wanted: Wanted<'a>,
    pub(crate) title: &'a str,
    /// The folder that is shown first.
    pub(crate) begin_in: Option<&'a Path>,
    /// A kind of files in words, and the endings of their names.
    pub(crate) kind: Option<(&'a str, &'a [&'a str])>,
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The desktop has no dialogs.
    Absent,
    /// The user chose nothing, or was not asked: this desktop may have no dialogs.
    Unclear,
    /// The user chose nothing.
    Dismissed,
    /// The user chose this.
    Chosen(PathBuf),
}

/// Whoever asks the user; waits for the answer.
pub(crate) trait Dialogs: Send + Sync {
    fn ask(&self, question: Question<'_>) -> Answer;
}

/// The system's own.
pub(crate) struct SystemDialogs;

impl Dialogs for SystemDialogs {
    fn ask(&self, question: Question<'_>) -> Answer {
        let Question { wanted, title, begin_in, kind } = question;
        let mut dialog = rfd::FileDialog::new().set_title(title);
        if let Some(folder) = begin_in {
            dialog = dialog.set_directory(folder);
        }
        if let Some((name, endings)) = kind {
            dialog = dialog.add_filter(name, endings);
        }
        let began = Instant::now();
        let chosen = match wanted {
            Wanted::Folder => dialog.pick_folder(),
            Wanted::File => dialog.pick_file(),
            Wanted::NewFile(name) => dialog.set_file_name(name).save_file(),
        };
        answer(chosen, began.elapsed(), || dialogs_exist(&|name| std::env::var_os(name)))
    }
}

fn answer(chosen: Option<PathBuf>, took: Duration, dialogs_exist: impl FnOnce() -> bool) -> Answer {
    match chosen {
        Some(path) => Answer::Chosen(path),
        None if took >= NOT_SEEN => Answer::Dismissed,
        None if dialogs_exist() => Answer::Unclear,
        None => Answer::Absent,
    }
}

/// Whether the desktop may have dialogs: Linux and its like have them where a portal or zenity is installed.
fn dialogs_exist(variable: &dyn Fn(&str) -> Option<OsString>) -> bool {
    if cfg!(not(unix)) || cfg!(target_vendor = "apple") || Path::new("/.flatpak-info").exists() {
        return true;
    }
    let paths = |name, usual: &str| -> Vec<PathBuf> {
        let value = variable(name).filter(|value| !value.is_empty()).unwrap_or_else(|| usual.into());
        std::env::split_paths(&value).collect()
    };
    let home = variable("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    let own = variable("XDG_DATA_HOME").map(PathBuf::from).or(home);
    let shared = paths("XDG_DATA_DIRS", "/usr/local/share:/usr/share");
    let portal = "dbus-1/services/org.freedesktop.portal.Desktop.service";
    let has_portal = own.into_iter().chain(shared).any(|folder| folder.join(portal).exists());
    has_portal || paths("PATH", "/usr/bin").iter().any(|folder| folder.join("zenity").exists())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Answers always the same, without a dialog.
    pub(crate) struct Always(pub(crate) Answer);

    impl Dialogs for Always {
        fn ask(&self, _: Question<'_>) -> Answer {
            self.0.clone()
        }
    }

    #[test]
    fn a_dialog_that_was_dismissed_is_told_from_none() {
        let (fast, slow) = (Duration::from_millis(200), Duration::from_secs(3));
        let path = PathBuf::from("/a.png");
        for (chosen, took, dialogs_exist, expected) in [
            (Some(path.clone()), fast, false, Answer::Chosen(path)),
            (None, slow, true, Answer::Dismissed),
            (None, slow, false, Answer::Dismissed),
            (None, fast, true, Answer::Unclear),
            (None, fast, false, Answer::Absent),
        ] {
            let found = answer(chosen, took, || dialogs_exist);
            assert_eq!(found, expected, "{took:?}, {dialogs_exist}");
        }
    }

    #[test]
    #[cfg(all(unix, not(target_vendor = "apple")))]
    fn a_portal_or_zenity_is_a_dialog() {
        let root = tempfile::tempdir().unwrap();
        let (data, bin) = (root.path().join("data"), root.path().join("bin"));
        let there = || {
            dialogs_exist(&|name| match name {
                "XDG_DATA_DIRS" => Some(data.clone().into()),
                "PATH" => Some(bin.clone().into()),
                "HOME" => Some(root.path().into()),
                _ => None,
            })
        };
        assert!(!there());
        std::fs::create_dir_all(data.join("dbus-1/services")).unwrap();
        let portal = data.join("dbus-1/services/org.freedesktop.portal.Desktop.service");
        std::fs::write(&portal, "").unwrap();
        assert!(there());
        std::fs::remove_file(portal).unwrap();
        std::fs::create_dir(&bin).unwrap();
        std::fs::write(bin.join("zenity"), "").unwrap();
        assert!(there());
    }
}

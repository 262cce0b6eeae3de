//! What is done outside for the frame of the window.

use std::path::Path;

use super::messages::StatusWork;

impl StatusWork {
    pub(crate) fn start(self, context: &egui::Context) {
        match self {
            Self::Copy(text) => context.copy_text(text),
            Self::Tell { title, sentence } => tell(context, title, sentence),
            Self::ShowFolder(path) => {
                if let Some(url) = file_url(&path) {
                    context.open_url(egui::OpenUrl::new_tab(url));
                }
            }
        }
    }
}

/// Tells by the desktop what has happened, where the window is in the background.
fn tell(context: &egui::Context, title: String, sentence: String) {
    if context.input(|input| input.viewport().focused.unwrap_or(input.focused)) {
        return;
    }
    let attention = egui::UserAttentionType::Informational;
    context.send_viewport_cmd(egui::ViewportCommand::RequestUserAttention(attention));
    show(title, sentence);
}

/// On macOS the program's sign in the dock has to do.
#[cfg(target_os = "macos")]
fn show(_title: String, _sentence: String) {}

/// Shows a notification of the desktop.
#[cfg(not(target_os = "macos"))]
fn show(title: String, sentence: String) {
    // The desktop may take long to answer, or never do.
    let told = std::thread::Builder::new().name("notification".to_owned()).spawn(move || {
        let mut notification = notify_rust::Notification::new();
        notification.appname("Stepwell").summary(&title).body(&sentence).icon("stepwell");
        if let Err(error) = notification.show() {
            log::info!("The desktop shows no notifications: {error}");
        }
    });
    if let Err(error) = told {
        log::info!("The desktop could not be told: {error}");
    }
}

/// The `file://` address of a folder; `None` of a path that is not absolute.
fn file_url(path: &Path) -> Option<String> {
    url::Url::from_file_path(path).ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_become_addresses() {
        let root = if cfg!(windows) { "C:" } else { "" };
        let table = [
            ("/home/a/Stepwell", "/home/a/Stepwell"),
            ("/home/a b/100 %", "/home/a%20b/100%20%25"),
            ("/é#?", "/%C3%A9%23%3F"),
        ];
        for (path, url) in table {
            let expected = format!("file://{}{root}{url}", if cfg!(windows) { "/" } else { "" });
            assert_eq!(file_url(Path::new(&format!("{root}{path}"))), Some(expected));
        }
        assert_eq!(file_url(Path::new("here")), None);
    }
}

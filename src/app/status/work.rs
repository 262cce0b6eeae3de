//! What is done outside for the frame of the window.

use std::path::Path;

use super::messages::StatusWork;

impl StatusWork {
    /// Does it.
    pub(crate) fn start(self, context: &egui::Context) {
        match self {
            Self::Copy(text) => context.copy_text(text),
            Self::ShowFolder(path) => context.open_url(egui::OpenUrl::new_tab(file_url(&path))),
        }
    }
}

/// The `file://` address of a folder; every byte that has a meaning in an address is escaped.
fn file_url(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let mut url = String::from(if text.starts_with('/') { "file://" } else { "file:///" });
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' | b':' => {
                url.push(char::from(byte));
            }
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_become_addresses() {
        let table = [
            ("/home/a/Stepwell", "file:///home/a/Stepwell"),
            ("/home/a b/100 %", "file:///home/a%20b/100%20%25"),
            ("C:\\Users\\a", "file:///C:/Users/a"),
            ("/é#?", "file:///%C3%A9%23%3F"),
        ];
        for (path, url) in table {
            assert_eq!(file_url(Path::new(path)), url);
        }
    }
}

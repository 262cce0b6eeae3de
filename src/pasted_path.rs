//! Paths as people type and paste them: in quotes, as the address that a file manager copies, with `~`, with a line end, with the
//! backslashes of a shell.

use std::path::{Path, PathBuf};

use crate::folders;

/// Quotes that stand around a path.
const QUOTES: [(char, char); 5] = [('"', '"'), ('\'', '\''), ('“', '”'), ('„', '“'), ('«', '»')];

/// The path that a text means: the text as it is, where there is something at it; else without what only stands around a path.
pub fn pasted_path(text: &str) -> PathBuf {
    let found = readings(text, folders::home_dir().as_deref());
    let there = found.iter().find(|path| path.symlink_metadata().is_ok());
    there.or(found.last()).cloned().unwrap_or_default()
}

/// What a text may mean, the likeliest first; the last is the one with nothing around it.
fn readings(text: &str, home: Option<&Path>) -> Vec<PathBuf> {
    let mut readings = vec![PathBuf::from(text)];
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    readings.push(line.into());
    let inner = unquoted(line);
    readings.push(inner.into());
    if let Some(path) = of_address(inner) {
        readings.push(path);
    } else if let Some(path) = home.and_then(|home| below_home(inner, home)) {
        readings.push(path);
    } else if cfg!(unix) && inner.contains('\\') {
        readings.push(without_escapes(inner).into());
    }
    readings.dedup();
    readings
}

fn unquoted(line: &str) -> &str {
    let inner = |(open, close): (char, char)| line.strip_prefix(open)?.strip_suffix(close);
    QUOTES.into_iter().find_map(inner).map_or(line, str::trim)
}

fn of_address(text: &str) -> Option<PathBuf> {
    let address = url::Url::parse(text).ok().filter(|address| address.scheme() == "file")?;
    address.to_file_path().ok()
}

fn below_home(text: &str, home: &Path) -> Option<PathBuf> {
    let below = text.strip_prefix('~')?;
    let is_own = below.is_empty() || below.starts_with(['/', std::path::MAIN_SEPARATOR]);
    is_own.then(|| home.join(below.trim_start_matches(['/', std::path::MAIN_SEPARATOR])))
}

/// As a shell of Linux or macOS reads it.
fn without_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next()),
            character => plain.push(character),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_people_paste_them() {
        let home = Path::new("/home/ada");
        let last = |text: &str| readings(text, Some(home)).pop().unwrap();
        let table = [
            ("/data/plate 1", "/data/plate 1"),
            ("\"/data/plate 1\"", "/data/plate 1"),
            ("'/data/plate 1'\n", "/data/plate 1"),
            ("“/data/plate 1”", "/data/plate 1"),
            ("  /data/plate 1 \r\n", "/data/plate 1"),
            ("\n/data/a\n/data/b\n", "/data/a"),
            ("~", "/home/ada"),
            ("~/plates/1", "/home/ada/plates/1"),
            ("~ada/plates", "~ada/plates"),
            ("/data/it's", "/data/it's"),
            ("\"", "\""),
            ("", ""),
        ];
        for (text, expected) in table {
            assert_eq!(last(text), Path::new(expected), "{text:?}");
        }
        #[cfg(unix)]
        for (text, expected) in [
            ("file:///data/plate%201", "/data/plate 1"),
            ("\"file:///data/%C3%A4\"", "/data/ä"),
            ("file://localhost/data/1", "/data/1"),
            ("/data/plate\\ 1\\ \\(a\\)", "/data/plate 1 (a)"),
        ] {
            assert_eq!(last(text), Path::new(expected), "{text:?}");
        }
    }

    #[test]
    fn what_is_there_as_it_stands_goes_before_all_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::create_dir(at("plate\\ 1")).unwrap();
        std::fs::create_dir(at("plate 1")).unwrap();
        assert_eq!(pasted_path(&at("plate\\ 1")), Path::new(&at("plate\\ 1")));
        let quoted = format!("\"{}\"\n", at("plate 1"));
        assert_eq!(pasted_path(&quoted), Path::new(&at("plate 1")));
        assert_eq!(pasted_path(&at("not there")), Path::new(&at("not there")));
    }
}

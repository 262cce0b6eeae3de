//! The paths that an index names, as URLs: read in every way that they may be meant, and compared.
//!
//! Deliberately absent: which files there are.

use percent_encoding::percent_decode_str;

/// What a URL may say: itself, and with its `%20` resolved.
pub(super) fn readings(url: &str) -> Vec<String> {
    if url.is_empty() {
        return Vec::new();
    }
    let path = url.replace('\\', "/");
    let decoded = percent_decode_str(&path).decode_utf8_lossy().into_owned();
    if decoded == path { vec![path] } else { vec![path, decoded] }
}

/// The file's own name at the end of a path.
pub(super) fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A path without `.` and `..`.
pub(super) fn resolved(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A path by which it is compared: in lower case, and with one ending for TIFF files.
pub(super) fn comparable(path: &str) -> String {
    let mut lower = path.to_lowercase();
    if lower.ends_with(".tiff") {
        lower.truncate(lower.len() - 1);
    }
    lower
}

//! The names that a path consists of.

use std::path::{Component, Path};

/// Characters that the one writer puts between the name of a file and the ending of its part.
const RANDOM_CHARS: usize = 6;

/// The names in a relative path; `None` where it is none, or leads anywhere but down.
pub(super) fn names_of(path: &Path) -> Option<Vec<&str>> {
    let name = |part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    };
    path.components().map(name).collect()
}

/// The name of the file of which this is a part that was never finished.
pub(super) fn part_of(name: &str) -> Option<&str> {
    let (whole, random) = name.strip_suffix(".part")?.rsplit_once('.')?;
    let is_random = random.len() == RANDOM_CHARS && random.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_random.then_some(whole)
}

//! The names that a path consists of.

use std::path::{Component, Path};

/// The names in a relative path; `None` where it is none, or leads anywhere but down.
pub(super) fn names_of(path: &Path) -> Option<Vec<&str>> {
    let name = |part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    };
    path.components().map(name).collect()
}

/// Whether a name is that of a part of a file that was never finished.
pub(crate) fn is_part(name: &str) -> bool {
    part_of(name).is_some()
}

/// The name of the file of which this is a part that was never finished.
pub(super) fn part_of(name: &str) -> Option<&str> {
    name.strip_suffix(".part")?.rsplit_once('.').map(|(whole, _)| whole)
}

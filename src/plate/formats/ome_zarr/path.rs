//! Paths that attributes name, which may be anybody's.

use std::path::{Component, Path};

/// The parts of a path below the group that names it; `None` of one that leads elsewhere, or nowhere.
pub(super) fn parts(path: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    (!path.starts_with('/') && parts.iter().all(|part| is_name(part))).then_some(parts)
}

/// Whether it is the name of something in a folder, on this system.
fn is_name(part: &str) -> bool {
    let mut components = Path::new(part).components();
    let is_one = matches!(components.next(), Some(Component::Normal(name)) if name == part);
    is_one && components.next().is_none() && !part.contains(['\\', '\0'])
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn a_path_leads_down() {
        let table: [(&str, Option<&[&str]>); 12] = [
            ("A/02", Some(&["A", "02"])),
            ("0", Some(&["0"])),
            ("0/", Some(&["0"])),
            ("a b/µ", Some(&["a b", "µ"])),
            ("", None),
            ("/", None),
            ("/etc/passwd", None),
            ("A//02", None),
            ("A/../../B", None),
            (".", None),
            ("A\\..\\B", None),
            ("A\0B", None),
        ];
        for (path, expected) in table {
            assert_eq!(parts(path).as_deref(), expected, "{path:?}");
        }
    }
}

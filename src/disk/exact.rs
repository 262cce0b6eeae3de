//! Paths to the letter. Windows takes some names for others: one that ends in a point or a blank for the one
//! without, and `NUL.tif` for a device. Disks that other systems write to, too, have such names. Only a path
//! in the form that Windows calls verbatim (`\\?\C:\…`) is taken as it stands, and as long as it is.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

/// How verbatim paths begin, on a drive and on a computer in the network.
const VERBATIM: &str = r"\\?\";
const VERBATIM_UNC: &str = r"\\?\UNC\";

/// Whether Windows takes a file's name, with any ending, for a device.
/// Source: "Naming Files, Paths, and Namespaces", Microsoft.
pub(crate) fn is_device(name: &str) -> bool {
    let stem = name.split(['.', ':']).next().unwrap_or_default().trim_end_matches(' ');
    let is = |device: &str| device.eq_ignore_ascii_case(stem);
    let mut letters = stem.chars();
    let is_numbered = letters.next_back().is_some_and(|last| matches!(last, '1'..='9' | '¹' | '²' | '³'))
        && ["COM", "LPT"].iter().any(|device| device.eq_ignore_ascii_case(letters.as_str()));
    is_numbered || ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].into_iter().any(is)
}

/// Whether Windows takes a name in a path for another.
fn is_another(name: &str) -> bool {
    !matches!(name, "." | "..") && (name.ends_with(['.', ' ']) || is_device(name))
}

fn is_separator(letter: char) -> bool {
    matches!(letter, '\\' | '/')
}

/// Paths of more UTF-16 units than this are given to Windows verbatim, because only these have no end: of
/// 260 units others have some are for its own use.
const LONG_UNITS: usize = 240;

/// An absolute path of which Windows would take a name for another, or which it would find too long, in the
/// form in which it does not; `None` of all others.
#[cfg_attr(not(windows), allow(dead_code))] // tested everywhere
fn verbatim(path: &str) -> Option<String> {
    let (start, below) = match path.strip_prefix(r"\\") {
        Some(below) if !below.starts_with(['?', '.']) => (VERBATIM_UNC, below),
        None if path.get(1..3).is_some_and(|drive| drive == r":\" || drive == ":/") => (VERBATIM, path),
        _ => return None,
    };
    let names = below.split(is_separator).filter(|name| !matches!(*name, "" | "."));
    let names: Vec<&str> = names.collect();
    // What lies above is told by Windows, not by the text: a link may be in between.
    let is_odd = path.encode_utf16().count() > LONG_UNITS || names.iter().any(|name| is_another(name));
    (is_odd && !names.contains(&"..")).then(|| format!("{start}{}", names.join(r"\")))
}

/// A verbatim path as people and other programs expect it, where it then leads to the same; `None` of all
/// others.
fn plain_text(path: &str) -> Option<String> {
    let (start, below) = match path.strip_prefix(VERBATIM_UNC) {
        Some(below) => (r"\\", below),
        None => ("", path.strip_prefix(VERBATIM)?),
    };
    let is_place = !start.is_empty() || below.get(1..3).is_some_and(|drive| drive == r":\");
    let is_same = is_place && !below.split('\\').any(|name| is_another(name) || name.contains('/'));
    is_same.then(|| format!("{start}{below}"))
}

/// The absolute path without links of what is at a path, as people write it. On Windows a name that is typed
/// with a blank at its end may mean the one without.
///
/// # Errors
/// What the system says, as where nothing is there.
pub(crate) fn canonical(path: &Path) -> io::Result<PathBuf> {
    // Some file systems of Windows (disks in memory, folders that virtual machines share) do not tell what a
    // link leads to, and have none.
    let without_links = |path: &Path| match path.canonicalize() {
        Err(_) if cfg!(windows) && path.exists() => std::path::absolute(path),
        told => told,
    };
    let path = without_links(&exact(path)).or_else(|_| without_links(path))?;
    let plain = path.to_str().and_then(plain_text).map(PathBuf::from);
    Ok(plain.unwrap_or(path))
}

/// The path by which the system is asked for something that others have named.
pub(crate) fn exact(path: &Path) -> Cow<'_, Path> {
    #[cfg(windows)]
    if let Some(verbatim) = path.to_str().and_then(verbatim) {
        return Cow::Owned(verbatim.into());
    }
    Cow::Borrowed(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_told_from_files() {
        for name in
            ["CON", "nul.tif", "Aux.companion.ome", "com1", "LPT9.x.y", "COM¹", "PRN ", "prn .tif", "CONIN$"]
        {
            assert!(is_device(name), "{name}");
        }
        for name in ["", "CONTROL", "NUL-1.tif", "COM", "COM0", "COM10", "xCON", "A01.NUL", ".NUL", "ÇON"] {
            assert!(!is_device(name), "{name}");
        }
    }

    #[test]
    fn names_that_are_taken_for_others_are_asked_for_to_the_letter() {
        for (path, expected) in [
            (r"C:\plates\NUL.tif", r"\\?\C:\plates\NUL.tif"),
            (r"C:/plates/plate. /./A01.tif", r"\\?\C:\plates\plate. \A01.tif"),
            (r"\\server\share\plate.\A01.tif", r"\\?\UNC\server\share\plate.\A01.tif"),
        ] {
            assert_eq!(verbatim(path).as_deref(), Some(expected), "{path}");
            assert_eq!(plain_text(expected), None, "{expected}");
        }
        for path in [
            r"C:\plates\A01.tif",
            r"C:\plates\..\NUL.tif",
            r"\\?\C:\plates\NUL.tif",
            r"\\.\NUL",
            "NUL",
            "C:NUL",
            "",
            r"\\server\share\plate\A01.tif",
            "/plates/NUL.tif",
            "é:\\NUL",
        ] {
            assert_eq!(verbatim(path), None, "{path}");
        }
    }

    #[test]
    fn long_paths_are_verbatim() {
        let long = format!(r"C:\{}", "ä".repeat(LONG_UNITS - 3));
        assert_eq!(verbatim(&long), None);
        assert_eq!(verbatim(&format!("{long}/a")), Some(format!(r"\\?\{long}\a")));
    }

    #[test]
    fn paths_are_as_people_write_them_where_these_lead_to_the_same() {
        for (path, expected) in [
            (r"\\?\C:\plates\A01.tif", Some(r"C:\plates\A01.tif")),
            (r"\\?\UNC\server\share\plate", Some(r"\\server\share\plate")),
            (r"\\?\C:\", Some(r"C:\")),
            (r"\\?\C:\plates\plate ", None),
            (r"\\?\UNC\server\share\aux\A01.tif", None),
            (r"\\?\Volume{b75e2c83-0000-0000-0000-602f00000000}\plate", None),
            (r"C:\plates", None),
            ("/plates/plate.", None),
        ] {
            assert_eq!(plain_text(path).as_deref(), expected, "{path}");
        }
    }

    #[cfg(windows)]
    fn are_read_as_they_stand(names: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let root = canonical(folder.path()).unwrap();
        for name in names {
            std::fs::write(exact(&root.join(name)), name).unwrap();
        }
        for name in names {
            assert_eq!(crate::disk::read_to_string(&root.join(name), 100).unwrap(), *name);
        }
        // What nobody else can remove goes with us.
        for name in names {
            std::fs::remove_file(exact(&root.join(name))).unwrap();
        }
    }

    #[test]
    #[cfg(windows)]
    fn files_with_names_of_devices_are_read() {
        are_read_as_they_stand(&["NUL.tif", "con", "A01.tif", "com1.x"]);
    }

    #[test]
    #[cfg(windows)]
    fn files_whose_names_end_in_a_point_or_a_blank_are_read() {
        are_read_as_they_stand(&["plate.", "plate", "plate "]);
    }
}

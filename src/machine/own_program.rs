//! The file of this program, which may be replaced by a newer one while it runs.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::SystemTime;

/// What tells a program file from another in its place.
#[derive(Debug, PartialEq, Eq)]
struct Facts {
    bytes: u64,
    changed: Option<SystemTime>,
}

impl Facts {
    fn of(path: &Path) -> io::Result<Self> {
        let facts = path.metadata()?;
        Ok(Self { bytes: facts.len(), changed: facts.modified().ok() })
    }
}

/// The program as it was when it was asked for first.
static AT_FIRST: OnceLock<(PathBuf, Facts)> = OnceLock::new();

/// The path of this program. To be asked for at its start.
///
/// # Errors
/// What the system says.
pub(crate) fn own_program() -> io::Result<PathBuf> {
    if let Some((path, _)) = AT_FIRST.get() {
        return Ok(path.clone());
    }
    let path = std::env::current_exe()?;
    let facts = Facts::of(&path)?;
    Ok(AT_FIRST.get_or_init(|| (path, facts)).0.clone())
}

/// The path by which a program is started. Where it is this one and another file has its place by now, on Linux it is still this
/// program: it and what it starts are to understand each other.
///
/// # Errors
/// Where it was replaced, and the system has it no more.
pub(crate) fn to_start(program: &Path) -> io::Result<PathBuf> {
    let own = AT_FIRST.get().filter(|(path, _)| path == program);
    match own {
        Some((path, at_first)) if Facts::of(path).ok().as_ref() != Some(at_first) => still_there(),
        _ => Ok(program.to_owned()),
    }
}

#[cfg(target_os = "linux")]
fn still_there() -> io::Result<PathBuf> {
    let running = PathBuf::from("/proc/self/exe");
    Facts::of(&running)?;
    Ok(running)
}

#[cfg(not(target_os = "linux"))]
fn still_there() -> io::Result<PathBuf> {
    Err(io::Error::new(io::ErrorKind::NotFound, "Stepwell was updated or moved while it is open: restart it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_program_is_started_by_its_path_and_this_one_too_while_it_is_there() {
        let own = own_program().unwrap();
        assert_eq!(own, std::env::current_exe().unwrap());
        for program in [own, PathBuf::from("/not/there")] {
            assert_eq!(to_start(&program).unwrap(), program);
        }
        #[cfg(target_os = "linux")]
        assert!(still_there().unwrap().exists());
    }
}

//! Whether a drive has a bin of its own. What is deleted from one that has none would be copied into that of the home folder, which is on
//! another drive and may be small, or be gone for good.

use std::path::Path;

/// Whether what lies at a path can go into a bin on its own drive.
#[cfg(all(unix, not(target_vendor = "apple")))]
pub(crate) fn has_bin(path: &Path) -> bool {
    of_drive::has_bin(path, home_data().as_deref())
}

/// The same of macOS, which refuses where there is none.
#[cfg(target_vendor = "apple")]
pub(crate) fn has_bin(_: &Path) -> bool {
    true
}

/// The same of Windows, where drives in the network and those that can be pulled out have none.
#[cfg(windows)]
pub(crate) fn has_bin(path: &Path) -> bool {
    crate::machine::is_fixed_drive(&super::real(path))
}

/// The folder in which the bin of the home folder is (Trash specification 1.0 of freedesktop.org).
#[cfg(all(unix, not(target_vendor = "apple")))]
fn home_data() -> Option<std::path::PathBuf> {
    let folder =
        |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(std::path::PathBuf::from);
    folder("XDG_DATA_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/share")))
}

#[cfg(all(unix, not(target_vendor = "apple")))]
mod of_drive {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::path::{Path, PathBuf};

    use rustix::fs::{Access, AtFlags, CWD, StatxFlags, access, statx};

    pub(super) fn has_bin(path: &Path, home_data: Option<&Path>) -> bool {
        let path = super::super::real(path);
        let Some(drive) = drive_of(&path) else { return false };
        let in_home = home_data.map(|data| data.join("Trash"));
        let is_of_home = |bin: &Path| bin.ancestors().find_map(drive_of) == Some(drive);
        if in_home.is_some_and(|bin| is_of_home(&bin)) {
            return true;
        }
        let top = path.ancestors().take_while(|folder| drive_of(folder) == Some(drive)).last();
        top.is_some_and(has_bin_of_user)
    }

    /// The mount at which a path lies: files can be moved within one alone. Of a kernel that does not tell it, its device.
    fn drive_of(path: &Path) -> Option<(u64, bool)> {
        let told = statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::MNT_ID).ok();
        let mount = told.filter(|told| told.stx_mask & StatxFlags::MNT_ID.bits() != 0);
        mount
            .map(|told| (told.stx_mnt_id, true))
            .or_else(|| Some((path.symlink_metadata().ok()?.dev(), false)))
    }

    /// Whether this user has a bin at the top of a drive, or can make one.
    fn has_bin_of_user(top: &Path) -> bool {
        let user = rustix::process::getuid().as_raw();
        let may_write = |folder: &Path| access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok();
        let is_folder = |folder: &PathBuf| folder.symlink_metadata().is_ok_and(|facts| facts.is_dir());
        let shared = top.join(".Trash");
        let is_sticky =
            |folder: &PathBuf| folder.metadata().is_ok_and(|facts| facts.permissions().mode() & 0o1000 != 0);
        if is_folder(&shared) && is_sticky(&shared) {
            let own = shared.join(user.to_string());
            return may_write(if is_folder(&own) { &own } else { &shared });
        }
        let own = top.join(format!(".Trash-{user}"));
        may_write(if is_folder(&own) { &own } else { top })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_drive_without_a_bin_is_told() {
            let folder = tempfile::tempdir().unwrap();
            let (run, home) = (folder.path().join("run"), folder.path().join("home/.local/share"));
            std::fs::create_dir(&run).unwrap();
            // The bin of the home folder is on the same drive, though it is not there yet.
            assert!(has_bin(&run, Some(&home)));
            assert!(!has_bin(&folder.path().join("not there"), Some(&home)));
            // On another drive it is at the top, where this user may make one.
            assert!(has_bin_of_user(folder.path()) && !has_bin_of_user(&folder.path().join("not there")));
        }
    }
}

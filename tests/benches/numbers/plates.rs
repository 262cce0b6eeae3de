//! The plates that are measured on, made by the program's own generator.

use std::path::{Path, PathBuf};

use stepwell::cancel::Cancel;
use stepwell::demo::{DemoSpec, write};
use stepwell::image::Compression;
use stepwell::plate::PlateLayout;
use stepwell::quantity::bytes_text;

/// A folder for plates and results.
pub(crate) struct Plates {
    folder: PathBuf,
    /// Removes the folder at the end, where it is ours.
    _temporary: Option<tempfile::TempDir>,
}

impl Plates {
    pub(crate) fn new(folder: Option<&Path>) -> Self {
        match folder {
            Some(folder) => Self { folder: folder.to_owned(), _temporary: None },
            None => {
                let temporary = tempfile::tempdir().expect("a temporary folder");
                Self { folder: temporary.path().to_owned(), _temporary: Some(temporary) }
            }
        }
    }

    pub(crate) fn results(&self) -> PathBuf {
        self.folder.join("results")
    }

    /// Writes a plate, after a look at the free disk.
    pub(crate) fn write(&self, name: &str, spec: impl Into<DemoSpec>) -> PathBuf {
        let spec = spec.into();
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&self.folder).expect("a folder that may be written to");
        #[cfg(unix)]
        let free = rustix::fs::statvfs(&self.folder).map_or(u64::MAX, |disk| disk.f_bavail * disk.f_frsize);
        #[cfg(not(unix))]
        let free = u64::MAX;
        let needed = spec.layout.bytes() + spec.layout.image_count() * 4096;
        assert!(
            needed + needed / 10 < free,
            "{} are needed and {} are free: choose another --dir or a smaller plate",
            bytes_text(needed),
            bytes_text(free)
        );
        write(spec, &folder, &Cancel::new(), &|_, _| ()).expect("a plate");
        // What goes to disk later would weigh on what is measured.
        #[cfg(unix)]
        rustix::fs::sync();
        folder
    }

    /// The 540 images of 1 MB of which OpenHCS was measured.
    pub(crate) fn of_540(&self, compression: Compression) -> PathBuf {
        let (width, height) = (1000, 500);
        let layout = PlateLayout { timepoints: 10, width, height, ..PlateLayout::default() };
        self.write(compression.name(), DemoSpec { compression, ..layout.into() })
    }
}

/// All image files under a folder, in order.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "TIF") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

//! Pictures on the disk: an SVG as it is, or as PNG by the fonts that are part of the program: the same picture on a machine
//! without fonts, display or GPU.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

/// The fonts of the window and of pictures.
const FONTS: [&[u8]; 2] = [
    include_bytes!("../../assets/fonts/Inter-Regular.otf"),
    include_bytes!("../../assets/fonts/Inter-SemiBold.otf"),
];

/// Why a picture could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file could not be written.
    #[error("{}: {source}: choose a folder that you may write to and that has room", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The chart could not be turned into pixels.
    #[error("{}: the chart could not be drawn: {why}; export it as SVG instead", path.display())]
    Drawing {
        /// The file that was to be written.
        path: PathBuf,
        /// Where it went wrong.
        why: String,
    },
}

/// Draws an SVG (of this module) and writes it as PNG, beside and renamed, so that a kill
/// leaves no half file.
pub fn write_png(path: &Path, svg: &str) -> Result<(), ExportError> {
    let drawing = |why: String| ExportError::Drawing { path: path.to_owned(), why };
    let mut fonts = fontdb::Database::new();
    for font in FONTS {
        fonts.load_font_data(font.to_vec());
    }
    fonts.set_sans_serif_family("Inter");
    let options = Options { fontdb: Arc::new(fonts), font_family: "Inter".to_owned(), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|error| drawing(error.to_string()))?;
    let size = tree.size().to_int_size();
    let mut pixels = Pixmap::new(size.width(), size.height())
        .ok_or_else(|| drawing(format!("{} x {} is no size", size.width(), size.height())))?;
    resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
    let png = pixels.encode_png().map_err(|error| drawing(error.to_string()))?;
    write_beside(path, &png)
}

/// Writes an SVG, beside and renamed.
pub fn write_svg(path: &Path, svg: &str) -> Result<(), ExportError> {
    write_beside(path, svg.as_bytes())
}

/// Writes a file under another name beside it, then renames it.
pub(crate) fn write_beside(path: &Path, bytes: &[u8]) -> Result<(), ExportError> {
    let io = |source| ExportError::Io { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(io)?;
    }
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    fs::write(&part, bytes).and_then(|()| fs::rename(&part, path)).map_err(|source| {
        // The half file is of no use; that it cannot be removed is told by the error already.
        fs::remove_file(&part).ok();
        io(source)
    })
}

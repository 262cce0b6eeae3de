//! A picture as pixels, by the fonts that are part of the program: the same on a machine without
//! fonts, display or GPU.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::fonts;
use super::write::{ExportError, write};
use crate::disk::Destination;

/// Draws an SVG (of this module) and writes it as PNG.
pub fn write_png(destination: &Destination, svg: &str) -> Result<(), ExportError> {
    type Why = Box<dyn std::error::Error + Send + Sync>;
    let drawing = |why: Why| ExportError::Drawing { path: destination.path().to_owned(), why };
    let mut fonts = fontdb::Database::new();
    for font in [fonts::REGULAR, fonts::SEMI_BOLD] {
        fonts.load_font_data(font.to_vec());
    }
    fonts.set_sans_serif_family("Inter");
    let options = Options { fontdb: Arc::new(fonts), font_family: "Inter".to_owned(), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|error| drawing(error.into()))?;
    let size = tree.size().to_int_size();
    let mut pixels = Pixmap::new(size.width(), size.height())
        .ok_or_else(|| drawing(format!("{} x {} is not a size", size.width(), size.height()).into()))?;
    resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
    let png = pixels.encode_png().map_err(|error| drawing(error.into()))?;
    write(destination, &png)
}

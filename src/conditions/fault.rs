//! Why there is no layout in a file.

use std::io;
use std::path::PathBuf;

/// Why there is no layout in a file.
#[derive(Debug, thiserror::Error)]
pub enum ConditionsFault {
    /// It cannot be read.
    #[error("the layout “{}” cannot be read: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is a workbook.
    #[error("“{}” is a workbook, which is not read: save the sheet as CSV", path.display())]
    Workbook {
        /// The file.
        path: PathBuf,
    },
    /// There is neither a table of wells nor a grid in it.
    #[error(
        "“{}” is no layout: it needs a table with a column “well”, or with “row” and “column”, or a grid with the letters of rows \
         and the numbers of columns around it",
        path.display()
    )]
    NoLayout {
        /// The file.
        path: PathBuf,
    },
    /// It names wells and says nothing of them.
    #[error("“{}” names wells and says nothing of them: it has no other column with a value", path.display())]
    NoColumns {
        /// The file.
        path: PathBuf,
    },
    /// It is of other plates.
    #[error(
        "“{}” is of the plates {}, of which none is called {plate}: write the name of the plate into its column, or leave the \
         rows of others out",
        path.display(), plates.join(", ")
    )]
    OtherPlates {
        /// The file.
        path: PathBuf,
        /// The name of the plate.
        plate: String,
        /// Some of the names in the file.
        plates: Vec<String>,
    },
    /// There is more in it than any plate needs.
    #[error("“{}” has more than {most} cells, which is more than the layout of a plate: leave out what is not needed", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that are read.
        most: usize,
    },
}

//! What a step does, exactly, as a row of one table: the window and the guide show it, and tests hold each row
//! against another program.

/// What a step does, in words for whoever must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// What each pixel becomes.
    pub does: &'static str,
    /// What it equals, and how nearly.
    pub source: &'static str,
    /// What it makes of which type of pixel.
    pub types: &'static str,
    /// What it makes of an image of one grey level, black ones among them.
    pub constant: &'static str,
    /// What it makes of images smaller than what it looks at, and whether there is a largest.
    pub sizes: &'static str,
    /// What it makes of pixels that are not a number, or infinite.
    pub not_numbers: &'static str,
}

impl Definition {
    /// The columns of the table: a heading and what stands there.
    pub fn rows(&self) -> [(&'static str, &'static str); 6] {
        [
            ("Definition", self.does),
            ("Equal to", self.source),
            ("Pixel types", self.types),
            ("One grey level", self.constant),
            ("Small and large images", self.sizes),
            ("Not a number, infinite", self.not_numbers),
        ]
    }
}

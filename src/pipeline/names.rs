//! Names that somebody wrote and that do not exist: which was meant, and which there are.

use std::fmt;

/// A name that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// What it was to be the name of: `step`, `setting of Crop`.
    pub of: String,
    /// The name that was given and does not exist.
    pub found: String,
    /// The names that there are; at least one.
    pub known: Vec<&'static str>,
}

impl UnknownName {
    /// The name that is the most like it: of several the first.
    pub fn nearest(&self) -> Option<&'static str> {
        let found = self.found.to_lowercase();
        // Beginnings count most (Jaro and Winkler), so that a long name is found from its first letters, too.
        let likeness = |known: &'static str| (strsim::jaro_winkler(&found, &known.to_lowercase()), known);
        let more =
            |best: (f64, &'static str), next: (f64, &'static str)| if next.0 > best.0 { next } else { best };
        self.known.iter().copied().map(likeness).reduce(more).map(|(_, known)| known)
    }
}

/// `there is no step “Crob”; the nearest is “Crop”. There are: Bin, Crop.`
impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no {} “{}”", self.of, self.found)?;
        match self.nearest() {
            Some(nearest) => write!(f, "; the nearest is “{nearest}”. There are: {}.", self.known.join(", ")),
            None => write!(f, ": remove it."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found() {
        let table = [
            ("crop", &["Bin", "Crop"][..], Some("Crop")),
            ("GausianSmoothing", &["MedianFilter", "GaussianSmoothing"], Some("GaussianSmoothing")),
            ("widht", &["x", "y", "width", "height"], Some("width")),
            ("Gausian", &["Bin", "Crop", "GaussianSmoothing"], Some("GaussianSmoothing")),
            ("normalize", &["Crop", "PercentileNormalize", "Bin"], Some("PercentileNormalize")),
            ("keep", &["step", "keep_images"], Some("keep_images")),
            ("", &["width", "y"], Some("width")),
            ("Größe", &["x"], Some("x")),
            ("anything", &[], None),
        ];
        for (found, known, nearest) in table {
            let unknown =
                UnknownName { of: "step".to_owned(), found: found.to_owned(), known: known.to_vec() };
            assert_eq!(unknown.nearest(), nearest, "{found}");
        }
    }
}

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
        self.known.iter().copied().min_by_key(|known| distance(&self.found, known))
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

/// How many letters must be changed, added or left out to make one of the other, where capitals and small
/// letters are the same (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<char>>();
    let (one, other) = (lower(one), lower(other));
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, against) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != against);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
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
            ("", &["width", "y"], Some("y")),
            ("Größe", &["x"], Some("x")),
            ("anything", &[], None),
        ];
        for (found, known, nearest) in table {
            let unknown =
                UnknownName { of: "step".to_owned(), found: found.to_owned(), known: known.to_vec() };
            assert_eq!(unknown.nearest(), nearest, "{found}");
        }
        assert_eq!([("", "abc"), ("kitten", "sitting"), ("Ä", "ä")].map(|(a, b)| distance(a, b)), [3, 3, 0]);
    }
}

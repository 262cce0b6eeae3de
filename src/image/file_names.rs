//! The names of the files of a folder as one piece of memory: a plate has a million of them.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// Names that lie in one text.
#[derive(Clone, Debug, Default)]
pub struct FileNames {
    text: String,
    /// Where each name ends in the text.
    ends: Vec<u32>,
}

/// One of several names, which share their memory.
#[derive(Clone)]
pub struct FileName {
    all: Arc<FileNames>,
    at: u32,
}

impl FileNames {
    /// Adds a name; false where no more go into one text.
    pub fn push(&mut self, name: &str) -> bool {
        let Ok(end) = u32::try_from(self.text.len() + name.len()) else { return false };
        self.text.push_str(name);
        self.ends.push(end);
        true
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The name of a number, from 0; empty behind the last.
    pub fn get(&self, at: u32) -> &str {
        let at = at as usize;
        let begin = at.checked_sub(1).map_or(Some(&0), |before| self.ends.get(before));
        let range = begin.zip(self.ends.get(at)).map(|(begin, end)| *begin as usize..*end as usize);
        range.and_then(|range| self.text.get(range)).unwrap_or_default()
    }

    /// The names to be shared, in their order.
    pub fn shared(mut self) -> Vec<FileName> {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        let all = Arc::new(self);
        (0..).zip(&all.ends).map(|(at, _)| FileName { all: Arc::clone(&all), at }).collect()
    }
}

impl<S: AsRef<str>> FromIterator<S> for FileNames {
    fn from_iter<T: IntoIterator<Item = S>>(names: T) -> Self {
        let mut all = Self::default();
        for name in names {
            if !all.push(name.as_ref()) {
                break;
            }
        }
        all
    }
}

impl FileName {
    /// The names that it is one of.
    pub(super) fn all(&self) -> &Arc<FileNames> {
        &self.all
    }

    pub(super) fn at(&self) -> u32 {
        self.at
    }
}

impl From<&str> for FileName {
    /// A name by itself.
    fn from(name: &str) -> Self {
        Self { all: Arc::new([name].into_iter().collect()), at: 0 }
    }
}

impl From<String> for FileName {
    /// A name by itself.
    fn from(name: String) -> Self {
        name.as_str().into()
    }
}

impl Deref for FileName {
    type Target = str;

    fn deref(&self) -> &str {
        self.all.get(self.at)
    }
}

impl AsRef<str> for FileName {
    fn as_ref(&self) -> &str {
        self
    }
}

impl PartialEq for FileName {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for FileName {}

impl PartialOrd for FileName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for FileName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (**self).cmp(&**other)
    }
}

impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_share_one_text() {
        let names: FileNames = ["A01_s1.tif", "", "ü.tif"].into_iter().collect();
        assert_eq!((0..4).map(|at| names.get(at)).collect::<Vec<_>>(), ["A01_s1.tif", "", "ü.tif", ""]);
        let mut shared = names.shared();
        assert!(shared.iter().all(|name| Arc::ptr_eq(name.all(), shared[0].all())));
        shared.sort_unstable();
        assert_eq!(shared.iter().map(|name| &**name).collect::<Vec<_>>(), ["", "A01_s1.tif", "ü.tif"]);
        assert_eq!(FileName::from("ü.tif"), shared[2]);
        assert_eq!(FileName::from(String::from("x")).to_string(), "x");
    }
}

//! Patterns for the names of images, as they are kept, offered and tried.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::plate::{Counts, NamePattern, Reading};

/// A pattern that a user keeps under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedPattern {
    /// What the user calls it.
    pub name: String,
    /// The pattern.
    pub pattern: String,
}

/// A pattern that reads the names of a folder.
#[derive(Clone, Debug)]
pub struct Fit {
    /// What the user calls it; `None` of one that the names suggest.
    pub name: Option<String>,
    /// The pattern.
    pub pattern: NamePattern,
    /// What it makes of the names.
    pub counts: Counts,
}

/// What a pattern makes of the names.
#[derive(Clone, Debug)]
pub struct Tried {
    /// The pattern as it was written.
    pub text: String,
    /// What it makes of the names; `None` where it is no pattern.
    pub reading: Option<Arc<Reading>>,
    /// Why no plate can be opened by it, in a sentence.
    pub fault: Option<String>,
}

//! A well that is done again.

use serde::{Deserialize, Serialize};

use crate::plate::WellId;

/// A well that is done again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsound {
    /// The well.
    pub well: WellId,
    /// The stretch that did it; `None` where that cannot be read.
    pub stretch: Option<String>,
    /// What is not as it was written, in a sentence.
    pub why: String,
}

//! Where in the help one is.

use crate::guide::GuidePage;

/// A place in the help.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum HelpPlace {
    /// The list of all pages.
    #[default]
    Contents,
    /// A page of the guide, at a heading or at its top.
    Page(&'static GuidePage, Option<String>),
    /// What this program is, and what it is made of.
    About,
}

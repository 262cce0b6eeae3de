//! Places to write to in tests, which build plates and so write into them.

use std::path::Path;

use stepwell::disk::Destination;
use stepwell::plate::{NONE_OPEN, destination};

/// The place at a path, also in a plate: one below the root of the file system, which is none.
pub(crate) fn place(path: &Path) -> Destination {
    let path = std::path::absolute(path).expect("a path");
    // The folder for temporary files may lie behind a link.
    let there = path.ancestors().find(|part| part.exists()).expect("a root");
    // Wine does not tell what long paths lead to; they lead to no links here.
    let real = there.canonicalize().unwrap_or_else(|_| there.to_owned());
    let path = real.join(path.strip_prefix(there).expect("below"));
    let top = path.ancestors().last().expect("a root");
    destination(top, NONE_OPEN).expect("no plate").join(&path)
}

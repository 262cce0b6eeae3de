//! The folder of a run: what all its wells share, the stretches of work that were done in it, and each well that is done.
//!
//! `request.ron` is there before anything else. Each command that works in the folder has a file of its own in `stretches`, which
//! says from the beginning which wells it was asked for, and in the end what it came to. `wells/A01.ron` is written when all
//! of a well lies on the disk: a well without it is not done. The record of the run is made of these, at any time and by anybody.
//! Deliberately absent: any writing, which the engine does.

mod merged;
mod read;
mod request;
mod retold;
mod spool;
mod stretch;
mod told;
mod well;
mod wells_done;

pub(crate) use merged::{Merged, MergedWell, undone_text};
pub use read::{FolderError, RunFolder, WellProgress};
pub(crate) use read::{
    begun_in, done_in, is_live, lock_file, part_file, stretch_file, stretch_in, well_file, well_in,
};
pub use request::{FolderRequest, GivenFile};
pub use stretch::{NotBegun, Stretch, StretchEnd, TakenWell};
pub use well::{StepLack, WellRecord};
pub use wells_done::WellsDone;

/// Name of the file of what all wells share.
pub const REQUEST_FILE: &str = "request.ron";

/// Name of the file of what wells hold, where that is known.
pub const CONDITIONS_FILE: &str = "conditions.csv";

/// Name of the folder of the wells.
pub const WELLS_FOLDER: &str = "wells";

/// Name of the folder of the stretches.
pub const STRETCHES_FOLDER: &str = "stretches";

/// Names of the files in [`STRETCHES_FOLDER`] that are locked while wells are shared out, and while a run is put together.
pub(crate) const STRETCH_LOCKS: [&str; 2] = [SHARING_OUT, MERGING];
pub(crate) const SHARING_OUT: &str = "sharing-out";
pub(crate) const MERGING: &str = "merging";

/// Version of the form of these files. A reader refuses a later one.
pub const FOLDER_VERSION: u32 = 1;

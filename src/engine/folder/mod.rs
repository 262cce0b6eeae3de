//! Work in the folder of a run: it begins with the request, takes wells that nobody else does, writes each down when it is done, and
//! puts the run together in the end. Resuming, several processes at once and a cluster are this and nothing else.

mod begin;
mod claim;
mod error;
mod files;
mod going_on;
mod holding;
mod keeping;
mod lock;
mod merge;
mod sweep;
mod tables;
mod unsound;
mod verify;
mod work;

pub(in crate::engine) use begin::WRITTEN;
pub(in crate::engine) use claim::hold_for_worker;
pub use error::WorkError;
pub use going_on::GoingOn;
pub use holding::{keep_conditions, kept_conditions};
pub use merge::{MergedRun, merge_run};
pub use unsound::Unsound;
pub(in crate::engine) use work::Begun;

//! A run in a process of its own: the process, its other end, and what they say to each other.

mod host;
mod process;
mod wire;

pub use host::run_in_worker;
pub(in crate::engine) use host::work_in_worker;
pub(crate) use process::{WORKER_ARGUMENT, worker_main};

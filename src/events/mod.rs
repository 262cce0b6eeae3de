//! What happens in a run, as it leaves the engine, and what it comes to: read by all that show, keep or
//! compare runs. Knows nothing of how runs are done.

mod event;
mod summary;
mod words;

pub use event::{Event, EventKind, FailedImage, Outcome, OutputImage, Sample, SavedTable};
pub use summary::RunSummary;
pub(crate) use words::EventWords;
pub use words::LogKind;

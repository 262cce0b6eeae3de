//! What happens in a run, as it leaves the engine, and what it comes to: read by all that show, keep or
//! compare runs. Knows nothing of how runs are done.
//!
//! [`Course`] is the one place where events become what happened; numbers, progress, charts, combinations and
//! paces are read off it.

mod course;
mod event;
mod facts;
mod sample;
mod summary;
mod words;

pub use course::{Band, ClearedTo, CombinationRow, Course, Marker, MarkerKind, Now, Phase, WellStage};

pub(crate) use course::Timeline;
pub use event::{Event, EventKind};
pub use facts::{FailedImage, Outcome, OutputImage, SavedTable};
pub use sample::{Sample, TimedSample};
pub(crate) use sample::{thinned, thinned_by};
pub use summary::{CourseCheck, CourseDistance, RunSummary};
pub(crate) use words::EventWords;
pub use words::LogKind;

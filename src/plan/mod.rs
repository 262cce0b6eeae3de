//! What a run will do, and what it will need, worked out before it begins.
//!
//! A [`Plan`] is the ordered work of one run: wells, combinations, images. It follows from plate,
//! pipeline and mode alone; bulk and sequential are two orders over the same images. The forecast
//! follows from the plan by the rules that the engine follows, because both use the same `schedule`.
//! Nothing here does IO or reads a clock.

mod choices;
mod combinations;
mod conflicts;
mod course;
mod error;
mod facts;
mod file_uses;
mod forecast;
mod kept;
mod model;
mod outlook;
mod planned;
mod prospect;
mod readings;
mod remedies;
mod repeated;
mod resolve;
mod schedule;
mod scratch;
mod spec;
mod tables;
mod time;
mod title;

pub use choices::{Basis, Choice};
pub use combinations::Combinations;
pub(crate) use conflicts::single_valued;
pub use conflicts::{Conflict, conflicts};
pub use course::{
    CoursePart, CoursePhase, CoursePoint, Fill, NamedCombination, Passing, PlanCourse, allowed_bytes,
};
pub use error::PlanError;
pub use facts::PlateFacts;
pub use forecast::Forecast;
pub(crate) use forecast::UNKNOWN_RESTING_BYTES;
pub(crate) use kept::{
    ExpectedWells, KeptPlate, KeptStep, KeptSteps, SavedValues, Series, ZarrPlace, ZarrStore, expected_wells,
    made, well_path,
};
pub use kept::{KeptLayout, WellSources};
pub use model::{Plan, PlanSummary};
pub use outlook::Outlook;
pub use planned::{CombinationId, CombinationPlan, PlannedImage, PlannedWell};
pub(crate) use readings::Readings;
pub use remedies::{Remedy, RemedyKind};
pub use resolve::PlateImages;
pub use schedule::{Group, Item, groups, results};
pub(crate) use schedule::{StepCounts, WellWork, execution_order, in_hand, reservations};
pub use spec::{Mode, RunSpec, SpecFault};
pub(crate) use spec::{check_threads, check_wells_at_once};
pub use tables::TableKind;
pub(crate) use tables::TableStep;
pub use time::{Pace, Paces, PhaseSecs, SecsRange, Work};
pub(crate) use title::components_text;
pub use title::run_title;
pub(crate) use title::way_title;

pub use crate::paging::{AfterClear, Intermediates};

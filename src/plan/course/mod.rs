//! The course of a run before it begins: how full memory is at each moment, by the rules that the engine follows.
//!
//! `walk` goes through one combination, phase by phase; `fold` puts the walks of a plan one behind the other, which
//! gives both the [`Forecast`](super::Forecast) and the [`PlanCourse`] whose fullest moment that is. A course has a bounded
//! number of parts: where there are more phases, neighbours fall together, and what is known of them is the least and
//! the most.

mod fold;
mod line;
mod part;
mod walk;

pub use line::{CoursePoint, Passing, PlanCourse, allowed_bytes};
pub use part::{CoursePart, NamedCombination};
pub use walk::{CoursePhase, Fill};

//! How long a run takes: how much there is to do (`work`), how fast this machine does it (`pace`), and a few images of a
//! plan to try that on (`trial`).

mod pace;
mod trial;
mod work;

pub use pace::{Pace, Paces, PhaseSecs, SecsRange};
pub(super) use trial::combinations_of_trial;
pub use work::Work;

//! The disk, for all that write to it and read what others have put there: where something may be written,
//! how it is written, and the room that there is. It knows of no plate; who asks for a [`Destination`] says
//! what one is.

mod destination;
mod open;
mod room;
mod write;

pub(crate) use destination::real;
pub use destination::{Destination, InPlate};
pub(crate) use open::kind_text;
pub use open::{open, read, read_to_string};
pub use room::NoRoom;
pub(crate) use room::{check_room, free_bytes};
pub use write::write;
pub(crate) use write::{PartFile, write_remakeable};

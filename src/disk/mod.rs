//! The disk, for all that write to it and read what others have put there: where something may be written,
//! how it is written, and the room that there is. It knows of no plate; who asks for a [`Destination`] says
//! what one is.

mod bin;
mod destination;
mod exact;
mod lock;
mod open;
mod room;
mod temporary;
mod write;

pub(crate) use bin::has_bin;
pub use destination::{Destination, FolderGone, InPlate, LinkInTheWay};
pub(crate) use destination::{is_link, real};
pub(crate) use exact::{canonical, exact, is_device};
pub(crate) use lock::{is_locked, open_to_lock};
pub use open::{LeadsOut, open, read, read_to_string};
pub(crate) use open::{kind_text, read_before, within};
pub use room::NoRoom;
pub(crate) use room::{check_room, free_bytes};
pub(crate) use temporary::{temporary_file, temporary_folder};
pub use write::write;
pub(crate) use write::{PartFile, append_private, make_folder_with, write_if_absent, write_remakeable};

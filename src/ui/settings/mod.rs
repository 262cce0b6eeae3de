//! What is set: how runs treat memory, threads and files, beside the plate; all else in one dialog.

mod dialog;
mod options;
mod rows;

pub(crate) use dialog::{SETTINGS, dialog_ui};
pub(crate) use options::options_ui;

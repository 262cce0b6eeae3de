//! A folder that is opened by the names of its images: which pattern reads them, and what it makes of them.

use std::path::PathBuf;
use std::sync::Arc;

use super::messages::{NamesCommand, NamesEvent, StartWork};
use super::patterns::{Fit, SavedPattern, Tried};
use crate::app::outbox::Outbox;
use crate::cancel::Cancel;
use crate::plate::ImageNames;

/// A folder that is to be opened by the names of its images.
#[derive(Clone, Debug)]
pub struct NamesState {
    /// Tells it from earlier ones.
    pub generation: u64,
    /// The folder that was asked for.
    pub folder: PathBuf,
    /// Its images; `None` while they are listed.
    pub names: Option<Arc<ImageNames>>,
    /// The patterns that read them, those of the user first.
    pub fits: Vec<Fit>,
    /// Why they cannot be listed.
    pub error: Option<String>,
    /// The pattern that is written.
    pub text: String,
    /// The newest answer, which may be of an earlier text.
    pub tried: Option<Tried>,
    /// Whether only those names are shown that the pattern does not read.
    pub is_unread_only: bool,
    /// The name under which the pattern is to be kept.
    pub saved_as: String,
    cancel: Cancel,
}

impl NamesState {
    /// Begins to list the images of a folder.
    pub(super) fn begin(
        folder: PathBuf,
        saved: &[SavedPattern],
        text: Option<&str>,
        out: &mut Outbox,
    ) -> Self {
        let (generation, cancel) = (out.next_generation(), Cancel::new());
        out.work(StartWork::ListNames {
            generation,
            path: folder.clone(),
            saved: saved.to_vec(),
            cancel: cancel.clone(),
        });
        Self {
            generation,
            folder,
            names: None,
            fits: Vec::new(),
            error: None,
            text: text.unwrap_or_default().to_owned(),
            tried: None,
            is_unread_only: false,
            saved_as: String::new(),
            cancel,
        }
    }

    /// Stops what is done for it.
    pub(super) fn stop(&self) {
        self.cancel.cancel();
    }

    /// The pattern to open by, where the newest answer says that it makes up a plate.
    pub fn ready(&self) -> Option<&str> {
        let tried = self.tried.as_ref()?;
        (tried.text == self.text && tried.fault.is_none()).then_some(self.text.as_str())
    }

    pub(super) fn handle(&mut self, command: NamesCommand, out: &mut Outbox) {
        match command {
            NamesCommand::TypePattern(text) => {
                self.text = text;
                self.attempt(out);
            }
            NamesCommand::ShowUnreadOnly(is_unread_only) => self.is_unread_only = is_unread_only,
            NamesCommand::TypeName(name) => self.saved_as = name,
        }
    }

    pub(super) fn apply(&mut self, event: NamesEvent, out: &mut Outbox) {
        match event {
            NamesEvent::Listed { result: Ok((names, fits)), .. } => {
                self.names = Some(names);
                self.fits = fits;
                if self.text.is_empty()
                    && let Some(first) = self.fits.first()
                {
                    self.text = first.pattern.text().to_owned();
                }
                self.attempt(out);
            }
            NamesEvent::Listed { result: Err(why), .. } => self.error = Some(why),
            // Of a text that has been changed since it tells nothing any more.
            NamesEvent::Tried { tried, .. } if tried.text == self.text => self.tried = Some(*tried),
            NamesEvent::Tried { .. } => {}
        }
    }

    /// Tries the pattern on all names.
    fn attempt(&mut self, out: &mut Outbox) {
        let Some(names) = self.names.clone() else { return };
        self.cancel.cancel();
        self.cancel = Cancel::new();
        out.work(StartWork::TryPattern {
            generation: self.generation,
            names,
            text: self.text.clone(),
            cancel: self.cancel.clone(),
        });
    }
}

//! A job that continues with a run: the run's own settings, and the wells that are missing in its folder.

use std::sync::Arc;

use super::event::JobEvent;
use super::request::JobRequest;
use crate::cancel::Cancel;
use crate::engine::folder::{GoingOn, WorkError};
use crate::plate::Measured;
use crate::record::folder::RunFolder;

impl JobRequest {
    /// Looks at the folder that the job goes on in, tells how far that is, and asks for what is missing there with the settings
    /// of the run and the threads that were asked for. The sizes of the images are read. As it was where it has no folder.
    ///
    /// # Errors
    /// [`WorkError`]
    pub fn resumed(
        mut self,
        sink: &(dyn Fn(JobEvent) + Sync),
        cancel: &Cancel,
    ) -> Result<(Self, Option<GoingOn>), WorkError> {
        let Some(into) = &mut self.into else { return Ok((self, None)) };
        // Wells that the plate does not have any more hold up no others.
        let there = self.plate.wells();
        let wanted = RunFolder::read(&into.folder)?.wanted().intersection(&there).copied().collect();
        let progress = |done, of| sink(JobEvent::Looking { done, of });
        let found = GoingOn::look(&into.folder, &wanted, false, &progress, cancel)?;
        into.again.clone_from(&found.unsound);
        let threads = self.specs.first().map_or(1, |spec| spec.threads);
        self.measured = Arc::new(Measured::read(&self.plate, &found.wells, cancel)?);
        (self.wells, self.specs) = (found.wells.clone(), vec![found.spec(threads)]);
        Ok((self, Some(found)))
    }
}

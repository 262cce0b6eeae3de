//! Which ways to draw the window have worked, kept beside the settings, so that a driver that ends the program is not
//! met twice.
//!
//! While a way is tried, a file says so, which is locked. One that is there and not locked is of a program that came to its
//! end before it showed its window.

use std::fs::File;
use std::path::Path;

use super::file::folder as settings_folder;
use super::graphics::{GraphicsPast, GraphicsWay, WantedGraphics, usual_ways};
use crate::disk::{self, Destination};
use crate::limits;

/// What has worked.
const PAST: &str = "graphics.ron";

/// What is being tried.
const TRYING: &str = "graphics.trying";

/// What is known of ways to draw the window, and the way that is being tried.
#[derive(Debug)]
pub(crate) struct GraphicsRecord {
    /// Where it is kept; `None` where nothing may be written.
    folder: Option<Destination>,
    past: GraphicsPast,
    /// Locked as long as a way is tried.
    trying: Option<File>,
}

/// What is known in a folder of settings, with the way that has ended the program last, where one has.
fn known(folder: &Path) -> (GraphicsPast, Option<GraphicsWay>) {
    let read = |name: &str| disk::read_to_string(&folder.join(name), limits::SETTINGS_BYTES).ok();
    // Made again where it makes no sense.
    let past = read(PAST).and_then(|text| ron::from_str(&text).ok()).unwrap_or_default();
    let ended = read(TRYING).and_then(|text| ron::from_str(&text).ok());
    (past, ended.filter(|_| !disk::is_locked(&folder.join(TRYING))))
}

/// The way that some window is trying now, where there is one.
fn tried_now(folder: &Path) -> Option<GraphicsWay> {
    let text = disk::read_to_string(&folder.join(TRYING), limits::SETTINGS_BYTES).ok()?;
    ron::from_str(&text).ok().filter(|_| disk::is_locked(&folder.join(TRYING)))
}

impl GraphicsRecord {
    /// What is known in a folder of settings; nothing without one.
    pub(crate) fn open(folder: Option<Destination>) -> Self {
        let (past, ended) = folder.as_ref().map_or_else(Default::default, |folder| known(folder.path()));
        let mut record = Self { folder, past, trying: None };
        if let Some(way) = ended {
            log::warn!("The program ended when {} was about to draw its window.", way.words());
            record.ended(way);
        }
        record
    }

    /// What is known from earlier starts.
    pub(crate) fn past(&self) -> &GraphicsPast {
        &self.past
    }

    /// A way is tried from now on.
    pub(crate) fn begin(&mut self, way: GraphicsWay) {
        let Some(folder) = &self.folder else { return };
        let file = folder.join(TRYING);
        let written = folder
            .make_folder()
            .and_then(|()| disk::write_remakeable(&file, text(&way).as_bytes()))
            .and_then(|()| disk::open_to_lock(&file))
            .and_then(|file| Ok(file.try_lock().map(|()| file)?));
        match written {
            Ok(file) => self.trying = Some(file),
            // The window opens without.
            Err(error) => log::info!("The way that draws the window could not be saved: {error}"),
        }
    }

    /// It is not tried any more: it has failed in an orderly way, or works.
    pub(crate) fn finish(&mut self) {
        if self.trying.take().is_some()
            && let Some(folder) = &self.folder
            && let Err(error) = folder.join(TRYING).remove_file()
        {
            log::info!("{TRYING} could not be removed: {error}");
        }
    }

    /// The window is shown.
    pub(crate) fn worked(&mut self, way: GraphicsWay) {
        self.finish();
        if self.past.worked != Some(way) {
            self.past.worked = Some(way);
            self.keep();
        }
    }

    /// A way has ended the program.
    pub(crate) fn ended(&mut self, way: GraphicsWay) {
        self.past.ended.retain(|known| *known != way);
        self.past.ended.push(way);
        self.keep();
        self.trying = None;
        if let Some(folder) = &self.folder
            && let Err(error) = folder.join(TRYING).remove_file()
        {
            log::info!("{TRYING} could not be removed: {error}");
        }
    }

    fn keep(&self) {
        let Some(folder) = &self.folder else { return };
        let kept = folder
            .make_folder()
            .and_then(|()| disk::write_remakeable(&folder.join(PAST), text(&self.past).as_bytes()));
        if let Err(error) = kept {
            log::info!("The way that draws the window could not be saved: {error}");
        }
    }
}

/// Whether the way that is tried first has shown the window before, as a folder of settings says.
pub(crate) fn is_proven(folder: &Path, wanted: &WantedGraphics) -> bool {
    let (past, ended) = known(folder);
    ended.is_none() && past.is_proven(usual_ways(), wanted)
}

/// Whether the program ended before it showed its window.
pub(crate) fn has_ended_program() -> bool {
    settings_folder().is_some_and(|folder| known(&folder).1.is_some())
}

/// The way that some window is trying now.
pub(crate) fn graphics_tried() -> Option<GraphicsWay> {
    settings_folder().and_then(|folder| tried_now(&folder))
}

/// Forgets which ways have ended the program: the user wants another to be tried.
pub(crate) fn forget_ended(folder: &Destination) {
    let (past, _) = known(folder.path());
    if !past.ended.is_empty() {
        let past = GraphicsPast { ended: Vec::new(), ..past };
        GraphicsRecord { folder: Some(folder.clone()), past, trying: None }.keep();
    }
}

fn text(of: &impl serde::Serialize) -> String {
    ron::to_string(of).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::settings::graphics::GraphicsChoice;
    use crate::plate::{NONE_OPEN, destination};

    #[test]
    fn a_way_that_ended_the_program_is_tried_last_the_next_time() {
        let folder = tempfile::tempdir().unwrap();
        let at = || Some(destination(folder.path(), NONE_OPEN).unwrap().private());
        let wanted = WantedGraphics::Choice(GraphicsChoice::Automatic);
        let first = |record: &GraphicsRecord| record.past().order(usual_ways(), &wanted)[0];
        let way = first(&GraphicsRecord::open(at()));

        // While it is tried, no other window takes it for one that has ended.
        let mut trying = GraphicsRecord::open(at());
        trying.begin(way);
        assert_eq!(tried_now(folder.path()), Some(way));
        assert_eq!(known(folder.path()), (GraphicsPast::default(), None));
        // Nobody holds the lock of a program that is gone.
        trying.trying = None;
        assert_eq!(known(folder.path()).1, Some(way));
        assert_eq!(tried_now(folder.path()), None);
        let mut next = GraphicsRecord::open(at());
        assert_eq!(next.past().ended, [way]);
        assert_eq!(next.past().order(usual_ways(), &wanted).last(), Some(&way));
        assert_eq!(known(folder.path()).1, None, "it is written down once");

        let other = first(&next);
        next.begin(other);
        next.worked(other);
        let (past, ended) = known(folder.path());
        assert_eq!((past.worked, ended), (Some(other), None));
        assert_eq!(first(&GraphicsRecord::open(at())), other);
        forget_ended(&at().unwrap());
        assert!(known(folder.path()).0.ended.is_empty());

        std::fs::write(folder.path().join(PAST), "(worked: 8").unwrap();
        std::fs::write(folder.path().join(TRYING), "?").unwrap();
        assert_eq!(known(folder.path()), (GraphicsPast::default(), None));
        // Without a folder nothing is known, and nothing stands in the way.
        let mut nowhere = GraphicsRecord::open(None);
        nowhere.begin(way);
        nowhere.worked(way);
        assert_eq!(nowhere.past().worked, Some(way));
    }
}

//! What is typed and chosen in the dialog.

use std::path::PathBuf;

use crate::plan::Mode;
use crate::workflow::Engine;

/// What is typed and chosen in the dialog. A field that is empty is as it is without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterDraft {
    /// What does the jobs.
    pub engine: Engine,
    /// All at once or one at a time.
    pub mode: Mode,
    /// Wells of each job.
    pub wells_per_job: String,
    /// The folder of the workflow.
    pub folder: String,
    /// The run folder.
    pub into: String,
    /// The run folder as the cluster sees it.
    pub into_there: String,
    /// The plate as the cluster sees it.
    pub plate_there: String,
    /// The container image that has Stepwell.
    pub container: String,
}

impl ClusterDraft {
    /// What the dialog begins with.
    pub(super) fn new(mode: Mode) -> Self {
        Self {
            engine: Engine::default(),
            mode,
            wells_per_job: String::new(),
            folder: String::new(),
            into: String::new(),
            into_there: String::new(),
            plate_there: String::new(),
            container: String::new(),
        }
    }

    /// The folder of the workflow; `None` where none is named.
    pub fn folder(&self) -> Option<PathBuf> {
        given(&self.folder).map(PathBuf::from)
    }

    /// The run folder as this computer sees it; `None` where no folder is named.
    pub fn run_folder(&self) -> Option<PathBuf> {
        given(&self.into)
            .map(PathBuf::from)
            .or_else(|| Some(self.folder()?.join(crate::workflow::RUN_FOLDER)))
    }

    /// Whether two come to other jobs: where the files go changes none.
    pub(super) fn asks_for_other_jobs(&self, other: &Self) -> bool {
        Self { folder: String::new(), ..self.clone() } != Self { folder: String::new(), ..other.clone() }
    }
}

/// What was typed into a field, where anything was.
pub(super) fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

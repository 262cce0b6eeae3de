//! What a user chose about a run, as options of `stepwell run`.

use crate::image::Compression;
use crate::plan::{AfterClear, Intermediates, Mode, RunSpec};
use crate::plate::{NamePattern, SaveAs};

/// Name of the pipeline's file in the folder of a workflow.
pub(super) const PIPELINE_FILE: &str = "pipeline.ron";

/// Name of the file of what wells hold, likewise.
pub(super) const CONDITIONS_FILE: &str = "conditions.csv";

/// The options by which `stepwell run` does the same. Those that are as without an option are left out, and so are
/// threads and budget, which are those of each job.
pub(super) fn options(spec: &RunSpec, pattern: Option<&NamePattern>, has_layout: bool) -> Vec<String> {
    // All fields by name, so that none that is new is forgotten here.
    let RunSpec {
        mode,
        sequential,
        pipeline: _,
        after_clear,
        intermediates,
        threads: _,
        wells_at_once,
        read_ahead,
        compression,
        save_as,
    } = spec;
    let mut words = vec!["--mode".to_owned(), mode.name().to_owned()];
    let mut option = |name: &str, value: &str| words.extend([format!("--{name}"), value.to_owned()]);
    if *mode == Mode::Sequential {
        let names: Vec<_> = sequential.iter().map(|component| component.name()).collect();
        option("sequential", &names.join(","));
    }
    option("pipeline", PIPELINE_FILE);
    if has_layout {
        option("layout", CONDITIONS_FILE);
    }
    match after_clear {
        AfterClear::Return => (),
        AfterClear::Keep => option("after-clear", "keep"),
    }
    match intermediates {
        Intermediates::Free => (),
        Intermediates::Hold => option("intermediates", "hold"),
    }
    if *wells_at_once > 1 {
        option("wells-at-once", &wells_at_once.to_string());
    }
    match save_as {
        SaveAs::Tiff => (),
        SaveAs::OmeTiff | SaveAs::OmeZarr => option("save-as", save_as.name()),
    }
    if *save_as != SaveAs::OmeZarr && *compression != Compression::default() {
        option("compression", compression.name());
    }
    if *read_ahead {
        words.push("--read-ahead".to_owned());
    }
    if let Some(pattern) = pattern {
        // In one word, because a pattern may begin with a dash.
        words.push(format!("--pattern={}", pattern.text()));
    }
    words
}

//! The image files that a pipeline is given: looked at before a run, and read before its first step.
//! Previews read them here, too.

use std::path::Path;

use crate::cancel::Cancel;
use crate::image::{DecodeError, ImageHeader, ImageSource};
use crate::pipeline::{FileFault, FileReading, ResolvedPipeline};
use crate::plan::Plan;

fn measure(path: &Path) -> Result<ImageHeader, DecodeError> {
    ImageSource::file(path).measure()
}

/// Looks at the headers of the files that the steps of a plan were given: whether they are there, and can serve the
/// images that they are for.
pub(crate) fn check_files(plan: &Plan) -> Result<(), FileFault> {
    plan.file_uses().iter().try_for_each(|(step, uses)| step.check_files(uses, &measure))
}

/// Reads the files that the steps of a pipeline were given, into as much memory as the forecast has for them.
pub fn read_files(
    pipeline: &mut ResolvedPipeline,
    most_bytes: u64,
    cancel: &Cancel,
) -> Result<(), FileFault> {
    let decode = |path: &Path, format| ImageSource::file(path).decode_as(format);
    pipeline.read_files(&mut FileReading {
        measure: &measure,
        decode: &decode,
        left_bytes: most_bytes,
        cancel,
    })
}

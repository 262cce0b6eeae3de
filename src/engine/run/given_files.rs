//! The image files that a pipeline is given: looked at before a run, and read before its first step.
//! Previews read them here, too.

use std::path::Path;

use crate::cancel::Cancel;
use crate::image::ImageSource;
use crate::pipeline::{FileFault, ResolvedPipeline};
use crate::plan::Plan;

/// Looks at the headers of the files that the steps of a plan were given: whether they are there, and can serve the
/// images that they are for.
pub(crate) fn check_files(plan: &Plan) -> Result<(), FileFault> {
    let measure = |path: &Path| ImageSource::file(path).measure().map(|header| header.format);
    plan.file_uses().iter().try_for_each(|(step, uses)| step.check_files(uses, &measure))
}

/// Reads the files that the steps of a pipeline were given, of those channels that are wanted.
pub fn read_files(
    pipeline: &mut ResolvedPipeline,
    wanted: &dyn Fn(u32) -> bool,
    cancel: &Cancel,
) -> Result<(), FileFault> {
    let decode = |path: &Path| ImageSource::file(path).decode_owned();
    pipeline.read_files(wanted, &decode, cancel)
}
